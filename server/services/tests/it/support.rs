//! Services over fresh databases of both engines.

use domain::people::Actor;
use domain::time::Timestamp;
use services::Services;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use store::{Clock, Options, Store, new_id};

/// The moment at which every test begins: 2026-11-23T10:00:00Z.
pub const START: Timestamp = Timestamp(1_795_428_000_000_000);

pub struct Bench {
    pub services: Services,
    pub hand: Arc<AtomicI64>,
    _dir: Option<tempfile::TempDir>,
}

/// One empty database on each engine; PostgreSQL when `DOORWARD_TEST_POSTGRES` names a cluster.
pub async fn engines() -> Vec<Bench> {
    let dir = tempfile::tempdir().expect("temp dir");
    let url = format!("sqlite://{}", dir.path().join("test.db").display());
    let mut out = vec![open(url, Some(dir)).await];
    if let Ok(url) = std::env::var("DOORWARD_TEST_POSTGRES") {
        let name = format!("t{}", new_id().simple());
        let mut admin = PgConnection::connect(&url).await.expect("PostgreSQL of the tests");
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut admin)
            .await
            .expect("create database");
        let (base, _) = url.rsplit_once('/').expect("URL with a database");
        out.push(open(format!("{base}/{name}"), None).await);
    }
    out
}

async fn open(url: String, dir: Option<tempfile::TempDir>) -> Bench {
    let (clock, hand) = Clock::fixed(START);
    let mut options = Options::new(url);
    (options.clock, options.connections) = (clock, 6);
    let store = Store::open(options).await.expect("open");
    Bench { services: Services::new(store), hand, _dir: dir }
}

/// A demo company with so many requests.
pub async fn demo(requests: u64) -> Vec<Bench> {
    let benches = engines().await;
    for bench in &benches {
        services::demo::fill(&bench.services, requests, 3, &|_| {}).await.expect("demo");
    }
    benches
}

/// A person of the demo as an actor.
pub async fn actor(bench: &Bench, email: &str) -> Actor {
    let mut session = bench.services.store().read().await.expect("read");
    let person = store::directory::people::by_email(&mut session, email).await.expect("read").expect("there");
    Actor { id: person.id, name: person.name, email: person.email, admin: person.admin }
}

/// No invariant is broken.
pub async fn sound(bench: &Bench) {
    assert_eq!(services::check::check(&bench.services).await.expect("check"), []);
}
