//! One request on a page of its own: where the button in the mail leads.

use super::api::Act;
use super::detail::body;
use super::screen::{Ways, second_screen};
use crate::ctx::failed;
use crate::error::AppError;
use crate::sheet::{Call, Sheet};
use crate::ui::badge::status_badge;
use domain::ids::RequestNumber;
use maud::html;

/// The page of one request, with the second screen that the address asks for.
///
/// # Errors
/// As [`AppError`].
pub async fn request_page(call: &Call, number: &str) -> Result<Sheet, AppError> {
    let number = number.parse().map(RequestNumber).map_err(|_| AppError::NotFound)?;
    let detail = services::queue::detail(call.services(), call.actor()?, number).await.map_err(failed)?;
    let row = &detail.row;
    let href = |act: Act| format!("/admin/requests/{number}?act={}", act.as_str());
    let act = Act::parse(call.query("act")).filter(|_| !row.status.is_terminal());
    let ways =
        Ways { back: format!("{}/{number}", crate::routes::QUEUE), act: &href, suffix: "?from=request".to_owned() };
    let page = html! {
        div.crumb { a href=(crate::routes::QUEUE) { "Requests Queue" } " / #" (number) }
        div.head { h1 { (row.resource) " for " (row.requester) } (status_badge(row.status, row.in_flight)) }
        // Said beside its field in the second screen, or here when there is none any more.
        @if act.is_none() && let Some(message) = call.form.message() { (crate::ui::state::trouble(&message)) }
        div.card.single { (body(&detail, &href)) }
        @if let Some(act) = act { (second_screen(&detail, act, &ways, &call.form)) }
    };
    Ok(call.admin(&format!("Request #{number}"), &page))
}
