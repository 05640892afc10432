//! What the machine could do at best: the same statement without Doorward, and a durable commit of one small row.

use domain::filter::ListQuery;
use domain::ids::PersonId;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::time::{Duration, Instant};
use store::{Options, Store};
use tokio::runtime::Runtime;

/// The floor of one database.
pub(crate) struct Floor {
    runtime: Runtime,
    store: Store,
    url: String,
}

/// A connection without Doorward.
enum Bare {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

const MAKE: &str = "CREATE TABLE IF NOT EXISTS bench_commit (number BIGINT, said TEXT)";
const INSERT: &str = "INSERT INTO bench_commit VALUES (1, 'two hundred letters or so, as much as a decision says')";

impl Floor {
    pub(crate) fn of(url: &str) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let options = Options { create: false, ..Options::new(url) };
        let store = runtime.block_on(Store::open(options)).expect("a filled database");
        Self { runtime, store, url: url.to_owned() }
    }

    async fn bare(&self) -> Bare {
        if self.url.starts_with("sqlite:") {
            Bare::Sqlite(SqliteConnection::connect(&self.url).await.expect("the database"))
        } else {
            Bare::Postgres(PgConnection::connect(&self.url).await.expect("the database"))
        }
    }

    /// The list query of the queue's first view through the store, the same statement bare, and its plan.
    pub(crate) fn list_query(&self, count: usize) -> (Vec<Duration>, Vec<Duration>, Vec<String>) {
        let query = ListQuery::default();
        self.runtime.block_on(async {
            let mut session = self.store.read().await.expect("a session");
            let text = store::requests::list_statement(&session, &query);
            let (mut ours, mut bare) = (Vec::new(), Vec::new());
            let mut connection = self.bare().await;
            for _ in 0..count {
                let begin = Instant::now();
                store::requests::list(&mut session, &query, PersonId::example(1)).await.expect("a page");
                ours.push(begin.elapsed());
                let begin = Instant::now();
                let rows = match &mut connection {
                    Bare::Sqlite(c) => c.fetch_all(AssertSqlSafe(text.clone())).await.expect("rows").len(),
                    Bare::Postgres(c) => c.fetch_all(AssertSqlSafe(text.clone())).await.expect("rows").len(),
                };
                bare.push(begin.elapsed());
                assert_eq!(rows, query.size.rows() + 1);
            }
            let plan = match &mut connection {
                Bare::Sqlite(c) => {
                    let text = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
                    let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(text).fetch_all(c).await.expect("a plan");
                    steps.into_iter().map(|(_, _, _, step)| step).collect()
                }
                Bare::Postgres(c) => {
                    let text = AssertSqlSafe(format!("EXPLAIN (COSTS OFF) {text}"));
                    let steps: Vec<(String,)> = sqlx::query_as(text).fetch_all(c).await.expect("a plan");
                    steps.into_iter().map(|(step,)| step).collect()
                }
            };
            (ours, bare, plan)
        })
    }

    /// Durable commits of one small row by so many connections at once. SQLite's go to a new database beside the filled one.
    pub(crate) fn commits(&self, clients: usize, each: usize) -> Vec<Duration> {
        let beside = self.url.strip_prefix("sqlite://").map(|path| {
            let near = std::path::Path::new(path).parent().expect("a directory");
            tempfile::tempdir_in(near).expect("a directory beside the database")
        });
        let url = beside.as_ref().map_or_else(
            || self.url.clone(),
            |dir| format!("sqlite://{}?mode=rwc", dir.path().join("commit.db").display()),
        );
        self.runtime.block_on(async {
            run(&url, MAKE).await;
            let clients: Vec<_> = (0..clients).map(|_| tokio::spawn(commit(url.clone(), each))).collect();
            let mut times = Vec::new();
            for client in clients {
                times.extend(client.await.expect("a client"));
            }
            run(&url, "DROP TABLE bench_commit").await;
            times
        })
    }
}

async fn run(url: &str, statement: &'static str) {
    if url.starts_with("sqlite:") {
        SqliteConnection::connect(url).await.expect("a database").execute(statement).await.expect("done");
    } else {
        PgConnection::connect(url).await.expect("a database").execute(statement).await.expect("done");
    }
}

async fn commit(url: String, each: usize) -> Vec<Duration> {
    let mut times = Vec::with_capacity(each);
    if url.starts_with("sqlite:") {
        let mut c = SqliteConnection::connect(&url).await.expect("a database");
        c.execute("PRAGMA busy_timeout = 30000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            .await
            .expect("set");
        for _ in 0..each {
            let begin = Instant::now();
            c.execute(INSERT).await.expect("committed");
            times.push(begin.elapsed());
        }
    } else {
        let mut c = PgConnection::connect(&url).await.expect("a database");
        for _ in 0..each {
            let begin = Instant::now();
            c.execute(INSERT).await.expect("committed");
            times.push(begin.elapsed());
        }
    }
    times
}
