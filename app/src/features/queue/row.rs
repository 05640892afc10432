//! One row of the queue.

use super::api::Act;
use super::place::Links;
use crate::ui::avatar::{avatar, logo};
use crate::ui::badge::status_badge;
use crate::ui::icon::{Icon, icon};
use crate::ui::menu::Menu;
use crate::ui::time::{relative, time_ago};
use crate::ui::words::{approver_word, type_word};
use domain::flow::ApproverKind;
use domain::request::Status;
use domain::time::Timestamp;
use domain::view::{QueueRow, WaitingOn};
use leptos::either::Either;
use leptos::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a row shows, as a number: a row with the same one keeps its elements, with its open menu and its focus.
pub(super) fn fingerprint(links: &Links, row: &QueueRow, now: Timestamp) -> u64 {
    let mut hasher = DefaultHasher::new();
    links.hash(&mut hasher);
    row.hash(&mut hasher);
    relative(row.submitted_at, now).hash(&mut hasher);
    row.expires_at.map(|at| relative(at, now)).hash(&mut hasher);
    hasher.finish()
}

/// A row of the table; its arrow opens and closes the detail below it.
pub(super) fn row(links: &Links, row: QueueRow, now: Timestamp, opened: Memo<Option<i64>>) -> impl IntoView + use<> {
    let number = row.number.0;
    let open = move || opened.get() == Some(number);
    let label = format!("Details of request {number}, {} for {}", row.resource, row.requester);
    let (closed, there) = (links.place(Some(number), None), links.place(None, None));
    let href = move || if open() { there.clone() } else { closed.clone() };
    let expires = match row.expires_at {
        Some(at) => Either::Left(time_ago(at, now)),
        None => {
            let word = if row.status == Status::Error { "no expiry" } else { "–" };
            Either::Right(view! { <span class="sub">{word}</span> })
        }
    };
    let items = items(links, &row);
    view! {
        <tr class:open=open>
            <td class="w-arrow">
                <a
                    class="icon-button arrow"
                    id=format!("row-{number}")
                    role="button"
                    href=href
                    aria-label=label
                    aria-expanded=move || if open() { "true" } else { "false" }
                    data-noscroll=""
                >
                    {icon(Icon::ChevronRight)}
                </a>
            </td>
            <td>
                <div class="who">
                    {avatar(&row.requester)}
                    <div>
                        <div class="name">{row.requester.clone()}</div>
                        <div class="sub">{row.department.clone()}</div>
                        <div class="sub narrow">"wants "{row.resource.clone()}</div>
                    </div>
                </div>
            </td>
            <td class="wide">
                <div class="who">
                    {logo(&row.resource, &row.look)}
                    <div><div class="name">{row.resource.clone()}</div><div class="sub">{row.flow.clone()}</div></div>
                </div>
            </td>
            <td class="wide">{type_word(row.approval_type)}</td>
            <td>{status_badge(row.status, row.in_flight)}</td>
            <td class="wide">{waiting(&row)}</td>
            <td class="wide">{time_ago(row.submitted_at, now)}</td>
            <td class="wide sub">{expires}</td>
            <td class="w-arrow">
                <Menu id=format!("menu-{number}") label=format!("Actions for request {number}") shape=Icon::Dots>
                    {items}
                </Menu>
            </td>
        </tr>
    }
}

/// Who blocks, and how many have agreed of how many.
fn waiting(row: &QueueRow) -> impl IntoView + use<> {
    let Some(on) = &row.waiting_on else {
        let word = if row.status == Status::Error { "Retry needed" } else { "–" };
        return Either::Left(view! { <span class="sub">{word}</span> });
    };
    let who = match (on.kind, on.name.is_empty()) {
        (ApproverKind::Administrator, _) => "Administrator".to_owned(),
        (ApproverKind::Manager, true) => format!("Manager of {}", row.requester),
        (kind, true) => approver_word(kind).to_owned(),
        (_, false) => on.name.clone(),
    };
    let how = if row.needs_confirmation { "has to be confirmed".to_owned() } else { progress(on, row.status) };
    Either::Right(view! { <div>{who}</div><div class="sub">{how}</div> })
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

/// What stands behind the three dots.
fn items(links: &Links, row: &QueueRow) -> impl IntoView + use<> {
    let number = row.number.0;
    let act = |act: Act| links.place(Some(number), Some(act));
    let decidable = !row.status.is_terminal() && !row.in_flight;
    let own = (decidable && row.own).then(|| {
        view! {
            <span class="item off" aria-disabled="true">"Grant Access"</span>
            <span class="item off" aria-disabled="true">"Deny Access"</span>
            <p class="why">"Your own request: somebody else decides."</p>
        }
    });
    let retry = (decidable && !row.own && row.status == Status::Error)
        .then(|| view! { <a class="item" href=act(Act::Retry) data-noscroll="">{icon(Icon::Retry)}"Retry"</a> });
    let decide = (decidable && !row.own).then(|| {
        view! {
            <a class="item" href=act(Act::Grant) data-noscroll="">{icon(Icon::Check)}"Grant Access"</a>
            <a class="item bad" href=act(Act::Deny) data-noscroll="">{icon(Icon::X)}"Deny Access"</a>
        }
    });
    let page = format!("/admin/requests/{number}");
    view! {
        {own}
        {retry}
        {decide}
        <a class="item" href=page.clone()>{icon(Icon::External)}"Open request"</a>
        // Does something only where scripts run; the style hides it elsewhere.
        <button
            class="item scripted"
            type="button"
            data-copy=page
            popovertarget=format!("menu-{number}")
            popovertargetaction="hide"
        >
            {icon(Icon::Link)}
            "Copy link"
        </button>
    }
}
