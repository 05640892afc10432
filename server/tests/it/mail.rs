//! Mail over a real wire: a scripted SMTP peer.

use crate::smtp_peer::{Does, SmtpPeer};
use domain::ids::{MessageId, PersonId, RequestNumber};
use domain::time::Timestamp;
use serde_json::json;
use server::mail::{MailTarget, Mailer, Said, letter};
use services::outbox::{Attempt, Claimed};
use std::sync::{Arc, Mutex};

fn message(name: &str) -> Claimed {
    Claimed {
        id: MessageId::example(7),
        kind: "request_denied".to_owned(),
        request: Some(RequestNumber(12)),
        recipient: PersonId::example(1),
        name: name.to_owned(),
        email: "rita@x.test".to_owned(),
        active: true,
        admin: false,
        timezone: Some("Europe/Berlin".to_owned()),
        payload: json!({ "request": 12, "requester": "Rita", "resource": "NetSuite", "flow": "F", "reason": "r", "submitted_at": 0, "expires_at": 0,
            "decided_by": "Max", "decision_reason": "<script>alert(1)</script> http://evil.example", "next_steps": "Ask again" }),
        attempts: 0,
        created_at: Timestamp(0),
        leased_until: Timestamp(0),
    }
}

async fn send(answer: &'static str, name: &str) -> (Said, String) {
    let peer = SmtpPeer::start(move |step, _| if step == "." { Does::Says(answer) } else { Does::Usual }).await;
    let target = MailTarget::parse(&format!("smtp://127.0.0.1:{}", peer.port)).expect("target");
    let mailer = Mailer::new(&target, "https://doorward.example").expect("mailer");
    let message = message(name);
    let letter = letter(&message, &services::outbox::Now::default(), &mailer.base_url, None).expect("letter");
    let sending = mailer.build(&message, &letter, "").expect("built");
    let said = mailer.send(sending).await;
    (said, peer.mails().remove(0).data)
}

#[tokio::test]
async fn a_message_has_its_headers_and_both_bodies() {
    let (said, data) = send("250 kept", "Rita Örsted").await;
    assert_eq!(said, Said::Ended(Attempt::Delivered));
    for part in [
        "Subject: Denied: NetSuite",
        "Message-ID: <00000000-0000-0000-0000-000000000007@doorward.example>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "Precedence: bulk",
        "References: <request-12@doorward.example>",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "Ask again",
    ] {
        assert!(data.contains(part), "{part} is missing in {data}");
    }
    let whole = data.replace("=\n", "");
    assert!(whole.contains("&#60;script&#62;"), "escaped in HTML: {whole}");
    assert!(whole.contains("1970-01-01 01:00 (UTC+01:00, Europe/Berlin)"), "{whole}");
    assert!(whole.contains("https://doorward.example/portal/requests?for=3Drita%40x.test"), "{whole}");
}

#[tokio::test]
async fn a_refusal_for_now_is_tried_again_and_one_for_ever_is_not() {
    let (later, _) = send("451 later", "Rita").await;
    assert!(matches!(later, Said::Ended(Attempt::Failed(_))), "{later:?}");
    let (never, _) = send("550 never", "Rita").await;
    assert!(matches!(never, Said::Refused(_)), "{never:?}");
}

#[tokio::test]
async fn a_control_character_in_a_name_does_not_stop_the_worker() {
    let (said, data) = send("250 kept", "Rita\r\nBcc: evil@x.test\0").await;
    assert_eq!(said, Said::Ended(Attempt::Delivered));
    assert!(!data.lines().any(|line| line.starts_with("Bcc")), "{data}");
}

/// A message to an address over a server that offers these extensions: what was said of it, the envelope, and the message.
async fn send_to(email: &str, offers: &'static str) -> (Said, Vec<String>, Vec<crate::smtp_peer::Mail>) {
    let envelope = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&envelope);
    let peer = SmtpPeer::start(move |step, _| {
        if step.starts_with("MAIL") || step.starts_with("RCPT") {
            seen.lock().expect("the envelope").push(step.to_owned());
        }
        if step.starts_with("EHLO") { Does::Says(offers) } else { Does::Usual }
    })
    .await;
    let target = MailTarget::parse(&format!("smtp://127.0.0.1:{}", peer.port)).expect("target");
    let mailer = Mailer::new(&target, "https://doorward.example").expect("mailer");
    let message = Claimed { email: email.to_owned(), ..message("Rita") };
    let letter = letter(&message, &services::outbox::Now::default(), &mailer.base_url, None).expect("letter");
    let said = mailer.send(mailer.build(&message, &letter, "tür@bücher.example").expect("built")).await;
    let envelope = envelope.lock().expect("the envelope").clone();
    (said, envelope, peer.mails())
}

#[tokio::test]
async fn a_domain_of_any_script_is_written_in_ascii_on_the_wire() {
    let message = message("Rita");
    for (email, wire) in [
        ("rita@münchen.example", "rita@xn--mnchen-3ya.example"),
        ("ivan@пример.рф", "ivan@xn--e1afmkfd.xn--p1ai"),
        ("li@例子.中国", "li@xn--fsqu00a.xn--fiqs8s"),
    ] {
        let peer = SmtpPeer::start(|_, _| Does::Usual).await;
        let target = MailTarget::parse(&format!("smtp://127.0.0.1:{}", peer.port)).expect("target");
        let mailer = Mailer::new(&target, "https://doorward.example").expect("mailer");
        let message = Claimed { email: email.to_owned(), ..message.clone() };
        let letter = letter(&message, &services::outbox::Now::default(), &mailer.base_url, None).expect("letter");
        let said = mailer.send(mailer.build(&message, &letter, "doorward@bücher.example").expect("built")).await;
        assert_eq!(said, Said::Ended(Attempt::Delivered), "{email}");
        let mail = peer.mails().remove(0);
        assert_eq!(mail.to, wire);
        assert!(mail.data.contains(&format!("<{wire}>")) && mail.data.is_ascii(), "{}", mail.data);
        assert!(mail.data.contains("<doorward@xn--bcher-kva.example>"), "{}", mail.data);
    }
}

#[tokio::test]
async fn an_address_of_another_script_goes_to_servers_that_can_carry_it() {
    let email = "дмитрий@пример.рф";
    let (said, envelope, mails) = send_to(email, "250-peer\r\n250-8BITMIME\r\n250 SMTPUTF8").await;
    assert_eq!(said, Said::Ended(Attempt::Delivered));
    assert_eq!(mails[0].to, "дмитрий@xn--e1afmkfd.xn--p1ai");
    assert!(envelope[0].contains("SMTPUTF8"), "{envelope:?}");
    let (said, envelope, mails) = send_to(email, "250 peer").await;
    let Said::Ended(Attempt::Dead(words)) = said else { panic!("{said:?}") };
    assert!(words.contains("letters outside of ASCII before the @"), "{words}");
    assert_eq!((envelope.len(), mails.len()), (0, 0), "nothing was begun");
}

#[test]
fn targets_are_read_or_refused_in_one_line() {
    assert!(MailTarget::parse("smtp://user:p%40ss@mail.example:25").is_ok());
    for host in ["smtp://mail.bücher.example", "smtps://mail.xn--bcher-kva.example"] {
        let target = MailTarget::parse(host).expect(host);
        assert!(matches!(target, MailTarget::Smtp { host, .. } if host == "mail.xn--bcher-kva.example"));
    }
    for bad in ["http://x", "smtp://", "file:", "nonsense"] {
        let line = MailTarget::parse(bad).expect_err(bad);
        assert!(!line.contains('\n'));
    }
}
