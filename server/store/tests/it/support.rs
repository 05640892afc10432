//! Fresh databases of both engines for one test.

use domain::ids::{FlowVersionId, GrantId, MessageId, PersonId, RequestNumber};
use domain::request::{ApprovalType, CancelCause, Lane, State};
use domain::time::{Span, Timestamp};
use futures::future::{Either, select};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::channels::{self, Channel, News};
use store::connectors::Secret;
use store::directory::people::Person;
use store::outbox::Message;
use store::requests::{self, Change, Frozen, NewRequest, Waiting};
use store::seal::Key;
use store::{Clock, Options, Session, Store, new_id};

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

impl Bench {
    /// Commits a session, moves the clock to so many microseconds after the start, and begins another session.
    pub async fn next(&self, session: Session, after: i64) -> Session {
        session.commit().await.expect("commit");
        self.hand.store(START.0 + after, Ordering::SeqCst);
        self.store.write().await.expect("write")
    }

    /// Drops a session, and everything that was written in it, and begins another.
    pub async fn again(&self, session: Session) -> Session {
        drop(session);
        if self.url.starts_with("postgres") {
            // The pool rolls back in the background, and until then the rows are locked.
            const OPEN: &str = "SELECT COUNT(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'";
            let mut looks = PgConnection::connect(&self.url).await.expect("connect");
            while sqlx::query_scalar::<_, i64>(OPEN).fetch_one(&mut looks).await.expect("count") > 0 {}
        }
        self.store.write().await.expect("write")
    }

    /// Goes on with a use case while another connection reads so often that it would be over by now, unless it waits for
    /// somebody. What came of it, when it is over.
    pub async fn meanwhile<F: Future>(&self, other: Pin<&mut F>) -> Option<F::Output> {
        let reads = pin!(async {
            for _ in 0..200 {
                let mut s = self.store.read().await.expect("read");
                store::directory::people::all(&mut s).await.expect("all");
            }
        });
        match select(other, reads).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }
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
    options.key = key(&url);
    let store = Store::open(options).await.expect("open");
    Bench { store, hand, url, _dir: dir }
}

/// The key of a database: PostgreSQL is given one, SQLite makes its own beside the file.
pub fn key(url: &str) -> Option<Key> {
    url.starts_with("postgres").then(|| Key::parse(&"0f".repeat(32)).expect("a key"))
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

/// Writes one more person.
pub async fn person(session: &mut Session, email: &str, name: &str) -> Person {
    let person = Person::new(email, name);
    store::directory::people::insert(session, &person).await.expect("person");
    person
}

/// Writes one more channel, which wants to hear of these events.
pub async fn channel(session: &mut Session, name: &str, events: &[&str]) -> Channel {
    let mut channel = Channel::new(name, "https://hooks.x.test/{{token}}", Secret::new("whsec"));
    channel.secrets.insert("token".to_owned(), Secret::new("s3cr3t"));
    channel.events = events.iter().map(|event| (*event).to_owned()).collect();
    channels::put(session, &channel).await.expect("channel");
    channel
}

/// A message to a channel.
pub fn news(channel: &Channel, kind: &str, request: Option<RequestNumber>) -> News {
    let payload = serde_json::json!({ "kind": kind });
    News { id: MessageId(new_id()), channel: channel.id, kind: kind.to_owned(), request, payload }
}

/// A message to a person.
pub fn mail(kind: &str, request: Option<RequestNumber>, recipient: PersonId) -> Message {
    let payload = serde_json::json!({});
    Message { id: MessageId(new_id()), kind: kind.to_owned(), request, recipient, payload, not_before: None }
}

static PENDING: State = State::Pending { step: 0, flight: None };

/// Submits a request of the requester for the resource, which waits on the manager.
pub async fn submit(session: &mut Session, w: &World, reason: &str) -> RequestNumber {
    submit_as(session, w, |new| new.reason = reason).await
}

/// Submits a request of somebody else.
pub async fn submit_of(session: &mut Session, w: &World, person: PersonId) -> RequestNumber {
    submit_as(session, w, |new| (new.requester, new.beneficiary, new.creator) = (person, person, person)).await
}

/// Submits a request under a certain version of the flow.
pub async fn submit_under(
    session: &mut Session,
    w: &World,
    person: PersonId,
    version: FlowVersionId,
    number: i32,
) -> RequestNumber {
    let change = |new: &mut NewRequest<'_>| {
        (new.requester, new.beneficiary, new.creator) = (person, person, person);
        (new.flow_version, new.flow_version_number) = (version, number);
    };
    submit_as(session, w, change).await
}

/// Submits a request like [`submit`], with what `change` makes different.
pub async fn submit_as<'a>(
    session: &mut Session,
    w: &'a World,
    change: impl FnOnce(&mut NewRequest<'a>),
) -> RequestNumber {
    let number = requests::next_number(session).await.expect("number");
    let mut new = NewRequest {
        number,
        requester: w.requester.id,
        beneficiary: w.requester.id,
        creator: w.requester.id,
        resource: w.resource.id,
        flow: w.flow.id,
        flow_version: w.flow.version_id,
        flow_version_number: 1,
        group: w.group.id,
        lane: Lane::Others,
        approval_type: ApprovalType::Manual,
        state: &PENDING,
        waiting: Waiting { kind: "manager", needed: 1, steps: 2, ..Waiting::default() },
        requester_name: &w.requester.name,
        requester_email: &w.requester.email,
        department: "Finance",
        manager_email: "max@x.test",
        resource_name: "NetSuite",
        category: "Finance",
        flow_name: &w.flow.name,
        group_name: &w.group.name,
        reason: "Month-end",
        requested: None,
        expires_at: START + Span::days(30),
    };
    change(&mut new);
    requests::insert(session, &new).await.map(|()| number).expect("insert")
}

/// Withdraws a request.
pub async fn withdraw(session: &mut Session, number: RequestNumber) {
    let cause = CancelCause::Withdrawn;
    end(session, number, "canceled", &State::Canceled { step: 0, cause }, Some(cause.as_str())).await;
}

/// Approves a request and begins the grant that it gives.
pub async fn grant(session: &mut Session, number: RequestNumber, ends_at: Option<Timestamp>) -> GrantId {
    let request = end(session, number, "approved", &State::Approved { step: 0 }, None).await;
    store::grants::begin(session, number, request.beneficiary, request.resource, request.group, ends_at)
        .await
        .expect("grant")
}

async fn end(
    session: &mut Session,
    number: RequestNumber,
    kind: &str,
    state: &State,
    cause: Option<&str>,
) -> domain::request::Request {
    let before = requests::load(session, number, true).await.expect("load").expect("there").request;
    let decision = Frozen {
        at: session.now(),
        by: String::new(),
        reason: String::new(),
        next_steps: String::new(),
        overridden: false,
        granted: None,
        access_ends_at: None,
    };
    let change = Change {
        state,
        lane: before.lane(),
        waiting: Waiting::default(),
        expires_at: before.expires_at,
        decision: Some(decision),
    };
    requests::save(session, &before, &change).await.expect("save");
    requests::record_decision(session, number, kind, None, cause).await.expect("decision");
    before
}
