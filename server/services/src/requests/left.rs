//! What needs something goes when that goes: a flow, a resource, a person.

use super::carry::{Acting, carry};
use super::look_around;
use crate::grants::after_end;
use crate::{Origin, Result};
use domain::ids::{PersonId, RequestNumber};
use domain::people::Actor;
use domain::request::{Applied, CancelCause, Event, apply};
use store::Session;

/// Cancels a request, if it is open, because what it needs has gone; in the transaction in which it goes.
pub(crate) async fn cancel(
    session: &mut Session,
    number: RequestNumber,
    cause: CancelCause,
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<()> {
    let Some(loaded) = store::requests::load(session, number, true).await? else { return Ok(()) };
    let around = look_around(session, &loaded.request).await?;
    if let Ok(Applied::Changed(transition)) = apply(&loaded.request, &around.world, Event::Cancel(cause)) {
        let acting = Acting { actor, ..Acting::nobody(origin) };
        carry(session, &loaded, &around, &transition, acting).await?;
    }
    Ok(())
}

/// Cancels what the person asked for and ends their grants and sessions, in the transaction that deactivates them.
///
/// # Errors
/// When the database fails.
pub async fn person_left(
    session: &mut Session,
    person: PersonId,
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<()> {
    for number in store::requests::open_of(session, person).await? {
        cancel(session, number, CancelCause::BeneficiaryRemoved, actor, origin).await?;
    }
    let ended = store::grants::end_all_of(session, person, "person_deactivated").await?;
    after_end(session, &ended, "person_deactivated", None, actor, origin).await?;
    Ok(store::login::end_sessions_of(session, person, None).await?)
}
