//! One row: markup, written as text, because there are up to a hundred of them on a page.

use super::api::Act;
use super::place::Stem;
use crate::ui::avatar::{avatar, logo};
use crate::ui::badge::status_badge;
use crate::ui::html::Html;
use crate::ui::icon::{Icon, icon};
use crate::ui::menu::menu;
use crate::ui::time::time_ago;
use crate::ui::words::{approver_word, type_word};
use domain::flow::ApproverKind;
use domain::request::Status;
use domain::time::Timestamp;
use domain::view::{QueueRow, WaitingOn};
use maud::{Markup, html};

/// A row of the table; `open` when its detail stands below.
pub(super) fn row(stem: &Stem, row: &QueueRow, now: Timestamp, open: bool) -> Html {
    let number = row.number.0;
    let label = format!("Details of request {number}, {} for {}", row.resource, row.requester);
    let menu_id = format!("menu-{number}");
    let menu_label = format!("Actions for request {number}");
    html! {
        tr.open[open] {
            td.w-arrow {
                a.icon-button.arrow id={ "row-" (number) } role="button" href=(stem.place((!open).then_some(number), None))
                    aria-label=(label) aria-expanded=(open) data-noscroll { (icon(Icon::ChevronRight)) }
            }
            td {
                div.who {
                    (avatar(&row.requester))
                    div {
                        div.name { (row.requester) }
                        div.sub { (row.department) }
                        div.sub.narrow { "wants " (row.resource) }
                    }
                }
            }
            td.wide {
                div.who { (logo(&row.resource, &row.look)) div { div.name { (row.resource) } div.sub { (row.flow) } } }
            }
            td.wide { (type_word(row.approval_type)) }
            td { (status_badge(row.status, row.in_flight)) }
            td.wide { (waiting(row)) }
            td.wide { (time_ago(row.submitted_at, now)) }
            td.wide.sub {
                @match row.expires_at {
                    Some(at) => { (time_ago(at, now)) }
                    None if row.status == Status::Error => span.sub { "no expiry" },
                    None => span.sub { "–" },
                }
            }
            td.w-arrow { (menu(&menu_id, &menu_label, Icon::Dots, &items(stem, row))) }
        }
    }
    .into()
}

/// Who blocks, and how many have agreed of how many.
fn waiting(row: &QueueRow) -> Markup {
    let Some(on) = &row.waiting_on else {
        return html! { span.sub { (if row.status == Status::Error { "Retry needed" } else { "–" }) } };
    };
    html! {
        div {
            @match (on.kind, on.name.is_empty()) {
                (ApproverKind::Administrator, _) => { "Administrator" }
                (ApproverKind::Manager, true) => { "Manager of " (row.requester) }
                (kind, true) => { (approver_word(kind)) }
                (_, false) => { (on.name) }
            }
        }
        div.sub { @if row.needs_confirmation { "has to be confirmed" } @else { (progress(on, row.status)) } }
    }
}

fn progress(on: &WaitingOn, status: Status) -> String {
    if status == Status::MissingData {
        let step = if on.steps > 1 { format!("step {} of {}: ", on.step, on.steps) } else { String::new() };
        let can = if on.agreed == 0 {
            "nobody can act".to_owned()
        } else {
            format!("only {} of {} can act", on.agreed, on.needed)
        };
        return step + &can;
    }
    let mut parts = Vec::new();
    if on.needed > 1 {
        parts.push(format!("{} of {} agreed", on.agreed, on.needed));
    }
    if on.steps > 1 {
        parts.push(format!("step {} of {}", on.step, on.steps));
    }
    parts.join(", ")
}

/// The three dots.
fn items(stem: &Stem, row: &QueueRow) -> Markup {
    let number = row.number.0;
    let act = |act: Act| stem.place(Some(number), Some(act));
    let decidable = !row.status.is_terminal() && !row.in_flight;
    html! {
        @if decidable && row.own {
            span.item.off aria-disabled="true" { "Grant Access" }
            span.item.off aria-disabled="true" { "Deny Access" }
            p.why { "Your own request: somebody else decides." }
        } @else if decidable {
            @if row.status == Status::Error {
                a.item href=(act(Act::Retry)) data-noscroll { (icon(Icon::Retry)) "Retry" }
            }
            a.item href=(act(Act::Grant)) data-noscroll { (icon(Icon::Check)) "Grant Access" }
            a.item.bad href=(act(Act::Deny)) data-noscroll { (icon(Icon::X)) "Deny Access" }
        }
        a.item href={ "/admin/requests/" (number) } { (icon(Icon::External)) "Open request" }
        // Does something only where scripts run; the style hides it elsewhere.
        button.item.scripted type="button" data-copy={ "/admin/requests/" (number) } popovertarget={ "menu-" (number) }
            popovertargetaction="hide" { (icon(Icon::Link)) "Copy link" }
    }
}
