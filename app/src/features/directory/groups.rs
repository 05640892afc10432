//! Groups.

use super::{bar, head, names, nothing, pager, search};
use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::avatar::avatar;
use crate::markup::controls::Controls;
use crate::markup::icon::{Icon, icon};
use crate::markup::state::{search_note, trouble};
use crate::sheet::{Call, Sheet};
use domain::ids::GroupId;
use maud::{Markup, html};
use services::directory::{GroupDraft, GroupView};
use std::collections::BTreeMap;

const PATH: &str = "/admin/directory/groups";

/// The list.
///
/// # Errors
/// As [`AppError`].
pub async fn groups(call: &Call) -> Result<Sheet, AppError> {
    let page = services::directory::groups(call.services(), call.actor()?, call.query("q"), call.query("after"))
        .await
        .map_err(failed)?;
    let body = html! {
        (head(call, "Groups", Some(("/admin/directory/groups/new", "New group"))))
        (search(call, PATH, "Search groups", &html! {}))
        div #groups data-part {
            @if let Some(note) = search_note(call.query("q"), "the name") { (note) }
            @if page.lines.is_empty() {
                @let hint = html! { "Groups give resources and approve requests. " a href={ (PATH) "/new" } { "Make the first one" } };
                (nothing(call, PATH, Icon::People, "No groups yet", &hint))
            } @else {
                div.card.wide-scroll {
                    table.list {
                        thead { tr { th { "Name" } th { "Description" } th.number { "Members" } th { "State" } } }
                        tbody {
                            @for counted in &page.lines {
                                tr.gone[!counted.group.active] {
                                    td { a.name href={ (PATH) "/" (counted.group.id) } { (counted.group.name) } }
                                    td { (counted.group.description) }
                                    td.number { (counted.members) }
                                    td { (if counted.group.active { "Active" } else { "Inactive" }) }
                                }
                            }
                        }
                    }
                }
                (pager(call, PATH, page.next.as_deref()))
            }
        }
    };
    Ok(call.admin("Groups", &body))
}

/// One group, or a new one.
///
/// # Errors
/// As [`AppError`].
pub async fn group(call: &Call, id: &str) -> Result<Sheet, AppError> {
    let id: Option<GroupId> = if id == "new" { None } else { Some(id.parse().map_err(|_| AppError::NotFound)?) };
    let view = match id {
        Some(id) => Some(
            services::directory::group(call.services(), call.actor()?, id, call.query("q")).await.map_err(failed)?,
        ),
        None => None,
    };
    // The form of the members comes back without the group's own fields.
    let form = if call.form.values.contains_key("name") { call.form.clone() } else { fresh(view.as_ref(), &call.form) };
    let form = match &view {
        Some(view) => super::with_present_rights(form, &[("active", view.draft.active)]),
        None => form,
    };
    let title = view.as_ref().map_or_else(|| "New group".to_owned(), |view| view.draft.name.clone());
    let body = html! {
        (head(call, &title, None))
        @if let Some(error) = form.error_at("group") { (trouble(&error)) }
        (editor(&form, view.as_ref()))
        @if let Some(view) = &view {
            (members(&form, view, call.query("q")))
            @if call.query("act") == "delete" { (delete_screen(view)) }
        }
    };
    Ok(call.admin(&title, &body))
}

fn fresh(view: Option<&GroupView>, came_back: &FormState) -> FormState {
    let draft = view.map_or_else(|| GroupDraft { active: true, ..GroupDraft::default() }, |view| view.draft.clone());
    let mut values = came_back.values.clone();
    values.insert("name".to_owned(), draft.name);
    values.insert("description".to_owned(), draft.description);
    values.insert("active".to_owned(), if draft.active { "1" } else { "" }.to_owned());
    values.insert("connector".to_owned(), draft.connector);
    values.insert("external_id".to_owned(), draft.external_id);
    FormState { values, error: came_back.error.clone(), ..FormState::default() }
}

/// Whether the form has a field of this name.
#[must_use]
pub fn knows(name: &str) -> bool {
    ["name", "description", "active", "connector", "external_id", "seen"].contains(&name)
}

/// The group that a form describes.
#[must_use]
pub fn read(fields: &BTreeMap<String, String>) -> GroupDraft {
    let take = |name: &str| fields.get(name).cloned().unwrap_or_default();
    GroupDraft {
        name: take("name"),
        description: take("description"),
        active: take("active") == "1",
        connector: take("connector"),
        external_id: take("external_id"),
        seen: super::read_seen(fields),
    }
}

fn editor(form: &FormState, view: Option<&GroupView>) -> Markup {
    let fields = Controls(form);
    let action = view.map_or_else(|| format!("{PATH}/new"), |view| format!("{PATH}/{}", view.id));
    let delete = view.map(|_| format!("{action}?act=delete"));
    html! {
        form.editor method="post" action=(action) {
            (super::seen(form, view.and_then(|view| view.draft.seen)))
            section.card.panel {
                (fields.text("name", "Name", "Unique."))
                (fields.area("description", "Description", ""))
                (fields.check("active", "Active", "An inactive group gives nothing and nobody approves by it; a grant that needs it ends in Error."))
            }
            @if let Some(view) = view { (carried(form, view)) (used(view)) }
            (bar(PATH, "Save", delete.as_ref().map(|href| (href.as_str(), "Delete…"))))
        }
    }
}

/// How membership is carried out: here, or by a connector in another system.
fn carried(form: &FormState, view: &GroupView) -> Markup {
    if view.connectors.is_empty() {
        return html! {};
    }
    let fields = Controls(form);
    let ids: Vec<String> = view.connectors.iter().map(|(id, _)| id.to_string()).collect();
    let mut options = vec![("", "Here: membership is built in")];
    options.extend(ids.iter().map(String::as_str).zip(view.connectors.iter().map(|(_, name)| name.as_str())));
    html! {
        section.card.panel {
            h2 { "How it is given" }
            div.columns {
                (fields.select("connector", "Carried out by", "A connector asks another system; the grant stands when it has answered. When this changes, who was put in is taken out there, and live grants are given anew.", &options))
                (fields.text("external_id", "Name in the target", "Id, external id or display name there. Empty: as here."))
            }
        }
    }
}

fn used(view: &GroupView) -> Markup {
    let usage = &view.usage;
    html! {
        section.card.panel {
            h2 { "Where it is used" }
            dl.facts {
                dt { "Gives" } dd { (names(&usage.gives, "nothing")) }
                dt { "Joined by flows" } dd { (names(&usage.joins, "none")) }
                dt { "Approves in flows" } dd { (names(&usage.approves, "none")) }
                dt { "Sees flows" } dd { (names(&usage.sees, "none of its own")) }
                @if !usage.waits.is_empty() { dt { "Approves open requests of" } dd { (names(&usage.waits, "")) } }
                @if usage.grants > 0 { dt { "Live grants" } dd { (usage.grants) } }
            }
        }
    }
}

fn members(form: &FormState, view: &GroupView, query: &str) -> Markup {
    let fields = Controls(form);
    let shown = view.members.len();
    html! {
        section.card.panel.panels #members {
            h2 { "Members" span.count { (view.count) } }
            form.with-button method="post" action={ (PATH) "/" (view.id) "/add" } novalidate {
                (fields.of_kind("email", "member", "Email", "Put somebody in by hand."))
                button.button type="submit" { "Add member" }
            }
            @if view.count > 20 {
                form.search method="get" action={ (PATH) "/" (view.id) } role="search" data-live {
                    (icon(Icon::Search))
                    input #search-members type="search" name="q" value=(query) maxlength="200" autocomplete="off"
                        aria-label="Search members" placeholder="Search members";
                }
            }
            div.wide-scroll #group-members data-part {
            @if let Some(note) = search_note(query, "name and email") { (note) }
            @if view.members.is_empty() {
                p.sub { (if query.is_empty() { "Nobody is in it." } else { "Nobody of this name is in it." }) }
            } @else {
                table.list {
                    thead { tr { th { "Name" } th { "Email" } th { "By" } th { span.hidden { "Actions" } } } }
                    tbody {
                        @for member in &view.members {
                            tr {
                                td { div.who { (avatar(&member.person.name)) a.name href={ "/admin/directory/people/" (member.person.id) } { (member.person.name) } } }
                                td { (member.person.email) }
                                td {
                                    @if member.kept { "directory" }
                                    @if member.kept && member.granted.is_some() { ", " }
                                    @if let Some(number) = member.granted { a.link href={ "/admin/requests/" (number) } { "request #" (number) } }
                                }
                                td {
                                    @if member.kept {
                                        form.actions method="post" action={ (PATH) "/" (view.id) "/remove" } {
                                            input type="hidden" name="person" value=(member.person.id);
                                            button.icon-button type="submit" aria-label={ "Remove " (member.person.name) } { (icon(Icon::X)) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                @if query.is_empty() && i64::try_from(shown).unwrap_or(0) < view.count { p.sub { "The first " (shown) " of " (view.count) ". Search finds the others." } }
            }
            }
        }
    }
}

fn delete_screen(view: &GroupView) -> Markup {
    let here = format!("{PATH}/{}", view.id);
    let used = view.usage.is_used();
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { "Delete " (view.draft.name) }
            form method="post" action={ (here) "/delete" } {
                div.dialog-body {
                    @if used {
                        (trouble("It is used, so it cannot be deleted. Take it out of these first:"))
                        (used_in(view))
                    } @else {
                        p { (view.count) " members leave it. A new group of the same name gets nothing of it." }
                    }
                }
                footer {
                    a.button href=(here) data-noscroll data-leave { "Cancel" }
                    @if !used { button.button.danger type="submit" { "Delete group" } }
                }
            }
        }
    }
}

fn used_in(view: &GroupView) -> Markup {
    let usage = &view.usage;
    let lists = [
        ("Resource", &usage.gives),
        ("Joined by", &usage.joins),
        ("Approves in", &usage.approves),
        ("Sees", &usage.sees),
        ("Approves open requests of", &usage.waits),
    ];
    html! {
        ul.bullets {
            @for (label, names) in lists { @for name in names { li { (label) " " b { (name) } } } }
            @if usage.grants > 0 { li { a.link href="/admin/grants" { (usage.grants) " live grants" } } }
        }
    }
}
