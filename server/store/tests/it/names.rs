//! What is the same name, in every table whose names are unique; and databases from before the rule.

use crate::support::{Bench, engines, world};
use domain::connector::ConnectorKind;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::path::Path;
use store::connectors::{Connector, Secret};
use store::directory::groups::{self, Group};
use store::directory::people;
use store::directory::resources::{self, Resource};
use store::{Error, Options, Store, flows};

/// Names that differ by less than whoever reads them would think, and are different.
const DIFFERENT: [&str; 8] = ["Résumé", "Resume", "Straße", "Strasse", "ｆｕｌｌ", "full", "Ⅳ", "IV"];

#[tokio::test]
async fn names_that_differ_are_different_and_a_page_ends_between_them() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        for name in DIFFERENT {
            groups::insert(&mut s, &Group::new(name, "")).await.expect(name);
            resources::insert(&mut s, &Resource::new(name, "")).await.expect(name);
            flows::insert(&mut s, name, "", w.resource.id, true, &w.flow.definition).await.expect(name);
        }
        for name in DIFFERENT {
            let group = groups::by_name(&mut s, &format!(" {} ", name.to_lowercase())).await.expect("read");
            assert_eq!(group.expect("there").name, name);
            assert_eq!(resources::by_name(&mut s, name).await.expect("read").expect("there").name, name);
            assert_eq!(flows::by_name(&mut s, name).await.expect("read").expect("there").name, name);
        }
        assert_eq!(groups::all(&mut s).await.expect("all").len(), DIFFERENT.len() + 1);
        // One at a time, so that every page ends between two names that are searched alike.
        for text in ["", "resume", "strasse", "full"] {
            let (mut after, mut seen) = ([String::new(), String::new(), String::new()], [0, 0, 0]);
            loop {
                let group = groups::search(&mut s, text, &after[0], 1).await.expect("search").pop();
                let resource = resources::search(&mut s, text, &after[1], 1).await.expect("search").pop();
                let flow = flows::search(&mut s, text, &after[2], 1).await.expect("search").pop();
                let found = [
                    group.map(|found| found.group.name),
                    resource.map(|found| found.name),
                    flow.map(|found| found.name),
                ];
                if found.iter().all(Option::is_none) {
                    break;
                }
                for (at, name) in found.into_iter().enumerate() {
                    if let Some(name) = name {
                        (after[at], seen[at]) = (name, seen[at] + 1);
                    }
                }
            }
            let all = if text.is_empty() { DIFFERENT.len() + 1 } else { 2 };
            assert_eq!(seen, [all, all, all], "{text:?}");
        }
    }
}

#[tokio::test]
async fn one_name_is_one_in_whatever_case_composition_and_space() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        groups::insert(&mut s, &Group::new("Zoë  Σίσυφος", "")).await.expect("group");
        resources::insert(&mut s, &Resource::new("Zoë  Σίσυφος", "")).await.expect("resource");
        flows::insert(&mut s, "Zoë  Σίσυφος", "", w.resource.id, true, &w.flow.definition).await.expect("flow");
        s.commit().await.expect("commit");
        let twin = "ZOE\u{308}\u{a0}ΣΊΣΥΦΟΣ";
        let mut s = bench.store.write().await.expect("write");
        assert!(matches!(groups::insert(&mut s, &Group::new(twin, "")).await, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        assert!(matches!(groups::put(&mut s, &[Group::new(twin, "")]).await, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        assert!(matches!(resources::insert(&mut s, &Resource::new(twin, "")).await, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        let again = flows::insert(&mut s, twin, "", w.resource.id, true, &w.flow.definition).await;
        assert!(matches!(again, Err(Error::Conflict(_))));
    }
}

/// An empty database on the engine of a bench.
async fn empty(bench: &Bench) -> String {
    if bench.url.starts_with("sqlite") {
        return format!("{}-before", bench.url);
    }
    let name = format!("t{}", store::new_id().simple());
    let mut admin = PgConnection::connect(&bench.url).await.expect("connect");
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.expect("create database");
    format!("{}/{name}", bench.url.rsplit_once('/').expect("URL with a database").0)
}

/// A database as it was before names had keys of their own, filled by this SQL (`{id}` is a new id).
async fn before_keys(bench: &Bench, fill: &[&str]) -> String {
    let url = empty(bench).await;
    let engine = if url.starts_with("sqlite") { "sqlite" } else { "postgres" };
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(engine);
    let old = tempfile::tempdir().expect("folder");
    for entry in std::fs::read_dir(all).expect("migrations") {
        let path = entry.expect("entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name.as_str() < "0026" {
            std::fs::copy(&path, old.path().join(name)).expect("copy");
        }
    }
    let migrator = Migrator::new(old.path()).await.expect("migrations");
    let id = || {
        let id = store::new_id();
        if engine == "sqlite" { format!("x'{}'", id.simple()) } else { format!("'{id}'") }
    };
    let statements: Vec<String> = fill.iter().map(|sql| sql.replacen("{id}", &id(), 1)).collect();
    if engine == "sqlite" {
        let options: sqlx::sqlite::SqliteConnectOptions = url.parse().expect("URL");
        let pool = sqlx::SqlitePool::connect_with(options.create_if_missing(true)).await.expect("connect");
        migrator.run(&pool).await.expect("migrate");
        for sql in statements {
            sqlx::query(AssertSqlSafe(sql)).execute(&pool).await.expect("fill");
        }
        pool.close().await;
    } else {
        let pool = sqlx::PgPool::connect(&url).await.expect("connect");
        migrator.run(&pool).await.expect("migrate");
        for sql in statements {
            sqlx::query(AssertSqlSafe(sql)).execute(&pool).await.expect("fill");
        }
        pool.close().await;
    }
    url
}

const GROUP: &str = "INSERT INTO groups (id, name, name_fold, created_at, updated_at) VALUES ({id}, ";
const PERSON: &str = "INSERT INTO people (id, email, name, name_fold, created_at, updated_at) VALUES ({id}, ";

#[tokio::test]
async fn keys_of_older_names_are_computed_when_the_database_is_opened() {
    for bench in engines().await {
        let url = before_keys(
            &bench,
            &[
                &format!("{GROUP}'Résumé reviewers', 'resume reviewers', 1, 1)"),
                &format!("{GROUP}'Gone', '\u{1}gone', 1, 1)"),
                "UPDATE groups SET deleted_at = 1 WHERE name = 'Gone'",
                &GROUP.replace("groups (", "resources (").replacen(
                    "VALUES ({id}, ",
                    "VALUES ({id}, 'Straße', 'strasse', 1, 1)",
                    1,
                ),
                "INSERT INTO connectors (id, name, name_fold, kind, url, secret, created_at, updated_at)
                    VALUES ({id}, 'Ökta', 'okta', 'webhook', 'https://x.test', 's', 1, 1)",
                &format!("{PERSON}'zoe\u{308}@x.test', 'Zoë', 'zoe', 1, 1)"),
            ],
        )
        .await;
        // The secret of the connector is sealed at the same opening.
        let key = store::seal::Key::parse(&"ab".repeat(32)).ok();
        for _ in 0..2 {
            let key = key.clone().filter(|_| !url.starts_with("sqlite"));
            let store = Store::open(Options { key, ..Options::new(url.clone()) }).await.expect("open");
            let mut s = store.write().await.expect("write");
            assert!(groups::by_name(&mut s, "RÉSUMÉ reviewers").await.expect("read").is_some());
            assert_eq!(groups::by_name(&mut s, "Resume reviewers").await.expect("read"), None);
            assert_eq!(
                groups::search(&mut s, "resume", "", 9).await.expect("search").len(),
                1,
                "found without accents"
            );
            assert!(resources::by_name(&mut s, "STRAßE").await.expect("read").is_some());
            assert_eq!(resources::search(&mut s, "strasse", "", 9).await.expect("search").len(), 1);
            assert!(store::connectors::named(&mut s, "ÖKTA").await.expect("read").is_some());
            assert_eq!(groups::by_name(&mut s, "Gone").await.expect("read"), None);
            groups::insert(&mut s, &Group::new("Gone", "")).await.expect("the name is free");
            groups::insert(&mut s, &Group::new("Resume reviewers", "")).await.expect("another name");
            let zoe = people::by_email(&mut s, "ZOË@x.test").await.expect("read").expect("there");
            assert_eq!(zoe.email, "zo\u{eb}@x.test");
            drop(s);
            store.close().await;
        }
    }
}

#[tokio::test]
async fn names_that_would_be_the_same_are_named_and_nothing_is_changed() {
    for bench in engines().await {
        let url = before_keys(
            &bench,
            &[
                &format!("{GROUP}'Night  shift', 'night  shift', 1, 1)"),
                &format!("{GROUP}'night shift', 'night shift', 1, 1)"),
                &format!("{GROUP}'ΟΔΟΣ', 'οδοσ', 1, 1)"),
                &format!("{GROUP}'Οδος', 'οδος', 1, 1)"),
                &format!("{PERSON}'zoe\u{308}@x.test', 'Zoë', 'zoe', 1, 1)"),
                &format!("{PERSON}'zo\u{eb}@x.test', 'Zoë', 'zoe', 1, 1)"),
            ],
        )
        .await;
        for _ in 0..2 {
            let error = Store::open(Options::new(url.clone())).await.expect_err("refused").to_string();
            for part in [
                "the groups \"Night  shift\" and \"night shift\"",
                "the groups \"ΟΔΟΣ\" and \"Οδος\"",
                "the people ",
                "rename one of each with the version that wrote the database; nothing was changed",
            ] {
                assert!(error.contains(part), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_connector_has_its_name_alone() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let connector = |name: &str| Connector::new(name, ConnectorKind::Webhook, "https://x.test", Secret::new("s"));
        store::connectors::put(&mut s, &connector("Zürich")).await.expect("put");
        store::connectors::put(&mut s, &connector("Zurich")).await.expect("another name");
        let twin = store::connectors::put(&mut s, &connector(" ZÜRICH")).await;
        assert!(matches!(twin, Err(Error::Conflict(_))));
    }
}
