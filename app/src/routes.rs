//! The route table: one route for each page, for server and browser alike. Pages that are not components yet are sheets
//! (`sheet/table.rs`), which stand in for every other address.

use crate::features::flows::FlowPage;
use crate::features::queue::{QueuePageView, RequestPage, TITLE};
use crate::features::whoami::OtherPersonNotice;
use crate::form::{provide_form_state, use_flash};
use crate::layout::use_viewer;
use crate::sheet::SheetView;
use crate::ui::live::{Announcements, provide_announcer};
use crate::ui::title::title;
use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{ParamSegment, StaticSegment, WildcardSegment};

/// The path of the queue.
pub const QUEUE: &str = "/admin/requests";

/// Whether a page is a component of the route table, by its path.
#[must_use]
pub fn is_component(path: &str) -> bool {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    matches!(parts.as_slice(), ["admin", "requests" | "flows", _] | ["admin", "requests"])
}

/// The title of a component's page, by its address.
#[must_use]
pub fn title_of(address: &str) -> String {
    let path = address.split('?').next().unwrap_or_default().trim_end_matches('/');
    if path.starts_with("/admin/flows") {
        return title("Approval flow");
    }
    let number = path.rsplit('/').next().and_then(|part| part.parse::<i64>().ok());
    title(&number.map_or_else(|| TITLE.to_owned(), |number| format!("Request #{number}")))
}

/// The app: every page, and what all of them share.
#[component]
pub fn App() -> impl IntoView {
    let announcer = provide_announcer(use_flash());
    provide_form_state();
    // Handed over with the first page, whatever it is, for the frames.
    let viewer = use_viewer();
    #[cfg(not(feature = "ssr"))]
    crate::wire::set_person(viewer.id);
    #[cfg(feature = "ssr")]
    drop(viewer);
    view! {
        <OtherPersonNotice/>
        <Router><Pages/></Router>
        <Announcements announcer=announcer/>
    }
}

#[component]
fn Pages() -> impl IntoView {
    // What the server refuses before a page is opened, it says on a page of its own.
    if is_refused() {
        return Either::Left(view! { <SheetView/> });
    }
    Either::Right(view! {
        <Routes fallback=SheetView>
            <Route path=(StaticSegment("admin"), StaticSegment("requests")) view=QueuePageView/>
            <Route path=(StaticSegment("admin"), StaticSegment("requests"), ParamSegment("number")) view=RequestPage/>
            <Route path=(StaticSegment("admin"), StaticSegment("flows"), StaticSegment("new")) view=FlowPage/>
            <Route path=(StaticSegment("admin"), StaticSegment("flows"), ParamSegment("id")) view=FlowPage/>
            <Route path=WildcardSegment("sheet") view=SheetView/>
        </Routes>
    })
}

#[cfg(feature = "ssr")]
fn is_refused() -> bool {
    use_context::<crate::sheet::Sheet>().is_some_and(|sheet| !sheet.takes_over)
}

#[cfg(not(feature = "ssr"))]
const fn is_refused() -> bool {
    false
}
