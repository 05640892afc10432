//! The admin portal's frame.

use super::account::account_menu;
use super::use_viewer;
use crate::ui::icon::icon;
use leptos::prelude::*;

/// The mark and the name.
#[must_use]
pub fn brand(href: &'static str) -> impl IntoView {
    view! { <a class="brand" href=href><span class="mark">{icon("door")}</span>"Doorward"</a> }
}

fn nav() -> impl IntoView {
    view! {
        <nav class="nav" aria-label="Admin portal">
            <h2>"Security Management"</h2>
            <a href="/admin/requests" aria-current="page">{icon("queue")}"Access Requests"</a>
            <h2>"My own access"</h2>
            <a href="/portal" rel="external">{icon("apps")}"User Portal"</a>
        </nav>
    }
}

/// Side bar and main part. Under 760 px the side bar folds into a menu that needs no script.
#[component]
pub fn AdminFrame(
    /// The page.
    children: Children,
) -> impl IntoView {
    let viewer = use_viewer();
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <div class="admin">
            <aside class="side">
                {brand("/admin/requests")}
                <details class="side-fold" open=false>
                    <summary aria-label="Menu">{icon("menu")}</summary>
                    {nav()}
                </details>
                <div class="side-wide">{nav()}</div>
                {account_menu(&viewer, true)}
            </aside>
            <main id="main" class="main" tabindex="-1">{children()}</main>
        </div>
    }
}
