//! What a message says, in words, for its recipient.

use askama::Template;
use domain::request::ErrorCause;
use domain::time::Timestamp;
use serde::Deserialize;
use services::outbox::Claimed;

/// A line of facts.
#[derive(Clone, Debug)]
pub struct Fact {
    name: &'static str,
    value: String,
}

/// Words of a user, marked as such and never clickable.
#[derive(Clone, Debug)]
pub struct Quote {
    name: &'static str,
    lines: Vec<String>,
}

/// The one thing to do.
#[derive(Clone, Debug)]
pub struct Button {
    label: &'static str,
    href: String,
}

/// A message, ready to be rendered as text and as HTML.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Subject line.
    pub subject: String,
    greeting: String,
    intro: String,
    facts: Vec<Fact>,
    quotes: Vec<Quote>,
    button: Option<Button>,
    base_url: String,
}

#[derive(Template)]
#[template(path = "mail/letter/body.txt", escape = "none")]
struct Text<'l> {
    greeting: &'l str,
    intro: &'l str,
    facts: &'l [Fact],
    quotes: &'l [Quote],
    button: Option<&'l Button>,
    base_url: &'l str,
}

#[derive(Template)]
#[template(path = "mail/letter/body.html")]
struct Html<'l> {
    subject: &'l str,
    greeting: &'l str,
    intro: &'l str,
    facts: &'l [Fact],
    quotes: &'l [Quote],
    button: Option<&'l Button>,
}

impl Letter {
    /// As text.
    ///
    /// # Errors
    /// When the template fails, which is a defect.
    pub fn text(&self) -> Result<String, askama::Error> {
        Text {
            greeting: &self.greeting,
            intro: &self.intro,
            facts: &self.facts,
            quotes: &self.quotes,
            button: self.button.as_ref(),
            base_url: &self.base_url,
        }
        .render()
    }

    /// As HTML.
    ///
    /// # Errors
    /// When the template fails, which is a defect.
    pub fn html(&self) -> Result<String, askama::Error> {
        Html {
            subject: &self.subject,
            greeting: &self.greeting,
            intro: &self.intro,
            facts: &self.facts,
            quotes: &self.quotes,
            button: self.button.as_ref(),
        }
        .render()
    }
}

/// The payload of a message about a request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Payload {
    request: i64,
    requester: String,
    resource: String,
    flow: String,
    reason: String,
    submitted_at: i64,
    expires_at: i64,
    decided_by: Option<String>,
    decision_reason: Option<String>,
    next_steps: Option<String>,
    access_ends_at: Option<i64>,
    error: Option<ErrorCause>,
}

/// Writes the letter of a message. `link` is the one-time link, for invitations and forgotten passwords.
///
/// # Errors
/// When the kind is not known or the payload cannot be read.
pub fn letter(message: &Claimed, base_url: &str, link: Option<String>) -> Result<Letter, String> {
    let greeting = format!("Hello {},", clean(&message.name));
    if let Some(href) = link {
        return Ok(entry_letter(&message.kind, greeting, href, base_url));
    }
    let payload: Payload = serde_json::from_value(message.payload.clone()).map_err(|error| error.to_string())?;
    let zone = message.timezone.as_deref();
    let (subject, intro) = words(&message.kind, &payload).ok_or_else(|| format!("unknown kind {}", message.kind))?;
    Ok(Letter {
        subject: clean(&subject),
        greeting,
        intro,
        facts: facts(&message.kind, &payload, zone),
        quotes: quotes(&message.kind, &payload),
        button: button(&message.kind, &payload, base_url),
        base_url: base_url.to_owned(),
    })
}

fn entry_letter(kind: &str, greeting: String, href: String, base_url: &str) -> Letter {
    let (subject, intro, label) = if kind == "invitation" {
        (
            "Your Doorward account",
            "An account was made for you. Set a password to get in; the link works once, for seven days.",
            "Set a password",
        )
    } else {
        (
            "Set a new password",
            "Somebody, probably you, asked for a new password. The link works once, for one hour. If it was not you, do nothing.",
            "Set a new password",
        )
    };
    Letter {
        subject: subject.to_owned(),
        greeting,
        intro: intro.to_owned(),
        facts: Vec::new(),
        quotes: Vec::new(),
        button: Some(Button { label, href }),
        base_url: base_url.to_owned(),
    }
}

fn words(kind: &str, p: &Payload) -> Option<(String, String)> {
    let what = format!("{} for {}", p.resource, p.requester);
    let by = p.decided_by.as_deref().unwrap_or("Doorward");
    Some(match kind {
        "admin_request_submitted" => (
            format!("{} asks for {}", p.requester, p.resource),
            format!("{} asks for access to {}.", p.requester, p.resource),
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
        "request_approved" => (format!("Granted: {}", p.resource), format!("You have access to {}. {by} granted it.", p.resource)),
        "request_denied" => (format!("Denied: {}", p.resource), format!("{by} denied your request for {}.", p.resource)),
        "request_overridden" => (
            format!("Decided without you: {what}"),
            format!("{by} decided on this request as an administrator, over the approvers. Nothing is left for you to do."),
        ),
        "request_missing_data" => (
            format!("Nobody can approve: {what}"),
            "A step of this request has fewer living approvers than it requires. Grant or deny it, or repair the directory.".to_owned(),
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

fn facts(kind: &str, p: &Payload, zone: Option<&str>) -> Vec<Fact> {
    let mut facts = vec![
        Fact { name: "Request", value: format!("#{}", p.request) },
        Fact { name: "Resource", value: p.resource.clone() },
    ];
    if !kind.starts_with("request_approved") && !kind.starts_with("request_denied") {
        facts.push(Fact { name: "Requester", value: p.requester.clone() });
    }
    facts.push(Fact { name: "Flow", value: p.flow.clone() });
    facts.push(Fact { name: "Submitted", value: moment(p.submitted_at, zone) });
    if kind.ends_with("_submitted") || kind == "request_received" {
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

fn quotes(kind: &str, p: &Payload) -> Vec<Quote> {
    let quote = |name, text: &str| Quote { name, lines: text.lines().map(str::to_owned).collect() };
    let mut quotes = Vec::new();
    let asks = kind.ends_with("_submitted")
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

fn button(kind: &str, p: &Payload, base: &str) -> Option<Button> {
    Some(match kind {
        "admin_request_submitted" | "request_missing_data" | "request_error" => {
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

/// A moment in the recipient's time zone when it is known, with the zone shown.
fn moment(at: i64, zone: Option<&str>) -> String {
    let zone = zone.and_then(|name| jiff::tz::TimeZone::get(name).ok());
    match (jiff::Timestamp::from_microsecond(at), zone) {
        (Ok(moment), Some(zone)) => moment.to_zoned(zone).strftime("%-d %b %Y, %H:%M %Z").to_string(),
        _ => app::ui::time::absolute(Timestamp(at)),
    }
}

/// A text without control characters: one of them in a name must not stop the worker.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
