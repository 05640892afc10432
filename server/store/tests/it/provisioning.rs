//! Calls to targets: their order, their leases and their ends.

use crate::support::{Bench, START, World, engines, submit, submit_of, world};
use domain::connector::{CallAction, ConnectorKind};
use domain::ids::{CallId, ConnectorId, PersonId, RequestNumber};
use domain::time::Timestamp;
use store::connectors::{self, Connector, Secret};
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
    NewCall { request, action, key: key.to_owned(), connector, group, person, ends_at: None }
}

async fn claim(s: &mut Session) -> Vec<CallId> {
    provisioning::claim(s, 9, 100).await.expect("claim").into_iter().map(|call| call.id).collect()
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
        let claimed = provisioning::claim(&mut s, 9, 100).await.expect("claim");
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
        assert!(provisioning::again_at(&mut s, id, Timestamp(START.0 + 2_000), "503").await.expect("again"));
        assert_eq!(states(&mut s, number).await, [line("grant", "waiting", 1, Some("503"))]);
        assert_eq!(provisioning::next_due(&mut s).await.expect("due"), at(2_000));
        let mut s = bench.next(s, 1_999).await;
        assert_eq!(claim(&mut s).await, [], "not before");
        let mut s = bench.next(s, 2_000).await;
        let claimed = provisioning::claim(&mut s, 9, 100).await.expect("claim");
        assert_eq!(claimed.iter().map(|call| (call.id, call.attempts)).collect::<Vec<_>>(), [(id, 1)]);
        assert!(provisioning::finish(&mut s, id, "done", true, None).await.expect("finish"));
        assert_eq!(states(&mut s, number).await, [line("grant", "done", 2, None)]);
        let lines = provisioning::of_request(&mut s, number).await.expect("calls");
        assert_eq!((lines[0].connector.as_str(), lines[0].at), ("Okta", START.0 + 2_000), "when it ended");
        assert!(!provisioning::finish(&mut s, id, "failed", true, Some("late")).await.expect("finish"), "over");
        assert!(!provisioning::again_at(&mut s, id, Timestamp(START.0 + 9_000), "late").await.expect("again"), "over");
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
        let first = provisioning::claim(&mut s, 1, 100).await.expect("claim");
        assert_eq!(first.iter().map(|call| call.id).collect::<Vec<_>>(), [grant], "the limit holds");
        assert_eq!(claim(&mut s).await, [other], "the second waits for the first, nobody else does");
        assert!(provisioning::finish(&mut s, grant, "refused", true, Some("404")).await.expect("finish"));
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
        assert!(provisioning::finish(&mut s, grant, "done", true, None).await.expect("finish"));
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
        assert!(provisioning::finish(&mut s, grant, "failed", true, Some("503")).await.expect("finish"));
        assert!(provisioning::may_have_granted(&mut s, number).await.expect("granted"), "a failure says nothing");
        let undo = provisioning::insert(&mut s, &call(&w, scim, number, CallAction::Undo, "b")).await.expect("insert");
        assert!(provisioning::may_have_granted(&mut s, number).await.expect("granted"), "not undone yet");
        assert!(provisioning::finish(&mut s, undo, "done", true, None).await.expect("finish"));
        assert!(!provisioning::may_have_granted(&mut s, number).await.expect("granted"));
        assert!(!provisioning::may_have_granted(&mut s, RequestNumber(99)).await.expect("granted"));

        let hook = Connector::new("Hook", ConnectorKind::Webhook, "https://hook.x.test", Secret::new("whsec"));
        connectors::put(&mut s, &hook).await.expect("connector");
        assert_eq!(provisioning::last_connector(&mut s, number).await.expect("connector"), Some(scim));
        provisioning::insert(&mut s, &call(&w, hook.id, number, CallAction::Revoke, "c")).await.expect("insert");
        assert_eq!(provisioning::last_connector(&mut s, number).await.expect("connector"), Some(scim), "of a grant");
        provisioning::insert(&mut s, &call(&w, hook.id, number, CallAction::Grant, "d")).await.expect("insert");
        assert_eq!(provisioning::last_connector(&mut s, number).await.expect("connector"), Some(hook.id));
    }
}

#[tokio::test]
async fn a_revocation_that_is_stuck_is_shown_and_revived() {
    for bench in engines().await {
        let (mut s, w, scim, number) = target(&bench).await;
        let of = |person: PersonId, action, key: &str| NewCall { person, ..call(&w, scim, number, action, key) };
        let mut ids = Vec::new();
        for (person, action, key, state) in [
            (w.requester.id, CallAction::Revoke, "a", "refused"),
            (w.manager.id, CallAction::Revoke, "b", "failed"),
            (w.admin.id, CallAction::Revoke, "c", "done"),
            (w.admin.id, CallAction::Undo, "d", "failed"),
        ] {
            let id = provisioning::insert(&mut s, &of(person, action, key)).await.expect("insert");
            assert!(provisioning::finish(&mut s, id, state, true, Some("409")).await.expect("finish"));
            ids.push(id);
        }
        let stuck = provisioning::stuck_revokes(&mut s, 9).await.expect("stuck");
        let people: Vec<_> = stuck.iter().map(|line| (line.person.as_str(), line.state.as_str())).collect();
        assert_eq!(people, [("Max Müller", "failed"), ("Rita Örsted", "refused")], "newest first");
        assert_eq!(provisioning::stuck_revokes(&mut s, 1).await.expect("stuck"), stuck[..1]);
        assert_eq!(claim(&mut s).await, []);
        let mut s = bench.next(s, 50).await;
        assert_eq!(provisioning::revive(&mut s, ids[0]).await.expect("revive"), Some(number));
        assert_eq!(provisioning::revive(&mut s, ids[0]).await.expect("revive"), None, "it waits already");
        for over in [ids[2], ids[3], CallId(store::new_id())] {
            assert_eq!(provisioning::revive(&mut s, over).await.expect("revive"), None, "no revocation that is stuck");
        }
        assert_eq!(provisioning::stuck_revokes(&mut s, 9).await.expect("stuck"), stuck[..1]);
        assert_eq!(provisioning::next_due(&mut s).await.expect("due"), at(50), "now");
        let claimed = provisioning::claim(&mut s, 9, 100).await.expect("claim");
        assert_eq!(claimed.iter().map(|call| (call.id, call.attempts)).collect::<Vec<_>>(), [(ids[0], 0)], "anew");
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
        assert!(provisioning::finish(&mut s, id, "done", true, None).await.expect("finish"));
        assert_eq!(provisioning::end_leases(&mut s).await.expect("ended"), 0);
    }
}
