//! The table with its head, rows and foot.

use super::page::Queue;
use super::place::Place;
use super::row::row;
use super::toolbar::query_of;
use crate::ui::icon::icon;
use crate::ui::state::empty;
use domain::filter::{ListQuery, PageSize, Sort, SortKey};
use domain::view::QueuePage;
use leptos::prelude::*;

/// Columns of the table, for what spans all of them.
pub(super) const COLUMNS: &str = "9";

/// The table, or why there is nothing in it.
pub(super) fn table(queue: Queue, page: &QueuePage) -> impl IntoView + use<> {
    let query = query_of(page);
    if page.rows.is_empty() {
        return view! { <div class="card">{nothing(page)}</div> }.into_any();
    }
    let now = page.now;
    let rows = page.rows.iter().map(|found| row(queue, found, now)).collect_view();
    view! {
        <div class="card">
            <table class="queue">
                <caption class="hidden">"Requests"</caption>
                <thead>
                    <tr>
                        <th class="w-arrow"><span class="hidden">"Details"</span></th>
                        {head(&query, SortKey::Requester, "Requester", "")}
                        {head(&query, SortKey::Resource, "Resource", "wide")}
                        <th class="wide">"Type"</th>
                        <th>"Status"</th>
                        <th class="wide">"Waiting on"</th>
                        {head(&query, SortKey::Submitted, "Submitted", "wide")}
                        {head(&query, SortKey::Expires, "Expires", "wide")}
                        <th class="w-arrow"><span class="hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {foot(page, &query)}
    }
    .into_any()
}

fn head(query: &ListQuery, key: SortKey, label: &'static str, class: &'static str) -> impl IntoView + use<> {
    let on = query.sort.key == key;
    // The first click sorts names from A and moments from the newest; the next one turns it round.
    let first = matches!(key, SortKey::Submitted);
    let descending = if on { !query.sort.descending } else { first };
    let to = ListQuery { sort: Sort { key, descending }, after: None, ..query.clone() };
    let order = on.then_some(if query.sort.descending { "descending" } else { "ascending" });
    let mark = on.then(|| icon(if query.sort.descending { "arrow-down" } else { "arrow-up" }));
    view! { <th class=class aria-sort=order><a href=Place::list(&to)>{label}{mark}</a></th> }
}

fn foot(page: &QueuePage, query: &ListQuery) -> impl IntoView + use<> {
    let sizes = PageSize::ALL.map(|size| {
        let to = ListQuery { size, ..query.clone() };
        let on = size == query.size;
        view! { <a href=Place::list(&to) aria-current=on.then_some("true")>{size.rows()}</a> }
    });
    let next = page.next.clone().map(|cursor| Place::list(&ListQuery { after: Some(cursor), ..query.clone() }));
    view! {
        <nav class="foot" aria-label="Pages">
            <span class="sizes"><span class="sub">"Rows"</span>{sizes.into_iter().collect_view()}</span>
            <span class="pages">
                {(!page.first).then(|| view! { <a class="button" href=Place::list(query)>"First page"</a> })}
                {next.map(|href| view! { <a class="button" href=href>"Next page"</a> })}
            </span>
        </nav>
    }
}

fn nothing(page: &QueuePage) -> impl IntoView + use<> {
    let standard = query_of(page).to_query().is_empty()
        || page.filter == domain::filter::Filter { tab: page.filter.tab, ..Default::default() };
    if standard {
        empty("check", "Nothing waits here", view! { "New requests appear by themselves." }.into_any()).into_any()
    } else {
        let cleared = ListQuery { filter: domain::filter::Filter::cleared(page.filter.tab), ..query_of(page) };
        let hint = view! { "No request of this tab matches. "<a href=Place::list(&cleared)>"Clear all filters"</a> };
        empty("search", "Nothing found", hint.into_any()).into_any()
    }
}
