//! Credentials, sessions, links, failures.

use crate::support::{START, engines, world};
use domain::ids::PersonId;
use domain::time::Timestamp;
use std::sync::atomic::Ordering;
use store::directory::people::{self, Person};
use store::login;

const MINUTE: i64 = 60_000_000;

#[tokio::test]
async fn a_session_lives_while_its_person_is_active_and_it_is_used() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let ends = Timestamp(START.0 + 100 * MINUTE);
        login::begin_session(&mut s, b"hash", w.admin.id, ends, "127.0.0.1", "test").await.expect("begin");
        let live = login::live_session(&mut s, b"hash", MINUTE).await.expect("read").expect("live");
        assert!(live.actor.admin);
        assert!(login::live_session(&mut s, b"hash", 0).await.expect("read").is_none(), "idle");
        s.commit().await.expect("commit");
        bench.hand.store(START.0 + 50 * MINUTE, Ordering::SeqCst);
        let mut s = bench.store.write().await.expect("write");
        for after in [50, 20] {
            let used_at = Timestamp(START.0 + after * MINUTE);
            login::touch_session(&mut s, b"hash", used_at).await.expect("touch");
        }
        assert!(login::live_session(&mut s, b"hash", 30 * MINUTE).await.expect("read").is_some());
        s.commit().await.expect("commit");
        bench.hand.store(START.0 + 100 * MINUTE, Ordering::SeqCst);
        let mut s = bench.store.write().await.expect("write");
        assert!(login::live_session(&mut s, b"hash", i64::MAX / 2).await.expect("read").is_none(), "over");
        let owner = login::session_owner(&mut s, b"hash").await.expect("read");
        assert_eq!(owner, Some(w.admin.id), "whose it was is still known");
        assert_eq!(login::session_owner(&mut s, b"other").await.expect("read"), None);
        login::sweep(&mut s).await.expect("sweep");
        assert!(!login::end_session(&mut s, b"hash").await.expect("end"), "swept");
    }
}

#[tokio::test]
async fn other_sessions_end_and_one_stays() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        for hash in [b"one", b"two"] {
            login::begin_session(&mut s, hash, w.admin.id, Timestamp(START.0 + MINUTE), "", "").await.expect("begin");
        }
        login::end_sessions_of(&mut s, w.admin.id, Some(b"two")).await.expect("end");
        assert!(login::live_session(&mut s, b"one", i64::MAX / 2).await.expect("read").is_none());
        assert!(login::live_session(&mut s, b"two", i64::MAX / 2).await.expect("read").is_some());
    }
}

#[tokio::test]
async fn a_link_is_used_once_and_replaced_by_the_next() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let ends = Timestamp(START.0 + MINUTE);
        login::put_link(&mut s, b"first", link(&w.admin, None, ends)).await.expect("put");
        login::put_link(&mut s, b"second", link(&w.admin, None, ends)).await.expect("put");
        assert_eq!(login::use_link(&mut s, b"first").await.expect("use"), None, "replaced");
        assert_eq!(login::link_owner(&mut s, b"second").await.expect("look"), Some(w.admin.id));
        let used = login::Used { person: w.admin.id, shown_by: None };
        assert_eq!(login::use_link(&mut s, b"second").await.expect("use"), Some(used));
        assert_eq!(login::use_link(&mut s, b"second").await.expect("use"), None, "once");
    }
}

fn link(person: &Person, shown_by: Option<PersonId>, ends_at: Timestamp) -> login::NewLink<'_> {
    let purpose = if shown_by.is_some() { "shown" } else { "reset" };
    login::NewLink { person: person.id, email: &person.email, purpose, shown_by, ends_at }
}

/// Whoever writes a person, and by whatever statement: links end, and where rights fall sessions, and nothing revives with what
/// was before.
#[tokio::test]
async fn links_end_with_address_activity_and_admin_mark() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let ends = Timestamp(START.0 + MINUTE);
        let was = w.requester.clone();
        let changed = [
            (Person { email: "other@x.test".to_owned(), ..was.clone() }, true),
            (Person { active: false, ..was.clone() }, false),
            (Person { admin: true, ..was.clone() }, true),
            // Nothing of the three.
            (Person { name: "Another Name".to_owned(), ..was.clone() }, true),
        ];
        for (index, (after, stays)) in changed.iter().enumerate() {
            for by_import in [false, true] {
                if by_import && after.email != was.email {
                    // The address is what an import finds people by.
                    continue;
                }
                let token = format!("{index}{by_import}");
                login::put_link(&mut s, token.as_bytes(), link(&was, None, ends)).await.expect("put");
                login::begin_session(&mut s, token.as_bytes(), was.id, ends, "", "").await.expect("begin");
                for now in [after, &was] {
                    if by_import {
                        people::put(&mut s, std::slice::from_ref(now)).await.expect("put");
                    } else {
                        people::update(&mut s, now).await.expect("update");
                    }
                }
                let owner = login::link_owner(&mut s, token.as_bytes()).await.expect("look");
                assert_eq!(owner.is_some(), index == 3, "{after:?}");
                // The admin mark went again, so its session did.
                let live = login::live_session(&mut s, token.as_bytes(), i64::MAX / 2).await.expect("read");
                assert_eq!(live.is_some(), *stays && index != 2, "{after:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_link_is_good_only_at_the_address_that_it_went_to() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let elsewhere = Person { email: "typo@x.test".to_owned(), ..w.admin.clone() };
        login::put_link(&mut s, b"typo", link(&elsewhere, None, Timestamp(START.0 + MINUTE))).await.expect("put");
        assert_eq!(login::link_owner(&mut s, b"typo").await.expect("look"), None);
        assert_eq!(login::use_link(&mut s, b"typo").await.expect("use"), None);
    }
}

#[tokio::test]
async fn who_let_somebody_in_is_known_until_they_set_a_password_otherwise() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let (who, by) = (w.requester.id, w.admin.id);
        assert!(!login::ever_in(&mut s, who).await.expect("read"));
        login::put_link(&mut s, b"l", link(&w.requester, Some(by), Timestamp(START.0 + 1))).await.expect("put");
        let used = login::use_link(&mut s, b"l").await.expect("use").expect("usable");
        assert_eq!(used.shown_by, Some(by));
        login::set_password(&mut s, who, "a", used.shown_by).await.expect("set");
        login::change_password(&mut s, who, "b").await.expect("change");
        let known = people::influence(&mut s, START).await.expect("read");
        assert_eq!((known.let_in, known.readdressed), (vec![(who, by)], Vec::new()));
        assert_eq!(login::hold_password(&mut s, who).await.expect("read").as_deref(), Some("b"));
        login::set_password(&mut s, who, "c", None).await.expect("set");
        assert_eq!(people::influence(&mut s, START).await.expect("read"), people::Influence::default());
        assert!(login::ever_in(&mut s, who).await.expect("read"));
    }
}

#[tokio::test]
async fn passwords_and_failures_are_kept() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert_eq!(login::password(&mut s, w.admin.id).await.expect("read"), None);
        login::set_password(&mut s, w.admin.id, "a", None).await.expect("set");
        login::set_password(&mut s, w.admin.id, "b", None).await.expect("set");
        assert_eq!(login::password(&mut s, w.admin.id).await.expect("read").as_deref(), Some("b"));
        let none = login::failures(&mut s, "account:x", MINUTE).await.expect("read");
        assert_eq!(none, login::Failures::default());
        let some = login::Failures { count: 3, blocked_until: Timestamp(START.0 + 5) };
        login::set_failures(&mut s, "account:x", some).await.expect("set");
        assert_eq!(login::failures(&mut s, "account:x", MINUTE).await.expect("read"), some);
        s.commit().await.expect("commit");
        bench.hand.store(START.0 + 2 * MINUTE, Ordering::SeqCst);
        let mut s = bench.store.write().await.expect("write");
        assert_eq!(login::failures(&mut s, "account:x", MINUTE).await.expect("read").count, 0, "forgotten");
    }
}

#[tokio::test]
async fn who_acts_is_read_with_their_session() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let ends = Timestamp(START.0 + 100 * MINUTE);
        login::begin_session(&mut s, b"mine", w.admin.id, ends, "", "").await.expect("begin");
        let without = login::acting(&mut s, w.admin.id, None, 0).await.expect("read").expect("known");
        assert!(without.active && without.actor.admin, "the command line has no session");
        let with = login::acting(&mut s, w.admin.id, Some(b"mine"), MINUTE).await.expect("read");
        assert_eq!(with, Some(without));
        assert_eq!(login::acting(&mut s, w.admin.id, Some(b"mine"), 0).await.expect("read"), None, "idle");
        assert_eq!(login::acting(&mut s, w.admin.id, Some(b"other"), MINUTE).await.expect("read"), None, "unknown");
        assert_eq!(
            login::acting(&mut s, w.requester.id, Some(b"mine"), MINUTE).await.expect("read"),
            None,
            "not theirs"
        );
        let gone = store::directory::people::Person { active: false, ..w.admin.clone() };
        store::directory::people::update(&mut s, &gone).await.expect("update");
        // Theirs has ended with it; one that came to be all the same says that they are not active.
        assert_eq!(login::acting(&mut s, w.admin.id, Some(b"mine"), MINUTE).await.expect("read"), None, "ended");
        login::begin_session(&mut s, b"mine", w.admin.id, ends, "", "").await.expect("begin");
        let off = login::acting(&mut s, w.admin.id, Some(b"mine"), MINUTE).await.expect("read").expect("known");
        assert!(!off.active);
        login::end_session(&mut s, b"mine").await.expect("end");
        assert_eq!(login::acting(&mut s, w.admin.id, Some(b"mine"), MINUTE).await.expect("read"), None, "ended");
    }
}

#[tokio::test]
async fn whether_a_bucket_is_blocked_is_read_without_a_write() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        login::failures(&mut s, "account:x", MINUTE).await.expect("made");
        let blocked = login::Failures { count: 3, blocked_until: Timestamp(START.0 + 5) };
        login::set_failures(&mut s, "account:x", blocked).await.expect("set");
        s.commit().await.expect("commit");
        let mut s = bench.store.read().await.expect("read");
        assert_eq!(login::blocked_until(&mut s, "account:x").await.expect("read"), Timestamp(START.0 + 5));
        assert_eq!(login::blocked_until(&mut s, "account:y").await.expect("read"), Timestamp(0), "never tried");
    }
}

#[tokio::test]
async fn a_pace_lets_a_burst_through_and_then_one_at_a_time() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        for act in 0..3 {
            assert_eq!(login::pace(&mut s, "acts:x", MINUTE, 3).await.expect("count"), None, "{act}");
        }
        for _ in 0..2 {
            let wait = login::pace(&mut s, "acts:x", MINUTE, 3).await.expect("count");
            assert_eq!(wait, Some(MINUTE), "what is refused is not counted");
        }
        assert_eq!(login::pace(&mut s, "acts:y", MINUTE, 3).await.expect("count"), None, "each for itself");
        let mut s = bench.next(s, MINUTE).await;
        assert_eq!(login::pace(&mut s, "acts:x", MINUTE, 3).await.expect("count"), None, "one is paid for");
        assert_eq!(login::pace(&mut s, "acts:x", MINUTE, 3).await.expect("count"), Some(MINUTE));
        let mut s = bench.next(s, 4 * MINUTE).await;
        for act in 0..3 {
            assert_eq!(login::pace(&mut s, "acts:x", MINUTE, 3).await.expect("count"), None, "all are: {act}");
        }
        assert!(login::pace(&mut s, "acts:x", MINUTE, 3).await.expect("count").is_some());
        // A clock that was set back by a day.
        s.commit().await.expect("commit");
        bench.hand.store(START.0 - 24 * 60 * MINUTE, Ordering::SeqCst);
        let mut s = bench.store.write().await.expect("write");
        let wait = login::pace(&mut s, "acts:x", MINUTE, 3).await.expect("count");
        assert_eq!(wait, None, "nobody waits for a day");
    }
}
