//! Calls to targets: written in the transaction that needs them, claimed and finished by the worker.

use crate::connectors::{Secret, secret_of};
use crate::error::{Error, Result};
use crate::seal::Opener;
use crate::{Session, new_id};
use domain::connector::{CallAction, ConnectorKind, Seen};
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
    /// How the target names the group; as the group is bound now when nothing is said.
    pub external_id: Option<String>,
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
    /// How the target names it, by the binding for which the call was written.
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
    /// Until when it is held: a result that comes after another worker took it over is not written.
    pub leased_until: Timestamp,
    /// What is known of the membership from the time when it was given.
    pub kept: Kept,
}

/// What is kept of a membership in a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The target's own id of the person.
    pub person: Option<String>,
    /// The target's own id of the group.
    pub group: Option<String>,
    /// The address under which the person was put in, when they have another now and nobody else has this one.
    pub email: Option<String>,
    /// Where the connector led then, when it leads elsewhere now: the ids are those of another target.
    pub elsewhere: Option<String>,
    /// How the person was seen to be there.
    pub seen: Option<Seen>,
    /// Whether they were ever confirmed to be there.
    pub was_there: bool,
}

/// Writes a call. A revocation that waits for the same membership, and that no worker holds, is dropped by a grant: only what is
/// wanted last is worth doing. What is to be given is kept as wanted.
///
/// # Errors
/// [`Error::Conflict`] when there is a call of this key.
pub async fn insert(session: &mut Session, call: &NewCall) -> Result<CallId> {
    const DROP: &str =
        "UPDATE provisioning SET state = 'dropped', finished_at = $1, said = 'something else was wanted since'
        WHERE state = 'waiting' AND action = 'revoke' AND group_id = $2 AND person_id = $3 AND connector_id = $4
          AND external_id = COALESCE($5, (SELECT external_id FROM groups WHERE id = $2)) AND leased_until <= $1";
    const SQL: &str = "INSERT INTO provisioning
        (id, request, action, key, connector_id, group_id, person_id, ends_at, state, created_at, next_attempt_at, external_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', $9, $9, COALESCE($10, (SELECT external_id FROM groups WHERE id = $6)))";
    let (id, now) = (new_id(), session.now().0);
    let external_id = call.external_id.as_deref();
    if call.action.gives() {
        on!(session, c => sqlx::query(DROP)
            .bind(now)
            .bind(call.group.0)
            .bind(call.person.0)
            .bind(call.connector.0)
            .bind(external_id)
            .execute(&mut *c)
            .await?
            .rows_affected());
        crate::provisioned::want(session, call).await?;
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
        .bind(external_id)
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

/// The connector through which a grant of the request was last tried, and how it named the group.
///
/// # Errors
/// When the database fails.
pub async fn last_connector(session: &mut Session, request: RequestNumber) -> Result<Option<(ConnectorId, String)>> {
    const SQL: &str = "SELECT connector_id, external_id FROM provisioning WHERE request = $1 AND action = 'grant' ORDER BY id DESC LIMIT 1";
    let found: Option<(Uuid, String)> =
        on!(session, c => sqlx::query_as(SQL).bind(request.0).fetch_optional(&mut *c).await?);
    Ok(found.map(|(connector, external_id)| (ConnectorId(connector), external_id)))
}

/// When the next call is due that [`claim`] would take, so that an idle worker need not write.
///
/// # Errors
/// When the database fails.
pub async fn next_due(session: &mut Session) -> Result<Option<Timestamp>> {
    let sql = format!(
        "SELECT MIN(CASE WHEN leased_until > next_attempt_at THEN leased_until ELSE next_attempt_at END)
        FROM provisioning p WHERE state = 'waiting' {FIRST}"
    );
    let found: Option<i64> = on!(session, c => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *c).await?);
    Ok(found.map(Timestamp))
}

/// The connectors that [`claim`] would take a call of now.
///
/// # Errors
/// When the database fails.
pub async fn due_connectors(session: &mut Session) -> Result<Vec<ConnectorId>> {
    let sql = format!(
        "SELECT DISTINCT p.connector_id FROM provisioning p
        WHERE p.state = 'waiting' AND p.next_attempt_at <= $1 AND p.leased_until <= $1 {FIRST}"
    );
    let now = session.now().0;
    let found: Vec<Uuid> =
        on!(session, c => sqlx::query_scalar(AssertSqlSafe(sql)).bind(now).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(ConnectorId).collect())
}

/// What makes a call the first of its membership at its connector.
const FIRST: &str = "AND NOT EXISTS (SELECT 1 FROM provisioning e WHERE e.state = 'waiting' AND e.group_id = p.group_id
    AND e.person_id = p.person_id AND e.connector_id = p.connector_id AND e.id < p.id)";

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
    leased_until: i64,
    kept_person: Option<String>,
    kept_group: Option<String>,
    kept_email: Option<String>,
    kept_url: Option<String>,
    seen_by: Option<String>,
    confirmed_at: Option<i64>,
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
            leased_until: Timestamp(raw.leased_until),
            kept: Kept {
                person: raw.kept_person,
                group: raw.kept_group,
                email: raw.kept_email,
                elsewhere: raw.kept_url,
                seen: raw.seen_by.as_deref().and_then(Seen::parse),
                was_there: raw.confirmed_at.is_some(),
            },
        })
    }
}

/// Takes due calls for a while, of one connector if one is named, so that no other worker makes them too: what takes access back
/// goes before what gives it. Calls for one membership keep their order: one is due only when none before it waits. A membership
/// that is about to be given is not merely wanted any more from then on.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    session: &mut Session,
    connector: Option<ConnectorId>,
    limit: i64,
    lease_micros: i64,
) -> Result<Vec<Claimed>> {
    let now = session.now().0;
    let only = if connector.is_some() { "AND p.connector_id = $3" } else { "" };
    let pick = format!(
        "SELECT p.id FROM provisioning p WHERE p.state = 'waiting' AND p.next_attempt_at <= $1 AND p.leased_until <= $1 \
         {only} {FIRST} \
         ORDER BY CASE WHEN p.action IN ('revoke', 'undo') THEN 0 ELSE 1 END, p.next_attempt_at, p.id LIMIT $2{}",
        session.claim_rows()
    );
    let ids: Vec<Uuid> = on!(session, c => {
        let query = sqlx::query_scalar(AssertSqlSafe(pick)).bind(now).bind(limit);
        match connector {
            Some(connector) => query.bind(connector.0),
            None => query,
        }
        .fetch_all(&mut *c)
        .await?
    });
    const LEASE: &str =
        "UPDATE provisioning SET leased_until = $1 WHERE id = $2 AND state = 'waiting' AND leased_until <= $3";
    const READ: &str = "SELECT p.id, p.request, p.action, p.key, p.connector_id, k.active, k.kind, k.url, k.secret, p.group_id,
            g.name AS group_name, p.external_id, p.person_id, w.email, w.name, r.resource_name, p.ends_at, p.attempts, p.created_at,
            p.leased_until, d.target_person AS kept_person, d.target_group AS kept_group,
            CASE WHEN d.email <> w.email AND NOT EXISTS (SELECT 1 FROM people o WHERE o.email = d.email) THEN d.email END AS kept_email,
            CASE WHEN d.url <> k.url THEN d.url END AS kept_url, d.seen_by, d.confirmed_at
        FROM provisioning p JOIN connectors k ON k.id = p.connector_id JOIN groups g ON g.id = p.group_id
        JOIN people w ON w.id = p.person_id JOIN requests r ON r.number = p.request
        LEFT JOIN provisioned d ON d.group_id = p.group_id AND d.person_id = p.person_id
            AND d.connector_id = p.connector_id AND d.external_id = p.external_id
        WHERE p.id = $1";
    let opener = session.opener();
    let mut out = Vec::with_capacity(ids.len());
    for id in ids {
        let taken = on!(session, c => sqlx::query(LEASE)
            .bind(now + lease_micros).bind(id).bind(now).execute(&mut *c).await?.rows_affected());
        if taken == 0 {
            continue;
        }
        let raw: Raw = on!(session, c => sqlx::query_as(READ).bind(id).fetch_one(&mut *c).await?);
        out.push(Claimed::read(raw, &opener)?);
    }
    Ok(out)
}

/// Ends the leases of all calls, and of looks at targets: for a server that knows that it is alone, so that nobody works on what is
/// leased. How many calls there were.
/// A call that was taken keeps the mark of it, as its target may have been asked.
///
/// # Errors
/// When the database fails.
pub async fn end_leases(session: &mut Session) -> Result<u64> {
    const SQL: &str = "UPDATE provisioning SET leased_until = 1 WHERE state = 'waiting' AND leased_until > $1";
    const LOOKS: &str = "UPDATE target_looks SET leased_until = 1 WHERE leased_until > $1";
    let now = session.now().0;
    let calls = on!(session, c => sqlx::query(SQL).bind(now).execute(&mut *c).await?.rows_affected());
    on!(session, c => sqlx::query(LOOKS).bind(now).execute(&mut *c).await?.rows_affected());
    Ok(calls)
}

/// Ends a call with its state: `done`, `refused`, `failed`, `unconfirmed` or `dropped`. Whether it was still waiting, and held
/// until the moment that the worker knows.
///
/// # Errors
/// When the database fails.
pub async fn finish(
    session: &mut Session,
    (id, leased_until): (CallId, Timestamp),
    state: &str,
    attempted: bool,
    said: Option<&str>,
) -> Result<bool> {
    const SQL: &str =
        "UPDATE provisioning SET state = $1, attempts = attempts + $2, finished_at = $3, said = $4, leased_until = 0
        WHERE id = $5 AND state = 'waiting' AND leased_until = $6";
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(state)
        .bind(i32::from(attempted))
        .bind(now)
        .bind(said)
        .bind(id.0)
        .bind(leased_until.0)
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Lets a call wait for its next attempt, after one that was made or without one. Whether it was still waiting, and held until the
/// moment that the worker knows.
///
/// # Errors
/// When the database fails.
pub async fn again_at(
    session: &mut Session,
    (id, leased_until): (CallId, Timestamp),
    at: Timestamp,
    attempted: bool,
    said: &str,
) -> Result<bool> {
    const SQL: &str =
        "UPDATE provisioning SET attempts = attempts + $1, next_attempt_at = $2, said = $3, leased_until = 0
        WHERE id = $4 AND state = 'waiting' AND leased_until = $5";
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(i32::from(attempted))
        .bind(at.0)
        .bind(said)
        .bind(id.0)
        .bind(leased_until.0)
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Lets what waits for a connector be tried now: it was switched on, or mended.
///
/// # Errors
/// When the database fails.
pub async fn hasten(session: &mut Session, connector: ConnectorId) -> Result<u64> {
    const SQL: &str = "UPDATE provisioning SET next_attempt_at = $1
        WHERE connector_id = $2 AND state = 'waiting' AND next_attempt_at > $1 AND leased_until <= $1";
    let now = session.now().0;
    Ok(on!(session, c => sqlx::query(SQL).bind(now).bind(connector.0).execute(&mut *c).await?.rows_affected()))
}

/// Lets the call that waits for a membership be tried now. Whether one waits.
///
/// # Errors
/// When the database fails.
pub async fn hasten_one(session: &mut Session, key: &crate::provisioned::Key) -> Result<bool> {
    const SQL: &str =
        "UPDATE provisioning SET next_attempt_at = CASE WHEN leased_until > $1 THEN next_attempt_at ELSE $1 END
        WHERE group_id = $2 AND person_id = $3 AND connector_id = $4 AND external_id = $5 AND state = 'waiting'";
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(now)
        .bind(key.group.0)
        .bind(key.person.0)
        .bind(key.connector.0)
        .bind(key.external_id.as_str())
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(rows > 0)
}

/// A call as people see it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CallLine {
    /// The call.
    pub id: Uuid,
    /// For which request.
    pub request: i64,
    /// `grant`, `undo`, `revoke` or `restore`.
    pub action: String,
    /// Name of the connector.
    pub connector: String,
    /// Name of the group.
    pub group_name: String,
    /// Name of the person.
    pub person: String,
    /// `waiting`, `done`, `refused`, `failed`, `unconfirmed` or `dropped`.
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
