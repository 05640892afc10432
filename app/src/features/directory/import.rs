//! Import in the browser: first what would change, line by line, then for real.

use super::head;
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::controls::Controls;
use crate::markup::state::{notice, trouble};
use crate::sheet::{Call, Sheet};
use maud::{Markup, html};

/// Lines shown of a long list; the rest is counted.
const SHOWN: usize = 200;

/// The page. What a dry run found comes back in the form's state.
///
/// # Errors
/// As [`AppError`].
pub async fn import(call: &Call) -> Result<Sheet, AppError> {
    if !call.actor()?.admin {
        return Err(AppError::Forbidden);
    }
    let form = &call.form;
    let body = html! {
        (head(call, "Import", None))
        div.panels {
            (choose(form))
            (found(form))
        }
    };
    Ok(call.admin("Import", &body))
}

fn choose(form: &FormState) -> Markup {
    let fields = Controls(form);
    let kinds =
        [("people", "People"), ("groups", "Groups"), ("resources", "Resources"), ("flows", "Approval flows (JSON)")];
    html! {
        form.card.panel.spaced method="post" action="/admin/directory/import" enctype="multipart/form-data" data-whole {
            p { "What JumpCloud, Google, Entra, Okta or Active Directory export goes in as it is. Nothing is written before you have seen what would change." }
            div.columns {
                (fields.select("kind", "What the file holds", "", &kinds))
                div.field {
                    label for="field-file" { "File" }
                    span.hint {}
                    input #field-file type="file" name="file" accept=".csv,.txt,.json,text/csv,application/json" required;
                    (fields.error("file"))
                }
            }
            (fields.check("invite", "Mail an invitation to new people", "A one-time link to set a password with."))
            (fields.check(
                "leave_out_unknown",
                "Leave out what is not known",
                "A manager, member, owner or group that nobody knows is left out and said by line; without this the file is refused.",
            ))
            div { button.button.primary type="submit" { "Show what would change" } }
        }
    }
}

fn found(form: &FormState) -> Markup {
    let lines = |name: &str| -> Vec<String> {
        form.value(name).lines().filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect()
    };
    let (problems, changes, notices) = (lines("problems"), lines("changes"), lines("notices"));
    let (losses, left_out) = (lines("losses"), lines("left_out"));
    let checked = !form.value("checked").is_empty();
    html! {
        @if !problems.is_empty() {
            section.card.panel.spaced role="alert" {
                (trouble("The file cannot be imported as it is. Nothing was written."))
                @if !form.value("unknown").is_empty() {
                    p { "Choose Leave out what is not known to import everything else." }
                }
                (list(&problems))
            }
        } @else if checked {
            section.card.panel.spaced {
                h2 { "What would change" }
                p { (form.value("summary")) }
                @for text in notices.iter().take(SHOWN) { (notice(text)) }
                @if notices.len() > SHOWN { p.sub { "and " (notices.len() - SHOWN) " more notices" } }
                @if !losses.is_empty() {
                    h3 { "Who would lose something" }
                    (list(&losses))
                }
                @if !left_out.is_empty() {
                    h3 { "What is left out, because nobody knows it" }
                    (list(&left_out))
                }
                h3 { "Every change" }
                @if changes.is_empty() {
                    p.sub { "Nothing: everything is as the file says." }
                } @else {
                    (list(&changes))
                    form method="post" action="/admin/directory/import/write" data-whole {
                        (Controls(form).hidden("kind"))
                        (Controls(form).hidden("invite"))
                        (Controls(form).hidden("leave_out_unknown"))
                        (Controls(form).hidden("content"))
                        button.button.primary type="submit" { "Import this" }
                    }
                }
            }
        }
    }
}

fn list(lines: &[String]) -> Markup {
    html! {
        ul.bullets.long { @for line in lines.iter().take(SHOWN) { li { (line) } } }
        @if lines.len() > SHOWN { p.sub { "and " (lines.len() - SHOWN) " more" } }
    }
}
