//! Status badges: a colour, a shape and a word; never colour alone.

use super::icon::icon;
use super::words::status_word;
use domain::request::Status;
use leptos::prelude::*;

/// The badge of a status.
#[must_use]
pub fn status_badge(status: Status, in_flight: bool) -> impl IntoView {
    let shape = match status {
        Status::Pending => "clock",
        Status::Approved => "check",
        Status::Denied => "x",
        Status::Canceled | Status::Expired => "minus",
        Status::Error | Status::MissingData => "warn",
    };
    let word = if in_flight { "Granting" } else { status_word(status) };
    view! { <span class=format!("badge {}", status.as_str())>{icon(shape)}<span>{word}</span></span> }
}
