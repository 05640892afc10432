//! Tabs with counters, search, filter chips, export.

use super::filter::FilterMenu;
use super::page::Queue;
use super::place::{PATH, Place};
use crate::ui::icon::icon;
use crate::ui::words::{lane_word, status_word, type_word};
use domain::filter::{Filter, ListQuery};
use domain::request::{Lane, Status};
use domain::view::QueuePage;
use leptos::prelude::*;
use std::time::Duration;

/// Milliseconds of quiet after which what was typed is searched for.
const TYPED: u64 = 120;

/// The query of a page.
pub(super) fn query_of(page: &QueuePage) -> ListQuery {
    ListQuery { filter: page.filter.clone(), sort: page.sort, after: None, size: page.size }
}

/// Heading, export, tabs, repair badge.
pub(super) fn tabs(page: &QueuePage) -> impl IntoView + use<> {
    let query = query_of(page);
    let counters = page.counters;
    let current = page.filter.tab;
    let tab = |lane: Lane, count: i64| {
        let mut to = query.clone();
        to.filter.tab = lane;
        view! {
            <a href=Place::list(&to) aria-current=(lane == current).then_some("page") class="tab">
                {lane_word(lane)}" "<span class="count" data-testid=format!("count-{}", lane.as_str())>{count}</span>
            </a>
        }
    };
    let export = |format: &str| format!("{PATH}/export.{format}?{}", query.to_query());
    view! {
        <div class="head">
            <h1>"Requests Queue"</h1>
            <div class="menu">
                <button type="button" class="button" popovertarget="export-menu">{icon("download")}"Export"{icon("chevron-down")}</button>
                <div id="export-menu" popover="auto" class="popover">
                    <a class="item" href=export("json") rel="external" download="requests.json">"JSON"</a>
                    <a class="item" href=export("csv") rel="external" download="requests.csv">"CSV"</a>
                </div>
            </div>
        </div>
        <nav class="tabs" aria-label="Requests">
            {tab(Lane::Administrator, counters.administrator)}
            {tab(Lane::Others, counters.others)}
            {repair(&query, counters.repair_administrator, counters.repair_others)}
        </nav>
    }
}

/// What needs repair, in the tab and, when there is more, in the other.
fn repair(query: &ListQuery, administrator: i64, others: i64) -> Option<impl IntoView + use<>> {
    let (here, there) = match query.filter.tab {
        Lane::Administrator => (administrator, Lane::Others),
        Lane::Others => (others, Lane::Administrator),
    };
    let total = administrator + others;
    let tab = if here > 0 { query.filter.tab } else { there };
    (total > 0).then(|| {
        let mut to = ListQuery { filter: Filter::cleared(tab), size: query.size, ..ListQuery::default() };
        to.filter.status = vec![Status::Error, Status::MissingData];
        view! { <a class="repair" href=Place::list(&to)>{icon("warn")}<b>{total}</b><span>" need repair"</span></a> }
    })
}

/// Search bar, filter, chips, notices.
#[component]
pub(super) fn Toolbar(
    /// The page's parts.
    queue: Queue,
    /// What is shown.
    page: Memo<QueuePage>,
) -> impl IntoView {
    view! {
        <div class="tools">
            <Search queue=queue page=page/>
            <FilterMenu queue=queue page=page/>
        </div>
        {move || page.with(chips)}
        {move || page.with(dropped)}
    }
}

#[component]
fn Search(queue: Queue, page: Memo<QueuePage>) -> impl IntoView {
    let first = page.with_untracked(|page| page.filter.search.clone().unwrap_or_default());
    let pending = StoredValue::new(None::<TimeoutHandle>);
    let typed = move |value: String| {
        if let Some(before) = pending.get_value() {
            before.clear();
        }
        let look = move || {
            let mut to = page.with_untracked(query_of);
            to.filter.search = (!value.trim().is_empty()).then(|| value.trim().to_owned());
            queue.go(Place::list(&to), true);
        };
        pending.set_value(set_timeout_with_handle(look, Duration::from_millis(TYPED)).ok());
    };
    let current = Memo::new(move |_| page.with(|page| page.filter.search.clone().unwrap_or_default()));
    let node: NodeRef<leptos::html::Input> = NodeRef::new();
    // Clear All and the way back empty the bar too, but never under the hands of who types.
    Effect::new(move |_| {
        let value = current.get();
        if let Some(input) = node.get() {
            let busy = document().active_element().is_some_and(|active| active.id() == "search");
            if !busy && input.value() != value {
                input.set_value(&value);
            }
        }
    });
    view! {
        <form class="search" method="get" action=PATH role="search" on:submit=move |event| event.prevent_default()>
            {icon("search")}
            <input id="search" type="search" name="q" node_ref=node value=first maxlength="200" autocomplete="off"
                aria-label="Search requests" placeholder="Search people, resources, reasons, numbers"
                on:input=move |event| typed(event_target_value(&event))/>
            {move || page.with(|page| hidden(page, "q"))}
        </form>
    }
}

/// The rest of the view as hidden fields, for forms without WebAssembly.
pub(super) fn hidden(page: &QueuePage, but: &str) -> impl IntoView + use<> {
    let fields = domain::filter::decode_pairs(&query_of(page).to_query());
    fields
        .into_iter()
        .filter(|(name, _)| name != but)
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view()
}

/// The applied filters, each with an x.
fn chips(page: &QueuePage) -> impl IntoView + use<> {
    let query = query_of(page);
    let filter = &page.filter;
    let mut all: Vec<(&'static str, String, ListQuery)> = Vec::new();
    let mut chip = |label: &'static str, value: String, remove: &dyn Fn(&mut Filter)| {
        let mut to = query.clone();
        remove(&mut to.filter);
        all.push((label, value, to));
    };
    if !filter.approval_type.is_empty() {
        let words: Vec<_> = filter.approval_type.iter().map(|kind| type_word(*kind)).collect();
        chip("Approval type", words.join(", "), &|filter| filter.approval_type.clear());
    }
    if !filter.status.is_empty() {
        let words: Vec<_> = filter.status.iter().map(|status| status_word(*status)).collect();
        chip("Status", words.join(", "), &|filter| filter.status.clear());
    }
    if let Some(email) = &filter.requester {
        chip("Requester", email.clone(), &|filter| filter.requester = None);
    }
    let days = match (filter.from, filter.to) {
        (None, None) => None,
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(to)) => Some(format!("until {to}")),
        (Some(from), Some(to)) => Some(format!("{from} to {to}")),
    };
    if let Some(days) = days {
        chip("Date", days, &|filter| (filter.from, filter.to) = (None, None));
    }
    if let Some(search) = &filter.search {
        chip("Search", search.clone(), &|filter| filter.search = None);
    }
    let cleared = ListQuery { filter: Filter::cleared(filter.tab), sort: page.sort, size: page.size, after: None };
    let any = !all.is_empty();
    view! {
        <div class="chips" role="group" aria-label="Applied filters">
            {all.into_iter().map(|(label, value, to)| view! {
                <span class="chip">
                    <span class="chip-label">{label}</span>" "<b>{value}</b>
                    <a href=Place::list(&to) aria-label=format!("Remove filter {label}")>{icon("x")}</a>
                </span>
            }).collect_view()}
            {any.then(|| view! { <a class="clear" href=Place::list(&cleared)>"Clear All"</a> })}
            {(!any).then(|| view! { <span class="sub">"No filter: every request of this tab. "</span>
                <a class="clear" href=PATH>"Back to what waits"</a> })}
        </div>
    }
}

/// Parts of the query that could not be read.
fn dropped(page: &QueuePage) -> Option<impl IntoView + use<>> {
    let parts: Vec<String> = page.dropped.iter().map(|part| format!("{}={}", part.name, part.value)).collect();
    (!parts.is_empty()).then(|| {
        let text = format!("Part of the address was not understood and is left out: {}.", parts.join(", "));
        view! { <p class="notice" role="status">{icon("info")}<span>{text}</span></p> }
    })
}
