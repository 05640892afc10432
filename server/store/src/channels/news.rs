//! Messages to channels, in the outbox: written, claimed, answered, and their history.

use crate::Session;
use crate::error::Result;
use crate::outbox::push_ids;
use domain::ids::{ChannelId, MessageId, RequestNumber};
use domain::time::Timestamp;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

/// A message to a channel, to write.
#[derive(Clone, Debug)]
pub struct News {
    /// Constant over attempts.
    pub id: MessageId,
    /// To which channel.
    pub channel: ChannelId,
    /// Name of the event.
    pub kind: String,
    /// About which request.
    pub request: Option<RequestNumber>,
    /// What is sent, whole.
    pub payload: serde_json::Value,
}

/// Writes messages to channels.
///
/// # Errors
/// When the database fails; the use case must fail with it.
pub async fn tell(session: &mut Session, news: &[News]) -> Result<()> {
    let now = session.now().0;
    for chunk in news.chunks(500) {
        on!(session, c => {
            let mut sql = QueryBuilder::new(
                "INSERT INTO outbox (id, kind, request, channel_id, payload, state, created_at, due_at, next_attempt_at) ",
            );
            sql.push_values(chunk, |mut row, news| {
                row.push_bind(news.id.0)
                    .push_bind(news.kind.as_str())
                    .push_bind(news.request.map(|number| number.0))
                    .push_bind(news.channel.0)
                    .push_bind(Json(&news.payload))
                    .push_bind("waiting")
                    .push_bind(now)
                    .push_bind(now)
                    .push_bind(now);
            });
            sql.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}

/// Channels for which a message is due.
///
/// # Errors
/// When the database fails.
pub async fn due(session: &mut Session) -> Result<Vec<ChannelId>> {
    const SQL: &str = "SELECT id FROM channels k WHERE EXISTS (SELECT 1 FROM outbox o WHERE o.state = 'waiting' AND o.channel_id IS NOT NULL
        AND o.channel_id = k.id AND o.next_attempt_at <= $1 AND o.leased_until <= $1)
        AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.state = 'waiting' AND o.channel_id IS NOT NULL AND o.channel_id = k.id AND o.leased_until > $1)";
    let now = session.now().0;
    let found: Vec<Uuid> = on!(session, c => sqlx::query_scalar(SQL).bind(now).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(ChannelId).collect())
}

/// A message to a channel that a worker holds until its lease ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The message.
    pub id: MessageId,
    /// Name of the event.
    pub kind: String,
    /// About which request.
    pub request: Option<RequestNumber>,
    /// What is sent, whole.
    pub payload: serde_json::Value,
    /// Attempts before this one.
    pub attempts: i32,
    /// When it was written.
    pub created_at: Timestamp,
    /// Until when the worker holds it.
    pub leased_until: Timestamp,
}

#[derive(FromRow)]
struct RawClaim {
    id: Uuid,
    kind: String,
    request: Option<i64>,
    payload: Json<serde_json::Value>,
    attempts: i32,
    created_at: i64,
}

/// Takes due messages of a channel for a while, those that were tried least first, of these the oldest; none while another worker
/// holds any of it, so that a channel is told one after the other.
///
/// # Errors
/// When the database fails.
pub async fn claim(session: &mut Session, id: ChannelId, limit: i64, lease_micros: i64) -> Result<Vec<Claimed>> {
    const PICK: &str = "SELECT id, kind, request, payload, attempts, created_at FROM outbox
        WHERE state = 'waiting' AND channel_id IS NOT NULL AND channel_id = $1 AND next_attempt_at <= $2
            AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.state = 'waiting' AND o.channel_id IS NOT NULL AND o.channel_id = $1 AND o.leased_until > $2)
        ORDER BY attempts, next_attempt_at, id LIMIT $3";
    super::hold(session, id).await?;
    let now = session.now().0;
    let raws: Vec<RawClaim> =
        on!(session, c => sqlx::query_as(PICK).bind(id.0).bind(now).bind(limit).fetch_all(&mut *c).await?);
    let ids: Vec<Uuid> = raws.iter().map(|raw| raw.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    on!(session, c => {
        let mut sql = QueryBuilder::new("UPDATE outbox SET leased_until = ");
        sql.push_bind(now + lease_micros).push(" WHERE id IN (");
        push_ids(&mut sql, &ids);
        sql.build().execute(&mut *c).await?.rows_affected()
    });
    let claimed = |raw: RawClaim| Claimed {
        id: MessageId(raw.id),
        kind: raw.kind,
        request: raw.request.map(RequestNumber),
        payload: raw.payload.0,
        attempts: raw.attempts,
        created_at: Timestamp(raw.created_at),
        leased_until: Timestamp(now + lease_micros),
    };
    Ok(raws.into_iter().map(claimed).collect())
}

/// What a channel answered to one attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// Status of the answer; nothing when there was none.
    pub status: Option<i32>,
    /// How long it took, in milliseconds.
    pub duration_ms: i32,
    /// The beginning of the answer.
    pub answer: String,
    /// What went wrong.
    pub error: Option<String>,
}

/// Marks an attempt: with the end of the message (`delivered`, `dead`), or the moment of the next attempt. Whether it still waited.
///
/// # Errors
/// When the database fails.
pub async fn answered(
    session: &mut Session,
    id: MessageId,
    answered: &Answered,
    next: std::result::Result<Timestamp, &str>,
) -> Result<bool> {
    const SQL: &str = "UPDATE outbox SET state = $1, attempts = attempts + 1, leased_until = 0, next_attempt_at = COALESCE($2, next_attempt_at),
            finished_at = $3, last_error = $4, last_status = $5, duration_ms = $6, answer = $7
        WHERE id = $8 AND state = 'waiting'";
    let now = session.now().0;
    let (state, at, finished) = match next {
        Ok(at) => ("waiting", Some(at.0), None),
        Err(state) => (state, None, Some(now)),
    };
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(state)
        .bind(at)
        .bind(finished)
        .bind(answered.error.as_deref())
        .bind(answered.status)
        .bind(answered.duration_ms)
        .bind(answered.answer.as_str())
        .bind(id.0)
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Lets what waits for a channel wait until a moment at least.
///
/// # Errors
/// When the database fails.
pub async fn postpone(session: &mut Session, id: ChannelId, until: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE outbox SET next_attempt_at = $1
        WHERE channel_id IS NOT NULL AND channel_id = $2 AND state = 'waiting' AND next_attempt_at < $1";
    on!(session, c => sqlx::query(SQL).bind(until.0).bind(id.0).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// The channel takes messages again: what waits for it is due now.
///
/// # Errors
/// When the database fails.
pub async fn hasten(session: &mut Session, id: ChannelId) -> Result<()> {
    const SQL: &str = "UPDATE outbox SET next_attempt_at = $1
        WHERE channel_id IS NOT NULL AND channel_id = $2 AND state = 'waiting' AND next_attempt_at > $1";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL).bind(now).bind(id.0).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// Whether anything waits for a channel, now or later.
///
/// # Errors
/// When the database fails.
pub async fn waits(session: &mut Session, id: ChannelId) -> Result<bool> {
    const SQL: &str =
        "SELECT 1 FROM outbox WHERE state = 'waiting' AND channel_id IS NOT NULL AND channel_id = $1 LIMIT 1";
    let found: Option<i32> = on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(found.is_some())
}

/// One message of a channel's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The message.
    pub id: MessageId,
    /// Name of the event.
    pub kind: String,
    /// About which request.
    pub request: Option<RequestNumber>,
    /// `waiting`, `delivered`, `dead` or `suppressed`.
    pub state: String,
    /// Attempts so far.
    pub attempts: i32,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it ended, or is tried next.
    pub at: Timestamp,
    /// What the last attempt was answered.
    pub answered: Answered,
}

#[derive(FromRow)]
struct RawTold {
    id: Uuid,
    kind: String,
    request: Option<i64>,
    state: String,
    attempts: i32,
    created_at: i64,
    at: i64,
    last_status: Option<i32>,
    duration_ms: Option<i32>,
    answer: Option<String>,
    last_error: Option<String>,
}

/// The latest messages of a channel, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn history(session: &mut Session, id: ChannelId, limit: i64) -> Result<Vec<Told>> {
    const SQL: &str =
        "SELECT id, kind, request, state, attempts, created_at, COALESCE(finished_at, next_attempt_at) AS at,
            last_status, duration_ms, answer, last_error
        FROM outbox WHERE channel_id IS NOT NULL AND channel_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2";
    let raws: Vec<RawTold> = on!(session, c => sqlx::query_as(SQL).bind(id.0).bind(limit).fetch_all(&mut *c).await?);
    let told = |raw: RawTold| Told {
        id: MessageId(raw.id),
        kind: raw.kind,
        request: raw.request.map(RequestNumber),
        state: raw.state,
        attempts: raw.attempts,
        created_at: Timestamp(raw.created_at),
        at: Timestamp(raw.at),
        answered: Answered {
            status: raw.last_status,
            duration_ms: raw.duration_ms.unwrap_or_default(),
            answer: raw.answer.unwrap_or_default(),
            error: raw.last_error,
        },
    };
    Ok(raws.into_iter().map(told).collect())
}
