//! What is in targets, from the grant to its end: use cases, the worker and the connectors together, over real targets.

use crate::house::{House, KEY, flow_to, houses};
use crate::http_peer::{HttpPeer, status};
use crate::support::Peer;
use domain::ids::{FlowId, GrantId, RequestNumber};
use domain::people::Actor;
use domain::request::Status;
use serde_json::{Value, json};
use server::jobs::provision::{drain_once, look_at_all, run};
use services::Origin;
use services::connectors::ConnectorDraft;
use services::directory::GroupDraft;
use services::grants::{Asked, Targets};
use services::requests::{Grant, Submit};
use services::targets::{Difference, Differing, look_after, look_now};
use std::io::ErrorKind;
use std::time::Duration;
use store::directory::people::Person;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// Calls that are under way at once at one target.
const AT_ONCE: usize = 4;

/// What comes of something, which must be soon.
async fn soon<F: Future>(what: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), what).await.expect("in time")
}

/// A group of the reference target, as its own administrators see and change it.
struct Target {
    peer: Peer,
    group: String,
}

impl Target {
    /// A target with an empty group; nothing without its program.
    async fn start() -> Option<Self> {
        let peer = Peer::scim()?;
        let group =
            json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "NetSuite users" });
        let group = peer.post("/v2/Groups", &group).await["id"].as_str().expect("an id").to_owned();
        Some(Self { peer, group })
    }

    /// A new user; the target's id.
    async fn user(&self, address: &str) -> String {
        let user = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": address });
        self.peer.post("/v2/Users", &user).await["id"].as_str().expect("an id").to_owned()
    }

    async fn change(&self, path: &str, operation: Value) {
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        self.peer.patch(path, &json!({ "schemas": [schema], "Operations": [operation] })).await;
    }

    async fn call(&self, user: &str, address: &str) {
        let path = format!("/v2/Users/{user}");
        self.change(&path, json!({ "op": "replace", "path": "userName", "value": address })).await;
    }

    async fn put_in(&self, user: &str) {
        let path = format!("/v2/Groups/{}", self.group);
        self.change(&path, json!({ "op": "add", "path": "members", "value": [{ "value": user }] })).await;
    }

    async fn take_out(&self, user: &str) {
        let path = format!("/v2/Groups/{}", self.group);
        self.change(&path, json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") })).await;
    }

    async fn members(&self) -> Vec<String> {
        let group = self.peer.get(&format!("/v2/Groups/{}", self.group)).await;
        let members = group["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|member| member["value"].as_str().expect("an id").to_owned()).collect()
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v2", self.peer.port)
    }
}

/// A flow to a group that a connector of its own gives.
async fn given_by(house: &House, name: &str, kind: &str, url: String) -> FlowId {
    let (services, admin, origin) = (&house.bench.services, &house.admin, Origin::default());
    let (flow, group) = flow_to(&house.bench, name).await;
    let secret = if kind == "scim" { "s3cret" } else { KEY };
    let draft = ConnectorDraft {
        name: name.to_owned(),
        kind: kind.to_owned(),
        url,
        secret: secret.to_owned(),
        active: true,
        seen: None,
    };
    let connector = services::connectors::save(services, admin, None, &draft, &origin).await.expect("a connector");
    let draft = GroupDraft {
        name: format!("{name} users"),
        active: true,
        connector: connector.to_string(),
        ..GroupDraft::default()
    };
    services::directory::save_group(services, admin, Some(group), &draft, &origin).await.expect("bound");
    flow
}

async fn person(house: &House, name: &str) -> Actor {
    let person = Person::new(&format!("{}@x.test", name.to_lowercase()), name);
    house.bench.people(std::slice::from_ref(&person)).await;
    Actor { id: person.id, name: person.name, email: person.email, admin: false }
}

/// Somebody asks, and an administrator grants it: the target is yet to be told.
async fn granted(house: &House, flow: FlowId, who: &Actor) -> RequestNumber {
    let services = &house.bench.services;
    let asked = Submit { flow, reason: "Month end".to_owned(), duration: String::new() };
    let number = services::requests::submit(services, who, &asked, &Origin::default()).await.expect("asked").number;
    let yes =
        Grant { number, version: None, over: false, comment: String::new(), duration: String::new(), announced: None };
    let done = services::requests::grant(services, &house.admin, &yes, &Origin::default()).await.expect("granted");
    assert!(done.row.in_flight, "{done:?}");
    number
}

async fn status_of(house: &House, number: RequestNumber) -> (Status, bool) {
    let row = services::queue::detail(&house.bench.services, &house.admin, number).await.expect("detail").row;
    (row.status, row.in_flight)
}

async fn revoke(house: &House, who: &Actor) {
    let asked = Asked { text: who.name.clone(), ..Asked::default() };
    let found = services::grants::live(&house.bench.services, &house.admin, &asked).await.expect("live").page.lines;
    assert_eq!(found.len(), 1, "{found:?}");
    let (id, origin) = (GrantId(found[0].id), Origin::default());
    services::grants::revoke(&house.bench.services, &house.admin, id, "Moved on", &origin).await.expect("revoked");
}

async fn drain(house: &House) -> usize {
    drain_once(&house.bench.services, &house.outbound).await.expect("drained")
}

async fn look(house: &House) -> usize {
    look_at_all(&house.bench.services, &house.outbound).await.expect("looked")
}

/// What differs, as administrators see it.
async fn differs(house: &House) -> Targets {
    let asked = Asked::default();
    services::grants::live(&house.bench.services, &house.admin, &asked).await.expect("live").targets
}

fn who(differences: &[Difference]) -> Vec<&str> {
    differences.iter().map(|one| one.person.as_str()).collect()
}

async fn banner(house: &House) -> Differing {
    look_after(&house.bench.services).await.expect("counted");
    house.bench.services.differing()
}

/// What administrators are told of targets from now on: to whom, about whom, what.
async fn told(house: &House) -> Vec<(String, String, String)> {
    let batch = services::outbox::claim(&house.bench.services, 99).await.expect("claimed");
    let looks = services::outbox::look(&house.bench.services, &batch).await.expect("looked");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut out: Vec<_> = batch
        .iter()
        .zip(looks)
        .filter(|(message, now)| message.kind == "target_differs" && now.suppressed.is_none())
        .map(|(message, _)| {
            (message.email.clone(), text(&message.payload["requester"]), text(&message.payload["status"]))
        })
        .collect();
    out.sort();
    out
}

async fn sound(house: &House) {
    assert_eq!(services::check::check(&house.bench.services).await.expect("check"), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn from_grant_to_revoke_nothing_stays_behind() {
    for house in houses().await {
        let Some(target) = Target::start().await else { return };
        let there = target.user("rita@x.test").await;
        let flow = given_by(&house, "NetSuite", "scim", target.url()).await;
        let rita = person(&house, "Rita").await;
        let number = granted(&house, flow, &rita).await;
        assert_eq!(target.members().await, [""; 0], "nobody was asked yet");
        assert_eq!(drain(&house).await, 1);
        assert_eq!(target.members().await, [there.as_str()]);
        assert_eq!(status_of(&house, number).await, (Status::Approved, false));

        // She has another address in the directory, a third one in the target, and her first is somebody else's there: neither leads
        // to her.
        let services = &house.bench.services;
        let mut draft = services::directory::person(services, &house.admin, rita.id).await.expect("person").draft;
        "rita.new@x.test".clone_into(&mut draft.email);
        let saved =
            services::directory::save_person(services, &house.admin, Some(rita.id), &draft, &Origin::default()).await;
        saved.expect("saved");
        target.call(&there, "r.orsted@corp.test").await;
        let another = target.user("rita@x.test").await;
        assert_eq!(drain(&house).await, 0, "a change of address gives and takes nothing");
        assert_eq!(target.members().await, [there.as_str()]);

        revoke(&house, &rita).await;
        assert_eq!(who(&differs(&house).await.remaining), ["Rita"], "not gone before it is seen to be");
        assert_eq!(drain(&house).await, 1);
        assert_eq!(target.members().await, [""; 0], "{another} has her address and not her access");
        assert_eq!(differs(&house).await, Targets::default());
        assert_eq!(banner(&house).await, Differing::default());
        assert_eq!(drain(&house).await, 0);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_shows_what_differs_and_takes_back_what_is_there_again() {
    for house in houses().await {
        let Some(target) = Target::start().await else { return };
        let [sam, rita_there, zoe_there] =
            [target.user("sam@x.test").await, target.user("rita@x.test").await, target.user("zoe@x.test").await];
        target.put_in(&sam).await;
        let flow = given_by(&house, "NetSuite", "scim", target.url()).await;
        house.bench.admin("ben@x.test").await;
        let (rita, zoe) = (person(&house, "Rita").await, person(&house, "Zoe").await);
        for person in [&rita, &zoe] {
            granted(&house, flow, person).await;
        }
        assert_eq!(drain(&house).await, 2);
        revoke(&house, &zoe).await;
        assert_eq!(drain(&house).await, 1);
        assert_eq!(target.members().await, [sam.as_str(), &rita_there]);

        // Behind Doorward's back one is taken out, and one who was taken out is put in again.
        target.take_out(&rita_there).await;
        target.put_in(&zoe_there).await;
        told(&house).await;
        assert_eq!(look(&house).await, 1);
        let found = differs(&house).await;
        assert_eq!((who(&found.missing), who(&found.remaining)), (vec!["Rita"], vec!["Zoe"]));
        assert_eq!(found.remaining[0].call_state.as_deref(), Some("waiting"), "it is being taken back");
        let extras: Vec<_> = found.extras.iter().map(|extra| (extra.member.as_str(), extra.count)).collect();
        assert_eq!(extras, [(sam.as_str(), 1)], "shown, and never removed");
        assert_eq!(found.unread, []);
        let wanted = ["ada", "ben"].map(|admin| {
            [("Rita", "missing"), ("Zoe", "again")]
                .map(|(person, what)| (format!("{admin}@x.test"), person.to_owned(), what.to_owned()))
        });
        assert_eq!(told(&house).await, wanted.concat());
        assert_eq!(drain(&house).await, 1);
        assert_eq!(target.members().await, [sam.as_str()]);
        assert_eq!(who(&differs(&house).await.remaining), [""; 0]);
        assert_eq!(banner(&house).await, Differing { remaining: 0, missing: 1 });

        // Not looked at again within the hour unless somebody asks; what is known is not told again.
        assert_eq!(look(&house).await, 0);
        for missing in [true, false] {
            if !missing {
                target.put_in(&rita_there).await;
            }
            look_now(&house.bench.services, &house.admin, &Origin::default()).await.expect("asked");
            assert_eq!(look(&house).await, 1);
            assert_eq!(told(&house).await, []);
            assert_eq!(banner(&house).await, Differing { remaining: 0, missing: i64::from(missing) });
            assert_eq!(drain(&house).await, 0, "only shown");
        }
        assert_eq!(target.members().await, [sam.as_str(), &rita_there]);
        assert_eq!(who(&differs(&house).await.missing), [""; 0]);
        sound(&house).await;
    }
}

/// Whether whoever called waits for an answer still.
fn waits(stream: &TcpStream) -> bool {
    let mut heard = [0; 1024];
    loop {
        match stream.try_read(&mut heard) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_hangs_delays_no_other() {
    for house in houses().await {
        // It takes calls and never answers.
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("listen");
        let port = silent.local_addr().expect("address").port();
        let (came, mut comes) = mpsc::unbounded_channel();
        let silent = tokio::spawn(async move {
            while let Ok((stream, _)) = silent.accept().await {
                came.send(stream).expect("somebody waits for it");
            }
        });
        let receiver = HttpPeer::start(|_| status(204)).await;
        let hangs = given_by(&house, "Silent", "scim", format!("http://127.0.0.1:{port}/v2")).await;
        let goes = given_by(&house, "Hook", "webhook", format!("http://127.0.0.1:{}", receiver.port)).await;
        let mut numbers = Vec::new();
        for name in ["Ann", "Bea", "Cleo", "Dana", "Eve"] {
            numbers.push(granted(&house, hangs, &person(&house, name).await).await);
        }
        let (stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(run(house.bench.services.clone(), house.outbound.clone(), stopped));
        let mut held = Vec::new();
        while held.len() < AT_ONCE {
            held.push(soon(comes.recv()).await.expect("a call"));
        }

        // All that is asked at once of one target hangs. What is granted through another is given meanwhile.
        let rita = person(&house, "Rita").await;
        let number = granted(&house, goes, &rita).await;
        soon(receiver.came(1)).await;
        assert!(held.iter().all(waits), "the others hang still");

        // What is under way is finished, and nothing more is begun.
        stop.send(true).expect("it runs");
        silent.abort();
        drop(held);
        soon(worker).await.expect("it ended");
        assert!(comes.recv().await.is_none(), "the fifth was not begun");
        assert_eq!(receiver.calls().len(), 1);
        assert_eq!(status_of(&house, number).await, (Status::Approved, false));
        for number in numbers {
            assert_eq!(status_of(&house, number).await, (Status::Pending, true), "it waits for its next attempt");
        }
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_access_back_goes_first() {
    for house in houses().await {
        let receiver = HttpPeer::start(|_| status(204)).await;
        let flow = given_by(&house, "Hook", "webhook", format!("http://127.0.0.1:{}", receiver.port)).await;
        let mut leaving = Vec::new();
        for name in ["Ann", "Bea", "Cleo", "Dana"] {
            leaving.push(person(&house, name).await);
        }
        for person in &leaving {
            granted(&house, flow, person).await;
        }
        assert_eq!(drain(&house).await, AT_ONCE);
        // Grants that wait longer than any revocation.
        for name in ["Rita", "Zoe"] {
            granted(&house, flow, &person(&house, name).await).await;
        }
        house.bench.pass(1_000_000);
        for person in &leaving {
            revoke(&house, person).await;
        }
        // None is answered before as many have come as are made at once: then those are the first that were taken.
        receiver.says(|_| status(204).late());
        let first = async {
            soon(receiver.came(2 * AT_ONCE)).await;
            receiver.says(|_| status(204));
            receiver.wake();
        };
        let (count, ()) = tokio::join!(drain(&house), first);
        assert_eq!(count, AT_ONCE + 2);
        let kinds: Vec<Value> = receiver.calls().iter().map(|call| call.json()["type"].clone()).collect();
        let wanted = [["access.revoke"; AT_ONCE].as_slice(), &["access.grant"; 2]].concat();
        assert_eq!(kinds[AT_ONCE..], wanted);
        sound(&house).await;
    }
}
