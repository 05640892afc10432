//! Calls to targets: their order, their leases and their ends.

use crate::support::{Bench, START, World, engines, submit, submit_of, world};
use domain::connector::{CallAction, ConnectorKind};
use domain::ids::{CallId, ConnectorId, RequestNumber};
use domain::time::Timestamp;
use store::connectors::{self, Connector, Secret};
use store::provisioned::Key;
use store::provisioning::{self, NewCall};
use store::{Error, Session};

fn at(after: i64) -> Option<Timestamp> {
    Some(Timestamp(START.0 + after))
}

/// The world with a connector that gives its group, and a request.
async fn target(bench: &Bench) -> (Session, World, ConnectorId, RequestNumber) {
    let mut s = bench.store.write().await.expect("write");
    let w = world(&mut s).await;
    let scim = Connector::new("Okta", ConnectorKind::Scim, "https://scim.x.test", Secret::new("token"));
    connectors::put(&mut s, &scim).await.expect("connector");
    connectors::bind_group(&mut s, w.group.id, Some(scim.id), "ext-1").await.expect("bind");
    let number = submit(&mut s, &w, "Month-end").await;
    (s, w, scim.id, number)
}

fn call(w: &World, connector: ConnectorId, request: RequestNumber, action: CallAction, key: &str) -> NewCall {
    let (group, person) = (w.group.id, w.requester.id);
    NewCall { request, action, key: key.to_owned(), connector, external_id: None, group, person, ends_at: None }
}

async fn claim(s: &mut Session) -> Vec<CallId> {
    provisioning::claim(s, None, 9, 100).await.expect("claim").into_iter().map(|call| call.id).collect()
}

/// Ends a call as the worker that holds it, whenever it was taken.
async fn finish(s: &mut Session, id: CallId, state: &str, said: Option<&str>) -> bool {
    for held in [0, START.0 + 100, START.0 + 2_100] {
        if provisioning::finish(s, (id, Timestamp(held)), state, true, said).await.expect("finish") {
            return true;
        }
    }
    false
}

async fn states(s: &mut Session, number: RequestNumber) -> Vec<(String, String, i32, Option<String>)> {
    let lines = provisioning::of_request(s, number).await.expect("calls");
    lines.into_iter().map(|line| (line.action, line.state, line.attempts, line.said)).collect()
}

fn line(action: &str, state: &str, attempts: i32, said: Option<&str>) -> (String, String, i32, Option<String>) {
    (action.to_owned(), state.to_owned(), attempts, said.map(str::to_owned))
}

#[tokio::test]
async fn a_call_is_claimed_with_what_the_target_is_told() {
    for bench in engines().await {
        let (mut s, w, scim, number) = target(&bench).await;
        assert_eq!(provisioning::next_due(&mut s).await.expect("due"), None);
        let new = NewCall { ends_at: at(900), ..call(&w, scim, number, CallAction::Grant, "1/grant") };
        let id = provisioning::insert(&mut s, &new).await.expect("insert");
        assert_eq!(provisioning::next_due(&mut s).await.expect("due"), at(0));
        let claimed = provisioning::claim(&mut s, None, 9, 100).await.expect("claim");
        let [call] = claimed.as_slice() else { panic!("{claimed:?}") };
        assert_eq!((call.id, call.request, call.action, call.key.as_str()), (id, number, CallAction::Grant, "1/grant"));
        assert_eq!((call.connector, call.active, call.kind), (scim, true, ConnectorKind::Scim));
        assert_eq!((call.url.as_str(), call.secret.reveal()), ("https://scim.x.test", "token"));
        assert_eq!(
            (call.group, call.group_name.as_str(), call.external_id.as_str()),
            (w.group.id, "netsuite-users", "ext-1")
        );
        assert_eq!(
            (call.person, call.email.as_str(), call.name.as_str()),
            (w.requester.id, "rita@x.test", "Rita Örsted")
        );
        assert_eq!((call.resource.as_str(), call.ends_at, call.attempts), ("NetSuite", at(900), 0));
        assert_eq!(Some(call.created_at), at(0));
        assert_eq!(provisioning::next_due(&mut s).await.expect("due"), at(100), "when the lease ends");
        assert_eq!(claim(&mut s).await, [], "leased");
        let mut s = bench.next(s, 99).await;
        assert_eq!(claim(&mut s).await, [], "leased still");
        let mut s = bench.next(s, 100).await;
        assert_eq!(claim(&mut s).await, [id], "the lease is over");
        s.commit().await.expect("commit");
        let mut s = bench.store.write().await.expect("write");
        let twin = provisioning::insert(&mut s, &new).await;
        assert!(matches!(twin, Err(Error::Conflict(_))), "one key, one call");
    }
}

#[tokio::test]
async fn a_call_waits_for_its_next_attempt_and_ends_once() {
    for bench in engines().await {
        let (mut s, w, scim, number) = target(&bench).await;
        let id = provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Grant, "a")).await.expect("insert");
        claim(&mut s).await;
        assert!(
            provisioning::again_at(&mut s, (id, Timestamp(START.0 + 100)), Timestamp(START.0 + 2_000), true, "503")
                .await
                .expect("again")
        );
        assert_eq!(states(&mut s, number).await, [line("grant", "waiting", 1, Some("503"))]);
        assert_eq!(provisioning::next_due(&mut s).await.expect("due"), at(2_000));
        let mut s = bench.next(s, 1_999).await;
        assert_eq!(claim(&mut s).await, [], "not before");
        let mut s = bench.next(s, 2_000).await;
        let claimed = provisioning::claim(&mut s, None, 9, 100).await.expect("claim");
        assert_eq!(claimed.iter().map(|call| (call.id, call.attempts)).collect::<Vec<_>>(), [(id, 1)]);
        assert!(finish(&mut s, id, "done", None).await);
        assert_eq!(states(&mut s, number).await, [line("grant", "done", 2, None)]);
        let lines = provisioning::of_request(&mut s, number).await.expect("calls");
        assert_eq!((lines[0].connector.as_str(), lines[0].at), ("Okta", START.0 + 2_000), "when it ended");
        assert!(!finish(&mut s, id, "failed", Some("late")).await, "over");
        assert!(
            !provisioning::again_at(&mut s, (id, Timestamp(0)), Timestamp(START.0 + 9_000), true, "late")
                .await
                .expect("again"),
            "over"
        );
        assert_eq!(states(&mut s, number).await, [line("grant", "done", 2, None)]);
        assert_eq!(provisioning::next_due(&mut s).await.expect("due"), None);
        assert_eq!(provisioning::of_request(&mut s, RequestNumber(99)).await.expect("calls"), []);
    }
}

#[tokio::test]
async fn calls_for_one_membership_keep_their_order() {
    for bench in engines().await {
        let (mut s, w, scim, number) = target(&bench).await;
        let others = submit_of(&mut s, &w, w.manager.id).await;
        let grant =
            provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Grant, "a")).await.expect("insert");
        let revoke =
            provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Revoke, "b")).await.expect("insert");
        let of_manager = NewCall { person: w.manager.id, ..call(&w, scim, others, CallAction::Grant, "c") };
        let other = provisioning::insert(&mut s, &of_manager).await.expect("insert");
        let first = provisioning::claim(&mut s, None, 1, 100).await.expect("claim");
        assert_eq!(first.iter().map(|call| call.id).collect::<Vec<_>>(), [grant], "the limit holds");
        assert_eq!(claim(&mut s).await, [other], "the second waits for the first, nobody else does");
        assert!(finish(&mut s, grant, "refused", Some("404")).await);
        assert_eq!(claim(&mut s).await, [revoke]);
        let lines = [line("grant", "refused", 1, Some("404")), line("revoke", "waiting", 0, None)];
        assert_eq!(states(&mut s, number).await, lines, "oldest first, of the request only");
    }
}

#[tokio::test]
async fn a_grant_drops_the_revocation_that_nobody_has_taken_yet() {
    for bench in engines().await {
        let (mut s, w, scim, number) = target(&bench).await;
        provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Revoke, "a")).await.expect("insert");
        let of_manager = NewCall { person: w.manager.id, ..call(&w, scim, number, CallAction::Revoke, "b") };
        provisioning::insert(&mut s, &of_manager).await.expect("insert");
        let grant =
            provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Grant, "c")).await.expect("insert");
        let dropped = line("revoke", "dropped", 0, Some("something else was wanted since"));
        let waiting = |action| line(action, "waiting", 0, None);
        assert_eq!(states(&mut s, number).await, [dropped.clone(), waiting("revoke"), waiting("grant")]);
        assert!(finish(&mut s, grant, "done", None).await);
        // What a worker has taken may have happened: it is done in its order.
        provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Revoke, "d")).await.expect("insert");
        assert_eq!(claim(&mut s).await.len(), 2);
        provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Grant, "e")).await.expect("insert");
        let lines = states(&mut s, number).await;
        assert_eq!(lines[3..], [waiting("revoke"), waiting("grant")]);
        assert_eq!(claim(&mut s).await, []);
    }
}

#[tokio::test]
async fn a_target_may_have_granted_from_its_first_attempt_until_it_was_undone() {
    for bench in engines().await {
        let (mut s, w, scim, number) = target(&bench).await;
        assert!(!provisioning::may_have_granted(&mut s, number).await.expect("granted"));
        assert_eq!(provisioning::last_connector(&mut s, number).await.expect("connector"), None);
        let grant =
            provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Grant, "a")).await.expect("insert");
        assert!(!provisioning::may_have_granted(&mut s, number).await.expect("granted"), "nobody asked it yet");
        claim(&mut s).await;
        assert!(provisioning::may_have_granted(&mut s, number).await.expect("granted"), "somebody may be asking it");
        assert!(finish(&mut s, grant, "failed", Some("503")).await);
        assert!(provisioning::may_have_granted(&mut s, number).await.expect("granted"), "a failure says nothing");
        let undo = provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Undo, "b")).await.expect("insert");
        assert!(provisioning::may_have_granted(&mut s, number).await.expect("granted"), "not undone yet");
        assert!(finish(&mut s, undo, "done", None).await);
        assert!(!provisioning::may_have_granted(&mut s, number).await.expect("granted"));
        assert!(!provisioning::may_have_granted(&mut s, RequestNumber(99)).await.expect("granted"));

        let hook = Connector::new("Hook", ConnectorKind::Webhook, "https://hook.x.test", Secret::new("whsec"));
        connectors::put(&mut s, &hook).await.expect("connector");
        assert_eq!(
            provisioning::last_connector(&mut s, number).await.expect("connector"),
            Some((scim, "ext-1".to_owned()))
        );
        provisioning::insert(&mut s, &call(&w, hook.id, number, CallAction::Revoke, "c")).await.expect("insert");
        assert_eq!(
            provisioning::last_connector(&mut s, number).await.expect("connector"),
            Some((scim, "ext-1".to_owned())),
            "of a grant"
        );
        provisioning::insert(&mut s, &call(&w, hook.id, number, CallAction::Grant, "d")).await.expect("insert");
        assert_eq!(
            provisioning::last_connector(&mut s, number).await.expect("connector"),
            Some((hook.id, "ext-1".to_owned()))
        );
    }
}

#[tokio::test]
async fn what_takes_back_goes_first_and_one_connector_does_not_wait_for_another() {
    for bench in engines().await {
        let (mut s, w, scim, number) = target(&bench).await;
        let hook = Connector::new("Hook", ConnectorKind::Webhook, "https://hook.x.test", Secret::new("whsec"));
        connectors::put(&mut s, &hook).await.expect("connector");
        let grant =
            provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Grant, "a")).await.expect("insert");
        let of_manager = NewCall { person: w.manager.id, ..call(&w, scim, number, CallAction::Revoke, "b") };
        let revoke = provisioning::insert(&mut s, &of_manager).await.expect("insert");
        let other =
            provisioning::insert(&mut s, &call(&w, hook.id, number, CallAction::Revoke, "c")).await.expect("insert");
        let mut due = provisioning::due_connectors(&mut s).await.expect("due");
        due.sort_unstable();
        let mut both = vec![scim, hook.id];
        both.sort_unstable();
        assert_eq!(due, both);
        let mut taken = Vec::new();
        for connector in [Some(scim), Some(scim), Some(scim), Some(hook.id)] {
            let one = provisioning::claim(&mut s, connector, 1, 100).await.expect("claim");
            taken.extend(one.into_iter().map(|call| call.id));
        }
        assert_eq!(taken, [revoke, grant, other], "the same membership elsewhere waits for nobody");
        assert_eq!(provisioning::due_connectors(&mut s).await.expect("due"), []);
    }
}

#[tokio::test]
async fn the_result_of_a_worker_that_lost_its_lease_is_not_written() {
    for bench in engines().await {
        let (mut s, w, scim, number) = target(&bench).await;
        let id = provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Revoke, "a")).await.expect("insert");
        let first = provisioning::claim(&mut s, None, 1, 100).await.expect("claim").remove(0);
        let mut s = bench.next(s, 100).await;
        let second = provisioning::claim(&mut s, None, 1, 100).await.expect("claim").remove(0);
        assert_eq!((first.id, second.id), (id, id));
        let stale = (id, first.leased_until);
        assert!(!provisioning::finish(&mut s, stale, "done", true, None).await.expect("finish"));
        let later = Timestamp(START.0 + 900);
        assert!(!provisioning::again_at(&mut s, stale, later, true, "503").await.expect("again"));
        assert_eq!(states(&mut s, number).await, [line("revoke", "waiting", 0, None)]);
        let held = (id, second.leased_until);
        assert!(provisioning::again_at(&mut s, held, later, false, "off").await.expect("again"));
        assert_eq!(states(&mut s, number).await, [line("revoke", "waiting", 0, Some("off"))], "no attempt");
        assert_eq!(provisioning::hasten(&mut s, scim).await.expect("hasten"), 1);
        assert_eq!(provisioning::next_due(&mut s).await.expect("due"), at(100));
        let key = Key { group: w.group.id, person: w.requester.id, connector: scim, external_id: "ext-1".to_owned() };
        assert!(provisioning::hasten_one(&mut s, &key).await.expect("hasten"));
        let other = Key { external_id: "ext-2".to_owned(), ..key };
        assert!(!provisioning::hasten_one(&mut s, &other).await.expect("hasten"));
    }
}

#[tokio::test]
async fn whoever_is_alone_ends_all_leases_and_what_was_taken_may_have_happened() {
    for bench in engines().await {
        let (mut s, w, scim, number) = target(&bench).await;
        let id = provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Grant, "a")).await.expect("insert");
        assert_eq!(provisioning::end_leases(&mut s).await.expect("nothing is leased"), 0);
        assert!(!provisioning::may_have_granted(&mut s, number).await.expect("granted"));
        assert_eq!(claim(&mut s).await, [id]);
        assert_eq!(claim(&mut s).await, [], "leased");
        assert_eq!(provisioning::end_leases(&mut s).await.expect("ended"), 1);
        assert!(
            provisioning::may_have_granted(&mut s, number).await.expect("granted"),
            "its target may have been asked"
        );
        assert_eq!(claim(&mut s).await, [id]);
        assert!(finish(&mut s, id, "done", None).await);
        assert_eq!(provisioning::end_leases(&mut s).await.expect("ended"), 0);
    }
}
