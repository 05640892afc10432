//! My account: who I am here, and my time zone.

use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::controls::{Controls, suggestions};
use crate::markup::state::trouble;
use crate::sheet::{Call, Sheet};
use domain::message::{Audience, KINDS, Kind};
use maud::html;
use services::login::MeDraft;

/// The page.
///
/// # Errors
/// As [`AppError`].
pub async fn account(call: &Call) -> Result<Sheet, AppError> {
    let (services, actor) = (call.services(), call.actor()?);
    let me = services::login::me(services, actor).await.map_err(failed)?;
    let mut form = call.form.clone();
    if !form.values.contains_key("timezone") {
        form.values.insert("timezone".to_owned(), me.timezone.clone().unwrap_or_default());
        form.values.insert("digest".to_owned(), yes(me.preferences.digest));
        for kind in &me.kinds {
            form.values.insert(format!("want-{}", kind.name), yes(me.preferences.wants(kind)));
        }
    }
    let fields = Controls(&form);
    let zones: Vec<String> = services::login::zones();
    let body = html! {
        h1 { "My account" }
        @if let Some(message) = form.message() { (trouble(&message)) }
        section.card.panel {
            dl.facts {
                dt { "Name" } dd { (me.name) }
                dt { "Email" } dd { (me.email) }
                @if !me.department.is_empty() { dt { "Department" } dd { (me.department) } }
                @if let Some(manager) = &me.manager { dt { "Manager" } dd { (manager) } }
            }
            p.sub { "These come from the directory; your administrators keep it." }
        }
        form.editor method="post" action="/account" {
            section.card.panel {
                (fields.listed("timezone", "Time zone", "Mails tell times in it. As in Europe/Berlin; empty: UTC.", "zones"))
                (suggestions("zones", &zones))
            }
            section.card.panel {
                h2 { "Messages" }
                p.sub { "What you hear by mail. Your organisation may send less." }
                @for audience in [Audience::Requester, Audience::Approvers, Audience::Admins] {
                    @let mine: Vec<_> = me.kinds.iter().filter(|kind| kind.audience == audience).collect();
                    @if !mine.is_empty() {
                        fieldset.radios {
                            legend { (heading(audience)) }
                            @for kind in mine {
                                input type="hidden" name={ "shown-" (kind.name) } value="1";
                                (fields.check(&format!("want-{}", kind.name), kind.label, ""))
                            }
                            @if audience == Audience::Approvers {
                                (fields.check("digest", "Once a day, in one list", "In the morning of each working day, in the place of a message for each request."))
                            }
                        }
                    }
                }
                div.acts { button.button.primary type="submit" { "Save" } }
            }
        }
        section.card.panel {
            h2 { "Password" }
            p { a.button href="/account/password" rel="external" { "Change password" } }
        }
    };
    let counts = services::portal::counts(services, actor).await.map_err(failed)?;
    Ok(call.portal("My account", &counts, &body))
}

fn yes(yes: bool) -> String {
    if yes { "1" } else { "" }.to_owned()
}

const fn heading(audience: Audience) -> &'static str {
    match audience {
        Audience::Admins => "As an administrator",
        Audience::Approvers => "As an approver",
        Audience::Requester | Audience::Anybody => "About my own requests",
    }
}

/// Whether the form has a field of this name, whoever is shown it.
#[must_use]
pub fn knows(name: &str) -> bool {
    let kind = |kind: &str| KINDS.iter().any(|known| known.name == kind);
    matches!(name, "timezone" | "digest")
        || ["shown-", "want-"].iter().any(|begin| name.strip_prefix(begin).is_some_and(kind))
}

/// The account that a form describes.
#[must_use]
pub fn read(form: &FormState) -> MeDraft {
    let silent = KINDS.iter().filter(|kind| kind.optional && form.value(&format!("want-{}", kind.name)) != "1");
    // What the form did not show is not taken for unwanted.
    let shown = |kind: &&Kind| form.values.contains_key(&format!("shown-{}", kind.name));
    MeDraft {
        timezone: form.value("timezone"),
        silent: silent.filter(shown).map(|kind| kind.name.to_owned()).collect(),
        digest: form.value("digest") == "1",
    }
}
