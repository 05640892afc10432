//! Grants: the access that requests produced. A live grant of a group *is* a membership (view `active_membership`).

use crate::error::Result;
use crate::{Session, new_id};
use domain::ids::{FlowId, GrantId, GroupId, PersonId, RequestNumber, ResourceId};
use domain::time::Timestamp;

/// Begins a grant.
///
/// # Errors
/// [`crate::Error::Conflict`] when the request has produced one before.
pub async fn begin(
    session: &mut Session,
    request: RequestNumber,
    beneficiary: PersonId,
    resource: ResourceId,
    group: GroupId,
    ends_at: Option<Timestamp>,
) -> Result<GrantId> {
    const SQL: &str = "INSERT INTO grants (id, request, beneficiary_id, resource_id, group_id, began_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let id = new_id();
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(id)
        .bind(request.0)
        .bind(beneficiary.0)
        .bind(resource.0)
        .bind(group.0)
        .bind(now)
        .bind(ends_at.map(|at| at.0))
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(GrantId(id))
}

/// Ends all live grants of a person; how many there were.
///
/// # Errors
/// When the database fails.
pub async fn end_all_of(session: &mut Session, person: PersonId, cause: &str) -> Result<u64> {
    const SQL: &str = "UPDATE grants SET ended_at = $1, end_cause = $2 WHERE beneficiary_id = $3 AND ended_at IS NULL";
    let now = session.now().0;
    Ok(on!(session, c => sqlx::query(SQL)
        .bind(now).bind(cause).bind(person.0).execute(&mut *c).await?.rows_affected()))
}

/// Ends the live grants whose time is over; how many there were. `limit` bounds one transaction.
///
/// # Errors
/// When the database fails.
pub async fn end_due(session: &mut Session, limit: i64) -> Result<Vec<(GrantId, RequestNumber)>> {
    const SQL: &str = "UPDATE grants SET ended_at = $1, end_cause = 'time_over'
        WHERE id IN (SELECT id FROM grants WHERE ended_at IS NULL AND ends_at IS NOT NULL AND ends_at <= $1 LIMIT $2)
          AND ended_at IS NULL
        RETURNING id, request";
    let now = session.now().0;
    let rows: Vec<(uuid::Uuid, i64)> =
        on!(session, c => sqlx::query_as(SQL).bind(now).bind(limit).fetch_all(&mut *c).await?);
    Ok(rows.into_iter().map(|(id, request)| (GrantId(id), RequestNumber(request))).collect())
}

/// How many live grants a person has.
///
/// # Errors
/// When the database fails.
pub async fn live_of(session: &mut Session, person: PersonId) -> Result<u64> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM grants WHERE beneficiary_id = $1 AND ended_at IS NULL";
    let count: i64 = on!(session, c => sqlx::query_scalar(SQL).bind(person.0).fetch_one(&mut *c).await?);
    Ok(u64::try_from(count).unwrap_or(0))
}

/// How many live grants came of requests under a flow.
///
/// # Errors
/// When the database fails.
pub async fn live_of_flow(session: &mut Session, flow: FlowId) -> Result<i64> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM grants g JOIN requests r ON r.number = g.request
        WHERE g.ended_at IS NULL AND r.flow_id = $1 AND g.group_id IN
            (SELECT rg.group_id FROM resource_groups rg JOIN flows f ON f.resource_id = rg.resource_id WHERE f.id = $1)";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(flow.0).fetch_one(&mut *c).await?))
}

/// What a person has: one row for each resource that one of their groups gives.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Held {
    /// The resource.
    pub resource_id: uuid::Uuid,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: String,
    /// Where it is used.
    pub link: Option<String>,
    /// When the latest grant began; nothing when the access is not by a grant alone.
    pub began_at: Option<i64>,
    /// When access ends by itself; nothing when a membership or an unlimited grant covers it.
    pub ends_at: Option<i64>,
}

/// What a person has, by name.
///
/// # Errors
/// When the database fails.
pub async fn held_by(session: &mut Session, person: PersonId) -> Result<Vec<Held>> {
    const SQL: &str = "SELECT q.id AS resource_id, q.name, q.category, q.link,
            MAX(g.began_at) AS began_at,
            CASE WHEN COUNT(m.person_id) > 0 OR COUNT(*) > COUNT(g.ends_at) THEN NULL ELSE MAX(g.ends_at) END AS ends_at
        FROM resources q
        JOIN resource_groups rg ON rg.resource_id = q.id
        JOIN active_membership a ON a.group_id = rg.group_id AND a.person_id = $1
        LEFT JOIN memberships m ON m.group_id = rg.group_id AND m.person_id = $1
        LEFT JOIN grants g ON g.group_id = rg.group_id AND g.beneficiary_id = $1 AND g.ended_at IS NULL
        WHERE q.active
        GROUP BY q.id, q.name, q.category, q.link, q.name_fold
        ORDER BY q.name_fold";
    Ok(on!(session, c => sqlx::query_as(SQL).bind(person.0).fetch_all(&mut *c).await?))
}
