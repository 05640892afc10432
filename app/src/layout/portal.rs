//! The user portal's frame.

use super::account::account_menu;
use super::admin::{brand, skip};
use super::{Viewer, use_viewer};
use crate::ui::html::Html;
use leptos::prelude::*;
use maud::html;

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
    view! {
        {skip()}
        {move || header(&viewer, place, approvals.get())}
        <main id="main" class="wrap" tabindex="-1">{children()}</main>
    }
}

fn header(viewer: &Viewer, place: &str, approvals: i64) -> Html {
    let link = |href: &str, label: &str, waiting: i64| {
        html! {
            a href=(href) aria-current=[(href == place).then_some("page")] {
                (label)
                @if waiting > 0 { span.count { (waiting) } }
            }
        }
    };
    html! {
        header.top {
            (brand("/portal"))
            nav aria-label="User portal" {
                (link("/portal", "Applications", 0))
                (link("/portal/requests", "Requests", 0))
                (link("/portal/approvals", "Approvals", approvals))
            }
            (account_menu(viewer, false))
        }
    }
    .into()
}
