//! What differs between targets and what should be, for people.

use super::compare::{OPEN, SHOULD};
use super::{KEY, Key};
use crate::Session;
use crate::error::Result;
use domain::connector::CALL_TRIES;
use domain::ids::{CallId, ConnectorId, GroupId, PersonId, RequestNumber};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

/// How long administrators are not told of the same again, in microseconds.
const DAY: i64 = 86_400 * 1_000_000;

/// A membership that is not in a target as it should be.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Difference {
    /// The newest call for it, by which it is named.
    pub call: Option<Uuid>,
    /// The request that put it in.
    pub request: i64,
    /// Name of the person.
    pub person: String,
    /// Their email.
    pub email: String,
    /// Name of the group.
    pub group_name: String,
    /// Name of the connector.
    pub connector: String,
    /// Whether the connector is on.
    pub active: bool,
    /// `present` or `unconfirmed`.
    pub state: String,
    /// Whether it should be there, and is not: 1 or 0.
    pub missing: i64,
    /// State of the newest call: `waiting`, `done`, `refused`, `failed`, `unconfirmed` or `dropped`.
    pub call_state: Option<String>,
    /// Attempts of the newest call.
    pub attempts: i32,
    /// What the target said last.
    pub said: Option<String>,
    /// When the newest call ended, or is tried next, or since when it is missing.
    pub at: i64,
}

const LINE: &str = "SELECT c.id AS call, p.request, w.name AS person, w.email, g.name AS group_name, k.name AS connector, k.active, p.state,
        CAST(CASE WHEN p.missing_since IS NULL THEN 0 ELSE 1 END AS BIGINT) AS missing, c.state AS call_state,
        COALESCE(c.attempts, 0) AS attempts, COALESCE(CASE WHEN c.state = 'waiting' THEN c.said END, p.said) AS said,
        COALESCE(p.missing_since, c.finished_at, c.next_attempt_at, p.confirmed_at, 0) AS at
    FROM provisioned p JOIN people w ON w.id = p.person_id JOIN groups g ON g.id = p.group_id
    JOIN connectors k ON k.id = p.connector_id
    LEFT JOIN provisioning c ON c.id = (SELECT n.id FROM provisioning n WHERE n.group_id = p.group_id AND n.person_id = p.person_id
        AND n.connector_id = p.connector_id AND n.external_id = p.external_id ORDER BY n.id DESC LIMIT 1)";

/// Access that has ended here and that a target holds still, or may hold: being taken back, refused, or not confirmed.
///
/// # Errors
/// When the database fails.
pub async fn remaining(session: &mut Session, limit: i64) -> Result<Vec<Difference>> {
    let sql = format!(
        "{LINE} WHERE p.state IN ('present', 'unconfirmed') AND NOT {SHOULD} AND NOT {OPEN} \
         ORDER BY CASE WHEN p.repair_at > 0 THEN 0 ELSE 1 END, w.name_fold, g.name_fold, p.connector_id, p.external_id LIMIT $1"
    );
    Ok(on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(limit).fetch_all(&mut *c).await?))
}

/// Access that should be in a target and could not be given again there, or was seen to be missing.
///
/// # Errors
/// When the database fails.
pub async fn differences(session: &mut Session, limit: i64) -> Result<Vec<Difference>> {
    let sql = format!(
        "{LINE} WHERE p.state IN ('present', 'unconfirmed') AND (p.missing_since IS NOT NULL OR (p.state = 'unconfirmed' AND c.action = 'restore'))
         AND {SHOULD} ORDER BY w.name_fold, g.name_fold, p.connector_id, p.external_id LIMIT $1"
    );
    Ok(on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(limit).fetch_all(&mut *c).await?))
}

/// How many memberships stay in a target after an attempt to take them back ended without success, or is made once an hour, and how
/// many are missing.
///
/// # Errors
/// When the database fails.
pub async fn differing(session: &mut Session) -> Result<(i64, i64)> {
    let remain = format!(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM provisioned p WHERE p.state IN ('present', 'unconfirmed') AND (p.repair_at > 0 OR EXISTS \
            (SELECT 1 FROM provisioning c WHERE c.state = 'waiting' AND c.action = 'revoke' AND c.attempts >= {CALL_TRIES} \
             AND c.group_id = p.group_id AND c.person_id = p.person_id AND c.connector_id = p.connector_id \
             AND c.external_id = p.external_id)) AND NOT {SHOULD} AND NOT {OPEN}"
    );
    let missing = format!(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM provisioned p WHERE p.missing_since IS NOT NULL AND p.state <> 'absent' AND {SHOULD}"
    );
    let remain: i64 = on!(session, c => sqlx::query_scalar(AssertSqlSafe(remain)).fetch_one(&mut *c).await?);
    let missing: i64 = on!(session, c => sqlx::query_scalar(AssertSqlSafe(missing)).fetch_one(&mut *c).await?);
    Ok((remain, missing))
}

/// Members of a group of a target that Doorward did not put there, or why it could not be read.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Extra {
    /// Name of the connector.
    pub connector: String,
    /// Name of the group.
    pub group_name: String,
    /// How many there are.
    pub count: i64,
    /// The target's id of one of them.
    pub member: String,
    /// What the target calls them.
    pub display: String,
}

/// Members of groups of targets that Doorward did not put there; they are never removed.
///
/// # Errors
/// When the database fails.
pub async fn extras(session: &mut Session, limit: i64) -> Result<Vec<Extra>> {
    const SQL: &str = "SELECT k.name AS connector, g.name AS group_name, l.extras AS count, e.member, e.display
        FROM target_extras e JOIN target_looks l ON l.connector_id = e.connector_id AND l.group_id = e.group_id AND l.external_id = e.external_id
        JOIN connectors k ON k.id = e.connector_id JOIN groups g ON g.id = e.group_id
        ORDER BY k.name_fold, g.name_fold, e.external_id, e.display, e.member LIMIT $1";
    Ok(on!(session, c => sqlx::query_as(SQL).bind(limit).fetch_all(&mut *c).await?))
}

/// Groups of targets that could not be read at the last look: connector, group, why, and when.
///
/// # Errors
/// When the database fails.
pub async fn unread(session: &mut Session, limit: i64) -> Result<Vec<(String, String, String, i64)>> {
    const SQL: &str =
        "SELECT k.name, g.name, l.said, l.looked_at FROM target_looks l JOIN connectors k ON k.id = l.connector_id
        JOIN groups g ON g.id = l.group_id WHERE l.said IS NOT NULL AND l.looked_at > 0 AND k.active
        ORDER BY k.name_fold, g.name_fold, l.external_id LIMIT $1";
    Ok(on!(session, c => sqlx::query_as(SQL).bind(limit).fetch_all(&mut *c).await?))
}

/// What a call is about, and the request that it was made for.
///
/// # Errors
/// When the database fails.
pub async fn named_by(session: &mut Session, call: CallId) -> Result<Option<(Key, RequestNumber)>> {
    const SQL: &str = "SELECT group_id, person_id, connector_id, external_id, request FROM provisioning WHERE id = $1";
    let found: Option<(Uuid, Uuid, Uuid, String, i64)> =
        on!(session, c => sqlx::query_as(SQL).bind(call.0).fetch_optional(&mut *c).await?);
    Ok(found.map(|(group, person, connector, external_id, request)| {
        let key =
            Key { group: GroupId(group), person: PersonId(person), connector: ConnectorId(connector), external_id };
        (key, RequestNumber(request))
    }))
}

/// The request that put a membership in.
///
/// # Errors
/// When the database fails.
pub async fn request_of(session: &mut Session, key: &Key) -> Result<Option<RequestNumber>> {
    let sql = format!("SELECT request FROM provisioned WHERE {KEY}");
    let found: Option<i64> = on!(session, c => sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(key.group.0)
        .bind(key.person.0)
        .bind(key.connector.0)
        .bind(key.external_id.as_str())
        .fetch_optional(&mut *c)
        .await?);
    Ok(found.map(RequestNumber))
}

/// Keeps that an administrator has looked and found it gone, where nobody else can see it. Whether there was anything to settle:
/// what should be there, what an open request put in, and what is being taken back is not.
///
/// # Errors
/// When the database fails.
pub async fn settle(session: &mut Session, key: &Key) -> Result<bool> {
    let sql = format!(
        "UPDATE provisioned AS p SET state = 'absent', said = NULL, missing_since = NULL, repair_at = 0, revision = revision + 1 \
         WHERE {KEY} AND p.state IN ('present', 'unconfirmed') AND p.repair_at > 0 AND NOT {SHOULD} AND NOT {OPEN}"
    );
    let rows = on!(session, c => sqlx::query(AssertSqlSafe(sql))
        .bind(key.group.0)
        .bind(key.person.0)
        .bind(key.connector.0)
        .bind(key.external_id.as_str())
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Lets what could not be taken back be tried again now, not when its time comes. Whether there is such a row.
///
/// # Errors
/// When the database fails.
pub async fn repair_now(session: &mut Session, key: &Key) -> Result<bool> {
    let sql = format!(
        "UPDATE provisioned SET repair_at = 0, missing_since = NULL, revision = revision + 1 WHERE {KEY} AND state <> 'absent'"
    );
    let rows = on!(session, c => sqlx::query(AssertSqlSafe(sql))
        .bind(key.group.0)
        .bind(key.person.0)
        .bind(key.connector.0)
        .bind(key.external_id.as_str())
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Whether administrators are to be told of a membership: not when they were within a day. Keeps that they are told now.
///
/// # Errors
/// When the database fails.
pub async fn tell_again(session: &mut Session, key: &Key) -> Result<bool> {
    let sql = format!("UPDATE provisioned SET told_at = $5 WHERE {KEY} AND told_at <= $6");
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(AssertSqlSafe(sql))
        .bind(key.group.0)
        .bind(key.person.0)
        .bind(key.connector.0)
        .bind(key.external_id.as_str())
        .bind(now)
        .bind(now - DAY)
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}
