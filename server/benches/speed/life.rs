//! Flows, the portal and the life of a grant, on a house of its own: counting votes, the catalogue, grants that end together.

use crate::floor::Floor;
use crate::{line, print};
use domain::catalog::Access;
use domain::flow::{Approvers, Definition, Required, Step, evaluate};
use domain::ids::{FlowId, GroupId, PersonId};
use domain::people::Actor;
use domain::request::{ApprovalType, Verdict, Vote};
use domain::time::{Span, Timestamp};
use services::import::{self, How, Kind};
use services::requests::{Submit, expire_due, submit};
use services::{Origin, Services};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use store::directory::{groups, people, resources};
use store::{Clock, Options, Store};

/// Flows of the catalogue.
const FLOWS: usize = 2_000;
/// Members of a group that approves.
const MEMBERS: u128 = 10_000;
/// Grants that are due at once.
const GRANTS: usize = 10_000;
/// People of an import.
const IMPORTED: usize = 20_000;
/// People who have them.
const PEOPLE: usize = 20;
/// In microseconds.
const MINUTE: i64 = 60_000_000;
const START: Timestamp = Timestamp(1_795_428_000_000_000);

/// Measures all of it.
pub(crate) fn measure(floor: &Floor, url: &str) {
    counting();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let house = runtime.block_on(House::open(url));
    line("portal catalogue, 2,000 flows, as the use case gives it", &mut runtime.block_on(house.catalogue()), "");
    let took = runtime.block_on(house.end_grants());
    let bare = floor.commits(1, 2_000);
    let each = bare.iter().sum::<Duration>() / u32::try_from(bare.len()).unwrap_or(1);
    let floor = each * u32::try_from(GRANTS).unwrap_or(1);
    let times = took.as_secs_f64() / floor.as_secs_f64();
    let said = format!(
        "{:.2} s, beside {:.2} s for as many bare durable commits: {times:.2} ×",
        took.as_secs_f64(),
        floor.as_secs_f64()
    );
    print("10,000 grants end that are due at once", &said);
    import(&runtime, &house);
    runtime.block_on(house.close());
}

/// Twenty thousand people from a directory's file, with managers, into what is there: looked at only, then written.
fn import(runtime: &tokio::runtime::Runtime, house: &House) {
    let mut file = String::from("Email;First name;Last name;Department;Manager\n");
    for n in 0..IMPORTED {
        let manager = if n < 20 { String::new() } else { format!("i{}@bench.test", n % 20) };
        let _ = writeln!(file, "i{n}@bench.test;First{n};Last{n};Department {};{manager}", n % 40);
    }
    for (name, dry_run) in [("import of 20,000 people, dry run", true), ("import of 20,000 people, written", false)] {
        let begin = Instant::now();
        let how = How { dry_run, invite: false, leave_out_unknown: false };
        let origin = Origin::default();
        let done = import::import(&house.services, Kind::People, file.as_bytes(), how, None, &origin);
        assert_eq!(runtime.block_on(done).expect("imported").created, IMPORTED);
        print(name, &format!("{:.2} s", begin.elapsed().as_secs_f64()));
    }
}

/// Five steps, each of a group of ten thousand: what a vote costs the rules.
fn counting() {
    let living: Vec<Vec<PersonId>> =
        (0..5).map(|step| (0..MEMBERS).map(|n| PersonId::example(step * 5_000 + n + 10)).collect()).collect();
    let steps = vec![
        Step {
            approvers: Approvers::Group { id: GroupId::example(1), name: "All".into() },
            required: Required::All
        };
        5
    ];
    let definition = definition(GroupId::example(2), steps, Access::Permanent);
    let vote = |n| Vote { person: PersonId::example(n), verdict: Verdict::Approve, step: 0, at: START, comment: None };
    let votes: Vec<Vote> = (10..20).map(vote).collect();
    let barred = [PersonId::example(11); 3];
    let mut times = crate::timed(200, |_| evaluate(&definition, &living, &barred, &votes, 0));
    line("counting a flow of 5 steps, groups of 10,000", &mut times, "");
}

fn definition(group: GroupId, steps: Vec<Step>, access: Access) -> Definition {
    Definition {
        approval_type: if steps.is_empty() { ApprovalType::Automatic } else { ApprovalType::Manual },
        group,
        group_name: "bench".to_owned(),
        visible_to: Vec::new(),
        steps,
        access,
        reason_pattern: None,
    }
}

struct House {
    services: Services,
    hand: std::sync::Arc<std::sync::atomic::AtomicI64>,
    people: Vec<Actor>,
    automatic: Vec<FlowId>,
    _dir: Option<tempfile::TempDir>,
    drop: Option<(String, String)>,
}

impl House {
    async fn open(near: &str) -> Self {
        let (dir, url, drop) = match near.strip_prefix("sqlite://") {
            Some(path) => {
                let near = std::path::Path::new(path).parent().expect("a directory");
                let dir = tempfile::tempdir_in(near).expect("a directory beside the database");
                let url = format!("sqlite://{}", dir.path().join("life.db").display());
                (Some(dir), url, None)
            }
            None => {
                let name = format!("life{}", store::new_id().simple());
                let mut c = PgConnection::connect(near).await.expect("the cluster");
                c.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a database");
                let (base, _) = near.rsplit_once('/').expect("a URL with a database");
                (None, format!("{base}/{name}"), Some((near.to_owned(), name)))
            }
        };
        let (clock, hand) = Clock::fixed(START);
        let store = Store::open(Options { clock, ..Options::new(url) }).await.expect("open");
        let services = Services::new(store);
        let mut house = Self { services, hand, people: Vec::new(), automatic: Vec::new(), _dir: dir, drop };
        house.fill().await;
        house
    }

    async fn fill(&mut self) {
        let mut s = self.services.store().write().await.expect("write");
        let mut manager = people::Person::new("manager@bench.test", "Manager");
        manager.admin = true;
        let mut all = vec![manager.clone()];
        for n in 0..PEOPLE {
            let mut person = people::Person::new(&format!("p{n}@bench.test"), &format!("Person {n}"));
            person.manager = Some(manager.id);
            self.people.push(Actor {
                id: person.id,
                name: person.name.clone(),
                email: person.email.clone(),
                admin: false,
            });
            all.push(person);
        }
        people::put(&mut s, &all).await.expect("people");
        for n in 0..FLOWS + GRANTS / PEOPLE {
            let name = format!("System {n}");
            let group = groups::Group::new(&name, "");
            groups::put(&mut s, std::slice::from_ref(&group)).await.expect("group");
            let resource = resources::Resource::new(&name, "Systems");
            resources::put(&mut s, &resource).await.expect("resource");
            resources::set_groups(&mut s, resource.id, &[group.id]).await.expect("groups");
            resources::set_owners(&mut s, resource.id, &[manager.id]).await.expect("owners");
            let manual = n < FLOWS;
            let steps =
                [Approvers::Manager, Approvers::Owner].map(|approvers| Step { approvers, required: Required::Any });
            let steps = if manual { steps.to_vec() } else { Vec::new() };
            let access = if manual { Access::Permanent } else { Access::Fixed(Span::days(1)) };
            let definition = definition(group.id, steps, access);
            let id = store::flows::insert(&mut s, &name, "For everyday work", resource.id, manual, &definition).await;
            let id = id.expect("flow");
            if !manual {
                self.automatic.push(id);
            }
        }
        s.commit().await.expect("commit");
        self.services.store().analyse().await.expect("analysed");
    }

    async fn catalogue(&self) -> Vec<Duration> {
        let mut times = Vec::new();
        for _ in 0..60 {
            let begin = Instant::now();
            let found =
                services::portal::catalogue(&self.services, &self.people[0], "", None).await.expect("catalogue");
            times.push(begin.elapsed());
            assert_eq!(found.entries.len() + found.more, FLOWS);
        }
        times
    }

    async fn end_grants(&self) -> Duration {
        let mut s = self.services.store().write().await.expect("write");
        for id in &self.automatic {
            let flow = store::flows::by_id(&mut s, *id).await.expect("read").expect("there");
            store::flows::update(&mut s, &flow, &store::flows::Flow { enabled: true, ..flow.clone() })
                .await
                .expect("on");
        }
        s.commit().await.expect("commit");
        let origin = Origin::default();
        for flow in &self.automatic {
            // Nobody asks more often than they may.
            self.hand.fetch_add(MINUTE, Ordering::SeqCst);
            for person in &self.people {
                let given = Submit { flow: *flow, reason: "Bench".to_owned(), duration: Span::days(1).to_string() };
                submit(&self.services, person, &given, &origin).await.expect("granted");
            }
        }
        self.hand.store((START + Span::days(2)).0, Ordering::SeqCst);
        let begin = Instant::now();
        let mut ended = 0;
        loop {
            match expire_due(&self.services).await.expect("clock") {
                0 => break,
                done => ended += done,
            }
        }
        let took = begin.elapsed();
        assert_eq!(ended, GRANTS);
        took
    }

    async fn close(self) {
        self.services.store().close().await;
        if let Some((url, name)) = self.drop {
            let mut c = PgConnection::connect(&url).await.expect("the cluster");
            c.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.expect("dropped");
        }
    }
}
