//! Grants: the access that requests produced. A live grant of a group *is* a membership (view `active_membership`).

use crate::error::Result;
use crate::search::{Bind, Names, Sought, Sql};
use crate::{Session, new_id};
use domain::ids::{FlowId, GrantId, GroupId, PersonId, RequestNumber, ResourceId};
use domain::search::Search;
use domain::time::Timestamp;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

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

/// A grant that has just ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The grant.
    pub id: GrantId,
    /// The request that produced it.
    pub request: RequestNumber,
    /// Who had it.
    pub beneficiary: PersonId,
    /// Which group it gave.
    pub group: GroupId,
}

const ENDED: &str = "RETURNING id, request, beneficiary_id, group_id";

type RawEnded = (Uuid, i64, Uuid, Uuid);

fn ended(rows: Vec<RawEnded>) -> Vec<Ended> {
    let one = |(id, request, person, group): RawEnded| Ended {
        id: GrantId(id),
        request: RequestNumber(request),
        beneficiary: PersonId(person),
        group: GroupId(group),
    };
    rows.into_iter().map(one).collect()
}

/// Ends all live grants of a person.
///
/// # Errors
/// When the database fails.
pub async fn end_all_of(session: &mut Session, person: PersonId, cause: &str) -> Result<Vec<Ended>> {
    let sql = format!(
        "UPDATE grants SET ended_at = $1, end_cause = $2 WHERE beneficiary_id = $3 AND ended_at IS NULL {ENDED}"
    );
    let now = session.now().0;
    Ok(ended(on!(session, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(now).bind(cause).bind(person.0).fetch_all(&mut *c).await?)))
}

/// Ends the live grants of a resource that a person has by requests.
///
/// # Errors
/// When the database fails.
pub async fn end_of_resource(
    session: &mut Session,
    person: PersonId,
    resource: ResourceId,
    cause: &str,
) -> Result<Vec<Ended>> {
    let sql = format!(
        "UPDATE grants SET ended_at = $1, end_cause = $2 \
         WHERE beneficiary_id = $3 AND resource_id = $4 AND ended_at IS NULL {ENDED}"
    );
    let now = session.now().0;
    Ok(ended(on!(session, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(now).bind(cause).bind(person.0).bind(resource.0).fetch_all(&mut *c).await?)))
}

/// Ends one grant, if it is live.
///
/// # Errors
/// When the database fails.
pub async fn end(session: &mut Session, id: GrantId, cause: &str) -> Result<Option<Ended>> {
    let sql = format!("UPDATE grants SET ended_at = $1, end_cause = $2 WHERE id = $3 AND ended_at IS NULL {ENDED}");
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(now).bind(cause).bind(id.0).fetch_all(&mut *c).await?);
    Ok(ended(rows).pop())
}

/// A live grant whose time is over, by the moment of its end.
pub type Due = (Timestamp, GrantId);

/// Live grants whose time is over, after one of them, the first to end first; and how many of those that were looked at cannot be
/// read. When fewer than `limit` come of both together there are no more.
///
/// # Errors
/// When the database fails.
pub async fn due(session: &mut Session, after: Option<Due>, limit: i64) -> Result<(Vec<Due>, usize)> {
    const SQL: &str = "SELECT ends_at, id FROM grants WHERE ended_at IS NULL AND ends_at IS NOT NULL AND ends_at <= $1 \
        AND (ends_at, id) > ($2, $3) ORDER BY ends_at, id LIMIT $4";
    let now = session.now().0;
    let (at, id) = after.map_or((i64::MIN, Uuid::nil()), |(at, id)| (at.0, id.0));
    Ok(on!(session, c => {
        let rows = sqlx::query(SQL).bind(now).bind(at).bind(id).bind(limit).fetch_all(&mut *c).await?;
        let found = rows.len();
        let one = |row| Some((Timestamp(Row::try_get(row, 0).ok()?), GrantId(Row::try_get(row, 1).ok()?)));
        let due: Vec<Due> = rows.iter().filter_map(one).collect();
        let unreadable = found - due.len();
        (due, unreadable)
    }))
}

/// Ends one grant because its time is over, if it is live; what another server is ending is passed over.
///
/// # Errors
/// When the database fails.
pub async fn end_due(session: &mut Session, id: GrantId) -> Result<Option<Ended>> {
    let sql = format!(
        "UPDATE grants SET ended_at = $1, end_cause = 'time_over' WHERE ended_at IS NULL AND id IN \
         (SELECT id FROM grants WHERE id = $2 AND ended_at IS NULL AND ends_at <= $1{}) {ENDED}",
        session.claim_rows()
    );
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(now).bind(id.0).fetch_all(&mut *c).await?);
    Ok(ended(rows).pop())
}

/// What keeps somebody in a group now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// An imported membership, or one set by hand.
    pub kept: bool,
    /// A grant that does not end by itself.
    pub unlimited: bool,
    /// When the last of the grants that end by themselves ends.
    pub ends_at: Option<Timestamp>,
}

impl Coverage {
    /// Whether anything does.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.kept || self.unlimited || self.ends_at.is_some()
    }

    /// When access ends by itself, if it does.
    #[must_use]
    pub const fn end(&self) -> Option<Timestamp> {
        if self.kept || self.unlimited { None } else { self.ends_at }
    }
}

/// What keeps a person in a group.
///
/// # Errors
/// When the database fails.
pub async fn coverage(session: &mut Session, person: PersonId, group: GroupId) -> Result<Coverage> {
    const SQL: &str = "SELECT
            (SELECT CAST(COUNT(*) AS BIGINT) FROM memberships WHERE group_id = $1 AND person_id = $2),
            (SELECT CAST(COUNT(*) AS BIGINT) FROM grants
                WHERE group_id = $1 AND beneficiary_id = $2 AND ended_at IS NULL AND ends_at IS NULL),
            (SELECT MAX(ends_at) FROM grants WHERE group_id = $1 AND beneficiary_id = $2 AND ended_at IS NULL)";
    let (kept, unlimited, ends_at): (i64, i64, Option<i64>) =
        on!(session, c => sqlx::query_as(SQL).bind(group.0).bind(person.0).fetch_one(&mut *c).await?);
    Ok(Coverage { kept: kept > 0, unlimited: unlimited > 0, ends_at: ends_at.map(Timestamp) })
}

/// When the grant that a request produced ends by itself, if it is live and does.
///
/// # Errors
/// When the database fails.
pub async fn end_of(session: &mut Session, request: RequestNumber) -> Result<Option<Timestamp>> {
    const SQL: &str = "SELECT ends_at FROM grants WHERE request = $1 AND ended_at IS NULL";
    let found: Option<Option<i64>> =
        on!(session, c => sqlx::query_scalar(SQL).bind(request.0).fetch_optional(&mut *c).await?);
    Ok(found.flatten().map(Timestamp))
}

/// A live grant as people see it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Live {
    /// The grant.
    pub id: Uuid,
    /// The request that produced it.
    pub request: i64,
    /// Who has it, by the name of now.
    pub person: String,
    /// Their email.
    pub email: String,
    /// The resource, as frozen on the request.
    pub resource_name: String,
    /// The group, as frozen on the request.
    pub group_name: String,
    /// When it began.
    pub began_at: i64,
    /// When it ends by itself.
    pub ends_at: Option<i64>,
}

const LIVE: &str = "SELECT g.id, g.request, p.name AS person, p.email, r.resource_name, r.group_name, g.began_at, g.ends_at \
    FROM grants g JOIN people p ON p.id = g.beneficiary_id JOIN requests r ON r.number = g.request WHERE g.ended_at IS NULL";

/// One live grant.
///
/// # Errors
/// When the database fails.
pub async fn live_by_id(session: &mut Session, id: GrantId) -> Result<Option<Live>> {
    let sql = format!("{LIVE} AND g.id = $1");
    Ok(on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(id.0).fetch_optional(&mut *c).await?))
}

/// In which order live grants are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Those that began last first.
    #[default]
    Newest,
    /// Only those that end by themselves, the next to end first.
    EndingSoon,
}

/// Live grants; only those in whose request (see [`crate::requests::list`]) or in a name or address that the person had before each
/// word of a search is found, when there is one. `after` is the moment and the id that the page before ended with.
///
/// # Errors
/// When the database fails.
pub async fn live(
    session: &mut Session,
    order: Order,
    search: Option<&Search>,
    after: Option<(Timestamp, GrantId)>,
    limit: i64,
) -> Result<Vec<Live>> {
    let (key, sign, sorted) = match order {
        Order::Newest => ("g.began_at", "<", "g.began_at DESC, g.id DESC"),
        Order::EndingSoon => ("g.ends_at", ">", "g.ends_at, g.id"),
    };
    let mut sql = Sql { text: LIVE.to_owned(), ..Sql::default() };
    if order == Order::EndingSoon {
        sql.text.push_str(" AND g.ends_at IS NOT NULL");
    }
    if let Some(search) = search {
        let sought = Sought::new(session, search.clone(), Names::Ever).await?;
        let numbers = sought.numbers(session, &mut sql);
        sql.text.push_str(&format!(" AND g.request IN ({numbers})"));
    }
    if let Some((at, id)) = after {
        let (at, id) = (sql.bind(Bind::Number(at.0)), sql.bind(Bind::Id(id.0)));
        sql.text.push_str(&format!(" AND ({key}, g.id) {sign} ({at}, {id})"));
    }
    let text = format!("{} ORDER BY {sorted} LIMIT {limit}", sql.text);
    Ok(on!(session, c => bound!(sqlx::query_as(AssertSqlSafe(text)), sql.binds).fetch_all(&mut *c).await?))
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
    pub resource_id: Uuid,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: String,
    /// Its logo.
    pub logo: Option<String>,
    /// Its colour.
    pub colour: Option<String>,
    /// Where it is used.
    pub link: Option<String>,
    /// When the latest live grant began; nothing without one.
    pub began_at: Option<i64>,
    /// When access ends by itself; nothing when a membership or an unlimited grant covers it.
    pub ends_at: Option<i64>,
    /// How many live grants of this very resource the person has: what can be given back.
    pub granted: i64,
}

/// What a person has, by name.
///
/// # Errors
/// When the database fails.
pub async fn held_by(session: &mut Session, person: PersonId) -> Result<Vec<Held>> {
    const SQL: &str = "SELECT q.id AS resource_id, q.name, q.category, q.logo, q.colour, q.link,
            MAX(g.began_at) AS began_at,
            CASE WHEN COUNT(m.person_id) > 0 OR COUNT(*) > COUNT(g.ends_at) THEN NULL ELSE MAX(g.ends_at) END AS ends_at,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM grants x
                WHERE x.resource_id = q.id AND x.beneficiary_id = $1 AND x.ended_at IS NULL) AS granted
        FROM resources q
        JOIN resource_groups rg ON rg.resource_id = q.id
        JOIN active_membership a ON a.group_id = rg.group_id AND a.person_id = $1
        LEFT JOIN memberships m ON m.group_id = rg.group_id AND m.person_id = $1
        LEFT JOIN grants g ON g.group_id = rg.group_id AND g.beneficiary_id = $1 AND g.ended_at IS NULL
        WHERE q.active
        GROUP BY q.id, q.name, q.category, q.logo, q.colour, q.link, q.name_fold
        ORDER BY q.name_fold";
    Ok(on!(session, c => sqlx::query_as(SQL).bind(person.0).fetch_all(&mut *c).await?))
}
