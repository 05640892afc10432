//! Who acts is read in the transaction of the act (`trust.md` F15): what was true of them before is no right.

use crate::support::{Bench, House, actor, approval, house, second, sound};
use domain::catalog::Access;
use domain::flow::{Approvers, Required, Step};
use domain::ids::{FlowId, RequestNumber};
use domain::people::Actor;
use domain::request::{Refusal, Verdict};
use services::directory::{GroupDraft, PersonDraft, ResourceDraft};
use services::import::{How, Kind};
use services::login::Token;
use services::requests::{Deny, Grant, Submit, Vote, submit};
use services::{Error, Origin, Services, Via};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;

/// Rounds of each race: a few in every run, 200 in `make soak`.
fn rounds() -> usize {
    std::env::var("DOORWARD_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// The servers that a race runs on: one on SQLite, two on PostgreSQL.
async fn servers(house: &House) -> (Services, Services) {
    let other = if house.url.starts_with("sqlite") { house.services.clone() } else { second(house).await };
    (house.services.clone(), other)
}

async fn ask(house: &House, flow: FlowId) -> RequestNumber {
    let given = Submit { flow, reason: "Needed".to_owned(), duration: String::new() };
    let rita = actor(house, "rita@x.test").await;
    // Nobody asks more often than they may, however many rounds there are.
    house.hand.fetch_add(20_000_000, Ordering::SeqCst);
    submit(&house.services, &rita, &given, &Origin::default()).await.expect("asked").number
}

/// Another flow, so that each round has a request of its own.
async fn another(house: &House, round: usize, approvers: Approvers) -> FlowId {
    let mut s = house.services.store().write().await.expect("write");
    let steps = vec![Step { approvers, required: Required::Any }];
    let (flow, _) = crate::support::flow(&mut s, &format!("App {round}"), steps, Access::Permanent).await;
    s.commit().await.expect("commit");
    flow
}

async fn draft(house: &House, email: &str) -> (domain::ids::PersonId, PersonDraft) {
    let ben = actor(house, "ben@x.test").await;
    let id = actor(house, email).await.id;
    let view = services::directory::person(&house.services, &ben, id).await.expect("person");
    (id, view.draft)
}

/// Changes somebody's rights, as Ben.
async fn change(services: &Services, house: &House, email: &str, active: bool, admin: bool) -> services::Result<()> {
    let ben = actor(house, "ben@x.test").await;
    let (id, draft) = draft(house, email).await;
    let draft = PersonDraft { active, admin, seen: None, ..draft };
    services::directory::save_person(services, &ben, Some(id), &draft, &Origin::default()).await.map(|_| ())
}

/// Both at once; which begins changes from round to round, because on one writer whoever begins comes first.
async fn both<A, B>(round: usize, one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
    if round.is_multiple_of(2) {
        return tokio::join!(one, other);
    }
    let (other, one) = tokio::join!(other, one);
    (one, other)
}

fn grant(number: RequestNumber) -> Grant {
    Grant { number, version: None, over: true, comment: "Yes".to_owned(), duration: String::new(), announced: None }
}

/// The newest record of a kind.
async fn newest(bench: &Bench, kind: &str) -> i64 {
    let ben = actor(bench, "ben@x.test").await;
    let asked = services::audit::Asked { kind: kind.to_owned(), ..services::audit::Asked::default() };
    let page = services::audit::events(&bench.services, &ben, &asked).await.expect("audit");
    page.lines.first().map_or(0, |line| line.id)
}

type Act<'a> = Pin<Box<dyn Future<Output = services::Result<()>> + 'a>>;

fn act<'a, T>(name: &'static str, work: impl Future<Output = services::Result<T>> + 'a) -> (&'static str, Act<'a>) {
    (name, Box::pin(async move { work.await.map(|_| ()) }))
}

/// Every act of an admin, by Ada as she was.
fn acts<'a>(
    house: &'a House,
    ada: &'a Actor,
    number: RequestNumber,
    origin: &'a Origin,
) -> Vec<(&'static str, Act<'a>)> {
    use services::{channels, connectors, deliveries, directory, flows, grants, login, requests};
    let s = &house.services;
    let person = |email: &str| PersonDraft {
        email: email.to_owned(),
        name: "New".to_owned(),
        active: true,
        admin: true,
        ..PersonDraft::default()
    };
    let group = GroupDraft { name: "New".to_owned(), active: true, ..GroupDraft::default() };
    let resource =
        ResourceDraft { name: "New".to_owned(), groups: "NetSuite users".to_owned(), ..ResourceDraft::default() };
    let deny = Deny {
        number,
        version: None,
        reason: "No".to_owned(),
        next_steps: String::new(),
        notes: String::new(),
        announced: None,
    };
    let submission = Submit { flow: house.flow, reason: "Needed".to_owned(), duration: String::new() };
    let how = How { dry_run: false, invite: false, leave_out_unknown: false };
    let settings = services::SettingsDraft::default();
    let list = domain::filter::ListQuery::default();
    let me = services::login::MeDraft::default();
    vec![
        act("grant", async move { requests::grant(s, ada, &grant(number), origin).await }),
        act("deny", async move { requests::deny(s, ada, &deny, origin).await }),
        act("retry", requests::retry(s, ada, number, None, origin)),
        act("repair", requests::repair(s, ada, number, "max@x.test", origin)),
        act("submit", async move { submit(s, ada, &submission, origin).await }),
        act("save_person", async move { directory::save_person(s, ada, None, &person("n@x.test"), origin).await }),
        act("revive oneself", async move {
            directory::save_person(s, ada, Some(ada.id), &person("ada@x.test"), origin).await
        }),
        act("save_group", async move { directory::save_group(s, ada, None, &group, origin).await }),
        act("add_member", directory::add_member(s, ada, house.group, "max@x.test", origin)),
        act("remove_member", directory::remove_member(s, ada, house.group, ada.id, origin)),
        act("delete_group", directory::delete_group(s, ada, house.group, origin)),
        act("save_resource", async move { directory::save_resource(s, ada, None, &resource, origin).await }),
        act("import", async move {
            services::import::import(s, Kind::People, b"email,name\nn@x.test,New\n", how, Some(ada), origin)
                .await
                .map_err(|error| match error {
                    services::import::ImportError::Services(error) => error,
                    other => panic!("{other}"),
                })
        }),
        act("save flow", flows::set_enabled(s, ada, house.flow, false, origin)),
        act("copy flow", flows::copy(s, ada, house.flow, origin)),
        act("delete flow", flows::delete(s, ada, house.flow, "NetSuite", origin)),
        act("save connector", async move {
            connectors::save(s, ada, None, &connectors::ConnectorDraft::default(), origin).await
        }),
        act(
            "save channel",
            async move { channels::save(s, ada, None, &channels::ChannelDraft::default(), origin).await },
        ),
        act("send_all_again", async move {
            deliveries::send_all_again(s, ada, &deliveries::Asked::default(), origin).await
        }),
        act("revoke", grants::revoke(s, ada, domain::ids::GrantId(store::new_id()), "No", origin)),
        act("settings", async move { services::save_settings(s, ada, &settings.clone(), &settings, origin).await }),
        act("export", async move {
            services::queue::export(s, ada, &list, services::Format::Csv, origin).await.map(|_| ())
        }),
        act("save_me", async move { login::save_me(s, ada, &me, origin).await }),
    ]
}

/// Ada logs in, and what she may do changes before her acts arrive.
#[tokio::test(flavor = "multi_thread")]
async fn no_act_outlives_the_right_to_it() {
    for house in house(Access::Permanent).await {
        let number = ask(&house, house.flow).await;
        let ada = actor(&house, "ada@x.test").await;
        let before = newest(&house, "person_changed").await;
        change(&house.services, &house, "ada@x.test", true, false).await.expect("demoted");
        for (name, done) in acts(&house, &ada, number, &Origin::default()) {
            let answer = done.await;
            let right = match name {
                // What everybody may do.
                "submit" | "save_me" => answer.is_ok(),
                _ => matches!(answer, Err(Error::Forbidden)),
            };
            assert!(right, "demoted: {name}: {answer:?}");
        }
        change(&house.services, &house, "ada@x.test", false, false).await.expect("deactivated");
        for (name, done) in acts(&house, &ada, number, &Origin::default()) {
            let answer = done.await;
            assert!(matches!(answer, Err(Error::Unauthenticated)), "deactivated: {name}: {answer:?}");
        }
        assert!(newest(&house, "person_changed").await > before);
        assert_eq!(newest(&house, "approved").await, 0, "nothing was granted");
        assert!(newest(&house, "refused").await > 0, "the record knows that she tried");
        sound(&house).await;
    }
}

/// A session that ended is no right either, whatever the person still may.
#[tokio::test(flavor = "multi_thread")]
async fn no_act_outlives_its_session() {
    for house in house(Access::Permanent).await {
        let number = ask(&house, house.flow).await;
        let ada = actor(&house, "ada@x.test").await;
        let token = Token::fresh();
        let origin = Origin { via: Via::Session(token), ..Origin::default() };
        for (name, done) in acts(&house, &ada, number, &origin) {
            let answer = done.await;
            assert!(matches!(answer, Err(Error::Unauthenticated)), "{name}: {answer:?}");
        }
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_granted_after_a_demotion_or_deactivation() {
    for house in house(Access::Permanent).await {
        let (one, other) = servers(&house).await;
        let (mut granted, mut refused) = (0, 0);
        for round in 0..rounds() {
            let flow = another(&house, round, Approvers::Manager).await;
            let number = ask(&house, flow).await;
            change(&one, &house, "ada@x.test", true, true).await.expect("an admin");
            let ada = actor(&house, "ada@x.test").await;
            // Demoted, or deactivated, by somebody who has the form open already.
            let (id, seen) = draft(&house, "ada@x.test").await;
            let taken = PersonDraft { active: round % 4 < 2, admin: false, seen: None, ..seen };
            let ben = actor(&house, "ben@x.test").await;
            let (wanted, origin) = (grant(number), Origin::default());
            let (given, changed) = both(
                round,
                services::requests::grant(&other, &ada, &wanted, &origin),
                services::directory::save_person(&one, &ben, Some(id), &taken, &origin),
            )
            .await;
            changed.expect("changed");
            match given {
                Ok(_) => {
                    granted += 1;
                    let (grant, change) = (newest(&house, "overridden").await, newest(&house, "person_changed").await);
                    assert!(grant < change, "round {round}: granted by somebody who had no right any more");
                }
                Err(error) => {
                    refused += 1;
                    assert!(matches!(error, Error::Forbidden | Error::Unauthenticated), "{error:?}");
                }
            }
        }
        println!("{}: {granted} granted before, {refused} refused after", &house.url[..6]);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_votes_after_leaving_the_group() {
    for house in house(Access::Permanent).await {
        let (one, other) = servers(&house).await;
        let ben = actor(&house, "ben@x.test").await;
        let approvers = Approvers::Group { id: house.group, name: "NetSuite users".to_owned() };
        let mut before = 0;
        for round in 0..rounds() {
            for email in ["max@x.test", "ada@x.test"] {
                services::directory::add_member(&one, &ben, house.group, email, &Origin::default())
                    .await
                    .expect("joined");
            }
            let flow = another(&house, round, approvers.clone()).await;
            let yes = approval(ask(&house, flow).await);
            let max = actor(&house, "max@x.test").await;
            let origin = Origin::default();
            let (voted, left) = both(
                round,
                services::requests::vote(&other, &max, &yes, &origin),
                services::directory::remove_member(&one, &ben, house.group, max.id, &origin),
            )
            .await;
            left.expect("left");
            match voted {
                Ok(_) => {
                    before += 1;
                    let (vote, change) = (newest(&house, "approved").await, newest(&house, "group_changed").await);
                    assert!(vote < change, "round {round}: voted after leaving");
                }
                Err(error) => {
                    assert!(matches!(error, Error::NotFound | Error::Refused(Refusal::NotApprover, _)), "{error:?}")
                }
            }
        }
        println!("{}: {before} voted before leaving", &house.url[..6]);
        sound(&house).await;
    }
}

/// An import and the editor change one person at once: each changes its own columns, and neither brings back what the other took.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_beside_a_deactivation_revives_nobody() {
    for house in house(Access::Permanent).await {
        let (one, other) = servers(&house).await;
        let ben = actor(&house, "ben@x.test").await;
        for round in 0..rounds() {
            change(&one, &house, "max@x.test", true, false).await.expect("active");
            let file = format!("email,department\nmax@x.test,Department {round}\n");
            let (how, origin) = (How { dry_run: false, invite: false, leave_out_unknown: false }, Origin::default());
            let (imported, changed) = both(
                round,
                services::import::import(&other, Kind::People, file.as_bytes(), how, Some(&ben), &origin),
                change(&one, &house, "max@x.test", false, false),
            )
            .await;
            imported.expect("imported");
            changed.expect("changed");
            let mut s = house.services.store().read().await.expect("read");
            let max = store::directory::people::by_email(&mut s, "max@x.test").await.expect("read").expect("max");
            assert!(!max.active, "round {round}: active again");
        }
        sound(&house).await;
    }
}

/// Two acts that wait for each other: one goes on, the other sees it, and nobody hears "unavailable".
#[tokio::test(flavor = "multi_thread")]
async fn removing_a_resource_beside_decisions_is_no_outage() {
    for house in house(Access::Permanent).await {
        let (one, other) = servers(&house).await;
        let (ada, ben) = (actor(&house, "ada@x.test").await, actor(&house, "ben@x.test").await);
        for round in 0..rounds() {
            let flow = another(&house, round, Approvers::Manager).await;
            let number = ask(&house, flow).await;
            let mut s = house.services.store().read().await.expect("read");
            let resource = store::flows::by_id(&mut s, flow).await.expect("read").expect("flow").resource;
            drop(s);
            let (name, wanted, origin) = (format!("App {round}"), grant(number), Origin::default());
            let no = Vote {
                number,
                verdict: Verdict::Deny,
                comment: "No".to_owned(),
                next_steps: String::new(),
                duration: String::new(),
                announced: None,
            };
            let max = actor(&house, "max@x.test").await;
            let (removed, granted, denied) = tokio::join!(
                services::directory::remove_resource(&one, &ben, resource, &name, &origin),
                services::requests::grant(&other, &ada, &wanted, &origin),
                services::requests::vote(&other, &max, &no, &origin)
            );
            removed.expect("removed");
            for answer in [granted, denied] {
                assert!(matches!(answer, Ok(_) | Err(Error::Refused(..))), "round {round}: {answer:?}");
            }
        }
        sound(&house).await;
    }
}

/// Two editors began with the same person, group and resource, and both save within one moment: the second hears of the first.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_saves_over_what_they_have_not_seen() {
    use services::directory::{group, person, resource, resources, save_group, save_person, save_resource};
    for house in house(Access::Permanent).await {
        let (s, origin) = (&house.services, Origin::default());
        let ben = actor(&house, "ben@x.test").await;
        let changed = |answer: Error| matches!(answer, Error::Invalid(fields) if fields[0].code == domain::validate::FieldCode::ChangedMeanwhile);
        let id = actor(&house, "max@x.test").await.id;
        let seen = person(s, &ben, id).await.expect("person").draft;
        let first = PersonDraft { title: "Head".to_owned(), ..seen.clone() };
        save_person(s, &ben, Some(id), &first, &origin).await.expect("first");
        let second = PersonDraft { department: "Sales".to_owned(), ..seen };
        assert!(changed(save_person(s, &ben, Some(id), &second, &origin).await.expect_err("second")));
        assert_eq!(person(s, &ben, id).await.expect("person").draft.title, "Head");

        let seen = group(s, &ben, house.group, "").await.expect("group").draft;
        let first = GroupDraft { description: "One".to_owned(), ..seen.clone() };
        save_group(s, &ben, Some(house.group), &first, &origin).await.expect("first");
        let second = GroupDraft { description: "Two".to_owned(), ..seen };
        assert!(changed(save_group(s, &ben, Some(house.group), &second, &origin).await.expect_err("second")));

        let id = resources(s, &ben, "", "").await.expect("resources").lines[0].id;
        let seen = resource(s, &ben, id).await.expect("resource").draft;
        let first = ResourceDraft { description: "One".to_owned(), ..seen.clone() };
        save_resource(s, &ben, Some(id), &first, &origin).await.expect("first");
        let second = ResourceDraft { description: "Two".to_owned(), ..seen };
        assert!(changed(save_resource(s, &ben, Some(id), &second, &origin).await.expect_err("second")));

        if house.url.starts_with("postgres") {
            // Nothing can be sealed there without a key.
            continue;
        }
        let draft = |name: &str, seen| services::connectors::ConnectorDraft {
            name: name.to_owned(),
            kind: "webhook".to_owned(),
            url: "https://hooks.example.org/".to_owned(),
            secret: services::connectors::fresh_key(),
            active: true,
            seen,
        };
        let id = services::connectors::save(s, &ben, None, &draft("Hook", None), &origin).await.expect("connector");
        let seen = services::connectors::one(s, &ben, id).await.expect("connector").revision;
        services::connectors::save(s, &ben, Some(id), &draft("One", seen), &origin).await.expect("first");
        assert!(changed(
            services::connectors::save(s, &ben, Some(id), &draft("Two", seen), &origin).await.expect_err("second")
        ));
        sound(&house).await;
    }
}
