//! What people want to hear, and their daily lists.

use crate::support::{START, engines, world};
use domain::ids::PersonId;
use domain::message::Preferences;
use domain::time::Timestamp;
use std::collections::HashMap;
use std::pin::pin;
use store::directory::people::{self, Person};
use store::{Error, Session, preferences};

fn at(after: i64) -> Timestamp {
    Timestamp(START.0 + after)
}

fn wants(silent: &[&str], digest: bool) -> Preferences {
    Preferences { silent: silent.iter().map(|kind| (*kind).to_owned()).collect(), digest }
}

async fn due(s: &mut Session) -> Vec<(PersonId, Option<String>)> {
    preferences::digests_due(s, 9).await.expect("due")
}

#[tokio::test]
async fn whoever_never_said_what_they_want_to_hear_wants_everything() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let people = [w.manager.id, w.requester.id, w.admin.id, PersonId(store::new_id())];
        assert_eq!(preferences::of(&mut s, w.manager.id).await.expect("read"), Preferences::default());
        assert_eq!(preferences::of_many(&mut s, &people).await.expect("read"), HashMap::new());
        let (quiet, list) = (wants(&["reminder", "request_decided"], false), wants(&[], true));
        preferences::put(&mut s, w.manager.id, &quiet, None).await.expect("put");
        preferences::put(&mut s, w.admin.id, &list, Some(at(100))).await.expect("put");
        assert_eq!(preferences::of(&mut s, w.manager.id).await.expect("read"), quiet);
        assert_eq!(preferences::of(&mut s, w.requester.id).await.expect("read"), Preferences::default());
        let said = HashMap::from([(w.manager.id, quiet.clone()), (w.admin.id, list)]);
        assert_eq!(preferences::of_many(&mut s, &people).await.expect("read"), said, "who never said is left out");
        let one = preferences::of_many(&mut s, &people[..2]).await.expect("read");
        assert_eq!(one, HashMap::from([(w.manager.id, quiet)]), "only those who are asked for");
        assert_eq!(preferences::of_many(&mut s, &[]).await.expect("read"), HashMap::new());
        preferences::put(&mut s, w.manager.id, &wants(&["digest"], true), None).await.expect("put again");
        let mut s = bench.next(s, 0).await;
        assert_eq!(preferences::of(&mut s, w.manager.id).await.expect("read"), wants(&["digest"], true));
        let unknown = preferences::put(&mut s, people[3], &Preferences::default(), None).await;
        assert!(matches!(unknown, Err(Error::Conflict(_))));
    }
}

#[tokio::test]
async fn a_daily_list_is_due_at_its_moment_until_the_next_is_set() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let zoned = Person { timezone: Some("Asia/Tokyo".to_owned()), ..w.admin.clone() };
        people::update(&mut s, &zoned).await.expect("zone");
        assert!(!preferences::any_digest_due(&mut s).await.expect("due"));
        preferences::put(&mut s, w.manager.id, &wants(&[], true), Some(at(200))).await.expect("put");
        preferences::put(&mut s, w.admin.id, &wants(&[], true), Some(at(100))).await.expect("put");
        preferences::put(&mut s, w.requester.id, &wants(&[], false), None).await.expect("put");
        let mut s = bench.next(s, 99).await;
        assert!(!preferences::any_digest_due(&mut s).await.expect("due"));
        assert_eq!(due(&mut s).await, [], "not before");
        let mut s = bench.next(s, 100).await;
        let (admin, manager) = ((w.admin.id, Some("Asia/Tokyo".to_owned())), (w.manager.id, None));
        assert!(preferences::any_digest_due(&mut s).await.expect("due"));
        assert_eq!(due(&mut s).await, std::slice::from_ref(&admin));
        let mut s = bench.next(s, 1_000).await;
        assert_eq!(due(&mut s).await, [admin.clone(), manager.clone()], "whoever waits longest comes first");
        assert_eq!(preferences::digests_due(&mut s, 1).await.expect("due"), [admin], "the limit holds");
        preferences::digest_next(&mut s, w.admin.id, at(2_000)).await.expect("next");
        assert_eq!(due(&mut s).await, [manager]);
        preferences::put(&mut s, w.manager.id, &wants(&[], false), None).await.expect("without a list");
        assert!(!preferences::any_digest_due(&mut s).await.expect("due"));
        for without in [w.manager.id, w.requester.id, PersonId(store::new_id())] {
            preferences::digest_next(&mut s, without, at(500)).await.expect("next");
        }
        assert_eq!(due(&mut s).await, [], "whoever wants no list gets none");
        let mut s = bench.next(s, 2_000).await;
        assert_eq!(due(&mut s).await.len(), 1);
        assert_eq!(preferences::of(&mut s, w.admin.id).await.expect("read"), wants(&[], true), "only the moment moved");
    }
}

#[tokio::test]
async fn nobody_else_finds_a_daily_list_until_the_next_is_set() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        preferences::put(&mut s, w.manager.id, &wants(&[], true), Some(at(0))).await.expect("put");
        let mut s = bench.next(s, 0).await;
        assert_eq!(due(&mut s).await, [(w.manager.id, None)]);
        let mut other = pin!(async {
            let mut s = bench.store.write().await.expect("write");
            due(&mut s).await
        });
        assert!(bench.meanwhile(other.as_mut()).await.is_none(), "it is held: {}", bench.url);
        preferences::digest_next(&mut s, w.manager.id, at(100)).await.expect("next");
        s.commit().await.expect("commit");
        assert_eq!(other.await, [], "{}", bench.url);
    }
}
