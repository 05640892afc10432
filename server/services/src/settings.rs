//! Settings of the organisation.

use crate::{Error, Origin, Result, Right, Services};
use domain::message::{KINDS, Kind};
use domain::people::Actor;
use domain::settings::Settings;
use domain::validate::{self, FieldCode, FieldError};
use serde_json::json;
use store::audit::Event;

/// Fewest and most days until a request expires.
const DAYS: (i64, i64) = (1, 365);

/// The settings now.
///
/// # Errors
/// When the database fails.
pub async fn settings(services: &Services) -> Result<Settings> {
    let mut session = services.store.read().await?;
    Ok(store::settings::get(&mut session).await?)
}

/// Settings, typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsDraft {
    /// People may ask.
    pub requests_enabled: bool,
    /// Mail to admins and approvers on submission.
    pub mail_approvers: bool,
    /// Mail to the requester on receipt.
    pub mail_receipt: bool,
    /// Mail to the requester on decision.
    pub mail_decision: bool,
    /// Show approval progress to requesters.
    pub show_progress: bool,
    /// A comment is obligatory on an overriding grant.
    pub comment_on_override: bool,
    /// Days without action until a request expires.
    pub expiry_days: String,
    /// From whom mail comes.
    pub sender: String,
    /// Where people find help.
    pub support_link: String,
    /// Kinds of messages that are not sent, beside those with a switch of their own.
    pub silent: Vec<String>,
    /// Time zone of the organisation.
    pub timezone: String,
    /// Days on which reminders are sent: Monday is 1, Sunday 7.
    pub working_days: Vec<u8>,
    /// `20:00`: from when on no reminder is sent.
    pub quiet_from: String,
    /// `07:00`: from when on reminders are sent again.
    pub quiet_to: String,
}

/// The kinds of messages that the organisation may do without and that have no switch of their own.
pub fn switchable() -> impl Iterator<Item = &'static Kind> {
    const OWN: [&str; 7] = [
        "admin_request_submitted",
        "admin_turn",
        "approver_request_submitted",
        "request_received",
        "request_approved",
        "request_denied",
        "request_delayed",
    ];
    KINDS.iter().filter(|kind| kind.optional && !OWN.contains(&kind.name))
}

/// A minute of the day as `07:30`.
fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The minute of the day that `7:30` says.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

impl SettingsDraft {
    /// Settings as they would be typed.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            requests_enabled: settings.requests_enabled,
            mail_approvers: settings.mail_approvers,
            mail_receipt: settings.mail_receipt,
            mail_decision: settings.mail_decision,
            show_progress: settings.show_progress,
            comment_on_override: settings.comment_on_override,
            expiry_days: settings.expiry_days.to_string(),
            sender: settings.sender.clone(),
            support_link: settings.support_link.clone().unwrap_or_default(),
            silent: settings.silent.clone(),
            timezone: settings.timezone.clone(),
            working_days: settings.working_days.clone(),
            quiet_from: clock(settings.quiet_from),
            quiet_to: clock(settings.quiet_to),
        }
    }

    /// The settings with what differs between `before` and this: two admins who change different ones do not undo each other.
    fn over(&self, now: &Settings, before: &Self) -> std::result::Result<Settings, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut out = now.clone();
        for (mine, seen, slot) in [
            (self.requests_enabled, before.requests_enabled, &mut out.requests_enabled),
            (self.mail_approvers, before.mail_approvers, &mut out.mail_approvers),
            (self.mail_receipt, before.mail_receipt, &mut out.mail_receipt),
            (self.mail_decision, before.mail_decision, &mut out.mail_decision),
            (self.show_progress, before.show_progress, &mut out.show_progress),
            (self.comment_on_override, before.comment_on_override, &mut out.comment_on_override),
        ] {
            if mine != seen {
                *slot = mine;
            }
        }
        if self.expiry_days != before.expiry_days {
            match self.expiry_days.trim().parse::<u32>() {
                Ok(days) if (DAYS.0..=DAYS.1).contains(&i64::from(days)) => out.expiry_days = days,
                _ => errors.push(FieldError::new("expiry_days", FieldCode::Range(DAYS.0, DAYS.1))),
            }
        }
        if self.sender != before.sender {
            match self.sender.trim() {
                "" => out.sender = String::new(),
                given => match validate::email("sender", given) {
                    Ok(address) => out.sender = address,
                    Err(error) => errors.push(error),
                },
            }
        }
        if self.support_link != before.support_link {
            match validate::link("support_link", &self.support_link) {
                Ok(link) => out.support_link = link,
                Err(error) => errors.push(error),
            }
        }
        self.hours_over(&mut out, before, &mut errors);
        if errors.is_empty() { Ok(out) } else { Err(errors) }
    }

    /// Which kinds are sent, and when reminders are.
    fn hours_over(&self, out: &mut Settings, before: &Self, errors: &mut Vec<FieldError>) {
        for kind in switchable() {
            let (mine, seen) = (has(&self.silent, kind.name), has(&before.silent, kind.name));
            if mine != seen {
                out.silent.retain(|silent| silent != kind.name);
                out.silent.extend(mine.then(|| kind.name.to_owned()));
            }
        }
        if self.working_days != before.working_days {
            match self.working_days.as_slice() {
                [] => errors.push(FieldError::new("working_days", FieldCode::Required)),
                days => out.working_days = days.to_vec(),
            }
        }
        if self.timezone != before.timezone {
            let zone = self.timezone.trim();
            if zone.is_empty() || jiff::tz::TimeZone::get(zone).is_ok() {
                out.timezone = zone.to_owned();
            } else {
                errors.push(FieldError::new("timezone", FieldCode::Zone));
            }
        }
        for (typed, seen, field, slot) in [
            (&self.quiet_from, &before.quiet_from, "quiet_from", &mut out.quiet_from),
            (&self.quiet_to, &before.quiet_to, "quiet_to", &mut out.quiet_to),
        ] {
            if typed != seen {
                match minute(typed) {
                    Some(minute) => *slot = minute,
                    None => errors.push(FieldError::new(field, FieldCode::Malformed)),
                }
            }
        }
    }
}

fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|given| given == name)
}

/// Saves what an admin changed; `before` is what the page showed.
///
/// # Errors
/// Forbidden, the fields that are wrong, or the database fails.
pub async fn save_settings(
    services: &Services,
    actor: &Actor,
    before: &SettingsDraft,
    draft: &SettingsDraft,
    origin: &Origin,
) -> Result<()> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    store::settings::hold(&mut session).await?;
    let now = store::settings::get(&mut session).await?;
    let next = draft.over(&now, before).map_err(Error::Invalid)?;
    if next == now {
        return Ok(());
    }
    store::settings::put(&mut session, &next).await?;
    let event = Event {
        kind: "settings_updated",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        detail: json!({ "before": now, "after": next }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    Ok(session.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::SettingsDraft;
    use domain::settings::Settings;

    #[test]
    fn only_what_somebody_changed_is_changed() {
        let seen = SettingsDraft::of(&Settings::default());
        let meanwhile = Settings { expiry_days: 10, ..Settings::default() };
        let mine = SettingsDraft { show_progress: false, ..seen.clone() };
        let next = mine.over(&meanwhile, &seen).expect("sound");
        assert_eq!((next.expiry_days, next.show_progress), (10, false));
        let wrong =
            SettingsDraft { expiry_days: "0".to_owned(), support_link: "javascript:1".to_owned(), ..seen.clone() };
        let fields: Vec<String> =
            wrong.over(&meanwhile, &seen).expect_err("two are wrong").into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["expiry_days", "support_link"]);
        let wrong = SettingsDraft {
            timezone: "Nowhere".to_owned(),
            quiet_from: "25:00".to_owned(),
            working_days: Vec::new(),
            ..seen.clone()
        };
        let fields: Vec<String> =
            wrong.over(&meanwhile, &seen).expect_err("three are wrong").into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["working_days", "timezone", "quiet_from"]);
        let mine = SettingsDraft { silent: vec!["reminder".to_owned()], quiet_to: "6:30".to_owned(), ..seen.clone() };
        let meanwhile = Settings { silent: vec!["digest".to_owned()], ..meanwhile };
        let next = mine.over(&meanwhile, &seen).expect("sound");
        assert_eq!((next.silent, next.quiet_to), (vec!["digest".to_owned(), "reminder".to_owned()], 390));
    }
}
