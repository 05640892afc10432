//! Channels: other systems that are told of events by webhook.

mod form;

use crate::ctx::failed;
use crate::error::AppError;
use crate::features::messages::state_badge;
use crate::sheet::{Call, Sheet};
use crate::ui::icon::{Icon, icon};
use crate::ui::state::{empty, trouble, warning};
use crate::ui::time::{absolute, time_ago};
use crate::ui::words::message_word;
use domain::ids::ChannelId;
use domain::time::Timestamp;
use maud::{Markup, html};
use services::channels::{ChannelView, One, Told};

pub use form::read;

const PATH: &str = "/admin/channels";

fn state(channel: &ChannelView) -> &'static str {
    match (channel.active, channel.off_cause.is_empty(), channel.failing_since) {
        (false, false, _) => "Switched off by Doorward",
        (false, true, _) => "Off",
        (true, _, Some(_)) => "Failing",
        (true, _, None) => "On",
    }
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
            div.card { (empty(Icon::External, "No channels", &html! { "A channel tells another system of requests and decisions, by a signed webhook." })) }
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
    let body = html! {
        div.crumb { a href=(PATH) { "Channels" } " / " (title) }
        div.head {
            h1 { (title) }
            @if let Some(view) = view { (acts(view)) }
        }
        @if let Some(message) = form.message() { (trouble(&message)) }
        @if let Some(key) = call.form.values.get("new_key") {
            section.card.panel {
                h2 { "The new signing key" }
                p { code { (key) } }
                p.sub { "Copy it to the receiver now: it is never shown again. The key before signs too, for another day." }
            }
        }
        @if let Some(view) = view { (trouble_of(view)) }
        div.spaced { (form::editor(&form, view)) }
        @if let Some(one) = &one { (history(one)) }
        @if call.query("remove") == "1" && let Some(view) = view { (remove_screen(view)) }
    };
    Ok(call.admin(&title, &body))
}

fn acts(view: &ChannelView) -> Markup {
    html! {
        div.acts {
            form method="post" action={ (PATH) "/" (view.id) "/test" } { button.button type="submit" { "Send a test" } }
            form method="post" action={ (PATH) "/" (view.id) "/key" } { button.button type="submit" { (icon(Icon::Key)) "Renew the key" } }
            a.button href={ (PATH) "/" (view.id) "?remove=1" } { "Remove" }
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
        section.card.panel.wide-scroll {
            h2 { "Latest messages" }
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
            td { @if let Some(number) = told.request { a href={ "/admin/requests/" (number) } { "#" (number) } } }
            td {
                (state_badge(&told.state))
                @if let Some(error) = &answered.error { div.sub { (error) } }
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
