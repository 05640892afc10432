//! Designed empty, loading and error states.

use super::icon::icon;
use leptos::prelude::*;

/// Nothing here, and what to do about it.
#[must_use]
pub fn empty(shape: &'static str, title: &'static str, hint: AnyView) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon">{icon(shape)}</span>
            <p class="empty-title">{title}</p>
            <p class="empty-hint">{hint}</p>
        </div>
    }
}

/// Something did not work.
#[must_use]
pub fn trouble(sentence: String) -> impl IntoView {
    view! { <p class="notice bad" role="alert">{icon("warn")}<span>{sentence}</span></p> }
}

/// Something to know.
#[must_use]
pub fn notice(sentence: AnyView) -> impl IntoView {
    view! { <p class="notice">{icon("info")}<span>{sentence}</span></p> }
}
