//! Drafts: one for each person, form and thing, sealed in its own row.

use crate::support::{Bench, START, engines, world};
use domain::ids::PersonId;
use domain::time::Timestamp;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use std::sync::atomic::Ordering;
use store::drafts::{self, Name};
use store::{Options, Store};

const LATER: Timestamp = Timestamp(START.0 + 1_000_000);

const fn deny(person: PersonId, object: &str) -> Name<'_> {
    Name { person, form: "deny", object }
}

async fn tamper(bench: &Bench, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    if bench.url.starts_with("sqlite") {
        let mut c = SqliteConnection::connect(&bench.url).await.expect("connect");
        sqlx::query(sql).execute(&mut c).await.expect("changed");
    } else {
        let mut c = PgConnection::connect(&bench.url).await.expect("connect");
        sqlx::query(sql).execute(&mut c).await.expect("changed");
    }
}

#[tokio::test]
async fn a_draft_takes_the_place_of_the_one_before() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let seven = deny(w.admin.id, "7");
        drafts::put(&mut s, seven, "one", LATER).await.expect("put");
        drafts::put(&mut s, seven, "two", LATER).await.expect("put");
        drafts::put(&mut s, deny(w.admin.id, "8"), "three", LATER).await.expect("put");
        assert_eq!(drafts::get(&mut s, seven).await.expect("read").as_deref(), Some("two"));
        assert_eq!(drafts::get(&mut s, deny(w.requester.id, "7")).await.expect("read"), None, "another's");
        assert!(drafts::remove(&mut s, seven).await.expect("removed"));
        assert!(!drafts::remove(&mut s, seven).await.expect("nothing"));
        assert_eq!(drafts::get(&mut s, seven).await.expect("read"), None);
        s.commit().await.expect("commit");
        bench.hand.store(LATER.0, Ordering::SeqCst);
        let mut s = bench.store.write().await.expect("write");
        assert_eq!(drafts::get(&mut s, deny(w.admin.id, "8")).await.expect("read"), None, "over");
        assert_eq!(drafts::sweep(&mut s).await.expect("swept"), 1);
    }
}

#[tokio::test]
async fn fifty_drafts_of_a_person_are_kept() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        drafts::put(&mut s, deny(w.requester.id, "0"), "mine", LATER).await.expect("put");
        for index in 0..52 {
            let ends_at = Timestamp(LATER.0 + index);
            drafts::put(&mut s, deny(w.admin.id, &index.to_string()), "x", ends_at).await.expect("put");
        }
        for (person, object, there) in [(w.admin.id, "0", false), (w.admin.id, "1", false), (w.admin.id, "2", true)] {
            assert_eq!(drafts::get(&mut s, deny(person, object)).await.expect("read").is_some(), there, "{object}");
        }
        assert!(drafts::get(&mut s, deny(w.requester.id, "0")).await.expect("read").is_some(), "each person's own");
    }
}

#[tokio::test]
async fn what_stands_elsewhere_or_under_another_key_is_none() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        drafts::put(&mut s, deny(w.admin.id, "7"), "mine", LATER).await.expect("put");
        drafts::put(&mut s, deny(w.requester.id, "7"), "hers", LATER).await.expect("put");
        s.commit().await.expect("commit");
        tamper(&bench, "UPDATE drafts SET content = (SELECT MAX(content) FROM drafts)").await;
        let mut s = bench.store.read().await.expect("read");
        let mut found = Vec::new();
        for person in [w.admin.id, w.requester.id] {
            found.extend(drafts::get(&mut s, deny(person, "7")).await.expect("read"));
        }
        assert_eq!(found.len(), 1, "only in its own row: {found:?}");
    }
}

/// A form that lies in a browser needs no key of the database, and writes none.
#[tokio::test]
async fn a_form_is_sealed_without_a_key_as_long_as_the_process_lives() {
    for bench in engines().await {
        if !bench.url.starts_with("sqlite") {
            continue;
        }
        let sealed = bench.store.seal_form("typed").expect("sealed");
        assert_eq!(bench.store.open_form(&sealed).as_deref(), Some("typed"));
        assert!(!sealed.contains("typed"));
        let other = Store::open(Options { create: false, ..Options::new(bench.url.clone()) }).await.expect("open");
        assert_eq!(other.open_form(&sealed), None, "another process, and no key of the database");
        assert_eq!(bench.store.open_form(""), None);
    }
}
