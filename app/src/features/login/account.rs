//! My account: who I am here, and my time zone.

use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::sheet::{Call, Sheet};
use crate::ui::controls::{Controls, suggestions};
use crate::ui::state::trouble;
use maud::html;

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

/// The time zone that a form names.
#[must_use]
pub fn read(form: &FormState) -> String {
    form.value("timezone")
}
