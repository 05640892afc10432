//! Grants that a connector carries out, with results given by hand; real targets stand in the server's tests.

use crate::support::{House, actor, approval, house, sound};
use domain::catalog::Access;
use domain::connector::{CallAction, CallResult};
use domain::ids::RequestNumber;
use domain::request::{Refusal, Status, Verdict};
use domain::time::Span;
use domain::view::RequestDetail;
use services::connectors::{ConnectorDraft, fresh_key, save};
use services::directory::{GroupDraft, save_group};
use services::outbox::Attempt;
use services::provisioning::{Claimed, claim, finish};
use services::requests::{Deny, Grant, Submit, Vote, deny, expire_due, grant, retry, submit, vote};
use services::{Error, Origin};
use std::sync::atomic::Ordering;

async fn connected(access: Access) -> Vec<House> {
    let houses = house(access).await;
    for house in &houses {
        let ada = actor(house, "ada@x.test").await;
        let draft = ConnectorDraft {
            name: "Target".to_owned(),
            kind: "webhook".to_owned(),
            url: "https://hooks.example.org/doorward".to_owned(),
            secret: fresh_key(),
            active: true,
            seen: None,
        };
        let id = save(&house.services, &ada, None, &draft, &Origin::default()).await.expect("connector");
        let group = GroupDraft {
            name: "NetSuite users".to_owned(),
            active: true,
            connector: id.to_string(),
            external_id: "ns-users".to_owned(),
            ..GroupDraft::default()
        };
        save_group(&house.services, &ada, Some(house.group), &group, &Origin::default()).await.expect("bound");
    }
    houses
}

async fn granted(house: &House) -> RequestNumber {
    let (rita, max) = (actor(house, "rita@x.test").await, actor(house, "max@x.test").await);
    let given = Submit { flow: house.flow, reason: "Needed".to_owned(), duration: String::new() };
    let given = match services::portal::catalogue(&house.services, &rita, "", None).await.expect("catalogue").entries[0]
        .access
        .longest()
    {
        Some(span) => Submit { duration: span.to_string(), ..given },
        None => given,
    };
    let number = submit(&house.services, &rita, &given, &Origin::default()).await.expect("asked").number;
    let yes = approval(number);
    let row = vote(&house.services, &max, &yes, &Origin::default()).await.expect("voted").row;
    assert_eq!((row.status, row.in_flight), (Status::Pending, true));
    number
}

async fn detail(house: &House, number: RequestNumber) -> RequestDetail {
    let ada = actor(house, "ada@x.test").await;
    services::queue::detail(&house.services, &ada, number).await.expect("detail")
}

fn later(house: &House, seconds: i64) {
    house.hand.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
}

async fn only(house: &House) -> Claimed {
    let mut calls = claim(&house.services, 9).await.expect("claim");
    assert_eq!(calls.len(), 1, "{calls:?}");
    calls.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn approved_means_granted_and_provisioned() {
    for house in connected(Access::Fixed(Span::days(7))).await {
        let number = granted(&house).await;
        let call = only(&house).await;
        assert_eq!(
            (call.action, call.external_id.as_str(), call.email.as_str()),
            (CallAction::Grant, "ns-users", "rita@x.test")
        );
        assert!(claim(&house.services, 9).await.expect("claim").is_empty(), "leased");
        assert!(!format!("{call:?}").contains("whsec_"), "a secret has no readable form");
        finish(&house.services, &call, &CallResult::Done).await.expect("finished");
        // A result that comes twice changes nothing.
        finish(&house.services, &call, &CallResult::Refused("late".to_owned())).await.expect("nothing");
        let found = detail(&house, number).await;
        assert_eq!((found.row.status, found.row.in_flight), (Status::Approved, false));
        assert_eq!(found.ended.expect("ended").by.as_deref(), Some("Max Müller"), "the decider, not the worker");
        // At its end the access is taken back there too.
        later(&house, 8 * 86_400);
        while expire_due(&house.services).await.expect("clock") > 0 {}
        let call = only(&house).await;
        assert_eq!(call.action, CallAction::Revoke);
        finish(&house.services, &call, &CallResult::Done).await.expect("finished");
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_tried_again_then_an_error_then_retried() {
    for house in connected(Access::Permanent).await {
        let number = granted(&house).await;
        let mut keys = Vec::new();
        for wait in [2, 10, 60, 300, 0] {
            let call = only(&house).await;
            keys.push(call.key.clone());
            finish(&house.services, &call, &CallResult::Failed("status 503".to_owned())).await.expect("finished");
            assert!(claim(&house.services, 9).await.expect("claim").is_empty());
            later(&house, wait);
        }
        keys.dedup();
        assert_eq!(keys.len(), 1, "one key over all attempts");
        let found = detail(&house, number).await;
        assert_eq!((found.row.status, found.row.in_flight), (Status::Error, false));
        let ada = actor(&house, "ada@x.test").await;
        retry(&house.services, &ada, number, None, &Origin::default()).await.expect("retried");
        let call = only(&house).await;
        assert_ne!(call.key, keys[0], "another try of the decision is another call");
        finish(&house.services, &call, &CallResult::Done).await.expect("finished");
        assert_eq!(detail(&house, number).await.row.status, Status::Approved);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_from_error_undoes_first() {
    for house in connected(Access::Permanent).await {
        let number = granted(&house).await;
        let call = only(&house).await;
        finish(&house.services, &call, &CallResult::Refused("no such user".to_owned())).await.expect("finished");
        assert_eq!(detail(&house, number).await.row.status, Status::Error);
        let ada = actor(&house, "ada@x.test").await;
        let no = Deny {
            number,
            version: None,
            reason: "Not after all".to_owned(),
            next_steps: String::new(),
            notes: String::new(),
            announced: None,
        };
        let row = deny(&house.services, &ada, &no, &Origin::default()).await.expect("denied").row;
        assert_eq!((row.status, row.in_flight), (Status::Error, true));
        let call = only(&house).await;
        assert_eq!(call.action, CallAction::Undo);
        finish(&house.services, &call, &CallResult::Done).await.expect("finished");
        assert_eq!(detail(&house, number).await.row.status, Status::Denied);
        sound(&house).await;
    }
}

/// What is sent now: kind and recipient, in order.
async fn sent(house: &House) -> Vec<(String, String)> {
    let batch = services::outbox::claim(&house.services, 99).await.expect("claimed");
    let looks = services::outbox::look(&house.services, &batch).await.expect("looked");
    let mut out = Vec::new();
    let mut ends = Vec::new();
    for (message, now) in batch.into_iter().zip(looks) {
        let end = now.suppressed.map_or(Attempt::Delivered, Attempt::Suppressed);
        if end == Attempt::Delivered {
            out.push((message.kind.clone(), message.email.trim_end_matches("@x.test").to_owned()));
        }
        ends.push((message, end));
    }
    services::outbox::mark(&house.services, &ends).await.expect("marked");
    out.sort();
    out
}

fn pairs(given: &[(String, String)]) -> Vec<(&str, &str)> {
    given.iter().map(|(kind, who)| (kind.as_str(), who.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_overridden_hears_it_once_and_who_decided_not_at_all() {
    for house in connected(Access::Permanent).await {
        let rita = actor(&house, "rita@x.test").await;
        let given = Submit { flow: house.flow, reason: "Needed".to_owned(), duration: String::new() };
        let number = submit(&house.services, &rita, &given, &Origin::default()).await.expect("asked").number;
        sent(&house).await;
        let ada = actor(&house, "ada@x.test").await;
        let yes = Grant {
            number,
            version: None,
            over: false,
            comment: "Now".to_owned(),
            duration: String::new(),
            announced: None,
        };
        grant(&house.services, &ada, &yes, &Origin::default()).await.expect("granted");
        assert_eq!(pairs(&sent(&house).await), [("request_overridden", "max")]);
        finish(&house.services, &only(&house).await, &CallResult::Done).await.expect("finished");
        assert_eq!(pairs(&sent(&house).await), [("request_approved", "rita")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requester_hears_once_that_it_is_delayed_and_nothing_of_a_denial_that_failed() {
    for house in connected(Access::Permanent).await {
        let number = granted(&house).await;
        sent(&house).await;
        let refused = CallResult::Refused("no such user".to_owned());
        let admins = [("request_error", "ada"), ("request_error", "ben")];
        finish(&house.services, &only(&house).await, &refused).await.expect("finished");
        assert_eq!(pairs(&sent(&house).await), [("request_delayed", "rita"), admins[0], admins[1]]);
        let ada = actor(&house, "ada@x.test").await;
        retry(&house.services, &ada, number, None, &Origin::default()).await.expect("retried");
        finish(&house.services, &only(&house).await, &refused).await.expect("finished");
        assert_eq!(pairs(&sent(&house).await), admins, "she knows");
        let no = Deny {
            number,
            version: None,
            reason: "Not after all".to_owned(),
            next_steps: String::new(),
            notes: String::new(),
            announced: None,
        };
        deny(&house.services, &ada, &no, &Origin::default()).await.expect("denied");
        finish(&house.services, &only(&house).await, &refused).await.expect("finished");
        let batch = services::outbox::claim(&house.services, 9).await.expect("claimed");
        assert_eq!(batch.iter().map(|one| one.kind.as_str()).collect::<Vec<_>>(), ["request_error"; 2]);
        assert!(batch.iter().all(|one| one.payload["undo"] == true), "it says what failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_before_the_target_answers_gets_nothing() {
    for house in connected(Access::Permanent).await {
        let number = granted(&house).await;
        let ada = actor(&house, "ada@x.test").await;
        let rita = actor(&house, "rita@x.test").await;
        let mut draft = services::directory::person(&house.services, &ada, rita.id).await.expect("person").draft;
        draft.active = false;
        services::directory::save_person(&house.services, &ada, Some(rita.id), &draft, &Origin::default())
            .await
            .expect("left");
        assert!(claim(&house.services, 9).await.expect("claim").is_empty(), "the call is not made");
        assert_eq!(detail(&house, number).await.row.status, Status::Canceled);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_for_a_request_that_is_canceled_is_undone() {
    for house in connected(Access::Permanent).await {
        let number = granted(&house).await;
        let call = only(&house).await;
        let ada = actor(&house, "ada@x.test").await;
        services::flows::delete(&house.services, &ada, house.flow, "NetSuite", &Origin::default())
            .await
            .expect("deleted");
        assert!(detail(&house, number).await.row.in_flight, "removal takes effect with the result");
        finish(&house.services, &call, &CallResult::Done).await.expect("finished");
        assert_eq!(detail(&house, number).await.row.status, Status::Canceled);
        assert_eq!(only(&house).await.action, CallAction::Revoke);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_is_off_is_an_error_with_its_name() {
    for house in connected(Access::Permanent).await {
        let number = granted(&house).await;
        let ada = actor(&house, "ada@x.test").await;
        let all = services::connectors::all(&house.services, &ada).await.expect("connectors");
        let draft = ConnectorDraft {
            name: "Target".to_owned(),
            kind: "webhook".to_owned(),
            url: all[0].url.clone(),
            secret: String::new(),
            active: false,
            seen: None,
        };
        save(&house.services, &ada, Some(all[0].id), &draft, &Origin::default()).await.expect("off");
        assert!(claim(&house.services, 9).await.expect("claim").is_empty());
        let found = detail(&house, number).await;
        assert_eq!(found.error, Some(domain::request::ErrorCause::ConnectorOff("Target".to_owned())));
        let again = retry(&house.services, &ada, number, None, &Origin::default()).await.expect("retried");
        assert_eq!(again.row.status, Status::Error);
        let two = vote(
            &house.services,
            &actor(&house, "max@x.test").await,
            &Vote {
                number,
                verdict: Verdict::Deny,
                comment: "x".to_owned(),
                next_steps: String::new(),
                duration: String::new(),
                announced: None,
            },
            &Origin::default(),
        )
        .await;
        assert!(matches!(two, Err(Error::Refused(Refusal::Voted(Verdict::Approve), _))));
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_something_else_covers_is_not_taken_back() {
    for house in connected(Access::Fixed(Span::days(7))).await {
        granted(&house).await;
        finish(&house.services, &only(&house).await, &CallResult::Done).await.expect("finished");
        let ada = actor(&house, "ada@x.test").await;
        services::directory::add_member(&house.services, &ada, house.group, "rita@x.test", &Origin::default())
            .await
            .expect("by hand");
        later(&house, 8 * 86_400);
        while expire_due(&house.services).await.expect("clock") > 0 {}
        assert!(claim(&house.services, 9).await.expect("claim").is_empty(), "the directory gives it");
        sound(&house).await;
    }
}

/// What a target answers is for administrators: neither the page, nor the mails, nor the ledger of the person who asked has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_requester_reads_no_words_of_a_target() {
    const WORDS: &str = "user rita unknown in tenant acme-internal-7";
    for house in connected(Access::Permanent).await {
        let number = granted(&house).await;
        finish(&house.services, &only(&house).await, &CallResult::Refused(WORDS.to_owned())).await.expect("finished");
        let seen = detail(&house, number).await;
        assert!(format!("{:?}", seen.error).contains(WORDS) && seen.sees_delivery, "an administrator reads it");
        for email in ["rita@x.test", "max@x.test"] {
            let who = actor(&house, email).await;
            let seen = services::queue::detail(&house.services, &who, number).await.expect("detail");
            assert_eq!((seen.row.status, seen.error.is_none(), seen.sees_delivery), (Status::Error, true, false));
            assert!(!format!("{seen:?}").contains(WORDS), "{email}");
        }
        let rita = actor(&house, "rita@x.test").await;
        let mine = services::portal::my_requests(&house.services, &rita, None, "").await.expect("mine");
        assert!(!format!("{mine:?}").contains(WORDS));
        let mut told = 0;
        for message in services::outbox::claim(&house.services, 99).await.expect("claimed") {
            let holds = message.payload.to_string().contains(WORDS);
            assert_eq!(holds, message.kind == "request_error", "{} to {}", message.kind, message.email);
            told += usize::from(message.kind == "request_delayed");
        }
        assert_eq!(told, 1, "the requester is told that it is delayed");
    }
}

async fn done(house: &House) -> Claimed {
    let call = only(house).await;
    finish(&house.services, &call, &CallResult::Done).await.expect("finished");
    call
}

async fn revoke(house: &House) {
    let ada = actor(house, "ada@x.test").await;
    let live = services::grants::live(&house.services, &ada, &Default::default()).await.expect("live").page.lines;
    let id = domain::ids::GrantId(live[0].id);
    services::grants::revoke(&house.services, &ada, id, "Moved on", &Origin::default()).await.expect("revoked");
}

async fn rebind(house: &House, connector: &str) {
    let ada = actor(house, "ada@x.test").await;
    let group = GroupDraft {
        name: "NetSuite users".to_owned(),
        active: true,
        connector: connector.to_owned(),
        external_id: "ns-users".to_owned(),
        ..GroupDraft::default()
    };
    save_group(&house.services, &ada, Some(house.group), &group, &Origin::default()).await.expect("bound");
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_a_membership_covered_is_taken_back_when_that_goes() {
    for house in connected(Access::Permanent).await {
        granted(&house).await;
        done(&house).await;
        let ada = actor(&house, "ada@x.test").await;
        let origin = Origin::default();
        services::directory::add_member(&house.services, &ada, house.group, "rita@x.test", &origin).await.expect("in");
        revoke(&house).await;
        assert!(claim(&house.services, 9).await.expect("claim").is_empty(), "the directory gives it");
        let rita = actor(&house, "rita@x.test").await;
        services::directory::remove_member(&house.services, &ada, house.group, rita.id, &origin).await.expect("out");
        assert_eq!(done(&house).await.action, CallAction::Revoke);
        assert!(claim(&house.services, 9).await.expect("claim").is_empty(), "once");
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_whose_membership_is_kept_loses_what_was_provisioned() {
    for house in connected(Access::Permanent).await {
        granted(&house).await;
        done(&house).await;
        let ada = actor(&house, "ada@x.test").await;
        let origin = Origin::default();
        services::directory::add_member(&house.services, &ada, house.group, "rita@x.test", &origin).await.expect("in");
        let rita = actor(&house, "rita@x.test").await;
        let mut draft = services::directory::person(&house.services, &ada, rita.id).await.expect("person").draft;
        draft.active = false;
        services::directory::save_person(&house.services, &ada, Some(rita.id), &draft, &origin).await.expect("left");
        assert_eq!(done(&house).await.action, CallAction::Revoke);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_in_through_one_connector_is_taken_out_through_it() {
    for house in connected(Access::Permanent).await {
        granted(&house).await;
        let first = done(&house).await.connector;
        let ada = actor(&house, "ada@x.test").await;
        let draft = ConnectorDraft {
            name: "Other".to_owned(),
            kind: "webhook".to_owned(),
            url: "https://other.example.org/doorward".to_owned(),
            secret: fresh_key(),
            active: true,
            seen: None,
        };
        let other = save(&house.services, &ada, None, &draft, &Origin::default()).await.expect("connector");
        rebind(&house, &other.to_string()).await;
        let calls = claim(&house.services, 9).await.expect("claim");
        let told: Vec<_> = calls.iter().map(|call| (call.action, call.connector)).collect();
        assert_eq!(told, [(CallAction::Revoke, first), (CallAction::Restore, other)]);
        for call in &calls {
            finish(&house.services, call, &CallResult::Done).await.expect("finished");
        }
        rebind(&house, "").await;
        let call = done(&house).await;
        assert_eq!((call.action, call.connector), (CallAction::Revoke, other));
        assert!(claim(&house.services, 9).await.expect("claim").is_empty());
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_is_not_confirmed_is_called_so_told_once_and_tried_again() {
    for house in connected(Access::Permanent).await {
        granted(&house).await;
        done(&house).await;
        revoke(&house).await;
        sent(&house).await;
        let ada = actor(&house, "ada@x.test").await;
        let remaining = || async {
            let found = services::grants::live(&house.services, &ada, &Default::default()).await.expect("live");
            let line =
                |line: &services::targets::Difference| (line.call_state.clone().unwrap_or_default(), line.said.clone());
            found.targets.remaining.iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(remaining().await, [("waiting".to_owned(), None)], "being taken back");
        let call = only(&house).await;
        let unseen = CallResult::Unconfirmed("it lists\u{0} <b>nobody</b> \u{202e}here".to_owned());
        finish(&house.services, &call, &unseen).await.expect("finished");
        let said = Some("it lists <b>nobody</b> here".to_owned());
        assert_eq!(remaining().await, [("unconfirmed".to_owned(), said)]);
        assert_eq!(pairs(&sent(&house).await), [("revoke_failed", "ada"), ("revoke_failed", "ben")]);
        services::targets::look_after(&house.services).await.expect("looked");
        assert_eq!(house.services.differing().remaining, 1);
        // The job tries again when its time has come; who knows is not told twice a day.
        assert_eq!(services::targets::repair(&house.services).await.expect("repair"), 0);
        later(&house, 6 * 3_600 + 1);
        assert_eq!(services::targets::repair(&house.services).await.expect("repair"), 1);
        let call = only(&house).await;
        finish(&house.services, &call, &CallResult::Refused("no".to_owned())).await.expect("finished");
        assert_eq!(pairs(&sent(&house).await), []);
        services::targets::try_again(&house.services, &ada, call.id, &Origin::default()).await.expect("again");
        let call = only(&house).await;
        finish(&house.services, &call, &CallResult::Refused("no".to_owned())).await.expect("finished");
        let rita = actor(&house, "rita@x.test").await;
        let other = services::targets::settle(&house.services, &rita, call.id, &Origin::default()).await;
        assert!(matches!(other, Err(Error::Forbidden)));
        services::targets::settle(&house.services, &ada, call.id, &Origin::default()).await.expect("settled");
        assert_eq!(remaining().await, []);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_stays_is_told_when_what_is_given_would_be_given_up_and_tried_on() {
    for house in connected(Access::Permanent).await {
        granted(&house).await;
        done(&house).await;
        revoke(&house).await;
        sent(&house).await;
        let banner = || async {
            services::targets::look_after(&house.services).await.expect("looked");
            house.services.differing().remaining
        };
        let fail = || async {
            let still = CallResult::Failed("rita@x.test is still in the group".to_owned());
            finish(&house.services, &only(&house).await, &still).await.expect("finished");
        };
        for wait in [2, 10, 60, 300] {
            fail().await;
            assert_eq!((pairs(&sent(&house).await), banner().await), (vec![], 0), "it may pass by itself");
            later(&house, wait);
        }
        fail().await;
        let admins = [("revoke_failed", "ada"), ("revoke_failed", "ben")];
        assert_eq!((pairs(&sent(&house).await), banner().await), (admins.to_vec(), 1));
        // It is tried once an hour, and told once a day.
        for hour in 1..=24 {
            later(&house, 3_600);
            fail().await;
            assert_eq!(pairs(&sent(&house).await), if hour == 24 { admins.to_vec() } else { vec![] }, "{hour}");
        }
        later(&house, 3_600);
        done(&house).await;
        assert_eq!((pairs(&sent(&house).await), banner().await), (vec![], 0));
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_has_somebody_again_is_asked_again_and_strangers_are_only_shown() {
    use domain::connector::{Attempted, Seen};
    use services::targets::{Sights, look_now, looked, take_look};
    for house in connected(Access::Permanent).await {
        let ada = actor(&house, "ada@x.test").await;
        let mut draft = ConnectorDraft {
            name: "Target".to_owned(),
            kind: "scim".to_owned(),
            url: "https://scim.example.org/v2".to_owned(),
            secret: "token".to_owned(),
            active: true,
            seen: None,
        };
        let id = services::connectors::all(&house.services, &ada).await.expect("connectors")[0].id;
        save(&house.services, &ada, Some(id), &draft, &Origin::default()).await.expect("scim");
        draft.secret.clear();
        granted(&house).await;
        let call = only(&house).await;
        let seen = Attempted {
            person: Some("u-1".to_owned()),
            group: Some("g-1".to_owned()),
            seen: Some(Seen::List),
            ..Attempted::from(CallResult::Done)
        };
        finish(&house.services, &call, &seen).await.expect("finished");
        sent(&house).await;
        let rita = actor(&house, "rita@x.test").await;
        let stranger = ("u-9".to_owned(), "Zoe".to_owned());
        let look = || async {
            look_now(&house.services, &ada, &Origin::default()).await.expect("asked");
            take_look(&house.services, id).await.expect("taken").expect("a look")
        };
        let members = |there: bool| Sights {
            members: Some(vec![stranger.clone()]),
            people: [(rita.id, (there, Seen::List))].into(),
            said: None,
        };
        // It is missing: shown, and told once.
        for _ in 0..2 {
            looked(&house.services, &look().await, &members(false)).await.expect("looked");
        }
        let found = services::grants::live(&house.services, &ada, &Default::default()).await.expect("live").targets;
        assert_eq!((found.missing.len(), found.extras.len(), found.extras[0].display.as_str()), (1, 1, "Zoe"));
        assert_eq!(pairs(&sent(&house).await), [("target_differs", "ada"), ("target_differs", "ben")]);
        assert!(claim(&house.services, 9).await.expect("claim").is_empty(), "only shown");
        looked(&house.services, &look().await, &members(true)).await.expect("looked");
        // It is taken back, and there again a day later: taken back again.
        revoke(&house).await;
        done(&house).await;
        later(&house, 2 * 86_400);
        looked(&house.services, &look().await, &members(true)).await.expect("looked");
        let call = done(&house).await;
        assert_eq!((call.action, call.kept.person.as_deref()), (CallAction::Revoke, Some("u-1")));
        let again: Vec<_> = sent(&house).await.into_iter().filter(|(kind, _)| kind == "target_differs").collect();
        assert_eq!(again.len(), 2);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_of_who_lost_the_lease_is_not_written() {
    for house in connected(Access::Permanent).await {
        let number = granted(&house).await;
        let stale = only(&house).await;
        later(&house, 121);
        let held = only(&house).await;
        finish(&house.services, &stale, &CallResult::Refused("late".to_owned())).await.expect("nothing");
        assert!(detail(&house, number).await.row.in_flight);
        finish(&house.services, &held, &CallResult::Done).await.expect("finished");
        assert_eq!(detail(&house, number).await.row.status, Status::Approved);
        sound(&house).await;
    }
}
