//! Credentials, sessions, links, failures.

use crate::support::{START, engines, world};
use domain::time::Timestamp;
use std::sync::atomic::Ordering;
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
        login::touch_session(&mut s, b"hash").await.expect("touch");
        assert!(login::live_session(&mut s, b"hash", 30 * MINUTE).await.expect("read").is_some());
        s.commit().await.expect("commit");
        bench.hand.store(START.0 + 100 * MINUTE, Ordering::SeqCst);
        let mut s = bench.store.write().await.expect("write");
        assert!(login::live_session(&mut s, b"hash", i64::MAX / 2).await.expect("read").is_none(), "over");
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
        login::put_link(&mut s, b"first", w.admin.id, "reset", ends).await.expect("put");
        login::put_link(&mut s, b"second", w.admin.id, "reset", ends).await.expect("put");
        assert_eq!(login::use_link(&mut s, b"first").await.expect("use"), None, "replaced");
        assert_eq!(login::link_owner(&mut s, b"second").await.expect("look"), Some(w.admin.id));
        assert_eq!(login::use_link(&mut s, b"second").await.expect("use"), Some(w.admin.id));
        assert_eq!(login::use_link(&mut s, b"second").await.expect("use"), None, "once");
    }
}

#[tokio::test]
async fn passwords_and_failures_are_kept() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert_eq!(login::password(&mut s, w.admin.id).await.expect("read"), None);
        login::set_password(&mut s, w.admin.id, "a").await.expect("set");
        login::set_password(&mut s, w.admin.id, "b").await.expect("set");
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
        let off = login::acting(&mut s, w.admin.id, Some(b"mine"), MINUTE).await.expect("read").expect("known");
        assert!(!off.active);
        login::end_session(&mut s, b"mine").await.expect("end");
        assert_eq!(login::acting(&mut s, w.admin.id, Some(b"mine"), MINUTE).await.expect("read"), None, "ended");
    }
}
