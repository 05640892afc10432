//! `doorward mail preview DIR`: every message as text and HTML, with made-up data.

use super::letter::letter;
use domain::ids::{MessageId, PersonId, RequestNumber};
use domain::time::Timestamp;
use serde_json::json;
use services::outbox::Claimed;
use std::path::Path;

/// Every kind of message.
const KINDS: [&str; 14] = [
    "admin_request_submitted",
    "approver_request_submitted",
    "request_received",
    "request_approved",
    "request_denied",
    "request_overridden",
    "request_missing_data",
    "request_error",
    "request_delayed",
    "request_expired",
    "request_canceled",
    "access_revoked",
    "invitation",
    "password_reset",
];

/// Writes all messages into a directory; the names of the files.
///
/// # Errors
/// When a file cannot be written or a template fails.
pub fn preview(dir: &Path) -> anyhow::Result<Vec<String>> {
    std::fs::create_dir_all(dir)?;
    let mut names = Vec::new();
    for kind in KINDS {
        let link = matches!(kind, "invitation" | "password_reset")
            .then(|| "https://doorward.example/login/link/SAMPLE".to_owned());
        let letter = letter(&sample(kind), "https://doorward.example", link).map_err(anyhow::Error::msg)?;
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
    let decided = matches!(kind, "request_denied" | "request_approved" | "request_overridden" | "access_revoked");
    Claimed {
        id: MessageId::example(1),
        kind: kind.to_owned(),
        request: Some(RequestNumber(10_482)),
        recipient: PersonId::example(2),
        name: "Ada Okafor".to_owned(),
        email: "ada.okafor@northwind.example".to_owned(),
        active: true,
        timezone: Some("Europe/Berlin".to_owned()),
        payload: json!({
            "request": 10_482, "requester": "Lena Marsh", "resource": "NetSuite", "flow": "Finance systems",
            "reason": "Month-end close moves to my team from December; I need to post journals.\nTicket FIN-2291.",
            "submitted_at": 1_795_428_840_000_000_i64, "expires_at": 1_798_020_840_000_000_i64,
            "decided_by": decided.then_some("Hugo Voss"),
            "decision_reason": matches!(kind, "request_denied" | "access_revoked").then_some("Please ask for the read-only role first."),
            "next_steps": (kind == "request_denied").then_some("Ask again with the cost centre of the new team."),
            "error": matches!(kind, "request_error" | "request_delayed").then_some("group_inactive"),
        }),
        attempts: 0,
        created_at: Timestamp(1_795_428_840_000_000),
    }
}
