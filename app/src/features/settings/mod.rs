//! Settings of the organisation.

use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::controls::{Controls, suggestions};
use crate::markup::state::trouble;
use crate::sheet::{Call, Sheet};
use domain::message::Audience;
use maud::{Markup, html};
use services::{SettingsDraft, switchable};
use std::collections::BTreeMap;

/// The page.
///
/// # Errors
/// As [`AppError`].
pub async fn settings(call: &Call) -> Result<Sheet, AppError> {
    if !call.actor()?.admin {
        return Err(AppError::Forbidden);
    }
    let form = if call.form.values.is_empty() {
        let now = services::settings(call.services()).await.map_err(failed)?;
        fresh(&SettingsDraft::of(&now))
    } else {
        call.form.clone()
    };
    let body = html! {
        div.crumb { "Organisation" }
        div.head { h1 { "Settings" } }
        @if let Some(message) = form.message() { (trouble(&message)) }
        (page(&form))
    };
    Ok(call.admin("Settings", &body))
}

fn page(form: &FormState) -> Markup {
    let fields = Controls(form);
    html! {
        form.editor method="post" action="/admin/settings" novalidate {
            // What the page showed: only what is changed from it is saved.
            @for name in names() { (fields.hidden(&format!("seen-{name}"))) }
            section.card.panel {
                h2 { "Requests" }
                (fields.check("requests_enabled", "People may ask for access", "Off: nobody sees Requests in the user portal. What is open goes on."))
                (fields.check("show_progress", "Show approval progress to requesters", "Who must agree, and who has."))
                (fields.check("comment_on_override", "A comment is obligatory on an overriding grant", "When an administrator grants over the approvers."))
                (fields.of_kind("number", "expiry_days", "Days until a request expires", "Without anybody's action. Open requests keep the moment they have."))
            }
            section.card.panel {
                h2 { "Mail" }
                fieldset.radios {
                    legend { "To administrators and approvers" }
                    (fields.check("mail_approvers", "Request submitted, and turn to approve", ""))
                }
                fieldset.radios { legend { "To administrators" } (kinds(&fields, Audience::Admins)) }
                fieldset.radios { legend { "To approvers" } (kinds(&fields, Audience::Approvers)) }
                fieldset.radios {
                    legend { "To the requester" }
                    (fields.check("mail_receipt", "Request received", ""))
                    (fields.check("mail_decision", "Request granted or denied", ""))
                    (kinds(&fields, Audience::Requester))
                }
                (fields.of_kind("email", "sender", "Sender address", "Empty: the address of the server."))
            }
            section.card.panel {
                h2 { "Reminders" }
                p.sub { "Approvers are reminded at a quarter, half and four fifths of the waiting time, on working days and outside of quiet hours." }
                (fields.listed("timezone", "Time zone of the organisation", "As in Europe/Berlin; empty: UTC.", "zones"))
                (suggestions("zones", &services::login::zones()))
                fieldset.radios.days {
                    legend { "Working days" }
                    @for (day, label) in DAYS { (fields.check(&format!("day-{day}"), label, "")) }
                    (fields.error("working_days"))
                }
                (fields.of_kind("time", "quiet_from", "Quiet from", ""))
                (fields.of_kind("time", "quiet_to", "Quiet until", "The same twice: never quiet."))
            }
            section.card.panel {
                h2 { "Help" }
                (fields.text("support_link", "Support link", "Shown in both portals. https://…"))
            }
            div.savebar { div.acts { button.button.primary type="submit" { "Save settings" } } }
        }
    }
}

const DAYS: [(u8, &str); 7] =
    [(1, "Monday"), (2, "Tuesday"), (3, "Wednesday"), (4, "Thursday"), (5, "Friday"), (6, "Saturday"), (7, "Sunday")];

/// The switches of the kinds of messages for an audience.
fn kinds(fields: &Controls<'_>, audience: Audience) -> Markup {
    html! {
        @for kind in switchable().filter(|kind| kind.audience == audience) {
            (fields.check(&format!("send-{}", kind.name), kind.ledger, ""))
        }
    }
}

/// Every field of the form.
fn names() -> Vec<String> {
    let days = DAYS.iter().map(|(day, _)| format!("day-{day}"));
    let kinds = switchable().map(|kind| format!("send-{}", kind.name));
    NAMES.iter().map(|name| (*name).to_owned()).chain(days).chain(kinds).collect()
}

const NAMES: [&str; 12] = [
    "requests_enabled",
    "mail_approvers",
    "mail_receipt",
    "mail_decision",
    "show_progress",
    "comment_on_override",
    "expiry_days",
    "sender",
    "support_link",
    "timezone",
    "quiet_from",
    "quiet_to",
];

fn fresh(draft: &SettingsDraft) -> FormState {
    let yes = |yes: bool| if yes { "1" } else { "" }.to_owned();
    let values = [
        yes(draft.requests_enabled),
        yes(draft.mail_approvers),
        yes(draft.mail_receipt),
        yes(draft.mail_decision),
        yes(draft.show_progress),
        yes(draft.comment_on_override),
        draft.expiry_days.clone(),
        draft.sender.clone(),
        draft.support_link.clone(),
        draft.timezone.clone(),
        draft.quiet_from.clone(),
        draft.quiet_to.clone(),
    ];
    let days = DAYS.iter().map(|(day, _)| yes(draft.working_days.contains(day)));
    let kinds = switchable().map(|kind| yes(!draft.silent.iter().any(|silent| silent == kind.name)));
    let pairs = names().into_iter().zip(values.into_iter().chain(days).chain(kinds));
    let values = pairs.flat_map(|(name, value)| [(format!("seen-{name}"), value.clone()), (name, value)]);
    FormState { values: values.collect(), error: None, ..FormState::default() }
}

/// Whether the form has a field of this name.
#[must_use]
pub fn knows(name: &str) -> bool {
    let bare = name.strip_prefix("seen-").unwrap_or(name);
    names().iter().any(|known| known == bare)
}

/// What the page showed, and what was typed.
#[must_use]
pub fn read(fields: &BTreeMap<String, String>) -> (SettingsDraft, SettingsDraft) {
    let draft = |prefix: &str| {
        let take = |name: &str| fields.get(&format!("{prefix}{name}")).cloned().unwrap_or_default();
        let yes = |name: &str| take(name) == "1";
        SettingsDraft {
            requests_enabled: yes("requests_enabled"),
            mail_approvers: yes("mail_approvers"),
            mail_receipt: yes("mail_receipt"),
            mail_decision: yes("mail_decision"),
            show_progress: yes("show_progress"),
            comment_on_override: yes("comment_on_override"),
            expiry_days: take("expiry_days"),
            sender: take("sender"),
            support_link: take("support_link"),
            timezone: take("timezone"),
            quiet_from: take("quiet_from"),
            quiet_to: take("quiet_to"),
            working_days: DAYS.iter().map(|(day, _)| *day).filter(|day| yes(&format!("day-{day}"))).collect(),
            silent: switchable()
                .filter(|kind| !yes(&format!("send-{}", kind.name)))
                .map(|kind| kind.name.to_owned())
                .collect(),
        }
    };
    (draft("seen-"), draft(""))
}
