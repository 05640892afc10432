//! The list of flows, and the second screen before one is deleted.

use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::controls::Controls;
use crate::markup::icon::{Icon, icon};
use crate::markup::menu::menu;
use crate::markup::pages::pages;
use crate::markup::state::{empty, search_note, trouble, warning};
use crate::sheet::{Call, Sheet};
use crate::ui::words::{approver_word, required_words, type_word};
use domain::flow::{Approvers, Step};
use maud::{Markup, html};
use services::flows::{Consequences, FlowLine, FlowPage};

/// The page.
///
/// # Errors
/// As [`AppError`].
pub async fn flows(call: &Call) -> Result<Sheet, AppError> {
    let (services, actor) = (call.services(), call.actor()?);
    let typed = call.query("q");
    let page = services::flows::list(services, actor, typed, call.query("after")).await.map_err(failed)?;
    let going = match call.query("delete").parse() {
        Ok(id) => Some(services::flows::consequences(services, actor, id).await.map_err(failed)?),
        Err(_) => None,
    };
    let body = html! {
        div.crumb { "Security Management" }
        div.head {
            h1 { "Approval Flows" }
            a.button.primary href="/admin/flows/new" { (icon(Icon::Plus)) "New flow" }
        }
        @if let Some(message) = call.form.message() { (trouble(&message)) }
        form.tools method="get" action="/admin/flows" role="search" data-live {
            div.search {
                (icon(Icon::Search))
                input #search-flows type="search" name="q" value=(typed) maxlength="200" autocomplete="off"
                    aria-label="Search flows" placeholder="Search flows and resources";
            }
        }
        div #flows data-part { @if let Some(note) = search_note(typed, "flow and resource") { (note) } (table(&page, typed, call.query("after"))) }
        @if let Some(going) = going { (delete_screen(&going, &call.form)) }
    };
    Ok(call.admin("Approval Flows", &body))
}

fn table(page: &FlowPage, typed: &str, after: &str) -> Markup {
    if page.lines.is_empty() {
        let hint = if typed.is_empty() {
            html! { "A flow says who must agree before somebody gets access. " a href="/admin/flows/new" { "Make the first one" } }
        } else {
            html! { a href="/admin/flows" { "Show all flows" } }
        };
        let title = if typed.is_empty() { "No flows yet" } else { "Nothing found" };
        return html! { div.card { (empty(Icon::Flow, title, &hint)) } };
    }
    let href =
        |after: &str| format!("/admin/flows?{}", domain::filter::encode_pairs(&[("q", typed), ("after", after)]));
    let first = (!after.is_empty()).then(|| href(""));
    let next = page.next.as_deref().map(href);
    html! {
        div.card.wide-scroll {
            table.list {
                thead {
                    tr {
                        th { "Name" } th { "Resource" } th { "Type" } th { "Visible to" } th { "Approvers" }
                        th.number { "Open requests" } th { "Enabled" } th { span.hidden { "Actions" } }
                    }
                }
                tbody { @for line in &page.lines { (row(line)) } }
            }
        }
        (pages(first.as_deref().map(|href| (href, "First page")), next.as_deref().map(|href| (href, "Next page"))))
    }
}

fn row(line: &FlowLine) -> Markup {
    let id = line.id;
    let (act, label) = if line.enabled { ("disable", "Disable") } else { ("enable", "Enable") };
    let items = html! {
        a.item href={ "/admin/flows/" (id) } { (icon(Icon::Flow)) "Edit" }
        form method="post" action={ "/admin/flows/" (id) "/copy" } { button.item type="submit" { (icon(Icon::Plus)) "Copy" } }
        a.item.bad href={ "/admin/flows?delete=" (id) } data-noscroll { (icon(Icon::X)) "Delete…" }
    };
    html! {
        tr id={ "flow-" (id) } {
            td { a.name href={ "/admin/flows/" (id) } { (line.name) } }
            td { (line.resource) }
            td { (type_word(line.approval_type)) }
            td { @if line.visible_to.is_empty() { "Everybody" } @else { (line.visible_to.join(", ")) } }
            td { (chain(&line.steps)) }
            td.number { @if line.open > 0 { (line.open) } @else { span.sub { "none" } } }
            td {
                form method="post" action={ "/admin/flows/" (id) "/" (act) } {
                    button.switch id={ "enabled-" (id) } type="submit" role="switch" aria-checked=(line.enabled)
                        aria-label={ (label) " " (line.name) } { span {} }
                }
            }
            td.w-arrow { (menu(&format!("menu-{id}"), &format!("Actions for {}", line.name), Icon::Dots, &items)) }
        }
    }
}

/// Who must agree, one step after the other.
pub(super) fn chain(steps: &[Step]) -> Markup {
    if steps.is_empty() {
        return html! { span.sub { "given at once" } };
    }
    html! {
        ol.chain {
            @for step in steps {
                li { (who(step)) @if step.required != domain::flow::Required::Any { span.sub { " " (required_words(step.required)) } } }
            }
        }
    }
}

fn who(step: &Step) -> String {
    match &step.approvers {
        Approvers::Group { name, .. } => name.clone(),
        Approvers::People { people } => people.iter().map(|person| person.name.clone()).collect::<Vec<_>>().join(", "),
        other => approver_word(other.kind()).to_owned(),
    }
}

fn delete_screen(going: &Consequences, form: &FormState) -> Markup {
    let fields = Controls(form);
    let plural =
        |count: i64, one: &str, many: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {many}") };
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { "Delete " (going.name) }
            form method="post" action={ "/admin/flows/" (going.id) "/delete" } {
                div.dialog-body {
                    @if going.open > 0 {
                        (warning(&format!("{} will be Canceled, and their requesters told.", plural(going.open, "open request", "open requests"))))
                    } @else {
                        p { "No request is open under it." }
                    }
                    @if going.grants > 0 {
                        p { (plural(going.grants, "person keeps", "people keep")) " the access that it gave." }
                    }
                    p.sub { "Its history stays. A new flow may have the same name." }
                    p { "To delete it, type its name: " b.typed { (going.name) } }
                    (fields.text("typed", "Name of the flow", "Capitals, accents, and the kind of hyphens, apostrophes and spaces do not matter."))
                }
                footer {
                    a.button href="/admin/flows" data-noscroll data-leave { "Cancel" }
                    button.button.danger type="submit" { "Delete flow" }
                }
            }
        }
    }
}
