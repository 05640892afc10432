//! What was provisioned where, compared with what should be.

use crate::support::{Bench, START, World, engines, grant, submit, world};
use domain::connector::{CallAction, ConnectorKind, Provisioned, Seen};
use domain::ids::{CallId, ConnectorId, GroupId, PersonId, RequestNumber};
use domain::time::Timestamp;
use store::connectors::{self, Connector, Secret};
use store::directory::{groups, people};
use store::provisioned::{self, Key, Looked, Note, Scope, Sight};
use store::provisioning::{self, NewCall};
use store::{Session, grants};

/// The world with a connector that gives its group, and a membership that is there by a live grant.
async fn there(bench: &Bench) -> (Session, World, ConnectorId, RequestNumber, Key) {
    let mut s = bench.store.write().await.expect("write");
    let w = world(&mut s).await;
    let scim = Connector::new("Okta", ConnectorKind::Scim, "https://scim.x.test", Secret::new("token"));
    connectors::put(&mut s, &scim).await.expect("connector");
    connectors::bind_group(&mut s, w.group.id, Some(scim.id), "ext-1").await.expect("bind");
    let number = submit(&mut s, &w, "Month-end").await;
    let key = Key { group: w.group.id, person: w.requester.id, connector: scim.id, external_id: "ext-1".to_owned() };
    let id = provisioning::insert(&mut s, &call(&key, number, CallAction::Grant, "a")).await.expect("insert");
    let held = provisioning::claim(&mut s, None, 1, 100).await.expect("claim").remove(0);
    provisioned::tried(&mut s, &key).await.expect("tried");
    assert!(provisioning::finish(&mut s, (id, held.leased_until), "done", true, None).await.expect("finish"));
    let note = Note {
        state: Some(Provisioned::Present),
        person: Some("u-1"),
        group: Some("g-1"),
        seen: Some(Seen::List),
        ..Note::default()
    };
    provisioned::note(&mut s, &key, &note).await.expect("note");
    grant(&mut s, number, None).await;
    (s, w, scim.id, number, key)
}

fn call(key: &Key, request: RequestNumber, action: CallAction, name: &str) -> NewCall {
    let (connector, group, person) = (key.connector, key.group, key.person);
    let external_id = Some(key.external_id.clone());
    NewCall { request, action, key: name.to_owned(), connector, external_id, group, person, ends_at: None }
}

async fn owed(s: &mut Session, pair: (GroupId, PersonId)) -> Vec<Key> {
    let all = provisioned::not_wanted(s, Scope::All).await.expect("compared");
    let of_pair = provisioned::not_wanted(s, Scope::Pairs(&[pair])).await.expect("compared");
    assert_eq!(all, of_pair);
    all.into_iter().map(|owed| owed.key).collect()
}

async fn given(s: &mut Session, pair: (GroupId, PersonId)) -> Vec<Key> {
    let all = provisioned::not_given(s, Scope::All).await.expect("compared");
    let of_pair = provisioned::not_given(s, Scope::Pairs(&[pair])).await.expect("compared");
    assert_eq!(all, of_pair);
    all.into_iter().map(|owed| owed.key).collect()
}

#[tokio::test]
async fn whatever_ends_the_cause_makes_it_owed() {
    for bench in engines().await {
        let (s, w, scim, number, key) = there(&bench).await;
        s.commit().await.expect("commit");
        let pair = (w.group.id, w.requester.id);
        let hook = Connector::new("Hook", ConnectorKind::Webhook, "https://hook.x.test", Secret::new("whsec"));
        let mut s = bench.store.write().await.expect("write");
        connectors::put(&mut s, &hook).await.expect("connector");
        assert!(provisioned::should_be(&mut s, &key).await.expect("read"));
        assert_eq!((owed(&mut s, pair).await, given(&mut s, pair).await), (vec![], vec![]));
        s.commit().await.expect("commit");

        // The grant ends, and a membership covers it: not owed until that goes, too.
        let mut s = bench.store.write().await.expect("write");
        groups::add_imported(&mut s, &[pair]).await.expect("imported");
        grants::end_all_of(&mut s, w.requester.id, "revoked").await.expect("ended");
        assert_eq!(owed(&mut s, pair).await, []);
        groups::clear_imported(&mut s, w.group.id).await.expect("cleared");
        assert_eq!(owed(&mut s, pair).await, std::slice::from_ref(&key));
        assert!(!provisioned::should_be(&mut s, &key).await.expect("read"));

        // The person leaves; the membership that is imported stays a row and gives nothing.
        let mut s = bench.again(s).await;
        groups::add_imported(&mut s, &[pair]).await.expect("imported");
        let person = people::by_id(&mut s, w.requester.id).await.expect("read").expect("there");
        people::update(&mut s, &people::Person { active: false, ..person }).await.expect("left");
        assert_eq!(owed(&mut s, pair).await, std::slice::from_ref(&key));

        // The group is switched off.
        let mut s = bench.again(s).await;
        groups::set_active(&mut s, w.group.id, false).await.expect("off");
        assert_eq!((owed(&mut s, pair).await, given(&mut s, pair).await), (vec![key.clone()], vec![]));

        // It is bound elsewhere, or under another name, or to none: out where it was put in, in where it belongs.
        for (connector, name) in [(Some(hook.id), "ext-1"), (Some(scim), "ext-2"), (None, "")] {
            s = bench.again(s).await;
            connectors::bind_group(&mut s, w.group.id, connector, name).await.expect("bind");
            assert_eq!(owed(&mut s, pair).await, std::slice::from_ref(&key), "{name}");
            let there = connector.map(|connector| Key { connector, external_id: name.to_owned(), ..key.clone() });
            assert_eq!(given(&mut s, pair).await, there.clone().into_iter().collect::<Vec<_>>(), "{name}");
            let Some(there) = there else { continue };
            provisioning::insert(&mut s, &call(&there, number, CallAction::Restore, "again")).await.expect("insert");
            assert_eq!(given(&mut s, pair).await, [], "it is being given");
            // Bound back before anybody asked: nothing to give, nothing to take.
            connectors::bind_group(&mut s, w.group.id, Some(scim), "ext-1").await.expect("bind");
            provisioned::drop_unwanted(&mut s, Scope::Pairs(&[pair])).await.expect("dropped");
            assert_eq!((owed(&mut s, pair).await, given(&mut s, pair).await), (vec![], vec![]), "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_stuck_is_tried_later_and_shown_and_settled() {
    for bench in engines().await {
        let (mut s, w, _, number, key) = there(&bench).await;
        let pair = (w.group.id, w.requester.id);
        grants::end_all_of(&mut s, w.requester.id, "revoked").await.expect("ended");
        let id = provisioning::insert(&mut s, &call(&key, number, CallAction::Revoke, "b")).await.expect("insert");
        assert_eq!(owed(&mut s, pair).await, [], "it is being taken back");
        let shown = provisioned::remaining(&mut s, 9).await.expect("read");
        assert_eq!((shown.len(), shown[0].call, shown[0].call_state.as_deref()), (1, Some(id.0), Some("waiting")));
        let call = provisioning::claim(&mut s, None, 1, 100).await.expect("claim").remove(0);
        assert_eq!((call.kept.person.as_deref(), call.kept.group.as_deref()), (Some("u-1"), Some("g-1")));
        assert_eq!((call.kept.seen, call.kept.was_there, call.kept.email), (Some(Seen::List), true, None));
        assert!(
            provisioning::finish(&mut s, (id, call.leased_until), "unconfirmed", true, Some("?")).await.expect("end")
        );
        assert!(!provisioned::settle(&mut s, &key).await.expect("settle"), "nobody tried and failed by what is kept");
        let note = Note {
            state: Some(Provisioned::Unconfirmed),
            said: Some("?"),
            repair_at: START.0 + 1_000,
            ..Note::default()
        };
        provisioned::note(&mut s, &key, &note).await.expect("note");
        assert_eq!(owed(&mut s, pair).await, [], "not before its time");
        assert_eq!(provisioned::differing(&mut s).await.expect("count"), (1, 0));
        assert!(provisioned::tell_again(&mut s, &key).await.expect("tell"));
        assert!(!provisioned::tell_again(&mut s, &key).await.expect("tell"), "once a day");
        assert_eq!(provisioned::named_by(&mut s, id).await.expect("read"), Some((key.clone(), number)));
        assert_eq!(provisioned::named_by(&mut s, CallId(store::new_id())).await.expect("read"), None);
        assert_eq!(provisioned::request_of(&mut s, &key).await.expect("read"), Some(number));
        let mut s = bench.next(s, 1_000).await;
        assert_eq!(owed(&mut s, pair).await, std::slice::from_ref(&key));
        assert!(provisioned::repair_now(&mut s, &key).await.expect("now"));
        provisioned::note(&mut s, &key, &note).await.expect("note");
        assert!(provisioned::settle(&mut s, &key).await.expect("settle"));
        assert!(!provisioned::settle(&mut s, &key).await.expect("settle"), "once");
        assert_eq!(provisioned::remaining(&mut s, 9).await.expect("read"), []);
        assert_eq!(owed(&mut s, pair).await, []);
        // Given anew it begins anew.
        let mut s = bench.next(s, 86_400 * 1_000_000 + 2_000).await;
        provisioned::want(&mut s, &self::call(&key, number, CallAction::Grant, "c")).await.expect("want");
        assert!(provisioned::tell_again(&mut s, &key).await.expect("tell"));
        assert!(!provisioned::settle(&mut s, &key).await.expect("settle"));
    }
}

#[tokio::test]
async fn who_has_another_address_since_is_known_by_the_ids_and_the_address_of_then() {
    for bench in engines().await {
        let (mut s, w, scim, number, key) = there(&bench).await;
        let person = people::by_id(&mut s, w.requester.id).await.expect("read").expect("there");
        people::update(&mut s, &people::Person { email: "new@x.test".to_owned(), ..person }).await.expect("moved");
        let mut moved = connectors::by_id(&mut s, scim).await.expect("read").expect("there");
        provisioning::insert(&mut s, &call(&key, number, CallAction::Revoke, "b")).await.expect("insert");
        let kept = provisioning::claim(&mut s, None, 1, 100).await.expect("claim").remove(0).kept;
        assert_eq!((kept.person.as_deref(), kept.email.as_deref()), (Some("u-1"), Some("rita@x.test")));
        assert_eq!(kept.elsewhere, None);
        // Somebody else has the address now, and the connector leads elsewhere.
        people::insert(&mut s, &people::Person::new("rita@x.test", "Another Rita")).await.expect("another");
        "https://other.x.test".clone_into(&mut moved.url);
        connectors::put(&mut s, &moved).await.expect("moved");
        let mut s = bench.next(s, 100).await;
        let kept = provisioning::claim(&mut s, None, 1, 100).await.expect("claim").remove(0).kept;
        assert_eq!((kept.email, kept.elsewhere.as_deref()), (None, Some("https://scim.x.test")));
    }
}

#[tokio::test]
async fn a_look_is_taken_once_and_keeps_what_was_seen() {
    for bench in engines().await {
        let (mut s, w, scim, number, key) = there(&bench).await;
        let since = Timestamp(START.0 - 1);
        assert_eq!(provisioned::look_connectors(&mut s, since).await.expect("due"), [scim]);
        let look = provisioned::take_look(&mut s, scim, since, 100).await.expect("take").expect("a look");
        assert_eq!(
            (look.group, look.external_id.as_str(), look.target_group.as_deref()),
            (w.group.id, "ext-1", Some("g-1"))
        );
        assert_eq!(look.known.len(), 1);
        let known = look.known[0].clone();
        assert_eq!(
            (known.target_person.as_deref(), known.state, known.should),
            (Some("u-1"), Provisioned::Present, true)
        );
        assert!(provisioned::take_look(&mut s, scim, since, 100).await.expect("take").is_none(), "leased");
        let missing = Sight { state: Provisioned::Unconfirmed, missing: true, seen: None, said: Some("gone") };
        assert!(provisioned::saw(&mut s, &key, known.revision, missing).await.expect("saw"));
        assert!(!provisioned::saw(&mut s, &key, known.revision, missing).await.expect("saw"), "it changed meanwhile");
        let extras = vec![("u-9".to_owned(), "Zoe".to_owned())];
        let seen = Looked { members: Some(1), extra_count: 1, extras, said: None };
        assert!(provisioned::looked(&mut s, &look, &seen).await.expect("looked"));
        assert!(!provisioned::looked(&mut s, &look, &seen).await.expect("looked"), "once");
        let shown = provisioned::differences(&mut s, 9).await.expect("read");
        assert_eq!((shown.len(), shown[0].missing, shown[0].said.as_deref()), (1, 1, Some("gone")));
        assert_eq!(provisioned::differing(&mut s).await.expect("count"), (0, 1));
        let extras = provisioned::extras(&mut s, 9).await.expect("read");
        assert_eq!((extras.len(), extras[0].member.as_str(), extras[0].display.as_str()), (1, "u-9", "Zoe"));
        assert_eq!(provisioned::look_connectors(&mut s, since).await.expect("due"), []);
        assert_eq!(provisioned::ask_for_looks(&mut s).await.expect("ask"), 1);
        let look = provisioned::take_look(&mut s, scim, since, 100).await.expect("take").expect("a look");
        let seen = Looked { said: Some("403".to_owned()), ..Looked::default() };
        assert!(provisioned::looked(&mut s, &look, &seen).await.expect("looked"));
        let unread = provisioned::unread(&mut s, 9).await.expect("read");
        assert_eq!(unread, [("Okta".to_owned(), "netsuite-users".to_owned(), "403".to_owned(), START.0)]);
        assert_eq!(provisioned::extras(&mut s, 9).await.expect("read"), []);
        // What is under way is not judged by what was seen.
        let look = look.known[0].revision;
        provisioning::insert(&mut s, &call(&key, number, CallAction::Revoke, "b")).await.expect("insert");
        assert!(!provisioned::saw(&mut s, &key, look, missing).await.expect("saw"));
    }
}
