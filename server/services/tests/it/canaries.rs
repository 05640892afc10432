//! Canaries (`trust.md` I27): known secrets are put in through the use cases, and then looked for in everything that is kept or shown.

use crate::support::{Bench, House, actor, house};
use domain::catalog::Access;
use domain::validate::{FieldCode, FieldError};
use futures::TryStreamExt as _;
use services::audit::{Asked, export};
use services::channels::{ChannelDraft, renew_key};
use services::connectors::{ConnectorDraft, fresh_key, signing_key};
use services::login::{Password, Purpose, Token, mint_link, set_password_by_link};
use services::{Error, Format, Origin, Services, channels, connectors};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use std::path::Path;

const PASSWORD: &str = "canary-password of eight otters";

/// Puts secrets in, at every door that takes one, and replaces some; what must be found nowhere.
async fn plant(house: &House) -> Vec<String> {
    let services = &house.services;
    let (ada, rita) = (actor(house, "ada@x.test").await, actor(house, "rita@x.test").await);
    let origin = Origin::default();
    let keys: Vec<String> = (0..4).map(|_| fresh_key()).collect();
    let connector = |name: &str, kind: &str, secret: &str| ConnectorDraft {
        name: name.to_owned(),
        kind: kind.to_owned(),
        url: "https://target.example.org/scim".to_owned(),
        secret: secret.to_owned(),
        active: true,
        seen: None,
    };
    let hook = connector("Hook", "webhook", &keys[0]);
    let hook = connectors::save(services, &ada, None, &hook, &origin).await.expect("a connector");
    let replaced = connector("Hook", "webhook", &keys[1]);
    connectors::save(services, &ada, Some(hook), &replaced, &origin).await.expect("replaced");
    let scim = connector("Okta", "scim", "canary-scim-token");
    connectors::save(services, &ada, None, &scim, &origin).await.expect("a connector");
    let draft = ChannelDraft {
        name: "Chat".to_owned(),
        url: "https://hooks.example.org/{{team}}".to_owned(),
        headers: "X-Token: Bearer {{token}}\nX-Literal: canary-literal-header".to_owned(),
        secrets: "team=canary-team\ntoken=canary-channel-token".to_owned(),
        events: vec!["request_submitted".to_owned()],
        key: keys[2].clone(),
        active: true,
        revision: 1,
    };
    let chat = channels::save(services, &ada, None, &draft, &origin).await.expect("a channel");
    let renewed = renew_key(services, &ada, chat, &origin).await.expect("renewed");
    let again = ChannelDraft { secrets: "token=canary-second-token".to_owned(), revision: 2, ..draft };
    channels::save(services, &ada, Some(chat), &again, &origin).await.expect("saved");
    let gone = ChannelDraft { name: "Gone".to_owned(), key: keys[3].clone(), revision: 1, ..again };
    let gone = ChannelDraft { secrets: "team=canary-gone-team\ntoken=canary-gone-token".to_owned(), ..gone };
    let gone = channels::save(services, &ada, None, &gone, &origin).await.expect("a channel");
    channels::remove(services, &ada, gone, &origin).await.expect("removed");
    // Links that were made when their mails were sent, one of them used.
    let reset = services::login::request_reset(services, "max@x.test", &origin).await;
    reset.expect("asked");
    let max = actor(house, "max@x.test").await;
    let links: Vec<Token> = [
        mint_link(services, max.id, "max@x.test", Purpose::Reset).await.expect("a link"),
        mint_link(services, rita.id, "rita@x.test", Purpose::Invitation).await.expect("a link"),
    ]
    .into();
    let password = Password(PASSWORD.to_owned());
    let within =
        set_password_by_link(services, &links[1], &password, &password, None, &origin).await.expect("in").token;
    let canaries = "canary-scim-token canary-literal-header canary-team canary-channel-token canary-second-token \
        canary-gone-team canary-gone-token canary-password";
    let mut out: Vec<String> = canaries.split(' ').map(str::to_owned).collect();
    out.extend(keys.iter().chain([&renewed]).map(|key| key.trim_start_matches("whsec_").to_owned()));
    out.extend(links.iter().chain([&within]).map(|token| token.reveal().to_owned()));
    out
}

/// A secret as text, as the hexadecimal digits of it, and the bytes of a key.
fn spellings(canary: &str) -> Vec<Vec<u8>> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes();
    let mut out = vec![canary.as_bytes().to_vec(), hex(canary.as_bytes())];
    if let Some(bytes) = signing_key(canary) {
        out.extend([hex(&bytes), bytes]);
    }
    out
}

fn holds(bytes: &[u8], canary: &str) -> bool {
    spellings(canary).iter().any(|spelling| bytes.windows(spelling.len()).any(|window| window == spelling))
}

/// Without a key there is an error at the field, and nothing is saved; SQLite makes its own.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_no_secret_is_taken() {
    for house in house(Access::Permanent).await {
        let ada = actor(&house, "ada@x.test").await;
        let mut options = store::Options::new(house.url.clone());
        options.clock = store::Clock::Fixed(std::sync::Arc::clone(&house.hand));
        let services = Services::new(store::Store::open(options).await.expect("open"));
        let connector = ConnectorDraft {
            name: "Okta".to_owned(),
            kind: "scim".to_owned(),
            url: "https://target.example.org/scim".to_owned(),
            secret: "a-token".to_owned(),
            active: true,
            seen: None,
        };
        let channel = ChannelDraft {
            name: "Chat".to_owned(),
            url: "https://hooks.example.org/".to_owned(),
            events: vec!["approved".to_owned()],
            key: fresh_key(),
            active: true,
            revision: 1,
            ..ChannelDraft::default()
        };
        let saved = [
            ("secret", connectors::save(&services, &ada, None, &connector, &Origin::default()).await.map(drop)),
            ("key", channels::save(&services, &ada, None, &channel, &Origin::default()).await.map(drop)),
        ];
        for (field, saved) in saved {
            if house.url.starts_with("sqlite") {
                saved.expect("saved");
                continue;
            }
            let Err(Error::Invalid(errors)) = saved else { panic!("{saved:?}") };
            assert_eq!(errors, [FieldError::new(field, FieldCode::NoKey)]);
            assert!(connectors::all(&services, &ada).await.expect("read").is_empty(), "nothing is saved");
            assert!(channels::all(&services, &ada).await.expect("read").is_empty(), "nothing is saved");
        }
    }
}

/// Every file of the database but the key's, before and after what waits in its log is written into it.
async fn files(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    let path = bench.url.trim_start_matches("sqlite://");
    let dir = Path::new(path).parent().expect("a folder");
    let all = || {
        let list = std::fs::read_dir(dir).expect("list").map(|entry| entry.expect("entry").path());
        let kept = list.filter(|path| path.extension().is_none_or(|ending| ending != "key"));
        kept.map(|path| (path.display().to_string(), std::fs::read(&path).expect("read"))).collect::<Vec<_>>()
    };
    let mut out = all();
    let mut c = SqliteConnection::connect(&bench.url).await.expect("connect");
    sqlx::query("PRAGMA wal_checkpoint(FULL)").execute(&mut c).await.expect("checkpoint");
    out.extend(all());
    assert!(out.iter().any(|(name, _)| name.ends_with("-wal")), "{}", out.len());
    out
}

/// Every row of every table as text.
async fn dump(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    let mut c = PgConnection::connect(&bench.url).await.expect("connect");
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(&mut c)
            .await
            .expect("tables");
    let mut out = Vec::new();
    for table in tables {
        let sql = AssertSqlSafe(format!("SELECT CAST(t AS TEXT) FROM {table} t"));
        let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut c).await.expect("rows");
        out.push((table, rows.join("\n").into_bytes()));
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_found_in_what_is_kept_or_shown() {
    for house in house(Access::Permanent).await {
        let canaries = plant(&house).await;
        let sqlite = house.url.starts_with("sqlite");
        let mut seen = if sqlite { files(&house).await } else { dump(&house).await };
        // What is looked through is the right thing.
        assert!(seen.iter().any(|(_, bytes)| holds(bytes, "Okta") && holds(bytes, "rita@x.test")));
        let ada = actor(&house, "ada@x.test").await;
        let services = &house.services;
        let shown = format!(
            "{:?} {:?} {:?}",
            connectors::all(services, &ada).await.expect("connectors"),
            services::audit::events(services, &ada, &Asked::default()).await.expect("events"),
            services::deliveries::ledger(services, &ada, &services::deliveries::Asked::default())
                .await
                .expect("ledger"),
        );
        assert!(shown.contains("connector_changed") && shown.contains("channel_changed"));
        seen.push(("what is shown".to_owned(), shown.into_bytes()));
        let exported =
            export(services, &ada, &Asked::default(), Format::Csv, &Origin::default()).await.expect("export");
        let exported: Vec<bytes::Bytes> = exported.into_stream().try_collect().await.expect("all of it");
        assert!(holds(&exported.concat(), "connector_changed"));
        seen.push(("the export".to_owned(), exported.concat()));
        for canary in &canaries {
            for (place, bytes) in &seen {
                assert!(!holds(bytes, canary), "{canary} is in {place}");
            }
        }
        // Channels show a header as it was typed, so that it can be edited; what it stands for is not shown.
        let shown = format!("{:?}", channels::all(services, &ada).await.expect("channels"));
        for canary in canaries.iter().filter(|canary| *canary != "canary-literal-header") {
            assert!(!holds(shown.as_bytes(), canary), "{canary} is shown");
        }
    }
}
