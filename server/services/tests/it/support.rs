//! Services over fresh databases of both engines.

use domain::catalog::Access;
use domain::flow::{Approvers, Definition, Required, Step};
use domain::ids::{FlowId, GroupId, RequestNumber};
use domain::people::Actor;
use domain::request::{ApprovalType, Verdict};
use domain::time::Timestamp;
use services::Services;
use services::keys::Key;
use services::requests::Vote;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use store::directory::{groups, people, resources};
use store::{Clock, Options, Session, Store, new_id};

/// The moment at which every test begins: 2026-11-23T10:00:00Z.
pub const START: Timestamp = Timestamp(1_795_428_000_000_000);

pub struct Bench {
    pub services: Services,
    pub hand: Arc<AtomicI64>,
    pub url: String,
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

/// The key of a database: PostgreSQL is given one, SQLite makes its own beside the file.
pub fn key(url: &str) -> Option<Key> {
    url.starts_with("postgres").then(|| Key::parse(&"0f".repeat(32)).expect("a key"))
}

async fn open(url: String, dir: Option<tempfile::TempDir>) -> Bench {
    let (clock, hand) = Clock::fixed(START);
    let mut options = Options::new(url.clone());
    (options.clock, options.connections, options.key) = (clock, 6, key(&url));
    let store = Store::open(options).await.expect("open");
    Bench { services: Services::new(store), hand, url, _dir: dir }
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

/// Changes the database behind the services' back, as a defect or an operator might.
pub async fn tamper(bench: &Bench, sql: &'static str) {
    if bench.url.starts_with("sqlite") {
        let mut c = SqliteConnection::connect(&bench.url).await.expect("connect");
        sqlx::query(sql).execute(&mut c).await.expect(sql);
    } else {
        let mut c = PgConnection::connect(&bench.url).await.expect("connect");
        sqlx::query(sql).execute(&mut c).await.expect(sql);
    }
}

/// A vote that approves, and says nothing.
pub fn approval(number: RequestNumber) -> Vote {
    let none = String::new;
    Vote { number, verdict: Verdict::Approve, comment: none(), next_steps: none(), duration: none(), announced: None }
}

/// No invariant is broken.
pub async fn sound(bench: &Bench) {
    assert_eq!(services::check::check(&bench.services).await.expect("check"), []);
}

/// A small company over a database: Rita asks, Max is her manager, Ada and Ben are admins; one resource, one flow that asks the
/// manager.
pub struct House {
    bench: Bench,
    pub flow: FlowId,
    pub group: GroupId,
}

impl std::ops::Deref for House {
    type Target = Bench;

    fn deref(&self) -> &Bench {
        &self.bench
    }
}

/// The small company on each engine, with access of this kind.
pub async fn house(access: Access) -> Vec<House> {
    let mut out = Vec::new();
    for bench in engines().await {
        let mut s = bench.services.store().write().await.expect("write");
        let max = people::Person::new("max@x.test", "Max Müller");
        let mut rita = people::Person::new("rita@x.test", "Rita Örsted");
        rita.manager = Some(max.id);
        let [mut ada, mut ben] = [("ada@x.test", "Ada Admin"), ("ben@x.test", "Ben Admin")]
            .map(|(email, name)| people::Person::new(email, name));
        (ada.admin, ben.admin) = (true, true);
        people::put(&mut s, &[max, rita, ada, ben]).await.expect("people");
        let steps = vec![Step { approvers: Approvers::Manager, required: Required::Any }];
        let (flow, group) = flow(&mut s, "NetSuite", steps, access.clone()).await;
        s.commit().await.expect("commit");
        out.push(House { bench, flow, group });
    }
    out
}

/// A resource with a group of its own and a flow.
pub async fn flow(s: &mut Session, name: &str, steps: Vec<Step>, access: Access) -> (FlowId, GroupId) {
    let group = groups::Group::new(&format!("{name} users"), "");
    groups::put(s, std::slice::from_ref(&group)).await.expect("group");
    let resource = resources::Resource::new(name, "Systems");
    resources::put(s, &resource).await.expect("resource");
    resources::set_groups(s, resource.id, &[group.id]).await.expect("groups");
    let definition = Definition {
        approval_type: if steps.is_empty() { ApprovalType::Automatic } else { ApprovalType::Manual },
        group: group.id,
        group_name: group.name.clone(),
        visible_to: Vec::new(),
        steps,
        access,
        reason_pattern: None,
    };
    let id = store::flows::insert(s, name, "", resource.id, true, &definition).await.expect("flow");
    (id, group.id)
}

impl House {
    /// Another flow, in which the group of the first one approves.
    pub async fn flow_approved_by_group(&self) -> FlowId {
        let mut s = self.services.store().write().await.expect("write");
        let approvers = Approvers::Group { id: self.group, name: "NetSuite users".to_owned() };
        let steps = vec![Step { approvers, required: Required::Any }];
        let (id, _) = flow(&mut s, "Payroll", steps, Access::Permanent).await;
        s.commit().await.expect("commit");
        id
    }
}

/// Another server on the same database, with the same clock.
pub async fn second(bench: &Bench) -> Services {
    let mut options = Options::new(bench.url.clone());
    (options.clock, options.connections) = (Clock::Fixed(Arc::clone(&bench.hand)), 4);
    options.key = key(&bench.url);
    Services::new(Store::open(options).await.expect("open"))
}
