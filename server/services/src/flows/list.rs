//! The list of flows.

use super::admin;
use crate::{Result, Services};
use domain::flow::Step;
use domain::ids::FlowId;
use domain::people::Actor;
use domain::request::ApprovalType;
use store::directory::groups;

/// Flows on a page.
const SHOWN: i64 = 50;

/// One flow of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowLine {
    /// The flow.
    pub id: FlowId,
    /// Its name.
    pub name: String,
    /// Its resource.
    pub resource: String,
    /// Manual or Automatic.
    pub approval_type: ApprovalType,
    /// Names of the groups that see it; everybody when empty.
    pub visible_to: Vec<String>,
    /// Who must agree.
    pub steps: Vec<Step>,
    /// Requests that are open under it.
    pub open: i64,
    /// Whether it can be asked under.
    pub enabled: bool,
    /// Its revision.
    pub revision: i64,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowPage {
    /// The flows.
    pub lines: Vec<FlowLine>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// Flows whose name or resource holds the text, by name; after a name, when there is one.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn list(services: &Services, actor: &Actor, text: &str, after: &str) -> Result<FlowPage> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    let mut found = store::flows::search(&mut session, text, after, SHOWN + 1).await?;
    let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > SHOWN;
    found.truncate(usize::try_from(SHOWN).unwrap_or(50));
    let mut lines = Vec::with_capacity(found.len());
    for flow in found {
        let mut visible_to = Vec::new();
        for id in &flow.definition.visible_to {
            visible_to.extend(groups::by_id(&mut session, *id).await?.map(|group| group.name));
        }
        let open = store::flows::open_requests(&mut session, flow.id).await?.iter().map(|(_, count)| count).sum();
        lines.push(FlowLine {
            id: flow.id,
            name: flow.name,
            resource: flow.resource_name,
            approval_type: flow.definition.approval_type,
            visible_to,
            steps: flow.definition.steps,
            open,
            enabled: flow.enabled,
            revision: flow.revision,
        });
    }
    let next = if more { lines.last().map(|line| line.name.clone()) } else { None };
    Ok(FlowPage { lines, next })
}
