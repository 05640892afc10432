//! Mail over a real wire: a scripted SMTP peer.

use crate::smtp_peer::{Does, SmtpPeer};
use domain::ids::{MessageId, PersonId, RequestNumber};
use domain::time::Timestamp;
use serde_json::json;
use server::mail::{MailTarget, Mailer, Said, letter};
use services::outbox::{Attempt, Claimed};

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

#[test]
fn targets_are_read_or_refused_in_one_line() {
    assert!(MailTarget::parse("smtp://user:p%40ss@mail.example:25").is_ok());
    for bad in ["http://x", "smtp://", "file:", "nonsense"] {
        let line = MailTarget::parse(bad).expect_err(bad);
        assert!(!line.contains('\n'));
    }
}
