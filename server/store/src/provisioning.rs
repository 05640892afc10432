//! Calls to targets: written in the transaction that needs them, claimed and finished by the worker.

use crate::connectors::{Secret, secret_of};
use crate::error::{Error, Result};
use crate::seal::Opener;
use crate::{Session, new_id};
use domain::connector::{CallAction, ConnectorKind};
use domain::ids::{CallId, ConnectorId, GroupId, PersonId, RequestNumber};
use domain::time::Timestamp;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

/// A call to write.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// For which request.
    pub request: RequestNumber,
    /// What for.
    pub action: CallAction,
    /// What makes it the same call, however often it is made: the target sees it as an idempotency key.
    pub key: String,
    /// Through which connector.
    pub connector: ConnectorId,
    /// Which group.
    pub group: GroupId,
    /// For whom.
    pub person: PersonId,
    /// When the access ends by itself.
    pub ends_at: Option<Timestamp>,
}

/// A call that a worker holds until its lease ends, with everything that the target is told.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The call.
    pub id: CallId,
    /// For which request.
    pub request: RequestNumber,
    /// What for.
    pub action: CallAction,
    /// Idempotency key.
    pub key: String,
    /// The connector.
    pub connector: ConnectorId,
    /// Whether it is on, now.
    pub active: bool,
    /// What it speaks.
    pub kind: ConnectorKind,
    /// Where to.
    pub url: String,
    /// Its secret.
    pub secret: Secret,
    /// The group.
    pub group: GroupId,
    /// Its name, now.
    pub group_name: String,
    /// How the target names it.
    pub external_id: String,
    /// The person.
    pub person: PersonId,
    /// Email, now.
    pub email: String,
    /// Name, now.
    pub name: String,
    /// Name of the resource, frozen on the request.
    pub resource: String,
    /// When the access ends by itself.
    pub ends_at: Option<Timestamp>,
    /// Attempts before this one.
    pub attempts: u32,
    /// When the call was asked for.
    pub created_at: Timestamp,
}

/// Writes a call. One that waits for the same membership, has not been taken by a worker and wants the opposite is dropped:
/// only what is wanted last is worth doing.
///
/// # Errors
/// [`Error::Conflict`] when there is a call of this key.
pub async fn insert(session: &mut Session, call: &NewCall) -> Result<CallId> {
    const DROP: &str = "UPDATE provisioning SET state = 'dropped', finished_at = $1, said = 'something else was wanted since'
        WHERE state = 'waiting' AND action = 'revoke' AND group_id = $2 AND person_id = $3 AND attempts = 0 AND leased_until <= $1";
    const SQL: &str = "INSERT INTO provisioning
        (id, request, action, key, connector_id, group_id, person_id, ends_at, state, created_at, next_attempt_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', $9, $9)";
    let (id, now) = (new_id(), session.now().0);
    if call.action == CallAction::Grant {
        on!(session, c => sqlx::query(DROP)
            .bind(now).bind(call.group.0).bind(call.person.0).execute(&mut *c).await?.rows_affected());
    }
    on!(session, c => sqlx::query(SQL)
        .bind(id)
        .bind(call.request.0)
        .bind(call.action.as_str())
        .bind(call.key.as_str())
        .bind(call.connector.0)
        .bind(call.group.0)
        .bind(call.person.0)
        .bind(call.ends_at.map(|at| at.0))
        .bind(now)
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(CallId(id))
}

/// Whether a target may have been asked to carry out a grant of the request and not to undo it since.
///
/// # Errors
/// When the database fails.
pub async fn may_have_granted(session: &mut Session, request: RequestNumber) -> Result<bool> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM provisioning p WHERE p.request = $1 AND p.action = 'grant'
          AND (p.attempts > 0 OR p.state <> 'waiting' OR p.leased_until > 0)
          AND NOT EXISTS (SELECT 1 FROM provisioning u WHERE u.request = $1 AND u.action = 'undo' AND u.state = 'done' AND u.id > p.id)";
    let count: i64 = on!(session, c => sqlx::query_scalar(SQL).bind(request.0).fetch_one(&mut *c).await?);
    Ok(count > 0)
}

/// The connector through which a grant of the request was last tried.
///
/// # Errors
/// When the database fails.
pub async fn last_connector(session: &mut Session, request: RequestNumber) -> Result<Option<ConnectorId>> {
    const SQL: &str =
        "SELECT connector_id FROM provisioning WHERE request = $1 AND action = 'grant' ORDER BY id DESC LIMIT 1";
    let found: Option<Uuid> = on!(session, c => sqlx::query_scalar(SQL).bind(request.0).fetch_optional(&mut *c).await?);
    Ok(found.map(ConnectorId))
}

/// When the next call is due that [`claim`] would take, so that an idle worker need not write.
///
/// # Errors
/// When the database fails.
pub async fn next_due(session: &mut Session) -> Result<Option<Timestamp>> {
    const SQL: &str = "SELECT MIN(CASE WHEN leased_until > next_attempt_at THEN leased_until ELSE next_attempt_at END)
        FROM provisioning p WHERE state = 'waiting'
        AND NOT EXISTS (SELECT 1 FROM provisioning e WHERE e.state = 'waiting' AND e.group_id = p.group_id
            AND e.person_id = p.person_id AND e.id < p.id)";
    let found: Option<i64> = on!(session, c => sqlx::query_scalar(SQL).fetch_one(&mut *c).await?);
    Ok(found.map(Timestamp))
}

#[derive(FromRow)]
struct Raw {
    id: Uuid,
    request: i64,
    action: String,
    key: String,
    connector_id: Uuid,
    active: bool,
    kind: String,
    url: String,
    secret: String,
    group_id: Uuid,
    group_name: String,
    external_id: String,
    person_id: Uuid,
    email: String,
    name: String,
    resource_name: String,
    ends_at: Option<i64>,
    attempts: i32,
    created_at: i64,
}

impl Claimed {
    fn read(raw: Raw, opener: &Opener) -> Result<Self> {
        let broken = |column| Error::inconsistent("provisioning", column, raw.id);
        Ok(Self {
            action: CallAction::parse(&raw.action).ok_or_else(|| broken("action"))?,
            kind: ConnectorKind::parse(&raw.kind).ok_or_else(|| broken("kind"))?,
            id: CallId(raw.id),
            request: RequestNumber(raw.request),
            key: raw.key,
            connector: ConnectorId(raw.connector_id),
            active: raw.active,
            url: raw.url,
            secret: Secret::opened(opener, &secret_of(raw.connector_id), &raw.secret)?,
            group: GroupId(raw.group_id),
            group_name: raw.group_name,
            external_id: raw.external_id,
            person: PersonId(raw.person_id),
            email: raw.email,
            name: raw.name,
            resource: raw.resource_name,
            ends_at: raw.ends_at.map(Timestamp),
            attempts: u32::try_from(raw.attempts).unwrap_or(0),
            created_at: Timestamp(raw.created_at),
        })
    }
}

/// Takes due calls for a while, so that no other worker makes them too. Calls for one membership keep their order: one is due
/// only when none before it waits.
///
/// # Errors
/// When the database fails.
pub async fn claim(session: &mut Session, limit: i64, lease_micros: i64) -> Result<Vec<Claimed>> {
    let now = session.now().0;
    let pick = format!(
        "SELECT p.id FROM provisioning p WHERE p.state = 'waiting' AND p.next_attempt_at <= $1 AND p.leased_until <= $1 \
         AND NOT EXISTS (SELECT 1 FROM provisioning e WHERE e.state = 'waiting' AND e.group_id = p.group_id \
             AND e.person_id = p.person_id AND e.id < p.id) \
         ORDER BY CASE p.action WHEN 'revoke' THEN 1 ELSE 0 END, p.next_attempt_at, p.id LIMIT $2{}",
        session.claim_rows()
    );
    let ids: Vec<Uuid> =
        on!(session, c => sqlx::query_scalar(AssertSqlSafe(pick)).bind(now).bind(limit).fetch_all(&mut *c).await?);
    const LEASE: &str = "UPDATE provisioning SET leased_until = $1 WHERE id = $2";
    const READ: &str = "SELECT p.id, p.request, p.action, p.key, p.connector_id, k.active, k.kind, k.url, k.secret, p.group_id,
            g.name AS group_name, g.external_id, p.person_id, w.email, w.name, r.resource_name, p.ends_at, p.attempts, p.created_at
        FROM provisioning p JOIN connectors k ON k.id = p.connector_id JOIN groups g ON g.id = p.group_id
        JOIN people w ON w.id = p.person_id JOIN requests r ON r.number = p.request WHERE p.id = $1";
    let opener = session.opener();
    let mut out = Vec::with_capacity(ids.len());
    for id in ids {
        on!(session, c => sqlx::query(LEASE).bind(now + lease_micros).bind(id).execute(&mut *c).await?.rows_affected());
        let raw: Raw = on!(session, c => sqlx::query_as(READ).bind(id).fetch_one(&mut *c).await?);
        out.push(Claimed::read(raw, &opener)?);
    }
    Ok(out)
}

/// Ends the leases of all calls: for a server that knows that it is alone, so that nobody works on what is leased. How many there were.
/// A call that was taken keeps the mark of it, as its target may have been asked.
///
/// # Errors
/// When the database fails.
pub async fn end_leases(session: &mut Session) -> Result<u64> {
    const SQL: &str = "UPDATE provisioning SET leased_until = 1 WHERE state = 'waiting' AND leased_until > $1";
    let now = session.now().0;
    Ok(on!(session, c => sqlx::query(SQL).bind(now).execute(&mut *c).await?.rows_affected()))
}

/// Ends a call with its state: `done`, `refused`, `failed` or `dropped`. Whether it was still waiting.
///
/// # Errors
/// When the database fails.
pub async fn finish(
    session: &mut Session,
    id: CallId,
    state: &str,
    attempted: bool,
    said: Option<&str>,
) -> Result<bool> {
    const SQL: &str =
        "UPDATE provisioning SET state = $1, attempts = attempts + $2, finished_at = $3, said = $4, leased_until = 0
        WHERE id = $5 AND state = 'waiting'";
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(state).bind(i32::from(attempted)).bind(now).bind(said).bind(id.0).execute(&mut *c).await?.rows_affected());
    Ok(rows == 1)
}

/// Lets a call wait for its next attempt. Whether it was still waiting.
///
/// # Errors
/// When the database fails.
pub async fn again_at(session: &mut Session, id: CallId, at: Timestamp, said: &str) -> Result<bool> {
    const SQL: &str =
        "UPDATE provisioning SET attempts = attempts + 1, next_attempt_at = $1, said = $2, leased_until = 0
        WHERE id = $3 AND state = 'waiting'";
    let rows =
        on!(session, c => sqlx::query(SQL).bind(at.0).bind(said).bind(id.0).execute(&mut *c).await?.rows_affected());
    Ok(rows == 1)
}

/// A call as people see it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CallLine {
    /// The call.
    pub id: Uuid,
    /// For which request.
    pub request: i64,
    /// `grant`, `undo` or `revoke`.
    pub action: String,
    /// Name of the connector.
    pub connector: String,
    /// Name of the group.
    pub group_name: String,
    /// Name of the person.
    pub person: String,
    /// `waiting`, `done`, `refused`, `failed` or `dropped`.
    pub state: String,
    /// Attempts so far.
    pub attempts: i32,
    /// What was said last.
    pub said: Option<String>,
    /// When it ended, or is tried next.
    pub at: i64,
}

const LINE: &str = "SELECT p.id, p.request, p.action, k.name AS connector, g.name AS group_name, w.name AS person, p.state, p.attempts,
        p.said, COALESCE(p.finished_at, p.next_attempt_at) AS at
    FROM provisioning p JOIN connectors k ON k.id = p.connector_id JOIN groups g ON g.id = p.group_id
    JOIN people w ON w.id = p.person_id";

/// The calls for a request, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_request(session: &mut Session, request: RequestNumber) -> Result<Vec<CallLine>> {
    let sql = format!("{LINE} WHERE p.request = $1 ORDER BY p.id");
    Ok(on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(request.0).fetch_all(&mut *c).await?))
}

/// Access that could not be taken back, newest first.
///
/// # Errors
/// When the database fails.
pub async fn stuck_revokes(session: &mut Session, limit: i64) -> Result<Vec<CallLine>> {
    let sql =
        format!("{LINE} WHERE p.state IN ('refused', 'failed') AND p.action = 'revoke' ORDER BY p.id DESC LIMIT $1");
    Ok(on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(limit).fetch_all(&mut *c).await?))
}

/// Lets a revocation that ended without success wait again, from its first attempt; its request when there was one.
///
/// # Errors
/// When the database fails.
pub async fn revive(session: &mut Session, id: CallId) -> Result<Option<RequestNumber>> {
    const SQL: &str = "UPDATE provisioning SET state = 'waiting', attempts = 0, finished_at = NULL, next_attempt_at = $1, leased_until = 0
        WHERE id = $2 AND state IN ('refused', 'failed') AND action = 'revoke' RETURNING request";
    let now = session.now().0;
    let found: Option<i64> =
        on!(session, c => sqlx::query_scalar(SQL).bind(now).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(found.map(RequestNumber))
}
