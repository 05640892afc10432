//! The key of the database, as the binary is given it.

use crate::house::{KEY, draft, house};
use crate::processes::{Doorward, ended, settings};
use crate::support::{Bench, engines, kept, key, tamper};
use server::mail::{MailTarget, Mailer};
use services::Origin;
use services::connectors::ConnectorDraft;
use std::path::PathBuf;

const GIVEN: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";
const WRONG: &str = "1f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

fn file(bench: &Bench) -> Option<PathBuf> {
    bench.url.strip_prefix("sqlite://").map(|path| format!("{path}.key").into())
}

/// A connector and a channel with secrets.
async fn with_secrets(bench: Bench) -> crate::house::House {
    let house = house(bench).await;
    house.channel(&draft("Chat", 9)).await;
    let connector = ConnectorDraft {
        name: "Hook".to_owned(),
        kind: "webhook".to_owned(),
        url: "https://hooks.example.org/".to_owned(),
        secret: KEY.to_owned(),
        active: true,
        seen: None,
    };
    let services = &house.bench.services;
    services::connectors::save(services, &house.admin, None, &connector, &Origin::default()).await.expect("saved");
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_or_missing_key_ends_the_start() {
    for bench in engines().await {
        let house = with_secrets(bench).await;
        let bench = &house.bench;
        let mut wrong = settings(bench);
        wrong.push(("DOORWARD_KEY", WRONG.to_owned()));
        let missing = settings(bench);
        if let Some(file) = file(bench) {
            std::fs::remove_file(file).expect("removed");
        }
        for (given, expected) in [(&wrong, "DOORWARD_KEY is not the key"), (&missing, "is missing")] {
            for command in ["serve", "check", "doctor"] {
                let (code, said) = ended(&[command], given);
                assert_eq!(code, Some(2), "{command}: {said}");
                let last = said.trim_end().lines().last().unwrap_or_default();
                assert!(last.starts_with("doorward: ") && last.contains(expected), "{command}: {said}");
                assert!(!said.contains(WRONG), "{said}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_given_in_four_ways() {
    for bench in engines().await {
        if bench.url.starts_with("sqlite") {
            continue;
        }
        let house = with_secrets(bench).await;
        let dir = tempfile::tempdir().expect("temp dir");
        let (plain, toml) = (dir.path().join("key"), dir.path().join("doorward.toml"));
        std::fs::write(&plain, format!("{GIVEN}\n")).expect("written");
        std::fs::write(&toml, format!("key = \"{GIVEN}\"\n")).expect("written");
        let toml = toml.display().to_string();
        for (arguments, name, value) in [
            (vec!["doctor"], "DOORWARD_KEY", GIVEN.to_owned()),
            (vec!["doctor"], "DOORWARD_KEY_FILE", plain.display().to_string()),
            (vec!["doctor", "--key", GIVEN], "DOORWARD_MAIL", "file:mail".to_owned()),
            (vec!["doctor", "--config", toml.as_str()], "DOORWARD_MAIL", "file:mail".to_owned()),
        ] {
            let mut given = settings(&house.bench);
            given.retain(|(known, _)| *known != name);
            given.push((name, value));
            let (code, said) = ended(&arguments, &given);
            assert_eq!(code, Some(0), "{arguments:?} {name}: {said}");
            assert!(said.contains("given by DOORWARD_KEY") && !said.contains(GIVEN), "{said}");
        }
    }
}

#[test]
fn a_key_that_is_none_is_not_repeated() {
    for wrong in ["secret-that-is-no-key", "AAAA", &GIVEN[1..]] {
        let dir = tempfile::tempdir().expect("temp dir");
        let url = format!("sqlite://{}", dir.path().join("x.db").display());
        let (code, said) = ended(&["migrate"], &[("DOORWARD_KEY", wrong.to_owned()), ("DOORWARD_DATABASE", url)]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("DOORWARD_KEY: expected 32 bytes") && !said.contains(wrong), "{said}");
        assert_eq!(std::fs::read_dir(dir.path()).expect("list").count(), 0, "nothing is made");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_changed_beside_a_server() {
    for bench in engines().await {
        let house = with_secrets(bench).await;
        let bench = &house.bench;
        let mut given = settings(bench);
        if key(&bench.url).is_some() {
            given.push(("DOORWARD_KEY", GIVEN.to_owned()));
        }
        let before = file(bench).map(|file| std::fs::read_to_string(file).expect("the key"));
        let server = Doorward::serve(&given);
        let mut loud = given.clone();
        loud.push(("DOORWARD_LOG", "trace".to_owned()));
        let (code, said) = ended(&["key", "rotate"], &loud);
        for secret in [KEY, "T1-alpha", "s3cr3t-value", GIVEN] {
            assert!(!said.contains(secret), "{secret} is in the log");
        }
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("5 values are sealed under the key"), "{said}");
        match file(bench) {
            Some(file) => {
                let now = std::fs::read_to_string(&file).expect("the key");
                assert!(Some(&now) != before.as_ref() && !said.contains(now.trim()), "it is in the file, not shown");
                // Whoever had the database open before reads the file again.
                let all = services::connectors::all(&bench.services, &house.admin).await.expect("read");
                assert_eq!(all.len(), 1);
                services::channels::all(&bench.services, &house.admin).await.expect("read");
                drop(server);
                drop(Doorward::serve(&given));
            }
            None => {
                let printed = said.lines().next().expect("the key").to_owned();
                drop(server);
                assert_eq!(ended(&["serve"], &given).0, Some(2), "the key before does not count any more");
                given.retain(|(name, _)| *name != "DOORWARD_KEY");
                given.push(("DOORWARD_KEY", printed));
                drop(Doorward::serve(&given));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_whose_secrets_do_not_open_is_told_nothing_and_says_why() {
    for bench in engines().await {
        let house = with_secrets(bench).await;
        let all = services::channels::all(&house.bench.services, &house.admin).await.expect("channels");
        let chat = all[0].id;
        tamper(&house.bench, "UPDATE channels SET secrets = headers").await;
        let told = house.sent(chat).await;
        assert_eq!(told.state, "waiting");
        let said = told.answered.error.expect("why");
        assert!(said.contains("its secrets cannot be opened"), "{said}");
        assert!(house.seen(chat).await.channel.lost);
    }
}

/// One-time links are made when their mail is sent: what waits holds none, and neither does anything that is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_mailed_is_not_in_the_database() {
    for bench in engines().await {
        let house = house(bench).await;
        let bench = &house.bench;
        let origin = Origin::default();
        services::login::request_reset(&bench.services, &house.admin.email, &origin).await.expect("asked");
        assert!(!kept(bench).await.contains("login/link"), "what waits holds no link");
        let dir = tempfile::tempdir().expect("temp dir");
        let target = MailTarget::Files(dir.path().join("mail"));
        let mailer = Mailer::new(&target, "http://127.0.0.1:3999").expect("a mailer");
        server::jobs::mail::drain_once(&bench.services, &mailer).await.expect("drained");
        let mut letters = std::fs::read_dir(dir.path().join("mail")).expect("mail");
        let letter = letters.next().expect("one").expect("entry").path();
        let text = std::fs::read_to_string(letter).expect("read").replace("=\r\n", "");
        let (_, rest) = text.split_once("/login/link/").expect("a link");
        let token: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect();
        assert!(token.len() > 40, "{token}");
        let kept = kept(bench).await;
        assert!(kept.contains("password_reset") && !kept.contains(&token), "{token} is kept");
    }
}
