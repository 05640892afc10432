//! What became of the messages and calls of a request, for administrators.

use crate::ui::icon::{Icon, icon};
use crate::ui::time::time_ago;
use crate::ui::words::{message_state_word, message_word};
use domain::time::Timestamp;
use domain::view::{CallLine, Delivery as Message, RequestDetail};
use leptos::prelude::*;

/// Messages and calls, folded under what came of them.
#[component]
pub(super) fn Delivery(
    /// The request.
    detail: RequestDetail,
) -> impl IntoView {
    let summary = summary(&detail);
    let now = detail.now;
    let planned = detail.planned.into_iter().map(|planned| {
        view! { <li>{format!("Planned: {}, ", message_word(&planned.kind))}{time_ago(planned.at, now)}</li> }
    });
    let calls = detail.calls.into_iter().map(|call| call_line(call, now));
    let messages = detail.delivery.into_iter().map(|message| message_line(message, now));
    view! {
        <h3>"Delivery"</h3>
        <details class="delivery">
            <summary>{icon(Icon::Mail)}{summary}</summary>
            <ul>{planned.collect_view()}{calls.collect_view()}{messages.collect_view()}</ul>
        </details>
    }
}

fn summary(detail: &RequestDetail) -> String {
    let count = |fits: &dyn Fn(&Message) -> bool| detail.delivery.iter().filter(|message| fits(message)).count();
    let delivered = count(&|message| message.state == "delivered");
    let failed = count(&|message| message.state == "dead" || (message.state == "waiting" && message.error.is_some()));
    // What was not to be sent any more is no failure.
    let mails = match (count(&|message| message.state != "suppressed"), failed) {
        (0, _) => "No mail so far".to_owned(),
        (1, 0) => format!("{delivered} of 1 mail delivered"),
        (all, 0) => format!("{delivered} of {all} mails delivered"),
        (all, failed) => format!("{delivered} of {all} mails delivered, {failed} failed"),
    };
    let calls = match (detail.calls.len(), detail.calls.iter().filter(|call| call.state == "waiting").count()) {
        (0, _) => String::new(),
        (1, 0) => ", 1 call to the target".to_owned(),
        (all, 0) => format!(", {all} calls to the target"),
        (_, waiting) => format!(", {waiting} to the target under way"),
    };
    mails + &calls
}

/// How often something was tried, when it is tried again.
fn tried(state: &str, attempts: i32) -> String {
    match (state, attempts) {
        ("waiting", 1) => "tried 1 time, again ".to_owned(),
        ("waiting", attempts) if attempts > 1 => format!("tried {attempts} times, again "),
        _ => String::new(),
    }
}

fn message_line(message: Message, now: Timestamp) -> impl IntoView {
    let text = format!(
        "{}: {} to {}, {}",
        message_state_word(&message.state),
        message_word(&message.kind),
        message.recipient,
        tried(&message.state, message.attempts)
    );
    let error = message.error.map(|error| format!(" ({error})"));
    view! { <li>{text}{time_ago(message.at, now)}{error}</li> }
}

/// One call to a target, in words.
fn call_line(call: CallLine, now: Timestamp) -> impl IntoView {
    let text = format!(
        "{} by {}, {}",
        call_word(&call.action, &call.state),
        call.connector,
        tried(&call.state, call.attempts)
    );
    let said = call.said.map(|said| format!(" ({said})"));
    view! { <li>{text}{time_ago(call.at, now)}{said}</li> }
}

/// What is under way, or came of it.
fn call_word(action: &str, state: &str) -> &'static str {
    match (action, state) {
        (_, "dropped") => "Not needed any more",
        ("grant" | "restore", "waiting") => "Being given",
        ("grant" | "restore", "done") => "Given, and confirmed",
        ("grant" | "restore", "unconfirmed") => "Given, but could not be confirmed",
        ("grant" | "restore", "refused") => "Giving was refused",
        ("grant" | "restore", _) => "Giving failed",
        (_, "waiting") => "Being taken back",
        (_, "done") => "Taken back, and confirmed",
        (_, "unconfirmed") => "Taken back, but could not be confirmed",
        (_, "refused") => "Taking back was refused",
        (_, _) => "Taking back failed",
    }
}
