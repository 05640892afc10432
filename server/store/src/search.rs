//! Search: the keys by which requests and people are found, and the conditions that look for them.
//!
//! Keys are written by [`domain::search`]. A request has its own, made of what was frozen at submission, and its requester's of now.
//! Only a requester who changed has others than the request; so the keys of people are asked for those alone.

use crate::engine::{Session, Store};
use crate::error::{Error, Result};
use domain::filter::{Facts, Search};
use domain::ids::RequestNumber;
use sqlx::{AssertSqlSafe, QueryBuilder};
use uuid::Uuid;

/// Rows that are read and written by one statement.
const CHUNK: i64 = 1000;

/// A parameter of a built text.
#[derive(Clone, Debug)]
pub(crate) enum Bind {
    Number(i64),
    Text(String),
    Id(Uuid),
}

/// A text and its parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) binds: Vec<Bind>,
}

impl Sql {
    /// Adds a parameter; its place in the text.
    pub(crate) fn bind(&mut self, bind: Bind) -> String {
        self.binds.push(bind);
        format!("${}", self.binds.len())
    }
}

/// Which names and addresses of a person count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// Those of now.
    Present,
    /// Those of now and of before.
    Ever,
}

/// People who are called or written to otherwise than before.
const CHANGED: &str = "p.changed";

/// A search over requests, and where it has to look.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    search: Search,
    names: Names,
    /// Whether a word is found with somebody who changed, so that the request's own keys do not say all.
    changed: bool,
}

impl Sought {
    /// # Errors
    /// When the database fails.
    pub(crate) async fn new(session: &mut Session, search: Search, names: Names) -> Result<Self> {
        let mut sql = Sql::default();
        let places = places(&mut sql, &search);
        let any = places.iter().map(|place| has(session, place, "p", names)).collect::<Vec<_>>().join(" OR ");
        let text = format!("SELECT 1 FROM people p WHERE {CHANGED} AND ({any}) LIMIT 1");
        let found: Option<i32> = on!(session, c => bound!(sqlx::query_scalar(AssertSqlSafe(text)), sql.binds).fetch_optional(&mut *c).await?);
        Ok(Self { search, names, changed: found.is_some() })
    }

    /// Whether the requests' own keys say all.
    pub(crate) const fn is_in_own(&self) -> bool {
        !self.changed
    }

    /// A condition on a request `r` that looks at its keys. `number` is its number in a table that is read before `r`, where there
    /// is one.
    pub(crate) fn looks(&self, session: &Session, sql: &mut Sql, number: &str) -> String {
        let own = own(number);
        let one = |place: &String| {
            let own = session.contains(&own, place);
            if !self.changed {
                return own;
            }
            let named = has(session, place, "p", self.names);
            format!("({own} OR r.requester_id IN (SELECT p.id FROM people p WHERE {CHANGED} AND {named}))")
        };
        places(sql, &self.search).iter().map(one).collect::<Vec<_>>().join(" AND ")
    }

    /// `SELECT number` of the requests in which it is found, by indexes.
    pub(crate) fn numbers(&self, session: &Session, sql: &mut Sql) -> String {
        let found = session.by_trigrams(sql, self.search.indexed(), self.search.beside());
        if !self.changed {
            return found;
        }
        let places = places(sql, &self.search);
        let named: Vec<String> = places.iter().map(|place| has(session, place, "p", self.names)).collect();
        let own = own("n.number");
        let both = places.iter().zip(&named).map(|(place, named)| {
            let own = session.contains(&own, place);
            format!(" AND ({named} OR {own})")
        });
        // SQLite takes the tables of a cross join in this order.
        format!(
            "{found} UNION SELECT n.number FROM people p CROSS JOIN requests n \
             WHERE {CHANGED} AND n.requester_id = p.id AND ({}){}",
            named.join(" OR "),
            both.collect::<String>()
        )
    }
}

/// The keys of a request. A subquery, so that PostgreSQL reads them row by row: it takes a scan of all texts for cheaper than some
/// thousand look-ups, because it does not know what looking into a text costs.
fn own(number: &str) -> String {
    format!("(SELECT t.search FROM requests_text t WHERE t.number = {number})")
}

/// A condition on people by an alias: each word is found in their names and addresses.
pub(crate) fn found(session: &Session, sql: &mut Sql, search: &Search, alias: &str, names: Names) -> String {
    let all: Vec<String> = places(sql, search).iter().map(|place| has(session, place, alias, names)).collect();
    if all.is_empty() { "1 = 1".to_owned() } else { all.join(" AND ") }
}

fn places(sql: &mut Sql, search: &Search) -> Vec<String> {
    search.needles().iter().map(|needle| sql.bind(Bind::Text(needle.clone()))).collect()
}

fn has(session: &Session, place: &str, alias: &str, names: Names) -> String {
    let present = session.contains(&format!("{alias}.search"), place);
    match names {
        Names::Present => present,
        Names::Ever => {
            let former = session.contains("h.search", place);
            format!("({present} OR {alias}.id IN (SELECT h.person_id FROM people_former h WHERE {former}))")
        }
    }
}

/// Writes the keys of new requests.
pub(crate) async fn write_texts(session: &mut Session, texts: &[(i64, String)]) -> Result<()> {
    on!(session, c => {
        let mut sql = QueryBuilder::new("INSERT INTO requests_text (number, search) ");
        sql.push_values(texts, |mut row, (number, text)| {
            row.push_bind(*number).push_bind(text.as_str());
        });
        sql.build().execute(&mut *c).await?.rows_affected()
    });
    Ok(())
}

/// Writes all keys anew where they were written by older rules than the program's, in one transaction. Servers that start at the same
/// time wait for the first.
///
/// # Errors
/// [`Error::Unfit`] when they were written by newer rules; else when the database fails.
pub(crate) async fn refresh(store: &Store) -> Result<()> {
    const WRITTEN: &str = "UPDATE sequences SET value = $1 WHERE name = 'search_version'";
    let mut session = store.read().await?;
    if !is_stale(&mut session, "").await? {
        return Ok(());
    }
    drop(session);
    let mut session = store.write().await?;
    session.without_limits().await?;
    let lock = session.lock_rows("s");
    if is_stale(&mut session, &lock).await? {
        people(&mut session).await?;
        former(&mut session).await?;
        requests(&mut session).await?;
        let version = domain::search::VERSION;
        on!(session, c => sqlx::query(WRITTEN).bind(version).execute(&mut *c).await?.rows_affected());
    }
    session.commit().await
}

async fn is_stale(session: &mut Session, lock: &str) -> Result<bool> {
    let sql = format!("SELECT s.value FROM sequences s WHERE s.name = 'search_version'{lock}");
    let found: i64 = on!(session, c => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *c).await?);
    if found > domain::search::VERSION {
        return Err(Error::Unfit("the database is newer than this program; use the newer doorward".to_owned()));
    }
    Ok(found < domain::search::VERSION)
}

async fn people(session: &mut Session) -> Result<()> {
    const READ: &str = "SELECT id, name, email FROM people WHERE id > $1 ORDER BY id LIMIT $2";
    const WRITE: &str = "UPDATE people SET search = $1 WHERE id = $2";
    let mut last = Uuid::nil();
    loop {
        let found: Vec<(Uuid, String, String)> =
            on!(session, c => sqlx::query_as(READ).bind(last).bind(CHUNK).fetch_all(&mut *c).await?);
        for (id, name, email) in found.iter() {
            let text = Facts::person_text(name, email);
            on!(session, c => sqlx::query(WRITE).bind(text).bind(*id).execute(&mut *c).await?.rows_affected());
        }
        match found.last() {
            Some((id, ..)) => last = *id,
            None => return Ok(()),
        }
    }
}

async fn former(session: &mut Session) -> Result<()> {
    const READ: &str = "SELECT person_id, name, email FROM people_former";
    const WRITE: &str = "UPDATE people_former SET search = $1 WHERE person_id = $2 AND name = $3 AND email = $4";
    let found: Vec<(Uuid, String, String)> = on!(session, c => sqlx::query_as(READ).fetch_all(&mut *c).await?);
    for (id, name, email) in found {
        let text = Facts::person_text(&name, &email);
        on!(session, c => sqlx::query(WRITE).bind(text).bind(id).bind(name).bind(email).execute(&mut *c).await?.rows_affected());
    }
    Ok(())
}

async fn requests(session: &mut Session) -> Result<()> {
    const READ: &str = "SELECT number, requester_name, requester_email, resource_name, flow_name, reason
        FROM requests WHERE number > $1 ORDER BY number LIMIT $2";
    let indexes = session.secondary_indexes("('requests_text')").await?;
    for (name, kind, _) in &indexes {
        session.execute(format!("DROP {kind} {name}")).await?;
    }
    session.execute("DELETE FROM requests_text".to_owned()).await?;
    let mut last = 0;
    loop {
        let found: Vec<(i64, String, String, String, String, String)> =
            on!(session, c => sqlx::query_as(READ).bind(last).bind(CHUNK).fetch_all(&mut *c).await?);
        let Some((number, ..)) = found.last() else { break };
        if last == 0 {
            tracing::info!("the keys of search are written anew, which takes about a minute for a million requests");
        }
        last = *number;
        let texts: Vec<_> = found
            .iter()
            .map(|(number, name, email, resource, flow, reason)| {
                (*number, Facts::search_text(RequestNumber(*number), name, email, resource, flow, reason))
            })
            .collect();
        write_texts(session, &texts).await?;
    }
    for (_, _, sql) in indexes {
        session.execute(sql).await?;
    }
    session.rebuild_search().await
}
