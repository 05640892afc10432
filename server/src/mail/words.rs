//! The words of each kind of message.

use super::letter::{Button, Fact, Payload, Quote, moment};

pub(super) fn words(kind: &str, p: &Payload, waits: usize) -> Option<(String, String)> {
    let what = format!("{} for {}", p.resource, p.requester);
    let by = p.decided_by.as_deref().unwrap_or("Doorward");
    Some(match kind {
        "admin_request_submitted" => (
            format!("{} asks for {}", p.requester, p.resource),
            format!("{} asks for access to {}.", p.requester, p.resource),
        ),
        "admin_turn" => (
            format!("Your decision: {what}"),
            format!("{} asks for access to {}, and it is the administrators' turn to grant or deny.", p.requester, p.resource),
        ),
        "approver_request_submitted" => (
            format!("Your approval: {what}"),
            format!("{} asks for access to {}, and it is your turn to approve or deny.", p.requester, p.resource),
        ),
        "request_received" => (
            format!("Received: {}", p.resource),
            format!("Your request for {} is on its way. You hear again when it is decided.", p.resource),
        ),
        "request_delayed" => (
            format!("Delayed: {}", p.resource),
            format!("Your request for {} was granted, but giving the access failed. The administrators know.", p.resource),
        ),
        "request_approved" => (
            format!("Granted: {}", p.resource),
            match &p.decided_by {
                Some(by) => format!("You have access to {}. {by} granted it.", p.resource),
                // Nobody had to agree.
                None => format!("You have access to {}.", p.resource),
            },
        ),
        "request_denied" => (format!("Denied: {}", p.resource), format!("{by} denied your request for {}.", p.resource)),
        "request_overridden" => (
            format!("Decided without you: {what}"),
            format!("{by} {} this request as an administrator, over the approvers. Nothing is left for you to do.", did(&p.status)),
        ),
        "request_decided" => (
            format!("Over: {what}"),
            match p.status.as_str() {
                "approved" => format!("{by} granted this request. Nothing is left for you to do."),
                "denied" => format!("{by} denied this request. Nothing is left for you to do."),
                "expired" => "Nobody decided on this request in time. Nothing is left for you to do.".to_owned(),
                _ => "This request was canceled. Nothing is left for you to do.".to_owned(),
            },
        ),
        "reminder" => (
            format!("Still waiting: {what}"),
            format!("{} still waits for access to {}, and for your decision.{}", p.requester, p.resource, others(waits)),
        ),
        "digest" => (
            if waits == 1 { "1 request waits for you".to_owned() } else { format!("{waits} requests wait for you") },
            "These requests wait for your decision, the first to expire first.".to_owned(),
        ),
        "access_ending" => (
            format!("Ends soon: {}", p.resource),
            format!("Your access to {} ends by itself. If you need it for longer, ask for more time.", p.resource),
        ),
        "revoke_failed" if p.status == "unconfirmed" => (
            format!("Could not be confirmed: {} of {}", p.resource, p.requester),
            format!("The access of {} to the group {} has ended. The target {} was told to take it back, but it cannot be seen whether it did. Look there yourself.", p.requester, p.resource, p.name),
        ),
        "revoke_failed" => (
            format!("Not taken back: {} of {}", p.resource, p.requester),
            format!("The access of {} to the group {} has ended, but the target {} has not let it go. It is tried again by itself; mend the cause, or take it back there yourself.", p.requester, p.resource, p.name),
        ),
        "target_differs" => (
            format!("Target differs: {} of {}", p.resource, p.requester),
            match p.status.as_str() {
                "again" => format!("{} is in the group {} of {} again, although their access has ended. It is taken back again.", p.requester, p.resource, p.name),
                "not_given" => format!("{} should be in the group {} of {}, but could not be put in.", p.requester, p.resource, p.name),
                _ => format!("{} should be in the group {} of {}, but is not there any more. Somebody may have taken it back there.", p.requester, p.resource, p.name),
            },
        ),
        "channel_off" => (
            format!("Channel switched off: {}", p.name),
            format!("Doorward tells the channel {} nothing any more: {}. Mend it, then switch it on again.", p.name, p.cause),
        ),
        "address_changed" => (
            "The address of your account was changed".to_owned(),
            format!(
                "{} changed the address of your Doorward account. Nothing goes to {} any more, and links that were sent there have ended. If you do not know of this, tell an administrator.",
                p.decided_by.as_deref().unwrap_or("The operator"),
                p.name,
            ),
        ),
        "request_missing_data" => (
            format!("Nobody can approve: {what}"),
            "A step of this request has fewer living approvers than it requires. Grant or deny it, or repair the directory.".to_owned(),
        ),
        "request_error" if p.undo => (
            format!("The denial failed: {what}"),
            "What had been given could not be taken back, so the request is not denied yet. Repair the cause, then retry.".to_owned(),
        ),
        "request_error" => (format!("The grant failed: {what}"), "The decision stands, but it could not be carried out. Repair the cause, then retry.".to_owned()),
        "request_expired" => (format!("Expired: {}", p.resource), format!("Nobody decided on your request for {} in time. You can ask again.", p.resource)),
        "access_revoked" => (
            format!("Revoked: {}", p.resource),
            format!("{by} has taken your access to {} back. You can ask for it again.", p.resource),
        ),
        "request_canceled" => (format!("Canceled: {}", p.resource), format!("Your request for {} was canceled.", p.resource)),
        _ => return None,
    })
}

pub(super) fn facts(kind: &str, p: &Payload, zone: Option<&str>) -> Vec<Fact> {
    if matches!(kind, "digest" | "channel_off" | "address_changed") {
        return Vec::new();
    }
    if is_about_target(kind) {
        let fact = |name, value: &str| Fact { name, value: value.to_owned() };
        return vec![
            Fact { name: "Request", value: format!("#{}", p.request) },
            fact("Person", &p.requester),
            fact("Group", &p.resource),
            fact("Connector", &p.name),
        ];
    }
    let mut facts = vec![
        Fact { name: "Request", value: format!("#{}", p.request) },
        Fact { name: "Resource", value: p.resource.clone() },
    ];
    if !matches!(kind, "request_approved" | "request_denied" | "access_ending") {
        facts.push(Fact { name: "Requester", value: p.requester.clone() });
    }
    facts.push(Fact { name: "Flow", value: p.flow.clone() });
    facts.push(Fact { name: "Submitted", value: moment(p.submitted_at, zone) });
    if kind.ends_with("_submitted") || matches!(kind, "admin_turn" | "request_received" | "reminder") {
        facts.push(Fact { name: "Expires", value: moment(p.expires_at, zone) });
    }
    if let Some(ends) = p.access_ends_at {
        facts.push(Fact { name: "Access ends", value: moment(ends, zone) });
    }
    if let Some(error) = p.error.as_ref().filter(|_| kind == "request_error") {
        facts.push(Fact { name: "Cause", value: app::ui::words::cause_words(error) });
    }
    facts
}

pub(super) fn quotes(kind: &str, p: &Payload) -> Vec<Quote> {
    let quote = |name, text: &str| Quote { name, lines: text.lines().map(str::to_owned).collect() };
    let mut quotes = Vec::new();
    if is_about_target(kind) {
        return vec![quote("What was said", &p.cause)];
    }
    let asks = kind.ends_with("_submitted")
        || kind == "admin_turn"
        || kind == "reminder"
        || kind == "request_received"
        || kind == "request_missing_data"
        || kind == "request_error";
    if asks && !p.reason.is_empty() {
        quotes.push(quote("Reason for request", &p.reason));
    }
    if let Some(reason) = &p.decision_reason {
        let is_reason = matches!(kind, "request_denied" | "access_revoked");
        quotes.push(quote(if is_reason { "Reason" } else { "Comment" }, reason));
    }
    if let Some(next) = &p.next_steps {
        quotes.push(quote("Next steps", next));
    }
    quotes
}

pub(super) fn button(kind: &str, p: &Payload, base: &str) -> Option<Button> {
    Some(match kind {
        "reminder" if p.admin => {
            Button { label: "Admin Portal Login", href: format!("{base}/admin/requests/{}", p.request) }
        }
        "reminder" | "digest" => Button { label: "Open what waits for me", href: format!("{base}/portal/approvals") },
        "access_ending" => Button { label: "Open my applications", href: format!("{base}/portal") },
        "revoke_failed" | "target_differs" => {
            Button { label: "Open Live Grants", href: format!("{base}/admin/grants") }
        }
        "channel_off" => Button { label: "Open the channel", href: format!("{base}/admin/channels/{}", p.channel) },
        "admin_request_submitted" | "admin_turn" | "request_missing_data" | "request_error" => {
            Button { label: "Admin Portal Login", href: format!("{base}/admin/requests/{}", p.request) }
        }
        "approver_request_submitted" => {
            Button { label: "Review the request", href: format!("{base}/portal/approvals?open={}", p.request) }
        }
        "request_approved" => Button { label: "Open my applications", href: format!("{base}/portal") },
        "request_received" | "request_delayed" | "request_denied" | "request_expired" | "request_canceled"
        | "access_revoked" => Button { label: "Open my requests", href: format!("{base}/portal/requests") },
        _ => return None,
    })
}

/// Whether a kind is about a membership in a target.
fn is_about_target(kind: &str) -> bool {
    matches!(kind, "revoke_failed" | "target_differs")
}

/// What became of a request that was decided.
fn did(status: &str) -> &'static str {
    match status {
        "approved" => "granted",
        "denied" => "denied",
        _ => "decided on",
    }
}

/// That others wait too, beside the one that a reminder is about.
fn others(waits: usize) -> String {
    match waits {
        0 | 1 => String::new(),
        2 => " One other request waits for you too.".to_owned(),
        more => format!(" {} other requests wait for you too.", more - 1),
    }
}
