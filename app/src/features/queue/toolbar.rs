//! Heading with export, tabs with counters, search, filter chips, notices.

use super::filter::FilterMenu;
use super::page::Queue;
use super::place::{PATH, Place};
use crate::ui::icon::{Icon, icon};
use crate::ui::state::status_notice;
use crate::ui::words::{lane_word, status_word, type_word};
use domain::filter::{Filter, ListQuery, decode_pairs};
use domain::request::{Lane, Status};
use domain::view::{Counters, QueuePage};
use leptos::either::Either;
use leptos::prelude::*;
use std::time::Duration;

/// Milliseconds of quiet after which what was typed is searched for.
const TYPED: u64 = 120;

/// What the list shows as a file, in each format.
#[component]
pub(super) fn ExportMenu(
    /// What is shown.
    page: Memo<QueuePage>,
) -> impl IntoView {
    // Without the attribute that names a download: after the session's end the answer is the log-in, not the file.
    let link = move |format: &'static str, label: &'static str| {
        let href = move || {
            let query = page.with(|page| page.query.first_page().to_query());
            format!("{PATH}/{format}{query}").trim_end_matches('&').to_owned()
        };
        view! { <a class="item" href=href rel="external">{label}</a> }
    };
    view! {
        <div class="menu">
            <button class="button" type="button" popovertarget="export-menu">
                {icon(Icon::Download)}"Export"{icon(Icon::ChevronDown)}
            </button>
            <div class="popover" id="export-menu" popover="auto">
                {link("export.json?", "JSON")}
                {link("export.csv?", "CSV")}
                {link("export.csv?for=excel&", "CSV for Excel")}
            </div>
        </div>
    }
}

/// The lanes with their counters, each with a badge of what needs repair.
#[component]
pub(super) fn Tabs(
    /// What is shown.
    page: Memo<QueuePage>,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label="Requests">
            <Tab page=page lane=Lane::Administrator count=|counters| counters.administrator/>
            <RepairBadge page=page lane=Lane::Administrator count=|counters| counters.repair_administrator/>
            <Tab page=page lane=Lane::Others count=|counters| counters.others/>
            <RepairBadge page=page lane=Lane::Others count=|counters| counters.repair_others/>
        </nav>
    }
}

#[component]
fn Tab(page: Memo<QueuePage>, lane: Lane, count: fn(&Counters) -> i64) -> impl IntoView {
    let href = move || {
        let mut to = page.with(|page| page.query.first_page());
        to.filter.tab = lane;
        Place::list(&to)
    };
    let current = move || page.with(|page| page.query.filter.tab == lane).then_some("page");
    view! {
        <a class="tab" href=href aria-current=current>
            {lane_word(lane)}
            " "
            <span class="count" data-testid=format!("count-{}", lane.as_str())>
                {move || page.with(|page| count(&page.counters))}
            </span>
        </a>
    }
}

/// How many requests of a lane need repair; leads to them.
#[component]
fn RepairBadge(page: Memo<QueuePage>, lane: Lane, count: fn(&Counters) -> i64) -> impl IntoView {
    let count = Memo::new(move |_| page.with(|page| count(&page.counters)));
    move || {
        let count = count.get();
        (count > 0).then(|| {
            let label = format!("{count} in {} need repair", lane_word(lane));
            let href = move || {
                let size = page.with(|page| page.query.size);
                let mut to = ListQuery { filter: Filter::cleared(lane), size, ..ListQuery::default() };
                to.filter.status = vec![Status::Error, Status::MissingData];
                Place::list(&to)
            };
            view! {
                <a class="repair" href=href title=label.clone() aria-label=label.clone()>
                    {icon(Icon::Warn)}
                    <b>{count}</b>
                </a>
            }
        })
    }
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
        <FilterChips page=page/>
        {move || page.with(dropped)}
        {move || page.with(|page| page.search_note.clone().map(status_notice))}
    }
}

#[component]
fn Search(queue: Queue, page: Memo<QueuePage>) -> impl IntoView {
    let first = page.with_untracked(|page| page.query.filter.search.clone().unwrap_or_default());
    let pending = StoredValue::new(None::<TimeoutHandle>);
    let typed = move |value: String| {
        if let Some(before) = pending.get_value() {
            before.clear();
        }
        let look = move || {
            let mut to = page.with_untracked(|page| page.query.first_page());
            to.filter.search = (!value.trim().is_empty()).then(|| value.trim().to_owned());
            queue.go(Place::list(&to), true);
        };
        pending.set_value(set_timeout_with_handle(look, Duration::from_millis(TYPED)).ok());
    };
    let current = Memo::new(move |_| page.with(|page| page.query.filter.search.clone().unwrap_or_default()));
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
            {icon(Icon::Search)}
            <input
                id="search"
                type="search"
                name="q"
                node_ref=node
                value=first
                maxlength="200"
                autocomplete="off"
                aria-label="Search requests"
                placeholder="Search people, resources, reasons, numbers"
                on:input=move |event| typed(event_target_value(&event))
            />
            {move || page.with(|page| hidden_fields(&page.query.first_page(), "q"))}
        </form>
    }
}

/// A query as hidden fields, but for one name: the rest of the view, for forms without scripts.
pub(super) fn hidden_fields(query: &ListQuery, but: &str) -> impl IntoView + use<> {
    let fields = decode_pairs(&query.to_query());
    fields
        .into_iter()
        .filter(|(name, _)| name != but)
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view()
}

/// An applied filter: its label, its value, and the list without it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Chip {
    label: &'static str,
    value: String,
    without: String,
}

/// The applied filters, each with an x.
#[component]
pub(super) fn FilterChips(
    /// What is shown.
    page: Memo<QueuePage>,
) -> impl IntoView {
    let all = Memo::new(move |_| page.with(chips));
    let foot = move || {
        if all.with(Vec::is_empty) {
            return Either::Left(view! {
                <span class="sub">"No filter: every request of this tab. "</span>
                <a class="clear" href=PATH>"Back to what waits"</a>
            });
        }
        let cleared = move || {
            page.with(|page| {
                let filter = Filter::cleared(page.query.filter.tab);
                Place::list(&ListQuery { filter, ..page.query.first_page() })
            })
        };
        Either::Right(view! { <a class="clear" href=cleared>"Clear All"</a> })
    };
    view! {
        <div class="chips" role="group" aria-label="Applied filters">
            <For each=move || all.get() key=Chip::clone children=chip/>
            {foot}
        </div>
    }
}

fn chip(chip: Chip) -> impl IntoView {
    view! {
        <span class="chip">
            <span class="chip-label">{chip.label}</span>
            " "
            <b>{chip.value}</b>
            <a href=chip.without aria-label=format!("Remove filter {}", chip.label)>{icon(Icon::X)}</a>
        </span>
    }
}

fn chips(page: &QueuePage) -> Vec<Chip> {
    let filter = &page.query.filter;
    let mut all = Vec::new();
    let mut add = |label: &'static str, value: String, remove: &dyn Fn(&mut Filter)| {
        let mut to = page.query.first_page();
        remove(&mut to.filter);
        all.push(Chip { label, value, without: Place::list(&to) });
    };
    if !filter.approval_type.is_empty() {
        let words: Vec<_> = filter.approval_type.iter().map(|kind| type_word(*kind)).collect();
        add("Approval type", words.join(", "), &|filter| filter.approval_type.clear());
    }
    if !filter.status.is_empty() {
        let words: Vec<_> = filter.status.iter().map(|status| status_word(*status)).collect();
        add("Status", words.join(", "), &|filter| filter.status.clear());
    }
    if let Some(requester) = &filter.requester {
        let name = page.requester.as_ref().map_or_else(|| requester.to_string(), |person| person.name.clone());
        add("Requester", name, &|filter| filter.requester = None);
    }
    let days = match (filter.from, filter.to) {
        (None, None) => None,
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(to)) => Some(format!("until {to}")),
        (Some(from), Some(to)) => Some(format!("{from} to {to}")),
    };
    if let Some(days) = days {
        let days = format!("{days} ({})", filter.zone.as_deref().unwrap_or("UTC"));
        add("Date", days, &|filter| (filter.from, filter.to) = (None, None));
    }
    if let Some(search) = &filter.search {
        add("Search", search.clone(), &|filter| filter.search = None);
    }
    all
}

/// Parts of the query that could not be read, and a name that is not one person's.
fn dropped(page: &QueuePage) -> Option<impl IntoView + use<>> {
    let part = |part: &domain::filter::Dropped| match part.name.as_str() {
        "requester" => format!("{} is not one person: choose one from the list", part.value),
        "zone" => format!("there is no time zone {}", part.value),
        name => format!("{name}={}", part.value),
    };
    let parts: Vec<String> = page.dropped.iter().map(part).collect();
    (!parts.is_empty()).then(|| status_notice(format!("Left out of the filter: {}.", parts.join(", "))))
}
