//! What the engines must keep whatever is done to them.

use crate::support::{START, engines, submit, world};
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
