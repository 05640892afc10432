//! Secrets lie sealed: what is in the columns opens with the key of the database, in its own row and column, and nowhere else.

use crate::support::{Bench, channel, engines, key};
use domain::connector::ConnectorKind;
use domain::time::Timestamp;
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use store::channels::{self, Channel};
use store::connectors::{self, Connector, Secret};
use store::seal::{self, Key, KeyPlace, Resealed};
use store::{Error, Options, Store};

const COLUMNS: [(&str, &str); 5] = [
    ("connectors", "secret"),
    ("channels", "headers"),
    ("channels", "secrets"),
    ("channels", "key"),
    ("channels", "old_keys"),
];

/// What lies in a column, behind the store's back.
async fn raw(bench: &Bench, sql: &str) -> Vec<String> {
    let sql = AssertSqlSafe(sql.to_owned());
    if bench.url.starts_with("sqlite") {
        let mut c = SqliteConnection::connect(&bench.url).await.expect("connect");
        sqlx::query_scalar(sql).fetch_all(&mut c).await.expect("rows")
    } else {
        let mut c = PgConnection::connect(&bench.url).await.expect("connect");
        sqlx::query_scalar(sql).fetch_all(&mut c).await.expect("rows")
    }
}

/// Changes the database behind the store's back.
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

/// Every value of the sealed columns.
async fn all_values(bench: &Bench) -> Vec<String> {
    let mut out = Vec::new();
    for (table, column) in COLUMNS {
        out.extend(raw(bench, &format!("SELECT {column} FROM {table} ORDER BY name")).await);
    }
    out
}

async fn open(bench: &Bench, key: Option<Key>) -> store::Result<Store> {
    Store::open(Options { key, create: false, ..Options::new(bench.url.clone()) }).await
}

/// Two connectors and a channel with everything that a channel can hold.
async fn filled(bench: &Bench) -> (Connector, Connector, Channel) {
    let mut s = bench.store.write().await.expect("write");
    let hook = Connector::new("Hook", ConnectorKind::Webhook, "https://hook.x.test", Secret::new("whsec_hook"));
    let scim = Connector::new("Okta", ConnectorKind::Scim, "https://scim.x.test", Secret::new("token-of-okta"));
    for connector in [&hook, &scim] {
        connectors::put(&mut s, connector).await.expect("connector");
    }
    let mut chat = channel(&mut s, "Chat", &["approved"]).await;
    chat.headers = vec![("Authorization".to_owned(), "Bearer literal-token".to_owned())];
    chat.old_keys = vec![(Secret::new("key-before"), Timestamp(i64::MAX))];
    channels::put(&mut s, &chat).await.expect("channel");
    s.commit().await.expect("commit");
    (hook, scim, Channel { revision: chat.revision + 1, ..chat })
}

async fn read(store: &Store, filled: &(Connector, Connector, Channel)) {
    let mut s = store.read().await.expect("read");
    let (hook, scim, chat) = filled;
    assert_eq!(connectors::by_id(&mut s, hook.id).await.expect("read").as_ref(), Some(hook));
    assert_eq!(connectors::all(&mut s).await.expect("read"), [hook.clone(), scim.clone()]);
    assert_eq!(channels::by_id(&mut s, chat.id).await.expect("read").as_ref(), Some(chat));
}

fn is_sealed(value: &str, key_id: &str) -> bool {
    value.starts_with(&format!("sealed.1.{key_id}."))
}

#[tokio::test]
async fn secrets_lie_sealed_and_each_value_only_once() {
    for bench in engines().await {
        let before = bench.store.key_place();
        match key(&bench.url) {
            Some(_) => assert_eq!(before, KeyPlace::Given),
            None => assert!(matches!(before, KeyPlace::Later(_)), "made with the first secret: {before:?}"),
        }
        let filled = filled(&bench).await;
        read(&bench.store, &filled).await;
        let id = raw(&bench, "SELECT key_id FROM sealing").await.remove(0);
        let values = all_values(&bench).await;
        assert_eq!(values.len(), 6);
        for value in &values {
            assert!(is_sealed(value, &id), "{value}");
        }
        // Written again, nothing of it shows that it is the same.
        let mut s = bench.store.write().await.expect("write");
        connectors::put(&mut s, &filled.0).await.expect("connector");
        s.commit().await.expect("commit");
        assert_ne!(all_values(&bench).await[0], values[0]);
        read(&bench.store, &filled).await;
        // What is removed leaves nothing.
        let mut s = bench.store.write().await.expect("write");
        channels::delete(&mut s, filled.2.id, filled.2.revision).await.expect("removed");
        s.commit().await.expect("commit");
        assert!(raw(&bench, "SELECT headers || secrets || key || old_keys FROM channels").await == [""]);
        if let KeyPlace::File(file) = bench.store.key_place() {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&file).expect("the key").permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", file.display());
        }
    }
}

#[tokio::test]
async fn a_value_that_stands_elsewhere_is_lost_and_nothing_else_is() {
    for bench in engines().await {
        let (hook, scim, chat) = filled(&bench).await;
        let copies = [
            "UPDATE connectors SET secret = (SELECT secret FROM connectors WHERE name = 'Okta') WHERE name = 'Hook'",
            "UPDATE channels SET headers = secrets",
        ];
        for sql in copies {
            tamper(&bench, sql).await;
        }
        let mut s = bench.store.write().await.expect("write");
        let found = connectors::by_id(&mut s, hook.id).await.expect("read").expect("there");
        assert!(found.secret.is_lost() && found.secret.reveal().is_empty());
        assert_eq!(connectors::by_id(&mut s, scim.id).await.expect("read"), Some(scim), "the other one goes on");
        let told = channels::by_id(&mut s, chat.id).await.expect("read").expect("there");
        assert!(told.lost && told.headers.is_empty());
        assert_eq!((told.secrets.clone(), told.key.clone()), (chat.secrets.clone(), chat.key.clone()));
        // Saved without the secret it stays lost; typed again it is there.
        connectors::put(&mut s, &found).await.expect("put");
        let found = connectors::by_id(&mut s, hook.id).await.expect("read").expect("there");
        assert!(found.secret.is_lost());
        connectors::put(&mut s, &hook).await.expect("put");
        assert_eq!(connectors::by_id(&mut s, hook.id).await.expect("read"), Some(hook));
        channels::put(&mut s, &Channel { headers: chat.headers.clone(), ..told }).await.expect("put");
        assert!(!channels::by_id(&mut s, chat.id).await.expect("read").expect("there").lost);
    }
}

#[tokio::test]
async fn a_wrong_or_missing_key_is_refused_at_the_start() {
    for bench in engines().await {
        let filled = filled(&bench).await;
        let id = raw(&bench, "SELECT key_id FROM sealing").await.remove(0);
        let wrong = open(&bench, Some(Key::fresh().expect("a key"))).await.expect_err("refused");
        let said = wrong.to_string();
        assert!(matches!(wrong, Error::Key(_)) && said.contains("DOORWARD_KEY is not the key"), "{said}");
        assert!(said.contains(&id) && said.lines().count() == 1, "{said}");
        let file = match bench.store.key_place() {
            KeyPlace::File(file) => Some(file),
            _ => None,
        };
        let kept = file.as_ref().map(|file| std::fs::read_to_string(file).expect("the key"));
        if let Some(file) = &file {
            std::fs::remove_file(file).expect("removed");
        }
        let missing = open(&bench, None).await.expect_err("refused").to_string();
        assert!(missing.contains("is missing") && missing.contains(&id), "{missing}");
        if let Some(file) = &file {
            std::fs::write(file, "no key").expect("written");
            let said = open(&bench, None).await.expect_err("refused").to_string();
            assert!(said.contains("holds no key") && !said.contains("no key\n"), "{said}");
        }
        // With the key from outside it opens, file or not.
        let given = kept.map_or_else(|| key(&bench.url), |text| Key::parse(&text).ok());
        if let Some(file) = &file {
            std::fs::remove_file(file).expect("removed");
        }
        let store = open(&bench, given).await.expect("open");
        assert_eq!(store.key_place(), KeyPlace::Given);
        read(&store, &filled).await;
    }
}

#[tokio::test]
async fn no_key_is_needed_until_a_secret_is_kept() {
    for bench in engines().await {
        let store = open(&bench, None).await.expect("open");
        let mut s = store.write().await.expect("write");
        let hook = Connector::new("Hook", ConnectorKind::Webhook, "https://hook.x.test", Secret::new("whsec"));
        let put = connectors::put(&mut s, &hook).await;
        if bench.url.starts_with("sqlite") {
            put.expect("the key is made");
        } else {
            assert!(matches!(put, Err(Error::NoKey)), "{put:?}");
            let chat = Channel::new("Chat", "https://chat.x.test", Secret::new("key"));
            assert!(matches!(channels::put(&mut s, &chat).await, Err(Error::NoKey)));
        }
        drop(s);
        assert_eq!(raw(&bench, "SELECT key_id FROM sealing").await, [""], "nothing was committed");
    }
}

#[tokio::test]
async fn what_lay_in_clear_is_sealed_at_the_first_start() {
    for bench in engines().await {
        let filled = filled(&bench).await;
        // As a version that did not seal left it.
        for sql in [
            "UPDATE sealing SET key_id = '', proof = ''",
            "UPDATE connectors SET secret = CASE name WHEN 'Hook' THEN 'whsec_hook' ELSE 'token-of-okta' END",
            r#"UPDATE channels SET headers = '[["Authorization", "Bearer literal-token"]]', key = 'whsec',
                secrets = '{"token":"s3cr3t"}', old_keys = '[["key-before", 9223372036854775807]]'"#,
        ] {
            tamper(&bench, sql).await;
        }
        if bench.url.starts_with("postgres") {
            let said = open(&bench, None).await.expect_err("refused").to_string();
            assert!(said.starts_with("DOORWARD_KEY is missing"), "{said}");
            assert_eq!(all_values(&bench).await[0], "whsec_hook", "nothing was changed");
        }
        bench.store.close().await;
        let store = open(&bench, key(&bench.url)).await.expect("open");
        read(&store, &filled).await;
        let id = raw(&bench, "SELECT key_id FROM sealing").await.remove(0);
        for value in all_values(&bench).await {
            assert!(is_sealed(&value, &id), "{value}");
        }
        store.close().await;
        // Not in the free pages either, nor in the log.
        if let Some(path) = bench.url.strip_prefix("sqlite://") {
            for ending in ["", "-wal"] {
                let bytes = std::fs::read(format!("{path}{ending}")).unwrap_or_default();
                for secret in ["whsec_hook", "token-of-okta", "s3cr3t", "literal-token", "key-before"] {
                    let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                    assert!(!found, "{secret} is in the file{ending}");
                }
            }
        }
    }
}

#[tokio::test]
async fn everything_is_sealed_anew_under_another_key() {
    for bench in engines().await {
        let filled = filled(&bench).await;
        let before = all_values(&bench).await;
        let next = Key::fresh().expect("a key");
        let rotated = bench.store.clone();
        // Not committed, it did not happen, whatever lies beside the file.
        rotated.stage_key(&next).expect("staged");
        let mut s = rotated.write_directory().await.expect("write");
        seal::rotate(&mut s, &next).await.expect("rotated");
        let s = bench.again(s).await;
        drop(s);
        assert_eq!(all_values(&bench).await, before);
        read(&open(&bench, key(&bench.url)).await.expect("the key before counts"), &filled).await;

        let other = open(&bench, key(&bench.url)).await.expect("another process");
        let mut s = rotated.write_directory().await.expect("write");
        let done = seal::rotate(&mut s, &next).await.expect("rotated");
        assert_eq!(done, Resealed { values: 6, lost: Vec::new() });
        s.commit().await.expect("commit");
        for value in all_values(&bench).await {
            assert!(is_sealed(&value, next.id()), "{value}");
        }
        if bench.url.starts_with("sqlite") {
            // The process died before it renamed the file: whoever comes next does it.
            read(&other, &filled).await;
            read(&open(&bench, None).await.expect("open"), &filled).await;
        } else {
            let mut s = other.write().await.expect("write");
            let unread = connectors::all(&mut s).await;
            assert!(matches!(&unread, Err(Error::OtherKey(id)) if id == next.id()), "{unread:?}");
            let put = connectors::put(&mut s, &filled.0).await;
            assert!(matches!(put, Err(Error::OtherKey(_))), "nothing is sealed under the key before: {put:?}");
            drop(s);
            assert!(open(&bench, key(&bench.url)).await.is_err(), "the key before does not count any more");
            read(&open(&bench, Some(next.clone())).await.expect("open"), &filled).await;
            rotated.settle_key(&next).expect("settled");
        }
        read(&rotated, &filled).await;
    }
}

#[tokio::test]
async fn a_key_that_is_lost_for_good_costs_the_secrets_and_nothing_else() {
    for bench in engines().await {
        let (hook, ..) = filled(&bench).await;
        if let KeyPlace::File(file) = bench.store.key_place() {
            std::fs::remove_file(file).expect("removed");
        }
        let next = Key::fresh().expect("a key");
        let options = Options { without_key: true, ..Options::new(bench.url.clone()) };
        let store = Store::open(options).await.expect("open");
        store.stage_key(&next).expect("staged");
        let mut s = store.write_directory().await.expect("write");
        let done = seal::rotate(&mut s, &next).await.expect("rotated");
        assert_eq!(done.values, 0);
        assert_eq!(done.lost, ["Hook", "Okta", "Chat"]);
        s.commit().await.expect("commit");
        store.settle_key(&next).expect("settled");
        let given = bench.url.starts_with("postgres").then(|| next.clone());
        let store = open(&bench, given).await.expect("open");
        let mut s = store.write().await.expect("write");
        let found = connectors::by_id(&mut s, hook.id).await.expect("read").expect("there");
        assert!(found.secret.is_lost());
        connectors::put(&mut s, &hook).await.expect("typed again");
        assert_eq!(connectors::by_id(&mut s, hook.id).await.expect("read"), Some(hook));
        assert!(!next.to_text().expose_secret().is_empty());
    }
}

/// The database of a version before 0029, with secrets in clear, migrated and sealed by one start.
#[tokio::test]
async fn a_database_of_a_version_that_did_not_seal_is_taken_over() {
    const CONNECTOR: &str = "INSERT INTO connectors (id, name, name_fold, kind, url, secret, created_at, updated_at)
        VALUES ($1, 'Okta', 'okta', 'scim', 'https://scim.x.test', 'clear-token', 1, 1)";
    const CHANNEL: &str = r#"INSERT INTO channels (id, name, name_fold, url, headers, secrets, events, key, old_keys, active, created_at, updated_at)
        VALUES ($1, 'Chat', 'chat', 'https://chat.x.test', '[["X-Token", "clear-header"]]', '{"team": "clear-team"}', '["approved"]',
            'clear-key', '[["clear-before", 77]]', $2, 1, 1)"#;
    for bench in engines().await {
        let engine = if bench.url.starts_with("sqlite") { "sqlite" } else { "postgres" };
        let url = format!("{}_old", bench.url);
        let list = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(engine);
        let migrations = sqlx::migrate::Migrator::new(list).await.expect("migrations");
        let id = store::new_id();
        if engine == "sqlite" {
            let options = url.parse::<sqlx::sqlite::SqliteConnectOptions>().expect("a URL").create_if_missing(true);
            let mut c = SqliteConnection::connect_with(&options).await.expect("connect");
            migrations.run_to(21, &mut c).await.expect("migrated");
            sqlx::query(CONNECTOR).bind(id).execute(&mut c).await.expect("connector");
            sqlx::query(CHANNEL).bind(id).bind(true).execute(&mut c).await.expect("channel");
            c.close().await.expect("closed");
        } else {
            let (_, name) = url.rsplit_once('/').expect("a database");
            let mut admin = PgConnection::connect(&bench.url).await.expect("connect");
            let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
            sqlx::query(create).execute(&mut admin).await.expect("create database");
            let mut c = PgConnection::connect(&url).await.expect("connect");
            migrations.run_to(21, &mut c).await.expect("migrated");
            sqlx::query(CONNECTOR).bind(id).execute(&mut c).await.expect("connector");
            sqlx::query(CHANNEL).bind(id).bind(true).execute(&mut c).await.expect("channel");
        }
        let store = Store::open(Options { key: key(&url), ..Options::new(url.clone()) }).await.expect("open");
        let mut s = store.read().await.expect("read");
        assert_eq!(connectors::all(&mut s).await.expect("read")[0].secret, Secret::new("clear-token"));
        let chat = channels::all(&mut s).await.expect("read").remove(0);
        assert_eq!(chat.headers, [("X-Token".to_owned(), "clear-header".to_owned())]);
        assert_eq!(chat.secrets, [("team".to_owned(), Secret::new("clear-team"))].into());
        assert_eq!(chat.key, Secret::new("clear-key"));
        assert_eq!(chat.old_keys, [(Secret::new("clear-before"), Timestamp(77))]);
        drop(s);
        let mut old = bench;
        (old.store, old.url) = (store, url);
        for value in all_values(&old).await {
            assert!(value.starts_with("sealed.1."), "{value}");
        }
    }
}
