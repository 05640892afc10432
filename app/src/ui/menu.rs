//! Menus on the native popover: they open without WebAssembly, close on Escape and outside, and give the focus back.

use super::icon::{Icon, icon};
use leptos::prelude::*;

/// A button that opens a popover.
#[component]
pub fn Menu(
    /// Id of the popover, unique on the page.
    id: String,
    /// Accessible name of the button.
    label: String,
    /// What the button shows.
    shape: Icon,
    /// What stands in the popover.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="menu">
            <button class="icon-button" type="button" popovertarget=id.clone() aria-label=label>{icon(shape)}</button>
            <div class="popover" id=id popover="auto">{children()}</div>
        </div>
    }
}
