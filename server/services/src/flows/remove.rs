//! Deleting a flow: its open requests are Canceled in the same transaction (the seed); access that was granted stays.

use super::admin;
use super::save::{facts, record};
use crate::requests::cancel;
use crate::{Error, Origin, Result, Right, Services};
use domain::ids::FlowId;
use domain::people::Actor;
use domain::request::CancelCause;
use domain::validate::{FieldCode, FieldError};
use serde_json::json;

/// What a deletion would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consequences {
    /// The flow.
    pub id: FlowId,
    /// Its name, to be typed.
    pub name: String,
    /// Requests that would be Canceled.
    pub open: i64,
    /// People who keep the access that it gave.
    pub grants: i64,
    /// Its revision.
    pub revision: i64,
}

/// What deleting a flow would do.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn consequences(services: &Services, actor: &Actor, id: FlowId) -> Result<Consequences> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    let flow = store::flows::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    let open = store::flows::open_requests(&mut session, id).await?.iter().map(|(_, count)| count).sum();
    let grants = store::grants::live_of_flow(&mut session, id).await?;
    Ok(Consequences { id, name: flow.name, open, grants, revision: flow.revision })
}

/// Deletes a flow whose name was typed, and cancels its open requests; how many those were.
///
/// # Errors
/// Forbidden, not found, the name does not fit, or the database fails.
pub async fn delete(
    services: &Services,
    actor: &Actor,
    id: FlowId,
    typed: &str,
    origin: &Origin,
) -> Result<(String, usize)> {
    admin(actor)?;
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let flow = store::flows::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    if !domain::typed::is_name(typed, &flow.name) {
        return Err(Error::Invalid(vec![FieldError::new("typed", FieldCode::NotTheName)]));
    }
    // First out of sight, so that nobody submits under it while its requests are canceled.
    store::flows::delete(&mut session, id, flow.revision).await?;
    let open = store::flows::open_numbers(&mut session, id).await?;
    for number in &open {
        cancel(&mut session, *number, CancelCause::FlowDeleted, Some(actor), origin).await?;
    }
    let detail = json!({ "before": facts(&flow), "canceled": open.len() });
    record(&mut session, actor, "flow_deleted", &flow.name, detail, origin).await?;
    session.commit().await?;
    services.ring();
    Ok((flow.name, open.len()))
}
