//! Requests of one person, and those that wait on one person.

use super::row::{COLUMNS, Raw};
use crate::Session;
use crate::error::Result;
use crate::search::{Bind, Names, Sought, Sql};
use domain::ids::{GroupId, PersonId, RequestNumber};
use domain::search::Search;
use domain::view::QueueRow;
use sqlx::AssertSqlSafe;

/// The requests of a person before a number, newest first; only those in which a search is found, when there is one.
///
/// # Errors
/// When the database fails.
pub async fn by_requester(
    session: &mut Session,
    person: PersonId,
    search: Option<&Search>,
    before: RequestNumber,
    limit: i64,
) -> Result<Vec<QueueRow>> {
    let mut sql = Sql::default();
    let (person_at, before) = (sql.bind(Bind::Id(person.0)), sql.bind(Bind::Number(before.0)));
    let mut found = String::new();
    if let Some(search) = search {
        let sought = Sought::new(session, search.clone(), Names::Present).await?;
        found = format!(" AND {}", sought.looks(session, &mut sql, "r.number"));
    }
    let text = format!(
        "SELECT {COLUMNS} FROM requests r WHERE r.requester_id = {person_at} AND r.number < {before}{found} \
         ORDER BY r.number DESC LIMIT {limit}"
    );
    let raws: Vec<Raw> =
        on!(session, c => bound!(sqlx::query_as(AssertSqlSafe(text)), sql.binds).fetch_all(&mut *c).await?);
    raws.into_iter().map(|raw| raw.into_row(person)).collect()
}

/// The open requests of a person, newest first.
///
/// # Errors
/// When the database fails.
pub async fn open_by_requester(session: &mut Session, person: PersonId) -> Result<Vec<QueueRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM requests r WHERE r.requester_id = $1 AND r.status IN (0, 4, 6) ORDER BY r.number DESC"
    );
    let raws: Vec<Raw> = on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(person.0).fetch_all(&mut *c).await?);
    raws.into_iter().map(|raw| raw.into_row(person)).collect()
}

/// Whether a person ever voted, so that the page of their approvals holds something.
///
/// # Errors
/// When the database fails.
pub async fn ever_voted(session: &mut Session, person: PersonId) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM votes WHERE person_id = $1 LIMIT 1";
    let found: Option<i32> = on!(session, c => sqlx::query_scalar(SQL).bind(person.0).fetch_optional(&mut *c).await?);
    Ok(found.is_some())
}

/// Pending requests in Others, by number after one, whose waiting step may be the person's and on which they have not voted: as
/// manager, owner, member of a group, or by name. A superset, cheap to find; the rules say which of them wait on their vote.
///
/// # Errors
/// When the database fails.
pub async fn waiting_candidates(
    session: &mut Session,
    person: PersonId,
    groups: &[GroupId],
    after: RequestNumber,
    limit: i64,
) -> Result<Vec<RequestNumber>> {
    // Led by what is few: the person's reports, and the seats of the person and their groups. SQLite takes the tables of a
    // cross join in this order; the statuses repeat the condition of the index over open requests.
    const OPEN: &str = "r.status IN (0, 4, 6) AND r.lane = 1 AND r.status = 0 AND NOT r.in_flight AND r.number > $2 \
        AND NOT EXISTS (SELECT 1 FROM votes t WHERE t.request = r.number AND t.person_id = $1)";
    const OF_SEAT: &str = "r.flow_id = s.flow_id AND r.flow_version_id = s.version_id";
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
            "SELECT r.number FROM flow_seats s CROSS JOIN requests r \
             WHERE s.holder_id = $1 AND {OF_SEAT} AND {OPEN} AND r.waiting_kind = 'people'"
        ),
    ];
    for index in 0..groups.len() {
        arms.push(format!(
            "SELECT r.number FROM flow_seats s CROSS JOIN requests r \
             WHERE s.holder_id = ${} AND {OF_SEAT} AND {OPEN} AND r.waiting_kind = 'group'",
            index + 3
        ));
    }
    let sql = format!("SELECT number FROM ({}) w ORDER BY number LIMIT {limit}", arms.join(" UNION "));
    let found: Vec<i64> = on!(session, c => {
        let mut rows = sqlx::query_scalar(AssertSqlSafe(sql)).bind(person.0).bind(after.0);
        for group in groups {
            rows = rows.bind(group.0);
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
