//! What a message says, in words, for its recipient.

use super::words::{button, facts, quotes, words};
use askama::Template;
use domain::request::ErrorCause;
use domain::time::Timestamp;
use serde::Deserialize;
use services::outbox::{Claimed, Now, Waiting};

/// A line of facts.
#[derive(Clone, Debug)]
pub struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// Words of a user, marked as such and never clickable.
#[derive(Clone, Debug)]
pub struct Quote {
    pub(super) name: &'static str,
    pub(super) lines: Vec<String>,
}

/// A request that waits for the recipient.
#[derive(Clone, Debug)]
pub struct Line {
    text: String,
    href: String,
}

/// The one thing to do.
#[derive(Clone, Debug)]
pub struct Button {
    pub(super) label: &'static str,
    pub(super) href: String,
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
    waiting: Vec<Line>,
    more: usize,
    button: Option<Button>,
    base_url: String,
    /// Its recipient can choose not to hear it, and is told where.
    chosen: bool,
}

#[derive(Template)]
#[template(path = "mail/letter/body.txt", escape = "none")]
struct Text<'l> {
    greeting: &'l str,
    intro: &'l str,
    facts: &'l [Fact],
    quotes: &'l [Quote],
    waiting: &'l [Line],
    more: usize,
    button: Option<&'l Button>,
    base_url: &'l str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "mail/letter/body.html")]
struct Html<'l> {
    subject: &'l str,
    greeting: &'l str,
    intro: &'l str,
    facts: &'l [Fact],
    quotes: &'l [Quote],
    waiting: &'l [Line],
    more: usize,
    button: Option<&'l Button>,
    base_url: &'l str,
    chosen: bool,
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
            waiting: &self.waiting,
            more: self.more,
            button: self.button.as_ref(),
            base_url: &self.base_url,
            chosen: self.chosen,
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
            waiting: &self.waiting,
            more: self.more,
            button: self.button.as_ref(),
            base_url: &self.base_url,
            chosen: self.chosen,
        }
        .render()
    }
}

/// The payload of a message.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Payload {
    pub(super) request: i64,
    pub(super) requester: String,
    pub(super) resource: String,
    pub(super) flow: String,
    pub(super) reason: String,
    pub(super) submitted_at: i64,
    pub(super) expires_at: i64,
    pub(super) status: String,
    pub(super) decided_by: Option<String>,
    pub(super) decision_reason: Option<String>,
    pub(super) next_steps: Option<String>,
    pub(super) access_ends_at: Option<i64>,
    pub(super) error: Option<ErrorCause>,
    /// What failed was to take the access back, before a denial.
    pub(super) undo: bool,
    /// It is an administrator's turn.
    pub(super) admin: bool,
    /// A channel, and why it was switched off.
    pub(super) channel: String,
    pub(super) name: String,
    pub(super) cause: String,
}

/// A link into Doorward that says for whom it was made: opened under another account, the page can name the one that it needs.
pub(super) fn made_for(href: &str, email: &str) -> String {
    let sign = if href.contains('?') { '&' } else { '?' };
    format!("{href}{sign}for={}", domain::filter::encode(email))
}

fn line(one: &Waiting, base_url: &str, message: &Claimed) -> Line {
    let zone = message.timezone.as_deref();
    Line {
        text: clean(&format!(
            "#{}: {} for {}, since {}, expires {}",
            one.number,
            one.resource,
            one.requester,
            moment(one.submitted_at.0, zone),
            moment(one.expires_at.0, zone)
        )),
        href: made_for(
            &if one.admin {
                format!("{base_url}/admin/requests/{}", one.number)
            } else {
                format!("{base_url}/portal/approvals?open={}", one.number)
            },
            &message.email,
        ),
    }
}

/// Writes the letter of a message, as things stand now. `link` is the one-time link, for invitations and forgotten passwords.
///
/// # Errors
/// When the kind is not known or the payload cannot be read.
pub fn letter(message: &Claimed, now: &Now, base_url: &str, link: Option<String>) -> Result<Letter, String> {
    let greeting = format!("Hello {},", clean(&message.name));
    if let Some(href) = link {
        return Ok(entry_letter(&message.kind, greeting, href, base_url));
    }
    let payload: Payload = serde_json::from_value(message.payload.clone()).map_err(|error| error.to_string())?;
    let zone = message.timezone.as_deref();
    let waits = now.waiting.len() + now.more;
    let (subject, intro) =
        words(&message.kind, &payload, waits).ok_or_else(|| format!("unknown kind {}", message.kind))?;
    let waiting = now.waiting.iter().map(|one| line(one, base_url, message)).collect();
    Ok(Letter {
        subject: clean(&subject),
        greeting,
        intro,
        facts: facts(&message.kind, &payload, zone),
        quotes: quotes(&message.kind, &payload),
        waiting,
        more: now.more,
        button: button(&message.kind, &payload, base_url)
            .map(|button| Button { href: made_for(&button.href, &message.email), ..button }),
        base_url: base_url.to_owned(),
        chosen: domain::message::find(&message.kind).is_none_or(|kind| kind.optional),
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
        waiting: Vec::new(),
        more: 0,
        button: Some(Button { label, href }),
        base_url: base_url.to_owned(),
        chosen: false,
    }
}

/// A moment in the recipient's time zone when it is known, with the offset and the zone: `2026-11-25 14:00 (UTC+01:00, Europe/Berlin)`.
/// Short names such as CST mean several zones.
pub(super) fn moment(at: i64, zone: Option<&str>) -> String {
    let zone = zone.and_then(|name| jiff::tz::TimeZone::get(name).ok()).unwrap_or(jiff::tz::TimeZone::UTC);
    let Ok(moment) = jiff::Timestamp::from_microsecond(at) else { return app::ui::time::absolute(Timestamp(at)) };
    let name = zone.iana_name().filter(|name| *name != "UTC").unwrap_or_default().to_owned();
    let moment = moment.to_zoned(zone);
    if name.is_empty() {
        return moment.strftime("%Y-%m-%d %H:%M (UTC)").to_string();
    }
    format!("{}, {name})", moment.strftime("%Y-%m-%d %H:%M (UTC%:z"))
}

/// A text without control characters: one of them in a name must not stop the worker.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
