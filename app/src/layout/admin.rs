//! The admin portal's frame.

use super::account::account_menu;
use super::{Viewer, use_viewer};
use crate::ui::html::Html;
use crate::ui::icon::{Icon, icon};
use leptos::prelude::*;
use maud::{Markup, html};

/// The mark and the name.
#[must_use]
pub fn brand(href: &str) -> Markup {
    html! { a.brand href=(href) { span.mark { (icon(Icon::Door)) } "Doorward" } }
}

/// Whether links to the queue load it anew, so that it shows what only the server says.
#[cfg(feature = "ssr")]
const fn anew(viewer: &Viewer) -> bool {
    viewer.degraded.is_some() || viewer.differs.is_some()
}

#[cfg(not(feature = "ssr"))]
const fn anew(_viewer: &Viewer) -> bool {
    false
}

/// The links: the heading before one, its address, its words, its shape. A table, because the browser carries each call.
const LINKS: [(&str, &str, &str, Icon); 10] = [
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

fn nav(viewer: &Viewer, path: &str) -> Markup {
    let rel = anew(viewer).then_some("external");
    html! {
        nav.nav aria-label="Admin portal" {
            @for (heading, href, label, shape) in LINKS {
                @if !heading.is_empty() { h2 { (heading) } }
                a href=(href) rel=[rel] aria-current=[path.starts_with(href).then_some("page")] { (icon(shape)) (label) }
            }
        }
    }
}

fn side(viewer: &Viewer, path: &str) -> Html {
    html! {
        aside.side {
            (brand("/admin/requests"))
            details.side-fold { summary aria-label="Menu" { (icon(Icon::Menu)) } (nav(viewer, path)) }
            div.side-wide { (nav(viewer, path)) }
            (account_menu(viewer, true))
        }
    }
    .into()
}

/// The first link of a page, for the keyboard.
pub(super) fn skip() -> Html {
    html! { a.skip href="#main" { "Skip to content" } }.into()
}

/// What stands before the frame on the server: with it, that messages do not go out. The browser takes over what is there.
#[cfg(feature = "ssr")]
fn before(viewer: &Viewer) -> Html {
    // What stays behind in a target is worse than a message that is late.
    let (label, sentence, href, more) = match (&viewer.differs, &viewer.degraded) {
        (Some(sentence), _) => ("Targets that differ", sentence, "/admin/grants", " what differs"),
        (None, Some(sentence)) => ("Delivery of messages", sentence, "/admin/messages?state=waiting", " what waits"),
        (None, None) => return skip(),
    };
    html! {
        section.notice.warn.banner aria-label=(label) {
            (skip())
            (icon(Icon::Warn))
            span title=(sentence) { (sentence) }
            a href=(href) { "Show" span.hidden { (more) } }
        }
    }
    .into()
}

#[cfg(not(feature = "ssr"))]
fn before(_viewer: &Viewer) -> Html {
    skip()
}

/// Side bar and main part. Under 760 px the side bar folds into a menu that needs no script.
#[component]
pub fn AdminFrame(
    /// The page.
    children: Children,
) -> impl IntoView {
    let viewer = use_viewer();
    view! {
        {before(&viewer)}
        <div class="admin">
            {side(&viewer, crate::routes::QUEUE)}
            <main id="main" class="main" tabindex="-1">{children()}</main>
        </div>
    }
}

/// The frame around a sheet at `path`.
#[cfg(feature = "ssr")]
#[must_use]
pub fn admin_frame(viewer: &Viewer, path: &str, body: &Markup) -> Markup {
    html! {
        div.frame {
            (before(viewer))
            div.admin { (side(viewer, path)) main #main.main tabindex="-1" { (body) } }
        }
    }
}
