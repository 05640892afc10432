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

fn nav() -> Markup {
    html! {
        nav.nav aria-label="Admin portal" {
            h2 { "Security Management" }
            a href="/admin/requests" aria-current="page" { (icon(Icon::Queue)) "Access Requests" }
            h2 { "My own access" }
            a href="/portal" rel="external" { (icon(Icon::Apps)) "User Portal" }
        }
    }
}

fn side(viewer: &Viewer) -> Html {
    html! {
        aside.side {
            (brand("/admin/requests"))
            details.side-fold { summary aria-label="Menu" { (icon(Icon::Menu)) } (nav()) }
            div.side-wide { (nav()) }
            (account_menu(viewer, true))
        }
    }
    .into()
}

/// The first link of a page, for the keyboard.
pub(super) fn skip() -> Html {
    html! { a.skip href="#main" { "Skip to content" } }.into()
}

/// Side bar and main part. Under 760 px the side bar folds into a menu that needs no script.
#[component]
pub fn AdminFrame(
    /// The page.
    children: Children,
) -> impl IntoView {
    let viewer = use_viewer();
    view! {
        {skip()}
        <div class="admin">
            {side(&viewer)}
            <main id="main" class="main" tabindex="-1">{children()}</main>
        </div>
    }
}
