//! What the engines must keep whatever is done to them.

use crate::support::{START, engines, key, submit, world};
use domain::request::{Verdict, Vote};
use futures::future::poll_immediate;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use std::pin::pin;
use store::{Error, Options, Store, requests, settings};

/// trust.md C-7 and F1: a transaction whose beginning is dropped leaves no connection behind that swallows later writes.
#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_beginning_loses_no_later_write() {
    for bench in engines().await {
        for round in 0..100 {
            for polls in 0..4 {
                let mut beginning = pin!(bench.store.write());
                for _ in 0..polls {
                    if poll_immediate(&mut beginning).await.is_some() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
            let mut session = bench.store.write().await.expect("write");
            let mut after = settings::get(&mut session).await.expect("read");
            after.expiry_days = 1 + round;
            settings::put(&mut session, &after).await.expect("write");
            session.commit().await.expect("commit");
            // Another connection sees it.
            let (mut a, mut b) = (bench.store.read().await.expect("read"), bench.store.read().await.expect("read"));
            for session in [&mut a, &mut b] {
                assert_eq!(settings::get(session).await.expect("read").expiry_days, 1 + round, "{}", bench.url);
            }
        }
    }
}

/// Runs SQL as an operator would, on a connection of its own; whether it was taken.
async fn by_hand(url: &str, sql: &str) -> bool {
    let sql = sql.to_owned();
    if url.starts_with("sqlite") {
        let mut c = SqliteConnection::connect(url).await.expect("connect");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut c).await.is_ok()
    } else {
        let mut c = PgConnection::connect(url).await.expect("connect");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut c).await.is_ok()
    }
}

/// What is kept for ever is kept against every statement that would change, remove or replace it.
#[tokio::test]
async fn votes_decisions_audit_and_requests_are_only_added_to() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "once").await;
        let vote = Vote { person: w.manager.id, verdict: Verdict::Deny, step: 0, at: START, comment: None };
        requests::record_vote(&mut s, number, &vote, "Max").await.expect("vote");
        requests::record_decision(&mut s, number, "expired", None, None).await.expect("decision");
        let event = store::audit::Event {
            kind: "login",
            request: Some(number),
            request_version: Some(77),
            ..Default::default()
        };
        store::audit::record(&mut s, &event).await.expect("audit");
        s.commit().await.expect("commit");
        for table in ["votes", "decisions", "audit", "requests"] {
            let mut tries = vec![format!("DELETE FROM {table}")];
            if bench.url.starts_with("sqlite") {
                tries.push(format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"));
                tries.push(format!("REPLACE INTO {table} SELECT * FROM {table}"));
            } else {
                tries.push(format!("TRUNCATE {table} CASCADE"));
            }
            if table != "requests" {
                let column = if table == "audit" { "subject = 'x'" } else { "request = 99" };
                tries.push(format!("UPDATE {table} SET {column}"));
            }
            for sql in tries {
                assert!(!by_hand(&bench.url, &sql).await, "{sql} was taken");
            }
        }
        let mut s = bench.store.write().await.expect("write");
        let again = requests::record_vote(&mut s, number, &vote, "Max").await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    }
}

/// While serving, PostgreSQL ends what waits or runs too long; an export takes the limits away for itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_serves_has_limits() {
    for bench in engines().await {
        let served = Store::open(Options { limits: true, connections: 3, ..Options::new(bench.url.clone()) }).await;
        let served = served.expect("open");
        let held = served.write_directory().await.expect("write");
        if bench.url.starts_with("sqlite") {
            continue;
        }
        let waited = served.write().await;
        assert!(matches!(waited, Err(Error::Unavailable(_))), "nobody waits for ever: {waited:?}");
        drop(held);
        served.write().await.expect("the connection that gave up is as good as new");
        let mut export = served.read().await.expect("read");
        export.unlimited().await.expect("unlimited");
        let limits = export.limits().await.expect("limits");
        assert_eq!(limits, ["4s", "0", "0"]);
        let mut page = served.read().await.expect("read");
        assert_eq!(page.limits().await.expect("limits"), ["4s", "10s", "15s"]);
    }
}

/// Whoever enters first is alone, and nobody who comes while it stays; when it is gone the next one is alone.
#[tokio::test]
async fn one_server_is_alone_and_those_beside_it_are_not() {
    for bench in engines().await {
        let options = || Options { key: key(&bench.url), serving: true, ..Options::new(bench.url.clone()) };
        let first = Store::open(options()).await.expect("open");
        let mut presence = first.enter().await.expect("entered");
        assert!(presence.is_alone(), "{}", bench.url);
        if bench.url.starts_with("sqlite") {
            let second = Store::open(options()).await.expect_err("refused").to_string();
            assert!(second.contains("is served already") && second.lines().count() == 1, "{second}");
            assert!(second.contains(&std::process::id().to_string()), "{second}");
            // A command beside it is not refused, and is not alone.
            let beside = Store::open(Options::new(bench.url.clone())).await.expect("open");
            assert!(!beside.enter().await.expect("entered").is_alone());
            presence.stay().await.expect("stays");
            presence.keep().await.expect("keeps");
            drop(first);
            let next = Store::open(options()).await.expect("open");
            assert!(next.enter().await.expect("entered").is_alone());
            continue;
        }
        // Nobody comes in while the first one takes over.
        let second = Store::open(options()).await.expect("open");
        let entered = bench.meanwhile(pin!(second.enter())).await;
        assert!(entered.is_none(), "it waits");
        presence.stay().await.expect("stays");
        let mut beside = second.enter().await.expect("entered");
        assert!(!beside.is_alone());
        beside.stay().await.expect("stays");
        // The first one goes; the second one is still there.
        drop(presence);
        let third = bench.store.enter().await.expect("entered");
        assert!(!third.is_alone());
        drop(third);
        // A connection that breaks is made good, and is seen again.
        let mut looks = sqlx::PgConnection::connect(&bench.url).await.expect("connect");
        const BREAK: &str = "SELECT COUNT(pg_terminate_backend(pid, 5000)) FROM pg_locks WHERE locktype = 'advisory'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let broken: i64 = sqlx::query_scalar(BREAK).fetch_one(&mut looks).await.expect("broken");
        assert!(broken > 0);
        beside.keep().await.expect("kept");
        assert!(!bench.store.enter().await.expect("entered").is_alone());
        drop(beside);
        // The server notices the end of a connection on its own; nobody is left then.
        const LEFT: &str = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        while sqlx::query_scalar::<_, i64>(LEFT).fetch_one(&mut looks).await.expect("count") > 0 {}
        assert!(bench.store.enter().await.expect("entered").is_alone());
    }
}
