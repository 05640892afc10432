//! Fresh databases of both engines for one test.

use domain::time::Timestamp;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use store::{Clock, Options, Store, new_id};

/// The moment at which every test begins: 2026-11-23T10:00:00Z.
pub const START: Timestamp = Timestamp(1_795_428_000_000_000);

/// A fresh store, its clock's hand, and what keeps its files alive.
pub struct Bench {
    /// The store, migrated and empty.
    pub store: Store,
    /// Set it to move the clock.
    pub hand: Arc<AtomicI64>,
    /// Where it lives.
    pub url: String,
    _dir: Option<tempfile::TempDir>,
}

/// One empty database on each engine. PostgreSQL takes part when `DOORWARD_TEST_POSTGRES` names a cluster; `make test`
/// always starts one.
pub async fn engines() -> Vec<Bench> {
    let mut out = vec![sqlite().await];
    if let Ok(url) = std::env::var("DOORWARD_TEST_POSTGRES") {
        out.push(postgres(&url).await);
    }
    out
}

async fn sqlite() -> Bench {
    let dir = tempfile::tempdir().expect("temp dir");
    let url = format!("sqlite://{}", dir.path().join("test.db").display());
    open(url, Some(dir)).await
}

async fn postgres(url: &str) -> Bench {
    let name = format!("t{}", new_id().simple());
    let mut admin = PgConnection::connect(url).await.expect("PostgreSQL of the tests");
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.expect("create database");
    let (base, _) = url.rsplit_once('/').expect("URL with a database");
    open(format!("{base}/{name}"), None).await
}

async fn open(url: String, dir: Option<tempfile::TempDir>) -> Bench {
    let (clock, hand) = Clock::fixed(START);
    let mut options = Options::new(url.clone());
    options.clock = clock;
    options.connections = 4;
    let store = Store::open(options).await.expect("open");
    Bench { store, hand, url, _dir: dir }
}
