//! Requests of one person, and those that wait on one person.

use super::row::{COLUMNS, Raw};
use crate::Session;
use crate::error::Result;
use domain::ids::{GroupId, PersonId, RequestNumber};
use domain::view::QueueRow;
use sqlx::AssertSqlSafe;

/// The newest requests of a person.
///
/// # Errors
/// When the database fails.
pub async fn by_requester(session: &mut Session, person: PersonId, limit: i64) -> Result<Vec<QueueRow>> {
    let sql = format!("SELECT {COLUMNS} FROM requests r WHERE r.requester_id = $1 ORDER BY r.number DESC LIMIT $2");
    let raws: Vec<Raw> = on!(session, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(person.0).bind(limit).fetch_all(&mut *c).await?);
    raws.into_iter().map(|raw| raw.into_row(person)).collect()
}

/// Pending requests in Others whose waiting step may be the person's: as manager, owner, member of a group, or by name.
/// A superset, cheap to find; the rules say which of them wait on the person's vote. Oldest first.
///
/// # Errors
/// When the database fails.
pub async fn waiting_candidates(
    session: &mut Session,
    person: PersonId,
    groups: &[GroupId],
    limit: i64,
) -> Result<Vec<RequestNumber>> {
    const OPEN: &str = "r.lane = 1 AND r.status = 0 AND NOT r.in_flight";
    let mut arms = vec![
        format!(
            "SELECT r.number FROM requests r JOIN people p ON p.id = r.requester_id \
             WHERE {OPEN} AND r.waiting_kind = 'manager' AND p.manager_id = $1"
        ),
        format!(
            "SELECT r.number FROM requests r JOIN resource_owners o ON o.resource_id = r.resource_id AND o.person_id = $1 \
             WHERE {OPEN} AND r.waiting_kind = 'owner'"
        ),
        format!(
            "SELECT r.number FROM requests r JOIN flow_versions v ON v.id = r.flow_version_id \
             WHERE {OPEN} AND r.waiting_kind = 'people' AND CAST(v.definition AS TEXT) LIKE $2"
        ),
    ];
    let mut patterns = vec![format!("%{}%", person.0)];
    for group in groups {
        patterns.push(format!("%{}%", group.0));
        arms.push(format!(
            "SELECT r.number FROM requests r JOIN flow_versions v ON v.id = r.flow_version_id \
             WHERE {OPEN} AND r.waiting_kind = 'group' AND CAST(v.definition AS TEXT) LIKE ${}",
            patterns.len() + 1
        ));
    }
    let sql = format!("SELECT number FROM ({}) w ORDER BY number LIMIT {limit}", arms.join(" UNION "));
    let found: Vec<i64> = on!(session, c => {
        let mut rows = sqlx::query_scalar(AssertSqlSafe(sql)).bind(person.0);
        for pattern in patterns {
            rows = rows.bind(pattern);
        }
        rows.fetch_all(&mut *c).await?
    });
    Ok(found.into_iter().map(RequestNumber).collect())
}

/// The newest requests on which a person voted.
///
/// # Errors
/// When the database fails.
pub async fn approvals(session: &mut Session, person: PersonId, limit: i64) -> Result<Vec<QueueRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM votes v JOIN requests r ON r.number = v.request \
         WHERE v.person_id = $1 ORDER BY v.request DESC LIMIT $2"
    );
    let raws: Vec<Raw> = on!(session, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(person.0).bind(limit).fetch_all(&mut *c).await?);
    raws.into_iter().map(|raw| raw.into_row(person)).collect()
}
