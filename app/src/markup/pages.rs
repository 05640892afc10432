//! The foot of a list of which there are more pages. Server only.

use maud::{Markup, html};

/// The ways on from a page of a list: back to where it begins, and to what comes next; each an address and its words.
#[must_use]
pub fn pages(first: Option<(&str, &str)>, next: Option<(&str, &str)>) -> Markup {
    html! {
        @if first.is_some() || next.is_some() {
            nav.foot aria-label="Pages" {
                @match first { Some((href, label)) => a.button href=(href) { (label) }, None => span {} }
                @if let Some((href, label)) = next { a.button href=(href) { (label) } }
            }
        }
    }
}
