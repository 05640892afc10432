//! The title of a page.

use leptos::prelude::*;

/// Sets the title: the page's own, and the product's.
#[component]
pub fn Title(
    /// The page's own.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <leptos_meta::Title text=format!("{text} · Doorward")/> }
}
