//! The worker's use cases: take messages, mark what became of them.

mod recipients;

use crate::{Result, Services};
use domain::ids::MessageId;
use domain::text::words_of_others;
use domain::time::Timestamp;
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use store::Session;
use store::audit::Event;

pub use recipients::{Now, Waiting, look};
pub use store::outbox::Claimed;

/// How long a worker may take for one batch before another takes it over: what a server held that was killed goes on within two
/// minutes (`trust.md` 4.3).
pub const LEASE: Duration = Duration::from_secs(110);
/// Waits between attempts, in minutes (`trust.md` 4.3): with what jitter adds three days in all, then the message is dead.
const WAITS: [i64; 10] = [1, 5, 30, 120, 300, 720, 720, 720, 720, 720];

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Sent.
    Delivered,
    /// May work later; the words of whoever refused.
    Failed(String),
    /// Nobody was there to refuse: the way to the server is broken, for every message.
    Away(String),
    /// Will never work.
    Dead(String),
    /// Must not be sent any more, and why.
    Suppressed(String),
}

impl Attempt {
    /// The same, with what a mail server said as it may be stored.
    fn storable(&self) -> Self {
        match self {
            Self::Failed(text) => Self::Failed(words_of_others(text)),
            Self::Away(text) => Self::Away(words_of_others(text)),
            Self::Dead(text) => Self::Dead(words_of_others(text)),
            Self::Delivered | Self::Suppressed(_) => self.clone(),
        }
    }

    /// The type of the audit event, and what was said.
    fn told(&self) -> (&'static str, &str) {
        match self {
            Self::Delivered => ("message_delivered", ""),
            Self::Suppressed(cause) => ("message_suppressed", cause),
            Self::Failed(text) | Self::Away(text) | Self::Dead(text) => ("message_failed", text),
        }
    }
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
    let lease = i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX);
    let mut session = services.store.write().await?;
    let claimed = store::outbox::claim(&mut session, limit, lease).await?;
    session.commit().await?;
    Ok(claimed)
}

/// Gives messages back that were taken together, until this moment, and not tried.
///
/// # Errors
/// When the database fails.
pub async fn release(services: &Services, ids: &[MessageId], leased_until: Timestamp) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut session = services.store.write().await?;
    store::outbox::release(&mut session, ids, leased_until).await?;
    Ok(session.commit().await?)
}

/// The mail server takes messages again: what found nobody there need not wait for its next attempt. How many messages.
///
/// # Errors
/// When the database fails.
pub async fn hasten(services: &Services) -> Result<u64> {
    let mut session = services.store.write().await?;
    let count = store::outbox::hasten(&mut session).await?;
    session.commit().await?;
    Ok(count)
}

/// Marks what became of attempts, all in one transaction, each with its audit row. A message that had its end before, because
/// another worker took it over, is left as it is.
///
/// # Errors
/// When the database fails.
pub async fn mark(services: &Services, attempts: &[(Claimed, Attempt)]) -> Result<()> {
    let storable: Vec<(&Claimed, Attempt)> =
        attempts.iter().map(|(message, attempt)| (message, attempt.storable())).collect();
    let attempts = storable.as_slice();
    let mut session = services.store.write().await?;
    let delivered: Vec<MessageId> =
        attempts.iter().filter(|(_, attempt)| *attempt == Attempt::Delivered).map(|(message, _)| message.id).collect();
    let mut marked = store::outbox::finish(&mut session, &delivered, "delivered", None).await?;
    for (message, attempt) in attempts {
        marked.extend(other_end(&mut session, message, attempt).await?);
    }
    let events: Vec<Event<'_>> = attempts
        .iter()
        .filter(|(message, _)| marked.contains(&message.id))
        .map(|(message, attempt)| event(message, attempt))
        .collect();
    crate::record::record_all(&mut session, &events).await?;
    Ok(session.commit().await?)
}

async fn other_end(session: &mut Session, message: &Claimed, attempt: &Attempt) -> Result<HashSet<MessageId>> {
    let ids = [message.id];
    Ok(match attempt {
        Attempt::Delivered => HashSet::new(),
        Attempt::Suppressed(cause) => store::outbox::finish(session, &ids, "suppressed", Some(cause)).await?,
        Attempt::Dead(error) => store::outbox::finish(session, &ids, "dead", Some(error)).await?,
        Attempt::Failed(error) | Attempt::Away(error) => match next_attempt(message, session.now()) {
            Some(at) => {
                let away = matches!(attempt, Attempt::Away(_));
                let waits = store::outbox::retry_at(session, message.id, at, error, away).await?;
                waits.then_some(message.id).into_iter().collect()
            }
            None => store::outbox::finish(session, &ids, "dead", Some(error)).await?,
        },
    })
}

/// When to try again: the schedule, and up to a tenth more, so that what failed together does not come back together. `None`
/// when the message has been tried for three days.
fn next_attempt(message: &Claimed, now: Timestamp) -> Option<Timestamp> {
    let minutes = usize::try_from(message.attempts).ok().and_then(|index| WAITS.get(index))?;
    let wait = minutes * 60_000_000;
    // The last bits of an id are random.
    let jitter = i64::try_from(message.id.0.as_u128() % 1_000).unwrap_or(0) * (wait / 10_000);
    Some(Timestamp(now.0 + wait + jitter))
}

fn event<'m>(message: &'m Claimed, attempt: &'m Attempt) -> Event<'m> {
    let (kind, said) = attempt.told();
    Event {
        kind,
        request: message.request,
        subject: &message.email,
        detail: json!({ "message": message.id, "kind": message.kind, "attempt": message.attempts + 1, "said": said }),
        ..Event::default()
    }
}
