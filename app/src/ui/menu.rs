//! Menus on the native popover: they open without WebAssembly, close on Escape and outside, and give the focus back.

use super::icon::icon;
use leptos::prelude::*;

/// A button that opens a popover with the given id.
#[must_use]
pub fn menu(id: String, label: String, shape: &'static str, items: AnyView) -> impl IntoView {
    let anchor = id.clone();
    view! {
        <div class="menu">
            <button type="button" class="icon-button" popovertarget=anchor aria-label=label>{icon(shape)}</button>
            <div id=id popover="auto" class="popover">{items}</div>
        </div>
    }
}
