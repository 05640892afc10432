//! Not there, and not allowed.

use crate::ui::icon::icon;
use crate::ui::title::Title;
use leptos::prelude::*;

fn page(code: &'static str, title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <Title text=title/>
        <main class="alone" id="main">
            <span class="empty-icon">{icon("door")}</span>
            <p class="code">{code}</p>
            <h1>{title}</h1>
            <p>{text}</p>
            <p><a class="button primary" href="/" rel="external">"Go to the start page"</a></p>
        </main>
    }
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
