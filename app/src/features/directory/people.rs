//! People.

use super::{bar, head, names, nothing, pager, search};
use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::avatar::avatar;
use crate::markup::controls::Controls;
use crate::markup::icon::{Icon, icon};
use crate::markup::state::{search_note, trouble, warning};
use crate::sheet::{Call, Sheet};
use domain::ids::{PersonId, RequestNumber};
use maud::{Markup, html};
use services::directory::{Leaving, PersonDraft, PersonView, leaving};
use std::collections::BTreeMap;

const PATH: &str = "/admin/directory/people";

/// The list.
///
/// # Errors
/// As [`AppError`].
pub async fn people(call: &Call) -> Result<Sheet, AppError> {
    let all = call.query("all") == "1";
    let page = services::directory::people(call.services(), call.actor()?, call.query("q"), all, call.query("after"))
        .await
        .map_err(failed)?;
    let inactive = html! {
        label.check { input type="checkbox" name="all" value="1" checked[all]; span { "Also those who left" } }
    };
    let body = html! {
        (head(call, "People", Some(("/admin/directory/people/new", "New person"))))
        (search(call, PATH, "Search people", &inactive))
        div #people data-part {
            @if let Some(note) = search_note(call.query("q"), "name and email") { (note) }
            @if page.lines.is_empty() {
                @let hint = html! { a href="/admin/directory/import" { "Import people" } " from another directory, or add the first one." };
                (nothing(call, PATH, Icon::People, "Nobody here yet", &hint))
            } @else {
                div.card.wide-scroll {
                    table.list {
                        thead { tr { th { "Name" } th { "Email" } th { "Department" } th { "Title" } th { "Role" } } }
                        tbody {
                            @for person in &page.lines {
                                tr.gone[!person.active] {
                                    td { div.who { (avatar(&person.name)) a.name href={ (PATH) "/" (person.id) } { (person.name) } } }
                                    td { (person.email) }
                                    td { (person.department) }
                                    td { (person.title) }
                                    td { @if !person.active { "Left" } @else if person.admin { "Administrator" } @else { "Member" } }
                                }
                            }
                        }
                    }
                }
                (pager(call, PATH, page.next.as_deref()))
            }
        }
    };
    Ok(call.admin("People", &body))
}

/// One person, or a new one.
///
/// # Errors
/// As [`AppError`].
pub async fn person(call: &Call, id: &str) -> Result<Sheet, AppError> {
    let (services, actor) = (call.services(), call.actor()?);
    let id: Option<PersonId> = if id == "new" { None } else { Some(id.parse().map_err(|_| AppError::NotFound)?) };
    let view = match id {
        Some(id) => Some(services::directory::person(services, actor, id).await.map_err(failed)?),
        None => None,
    };
    let shows = match (id, &view) {
        (Some(id), Some(_)) => services::login::may_show_link(services, actor, id).await.map_err(failed)?,
        _ => false,
    };
    let going = match id {
        Some(id) if call.query("act") == "deactivate" => Some(leaving(services, actor, id).await.map_err(failed)?),
        _ => None,
    };
    let form = if call.form.values.contains_key("name") {
        call.form.clone()
    } else {
        FormState { error: call.form.error.clone(), ..fresh(view.as_ref()) }
    };
    let form = match &view {
        Some(view) => super::with_present_rights(form, &[("active", view.draft.active), ("admin", view.draft.admin)]),
        None => form,
    };
    let title = view.as_ref().map_or_else(|| "New person".to_owned(), |view| view.draft.name.clone());
    let body = html! {
        (head(call, &title, None))
        @if shows || !call.form.value("link").is_empty() { (link(&call.form, view.as_ref())) }
        (editor(&form, view.as_ref()))
        @if let (Some(view), Some(going)) = (&view, &going) { (leaving_screen(view, going, &form)) }
    };
    Ok(call.admin(&title, &body))
}

/// A one-time link on the screen, for somebody whom mail does not reach yet.
fn link(form: &FormState, view: Option<&PersonView>) -> Markup {
    let Some(view) = view else { return Markup::default() };
    let shown = form.value("link");
    html! {
        section.card.panel {
            h2 { "Way in" }
            @if shown.is_empty() {
                p.sub {
                    "Mail is written to files here, so no invitation reaches " (view.draft.name) ". A one-time link can be shown to you instead. It is in the record that you saw it, and on your own requests they cannot decide until they have set a password by a link in their mail."
                }
                @if let Some(error) = form.error_at("link") { (trouble(&error)) }
                form method="post" action={ (PATH) "/" (view.id) "/link" } {
                    button.button type="submit" { "Show a one-time link" }
                }
            } @else {
                p { "This link is shown once. It works once, for one hour: " code #one-time-link { (shown) } }
            }
        }
    }
}

fn fresh(view: Option<&PersonView>) -> FormState {
    let draft = view.map_or_else(
        || PersonDraft { active: true, invite: true, ..PersonDraft::default() },
        |view| view.draft.clone(),
    );
    let yes = |yes: bool| if yes { "1" } else { "" }.to_owned();
    let values = [
        ("email", draft.email),
        ("name", draft.name),
        ("department", draft.department),
        ("title", draft.title),
        ("manager", draft.manager),
        ("timezone", draft.timezone),
        ("active", yes(draft.active)),
        ("admin", yes(draft.admin)),
        ("invite", yes(draft.invite)),
    ];
    FormState {
        values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        error: None,
        ..FormState::default()
    }
}

/// Whether the form has a field of this name.
#[must_use]
pub fn knows(name: &str) -> bool {
    ["email", "name", "department", "title", "manager", "timezone", "active", "admin", "invite", "seen"].contains(&name)
}

/// The person that a form describes.
#[must_use]
pub fn read(fields: &BTreeMap<String, String>) -> PersonDraft {
    let take = |name: &str| fields.get(name).cloned().unwrap_or_default();
    PersonDraft {
        email: take("email"),
        name: take("name"),
        department: take("department"),
        title: take("title"),
        manager: take("manager"),
        timezone: take("timezone"),
        active: take("active") == "1",
        admin: take("admin") == "1",
        invite: take("invite") == "1",
        seen: super::read_seen(fields),
    }
}

fn editor(form: &FormState, view: Option<&PersonView>) -> Markup {
    let fields = Controls(form);
    let action = view.map_or_else(|| format!("{PATH}/new"), |view| format!("{PATH}/{}", view.id));
    let leave = view.filter(|view| view.draft.active).map(|_| (format!("{action}?act=deactivate"), "Deactivate…"));
    html! {
        form.editor method="post" action=(action) novalidate {
            (super::seen(form, view.and_then(|view| view.draft.seen)))
            section.card.panel {
                div.columns {
                    (fields.text("name", "Name", ""))
                    (fields.of_kind("email", "email", "Email", "The key: imports find the person by it."))
                    (fields.text("department", "Department", ""))
                    (fields.text("title", "Title", ""))
                    (fields.of_kind("email", "manager", "Manager", "Email. Approves where a flow asks the requester's manager."))
                    (fields.text("timezone", "Time zone", "Such as Europe/Berlin. Mails use it."))
                }
                (fields.check("admin", "Administrator", "Sees the admin portal and decides in the Administrator tab."))
                @match view {
                    None => { (fields.check("invite", "Mail an invitation", "A one-time link to set a password with.")) input type="hidden" name="active" value="1"; }
                    // Deactivation has a screen of its own, which says what it does; coming back is a tick.
                    Some(view) if view.draft.active => { input type="hidden" name="active" value="1"; (fields.error("active")) }
                    Some(_) => { (fields.check("active", "Active", "May log in and counts as an approver. Access that ended does not come back.")) }
                }
            }
            @if let Some(view) = view { (around(view)) }
            (bar(PATH, "Save", leave.as_ref().map(|(href, label)| (href.as_str(), *label))))
        }
    }
}

fn around(view: &PersonView) -> Markup {
    html! {
        section.card.panel {
            dl.facts {
                @if !view.former.is_empty() { dt { "Before" } dd { (names(&view.former, "")) } }
                dt { "In groups" } dd { (names(&view.groups, "none")) }
                dt { "Owns" } dd { (names(&view.owns, "nothing")) }
                dt { "Open requests" } dd { (numbers(&view.open)) }
            }
        }
    }
}

/// Requests, as links.
pub(super) fn numbers(numbers: &[RequestNumber]) -> Markup {
    html! {
        @if numbers.is_empty() { span.sub { "none" } }
        @for (index, number) in numbers.iter().take(20).enumerate() {
            @if index > 0 { ", " }
            a.link href={ "/admin/requests/" (number) } { "#" (number) }
        }
        @if numbers.len() > 20 { " and " (numbers.len() - 20) " more" }
    }
}

fn leaving_screen(view: &PersonView, going: &Leaving, form: &FormState) -> Markup {
    let here = format!("{PATH}/{}", view.id);
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { "Deactivate " (view.draft.name) }
            form method="post" action={ (here) "/deactivate" } {
                div.dialog-body {
                    @if let Some(error) = form.error_at("active") { (trouble(&error)) }
                    p { "Sessions end at once. This is what else happens:" }
                    ul.bullets {
                        li { (going.grants) " live grants end." }
                        li { "Open requests that are Canceled: " (numbers(&going.canceled)) }
                        li { "Requests that nobody could pass any more: " (numbers(&going.blocked)) }
                    }
                    @if !going.blocked.is_empty() { (warning("These become Missing Data, and administrators are told.")) }
                }
                footer {
                    a.button href=(here) data-noscroll data-leave { "Cancel" }
                    button.button.danger type="submit" { (icon(Icon::X)) "Deactivate" }
                }
            }
        }
    }
}
