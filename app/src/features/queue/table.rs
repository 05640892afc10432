//! The table with its head, rows and foot.

use super::page::Queue;
use super::place::{Place, Stem};
use super::row::row;
use crate::ui::html::Html;
use crate::ui::icon::{Icon, icon};
use crate::ui::state::{empty, trouble};
use domain::filter::{Filter, ListQuery, PageSize, Sort, SortKey};
use domain::view::QueuePage;
use leptos::either::Either;
use leptos::prelude::*;
use leptos::tachys::view::keyed::keyed;
use maud::{Markup, html};
use wasm_bindgen::JsCast;

/// Columns of the table, for what spans all of them.
const COLUMNS: &str = "9";

/// The table, or why there is nothing in it.
#[component]
pub(super) fn Table(
    /// The page's parts.
    queue: Queue,
    /// What is shown.
    page: Memo<QueuePage>,
) -> impl IntoView {
    let found = Memo::new(move |_| page.with(|page| !page.rows.is_empty()));
    super::focus::keep(queue, page);
    move || {
        if !found.get() {
            return page.with(nothing).into_any();
        }
        view! {
            <div class="card">
                <table class="queue">
                    <caption class="hidden">"Requests"</caption>
                    {move || page.with(head)}
                    <tbody on:click=move |event| copy_link(queue, &event)>{move || page.with(|page| lines(queue, page))}</tbody>
                </table>
            </div>
            {move || page.with(foot)}
        }
        .into_any()
    }
}

/// *Copy link* of the three dots. Where the browser does not let a page write to the clipboard, the link is said instead.
fn copy_link(queue: Queue, event: &leptos::ev::MouseEvent) {
    let clicked = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let button = clicked.and_then(|clicked| clicked.closest("[data-copy]").ok().flatten());
    let Some(path) = button.and_then(|button| button.get_attribute("data-copy")) else { return };
    let link = window().location().origin().unwrap_or_default() + &path;
    if !window().is_secure_context() {
        queue.say(format!("The link is {link}"));
        return;
    }
    let written = window().navigator().clipboard().write_text(&link);
    leptos::task::spawn_local(async move {
        match wasm_bindgen_futures::JsFuture::from(written).await {
            Ok(_) => queue.say("The link is copied.".to_owned()),
            Err(_) => queue.say(format!("The link is {link}")),
        }
    });
}

/// A line of the table's body.
enum Line {
    Row(Html),
    Detail(i64),
}

/// The rows, and the detail below the open one. A row whose text is the same stays the element it was, with its menu and its
/// focus, when others come, go or change.
fn lines(queue: Queue, page: &QueuePage) -> impl IntoView + use<> {
    let stem = Stem::new(&page.query);
    let opened = queue.open.get();
    let mut lines = Vec::with_capacity(page.rows.len() + 1);
    for found in &page.rows {
        let number = found.number.0;
        let open = opened == Some(number);
        lines.push(Line::Row(row(&stem, found, page.now, open)));
        if open {
            lines.push(Line::Detail(number));
        }
    }
    let key = |line: &Line| match line {
        Line::Row(html) => Either::Left(html.clone()),
        Line::Detail(number) => Either::Right(*number),
    };
    let view = move |_: usize, line: Line| {
        let view = match line {
            Line::Row(html) => Either::Left(html),
            Line::Detail(_) => {
                Either::Right(view! { <tr class="detail-row"><td colspan=COLUMNS>{detail(queue)}</td></tr> })
            }
        };
        (|_: usize| (), view)
    };
    keyed(lines, key, view)
}

/// The detail of the open row.
fn detail(queue: Queue) -> impl IntoView {
    move || match queue.detail.get().flatten() {
        None => html! { p.loading role="status" { "Loading…" } }.into(),
        Some(Err(error)) => trouble(&error.sentence()),
        Some(Ok(detail)) => detail,
    }
}

fn head(page: &QueuePage) -> Html {
    let query = &page.query;
    html! {
        thead {
            tr {
                th.w-arrow { span.hidden { "Details" } }
                (column(query, SortKey::Requester, "Requester", false))
                (column(query, SortKey::Resource, "Resource", true))
                th.wide { "Type" }
                th { "Status" }
                th.wide { "Waiting on" }
                (column(query, SortKey::Submitted, "Submitted", true))
                (column(query, SortKey::Expires, "Expires", true))
                th.w-arrow { span.hidden { "Actions" } }
            }
        }
    }
    .into()
}

fn column(query: &ListQuery, key: SortKey, label: &str, wide: bool) -> Markup {
    let on = query.sort.key == key;
    // The first click sorts names from A and moments from the newest; the next one turns it round.
    let first = matches!(key, SortKey::Submitted);
    let descending = if on { !query.sort.descending } else { first };
    let to = ListQuery { sort: Sort { key, descending }, after: None, ..query.clone() };
    let down = query.sort.descending;
    html! {
        th.wide[wide] aria-sort=[on.then_some(if down { "descending" } else { "ascending" })] {
            a href=(Place::list(&to)) {
                (label)
                @if on { (icon(if down { Icon::ArrowDown } else { Icon::ArrowUp })) }
            }
        }
    }
}

fn foot(page: &QueuePage) -> Html {
    let query = page.query.first_page();
    let size = |size: PageSize| Place::list(&ListQuery { size, ..query.clone() });
    let next = page.next.clone().map(|cursor| Place::list(&ListQuery { after: Some(cursor), ..query.clone() }));
    html! {
        nav.foot aria-label="Pages" {
            span.sizes {
                span.sub { "Rows" }
                @for each in PageSize::ALL {
                    a href=(size(each)) aria-current=[(each == query.size).then_some("true")] { (each.rows()) }
                }
            }
            span.pages {
                @if page.query.after.is_some() { a.button href=(Place::list(&query)) { "First page" } }
                @if let Some(href) = next { a.button href=(href) { "Next page" } }
            }
        }
    }
    .into()
}

fn nothing(page: &QueuePage) -> Html {
    let filter = &page.query.filter;
    let standard = *filter == Filter { tab: filter.tab, ..Filter::default() };
    let cleared = ListQuery { filter: Filter::cleared(filter.tab), ..page.query.first_page() };
    let (shape, title, hint) = if standard {
        (Icon::Check, "Nothing waits here", html! { "New requests appear by themselves." })
    } else {
        let hint = html! { "No request of this tab matches. " a href=(Place::list(&cleared)) { "Clear all filters" } };
        (Icon::Search, "Nothing found", hint)
    };
    html! { div.card { (empty(shape, title, &hint)) } }.into()
}
