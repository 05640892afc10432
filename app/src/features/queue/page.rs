//! The page: heading, tabs, tools, table, second screens.

use super::api;
use super::decide::DecisionDialog;
use super::place::{Links, Place, Ways};
use super::table::Table;
use super::toolbar::{ExportMenu, Tabs, Toolbar};
use crate::act::Done;
use crate::error::AppError;
use crate::layout::AdminFrame;
use crate::ui::live::Announcer;
use crate::ui::state::trouble;
use crate::ui::title::title;
use domain::view::{QueuePage, RequestDetail};
use leptos::either::EitherOf3;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

/// Milliseconds after which a visible tab looks for what others did.
const LOOK_AGAIN: i32 = 15_000;

/// Title of the page.
pub const TITLE: &str = "Requests Queue";

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub(super) struct Queue {
    pub(super) place: Memo<Place>,
    pub(super) list: Resource<Result<QueuePage, AppError>>,
    pub(super) detail: Resource<Option<Result<RequestDetail, AppError>>>,
    /// Number of the open row.
    pub(super) open: Memo<Option<i64>>,
    go: StoredValue<Box<dyn Fn(String, bool) + Send + Sync>>,
    /// The next look is the clock's, not the person's: it must not keep their session alive.
    quiet: StoredValue<bool>,
    announcer: Announcer,
}

impl Queue {
    /// Goes to a place without reloading; `replace` leaves no step in the history.
    pub(super) fn go(self, href: String, replace: bool) {
        self.quiet.set_value(false);
        self.go.with_value(|go| go(href, replace));
    }

    /// Says a sentence at the foot of the page.
    pub(super) fn say(self, sentence: String) {
        self.announcer.say(sentence);
    }

    /// Shows what an act on the open row did: says it, closes the screen, looks again, and moves the focus to the next row.
    pub(super) fn done(self, done: &Done) {
        self.announcer.say(done.sentence.clone());
        let place = self.place.get_untracked();
        let number = place.open.unwrap_or_default();
        let next = self.list.get_untracked().and_then(Result::ok).and_then(|page| {
            let index = page.rows.iter().position(|row| row.number.0 == number)?;
            page.rows
                .get(index + 1)
                .or_else(|| index.checked_sub(1).and_then(|before| page.rows.get(before)))
                .map(|row| row.number.0)
        });
        self.go(Place { act: None, open: None, ..place }.href(), true);
        self.list.refetch();
        focus_row_later(next.unwrap_or(number));
    }

    /// Looks again at list and detail; `quiet` when nobody asked for it.
    pub(super) fn refresh(self, quiet: bool) {
        self.quiet.set_value(quiet);
        self.list.refetch();
        self.detail.refetch();
    }
}

/// Puts the focus on a row's arrow once the list is painted again.
fn focus_row_later(number: i64) {
    set_timeout(
        move || {
            if !focus(&format!("row-{number}")) {
                focus("main");
            }
        },
        std::time::Duration::from_millis(120),
    );
}

/// Puts the focus on an element, if it is there.
pub(super) fn focus(id: &str) -> bool {
    let found = document().get_element_by_id(id);
    found
        .and_then(|element| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(element).ok())
        .is_some_and(|element| element.focus().is_ok())
}

/// The Requests Queue.
#[component]
pub fn QueuePageView() -> impl IntoView {
    let queue = use_queue();
    look_again(queue);
    Effect::new(|_| document().set_title(&title(TITLE)));
    // Only whether it worked: a new page of rows must not build the tools anew under the hands of who types.
    // (On the server the page is rendered once, and a memo would keep what it saw before the rows were there.)
    let state = move || queue.list.get().map(|page| page.map(|_| ()));
    #[cfg(not(feature = "ssr"))]
    let state = {
        let state = Memo::new(move |_| state());
        move || state.get()
    };
    let screen = Memo::new(move |_| queue.place.with(|place| place.open.zip(place.act)));
    let ways = move |number| Ways::Row(queue.place.with_untracked(|place| Links::new(&place.query)), number);
    let done = Callback::new(move |done: Done| queue.done(&done));
    let refused = Callback::new(move |_: AppError| queue.refresh(false));
    view! {
        <AdminFrame>
            <div class="crumb">"Security Management / Access Requests"</div>
            <Transition>
                {move || match state() {
                    None => EitherOf3::A(()),
                    Some(Ok(())) => EitherOf3::B(view! { <Loaded queue=queue/> }),
                    Some(Err(error)) => EitherOf3::C(failed(&error)),
                }}
            </Transition>
            <DecisionDialog screen=screen ways=ways done=done refused=refused/>
        </AdminFrame>
    }
}

fn failed(error: &AppError) -> impl IntoView + use<> {
    view! {
        <h1>"Requests Queue"</h1>
        {trouble(error.sentence())}
        <p><a class="button" href=super::place::PATH rel="external">"Try again"</a></p>
    }
}

fn use_queue() -> Queue {
    let location = use_location();
    let search = location.search;
    // Another page's address is none of the queue's: it changes before this page is gone.
    let here = move || location.pathname.with(|path| path.trim_end_matches('/') == super::place::PATH);
    let place = Memo::new(move |before: Option<&Place>| match before {
        Some(before) if !here() => before.clone(),
        _ => search.with(|search| Place::read(search)),
    });
    // On the server, and after a full load, the query is taken as it came, so that its bad parts are told of.
    let query = Memo::new(move |before: Option<&String>| match before {
        Some(before) if !here() => before.clone(),
        _ => search.with(|search| list_part(search)),
    });
    let quiet = StoredValue::new(false);
    let list = Resource::new_blocking(move || query.get(), move |query| api::queue_page(query, asked_by(quiet)));
    let open = Memo::new(move |_| place.with(|place| place.open));
    let detail = Resource::new_blocking(
        move || open.get(),
        move |open| async move {
            let by = asked_by(quiet);
            Some(api::request_detail(open?, by).await)
        },
    );
    let navigate = use_navigate();
    let go = StoredValue::new(Box::new(move |href: String, replace: bool| {
        navigate(&href, NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
    }) as Box<dyn Fn(String, bool) + Send + Sync>);
    Queue { place, list, detail, open, go, quiet, announcer: expect_context() }
}

/// Who asks now.
fn asked_by(quiet: StoredValue<bool>) -> api::Asked {
    if quiet.try_get_value().unwrap_or_default() { api::Asked::Clock } else { api::Asked::Person }
}

/// The query string without what the list does not depend on.
fn list_part(search: &str) -> String {
    search
        .trim_start_matches('?')
        .split('&')
        .filter(|part| !part.starts_with("open=") && !part.starts_with("act="))
        .collect::<Vec<_>>()
        .join("&")
}

/// Others' acts show when the tab gets the focus, and within fifteen seconds while it is visible.
fn look_again(queue: Queue) {
    Effect::new(move |_| {
        let visible = || document().visibility_state() == web_sys::VisibilityState::Visible;
        let focus = window_event_listener(leptos::ev::focus, move |_| queue.refresh(false));
        let timer = set_interval_with_handle(
            move || {
                if visible() {
                    queue.refresh(true);
                }
            },
            std::time::Duration::from_millis(u64::from(LOOK_AGAIN.unsigned_abs())),
        );
        on_cleanup(move || {
            focus.remove();
            if let Ok(timer) = timer {
                timer.clear();
            }
        });
    });
}

/// The loaded list. What others did is painted only where something changed, so menus stay open and nothing jumps.
#[component]
fn Loaded(queue: Queue) -> impl IntoView {
    // Two pages that differ in nothing but their moment are the same page.
    let page = Memo::new(move |before: Option<&QueuePage>| {
        let now = queue.list.get().and_then(Result::ok);
        match (before, now) {
            (Some(before), Some(now)) => {
                let same = QueuePage { now: before.now, ..now.clone() } == *before;
                if same { before.clone() } else { now }
            }
            (None, Some(now)) => now,
            (Some(before), None) => before.clone(),
            (None, None) => empty_page(),
        }
    });
    view! {
        <div class="head"><h1>"Requests Queue"</h1><ExportMenu page=page/></div>
        <Tabs page=page/>
        <Toolbar queue=queue page=page/>
        <Table queue=queue page=page/>
    }
}

fn empty_page() -> QueuePage {
    QueuePage {
        query: domain::filter::ListQuery::default(),
        requester: None,
        dropped: Vec::new(),
        search_note: None,
        rows: Vec::new(),
        next: None,
        counters: domain::view::Counters::default(),
        now: domain::time::Timestamp::default(),
        zone: String::new(),
        today: domain::time::Timestamp::default().day(),
    }
}
