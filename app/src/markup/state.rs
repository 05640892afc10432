//! Empty and error states in markup.

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

/// What is not searched for everywhere of what was typed, if anything; `beginnings` names the texts that short words are looked for
/// at the beginning of.
#[must_use]
pub fn search_note(typed: &str, beginnings: &str) -> Option<Html> {
    domain::search::Search::read(typed).note(beginnings).map(|sentence| notice(&sentence))
}

/// Something to think of first.
#[must_use]
pub fn warning(sentence: &str) -> Html {
    html! { p.notice.warn { (icon(Icon::Warn)) span { (sentence) } } }.into()
}
