//! Status badges: a colour, a shape and a word; never colour alone.

use super::icon::{Icon, icon};
use super::words::status_word;
use domain::request::Status;
use leptos::prelude::*;

/// The shape of a status.
#[must_use]
pub const fn shape(status: Status) -> Icon {
    match status {
        Status::Pending => Icon::Clock,
        Status::Approved => Icon::Check,
        Status::Denied => Icon::X,
        Status::Canceled | Status::Expired => Icon::Minus,
        Status::Error | Status::MissingData => Icon::Warn,
    }
}

/// The word of a status, or that the access is being granted.
#[must_use]
pub const fn word(status: Status, in_flight: bool) -> &'static str {
    if in_flight { "Granting" } else { status_word(status) }
}

/// The badge of a status.
#[must_use]
pub fn status_badge(status: Status, in_flight: bool) -> impl IntoView {
    let class = match status {
        Status::Pending => "badge pending",
        Status::Approved => "badge approved",
        Status::Denied => "badge denied",
        Status::Canceled => "badge canceled",
        Status::Error => "badge error",
        Status::Expired => "badge expired",
        Status::MissingData => "badge missing-data",
    };
    view! { <span class=class>{icon(shape(status))}<span>{word(status, in_flight)}</span></span> }
}
