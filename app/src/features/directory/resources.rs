//! Resources.

use super::{bar, head, nothing, pager, search};
use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::avatar::logo;
use crate::markup::controls::Controls;
use crate::markup::icon::Icon;
use crate::markup::logo::logo_form;
use crate::markup::state::{search_note, warning};
use crate::sheet::{Call, Sheet};
use domain::ids::ResourceId;
use maud::{Markup, html};
use services::directory::{ResourceDraft, ResourceView};
use std::collections::BTreeMap;

const PATH: &str = "/admin/directory/resources";

/// The list.
///
/// # Errors
/// As [`AppError`].
pub async fn resources(call: &Call) -> Result<Sheet, AppError> {
    let page = services::directory::resources(call.services(), call.actor()?, call.query("q"), call.query("after"))
        .await
        .map_err(failed)?;
    let body = html! {
        (head(call, "Resources", Some(("/admin/directory/resources/new", "New resource"))))
        (search(call, PATH, "Search resources", &html! {}))
        div #resources data-part {
            @if let Some(note) = search_note(call.query("q"), "name and category") { (note) }
            @if page.lines.is_empty() {
                @let hint = html! { "A resource is what people ask for. " a href={ (PATH) "/new" } { "Make the first one" } " or " a href="/admin/directory/import" { "import them" } "." };
                (nothing(call, PATH, Icon::Apps, "No resources yet", &hint))
            } @else {
                div.card.wide-scroll {
                    table.list {
                        thead { tr { th { "Name" } th { "Category" } th { "Description" } th { "Link" } } }
                        tbody {
                            @for resource in &page.lines {
                                tr {
                                    td { div.who { (logo(&resource.name, &resource.look())) a.name href={ (PATH) "/" (resource.id) } { (resource.name) } } }
                                    td { (resource.category) }
                                    td { (resource.description) }
                                    td { (resource.link.as_deref().unwrap_or_default()) }
                                }
                            }
                        }
                    }
                }
                (pager(call, PATH, page.next.as_deref()))
            }
        }
    };
    Ok(call.admin("Resources", &body))
}

/// One resource, or a new one.
///
/// # Errors
/// As [`AppError`].
pub async fn resource(call: &Call, id: &str) -> Result<Sheet, AppError> {
    let id: Option<ResourceId> = if id == "new" { None } else { Some(id.parse().map_err(|_| AppError::NotFound)?) };
    let view = match id {
        Some(id) => Some(services::directory::resource(call.services(), call.actor()?, id).await.map_err(failed)?),
        None => None,
    };
    let form = if call.form.values.contains_key("name") { call.form.clone() } else { fresh(view.as_ref(), &call.form) };
    let title = view.as_ref().map_or_else(|| "New resource".to_owned(), |view| view.draft.name.clone());
    let body = html! {
        (head(call, &title, None))
        (editor(&form, view.as_ref()))
        @if let Some(view) = &view { (logo_form(&view.draft.name, &view.look, &format!("{PATH}/{}/logo", view.id), &call.form)) }
        @if let Some(view) = &view { @if call.query("act") == "remove" { (remove_screen(view, &form)) } }
    };
    Ok(call.admin(&title, &body))
}

fn fresh(view: Option<&ResourceView>, came_back: &FormState) -> FormState {
    let draft = view.map(|view| view.draft.clone()).unwrap_or_default();
    let mut values = came_back.values.clone();
    for (name, value) in [
        ("name", draft.name),
        ("category", draft.category),
        ("description", draft.description),
        ("link", draft.link),
        ("colour", draft.colour),
        ("groups", draft.groups),
        ("owners", draft.owners),
    ] {
        values.insert(name.to_owned(), value);
    }
    FormState { values, error: came_back.error.clone(), ..FormState::default() }
}

/// Whether the form has a field of this name.
#[must_use]
pub fn knows(name: &str) -> bool {
    ["name", "category", "description", "link", "colour", "groups", "owners", "seen"].contains(&name)
}

/// The resource that a form describes.
#[must_use]
pub fn read(fields: &BTreeMap<String, String>) -> ResourceDraft {
    let take = |name: &str| fields.get(name).cloned().unwrap_or_default();
    ResourceDraft {
        name: take("name"),
        category: take("category"),
        description: take("description"),
        link: take("link"),
        colour: take("colour"),
        groups: take("groups"),
        owners: take("owners"),
        seen: super::read_seen(fields),
    }
}

fn editor(form: &FormState, view: Option<&ResourceView>) -> Markup {
    let fields = Controls(form);
    let action = view.map_or_else(|| format!("{PATH}/new"), |view| format!("{PATH}/{}", view.id));
    let remove = view.map(|_| format!("{action}?act=remove"));
    html! {
        form.editor method="post" action=(action) {
            (super::seen(form, view.and_then(|view| view.draft.seen)))
            section.card.panel {
                div.columns {
                    (fields.text("name", "Name", "Unique."))
                    (fields.text("category", "Category", ""))
                    (fields.text("link", "Link", "Where it is used: https://…"))
                    (fields.text("colour", "Colour", "Of the tile, such as #2f6fde."))
                }
                (fields.area("description", "Description", ""))
                (fields.area("groups", "Groups that give it", "One name a line: whoever is in one of them has it."))
                (fields.area("owners", "Owners", "One email a line. They approve where a flow asks the resource owner."))
            }
            @if let Some(view) = view {
                section.card.panel {
                    h2 { "Flows" }
                    @if view.flows.is_empty() { p.sub { "Nobody can ask for it yet." } }
                    ul.bullets { @for (id, name) in &view.flows { li { a.link href={ "/admin/flows/" (id) } { (name) } } } }
                }
            }
            (bar(PATH, "Save", remove.as_ref().map(|href| (href.as_str(), "Remove…"))))
        }
    }
}

fn remove_screen(view: &ResourceView, form: &FormState) -> Markup {
    let here = format!("{PATH}/{}", view.id);
    let fields = Controls(form);
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { "Remove " (view.draft.name) }
            form method="post" action={ (here) "/remove" } {
                div.dialog-body {
                    @if view.open > 0 { (warning(&format!("{} open requests will be Canceled, and their requesters told.", view.open))) }
                    p { "Its flows can no longer be asked under. Access that was given stays." }
                    p { "To remove it, type its name: " b.typed { (view.draft.name) } }
                    (fields.text("typed", "Name of the resource", "Capitals, accents, and the kind of hyphens, apostrophes and spaces do not matter."))
                }
                footer {
                    a.button href=(here) data-noscroll data-leave { "Cancel" }
                    button.button.danger type="submit" { "Remove resource" }
                }
            }
        }
    }
}
