//! A page of the queue.

use super::row::{COLUMNS, Raw};
use super::sql::{Conditions, of, order, residual, walk};
use crate::Session;
use crate::error::Result;
use crate::search::{Bind, Names, Sought, Sql};
use domain::filter::{Cursor, Filter, ListQuery, Requester, Search, Sort, SortKey};
use domain::ids::PersonId;
use domain::view::QueueRow;
use sqlx::AssertSqlSafe;

/// How far a search goes one way before it tries another. None of it changes what is found.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Rows that are looked at one by one before the index of the search is asked: finds what is common in the view at once,
    /// and keeps what is rare from costing more than this.
    pub look: i64,
    /// Rows that are looked at one by one rather than sort more than `few` matches.
    pub far: i64,
    /// Matches that are fetched and sorted without a second thought.
    pub few: i64,
    /// Requests of a span of days that are sorted rather than found along the sort's index.
    pub days: i64,
}

impl Default for Effort {
    /// As measured on 1,000,000 requests.
    fn default() -> Self {
        Self { look: 2000, far: 20_000, few: 3000, days: 4000 }
    }
}

/// A page of rows.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rows, at most as many as asked for.
    pub rows: Vec<QueueRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// How the rows of a list are found.
#[derive(Clone, Copy)]
enum Lead<'q> {
    /// Along the sort's index.
    Walk,
    /// Along the sort's index, looking at each of the first so many rows for the search.
    WalkAndLook(&'q Sought, i64),
    /// By the index of the search.
    Found(&'q Sought),
    /// By the index of the search, which gives its matches in the order of the numbers.
    InOrder(&'q Sought),
    /// By the requester, looking at each row for the search.
    Requester(&'q Requester, Option<&'q Sought>),
    /// By the day of submission, looking at each row for the search.
    Days(Option<&'q Sought>),
}

/// The rows of a list, as far as the page goes. Reads a few ranges of one index; counts nothing.
///
/// # Errors
/// When the database fails.
pub async fn list(session: &mut Session, query: &ListQuery, viewer: PersonId) -> Result<Page> {
    list_within(session, query, viewer, Effort::default()).await
}

/// [`list`] with another effort, so that tests of few rows go every way.
///
/// # Errors
/// When the database fails.
pub async fn list_within(session: &mut Session, query: &ListQuery, viewer: PersonId, effort: Effort) -> Result<Page> {
    let limit = i64::try_from(query.size.rows()).unwrap_or(50) + 1;
    let lag = expiry_lag(session, query).await?;
    let search = match query.filter.search.as_deref().and_then(Search::new) {
        Some(search) => Some(Sought::new(session, search, Names::Present).await?),
        None => None,
    };
    let raws = if let Some(requester) = &query.filter.requester {
        run(session, query, Lead::Requester(requester, search.as_ref()), limit, lag).await?
    } else if few_days(session, query, effort.days).await? {
        run(session, query, Lead::Days(search.as_ref()), limit, lag).await?
    } else if let Some(search) = &search {
        searched(session, query, search, limit, lag, effort).await?
    } else {
        run(session, query, Lead::Walk, limit, lag).await?
    };
    page(raws, query, viewer)
}

/// The statement of the first page of a list without search, days or requester: for benches, and to look at its plan.
#[must_use]
pub fn list_statement(session: &Session, query: &ListQuery) -> String {
    let limit = i64::try_from(query.size.rows()).unwrap_or(50) + 1;
    build(session, query, Lead::Walk, limit, 0).text
}

async fn searched(
    session: &mut Session,
    query: &ListQuery,
    search: &Sought,
    limit: i64,
    lag: i64,
    effort: Effort,
) -> Result<Vec<Keyed>> {
    let in_order = session.matches_in_order() && search.is_in_own();
    if query.sort.key == SortKey::Submitted && !is_selective(&query.filter) && in_order {
        return run(session, query, Lead::InOrder(search), limit, lag).await;
    }
    // First a little; then as far as that says it takes; then, when the matches are too many to sort, as far as it goes.
    let mut far = effort.look;
    loop {
        let looked = run(session, query, Lead::WalkAndLook(search, far), limit, lag).await?;
        let hits = i64::try_from(looked.len()).unwrap_or(i64::MAX);
        if hits >= limit || !more_than(session, query, far, lag).await? {
            return Ok(looked);
        }
        let takes = if hits > 0 { far.saturating_mul(limit).saturating_mul(3) / (2 * hits) } else { i64::MAX };
        if far == effort.look && takes <= effort.far {
            far = takes.max(far + 1);
        } else if far < effort.far && !few_matches(session, search, effort.few).await? {
            far = effort.far;
        } else {
            break;
        }
    }
    run(session, query, Lead::Found(search), limit, lag).await
}

/// Whether a filter admits open requests only, which are few among all that ever were.
fn is_selective(filter: &Filter) -> bool {
    !filter.status.is_empty() && filter.status.iter().all(|status| !status.is_terminal())
}

/// Whether a search matches few requests, whatever the filter.
async fn few_matches(session: &mut Session, search: &Sought, few: i64) -> Result<bool> {
    let mut sql = Sql::default();
    let numbers = search.numbers(session, &mut sql);
    let text = format!("SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 FROM ({numbers}) s LIMIT {}) d", few + 1);
    count(session, text, sql.binds).await.map(|count| count <= few)
}

#[derive(sqlx::FromRow)]
struct Keyed {
    sort_value: String,
    #[sqlx(flatten)]
    raw: Raw,
}

async fn run(session: &mut Session, query: &ListQuery, lead: Lead<'_>, limit: i64, lag: i64) -> Result<Vec<Keyed>> {
    let sql = build(session, query, lead, limit, lag);
    let text = sql.text;
    Ok(on!(session, c => bound!(sqlx::query_as(AssertSqlSafe(text)), sql.binds).fetch_all(&mut *c).await?))
}

fn build(session: &Session, query: &ListQuery, lead: Lead<'_>, limit: i64, lag: i64) -> Sql {
    let mut sql = Sql::default();
    let (filter, sort) = (&query.filter, query.sort);
    let conditions = Conditions::new(filter, sort, query.after.as_ref(), lag);
    let head = format!("SELECT CAST(r.{} AS TEXT) AS sort_value, {COLUMNS} FROM ", super::sql::column(sort.key));
    sql.text = match lead {
        Lead::Walk => {
            let walk = walk(&mut sql, filter, sort, &conditions, limit);
            format!("{head}({walk}) w JOIN requests r ON r.number = w.number ORDER BY {}", order(sort, "w."))
        }
        Lead::WalkAndLook(search, far) => {
            let walk = walk(&mut sql, filter, sort, &conditions, far);
            let found = search.looks(session, &mut sql, "w.number");
            format!(
                "{head}({walk}) w JOIN requests r ON r.number = w.number WHERE {found} ORDER BY {} LIMIT {limit}",
                order(sort, "w.")
            )
        }
        Lead::Found(search) => {
            let mut rest = format!("r.number IN ({})", search.numbers(session, &mut sql)) + &residual(filter);
            conditions.write(&mut sql, &mut rest);
            format!("{head}requests r WHERE {rest} ORDER BY {} LIMIT {limit}", unindexed(sort))
        }
        Lead::InOrder(search) => {
            let direction = if sort.descending { "DESC" } else { "ASC" };
            let mut numbers = search.numbers(session, &mut sql);
            conditions.write_numbers(&mut sql, "x.rowid", &mut numbers);
            format!(
                "{head}({numbers}) s CROSS JOIN requests r WHERE r.number = s.number{} ORDER BY s.number {direction} LIMIT {limit}",
                residual(filter)
            )
        }
        Lead::Requester(_, search) | Lead::Days(search) => {
            let mut rest = String::from("1 = 1");
            if let Lead::Requester(requester, _) = lead {
                rest = of(&mut sql, requester);
            }
            rest.push_str(&residual(filter));
            conditions.write(&mut sql, &mut rest);
            if let Some(search) = search {
                rest.push_str(&format!(" AND {}", search.looks(session, &mut sql, "r.number")));
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
async fn few_days(session: &mut Session, query: &ListQuery, few: i64) -> Result<bool> {
    let Filter { from, to, .. } = query.filter;
    if (from.is_none() && to.is_none()) || (query.sort.key == SortKey::Submitted && query.filter.search.is_none()) {
        return Ok(false);
    }
    let mut sql = Sql::default();
    let mut rest = String::from("1 = 1");
    let plain = Sort { key: SortKey::Submitted, descending: true };
    Conditions::new(&query.filter, plain, None, 0).write(&mut sql, &mut rest);
    let text =
        format!("SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 FROM requests r WHERE {rest} LIMIT {}) d", few + 1);
    count(session, text, sql.binds).await.map(|count| count <= few)
}

async fn count(session: &mut Session, text: String, binds: Vec<Bind>) -> Result<i64> {
    Ok(on!(session, c => bound!(sqlx::query_scalar(AssertSqlSafe(text)), binds).fetch_one(&mut *c).await?))
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
