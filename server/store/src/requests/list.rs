//! A page of the queue.

use super::row::{COLUMNS, Raw};
use super::sql::{Bind, Conditions, Sql, found_by_index, looks_at_row, order, residual, walk};
use crate::Session;
use crate::error::Result;
use domain::filter::{Cursor, Filter, ListQuery, Search, Sort, SortKey};
use domain::ids::PersonId;
use domain::view::QueueRow;
use sqlx::AssertSqlSafe;

/// Rows that a search looks at one by one before it asks its index: finds what is common in the view at once, and keeps
/// what is rare from costing more than this.
const LOOK: i64 = 2000;
/// Requests of a span of days that are sorted rather than found along the sort's index.
const DAYS: i64 = 4000;

/// A page of rows.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rows, at most as many as asked for.
    pub rows: Vec<QueueRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// How the rows of a list are found.
enum Lead {
    /// Along the sort's index.
    Walk,
    /// Along the sort's index, looking at each of the first so many rows for the search.
    WalkAndLook(Search),
    /// By the index of the search.
    Found(Search),
    /// By the requester.
    Requester,
    /// By the day of submission.
    Days,
}

/// The rows of a list, as far as the page goes. Reads a few ranges of one index; counts nothing.
///
/// # Errors
/// When the database fails.
pub async fn list(session: &mut Session, query: &ListQuery, viewer: PersonId) -> Result<Page> {
    let limit = i64::try_from(query.size.rows()).unwrap_or(50) + 1;
    let lag = expiry_lag(session, query).await?;
    let search = query.filter.search.as_deref().and_then(Search::new);
    let raws = if query.filter.requester.is_some() {
        run(session, query, &Lead::Requester, search.as_ref(), limit, lag).await?
    } else if few_days(session, query).await? {
        run(session, query, &Lead::Days, search.as_ref(), limit, lag).await?
    } else if let Some(search) = search {
        searched(session, query, search, limit, lag).await?
    } else {
        run(session, query, &Lead::Walk, None, limit, lag).await?
    };
    page(raws, query, viewer)
}

async fn searched(
    session: &mut Session,
    query: &ListQuery,
    search: Search,
    limit: i64,
    lag: i64,
) -> Result<Vec<Keyed>> {
    let looked = run(session, query, &Lead::WalkAndLook(search.clone()), None, limit, lag).await?;
    let enough = i64::try_from(looked.len()).unwrap_or(i64::MAX) >= limit;
    if enough || !more_than(session, query, LOOK, lag).await? {
        return Ok(looked);
    }
    run(session, query, &Lead::Found(search), None, limit, lag).await
}

#[derive(sqlx::FromRow)]
struct Keyed {
    sort_value: String,
    #[sqlx(flatten)]
    raw: Raw,
}

async fn run(
    session: &mut Session,
    query: &ListQuery,
    lead: &Lead,
    search: Option<&Search>,
    limit: i64,
    lag: i64,
) -> Result<Vec<Keyed>> {
    let sql = build(session, query, lead, search, limit, lag);
    let text = sql.text;
    Ok(on!(session, c => {
        let mut rows = sqlx::query_as(AssertSqlSafe(text));
        for bind in sql.binds {
            rows = match bind {
                Bind::Number(number) => rows.bind(number),
                Bind::Text(text) => rows.bind(text),
            };
        }
        rows.fetch_all(&mut *c).await?
    }))
}

fn build(session: &Session, query: &ListQuery, lead: &Lead, search: Option<&Search>, limit: i64, lag: i64) -> Sql {
    let mut sql = Sql::default();
    let (filter, sort) = (&query.filter, query.sort);
    let conditions = Conditions::new(filter, sort, query.after.as_ref(), lag);
    let head = format!("SELECT CAST(r.{} AS TEXT) AS sort_value, {COLUMNS} FROM ", super::sql::column(sort.key));
    let order = order(sort, "r.");
    sql.text = match lead {
        Lead::Walk => {
            let walk = walk(&mut sql, filter, sort, &conditions, limit);
            format!("{head}({walk}) w JOIN requests r ON r.number = w.number ORDER BY {order}")
        }
        Lead::WalkAndLook(search) => {
            let walk = walk(&mut sql, filter, sort, &conditions, LOOK);
            let found = looks_at_row(session, &mut sql, search);
            format!(
                "{head}({walk}) w JOIN requests r ON r.number = w.number WHERE {found} ORDER BY {order} LIMIT {limit}"
            )
        }
        Lead::Found(search) => {
            let mut rest = found_by_index(session, &mut sql, search) + &residual(filter);
            conditions.write(&mut sql, &mut rest);
            format!("{head}requests r WHERE {rest} ORDER BY {} LIMIT {limit}", unindexed(sort))
        }
        Lead::Requester | Lead::Days => {
            let mut rest = String::from("1 = 1");
            if let (Lead::Requester, Some(email)) = (lead, &filter.requester) {
                let p = sql.bind(Bind::Text(email.clone()));
                rest = format!("r.requester_email = {p}");
            }
            rest.push_str(&residual(filter));
            conditions.write(&mut sql, &mut rest);
            if let Some(search) = search {
                let found = looks_at_row(session, &mut sql, search);
                rest.push_str(&format!(" AND {found}"));
            }
            format!("{head}requests r WHERE {rest} ORDER BY {} LIMIT {limit}", unindexed(sort))
        }
    };
    sql
}

/// The order as an expression, so that the rows are sorted after they were found and no index is walked for the order.
fn unindexed(sort: Sort) -> String {
    let direction = if sort.descending { "DESC" } else { "ASC" };
    match sort.key {
        SortKey::Submitted | SortKey::Expires => {
            format!("r.{} + 0 {direction}, r.number + 0 {direction}", super::sql::column(sort.key))
        }
        SortKey::Requester | SortKey::Resource => {
            format!("r.{} || '' {direction}, r.number + 0 {direction}", super::sql::column(sort.key))
        }
    }
}

/// Whether the filter, search apart, holds more rows than this from the cursor on. Reads at most so many index entries.
async fn more_than(session: &mut Session, query: &ListQuery, rows: i64, lag: i64) -> Result<bool> {
    let mut sql = Sql::default();
    let conditions = Conditions::new(&query.filter, query.sort, query.after.as_ref(), lag);
    let walk = walk(&mut sql, &query.filter, query.sort, &conditions, rows + 1);
    let text = format!("SELECT CAST(COUNT(*) AS BIGINT) FROM ({walk}) w");
    count(session, text, sql.binds).await.map(|count| count > rows)
}

/// Whether the filter's days hold few enough requests to sort them.
async fn few_days(session: &mut Session, query: &ListQuery) -> Result<bool> {
    let Filter { from, to, .. } = query.filter;
    if (from.is_none() && to.is_none()) || (query.sort.key == SortKey::Submitted && query.filter.search.is_none()) {
        return Ok(false);
    }
    let mut sql = Sql::default();
    let mut rest = String::from("1 = 1");
    let plain = Sort { key: SortKey::Submitted, descending: true };
    Conditions::new(&query.filter, plain, None, 0).write(&mut sql, &mut rest);
    let text =
        format!("SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 FROM requests r WHERE {rest} LIMIT {}) d", DAYS + 1);
    count(session, text, sql.binds).await.map(|count| count <= DAYS)
}

async fn count(session: &mut Session, text: String, binds: Vec<Bind>) -> Result<i64> {
    Ok(on!(session, c => {
        let mut rows = sqlx::query_scalar(AssertSqlSafe(text));
        for bind in binds {
            rows = match bind {
                Bind::Number(number) => rows.bind(number),
                Bind::Text(text) => rows.bind(text),
            };
        }
        rows.fetch_one(&mut *c).await?
    }))
}

/// The longest time between submission and expiry that was ever stored; bounds a range of the index over expiry.
async fn expiry_lag(session: &mut Session, query: &ListQuery) -> Result<i64> {
    if query.sort.key != SortKey::Expires || query.filter.to.is_none() {
        return Ok(0);
    }
    const SQL: &str = "SELECT value FROM sequences WHERE name = 'expiry_lag'";
    let found: Option<i64> = on!(session, c => sqlx::query_scalar(SQL).fetch_optional(&mut *c).await?);
    Ok(found.map_or(i64::MAX / 4, |lag| lag + 1))
}

fn page(mut raws: Vec<Keyed>, query: &ListQuery, viewer: PersonId) -> Result<Page> {
    let size = query.size.rows();
    let more = raws.len() > size;
    raws.truncate(size);
    let last = if more { raws.last().map(|keyed| keyed.sort_value.clone()) } else { None };
    let rows = raws.into_iter().map(|keyed| keyed.raw.into_row(viewer)).collect::<Result<Vec<_>>>()?;
    let next = last.zip(rows.last()).map(|(value, row)| Cursor { value, number: row.number });
    Ok(Page { rows, next })
}
