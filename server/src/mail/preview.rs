//! `doorward mail preview DIR`: every message as text and HTML, with made-up data.

use super::letter::letter;
use domain::ids::{MessageId, PersonId, RequestNumber};
use domain::message::{ADDRESS_CHANGED, KINDS};
use domain::time::Timestamp;
use serde_json::json;
use services::outbox::{Claimed, Now, Waiting};
use std::path::Path;

/// Writes all messages into a directory; the names of the files.
///
/// # Errors
/// When a file cannot be written or a template fails.
pub fn preview(dir: &Path) -> anyhow::Result<Vec<String>> {
    std::fs::create_dir_all(dir)?;
    let mut names = Vec::new();
    for kind in KINDS.iter().map(|kind| kind.name) {
        let link = matches!(kind, "invitation" | "password_reset")
            .then(|| "https://doorward.example/login/link/SAMPLE".to_owned());
        let letter =
            letter(&sample(kind), &waiting(kind), "https://doorward.example", link).map_err(anyhow::Error::msg)?;
        let text = format!("Subject: {}\n\n{}", letter.subject, letter.text()?);
        for (ending, body) in [("txt", text), ("html", letter.html()?)] {
            let name = format!("{kind}.{ending}");
            std::fs::write(dir.join(&name), body)?;
            names.push(name);
        }
    }
    Ok(names)
}

fn sample(kind: &str) -> Claimed {
    let decided = matches!(
        kind,
        "request_denied"
            | "request_approved"
            | "request_overridden"
            | "request_decided"
            | "access_revoked"
            | ADDRESS_CHANGED
    );
    let about_target = matches!(kind, "revoke_failed" | "target_differs");
    Claimed {
        id: MessageId::example(1),
        kind: kind.to_owned(),
        request: Some(RequestNumber(10_482)),
        recipient: PersonId::example(2),
        name: "Ada Okafor".to_owned(),
        email: "ada.okafor@northwind.example".to_owned(),
        active: true,
        admin: false,
        timezone: Some("Europe/Berlin".to_owned()),
        payload: json!({
            "request": 10_482, "requester": "Lena Marsh", "resource": "NetSuite", "flow": "Finance systems",
            "reason": "Month-end close moves to my team from December; I need to post journals.\nTicket FIN-2291.",
            "submitted_at": 1_795_428_840_000_000_i64, "expires_at": 1_798_020_840_000_000_i64,
            "status": if about_target { "failed" } else { "approved" }, "channel": MessageId::example(3),
            "name": if about_target { "Okta" } else if kind == ADDRESS_CHANGED { "ada@northwind.example" } else { "Chat" },
            "cause": if about_target { "the target does not show who is in the group" } else { "no message arrived for five days" },
            "access_ends_at": (kind == "access_ending").then_some(1_798_020_840_000_000_i64),
            "decided_by": decided.then_some("Hugo Voss"),
            "decision_reason": matches!(kind, "request_denied" | "access_revoked").then_some("Please ask for the read-only role first."),
            "next_steps": (kind == "request_denied").then_some("Ask again with the cost centre of the new team."),
            "error": matches!(kind, "request_error" | "request_delayed").then_some("group_inactive"),
        }),
        attempts: 0,
        created_at: Timestamp(1_795_428_840_000_000),
        leased_until: Timestamp(0),
    }
}

fn waiting(kind: &str) -> Now {
    if !matches!(kind, "reminder" | "digest") {
        return Now::default();
    }
    let one = |number, requester: &str, resource: &str| Waiting {
        number: RequestNumber(number),
        admin: false,
        requester: requester.to_owned(),
        resource: resource.to_owned(),
        submitted_at: Timestamp(1_795_428_840_000_000),
        expires_at: Timestamp(1_798_020_840_000_000),
    };
    let waiting = vec![one(10_482, "Lena Marsh", "NetSuite"), one(10_490, "Jonas Brandt", "GitHub")];
    Now { waiting, ..Now::default() }
}
