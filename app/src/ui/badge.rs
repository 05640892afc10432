//! Status badges: a colour, a shape and a word; never colour alone.

use super::html::Html;
use super::icon::{Icon, icon};
use super::words::status_word;
use domain::request::Status;
use maud::html;

/// The badge of a status.
#[must_use]
pub fn status_badge(status: Status, in_flight: bool) -> Html {
    let shape = match status {
        Status::Pending => Icon::Clock,
        Status::Approved => Icon::Check,
        Status::Denied => Icon::X,
        Status::Canceled | Status::Expired => Icon::Minus,
        Status::Error | Status::MissingData => Icon::Warn,
    };
    let word = if in_flight { "Granting" } else { status_word(status) };
    html! { span class={ "badge " (status.as_str()) } { (icon(shape)) span { (word) } } }.into()
}
