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
        for after in [50, 20] {
            let used_at = Timestamp(START.0 + after * MINUTE);
            login::touch_session(&mut s, b"hash", used_at).await.expect("touch");
        }
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
    }
}
