//! The frame of the admin portal.

use super::account::AccountMenu;
use super::{Viewer, use_viewer};
use crate::ui::icon::{Icon, icon};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The links: the heading before one, its address, its words, its shape.
pub(super) const LINKS: [(&str, &str, &str, Icon); 10] = [
    ("Security Management", "/admin/requests", "Access Requests", Icon::Queue),
    ("", "/admin/flows", "Approval Flows", Icon::Flow),
    ("", "/admin/grants", "Live Grants", Icon::Clock),
    ("", "/admin/audit", "Audit", Icon::Audit),
    ("Organisation", "/admin/directory", "Directory", Icon::People),
    ("", "/admin/connectors", "Connectors", Icon::Swap),
    ("", "/admin/channels", "Channels", Icon::External),
    ("", "/admin/messages", "Messages", Icon::Mail),
    ("", "/admin/settings", "Settings", Icon::Settings),
    ("My own access", "/portal", "User Portal", Icon::Apps),
];

/// What is out of order, if anything: the name of the banner, its sentence, where it leads, and to what.
pub(super) fn banner_words(viewer: &Viewer) -> Option<(&'static str, &str, &'static str, &'static str)> {
    // What stays behind in a target is worse than a message that is late.
    match (&viewer.differs, &viewer.degraded) {
        (Some(sentence), _) => Some(("Targets that differ", sentence, "/admin/grants", " what differs")),
        (None, Some(sentence)) => {
            Some(("Delivery of messages", sentence, "/admin/messages?state=waiting", " what waits"))
        }
        (None, None) => None,
    }
}

/// The links of the admin portal, the one of this page marked.
#[component]
fn Links() -> impl IntoView {
    let path = use_location().pathname;
    let links = LINKS.map(|(heading, href, label, shape)| {
        let current = move || path.with(|path| path.starts_with(href)).then_some("page");
        view! {
            {(!heading.is_empty()).then(|| view! { <h2>{heading}</h2> })}
            <a href=href aria-current=current>{icon(shape)}{label}</a>
        }
    });
    view! { <nav class="nav" aria-label="Admin portal">{links.into_iter().collect_view()}</nav> }
}

/// The first link of a page, for the keyboard.
fn skip() -> impl IntoView {
    view! { <a class="skip" href="#main">"Skip to content"</a> }
}

/// What stands before the frame: that something is out of order.
#[component]
fn Banner(viewer: Viewer) -> impl IntoView {
    let Some((label, sentence, href, more)) = banner_words(&viewer) else { return skip().into_any() };
    let (title, sentence) = (sentence.to_owned(), sentence.to_owned());
    view! {
        <section class="notice warn banner" aria-label=label>
            {skip()}
            {icon(Icon::Warn)}
            <span title=title>{sentence}</span>
            <a href=href>"Show"<span class="hidden">{more}</span></a>
        </section>
    }
    .into_any()
}

/// Side bar and main part. Under 760 px the side bar folds into a menu that needs no script.
#[component]
pub fn AdminFrame(
    /// The page.
    children: Children,
) -> impl IntoView {
    let viewer = use_viewer();
    view! {
        <Banner viewer=viewer.clone()/>
        <div class="admin">
            <aside class="side">
                <a class="brand" href="/admin/requests"><span class="mark">{icon(Icon::Door)}</span>"Doorward"</a>
                <details class="side-fold">
                    <summary aria-label="Menu">{icon(Icon::Menu)}</summary>
                    <Links/>
                </details>
                <div class="side-wide"><Links/></div>
                <AccountMenu viewer=viewer in_admin=true/>
            </aside>
            <main id="main" class="main" tabindex="-1">{children()}</main>
        </div>
    }
}
