//! A hundred thousand due messages drain into a sink of this program, on a house of its own, while somebody decides.

use crate::floor::Floor;
use crate::{line, percentiles, print};
use domain::catalog::Access;
use domain::flow::{Approvers, Definition, Required, Step};
use domain::ids::{FlowId, MessageId, PersonId, RequestNumber};
use domain::people::Actor;
use domain::request::ApprovalType;
use serde_json::json;
use server::jobs::mail::drain_once;
use server::mail::{MailTarget, Mailer};
use services::requests::{Grant, Submit, grant, submit};
use services::{Origin, Services};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use store::directory::{groups, people, resources};
use store::outbox::{Message, insert_many};
use store::{Options, Store, new_id};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Messages that are due.
const DUE: usize = 100_000;
/// Decisions before, and at most so many meanwhile.
const DECISIONS: usize = 400;

/// Measures it.
pub(crate) fn measure(floor: &Floor, url: &str) {
    let Some(path) = url.strip_prefix("sqlite://") else {
        print("100,000 due messages drain", "measured on SQLite only");
        return;
    };
    let near = std::path::Path::new(path).parent().expect("a directory");
    let dir = tempfile::tempdir_in(near).expect("a directory beside the database");
    let url = format!("sqlite://{}", dir.path().join("outbox.db").display());
    let bare = floor.commits(1, 2_000);
    let each = bare.iter().sum::<Duration>() / u32::try_from(bare.len()).unwrap_or(1);
    tokio::runtime::Runtime::new().expect("a runtime").block_on(drain(&url, 1.0 / each.as_secs_f64()));
}

async fn drain(url: &str, commits: f64) {
    let services = Services::new(Store::open(Options::new(url)).await.expect("open"));
    let (admin, people, flow) = house(&services).await;
    let mut open = ask(&services, &people, flow).await;
    let mut quiet = decide(&services, &admin, &mut open, DECISIONS, &|| true).await;
    let (port, arrived) = sink().await;
    let target = MailTarget::parse(&format!("smtp://127.0.0.1:{port}")).expect("a target");
    let mailer = Mailer::new(&target, "http://127.0.0.1:3000").expect("a mailer");
    due(&services, &people).await;
    let begin = Instant::now();
    let worker = tokio::spawn({
        let services = services.clone();
        async move {
            let mut sent = 0;
            while sent < DUE {
                sent += drain_once(&services, &mailer).await.expect("drained").count;
            }
            begin.elapsed()
        }
    });
    let mut meanwhile =
        decide(&services, &admin, &mut open, DECISIONS, &|| arrived.load(Ordering::Relaxed) < DUE).await;
    let took = worker.await.expect("the worker").as_secs_f64();
    let rate = DUE as f64 / took;
    let beside = format!("{rate:.0}/s in {took:.0} s, beside {commits:.0} bare durable commits a second");
    print("100,000 due messages drain into an SMTP sink", &beside);
    let (before, _) = (percentiles(&mut quiet), ());
    line("  grant as the use case gives it, before", &mut quiet, "");
    let said = format!(
        "{} grants, p99 {:.1} × and {:+.1} ms",
        meanwhile.len(),
        percentiles(&mut meanwhile).1 / before.1,
        percentiles(&mut meanwhile).1 - before.1
    );
    line("  grant as the use case gives it, meanwhile", &mut meanwhile, &said);
}

/// An admin, people, and a flow that asks administrators.
async fn house(services: &Services) -> (Actor, Vec<Actor>, FlowId) {
    let mut s = services.store().write().await.expect("write");
    let mut admin = people::Person::new("admin@bench.test", "Admin");
    admin.admin = true;
    let mut all = vec![admin];
    all.extend((0..2 * DECISIONS).map(|n| people::Person::new(&format!("p{n}@bench.test"), &format!("Person {n}"))));
    people::put(&mut s, &all).await.expect("people");
    let group = groups::Group::new("Users", "");
    groups::put(&mut s, std::slice::from_ref(&group)).await.expect("group");
    let resource = resources::Resource::new("System", "Systems");
    resources::put(&mut s, &resource).await.expect("resource");
    resources::set_groups(&mut s, resource.id, &[group.id]).await.expect("groups");
    let definition = Definition {
        approval_type: ApprovalType::Manual,
        group: group.id,
        group_name: group.name.clone(),
        visible_to: Vec::new(),
        steps: vec![Step { approvers: Approvers::Administrator, required: Required::Any }],
        access: Access::Permanent,
        reason_pattern: None,
    };
    let flow = store::flows::insert(&mut s, "System", "", resource.id, true, &definition).await.expect("flow");
    s.commit().await.expect("commit");
    let actor = |person: &people::Person| Actor {
        id: person.id,
        name: person.name.clone(),
        email: person.email.clone(),
        admin: person.admin,
    };
    (actor(&all[0]), all[1..].iter().map(actor).collect(), flow)
}

async fn ask(services: &Services, people: &[Actor], flow: FlowId) -> Vec<RequestNumber> {
    let mut open = Vec::with_capacity(people.len());
    for person in people {
        let given = Submit { flow, reason: "For everyday work".to_owned(), duration: String::new() };
        open.push(submit(services, person, &given, &Origin::default()).await.expect("asked").number);
    }
    open
}

async fn decide(
    services: &Services,
    admin: &Actor,
    open: &mut Vec<RequestNumber>,
    most: usize,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Vec<Duration> {
    let mut times = Vec::new();
    while times.len() < most && goes_on() {
        let Some(number) = open.pop() else { break };
        let given = Grant {
            number,
            version: None,
            over: false,
            comment: String::new(),
            duration: String::new(),
            announced: None,
        };
        let begin = Instant::now();
        grant(services, admin, &given, &Origin::default()).await.expect("granted");
        times.push(begin.elapsed());
    }
    times
}

async fn due(services: &Services, people: &[Actor]) {
    let mut s = services.store().write().await.expect("write");
    let message = |recipient: PersonId| Message {
        id: MessageId(new_id()),
        kind: "request_approved".to_owned(),
        request: None,
        recipient,
        payload: json!({ "request": 1, "requester": "Rita", "resource": "System", "flow": "System", "reason": "For everyday work" }),
        not_before: None,
    };
    let messages: Vec<Message> = (0..DUE).map(|n| message(people[n % people.len()].id)).collect();
    insert_many(&mut s, &messages).await.expect("written");
    s.commit().await.expect("commit");
}

/// An SMTP server that takes everything and counts.
async fn sink() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
    let port = listener.local_addr().expect("an address").port();
    let arrived = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&arrived);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take(stream, Arc::clone(&counted)));
        }
    });
    (port, arrived)
}

async fn take(stream: TcpStream, arrived: Arc<AtomicUsize>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink\r\n").await.ok()?;
    let mut reading = false;
    while let Some(line) = lines.next_line().await.ok()? {
        let reply: &[u8] = match line.as_str() {
            "." if reading => {
                reading = false;
                arrived.fetch_add(1, Ordering::Relaxed);
                b"250 ok\r\n"
            }
            _ if reading => continue,
            "DATA" => {
                reading = true;
                b"354 go on\r\n"
            }
            _ => b"250 ok\r\n",
        };
        write.write_all(reply).await.ok()?;
    }
    Some(())
}
