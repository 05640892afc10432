//! A database of before search had keys: what is in it is found after the migration, as the rest is.

use crate::support::engines;
use domain::filter::{Filter, ListQuery, Requester};
use domain::ids::PersonId;
use domain::request::Lane;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use std::borrow::Cow;
use std::path::Path;
use store::directory::people;
use store::{Options, Store};

/// The last migration before the keys.
pub const BEFORE_KEYS: i64 = 23;

/// One request of Rita, who was called otherwise and had another address when she asked; `{n}` is the id of number n.
pub const ROWS: [&str; 7] = [
    "INSERT INTO people (id, email, name, name_fold, created_at, updated_at) VALUES ({1}, 'rita@new.test', 'Rita Berg', 'rita berg', 1, 1)",
    "INSERT INTO groups (id, name, name_fold, created_at, updated_at) VALUES ({2}, 'Users', 'users', 1, 1)",
    "INSERT INTO resources (id, name, name_fold, created_at, updated_at) VALUES ({3}, 'NetSuite', 'netsuite', 1, 1)",
    "INSERT INTO flows (id, name, name_fold, resource_id, version_id, created_at, updated_at) VALUES ({4}, 'Flow', 'flow', {3}, {5}, 1, 1)",
    "INSERT INTO flow_versions (id, flow_id, version, definition, created_at) VALUES ({5}, {4}, 1, '{}', 1)",
    "INSERT INTO requests (number, version, requester_id, beneficiary_id, creator_id, resource_id, flow_id, flow_version_id, group_id,
        lane, status, approval_type, state, requester_name, requester_fold, requester_email, email_fold, department, manager_email,
        resource_name, resource_fold, category, flow_name, flow_version, group_name, reason, search, submitted_at, expires_at)
     VALUES (1, 2, {1}, {1}, {1}, {3}, {4}, {5}, {2}, 1, 3, 0, '{}', 'Rita O’Neill', 'rita o’neill', 'rita@x.test', 'rita@x.test', '', '',
        'NetSuite', 'netsuite', '', 'Flow', 1, 'Users', 'Month‑end in 東京', 'rita o’neill', 7, 9)",
    "UPDATE sequences SET value = 1 WHERE name = 'request'",
];

/// A statement for an engine, with ids in the places of their numbers.
fn statement(text: &str, sqlite: bool) -> String {
    let id = |number: u128| {
        let id = PersonId::example(number).0;
        if sqlite { format!("X'{}'", id.simple()) } else { format!("CAST('{id}' AS UUID)") }
    };
    (1..=40).fold(text.to_owned(), |text, number| text.replace(&format!("{{{number}}}"), &id(number)))
}

/// Makes a database anew, migration by migration: up to each of these versions, with rows that were written then.
pub async fn made(url: &str, steps: &[(i64, &[&str])]) {
    let sqlite = url.starts_with("sqlite");
    let engine = if sqlite { "sqlite" } else { "postgres" };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(engine);
    let all = Migrator::new(folder).await.expect("migrations");
    if sqlite {
        let file = url.strip_prefix("sqlite://").expect("a path");
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{file}{end}"));
        }
        let mut c = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.expect("connect");
        for (version, rows) in steps {
            until(&all, *version).run(&mut c).await.expect("migrate");
            // A flow and its version name each other.
            sqlx::query("PRAGMA foreign_keys = OFF").execute(&mut c).await.expect("off");
            for text in *rows {
                sqlx::query(AssertSqlSafe(statement(text, sqlite))).execute(&mut c).await.expect(text);
            }
        }
        c.close().await.expect("close");
    } else {
        let mut c = PgConnection::connect(url).await.expect("connect");
        sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public").execute(&mut c).await.expect("empty");
        for (version, rows) in steps {
            until(&all, *version).run(&mut c).await.expect("migrate");
            let rows: Vec<String> = rows.iter().map(|text| statement(text, sqlite)).collect();
            sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; {}; COMMIT", rows.join("; "))))
                .execute(&mut c)
                .await
                .expect("rows");
        }
        c.close().await.expect("close");
    }
}

fn until(all: &Migrator, version: i64) -> Migrator {
    let wanted = all.migrations.iter().filter(|migration| migration.version <= version).cloned().collect();
    Migrator { migrations: Cow::Owned(wanted), ..Migrator::DEFAULT }
}

#[tokio::test]
async fn what_was_there_before_search_had_keys_is_found() {
    for bench in engines().await {
        bench.store.close().await;
        made(&bench.url, &[(BEFORE_KEYS, &ROWS)]).await;
        let store = Store::open(Options::new(bench.url.clone())).await.expect("open");
        let mut s = store.write().await.expect("write");
        let rita = PersonId::example(1);
        for (typed, found) in [
            ("o'neill", 1),
            ("berg netsuite", 1),
            ("京", 1),
            ("\"month-end in\"", 1),
            ("rita@new", 1),
            ("ri", 1),
            ("gone", 0),
        ] {
            let filter = Filter { search: Some(typed.to_owned()), ..Filter::cleared(Lane::Others) };
            let page = store::requests::list(&mut s, &ListQuery { filter, ..ListQuery::default() }, rita).await;
            assert_eq!(page.expect("list").rows.len(), found, "{typed} {}", bench.url);
        }
        let filter = Filter { requester: Some(Requester::Person(rita)), ..Filter::cleared(Lane::Others) };
        let page = store::requests::list(&mut s, &ListQuery { filter, ..ListQuery::default() }, rita).await;
        assert_eq!(page.expect("list").rows.len(), 1);
        // What the request remembers of its requester is a former name and address of theirs.
        let former = people::former(&mut s, rita).await.expect("former");
        assert_eq!(former.iter().map(|one| (one.name.as_str(), one.until)).collect::<Vec<_>>(), [("Rita O’Neill", 7)]);
        let who = people::by_email_ever(&mut s, "rita@x.test").await.expect("read");
        assert_eq!(who.map(|person| person.id), Some(rita));
        assert_eq!(people::search(&mut s, "O'Neill", None, None, 9).await.expect("search").len(), 1);
        assert_eq!(
            store::check::run(&mut s).await.expect("check").iter().filter(|broken| broken.name == "text").count(),
            0
        );
    }
}
