//! Mail to a real server: certificates, passwords, and nothing in clear to another machine.
//!
//! Which authorities are trusted is read from `SSL_CERT_FILE` when the mailer is made, so the worker runs in a process of its own.
//! `LOCALHOST` leads to this machine, and is not among the names to which mail may go in clear.

use crate::support::{MINUTE, Peer, START, own_process, reopened, sqlite};
use domain::view::Delivery;
use serde_json::Value;
use server::jobs::mail::{Drained, drain_once};
use server::mail::{MailTarget, Mailer};

const RIGHT: &str = "rita:s3cret%20p%40ss";
const WRONG: &str = "rita:guessed";

/// How often a message is tried that does not arrive (`trust.md` 4.3).
const ATTEMPTS: i64 = 5;
/// What lies between the first attempt and the one after the last, in minutes.
const WAITS: i64 = 1 + 5 + 30 + 120 + 300;

/// The worker of the other process: tries until the message has an end, at most so many times.
#[tokio::test]
#[ignore = "the other tests of this file run it, each in a process with its own trust"]
async fn worker() {
    let given = |name: &str| std::env::var(name).expect(name);
    let target = MailTarget::parse(&given("TEST_MAIL")).expect("target");
    let mailer = Mailer::new(&target, "https://doorward.example").expect("mailer");
    let bench = reopened(given("TEST_DATABASE")).await;
    for attempt in 1..=ATTEMPTS {
        let Drained { count, away } = drain_once(&bench.services, &mailer).await.expect("drained");
        let row = bench.rows().await.remove(0);
        assert_eq!((count, away), (1, row.state == "waiting"), "at attempt {attempt}: {row:?}");
        if row.state != "waiting" {
            return;
        }
        bench.set(row.at);
    }
}

struct Sent {
    row: Delivery,
    mails: Vec<Value>,
    /// Each with whether TLS protected it.
    commands: Vec<(String, bool)>,
}

/// A server's certificate.
#[derive(Clone, Copy)]
struct Certificate {
    host: &'static str,
    expired: bool,
    /// Whether the worker trusts its authority.
    trusted: bool,
}

const SOUND: Certificate = Certificate { host: "localhost", expired: false, trusted: true };

/// Sends one message to a server of this mode. `{}` in the target is the server's port.
async fn send(mode: &str, certificate: Certificate, target: &str) -> Option<Sent> {
    let dir = tempfile::tempdir().expect("temp dir");
    let state = if certificate.expired { "expired" } else { "valid" };
    let given = [mode, dir.path().to_str().expect("a path"), certificate.host, state];
    let mut peer = Peer::script("smtp_server", &given)?;
    let bench = sqlite(START).await;
    let id = bench.letters(&["rita@x.test"]).await[0];
    let authority = dir.path().join("authority.pem");
    let trusted = certificate.trusted.then_some(authority.as_path());
    let target = target.replace("{}", &peer.port.to_string());
    own_process("smtp_tls::worker", &[("TEST_MAIL", target), ("TEST_DATABASE", bench.url.clone())], trusted);
    let said: Value = serde_json::from_str(&peer.told("what came?")).expect("JSON");
    Some(Sent {
        row: bench.row(id).await,
        mails: said["mails"].as_array().expect("a list").clone(),
        commands: serde_json::from_value(said["commands"].clone()).expect("commands"),
    })
}

impl Sent {
    fn arrived_protected(&self) {
        assert_eq!((self.row.state.as_str(), self.mails.len()), ("delivered", 1), "{:?} {:?}", self.row, self.commands);
        assert_eq!(self.mails[0]["to"][0], "rita@x.test");
        let open = |(command, protected): &&(String, bool)| command != "EHLO" && !protected;
        assert_eq!(self.commands.iter().filter(open).collect::<Vec<_>>(), Vec::<&(String, bool)>::new());
        assert!(self.commands.iter().any(|(command, _)| command == "AUTH"), "{:?}", self.commands);
    }

    /// The message still waits, with a cause that holds these words, and each time the server saw nothing but these commands.
    fn waits(&self, words: &str, commands: &[(&str, bool)]) {
        let Delivery { state, attempts, at, .. } = &self.row;
        assert_eq!(
            (state.as_str(), i64::from(*attempts), self.mails.len()),
            ("waiting", ATTEMPTS, 0),
            "{:?}",
            self.row
        );
        let waited = (at.0 - START.0) / MINUTE;
        assert!((WAITS..=WAITS + WAITS / 10).contains(&waited), "{waited} minutes: {:?}", self.row);
        let cause = self.row.error.as_deref().unwrap_or_default();
        assert!(cause.to_lowercase().contains(words), "no {words} in {cause:?}");
        assert!(!cause.contains("guessed") && !cause.contains("s3cret"), "{cause}");
        let seen: Vec<_> = self.commands.iter().map(|(command, protected)| (command.as_str(), *protected)).collect();
        let attempts = usize::try_from(ATTEMPTS).expect("a count");
        assert_eq!(seen, commands.repeat(attempts), "{cause}");
    }
}

#[tokio::test]
async fn a_trusted_server_is_sent_mail_over_starttls_with_a_password() {
    let target = format!("smtp://{RIGHT}@LOCALHOST:{{}}");
    let Some(sent) = send("starttls", SOUND, &target).await else { return };
    sent.arrived_protected();
    assert!(sent.commands.contains(&("EHLO".to_owned(), false)), "it began in clear: {:?}", sent.commands);
}

#[tokio::test]
async fn a_trusted_server_is_sent_mail_over_tls_from_the_first_byte() {
    let target = format!("smtps://{RIGHT}@localhost:{{}}");
    let Some(sent) = send("tls", SOUND, &target).await else { return };
    sent.arrived_protected();
    assert!(sent.commands.iter().all(|(_, protected)| *protected), "{:?}", sent.commands);
}

#[tokio::test]
async fn with_a_wrong_password_nothing_is_sent_and_the_message_waits() {
    let target = format!("smtp://{WRONG}@LOCALHOST:{{}}");
    let Some(sent) = send("starttls", SOUND, &target).await else { return };
    sent.waits("535", &[("EHLO", false), ("EHLO", true), ("AUTH", true)]);
}

#[tokio::test]
async fn without_a_password_a_server_that_wants_one_lets_the_message_wait() {
    let Some(sent) = send("starttls", SOUND, "smtp://LOCALHOST:{}").await else { return };
    sent.waits("530", &[("EHLO", false), ("EHLO", true)]);
}

/// Refused before anything is said, with both kinds of protection; the words of the cause.
async fn is_refused(certificate: Certificate, words: &str) {
    for (mode, target, seen) in [
        ("starttls", "smtp://{login}@LOCALHOST:{}", &[("EHLO", false)][..]),
        ("tls", "smtps://{login}@localhost:{}", &[]),
    ] {
        let Some(sent) = send(mode, certificate, &target.replace("{login}", RIGHT)).await else { return };
        sent.waits(words, seen);
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused_before_anything_is_said() {
    is_refused(Certificate { trusted: false, ..SOUND }, "unknownissuer").await;
}

#[tokio::test]
async fn a_certificate_of_another_name_is_refused_before_anything_is_said() {
    is_refused(Certificate { host: "mail.example", ..SOUND }, "not valid for name").await;
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_refused_before_anything_is_said() {
    is_refused(Certificate { expired: true, ..SOUND }, "expired").await;
}

#[tokio::test]
async fn a_server_that_cannot_be_protected_is_refused_unless_it_is_this_machine() {
    let Some(sent) = send("plain", SOUND, "smtp://LOCALHOST:{}").await else { return };
    sent.waits("starttls", &[("EHLO", false)]);
    let Some(sent) = send("plain", SOUND, "smtp://localhost:{}").await else { return };
    assert_eq!((sent.row.state.as_str(), sent.mails.len()), ("delivered", 1), "{:?}", sent.row);
}
