//! The table with its head, rows and foot.

use super::detail::Detail;
use super::page::Queue;
use super::place::{Links, Place, Ways};
use super::row::{fingerprint, row};
use crate::ui::icon::{Icon, icon};
use crate::ui::state::{Empty, loading, trouble};
use domain::filter::{Filter, ListQuery, PageSize, Sort, SortKey};
use domain::time::Timestamp;
use domain::view::{QueuePage, QueueRow};
use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

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
            return Either::Left(view! { <div class="card">{move || page.with(nothing)}</div> });
        }
        Either::Right(view! {
            <div class="card">
                <table class="queue">
                    <caption class="hidden">"Requests"</caption>
                    <Head page=page/>
                    <tbody on:click=move |event| copy_link(queue, &event)>
                        <For each=move || lines(queue, page) key=Line::key children=move |line| line.show(queue)/>
                    </tbody>
                </table>
            </div>
            <Foot page=page/>
        })
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
    /// A request, and the moment at which it was read.
    Row(Links, Box<QueueRow>, Timestamp),
    /// What stands below the open one.
    Detail(Ways),
}

/// What tells lines apart.
#[derive(PartialEq, Eq, Hash)]
enum LineKey {
    Row(i64, u64),
    Detail(i64),
}

impl Line {
    fn key(&self) -> LineKey {
        match self {
            Self::Row(links, row, now) => LineKey::Row(row.number.0, fingerprint(links, row, *now)),
            Self::Detail(ways) => LineKey::Detail(ways.number()),
        }
    }

    fn show(self, queue: Queue) -> impl IntoView {
        match self {
            Self::Row(links, found, now) => Either::Left(row(&links, *found, now, queue.open)),
            Self::Detail(ways) => Either::Right(
                view! { <tr class="detail-row"><td colspan="9"><OpenDetail queue=queue ways=ways/></td></tr> },
            ),
        }
    }
}

/// The rows, and the detail below the open one.
fn lines(queue: Queue, page: Memo<QueuePage>) -> Vec<Line> {
    let opened = queue.open.get();
    page.with(|page| {
        let links = Links::new(&page.query);
        let mut lines = Vec::with_capacity(page.rows.len() + 1);
        for found in &page.rows {
            let number = found.number.0;
            lines.push(Line::Row(links.clone(), Box::new(found.clone()), page.now));
            if opened == Some(number) {
                lines.push(Line::Detail(Ways::Row(links.clone(), number)));
            }
        }
        lines
    })
}

/// The detail of the open row.
#[component]
fn OpenDetail(queue: Queue, ways: Ways) -> impl IntoView {
    move || match queue.detail.get().flatten() {
        None => EitherOf3::A(loading()),
        Some(Err(error)) => EitherOf3::B(trouble(error.sentence())),
        Some(Ok(detail)) => EitherOf3::C(view! { <Detail detail=detail ways=ways.clone()/> }),
    }
}

#[component]
fn Head(page: Memo<QueuePage>) -> impl IntoView {
    view! {
        <thead>
            <tr>
                <th class="w-arrow"><span class="hidden">"Details"</span></th>
                <Column page=page sort=SortKey::Requester label="Requester" class=""/>
                <Column page=page sort=SortKey::Resource label="Resource" class="wide"/>
                <th class="wide">"Type"</th>
                <th>"Status"</th>
                <th class="wide">"Waiting on"</th>
                <Column page=page sort=SortKey::Submitted label="Submitted" class="wide"/>
                <Column page=page sort=SortKey::Expires label="Expires" class="wide"/>
                <th class="w-arrow"><span class="hidden">"Actions"</span></th>
            </tr>
        </thead>
    }
}

/// A column by which the table can be sorted.
#[component]
fn Column(page: Memo<QueuePage>, sort: SortKey, label: &'static str, class: &'static str) -> impl IntoView {
    let sorted =
        Memo::new(move |_| page.with(|page| (page.query.sort.key == sort).then_some(page.query.sort.descending)));
    let href = move || {
        // The first click sorts names from A and moments from the newest; the next one turns it round.
        let descending = sorted.get().map_or(matches!(sort, SortKey::Submitted), |descending| !descending);
        page.with(|page| {
            Place::list(&ListQuery { sort: Sort { key: sort, descending }, after: None, ..page.query.clone() })
        })
    };
    let spoken = move || sorted.get().map(|down| if down { "descending" } else { "ascending" });
    let arrow = move || sorted.get().map(|down| icon(if down { Icon::ArrowDown } else { Icon::ArrowUp }));
    view! { <th class=class aria-sort=spoken><a href=href>{label}{arrow}</a></th> }
}

#[component]
fn Foot(page: Memo<QueuePage>) -> impl IntoView {
    let sizes = PageSize::ALL.map(|size| {
        let href = move || page.with(|page| Place::list(&ListQuery { size, ..page.query.first_page() }));
        let current = move || page.with(|page| page.query.size == size).then_some("true");
        view! { <a href=href aria-current=current>{size.rows()}</a> }
    });
    let first = move || {
        let query = page.with(|page| page.query.after.is_some().then(|| page.query.first_page()))?;
        Some(view! { <a class="button" href=Place::list(&query)>"First page"</a> })
    };
    let next = move || {
        let query = page.with(|page| {
            page.next.clone().map(|cursor| ListQuery { after: Some(cursor), ..page.query.first_page() })
        })?;
        Some(view! { <a class="button" href=Place::list(&query)>"Next page"</a> })
    };
    view! {
        <nav class="foot" aria-label="Pages">
            <span class="sizes"><span class="sub">"Rows"</span>{sizes.into_iter().collect_view()}</span>
            <span class="pages">{first}{next}</span>
        </nav>
    }
}

fn nothing(page: &QueuePage) -> impl IntoView + use<> {
    let filter = &page.query.filter;
    if *filter == (Filter { tab: filter.tab, ..Filter::default() }) {
        return Either::Left(view! {
            <Empty shape=Icon::Check title="Nothing waits here">"New requests appear by themselves."</Empty>
        });
    }
    let cleared = ListQuery { filter: Filter::cleared(filter.tab), ..page.query.first_page() };
    Either::Right(view! {
        <Empty shape=Icon::Search title="Nothing found">
            "No request of this tab matches. "
            <a href=Place::list(&cleared)>"Clear all filters"</a>
        </Empty>
    })
}
