//! What follows from a change of a person, wherever it is made.

use crate::Result;
use domain::ids::MessageId;
use domain::people::Actor;
use serde_json::json;
use store::Session;
use store::directory::people::{self, Person};
use store::outbox::Message;

/// Tells the old address that it is the account's no more, and notes who changed it. Every use case that writes people calls it
/// after it wrote one. What ends with the change (one-time links, and sessions where rights fall) the database ends by itself.
///
/// # Errors
/// When the database fails.
pub(crate) async fn person_changed(
    session: &mut Session,
    before: Option<&Person>,
    after: &Person,
    actor: Option<&Actor>,
) -> Result<()> {
    let Some(before) = before.filter(|before| before.email != after.email) else { return Ok(()) };
    people::note_address_change(session, after.id, actor.map(|actor| actor.id)).await?;
    let message = Message {
        id: MessageId(store::new_id()),
        kind: domain::message::ADDRESS_CHANGED.to_owned(),
        request: None,
        recipient: after.id,
        // Not where it went: the old address may never have been the person's.
        payload: json!({ "name": before.email, "decided_by": actor.map(|actor| &actor.name) }),
        not_before: None,
    };
    Ok(store::outbox::insert_to(session, &message, &before.email).await?)
}
