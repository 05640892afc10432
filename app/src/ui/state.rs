//! Designed empty, loading and error states.

use super::html::Html;
use super::icon::{Icon, icon};
use maud::{Markup, html};

/// Nothing here, and what to do about it.
#[must_use]
pub fn empty(shape: Icon, title: &str, hint: &Markup) -> Html {
    html! {
        div.empty {
            span.empty-icon { (icon(shape)) }
            p.empty-title { (title) }
            p.empty-hint { (hint) }
        }
    }
    .into()
}

/// Something did not work.
#[must_use]
pub fn trouble(sentence: &str) -> Html {
    html! { p.notice.bad role="alert" { (icon(Icon::Warn)) span { (sentence) } } }.into()
}

/// Something to know.
#[must_use]
pub fn notice(sentence: &str) -> Html {
    html! { p.notice { (icon(Icon::Info)) span { (sentence) } } }.into()
}

/// Something to think of first.
#[must_use]
pub fn warning(sentence: &str) -> Html {
    html! { p.notice.warn { (icon(Icon::Warn)) span { (sentence) } } }.into()
}
