//! The worker's use cases: which channels have something to hear, take it, write what they answered.

use crate::record::record;
use crate::{Result, Services};
use domain::channel::{TEST, fill};
use domain::ids::{ChannelId, MessageId};
use domain::text::words_of_others;
use domain::time::Timestamp;
use serde_json::json;
use std::time::Duration;
use store::Session;
use store::audit::Event;
use store::channels::{self as table, Answered, Channel, Claimed};
use store::connectors::Secret;
use store::outbox::Message;

/// How long a worker may take for what it took before another takes it over, within two minutes (`trust.md` 4.3).
const LEASE: Duration = Duration::from_secs(110);
/// Messages of a channel taken at once; they are sent one after the other, in their order, each in at most 15 seconds.
pub const BATCH: i64 = 7;
/// Waits between attempts, in seconds, after the schedule of Standard Webhooks.
const WAITS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// The longest wait that an answer may ask for, in seconds.
const RETRY_AFTER_MAX: u64 = 86_400;
/// After so long without one message that arrived, a channel is switched off, in microseconds: five days.
const GIVE_UP: i64 = 5 * 86_400 * 1_000_000;
/// How long a channel is left alone after a failure, in microseconds: as long as it has failed already, within these.
const ALONE: (i64, i64) = (5 * 1_000_000, 3_600 * 1_000_000);
/// After a failure for longer than this, in microseconds, whatever waits is due as soon as one message arrives.
const OUTAGE: i64 = 60 * 1_000_000;

/// Channels for which something is due.
///
/// # Errors
/// When the database fails.
pub async fn due(services: &Services) -> Result<Vec<ChannelId>> {
    let mut session = services.store.read().await?;
    Ok(table::due(&mut session).await?)
}

/// What a worker took: the channel, and messages to make calls of.
#[derive(Debug)]
pub struct Taken {
    /// The channel as it is now.
    pub channel: ChannelId,
    /// Where to, with the secrets in it: never shown.
    pub url: Secret,
    /// Headers, with the secrets in them: never shown.
    pub headers: Vec<(String, Secret)>,
    /// The keys that sign, the newest first.
    pub keys: Vec<Secret>,
    /// Every secret of the channel, alone and where it stands, the longest first, as one may hold another: none of them is kept in
    /// an answer.
    pub secrets: Vec<Secret>,
    /// Whether a secret, a header or the key does not open: nothing is sent without it.
    pub lost: bool,
    /// The messages, the oldest first.
    pub messages: Vec<Claimed>,
    /// The moment at which they were taken.
    pub now: Timestamp,
}

/// What came of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Status of the answer; nothing when there was none.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Duration,
    /// The beginning of the answer.
    pub answer: String,
    /// Why there was no answer.
    pub error: Option<String>,
    /// For how many seconds the answer asks to be left alone.
    pub retry_after: Option<u64>,
}

impl Call {
    fn arrived(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// For how many seconds the channel is to be left alone because it asks for it.
    fn asked(&self) -> i64 {
        i64::try_from(self.retry_after.unwrap_or(0).min(RETRY_AFTER_MAX)).unwrap_or(0)
    }

    /// Whether the answer is about this message alone: the receiver is there, and does not like what it was told.
    fn is_about_message(&self) -> bool {
        self.status.is_some_and(|status| {
            (400..500).contains(&status) && !matches!(status, 401 | 403 | 404 | 407 | 408 | 410 | 425 | 429)
        })
    }

    fn words(&self) -> Option<String> {
        if self.arrived() {
            return None;
        }
        self.error.as_deref().map(words_of_others).or_else(|| {
            self.status.map(|status| match status {
                300..400 => format!("answered {status}: redirects are not followed"),
                410 => "answered 410: the address is gone for good".to_owned(),
                _ => format!("answered {status}"),
            })
        })
    }
}

/// Takes due messages of a channel; nothing when it is gone or off, whose messages end then.
///
/// # Errors
/// When the database fails.
pub async fn claim(services: &Services, id: ChannelId, limit: i64) -> Result<Option<Taken>> {
    let mut session = services.store.write().await?;
    let Some(channel) = table::hold(&mut session, id).await? else {
        table::suppress(&mut session, id, "the channel was removed").await?;
        session.commit().await?;
        return Ok(None);
    };
    let lease = i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX);
    let mut messages = table::claim(&mut session, id, limit, lease).await?;
    if !channel.active {
        // The test button works on a channel that is off, too.
        let (tests, others): (Vec<_>, Vec<_>) = messages.into_iter().partition(|message| message.kind == TEST);
        for message in &others {
            let answered = Answered { error: Some("the channel is off".to_owned()), ..Answered::default() };
            table::answered(&mut session, message.id, &answered, Err("suppressed")).await?;
        }
        messages = tests;
    }
    let now = session.now();
    session.commit().await?;
    let secret = |place: &str| channel.secrets.get(place).map(Secret::reveal);
    let filled = |text: &str| fill(text, secret).map(Secret::new).unwrap_or_else(|_| Secret::new(""));
    let url = filled(&channel.url);
    let headers: Vec<_> = channel.headers.iter().map(|(name, value)| (name.clone(), filled(value))).collect();
    let keys: Vec<_> = channel.keys(now).into_iter().map(Secret::new).collect();
    let placed = headers.iter().map(|(_, value)| value).chain([&url]).chain(&keys);
    let mut secrets: Vec<Secret> =
        channel.secrets.values().chain(placed).filter(|secret| !secret.reveal().is_empty()).cloned().collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.reveal().len()));
    Ok(Some(Taken { channel: id, url, headers, keys, secrets, lost: channel.lost, messages, now }))
}

/// Gives messages back that were taken and not tried.
///
/// # Errors
/// When the database fails.
pub async fn release(services: &Services, messages: &[Claimed]) -> Result<()> {
    let Some(first) = messages.first() else { return Ok(()) };
    let ids: Vec<MessageId> = messages.iter().map(|message| message.id).collect();
    crate::outbox::release(services, &ids, first.leased_until).await
}

/// Writes what a channel answered: the end of the message or its next attempt, and what that means for the others that wait; and
/// switches the channel off when it answers that it is gone, or has not taken one message in five days. Whether the channel goes on.
///
/// # Errors
/// When the database fails.
pub async fn answered(services: &Services, id: ChannelId, message: &Claimed, call: &Call) -> Result<bool> {
    let mut session = services.store.write().await?;
    let before = table::hold(&mut session, id).await?;
    let next = next_attempt(message, call, session.now());
    let answered = Answered {
        status: call.status.map(i32::from),
        duration_ms: i32::try_from(call.took.as_millis()).unwrap_or(i32::MAX),
        answer: words_of_others(&call.answer),
        error: call.words(),
    };
    if table::answered(&mut session, message.id, &answered, next).await? {
        said(&mut session, before.as_ref(), message, call).await?;
    }
    let cause = health(&mut session, id, before.as_ref(), message, call).await?;
    let off = match cause {
        Some(cause) if table::switch_off(&mut session, id, cause).await? => {
            switched_off(&mut session, id, cause).await?;
            true
        }
        cause => cause.is_some(),
    };
    session.commit().await?;
    if off {
        services.ring();
    }
    Ok(!off && (call.arrived() || call.is_about_message()))
}

/// What one answer means for the channel: how long it is left alone, and why it is to be switched off, if it is.
async fn health(
    session: &mut Session,
    id: ChannelId,
    before: Option<&Channel>,
    message: &Claimed,
    call: &Call,
) -> Result<Option<&'static str>> {
    const GONE: &str = "it answered 410: the address is gone for good";
    let now = session.now().0;
    let failed_for = |since: Option<Timestamp>| since.map_or(0, |since| now - since.0);
    if call.arrived() {
        if failed_for(before.and_then(|before| before.failing_since)) > OUTAGE {
            table::hasten(session, id).await?;
        }
        table::note_health(session, id, true).await?;
        return Ok(None);
    }
    if message.kind == TEST {
        // A test is for whoever looks: it says nothing of the others.
        return Ok((call.status == Some(410)).then_some(GONE));
    }
    let since = table::note_health(session, id, false).await?;
    if !call.is_about_message() {
        // The others would get the same answer now.
        let wait = failed_for(since).clamp(ALONE.0, ALONE.1).max(call.asked() * 1_000_000);
        table::postpone(session, id, Timestamp(now + wait)).await?;
    }
    if call.status == Some(410) {
        return Ok(Some(GONE));
    }
    if failed_for(since) >= GIVE_UP {
        return Ok(Some("no message arrived for five days"));
    }
    if !table::waits(session, id).await? {
        // Nothing is left that could arrive: what comes later begins anew.
        table::note_health(session, id, true).await?;
    }
    Ok(None)
}

fn next_attempt(message: &Claimed, call: &Call, now: Timestamp) -> std::result::Result<Timestamp, &'static str> {
    if call.arrived() {
        return Err("delivered");
    }
    // A test is for whoever looks: it is not repeated.
    if call.status == Some(410) || message.kind == TEST {
        return Err("dead");
    }
    let wait = usize::try_from(message.attempts).ok().and_then(|index| WAITS.get(index)).ok_or("dead")?;
    let wait = (*wait).max(call.asked()) * 1_000_000;
    let jitter = i64::try_from(message.id.0.as_u128() % 1_000).unwrap_or(0) * (wait / 10_000);
    Ok(Timestamp(now.0 + wait + jitter))
}

async fn said(session: &mut Session, channel: Option<&Channel>, message: &Claimed, call: &Call) -> Result<()> {
    let (id, name) = channel.map(|channel| (channel.id, channel.name.as_str())).unzip();
    let event = Event {
        kind: if call.arrived() { "message_delivered" } else { "message_failed" },
        request: message.request,
        subject: name.unwrap_or_default(),
        detail: json!({ "message": message.id, "kind": message.kind, "channel": id, "attempt": message.attempts + 1,
            "status": call.status, "said": call.words() }),
        ..Event::default()
    };
    record(session, &event).await
}

/// The admins hear of a channel that was switched off by itself.
async fn switched_off(session: &mut Session, id: ChannelId, cause: &str) -> Result<()> {
    let Some(Channel { name, .. }) = table::by_id(session, id).await? else { return Ok(()) };
    let event =
        Event { kind: "channel_changed", subject: &name, detail: json!({ "switched_off": cause }), ..Event::default() };
    record(session, &event).await?;
    let admins = store::directory::people::admins(session).await?;
    let messages: Vec<Message> = admins
        .into_iter()
        .map(|admin| Message {
            id: MessageId(store::new_id()),
            kind: "channel_off".to_owned(),
            request: None,
            recipient: admin.id,
            payload: json!({ "channel": id, "name": name, "cause": cause }),
            not_before: None,
        })
        .collect();
    Ok(store::outbox::insert_many(session, &messages).await?)
}

#[cfg(test)]
mod tests {
    use super::{Call, next_attempt};
    use domain::ids::MessageId;
    use domain::time::Timestamp;
    use serde_json::Value;
    use store::channels::Claimed;

    fn message(attempts: i32) -> Claimed {
        Claimed {
            id: MessageId::example(0),
            kind: "approved".to_owned(),
            request: None,
            payload: Value::Null,
            attempts,
            created_at: Timestamp(0),
            leased_until: Timestamp(0),
        }
    }

    #[test]
    fn attempts_follow_the_schedule_and_what_the_answer_asks_for() {
        let now = Timestamp(1_000_000);
        let answer = |status: u16| Call { status: Some(status), ..Call::default() };
        let seconds =
            |attempts, call: &Call| next_attempt(&message(attempts), call, now).map(|at| (at.0 - now.0) / 1_000_000);
        assert_eq!(seconds(0, &answer(204)), Err("delivered"));
        assert_eq!(seconds(0, &answer(500)), Ok(5));
        assert_eq!(seconds(1, &answer(302)), Ok(300));
        assert_eq!(seconds(8, &answer(500)), Ok(86_400));
        assert_eq!(seconds(9, &answer(500)), Err("dead"));
        assert_eq!(seconds(0, &answer(410)), Err("dead"));
        assert_eq!(seconds(0, &Call { retry_after: Some(120), ..answer(429) }), Ok(120));
        assert_eq!(seconds(2, &Call { retry_after: Some(120), ..answer(429) }), Ok(1_800));
        assert_eq!(seconds(0, &Call { retry_after: Some(u64::MAX), ..answer(503) }), Ok(86_400));
    }
}
