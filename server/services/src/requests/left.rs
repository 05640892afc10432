//! A person leaves: their open requests are canceled and their grants end, in the transaction that deactivates them.

use super::carry::{Acting, carry};
use super::look_around;
use crate::{Origin, Result};
use domain::ids::{PersonId, RequestNumber};
use domain::people::Actor;
use domain::request::{Applied, CancelCause, Event, apply};
use serde_json::json;
use store::{Session, audit};

/// Cancels a request, if it is open, because what it needs has gone; in the transaction in which it goes.
pub(crate) async fn cancel(
    session: &mut Session,
    number: RequestNumber,
    cause: CancelCause,
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<()> {
    let Some(loaded) = store::requests::load(session, number, true).await? else { return Ok(()) };
    let request = &loaded.request;
    let around =
        look_around(session, &request.definition, request.beneficiary, request.resource, request.group).await?;
    if let Ok(Applied::Changed(transition)) = apply(request, &around.world, Event::Cancel(cause)) {
        let acting = Acting { actor, ..Acting::nobody(origin) };
        carry(session, &loaded, &around, &transition, acting).await?;
    }
    Ok(())
}

/// Cancels what the person asked for and ends their grants and sessions.
///
/// # Errors
/// When the database fails.
pub async fn person_left(session: &mut Session, person: PersonId, origin: &Origin) -> Result<()> {
    for number in store::requests::open_of(session, person).await? {
        cancel(session, number, CancelCause::BeneficiaryRemoved, None, origin).await?;
    }
    let ended = store::grants::end_all_of(session, person, "person_deactivated").await?;
    if ended > 0 {
        let event = audit::Event {
            kind: "grant_ended",
            address: &origin.address,
            detail: json!({ "person": person, "grants": ended, "cause": "person_deactivated" }),
            ..audit::Event::default()
        };
        audit::record(session, &event).await?;
    }
    Ok(store::login::end_sessions_of(session, person, None).await?)
}
