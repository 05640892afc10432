//! Tabs with counters, search, filter chips, export.

use super::filter::FilterMenu;
use super::page::Queue;
use super::place::{PATH, Place};
use crate::ui::html::Html;
use crate::ui::icon::{Icon, icon};
use crate::ui::words::{lane_word, status_word, type_word};
use domain::filter::{Filter, ListQuery};
use domain::request::{Lane, Status};
use domain::view::QueuePage;
use leptos::prelude::*;
use maud::{Markup, html};
use std::time::Duration;

/// Milliseconds of quiet after which what was typed is searched for.
const TYPED: u64 = 120;

/// Heading and export.
pub(super) fn heading(page: &QueuePage) -> Html {
    let query = page.query.first_page().to_query();
    html! {
        div.head {
            h1 { "Requests Queue" }
            div.menu {
                button.button type="button" popovertarget="export-menu" { (icon(Icon::Download)) "Export" (icon(Icon::ChevronDown)) }
                div.popover id="export-menu" popover="auto" {
                    // Without the attribute that names a download: after the session's end the answer is the log-in, not the file.
                    a.item href={ (PATH) "/export.json?" (query) } rel="external" { "JSON" }
                    a.item href={ (PATH) "/export.csv?" (query) } rel="external" { "CSV" }
                    a.item href={ (PATH) "/export.csv?for=excel" @if !query.is_empty() { "&" } (query) } rel="external" { "CSV for Excel" }
                }
            }
        }
    }
    .into()
}

/// Tabs with their counters, each with a badge of what needs repair.
pub(super) fn tabs(page: &QueuePage) -> Html {
    let counters = page.counters;
    let query = page.query.first_page();
    let tab = |lane: Lane, count: i64| {
        let mut to = query.clone();
        to.filter.tab = lane;
        html! {
            a.tab href=(Place::list(&to)) aria-current=[(lane == query.filter.tab).then_some("page")] {
                (lane_word(lane)) " " span.count data-testid={ "count-" (lane.as_str()) } { (count) }
            }
        }
    };
    html! {
        nav.tabs aria-label="Requests" {
            (tab(Lane::Administrator, counters.administrator))
            (repair(&query, Lane::Administrator, counters.repair_administrator))
            (tab(Lane::Others, counters.others))
            (repair(&query, Lane::Others, counters.repair_others))
        }
    }
    .into()
}

/// How many requests of a tab need repair; leads to them.
fn repair(query: &ListQuery, lane: Lane, count: i64) -> Markup {
    let mut to = ListQuery { filter: Filter::cleared(lane), size: query.size, ..ListQuery::default() };
    to.filter.status = vec![Status::Error, Status::MissingData];
    let label = format!("{count} in {} need repair", lane_word(lane));
    html! {
        @if count > 0 {
            a.repair href=(Place::list(&to)) title=(label) aria-label=(label) { (icon(Icon::Warn)) b { (count) } }
        }
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
        {move || page.with(chips)}
        {move || page.with(dropped)}
        {move || page.with(|page| page.search_note.as_deref().map(note))}
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
            <input id="search" type="search" name="q" node_ref=node value=first maxlength="200" autocomplete="off"
                aria-label="Search requests" placeholder="Search people, resources, reasons, numbers"
                on:input=move |event| typed(event_target_value(&event))/>
            {move || page.with(|page| hidden(page, "q"))}
        </form>
    }
}

/// The rest of the view as hidden fields, for forms without WebAssembly.
fn hidden(page: &QueuePage, but: &str) -> Vec<Html> {
    hidden_fields(&page.query.first_page(), but)
}

/// A query as hidden fields, but for one name.
pub(super) fn hidden_fields(query: &ListQuery, but: &str) -> Vec<Html> {
    let fields = domain::filter::decode_pairs(&query.to_query());
    fields
        .into_iter()
        .filter(|(name, _)| name != but)
        .map(|(name, value)| html! { input type="hidden" name=(name) value=(value); }.into())
        .collect()
}

/// The applied filters, each with an x.
fn chips(page: &QueuePage) -> Html {
    let query = page.query.first_page();
    let filter = &page.query.filter;
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
    if let Some(requester) = &filter.requester {
        let name = page.requester.as_ref().map_or_else(|| requester.to_string(), |person| person.name.clone());
        chip("Requester", name, &|filter| filter.requester = None);
    }
    let days = match (filter.from, filter.to) {
        (None, None) => None,
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(to)) => Some(format!("until {to}")),
        (Some(from), Some(to)) => Some(format!("{from} to {to}")),
    };
    if let Some(days) = days {
        let days = format!("{days} ({})", filter.zone.as_deref().unwrap_or("UTC"));
        chip("Date", days, &|filter| (filter.from, filter.to) = (None, None));
    }
    if let Some(search) = &filter.search {
        chip("Search", search.clone(), &|filter| filter.search = None);
    }
    let cleared = ListQuery { filter: Filter::cleared(filter.tab), ..query.clone() };
    html! {
        div.chips role="group" aria-label="Applied filters" {
            @for (label, value, to) in &all {
                span.chip {
                    span.chip-label { (label) } " " b { (value) }
                    a href=(Place::list(to)) aria-label={ "Remove filter " (label) } { (icon(Icon::X)) }
                }
            }
            @if all.is_empty() {
                span.sub { "No filter: every request of this tab. " }
                a.clear href=(PATH) { "Back to what waits" }
            } @else {
                a.clear href=(Place::list(&cleared)) { "Clear All" }
            }
        }
    }
    .into()
}

/// Parts of the query that could not be read, and a name that is not one person's.
fn dropped(page: &QueuePage) -> Option<Html> {
    let part = |part: &domain::filter::Dropped| match part.name.as_str() {
        "requester" => format!("{} is not one person: choose one from the list", part.value),
        "zone" => format!("there is no time zone {}", part.value),
        name => format!("{name}={}", part.value),
    };
    let parts: Vec<String> = page.dropped.iter().map(part).collect();
    (!parts.is_empty()).then(|| note(&format!("Left out of the filter: {}.", parts.join(", "))))
}

fn note(text: &str) -> Html {
    html! { p.notice role="status" { (icon(Icon::Info)) span { (text) } } }.into()
}
