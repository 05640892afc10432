//! Icons from one sprite file, cached by the browser and free of WebAssembly.

use super::html::Html;
use maud::html;

/// An icon of `/icons.svg`. Decoration: what it means stands in words beside it.
#[must_use]
pub fn icon(name: &str) -> Html {
    html! { svg.icon aria-hidden="true" focusable="false" { use href={ "/icons.svg#" (name) } {} } }.into()
}
