//! Designed empty, loading and error states.

use super::icon::{Icon, icon};
use leptos::prelude::*;

/// Nothing here, and what to do about it.
#[component]
pub fn Empty(
    /// What it is about.
    shape: Icon,
    /// What there is nothing of.
    title: &'static str,
    /// What to do about it.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon">{icon(shape)}</span>
            <p class="empty-title">{title}</p>
            <p class="empty-hint">{children()}</p>
        </div>
    }
}

/// Something is on its way.
#[must_use]
pub fn loading() -> impl IntoView {
    view! { <p class="loading" role="status">"Loading…"</p> }
}

/// Something did not work.
#[must_use]
pub fn trouble(sentence: String) -> impl IntoView {
    view! { <p class="notice bad" role="alert">{icon(Icon::Warn)}<span>{sentence}</span></p> }
}

/// Something to know.
#[must_use]
pub fn notice(sentence: String) -> impl IntoView {
    view! { <p class="notice">{icon(Icon::Info)}<span>{sentence}</span></p> }
}

/// Something that has just been found out.
#[must_use]
pub fn status_notice(sentence: String) -> impl IntoView {
    view! { <p class="notice" role="status">{icon(Icon::Info)}<span>{sentence}</span></p> }
}

/// Something to think of first.
#[must_use]
pub fn warning(sentence: String) -> impl IntoView {
    view! { <p class="notice warn">{icon(Icon::Warn)}<span>{sentence}</span></p> }
}
