//! Connectors: how grants are carried out in other systems.

use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::controls::Controls;
use crate::markup::icon::{Icon, icon};
use crate::markup::state::{empty, notice, trouble};
use crate::sheet::{Call, Sheet};
use domain::connector::ConnectorKind;
use domain::ids::ConnectorId;
use maud::{Markup, html};
use services::connectors::{ConnectorDraft, ConnectorView, fresh_key};
use std::collections::BTreeMap;

const PATH: &str = "/admin/connectors";

const fn kind_word(kind: ConnectorKind) -> &'static str {
    match kind {
        ConnectorKind::Webhook => "Webhook",
        ConnectorKind::Scim => "SCIM 2.0",
    }
}

/// The list.
///
/// # Errors
/// As [`AppError`].
pub async fn connectors(call: &Call) -> Result<Sheet, AppError> {
    let all = services::connectors::all(call.services(), call.actor()?).await.map_err(failed)?;
    let body = html! {
        div.crumb { "Organisation" }
        div.head {
            h1 { "Connectors" }
            a.button.primary href="/admin/connectors/new" { (icon(Icon::Plus)) "New connector" }
        }
        @if let Some(message) = call.form.message() { (trouble(&message)) }
        @if all.is_empty() {
            @let hint = html! { "Without one, membership is kept here. A connector carries grants out in another system. " a href={ (PATH) "/new" } { "Make the first one" } };
            div.card { (empty(Icon::Swap, "No connectors yet", &hint)) }
        } @else {
            div.card.wide-scroll {
                table.list {
                    thead { tr { th { "Name" } th { "Kind" } th { "Target" } th { "Gives groups" } th { "State" } } }
                    tbody {
                        @for one in &all {
                            tr.gone[!one.active] {
                                td { a.name href={ (PATH) "/" (one.id) } { (one.name) } }
                                td { (kind_word(one.kind)) }
                                td { (one.url) }
                                td { @if one.groups.is_empty() { span.sub { "none yet" } } @else { (one.groups.join(", ")) } }
                                td { (if one.active { "On" } else { "Off" }) }
                            }
                        }
                    }
                }
            }
        }
    };
    Ok(call.admin("Connectors", &body))
}

/// One connector, or a new one.
///
/// # Errors
/// As [`AppError`].
pub async fn connector(call: &Call, id: &str) -> Result<Sheet, AppError> {
    let id: Option<ConnectorId> = if id == "new" { None } else { Some(id.parse().map_err(|_| AppError::NotFound)?) };
    let view = match id {
        Some(id) => Some(services::connectors::one(call.services(), call.actor()?, id).await.map_err(failed)?),
        None if call.actor()?.admin => None,
        None => return Err(AppError::Forbidden),
    };
    let form = if call.form.values.contains_key("name") { call.form.clone() } else { fresh(view.as_ref()) };
    let form = after_conflict(form, view.as_ref());
    let title = view.as_ref().map_or_else(|| "New connector".to_owned(), |view| view.name.clone());
    let body = html! {
        div.crumb { a href=(PATH) { "Connectors" } " / " (title) }
        div.head { h1 { (title) } }
        @if let Some(message) = form.message() { (trouble(&message)) }
        (editor(&form, view.as_ref()))
    };
    Ok(call.admin(&title, &body))
}

fn fresh(view: Option<&ConnectorView>) -> FormState {
    let yes = |yes: bool| if yes { "1" } else { "" }.to_owned();
    let values = match view {
        None => [
            ("name", String::new()),
            ("kind", "webhook".to_owned()),
            ("url", String::new()),
            // Shown this once: the receiver needs it too.
            ("secret", fresh_key()),
            ("active", yes(true)),
        ],
        Some(view) => [
            ("name", view.name.clone()),
            ("kind", view.kind.as_str().to_owned()),
            ("url", view.url.clone()),
            ("secret", String::new()),
            ("active", yes(view.active)),
        ],
    };
    FormState {
        values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        error: None,
        ..FormState::default()
    }
}

/// After a conflict a connector is on or off as it stands now, not as the form says, and the form is based on what stands now; one
/// that came back for another reason is still based on what it began with.
fn after_conflict(mut form: FormState, view: Option<&ConnectorView>) -> FormState {
    let Some(view) = view else { return form };
    let conflict = form.error_at("seen").is_some();
    if conflict {
        form.values.insert("active".to_owned(), if view.active { "1" } else { "" }.to_owned());
    }
    if conflict || !form.values.contains_key("seen") {
        form.values.insert("seen".to_owned(), view.revision.map(|revision| revision.to_string()).unwrap_or_default());
    }
    form
}

/// Whether the form has a field of this name.
#[must_use]
pub fn knows(name: &str) -> bool {
    matches!(name, "name" | "kind" | "url" | "secret" | "active" | "seen")
}

/// The connector that a form describes.
#[must_use]
pub fn read(fields: &BTreeMap<String, String>) -> ConnectorDraft {
    let take = |name: &str| fields.get(name).cloned().unwrap_or_default();
    ConnectorDraft {
        name: take("name"),
        kind: take("kind"),
        url: take("url"),
        secret: take("secret"),
        active: take("active") == "1",
        seen: take("seen").parse().ok(),
    }
}

fn editor(form: &FormState, view: Option<&ConnectorView>) -> Markup {
    let fields = Controls(form);
    let action = view.map_or_else(|| format!("{PATH}/new"), |view| format!("{PATH}/{}", view.id));
    let kinds = [
        (
            "webhook",
            "Webhook",
            "a signed POST for each grant and each end (Standard Webhooks); done means that the receiver said so",
        ),
        ("scim", "SCIM 2.0", "membership in a group of the target, read back; done means seen there"),
    ];
    let hint = if view.is_some() {
        "Kept and never shown. Fill it in to replace it."
    } else {
        "Copy it to the receiver now: it is never shown again. For SCIM, put the target's bearer token here."
    };
    html! {
        form.editor method="post" action=(action) {
            @if view.is_some() { (fields.hidden("seen")) }
            @if let Some(error) = form.error_at("seen") { (trouble(&error)) }
            section.card.panel {
                (fields.text("name", "Name", "Unique. Shown on requests that it carries out."))
                (fields.radios("kind", "Kind", &kinds))
                (fields.text("url", "Address", "https://… of the webhook, or the base address of the SCIM service."))
                (fields.text("secret", "Signing key or token", hint))
                (fields.check("active", "On", "Off: grants of its groups end in Error until it is on again; what must be taken back or given again waits."))
            }
            section.card.panel {
                h2 { "Groups" }
                @match view {
                    Some(view) if !view.groups.is_empty() => {
                        p.sub { "Given by this connector:" }
                        ul.bullets { @for name in &view.groups { li { (name) } } }
                    }
                    _ => { (notice("A group says itself how it is given: open it under Directory, Groups.")) }
                }
            }
            div.savebar { div.acts { a.button href=(PATH) { "Cancel" } button.button.primary type="submit" { "Save" } } }
        }
    }
}
