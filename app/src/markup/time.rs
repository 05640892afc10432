//! Moments in markup.

use super::html::Html;
use crate::ui::time::relative;
use domain::time::Timestamp;
use maud::html;

pub use crate::ui::time::absolute;

/// A moment, relative, with the exact one on hover.
#[must_use]
pub fn time_ago(at: Timestamp, now: Timestamp) -> Html {
    html! { time datetime=(at) title=(absolute(at)) { (relative(at, now)) } }.into()
}
