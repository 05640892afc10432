//! The editor of a flow: one form with everything in it.

use super::form::{differences, read, state};
use super::steps::steps;
use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::sheet::{Call, Sheet};
use crate::markup::controls::{Controls, suggestions};
use crate::markup::icon::{Icon, icon};
use crate::markup::state::{notice, trouble, warning};
use domain::ids::FlowId;
use domain::people::PersonRef;
use maud::{Markup, html};
use services::flows::{Draft, DraftStep, Opened, Preview, find_people, open, preview};

/// Everything that the form shows.
pub(super) struct Editor<'a> {
    pub(super) form: &'a FormState,
    pub(super) draft: &'a Draft,
    pub(super) preview: &'a Preview,
    /// People to choose from, where several fit: of which step, and who.
    pub(super) candidates: Vec<(usize, Vec<PersonRef>)>,
}

/// The page of a flow, or of a new one.
///
/// # Errors
/// As [`AppError`].
pub async fn editor(call: &Call, id: Option<&str>) -> Result<Sheet, AppError> {
    let (services, actor) = (call.services(), call.actor()?);
    let opened = match id {
        None => None,
        Some(id) => {
            let id: FlowId = id.parse().map_err(|_| AppError::NotFound)?;
            Some(open(services, actor, id).await.map_err(failed)?)
        }
    };
    let form = if call.form.values.is_empty() { fresh(opened.as_ref()) } else { call.form.clone() };
    let draft = read(&form.values);
    let seen = preview(services, actor, &draft, &form.value("sample")).await.map_err(failed)?;
    let mut candidates = Vec::new();
    for index in 0..draft.steps.len() {
        let typed = form.value(&format!("step-{index}-person"));
        if !typed.is_empty() {
            candidates.push((index, find_people(services, actor, &typed).await.map_err(failed)?));
        }
    }
    let editor = Editor { form: &form, draft: &draft, preview: &seen, candidates };
    let title = opened.as_ref().map_or_else(|| "New flow".to_owned(), |opened| opened.draft.name.clone());
    let body = html! {
        div.crumb { a href="/admin/flows" { "Approval Flows" } " / " (title) }
        div.head { h1 { (title) } }
        @if let Some(message) = form.message() { (trouble(&message)) }
        (page(&editor, opened.as_ref()))
    };
    Ok(call.admin(&title, &body))
}

fn fresh(opened: Option<&Opened>) -> FormState {
    match opened {
        Some(opened) => state(&opened.draft, &[("revision", opened.revision.to_string())]),
        None => state(&Draft { enabled: true, steps: vec![DraftStep::default()], ..Draft::default() }, &[]),
    }
}

fn page(editor: &Editor<'_>, opened: Option<&Opened>) -> Markup {
    let fields = Controls(editor.form);
    let action = opened.map_or_else(|| "/admin/flows/new".to_owned(), |opened| format!("/admin/flows/{}", opened.id));
    let conflict = opened.filter(|_| !editor.form.value("conflict").is_empty());
    html! {
        @if let Some(theirs) = conflict { (conflict_notice(theirs, editor.draft)) }
        form.editor method="post" action=(action) {
            @if !editor.form.value("focus").is_empty() { span hidden data-focus=(editor.form.value("focus")) {} }
            // What Enter in a field presses: it looks again, and saves nothing by accident.
            button.hidden type="submit" name="op" value="look" tabindex="-1" aria-hidden="true" { "Look again" }
            input type="hidden" name="revision" value=(conflict.map_or_else(|| editor.form.value("revision"), |opened| opened.revision.to_string()));
            (suggestions("all-resources", &editor.preview.resources))
            (suggestions("all-groups", &editor.preview.groups))
            (what(&fields, editor))
            (who_sees(&fields, editor))
            (steps(&fields, editor))
            (how_long(&fields, editor.draft))
            (bar(opened, conflict.is_some()))
        }
    }
}

fn what(fields: &Controls<'_>, editor: &Editor<'_>) -> Markup {
    let gives = &editor.preview.gives;
    let hint = match gives.as_slice() {
        [] => "The group that the person joins; one of the resource's.".to_owned(),
        [only] => format!("The resource is given by {only}."),
        several => format!("One of {}.", several.join(", ")),
    };
    html! {
        section.card.panel {
            h2 { "What is asked for" }
            div.columns {
                (fields.text("name", "Name", "Unique. Requesters see it where a resource has several flows."))
                (fields.listed("resource", "Resource", "", "all-resources"))
                (fields.listed("group", "Gives", &hint, "resource-groups"))
                (fields.text("category", "Category", "Empty: the resource's own."))
                (fields.text("colour", "Colour", "Of the tile, such as #2f6fde. Empty: the resource's own."))
            }
            (suggestions("resource-groups", gives))
            (fields.area("description", "Description", "What people read before they ask."))
        }
    }
}

fn who_sees(fields: &Controls<'_>, editor: &Editor<'_>) -> Markup {
    html! {
        section.card.panel {
            h2 { "Who may ask" }
            (fields.check("enabled", "Enabled", "Off: nobody can ask under it; what is open goes on."))
            div.field {
                span.label { "Visible to" }
                @if editor.draft.visible_to.is_empty() {
                    p.sub { "Everybody. Add groups to limit it to their members." }
                } @else {
                    ul.picks {
                        @for (index, name) in editor.draft.visible_to.iter().enumerate() {
                            li {
                                input type="hidden" name={ "visible-" (index) } value=(name);
                                (name)
                                button.icon-button type="submit" name="op" value={ "unsee:" (index) } aria-label={ "Remove " (name) } { (icon(Icon::X)) }
                                (fields.error(&format!("visible-{index}")))
                            }
                        }
                    }
                }
                input type="hidden" name="visible" value=(editor.draft.visible_to.len());
                div.with-button {
                    (fields.listed("visible-new", "Group", "", "all-groups"))
                    button.button type="submit" name="op" value="see" { "Add group" }
                }
            }
        }
    }
}

/// What the pattern makes of a reason: of the one that was typed, or of one that it accepts.
fn tried(draft: &Draft) -> Markup {
    let (pattern, typed) = (draft.reason_pattern.trim(), draft.reason_example.trim());
    if pattern.is_empty() || domain::pattern::is_regex(pattern) {
        return Markup::default();
    }
    html! {
        div.with-button {
            @if typed.is_empty() {
                p.sub role="status" { "A reason such as “" (domain::pattern::example(pattern)) "” is accepted." }
            } @else if domain::pattern::contains(typed, pattern) {
                p.sub role="status" { "“" (typed) "” is accepted." }
            } @else {
                p.field-error role="status" { (icon(Icon::Warn)) span { "“" (typed) "” would be refused." } }
            }
            button.button type="submit" name="op" value="look" { "Try" }
        }
    }
}

fn how_long(fields: &Controls<'_>, draft: &Draft) -> Markup {
    let access = [
        ("permanent", "Until it is given back", ""),
        ("fixed", "Always as long", "one duration"),
        ("choices", "The requester chooses", "several durations"),
    ];
    html! {
        section.card.panel {
            h2 { "For how long, and why" }
            (fields.radios("access", "Access lasts", &access))
            (fields.text("durations", "Durations", "ISO 8601, apart by spaces: PT8H is 8 hours, P7D 7 days, P2W 2 weeks. Only for timed access."))
            (fields.text("reason_pattern", "A reason must contain", "Optional. # stands for a number, * for anything, all else for itself: FIN-# is found in “for audit, see fin-4711”."))
            (fields.text("reason_example", "Try it with a reason", "Optional. Write a reason as people would; it is not kept."))
            (tried(draft))
        }
    }
}

fn bar(opened: Option<&Opened>, conflict: bool) -> Markup {
    let open: i64 = opened.map_or(0, |opened| opened.open.iter().map(|(_, count)| count).sum());
    let version = opened.map_or(1, |opened| opened.version);
    html! {
        div.savebar {
            @if open > 0 {
                (warning(&format!(
                    "{open} {} open. They keep the version they were submitted under; a change makes version {}.",
                    if open == 1 { "request is" } else { "requests are" },
                    version + 1,
                )))
            }
            div.acts {
                a.button href="/admin/flows" { "Cancel" }
                @if conflict {
                    button.button.danger type="submit" name="op" value="overwrite" { "Save mine over it" }
                } @else {
                    button.button.primary type="submit" name="op" value="save" { "Save flow" }
                }
            }
        }
    }
}

/// Both versions, side by side.
fn conflict_notice(theirs: &Opened, mine: &Draft) -> Markup {
    let differ = differences(&theirs.draft, mine);
    html! {
        div.conflict role="alert" {
            (warning("Somebody saved this flow while you edited it. Nothing of yours is lost: compare, then save yours over it or drop it."))
            @if differ.is_empty() {
                (notice("Both say the same."))
            } @else {
                div.card.wide-scroll {
                    table.list {
                        thead { tr { th { "Field" } th { "As saved now" } th { "Yours" } } }
                        tbody {
                            @for (label, theirs, mine) in &differ {
                                tr { td { (label) } td { (theirs) } td { (mine) } }
                            }
                        }
                    }
                }
            }
            p { a href={ "/admin/flows/" (theirs.id) } { "Drop mine and show what is saved" } }
        }
    }
}
