//! Messages: what went out to whom, what failed, and sending it again.

use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::controls::Controls;
use crate::markup::icon::{Icon, icon};
use crate::markup::pages::pages;
use crate::markup::state::{empty, notice, search_note, trouble, warning};
use crate::markup::time::{absolute, time_ago};
use crate::sheet::{Call, Sheet};
use crate::ui::words::message_state_word;
use crate::ui::words::{message_word, said};
use domain::filter::encode_pairs;
use domain::time::Timestamp;
use domain::view::Delivery;
use maud::{Markup, html};
use services::deliveries::{Asked, Ledger, STATES, kinds};

const PATH: &str = "/admin/messages";

/// The badge of a state.
pub(crate) fn state_badge(state: &str) -> Markup {
    let (class, shape) = match state {
        "waiting" => ("badge pending", Icon::Clock),
        "delivered" => ("badge approved", Icon::Check),
        "dead" => ("badge error", Icon::Warn),
        _ => ("badge canceled", Icon::Minus),
    };
    html! { span class=(class) { (icon(shape)) span { (message_state_word(state)) } } }
}

/// The page.
///
/// # Errors
/// As [`AppError`].
pub async fn messages(call: &Call) -> Result<Sheet, AppError> {
    let asked = Asked {
        text: call.query("q").to_owned(),
        state: call.query("state").to_owned(),
        kind: call.query("kind").to_owned(),
        after: call.query("after").to_owned(),
    };
    let ledger = services::deliveries::ledger(call.services(), call.actor()?, &asked).await.map_err(failed)?;
    let body = html! {
        div.crumb { "Organisation" }
        @let failed = ledger.dead > 0 && asked.state != "dead";
        div.head {
            h1 { "Messages" }
            @if failed { a.button href={ (PATH) "?state=dead" } { (icon(Icon::Warn)) "Show what failed" } }
            @if asked.state == "dead" && ledger.page.lines.len() > 1 { (all_again(&asked)) }
        }
        @if let Some(message) = call.form.message() { (trouble(&message)) }
        @if failed { (warning(&dead_sentence(ledger.dead))) }
        div.spaced { (tools(&asked)) }
        @for part in &ledger.unknown { (notice(&format!("The filter {part} cannot be read, so nothing is shown for it."))) }
        div #messages data-part { @if !asked.text.trim().starts_with('#') && let Some(note) = search_note(&asked.text, "name and email") { (note) } (list(&ledger, &asked)) }
    };
    Ok(call.admin("Messages", &body))
}

fn dead_sentence(dead: i64) -> String {
    if dead == 1 {
        "1 message never arrived and is not tried any more. Mend the cause, then send it again.".to_owned()
    } else {
        format!("{dead} messages never arrived and are not tried any more. Mend the cause, then send them again.")
    }
}

fn tools(asked: &Asked) -> Markup {
    let values = [("q", &asked.text), ("state", &asked.state), ("kind", &asked.kind)];
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    let form = FormState { values, error: None, ..FormState::default() };
    let fields = Controls(&form);
    let states: Vec<(&str, &str)> = std::iter::once(("", "Any state"))
        .chain(STATES.iter().map(|state| (*state, message_state_word(state))))
        .collect();
    let words: Vec<(&str, String)> = kinds().map(|kind| (kind, message_word(kind))).collect();
    let all: Vec<(&str, &str)> =
        std::iter::once(("", "Any kind")).chain(words.iter().map(|(kind, word)| (*kind, word.as_str()))).collect();
    html! {
        form.card.panel.filters method="get" action=(PATH) role="search" novalidate {
            div.columns {
                (fields.text("q", "Recipient, or #request", ""))
                (fields.select("state", "State", "", &states))
                (fields.select("kind", "Kind", "", &all))
                div.acts {
                    button.button.primary type="submit" { "Apply" }
                    a.button.quiet href=(PATH) { "Clear All" }
                }
            }
        }
    }
}

fn list(ledger: &Ledger, asked: &Asked) -> Markup {
    if ledger.page.lines.is_empty() {
        if [&asked.text, &asked.state, &asked.kind].iter().any(|part| !part.is_empty()) {
            let hint = html! { "No message fits this filter. " a href=(PATH) { "Show all" } };
            return html! { div.card.spaced { (empty(Icon::Search, "Nothing found", &hint)) } };
        }
        let hint = html! { "Each message to a person or to a channel stands here, with what became of it." };
        return html! { div.card.spaced { (empty(Icon::Mail, "No messages yet", &hint)) } };
    }
    let href = |after: &str| {
        let pairs = [("q", asked.text.as_str()), ("state", &asked.state), ("kind", &asked.kind), ("after", after)];
        format!("{PATH}?{}", encode_pairs(&pairs))
    };
    let first = (!asked.after.is_empty()).then(|| href(""));
    let next = ledger.page.next.as_deref().map(href);
    html! {
        div.card.wide-scroll.spaced {
            table.list {
                thead { tr { th { "Kind" } th { "To" } th { "Request" } th { "State" } th { "Attempts" } th { "When" } th { span.hidden { "Actions" } } } }
                tbody { @for one in &ledger.page.lines { (line(one, ledger.now)) } }
            }
        }
        (pages(first.as_deref().map(|href| (href, "First page")), next.as_deref().map(|href| (href, "Next page"))))
    }
}

fn line(one: &Delivery, now: Timestamp) -> Markup {
    html! {
        tr {
            td { (message_word(&one.kind)) }
            td { (one.recipient) @if one.channel { div.sub { "channel" } } }
            td { @if let Some(number) = one.request { a.link href={ "/admin/requests/" (number) } { "#" (number) } } }
            td {
                (state_badge(&one.state))
                @if let Some(error) = &one.error { div.sub { (said(error)) } }
            }
            td { (one.attempts) }
            td title=(absolute(one.at)) {
                @if one.state == "waiting" { (if one.attempts > 0 { "again " } else { "due " }) }
                (time_ago(one.at, now))
            }
            td { @if one.state == "dead" { (again(one)) } }
        }
    }
}

/// After an outage: whatever the filter shows, on the pages behind this one, too.
fn all_again(asked: &Asked) -> Markup {
    html! {
        form method="post" action={ (PATH) "/again" } {
            input type="hidden" name="q" value=(asked.text);
            input type="hidden" name="kind" value=(asked.kind);
            button.button.primary type="submit" { (icon(Icon::Retry)) "Send all again" }
        }
    }
}

fn again(one: &Delivery) -> Markup {
    html! {
        form method="post" action={ (PATH) "/" (one.id) "/again" } {
            button.button type="submit" aria-label={ "Send again: " (message_word(&one.kind)) " to " (one.recipient) } { (icon(Icon::Retry)) "Send again" }
        }
    }
}
