//! One row, and its detail when it is open.

use super::api::Act;
use super::detail::detail;
use super::page::Queue;
use super::place::Place;
use super::table::COLUMNS;
use crate::ui::avatar::{avatar, logo};
use crate::ui::badge::status_badge;
use crate::ui::icon::icon;
use crate::ui::menu::menu;
use crate::ui::time::time_ago;
use crate::ui::words::{approver_word, type_word};
use domain::flow::ApproverKind;
use domain::request::Status;
use domain::time::Timestamp;
use domain::view::{QueueRow, WaitingOn};
use leptos::prelude::*;

/// A row of the table.
pub(super) fn row(queue: Queue, row: &QueueRow, now: Timestamp) -> impl IntoView + use<> {
    let number = row.number.0;
    let open = Memo::new(move |_| queue.place.with(|place| place.open == Some(number)));
    let place = queue.place;
    let toggle = move || {
        place
            .with(|place| Place { open: (!open.get()).then_some(number), act: None, query: place.query.clone() }.href())
    };
    let expires = match row.expires_at {
        Some(at) => time_ago(at, now).into_any(),
        None if row.status == Status::Error => view! { <span class="sub">"no expiry"</span> }.into_any(),
        None => view! { <span class="sub">"–"</span> }.into_any(),
    };
    let label = format!("Details of request {number}, {} for {}", row.resource, row.requester);
    view! {
        <tr class:open=move || open.get()>
            <td class="w-arrow">
                <a id=format!("row-{number}") class="icon-button arrow" role="button" href=toggle aria-label=label
                    aria-expanded=move || if open.get() { "true" } else { "false" } data-noscroll="">
                    {icon("chevron-right")}
                </a>
            </td>
            <td>
                <div class="who">
                    {avatar(&row.requester)}
                    <div><div class="name">{row.requester.clone()}</div><div class="sub">{row.department.clone()}</div>
                        <div class="sub narrow">"wants "{row.resource.clone()}</div></div>
                </div>
            </td>
            <td class="wide">
                <div class="who">
                    {logo(&row.resource)}
                    <div><div class="name">{row.resource.clone()}</div><div class="sub">{row.flow.clone()}</div></div>
                </div>
            </td>
            <td class="wide">{type_word(row.approval_type)}</td>
            <td>{status_badge(row.status, row.in_flight)}</td>
            <td class="wide">{waiting(row)}</td>
            <td class="wide">{time_ago(row.submitted_at, now)}</td>
            <td class="wide sub">{expires}</td>
            <td class="w-arrow">{menu(format!("menu-{number}"), format!("Actions for request {number}"), "dots", items(queue, row))}</td>
        </tr>
        {move || open.get().then(|| view! {
            <tr class="detail-row"><td colspan=COLUMNS>{detail(queue)}</td></tr>
        })}
    }
}

/// Who blocks, and how many have agreed of how many.
pub(super) fn waiting(row: &QueueRow) -> impl IntoView + use<> {
    let Some(on) = &row.waiting_on else {
        let text = if row.status == Status::Error { "Retry needed" } else { "–" };
        return view! { <span class="sub">{text}</span> }.into_any();
    };
    let text = match (on.kind, on.name.is_empty()) {
        (ApproverKind::Administrator, _) => "Administrator".to_owned(),
        (ApproverKind::Manager, true) => format!("Manager of {}", row.requester),
        (kind, true) => approver_word(kind).to_owned(),
        (_, false) => on.name.clone(),
    };
    view! { <div>{text}</div><div class="sub">{progress(on, row.status)}</div> }.into_any()
}

fn progress(on: &WaitingOn, status: Status) -> String {
    if status == Status::MissingData {
        return "nobody can act".to_owned();
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
fn items(queue: Queue, row: &QueueRow) -> AnyView {
    let number = row.number.0;
    let act = move |act: Act| {
        move || {
            queue.place.with(|place| Place { open: Some(number), act: Some(act), query: place.query.clone() }.href())
        }
    };
    let decidable = !row.status.is_terminal() && !row.in_flight;
    let copy = view! { <a class="item" href=format!("/admin/requests/{number}")>{icon("link")}"Open request"</a> };
    if !decidable {
        return copy.into_any();
    }
    if row.own {
        return view! {
            <span class="item off" aria-disabled="true">"Grant Access"</span>
            <span class="item off" aria-disabled="true">"Deny Access"</span>
            <p class="why">"Your own request: somebody else decides."</p>
            {copy}
        }
        .into_any();
    }
    view! {
        {(row.status == Status::Error).then(|| view! { <a class="item" href=act(Act::Retry) data-noscroll="">{icon("retry")}"Retry"</a> })}
        <a class="item" href=act(Act::Grant) data-noscroll="">{icon("check")}"Grant Access"</a>
        <a class="item bad" href=act(Act::Deny) data-noscroll="">{icon("x")}"Deny Access"</a>
        {copy}
    }
    .into_any()
}
