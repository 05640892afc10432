//! Mail: written in the transaction of the change, claimed and marked by the worker.

use crate::Session;
use crate::error::Result;
use domain::ids::{MessageId, PersonId, RequestNumber};
use domain::message::{NEEDS, need};
use domain::time::Timestamp;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow, QueryBuilder};
use std::collections::HashSet;
use uuid::Uuid;

/// Rows written by one statement.
const CHUNK: usize = 1000;

/// A message to write.
#[derive(Clone, Debug)]
pub struct Message {
    /// Constant over attempts.
    pub id: MessageId,
    /// Which template.
    pub kind: String,
    /// About which request.
    pub request: Option<RequestNumber>,
    /// To whom; the address is looked up when it is sent.
    pub recipient: PersonId,
    /// What the template needs. Never a secret.
    pub payload: serde_json::Value,
    /// Not before this moment.
    pub not_before: Option<Timestamp>,
}

/// A message that a worker holds until its lease ends.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The message.
    pub id: MessageId,
    /// Which template.
    pub kind: String,
    /// About which request.
    pub request: Option<RequestNumber>,
    /// To whom.
    pub recipient: PersonId,
    /// Name of the recipient, now.
    pub name: String,
    /// Address that it goes to: the recipient's, now, unless another is meant.
    pub email: String,
    /// Whether the recipient is active, now.
    pub active: bool,
    /// Whether the recipient is an administrator, now.
    pub admin: bool,
    /// Time zone of the recipient, if known.
    pub timezone: Option<String>,
    /// What the template needs.
    pub payload: serde_json::Value,
    /// Attempts before this one.
    pub attempts: i32,
    /// When it was written.
    pub created_at: Timestamp,
    /// Until when the worker holds it.
    pub leased_until: Timestamp,
}

/// Writes messages.
///
/// # Errors
/// When the database fails; the use case must fail with it.
pub async fn insert_many(session: &mut Session, messages: &[Message]) -> Result<()> {
    let now = session.now().0;
    for chunk in messages.chunks(CHUNK) {
        on!(session, c => {
            let mut sql = QueryBuilder::new("INSERT INTO outbox (id, kind, request, recipient_id, payload, state, need, created_at, due_at, next_attempt_at) ");
            sql.push_values(chunk, |mut row, message| {
                row.push_bind(message.id.0)
                    .push_bind(message.kind.as_str())
                    .push_bind(message.request.map(|number| number.0))
                    .push_bind(message.recipient.0)
                    .push_bind(Json(&message.payload))
                    .push_bind("waiting")
                    .push_bind(need(&message.kind))
                    .push_bind(now)
                    .push_bind(message.not_before.map_or(now, |at| at.0))
                    .push_bind(message.not_before.map_or(now, |at| at.0));
            });
            sql.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}

/// Writes a message that goes to another address than its recipient's present one.
///
/// # Errors
/// When the database fails; the use case must fail with it.
pub async fn insert_to(session: &mut Session, message: &Message, address: &str) -> Result<()> {
    const SQL: &str = "UPDATE outbox SET address = $1 WHERE id = $2";
    insert_many(session, std::slice::from_ref(message)).await?;
    on!(session, c => sqlx::query(SQL).bind(address).bind(message.id.0).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// How many messages of a kind were written for a person since a moment, whatever became of them.
///
/// # Errors
/// When the database fails.
pub async fn written(session: &mut Session, person: PersonId, kind: &str, since: Timestamp) -> Result<i64> {
    const SQL: &str =
        "SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE recipient_id = $1 AND created_at > $2 AND kind = $3";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(person.0).bind(since.0).bind(kind).fetch_one(&mut *c).await?))
}

#[derive(FromRow)]
struct RawClaim {
    id: Uuid,
    kind: String,
    request: Option<i64>,
    recipient_id: Uuid,
    name: String,
    email: String,
    active: bool,
    admin: bool,
    timezone: Option<String>,
    payload: Json<serde_json::Value>,
    attempts: i32,
    created_at: i64,
}

/// Takes due messages for a while, so that no other worker sends them too. In the order of need, and of those the oldest due first.
///
/// # Errors
/// When the database fails.
pub async fn claim(session: &mut Session, limit: i64, lease_micros: i64) -> Result<Vec<Claimed>> {
    let now = session.now().0;
    let pick = format!(
        "SELECT id FROM outbox WHERE state = 'waiting' AND channel_id IS NULL AND need = $1 AND next_attempt_at <= $2 \
         AND leased_until <= $2 ORDER BY next_attempt_at, id LIMIT $3{}",
        session.claim_rows()
    );
    let mut ids: Vec<Uuid> = Vec::new();
    for need in NEEDS {
        let left = limit - i64::try_from(ids.len()).unwrap_or(limit);
        if left <= 0 {
            break;
        }
        let sql = AssertSqlSafe(pick.clone());
        let found: Vec<Uuid> =
            on!(session, c => sqlx::query_scalar(sql).bind(need).bind(now).bind(left).fetch_all(&mut *c).await?);
        ids.extend(found);
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let leased_until = now + lease_micros;
    lease(session, &ids, leased_until).await?;
    const READ: &str = "SELECT o.id, o.kind, o.request, o.recipient_id, p.name, COALESCE(o.address, p.email) AS email, p.active, p.admin, p.timezone, o.payload, o.attempts, o.created_at
        FROM outbox o JOIN people p ON p.id = o.recipient_id WHERE o.id IN (";
    let raws: Vec<RawClaim> = on!(session, c => {
        let mut sql = QueryBuilder::new(READ);
        push_ids(&mut sql, &ids);
        sql.push(" ORDER BY o.need, o.next_attempt_at, o.id").build_query_as().fetch_all(&mut *c).await?
    });
    let claimed = |raw: RawClaim| Claimed {
        id: MessageId(raw.id),
        kind: raw.kind,
        request: raw.request.map(RequestNumber),
        recipient: PersonId(raw.recipient_id),
        name: raw.name,
        email: raw.email,
        active: raw.active,
        admin: raw.admin,
        timezone: raw.timezone,
        payload: raw.payload.0,
        attempts: raw.attempts,
        created_at: Timestamp(raw.created_at),
        leased_until: Timestamp(leased_until),
    };
    Ok(raws.into_iter().map(claimed).collect())
}

async fn lease(session: &mut Session, ids: &[Uuid], until: i64) -> Result<()> {
    on!(session, c => {
        let mut sql = QueryBuilder::new("UPDATE outbox SET leased_until = ");
        sql.push_bind(until).push(" WHERE state = 'waiting' AND id IN (");
        push_ids(&mut sql, ids);
        sql.build().execute(&mut *c).await?.rows_affected()
    });
    Ok(())
}

/// Gives messages back that were claimed together and not tried; those that are held until another moment now are somebody else's.
///
/// # Errors
/// When the database fails.
pub async fn release(session: &mut Session, ids: &[MessageId], leased_until: Timestamp) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    on!(session, c => {
        let mut sql = QueryBuilder::new("UPDATE outbox SET leased_until = 0 WHERE state = 'waiting' AND leased_until = ");
        sql.push_bind(leased_until.0).push(" AND id IN (");
        push_ids(&mut sql, &ids);
        sql.build().execute(&mut *c).await?.rows_affected()
    });
    Ok(())
}

/// Ends the leases of all messages, to people and to channels: for a server that knows that it is alone, so that nobody works on what is
/// leased. How many there were.
///
/// # Errors
/// When the database fails.
pub async fn end_leases(session: &mut Session) -> Result<u64> {
    const SQL: &str = "UPDATE outbox SET leased_until = 1 WHERE state = 'waiting' AND leased_until > $1";
    let now = session.now().0;
    Ok(on!(session, c => sqlx::query(SQL).bind(now).execute(&mut *c).await?.rows_affected()))
}

/// The ids of an IN list, with the parenthesis that ends it.
pub(crate) fn push_ids<DB: sqlx::Database>(sql: &mut QueryBuilder<DB>, ids: &[Uuid])
where
    for<'q> Uuid: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    let mut list = sql.separated(", ");
    for id in ids {
        list.push_bind(*id);
    }
    sql.push(")");
}

/// Marks messages with their end: `delivered`, `dead` or `suppressed`. Those that had none before.
///
/// # Errors
/// When the database fails.
pub async fn finish(
    session: &mut Session,
    ids: &[MessageId],
    state: &str,
    error: Option<&str>,
) -> Result<HashSet<MessageId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let now = session.now().0;
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let ended: Vec<Uuid> = on!(session, c => {
        let mut sql = QueryBuilder::new("UPDATE outbox SET attempts = attempts + 1, leased_until = 0, state = ");
        sql.push_bind(state).push(", finished_at = ").push_bind(now).push(", last_error = ").push_bind(error);
        sql.push(" WHERE state = 'waiting' AND id IN (");
        push_ids(&mut sql, &ids);
        sql.push(" RETURNING id").build_query_scalar().fetch_all(&mut *c).await?
    });
    Ok(ended.into_iter().map(MessageId).collect())
}

/// Lets a message wait for its next attempt; whether it still waited. `away`: the attempt found nobody to send it through.
///
/// # Errors
/// When the database fails.
pub async fn retry_at(session: &mut Session, id: MessageId, at: Timestamp, error: &str, away: bool) -> Result<bool> {
    const SQL: &str =
        "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = $1, last_error = $2, away = $3, leased_until = 0
        WHERE id = $4 AND state = 'waiting'";
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(at.0).bind(error).bind(away).bind(id.0).execute(&mut *c).await?.rows_affected());
    Ok(rows == 1)
}

/// The mail server is back: what found nobody there is due now; how many messages.
///
/// # Errors
/// When the database fails.
pub async fn hasten(session: &mut Session) -> Result<u64> {
    const SQL: &str = "UPDATE outbox SET next_attempt_at = $1, away = FALSE
        WHERE state = 'waiting' AND channel_id IS NULL AND need IN (0, 1, 2) AND next_attempt_at > $1 AND away";
    let now = session.now().0;
    Ok(on!(session, c => sqlx::query(SQL).bind(now).execute(&mut *c).await?.rows_affected()))
}

/// Who was ever sent a message of these kinds about a request.
///
/// # Errors
/// When the database fails.
pub async fn told(session: &mut Session, number: RequestNumber, kinds: &[&str]) -> Result<Vec<PersonId>> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<Uuid> = on!(session, c => {
        let mut sql = QueryBuilder::new("SELECT DISTINCT recipient_id FROM outbox WHERE request = ");
        sql.push_bind(number.0).push(" AND recipient_id IS NOT NULL AND kind IN (");
        let mut list = sql.separated(", ");
        for kind in kinds {
            list.push_bind(*kind);
        }
        sql.push(")");
        sql.build_query_scalar().fetch_all(&mut *c).await?
    });
    Ok(found.into_iter().map(PersonId).collect())
}

/// Whether a message of one of these kinds about a request has reached somebody.
///
/// # Errors
/// When the database fails.
pub async fn heard(session: &mut Session, number: RequestNumber, person: PersonId, kinds: &[&str]) -> Result<bool> {
    const SQL: &str = "SELECT kind FROM outbox WHERE request = $1 AND recipient_id = $2 AND state = 'delivered'";
    let found: Vec<String> =
        on!(session, c => sqlx::query_scalar(SQL).bind(number.0).bind(person.0).fetch_all(&mut *c).await?);
    Ok(found.iter().any(|kind| kinds.contains(&kind.as_str())))
}

/// Whether a message of a kind has reached somebody since a moment.
///
/// # Errors
/// When the database fails.
pub async fn reached(session: &mut Session, person: PersonId, kind: &str, since: Timestamp) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM outbox WHERE recipient_id = $1 AND created_at >= $2 AND kind = $3 AND state = 'delivered' LIMIT 1";
    let found: Option<i32> = on!(session, c => sqlx::query_scalar(SQL)
        .bind(person.0).bind(since.0).bind(kind).fetch_optional(&mut *c).await?);
    Ok(found.is_some())
}

/// Whether any message is due, so that an idle worker need not write.
///
/// # Errors
/// When the database fails.
pub async fn any_due(session: &mut Session) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM outbox WHERE state = 'waiting' AND channel_id IS NULL AND need IN (0, 1, 2)
        AND next_attempt_at <= $1 AND leased_until <= $1 LIMIT 1";
    let now = session.now().0;
    let found: Option<i32> = on!(session, c => sqlx::query_scalar(SQL).bind(now).fetch_optional(&mut *c).await?);
    Ok(found.is_some())
}
