//! The invariants: they hold for what was done in order, and each says what breaks it.

use crate::support::{START, World, engines, grant, submit, submit_of, world};
use domain::ids::RequestNumber;
use domain::request::{Doubt, Lane, State, Verdict, Vote};
use domain::time::Timestamp;
use store::audit::{self, Event};
use store::directory::people::{self, Person};
use store::directory::resources;
use store::{Session, check, login, requests};

async fn record(s: &mut Session, number: RequestNumber, version: i64, kind: &str) {
    let event = Event { kind, request: Some(number), request_version: Some(version), ..Event::default() };
    audit::record(s, &event).await.expect("record");
}

async fn vote(s: &mut Session, w: &World, number: RequestNumber) {
    let vote = Vote { person: w.manager.id, verdict: Verdict::Approve, step: 0, at: START, comment: None };
    requests::record_vote(s, number, &vote, "Max").await.expect("vote");
}

async fn broken(s: &mut Session) -> Vec<(&'static str, Vec<String>)> {
    let broken = check::run(s).await.expect("check");
    assert!(broken.iter().all(|broken| !broken.what.is_empty()));
    broken.into_iter().map(|broken| (broken.name, broken.examples)).collect()
}

/// One request that was approved, by the book, and one that is pending.
async fn by_the_book(s: &mut Session, w: &World) -> (RequestNumber, RequestNumber) {
    let number = submit(s, w, "Month-end").await;
    record(s, number, 1, "request_submitted").await;
    vote(s, w, number).await;
    grant(s, number, None).await;
    record(s, number, 2, "approved").await;
    let pending = submit_of(s, w, w.admin.id).await;
    record(s, pending, 1, "request_submitted").await;
    (number, pending)
}

#[tokio::test]
async fn nothing_is_broken_by_what_is_done_in_order() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        assert_eq!(broken(&mut s).await, [], "an empty database");
        let w = world(&mut s).await;
        by_the_book(&mut s, &w).await;
        assert_eq!(broken(&mut s).await, []);
    }
}

#[tokio::test]
async fn what_is_broken_is_named_with_its_offenders() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let (_, pending) = by_the_book(&mut s, &w).await;
        s.commit().await.expect("commit");
        let example = |number: RequestNumber| vec![number.0.to_string()];

        // A version that the record does not know of.
        let mut s = bench.store.write().await.expect("write");
        let silent = submit(&mut s, &w, "Again").await;
        assert_eq!(broken(&mut s).await, [("I03", example(silent))]);
        // Approved without a vote, and no event authorised the grant.
        grant(&mut s, silent, None).await;
        let found = [("I03", example(silent)), ("I06", example(silent)), ("I12", example(silent))];
        assert_eq!(broken(&mut s).await, found);

        // Nothing of that was committed; now somebody votes on their own request.
        let mut s = bench.again(s).await;
        let own = Vote { person: w.admin.id, verdict: Verdict::Approve, step: 0, at: START, comment: None };
        requests::record_vote(&mut s, pending, &own, "Ada").await.expect("vote");
        assert_eq!(broken(&mut s).await, [("I05v", example(pending))]);

        // The beneficiary goes, and with them the last admin, while their request is open and they are logged in.
        let mut s = bench.again(s).await;
        people::update(&mut s, &Person { active: false, ..w.admin.clone() }).await.expect("deactivate");
        login::begin_session(&mut s, b"hash", w.admin.id, Timestamp(START.0 + 9), "", "").await.expect("session");
        let (person, ends_at) = (w.admin.id, Timestamp(START.0 + 9));
        let link = login::NewLink { person, email: &w.admin.email, purpose: "reset", shown_by: None, ends_at };
        login::put_link(&mut s, b"link", link).await.expect("link");
        let names: Vec<_> = broken(&mut s).await.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["I10", "I25", "I25l", "I26"]);

        // A link that goes elsewhere than its person is.
        let mut s = bench.again(s).await;
        let link = login::NewLink { person, email: "typo@x.test", purpose: "reset", shown_by: None, ends_at };
        login::put_link(&mut s, b"link", link).await.expect("link");
        assert_eq!(broken(&mut s).await, [("I25l", vec!["0".to_owned()])]);

        // What has to be confirmed is not where administrators look, and the requester confirmed it.
        let mut s = bench.again(s).await;
        let state = State::Unconfirmed { step: 0, doubt: Doubt::Directory(w.admin.id), flight: None };
        let before = requests::load(&mut s, pending, true).await.expect("load").expect("there").request;
        let change = requests::Change {
            state: &state,
            lane: Lane::Others,
            waiting: requests::Waiting::default(),
            expires_at: before.expires_at,
            decision: None,
        };
        requests::save(&mut s, &before, &change).await.expect("save");
        record(&mut s, pending, 2, "confirmation_needed").await;
        assert_eq!(broken(&mut s).await, [("confirm", example(pending))]);
        let own =
            Event { kind: "confirmed", actor: Some((w.admin.id, "Ada")), request: Some(pending), ..Event::default() };
        audit::record(&mut s, &own).await.expect("record");
        assert_eq!(broken(&mut s).await, [("confirm", example(pending)), ("confirmed", example(pending))]);

        let mut s = bench.again(s).await;
        resources::remove(&mut s, w.resource.id).await.expect("remove");
        assert_eq!(broken(&mut s).await, [("I10", example(pending))], "an open request for what is removed");
        assert_eq!(broken(&mut bench.again(s).await).await, [], "nothing of it was committed");
    }
}

#[tokio::test]
async fn a_grant_that_outlives_its_end_is_named_after_a_minute() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        record(&mut s, number, 1, "request_submitted").await;
        vote(&mut s, &w, number).await;
        let ends = grant(&mut s, number, Some(Timestamp(START.0 + 10))).await;
        record(&mut s, number, 2, "approved").await;
        let mut s = bench.next(s, 10 + 60_000_000).await;
        assert_eq!(broken(&mut s).await, []);
        let mut s = bench.next(s, 11 + 60_000_000).await;
        assert_eq!(broken(&mut s).await, [("I14", vec![number.0.to_string()])]);
        store::grants::end_due(&mut s, ends).await.expect("end");
        assert_eq!(broken(&mut s).await, []);
    }
}
