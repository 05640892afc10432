//! The table of pages: the queue, which is a live view, and sheets (`sheet/table.rs`).

use crate::features::queue::QueuePageView;
use crate::features::whoami::OtherPersonNotice;
use crate::form::use_flash;
use crate::layout::use_viewer;
use crate::sheet::SheetView;
use crate::ui::live::{Announcements, provide_announcer};
use leptos::prelude::*;
use leptos_router::components::Router;
use leptos_router::hooks::use_location;

/// The path of the queue.
pub const QUEUE: &str = "/admin/requests";

/// The app: every page, and what all of them share.
#[component]
pub fn App() -> impl IntoView {
    let announcer = provide_announcer(use_flash());
    // Handed over with the first page, whatever it is, for the frame of the queue.
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
    let path = use_location().pathname;
    #[cfg(not(feature = "ssr"))]
    arrive();
    let queue = Memo::new(move |_| path.with(|path| is_queue(path)));
    move || if queue.get() { view! { <QueuePageView/> }.into_any() } else { view! { <SheetView/> }.into_any() }
}

/// The address bar follows the links that are clicked: the router waits with that until its own table of routes has the next page,
/// and this app has none.
#[cfg(not(feature = "ssr"))]
fn arrive() {
    use leptos_router::location::{BrowserUrl, LocationProvider};
    let url = use_location();
    let browser = use_context::<BrowserUrl>();
    Effect::new(move |_| {
        url.pathname.track();
        if let Some(browser) = &browser {
            browser.ready_to_complete();
        }
    });
}

/// Whether the queue is shown. The server has decided it: an address may be answered with another page than its own.
#[cfg(feature = "ssr")]
fn is_queue(_path: &str) -> bool {
    use_context::<crate::sheet::Sheet>().is_none()
}

#[cfg(not(feature = "ssr"))]
fn is_queue(path: &str) -> bool {
    path.trim_end_matches('/') == QUEUE
}
