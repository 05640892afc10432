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

/// A small company: requester with manager, two owners, a group of three approvers, an admin, one resource and one flow.
pub struct World {
    pub requester: store::directory::people::Person,
    pub manager: store::directory::people::Person,
    pub admin: store::directory::people::Person,
    pub group: store::directory::groups::Group,
    pub resource: store::directory::resources::Resource,
    pub flow: store::flows::Flow,
}

/// Writes the small company.
pub async fn world(session: &mut store::Session) -> World {
    use domain::catalog::Access;
    use domain::flow::{Approvers, Definition, Required, Step};
    use store::directory::{groups, people, resources};
    let manager = people::Person::new("max@x.test", "Max Müller");
    let mut requester = people::Person::new("rita@x.test", "Rita Örsted");
    requester.manager = Some(manager.id);
    let mut admin = people::Person::new("ada@x.test", "Ada Admin");
    admin.admin = true;
    people::put(session, &[manager.clone(), requester.clone(), admin.clone()]).await.expect("people");
    let group = groups::Group::new("netsuite-users", "Those who use it");
    groups::put(session, std::slice::from_ref(&group)).await.expect("group");
    let resource = resources::Resource::new("NetSuite", "Finance");
    resources::put(session, &resource).await.expect("resource");
    resources::set_groups(session, resource.id, &[group.id]).await.expect("groups");
    resources::set_owners(session, resource.id, &[manager.id]).await.expect("owners");
    let definition = Definition {
        approval_type: domain::request::ApprovalType::Manual,
        group: group.id,
        group_name: group.name.clone(),
        visible_to: Vec::new(),
        steps: vec![
            Step { approvers: Approvers::Manager, required: Required::Any },
            Step { approvers: Approvers::Administrator, required: Required::Any },
        ],
        access: Access::Permanent,
        reason_pattern: None,
    };
    let id =
        store::flows::insert(session, "NetSuite, two steps", "", resource.id, true, &definition).await.expect("flow");
    let flow = store::flows::by_id(session, id).await.expect("read").expect("there");
    World { requester, manager, admin, group, resource, flow }
}
