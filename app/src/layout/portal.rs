//! The user portal's frame.

use super::account::account_menu;
use super::admin::brand;
use super::use_viewer;
use leptos::prelude::*;

/// Top bar and main part. `place` is the path of the page; `approvals` is what waits on the viewer's vote.
#[component]
pub fn PortalFrame(
    /// Path of the page, to mark it in the navigation.
    place: &'static str,
    /// Requests that wait on the viewer's vote.
    #[prop(into)]
    approvals: Signal<i64>,
    /// The page.
    children: Children,
) -> impl IntoView {
    let viewer = use_viewer();
    let link = move |href: &'static str, label: &'static str, count: bool| {
        let number = move || {
            let waiting = approvals.get();
            (count && waiting > 0).then(|| view! { <span class="count">{waiting}</span> })
        };
        view! { <a href=href aria-current=(href == place).then_some("page")>{label}{number}</a> }
    };
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <header class="top">
            {brand("/portal")}
            <nav aria-label="User portal">
                {link("/portal", "Applications", false)}
                {link("/portal/requests", "Requests", false)}
                {link("/portal/approvals", "Approvals", true)}
            </nav>
            {account_menu(&viewer, false)}
        </header>
        <main id="main" class="wrap" tabindex="-1">{children()}</main>
    }
}
