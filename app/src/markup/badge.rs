//! Status badges in markup.

use super::html::Html;
use super::icon::icon;
use crate::ui::badge::{shape, word};
use domain::request::Status;
use maud::html;

/// The badge of a status.
#[must_use]
pub fn status_badge(status: Status, in_flight: bool) -> Html {
    html! { span class={ "badge " (status.as_str()) } { (icon(shape(status))) span { (word(status, in_flight)) } } }
        .into()
}
