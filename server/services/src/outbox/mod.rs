//! The worker's use cases: take messages, mark what became of them.

use crate::{Result, Services};
use domain::ids::MessageId;
use domain::time::Timestamp;
use serde_json::json;
use store::audit::{self, Event};

pub use store::outbox::Claimed;

/// How long a worker may take for one batch before another takes it over.
const LEASE: i64 = 120 * 1_000_000;
/// Waits between attempts, in minutes: three days in all, then the message is dead.
const WAITS: [i64; 11] = [1, 5, 30, 120, 300, 720, 720, 720, 720, 720, 720];

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Sent.
    Delivered,
    /// May work later; the words of whoever refused.
    Failed(String),
    /// Will never work.
    Dead(String),
    /// Must not be sent any more, and why.
    Suppressed(String),
}

/// Takes due messages.
///
/// # Errors
/// When the database fails.
pub async fn claim(services: &Services, limit: i64) -> Result<Vec<Claimed>> {
    let mut read = services.store.read().await?;
    if !store::outbox::any_due(&mut read).await? {
        return Ok(Vec::new());
    }
    drop(read);
    let mut session = services.store.write().await?;
    let claimed = store::outbox::claim(&mut session, limit, LEASE).await?;
    session.commit().await?;
    Ok(claimed)
}

/// Marks what became of an attempt; a failure that ends the message is recorded in the audit.
///
/// # Errors
/// When the database fails.
pub async fn mark(services: &Services, message: &Claimed, attempt: &Attempt) -> Result<()> {
    let mut session = services.store.write().await?;
    let id: MessageId = message.id;
    let kind = match attempt {
        Attempt::Delivered => {
            store::outbox::finish(&mut session, id, "delivered", None).await?;
            "message_delivered"
        }
        Attempt::Suppressed(cause) => {
            store::outbox::finish(&mut session, id, "suppressed", Some(cause)).await?;
            "message_suppressed"
        }
        Attempt::Dead(error) => {
            store::outbox::finish(&mut session, id, "dead", Some(error)).await?;
            "message_failed"
        }
        Attempt::Failed(error) => {
            let wait = usize::try_from(message.attempts).ok().and_then(|index| WAITS.get(index));
            match wait {
                Some(minutes) => {
                    let at = Timestamp(session.now().0 + minutes * 60_000_000);
                    store::outbox::retry_at(&mut session, id, at, error).await?;
                }
                None => store::outbox::finish(&mut session, id, "dead", Some(error)).await?,
            }
            "message_failed"
        }
    };
    let text = match attempt {
        Attempt::Delivered => "",
        Attempt::Failed(text) | Attempt::Dead(text) | Attempt::Suppressed(text) => text,
    };
    let event = Event {
        kind,
        request: message.request,
        subject: &message.email,
        detail: json!({ "message": id, "kind": message.kind, "attempt": message.attempts + 1, "said": text }),
        ..Event::default()
    };
    audit::record(&mut session, &event).await?;
    Ok(session.commit().await?)
}
