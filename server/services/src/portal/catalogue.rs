//! Requests: what I may ask for.

use crate::requests::Living;
use crate::{Result, Services};
use domain::flow::Approvers;
use domain::ids::{FlowId, GroupId, ResourceId};
use domain::people::Actor;
use domain::text::fold;
use domain::time::Timestamp;
use domain::view::CatalogueEntry;
use std::collections::{HashMap, HashSet};
use store::Session;
use store::flows::Flow;

/// Entries shown at once; a search finds the others.
const SHOWN: usize = 120;
/// Approvers of a step shown by name.
const NAMED: usize = 5;

/// The flows that are enabled and visible to the actor.
pub(super) async fn visible(session: &mut Session, actor: &Actor) -> Result<Vec<Flow>> {
    if !store::settings::get(session).await?.requests_enabled {
        return Ok(Vec::new());
    }
    let mine: HashSet<GroupId> = store::directory::groups::of_person(session, actor.id).await?.into_iter().collect();
    let mut flows = store::flows::enabled(session).await?;
    flows.retain(|flow| {
        let visible = &flow.definition.visible_to;
        visible.is_empty() || visible.iter().any(|group| mine.contains(group))
    });
    Ok(flows)
}

/// What may be asked for.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// The entries, by name of their resource; the first so many.
    pub entries: Vec<CatalogueEntry>,
    /// How many more fit.
    pub more: usize,
    /// Whether there is anything at all, whatever was searched for.
    pub any: bool,
    /// The moment at which this was true.
    pub now: Timestamp,
}

/// The flows that are enabled and visible to the actor whose resource, category, description or name holds the text, by name of
/// their resource; nothing while requests are switched off. `also` is shown whatever the text says.
///
/// # Errors
/// When the database fails.
pub async fn catalogue(services: &Services, actor: &Actor, text: &str, also: Option<FlowId>) -> Result<Catalogue> {
    let mut session = services.store.read().await?;
    let mut flows = visible(&mut session, actor).await?;
    let any = !flows.is_empty();
    let wanted = fold(text.trim());
    flows.retain(|flow| {
        let texts = [&flow.resource_name, flow.shown_category(), &flow.description, &flow.name];
        Some(flow.id) == also || wanted.is_empty() || texts.iter().any(|text| fold(text).contains(&wanted))
    });
    flows.sort_by_cached_key(|flow| fold(&flow.resource_name));
    let more = flows.len().saturating_sub(SHOWN);
    flows.truncate(SHOWN);
    let held: HashMap<ResourceId, store::grants::Held> = store::grants::held_by(&mut session, actor.id)
        .await?
        .into_iter()
        .map(|held| (ResourceId(held.resource_id), held))
        .collect();
    let mine: HashSet<GroupId> =
        store::directory::groups::of_person(&mut session, actor.id).await?.into_iter().collect();
    let open: HashMap<_, _> = store::requests::open_by_resource(&mut session, actor.id).await?.into_iter().collect();
    let mut living = Living::new(&mut session).await?;
    let mut known = HashMap::new();
    let mut entries = Vec::with_capacity(flows.len());
    for flow in flows {
        let approvers = names(&mut living, &mut known, &mut session, actor, &flow).await?;
        let holds = mine.contains(&flow.definition.group);
        let until = held.get(&flow.resource).filter(|_| holds).and_then(|held| held.ends_at).map(Timestamp);
        entries.push(CatalogueEntry {
            flow: flow.id,
            look: flow.look(),
            held: holds,
            until: until.filter(|_| flow.definition.access.longest().is_some()),
            open: open.get(&flow.resource).copied(),
            category: flow.shown_category().to_owned(),
            flow_name: flow.name,
            resource: flow.resource_name,
            description: flow.description,
            steps: flow.definition.steps,
            access: flow.definition.access,
            reason_pattern: flow.definition.reason_pattern,
            approvers,
        });
    }
    Ok(Catalogue { entries, more, any, now: session.now() })
}

/// The first few names, and how many more there are.
type Named = (Vec<String>, usize);

/// Who could approve each step if the actor asked now. `known` keeps what groups say: one of ten thousand may stand in every flow.
async fn names(
    living: &mut Living,
    known: &mut HashMap<GroupId, Named>,
    session: &mut Session,
    actor: &Actor,
    flow: &Flow,
) -> Result<Vec<Named>> {
    let mut out = Vec::with_capacity(flow.definition.steps.len());
    for step in &flow.definition.steps {
        let group = match &step.approvers {
            // Administrators are many and interchangeable: their names help nobody.
            Approvers::Administrator => {
                out.push((Vec::new(), 0));
                continue;
            }
            Approvers::Group { id, .. } => Some(*id),
            _ => None,
        };
        if let Some(named) = group.and_then(|group| known.get(&group)) {
            out.push(named.clone());
            continue;
        }
        let set = living.set(session, &step.approvers, actor.id, flow.resource).await?;
        let others = set.iter().filter(|person| person.id != actor.id);
        let named: Vec<String> = others.clone().take(NAMED).map(|person| person.name.clone()).collect();
        let more = others.count().saturating_sub(named.len());
        if let Some(group) = group {
            known.insert(group, (named.clone(), more));
        }
        out.push((named, more));
    }
    Ok(out)
}
