//! Icons from one sprite file, cached by the browser and free of WebAssembly.

use leptos::prelude::*;

/// An icon of `/icons.svg`. Decoration: what it means stands in words beside it.
#[must_use]
pub fn icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" focusable="false">
            <use href=format!("/icons.svg#{name}")></use>
        </svg>
    }
}
