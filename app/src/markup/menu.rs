//! Menus on the native popover: they open without WebAssembly, close on Escape and outside, and give the focus back.

use super::html::Html;
use super::icon::{Icon, icon};
use maud::{Markup, html};

/// A button that opens a popover with the given id.
#[must_use]
pub fn menu(id: &str, label: &str, shape: Icon, items: &Markup) -> Html {
    html! {
        div.menu {
            button.icon-button type="button" popovertarget=(id) aria-label=(label) { (icon(shape)) }
            div.popover id=(id) popover="auto" { (items) }
        }
    }
    .into()
}
