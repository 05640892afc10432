//! The delivery ledger: every message to a person and to a channel, and what became of it.

use crate::Session;
use crate::error::Result;
use crate::outbox::push_ids;
use domain::ids::{ChannelId, MessageId, PersonId, RequestNumber};
use domain::time::Timestamp;
use domain::view::Delivery;
use sqlx::{AssertSqlSafe, FromRow, QueryBuilder};
use uuid::Uuid;

#[derive(FromRow)]
struct Raw {
    id: Uuid,
    kind: String,
    request: Option<i64>,
    channel_id: Option<Uuid>,
    recipient: Option<String>,
    state: String,
    attempts: i32,
    last_error: Option<String>,
    created_at: i64,
    at: i64,
}

impl From<Raw> for Delivery {
    fn from(raw: Raw) -> Self {
        Self {
            id: MessageId(raw.id),
            request: raw.request.map(RequestNumber),
            channel: raw.channel_id.is_some(),
            kind: raw.kind,
            recipient: raw.recipient.unwrap_or_default(),
            state: raw.state,
            attempts: raw.attempts,
            error: raw.last_error,
            created_at: Timestamp(raw.created_at),
            at: Timestamp(raw.at),
        }
    }
}

const SELECT: &str =
    "SELECT o.id, o.kind, o.request, o.channel_id, COALESCE(p.name || COALESCE(' (' || o.address || ')', ''), k.name) AS recipient, o.state, o.attempts,
        o.last_error, o.created_at, COALESCE(o.finished_at, o.next_attempt_at) AS at
    FROM outbox o LEFT JOIN people p ON p.id = o.recipient_id LEFT JOIN channels k ON k.id = o.channel_id WHERE ";

/// The latest messages about a request, the oldest of them first.
///
/// # Errors
/// When the database fails.
pub async fn of_request(session: &mut Session, number: RequestNumber) -> Result<Vec<Delivery>> {
    let sql = format!("{SELECT} o.request = $1 ORDER BY o.created_at DESC, o.id DESC LIMIT 200");
    let raws: Vec<Raw> = on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(number.0).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().rev().map(Delivery::from).collect())
}

/// What is asked of the ledger; each part that is absent narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `waiting`, `delivered`, `dead` or `suppressed`.
    pub state: Option<String>,
    /// Kind of message.
    pub kind: Option<String>,
    /// About which request.
    pub request: Option<RequestNumber>,
    /// To one of these people or channels.
    pub to: Option<(Vec<PersonId>, Vec<ChannelId>)>,
    /// Older than this one.
    pub before: Option<(Timestamp, MessageId)>,
}

/// Messages of the organisation, newest first.
///
/// # Errors
/// When the database fails.
pub async fn search(session: &mut Session, wanted: &Wanted, limit: i64) -> Result<Vec<Delivery>> {
    if wanted.to.as_ref().is_some_and(|(people, channels)| people.is_empty() && channels.is_empty()) {
        return Ok(Vec::new());
    }
    let raws: Vec<Raw> = on!(session, c => {
        let mut sql = QueryBuilder::new(SELECT);
        sql.push("1 = 1");
        if let Some(state) = &wanted.state {
            // The state stands in the text, so that the partial index of what failed is found.
            match state.as_str() {
                "dead" => sql.push(" AND o.state = 'dead'"),
                "waiting" => sql.push(" AND o.state = 'waiting'"),
                other => sql.push(" AND o.state = ").push_bind(other),
            };
        }
        if let Some(kind) = &wanted.kind {
            sql.push(" AND o.kind = ").push_bind(kind.as_str());
        }
        if let Some(number) = wanted.request {
            sql.push(" AND o.request = ").push_bind(number.0);
        }
        if let Some((people, channels)) = &wanted.to {
            let people: Vec<Uuid> = people.iter().map(|person| person.0).collect();
            let channels: Vec<Uuid> = channels.iter().map(|channel| channel.0).collect();
            match (people.as_slice(), channels.as_slice()) {
                (people, []) => {
                    sql.push(" AND o.recipient_id IN (");
                    push_ids(&mut sql, people);
                }
                ([], channels) => {
                    sql.push(" AND o.channel_id IN (");
                    push_ids(&mut sql, channels);
                }
                (people, channels) => {
                    sql.push(" AND (o.recipient_id IN (");
                    push_ids(&mut sql, people);
                    sql.push(" OR o.channel_id IN (");
                    push_ids(&mut sql, channels);
                    sql.push(")");
                }
            }
        }
        if let Some((at, id)) = wanted.before {
            sql.push(" AND (o.created_at, o.id) < (").push_bind(at.0).push(", ").push_bind(id.0).push(")");
        }
        sql.push(" ORDER BY o.created_at DESC, o.id DESC LIMIT ").push_bind(limit);
        sql.build_query_as().fetch_all(&mut *c).await?
    });
    Ok(raws.into_iter().map(Delivery::from).collect())
}

/// How many messages never arrived and will not be tried again.
///
/// # Errors
/// When the database fails.
pub async fn dead(session: &mut Session) -> Result<i64> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE state = 'dead'";
    Ok(on!(session, c => sqlx::query_scalar(SQL).fetch_one(&mut *c).await?))
}

/// Lets a message be sent again, with the same id, as if it had never been tried: one that is dead, or to a channel also one that
/// was delivered. About which request it is, if it was one of these.
///
/// # Errors
/// When the database fails.
pub async fn again(session: &mut Session, id: MessageId) -> Result<Option<Delivery>> {
    const SQL: &str =
        "UPDATE outbox SET state = 'waiting', attempts = 0, away = FALSE, due_at = $1, next_attempt_at = $1, leased_until = 0,
            finished_at = NULL, last_error = NULL, last_status = NULL, duration_ms = NULL, answer = NULL WHERE id = $2 AND (state = 'dead' OR (channel_id IS NOT NULL AND state <> 'waiting'))";
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(SQL).bind(now).bind(id.0).execute(&mut *c).await?.rows_affected());
    if rows == 0 {
        return Ok(None);
    }
    let sql = format!("{SELECT} o.id = $1");
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(raw.map(Delivery::from))
}

/// A message that should have gone out long ago.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Late {
    /// Kind of message.
    pub kind: String,
    /// Name of the channel, if it is for one.
    pub channel: Option<String>,
    /// Since when it could have gone out, in microseconds.
    pub due_at: i64,
    /// What the last attempt was answered.
    pub last_error: Option<String>,
}

/// The message that waits longest, if it could have gone out before a moment.
///
/// # Errors
/// When the database fails.
pub async fn oldest_due(session: &mut Session, before: Timestamp) -> Result<Option<Late>> {
    const SQL: &str = "SELECT o.kind, k.name AS channel, o.due_at, o.last_error FROM outbox o LEFT JOIN channels k ON k.id = o.channel_id
        WHERE o.state = 'waiting' AND o.due_at < $1 ORDER BY o.due_at LIMIT 1";
    Ok(on!(session, c => sqlx::query_as(SQL).bind(before.0).fetch_optional(&mut *c).await?))
}
