//! Not there, and not allowed.

use crate::ui::html::Html;
use crate::ui::icon::{Icon, icon};
use crate::ui::title::Title;
use leptos::prelude::*;
use maud::html;

fn page(code: &'static str, title: &'static str, text: &'static str) -> impl IntoView {
    let page: Html = html! {
        main.alone #main {
            span.empty-icon { (icon(Icon::Door)) }
            p.code { (code) }
            h1 { (title) }
            p { (text) }
            p { a.button.primary href="/" rel="external" { "Go to the start page" } }
        }
    }
    .into();
    view! { <Title text=title/>{page} }
}

/// 404.
#[component]
pub fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let _ = crate::ctx::answer(crate::error::AppError::NotFound);
    page("404", "There is no such page", "It may have been moved, or the link is incomplete.")
}

/// 403.
#[component]
pub fn Forbidden() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let _ = crate::ctx::answer(crate::error::AppError::Forbidden);
    page(
        "403",
        "This is not open to you",
        "The admin portal is for administrators. Your own requests are in the user portal.",
    )
}
