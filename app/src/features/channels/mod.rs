//! Channels: other systems that are told of events by webhook.

mod form;

use crate::ctx::failed;
use crate::error::AppError;
use crate::features::messages::state_badge;
use crate::markup::icon::{Icon, icon};
use crate::markup::state::{empty, trouble, warning};
use crate::markup::time::{absolute, time_ago};
use crate::sheet::{Call, Sheet};
use crate::ui::words::{message_word, said};
use domain::ids::ChannelId;
use domain::time::Timestamp;
use maud::{Markup, html};
use services::channels::{ChannelView, One, Told};

pub use form::{knows, read};

const PATH: &str = "/admin/channels";

fn state(channel: &ChannelView) -> Markup {
    let (class, shape, word) = match (channel.active, channel.off_cause.is_empty(), channel.failing_since) {
        (false, false, _) => ("badge denied", Icon::X, "Switched off by Doorward"),
        (false, true, _) => ("badge", Icon::Minus, "Off"),
        (true, _, Some(_)) => ("badge error", Icon::Warn, "Failing"),
        (true, _, None) => ("badge approved", Icon::Check, "On"),
    };
    html! { span class=(class) { (icon(shape)) span { (word) } } }
}

/// The list.
///
/// # Errors
/// As [`AppError`].
pub async fn channels(call: &Call) -> Result<Sheet, AppError> {
    let all = services::channels::all(call.services(), call.actor()?).await.map_err(failed)?;
    let body = html! {
        div.crumb { "Organisation" }
        div.head {
            h1 { "Channels" }
            a.button.primary href={ (PATH) "/new" } { (icon(Icon::Plus)) "New channel" }
        }
        @if let Some(message) = call.form.message() { (trouble(&message)) }
        @if all.is_empty() {
            @let hint = html! { "A channel tells another system of requests and decisions, by a signed webhook. " a href={ (PATH) "/new" } { "Make the first one" } };
            div.card { (empty(Icon::External, "No channels yet", &hint)) }
        } @else {
            div.card.wide-scroll {
                table.list {
                    thead { tr { th { "Name" } th { "Address" } th { "Events" } th { "State" } } }
                    tbody {
                        @for one in &all {
                            tr.gone[!one.active] {
                                td { a.name href={ (PATH) "/" (one.id) } { (one.name) } }
                                td { (one.url) }
                                td { (one.events.len()) }
                                td { (state(one)) }
                            }
                        }
                    }
                }
            }
        }
    };
    Ok(call.admin("Channels", &body))
}

/// One channel with its history, or a new one.
///
/// # Errors
/// As [`AppError`].
pub async fn channel(call: &Call, id: &str) -> Result<Sheet, AppError> {
    let id: Option<ChannelId> = if id == "new" { None } else { Some(id.parse().map_err(|_| AppError::NotFound)?) };
    let one = match id {
        Some(id) => Some(services::channels::one(call.services(), call.actor()?, id).await.map_err(failed)?),
        None if call.actor()?.admin => None,
        None => return Err(AppError::Forbidden),
    };
    let view = one.as_ref().map(|one| &one.channel);
    let form = if call.form.values.contains_key("name") { call.form.clone() } else { form::fresh(view) };
    let title = view.map_or_else(|| "New channel".to_owned(), |view| view.name.clone());
    let renewed = call.form.values.get("new_key");
    let body = html! {
        div.crumb { a href=(PATH) { "Channels" } " / " (title) }
        div.head {
            h1 { (title) }
            @if let Some(view) = view { (acts(view, renewed.is_some())) }
        }
        @if let Some(message) = form.message() { (trouble(&message)) }
        @if let Some(key) = renewed {
            section.card.panel {
                h2 { "The new signing key" }
                p { code { (key) } }
                p.sub { "Copy it to the receiver now: it is never shown again. The key before signs too, for another day." }
            }
        }
        @if let Some(view) = view { (trouble_of(view)) }
        // What a test is answered stands where one looks after sending it.
        @if let Some(one) = &one { (history(one)) }
        div.spaced { (form::editor(&form, view)) }
        @if let Some(view) = view {
            @if call.query("remove") == "1" { (remove_screen(view)) }
            @if call.query("renew") == "1" { (renew_screen(view)) }
        }
    };
    Ok(call.admin(&title, &body))
}

fn acts(view: &ChannelView, renewed: bool) -> Markup {
    // The answer with a new key stands under the address of the question: to be asked again, that has to be loaded anew.
    let rel = renewed.then_some("external");
    html! {
        div.acts {
            (state(view))
            form method="post" action={ (PATH) "/" (view.id) "/test" } { button.button type="submit" { "Send a test" } }
            a.button href={ (PATH) "/" (view.id) "?renew=1" } rel=[rel] data-noscroll { (icon(Icon::Key)) "Renew the key…" }
            a.button.bad href={ (PATH) "/" (view.id) "?remove=1" } data-noscroll { "Remove…" }
        }
    }
}

fn trouble_of(view: &ChannelView) -> Markup {
    html! {
        @if !view.active && !view.off_cause.is_empty() {
            (warning(&format!("Doorward switched this channel off: {}. Mend it, then switch it on again.", view.off_cause)))
        } @else if let Some(since) = view.failing_since {
            (warning(&format!("No message arrived since {}. After five days without any, the channel is switched off.", absolute(since))))
        }
        @if let Some(until) = view.old_key_until { p.sub { "The key before signs too, until " (absolute(until)) "." } }
    }
}

fn history(one: &One) -> Markup {
    html! {
        section.card.panel.wide-scroll.spaced {
            h2 { "Latest messages" }
            @if one.history.iter().any(|told| told.state == "waiting") {
                p.sub role="status" {
                    "Some of these still wait. "
                    // The page of this very address, asked for once more.
                    a href={ (PATH) "/" (one.channel.id) } rel="external" { "Look again" }
                }
            }
            @if one.history.is_empty() {
                p.sub { "Nothing yet. Send a test to see what the receiver answers." }
            } @else {
                table.list {
                    thead { tr { th { "Event" } th { "Request" } th { "State" } th { "Answer" } th { "Took" } th { "Attempts" } th { "When" } th { span.hidden { "Actions" } } } }
                    tbody { @for told in &one.history { (line(&one.channel, told, one.now)) } }
                }
            }
        }
    }
}

fn line(view: &ChannelView, told: &Told, now: Timestamp) -> Markup {
    let answered = &told.answered;
    html! {
        tr {
            td { (message_word(&told.kind)) }
            td { @if let Some(number) = told.request { a.link href={ "/admin/requests/" (number) } { "#" (number) } } }
            td {
                (state_badge(&told.state))
                @if let Some(error) = &answered.error { div.sub { (said(error)) } }
            }
            td {
                @if let Some(status) = answered.status { (status) }
                @if !answered.answer.is_empty() { details { summary { "Show" } pre { (answered.answer) } } }
            }
            td { @if told.attempts > 0 { (answered.duration_ms) " ms" } }
            td { (told.attempts) }
            td title=(absolute(told.at)) { (time_ago(told.at, now)) }
            td {
                @if told.state != "waiting" {
                    form method="post" action={ (PATH) "/" (view.id) "/again" } {
                        input type="hidden" name="message" value=(told.id);
                        button.button type="submit" aria-label={ "Send again: " (message_word(&told.kind)) } { (icon(Icon::Retry)) "Send again" }
                    }
                }
            }
        }
    }
}

fn renew_screen(view: &ChannelView) -> Markup {
    let back = format!("{PATH}/{}", view.id);
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { "Renew the key of " (view.name) }
            form method="post" action={ (back) "/key" } {
                div.dialog-body {
                    p { "The new key is shown once, to be copied to the receiver. For a day each message is signed with both, then with the new one alone." }
                }
                footer {
                    a.button href=(back) data-noscroll data-leave { "Cancel" }
                    button.button.primary type="submit" { "Renew the key" }
                }
            }
        }
    }
}

fn remove_screen(view: &ChannelView) -> Markup {
    let back = format!("{PATH}/{}", view.id);
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { "Remove " (view.name) }
            form method="post" action={ (back) "/remove" } {
                div.dialog-body {
                    p { "Its key and its secrets are forgotten, and what waits for it is not sent. Its messages stay in the ledger." }
                }
                footer {
                    a.button href=(back) data-noscroll data-leave { "Cancel" }
                    button.button.danger type="submit" { "Remove" }
                }
            }
        }
    }
}
