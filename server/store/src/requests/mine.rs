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
    // Led by what is few: the person's reports, and the flows that name the person or a group. SQLite takes
    // the tables of a cross join in this order; the statuses repeat the condition of the index over open requests.
    const OPEN: &str = "r.status IN (0, 4, 6) AND r.lane = 1 AND r.status = 0 AND NOT r.in_flight";
    const OF_FLOW: &str = "r.flow_id = v.flow_id AND r.flow_version_id = v.id";
    let mut arms = vec![
        format!(
            "SELECT r.number FROM people p CROSS JOIN requests r WHERE p.manager_id = $1 AND r.requester_id = p.id \
             AND {OPEN} AND r.waiting_kind = 'manager'"
        ),
        format!(
            "SELECT r.number FROM resource_owners o CROSS JOIN requests r \
             WHERE o.person_id = $1 AND r.resource_id = o.resource_id AND {OPEN} AND r.waiting_kind = 'owner'"
        ),
        format!(
            "SELECT r.number FROM flow_versions v CROSS JOIN requests r \
             WHERE CAST(v.definition AS TEXT) LIKE $2 AND {OF_FLOW} AND {OPEN} AND r.waiting_kind = 'people'"
        ),
    ];
    let mut patterns = vec![format!("%{}%", person.0)];
    for group in groups {
        patterns.push(format!("%{}%", group.0));
        arms.push(format!(
            "SELECT r.number FROM flow_versions v CROSS JOIN requests r \
             WHERE CAST(v.definition AS TEXT) LIKE ${} AND {OF_FLOW} AND {OPEN} AND r.waiting_kind = 'group'",
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
