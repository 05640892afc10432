//! Settings of the organisation.

use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::sheet::{Call, Sheet};
use crate::ui::controls::Controls;
use crate::ui::state::trouble;
use maud::{Markup, html};
use services::SettingsDraft;
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
        div.crumb { "Security Management" }
        div.head { h1 { "Settings" } }
        @if let Some(message) = form.message() { (trouble(&message)) }
        (page(&form))
    };
    Ok(call.admin("Settings", &body))
}

fn page(form: &FormState) -> Markup {
    let fields = Controls(form);
    html! {
        form.editor method="post" action="/admin/settings" {
            // What the page showed: only what is changed from it is saved.
            @for name in NAMES { (fields.hidden(&format!("seen-{name}"))) }
            section.card.panel {
                h2 { "Requests" }
                (fields.check("requests_enabled", "People may ask for access", "Off: nobody sees Requests in the user portal. What is open goes on."))
                (fields.check("show_progress", "Show approval progress to requesters", "Who must agree, and who has."))
                (fields.check("comment_on_override", "A comment is obligatory on an overriding grant", "When an administrator grants over the approvers."))
                (fields.of_kind("number", "expiry_days", "Days until a request expires", "Without anybody's action. Open requests keep the moment they have."))
            }
            section.card.panel {
                h2 { "Mail" }
                (fields.check("mail_approvers", "To administrators and approvers, on submission", ""))
                (fields.check("mail_receipt", "To the requester, on receipt", ""))
                (fields.check("mail_decision", "To the requester, on decision", ""))
                (fields.of_kind("email", "sender", "Sender address", "Empty: the address of the server."))
            }
            section.card.panel {
                h2 { "Help" }
                (fields.text("support_link", "Support link", "Shown in both portals. https://…"))
            }
            div.savebar { div.acts { button.button.primary type="submit" { "Save settings" } } }
        }
    }
}

const NAMES: [&str; 9] = [
    "requests_enabled",
    "mail_approvers",
    "mail_receipt",
    "mail_decision",
    "show_progress",
    "comment_on_override",
    "expiry_days",
    "sender",
    "support_link",
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
    ];
    let pairs = NAMES.iter().zip(values);
    let values = pairs.flat_map(|(name, value)| [((*name).to_owned(), value.clone()), (format!("seen-{name}"), value)]);
    FormState { values: values.collect(), error: None }
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
        }
    };
    (draft("seen-"), draft(""))
}
