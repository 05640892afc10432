//! The two migration lists, and what they make.

use crate::support::{engines, submit, withdraw, world};
use domain::filter::{Filter, ListQuery};
use domain::request::Lane;
use std::collections::BTreeSet;
use std::path::Path;

fn names(engine: &str) -> BTreeSet<String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(engine);
    std::fs::read_dir(dir)
        .expect("migrations")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn migrations_come_in_pairs() {
    assert_eq!(names("sqlite"), names("postgres"));
}

/// Tables and columns are the same on both engines (the search index apart).
#[tokio::test]
async fn the_tables_are_the_same() {
    let mut seen = Vec::new();
    for bench in engines().await {
        let mut columns: Vec<(String, String)> = if bench.url.starts_with("sqlite") {
            let pool = sqlx::SqlitePool::connect(&bench.url).await.expect("connect");
            sqlx::query_as(
                "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
                 WHERE t.type IN ('table', 'view') AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE 'requests_search%' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\'",
            )
            .fetch_all(&pool)
            .await
            .expect("columns")
        } else {
            let pool = sqlx::PgPool::connect(&bench.url).await.expect("connect");
            sqlx::query_as(
                "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
                 WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'",
            )
            .fetch_all(&pool)
            .await
            .expect("columns")
        };
        columns.sort();
        assert!(columns.contains(&("requests".to_owned(), "version".to_owned())));
        seen.push(columns);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
}

/// A newer database is refused by an older program.
#[tokio::test]
async fn a_newer_database_is_refused() {
    for bench in engines().await {
        let insert = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, $1, 1)";
        if bench.url.starts_with("sqlite") {
            let pool = sqlx::SqlitePool::connect(&bench.url).await.expect("connect");
            sqlx::query(insert).bind(vec![1_u8]).execute(&pool).await.expect("insert");
        } else {
            let pool = sqlx::PgPool::connect(&bench.url).await.expect("connect");
            sqlx::query(insert).bind(vec![1_u8]).execute(&pool).await.expect("insert");
        }
        let error = store::Store::open(store::Options::new(bench.url.clone())).await.expect_err("refused");
        assert!(matches!(&error, store::Error::Unfit(line) if line.contains("newer")), "{error}");
    }
}

/// Changes a database behind the store's back.
async fn tamper(url: &str, sql: &'static str) {
    if url.starts_with("sqlite") {
        let pool = sqlx::SqlitePool::connect(url).await.expect("connect");
        sqlx::query(sql).execute(&pool).await.expect(sql);
        pool.close().await;
    } else {
        let pool = sqlx::PgPool::connect(url).await.expect("connect");
        sqlx::query(sql).execute(&pool).await.expect(sql);
    }
}

/// How many migrations a database says that it has.
async fn applied(url: &str) -> i64 {
    let sql = "SELECT COUNT(*) FROM _sqlx_migrations";
    if url.starts_with("sqlite") {
        let pool = sqlx::SqlitePool::connect(url).await.expect("connect");
        sqlx::query_scalar(sql).fetch_one(&pool).await.expect("count")
    } else {
        let pool = sqlx::PgPool::connect(url).await.expect("connect");
        sqlx::query_scalar(sql).fetch_one(&pool).await.expect("count")
    }
}

fn only_looking(url: &str) -> store::Options {
    store::Options { create: false, migrate: false, ..store::Options::new(url) }
}

/// What only looks at a database refuses one that is older, and leaves it as it is.
#[tokio::test]
async fn an_older_database_is_refused_by_what_does_not_migrate() {
    for bench in engines().await {
        store::Store::open(only_looking(&bench.url)).await.expect("what is up to date is opened");
        tamper(&bench.url, "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)")
            .await;
        let before = applied(&bench.url).await;
        let error = store::Store::open(only_looking(&bench.url)).await.expect_err("refused");
        let said = error.to_string();
        assert!(said.contains("older than this program") && said.contains("doorward migrate"), "{said}");
        assert_eq!(said.lines().count(), 1, "one sentence");
        assert_eq!(applied(&bench.url).await, before, "nothing was written");
    }
}

/// An empty database is no organisation.
#[tokio::test]
async fn an_empty_database_is_refused_and_stays_empty() {
    for bench in engines().await {
        tamper(&bench.url, "DROP TABLE _sqlx_migrations").await;
        for migrate in [true, false] {
            let options = store::Options { create: false, migrate, ..store::Options::new(bench.url.clone()) };
            let error = store::Store::open(options).await.expect_err("refused");
            assert!(matches!(&error, store::Error::Unfit(line) if line.contains("empty")), "{error}");
        }
    }
    let dir = tempfile::tempdir().expect("temp dir");
    let path = dir.path().join("empty.db");
    std::fs::write(&path, b"").expect("written");
    let error = store::Store::open(only_looking(&format!("sqlite://{}", path.display()))).await.expect_err("refused");
    assert!(matches!(&error, store::Error::Unfit(line) if line.contains("empty")), "{error}");
    let left: Vec<_> = std::fs::read_dir(dir.path()).expect("list").map(|entry| entry.expect("entry").path()).collect();
    assert_eq!(left, std::slice::from_ref(&path), "nothing beside it");
    assert_eq!(std::fs::metadata(&path).expect("a file").len(), 0, "and nothing in it");
}

/// Several processes on one empty database: one migrates, the others wait, and all of them go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_several_openers_one_migrates() {
    for bench in engines().await {
        let sqlite = bench.url.starts_with("sqlite");
        for round in 0..5 {
            let url = if sqlite { format!("{}-{round}", bench.url) } else { bench.url.clone() };
            if !sqlite {
                tamper(&url, "DROP SCHEMA public CASCADE").await;
                tamper(&url, "CREATE SCHEMA public").await;
            }
            let options = || store::Options { connections: 1, ..store::Options::new(url.clone()) };
            let openers: Vec<_> = (0..8).map(|_| tokio::spawn(store::Store::open(options()))).collect();
            for opener in openers {
                let store = opener.await.expect("no panic").expect("opened");
                store.read().await.expect("ready");
                store.close().await;
            }
        }
    }
}

/// Keys that were written by older rules, or are not written yet, are written when the database is opened; by newer ones, it is refused.
#[tokio::test]
async fn keys_of_another_version_are_written_anew() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end 東京").await;
        withdraw(&mut s, number).await;
        let renamed = store::directory::people::Person { name: "Rita Berg".to_owned(), ..w.requester.clone() };
        store::directory::people::update(&mut s, &renamed).await.expect("rename");
        s.commit().await.expect("commit");
        const SPOIL: [&str; 4] = [
            "UPDATE people SET search = ''",
            "UPDATE people_former SET search = ''",
            "DELETE FROM requests_text",
            "UPDATE sequences SET value = 0 WHERE name = 'search_version'",
        ];
        execute(&bench.url, &SPOIL).await;
        let options = || store::Options::new(bench.url.clone());
        let again = store::Store::open(options()).await.expect("open");
        let mut s = again.write().await.expect("write");
        for (typed, expected) in [("京", 1), ("netsuite rita", 1), ("berg", 1), ("gone", 0)] {
            let filter = Filter { search: Some(typed.to_owned()), ..Filter::cleared(Lane::Others) };
            let query = ListQuery { filter, ..ListQuery::default() };
            let page = store::requests::list(&mut s, &query, w.admin.id).await.expect("list");
            assert_eq!(page.rows.len(), expected, "{typed}");
        }
        let found = store::directory::people::search(&mut s, "orsted", None, None, 9).await.expect("search");
        assert_eq!(found, [renamed], "under the former name");
        // What feeds the index does so again.
        submit(&mut s, &w, "Giraffe").await;
        let filter = Filter { search: Some("giraffe".to_owned()), ..Filter::cleared(Lane::Others) };
        let query = ListQuery { filter, ..ListQuery::default() };
        assert_eq!(store::requests::list(&mut s, &query, w.admin.id).await.expect("list").rows.len(), 1);
        s.commit().await.expect("commit");
        again.close().await;
        execute(&bench.url, &["UPDATE sequences SET value = 99 WHERE name = 'search_version'"]).await;
        let error = store::Store::open(options()).await.expect_err("refused");
        assert!(matches!(&error, store::Error::Unfit(line) if line.contains("newer")), "{error}");
    }
}

async fn execute(url: &str, statements: &[&'static str]) {
    for statement in statements {
        if url.starts_with("sqlite") {
            let pool = sqlx::SqlitePool::connect(url).await.expect("connect");
            sqlx::query(*statement).execute(&pool).await.expect("execute");
        } else {
            let pool = sqlx::PgPool::connect(url).await.expect("connect");
            sqlx::query(*statement).execute(&pool).await.expect("execute");
        }
    }
}
