//! Applications: what I have.

use crate::ctx::failed;
use crate::error::AppError;
use crate::markup::avatar::logo;
use crate::markup::icon::{Icon, icon};
use crate::markup::state::empty;
use crate::sheet::{Call, Sheet};
use crate::ui::time::relative;
use domain::time::Timestamp;
use domain::view::Application;
use maud::{Markup, html};

/// The page.
///
/// # Errors
/// As [`AppError`].
pub async fn applications(call: &Call) -> Result<Sheet, AppError> {
    let (services, actor) = (call.services(), call.actor()?);
    let (items, now) = services::portal::applications(services, actor).await.map_err(failed)?;
    let counts = services::portal::counts(services, actor).await.map_err(failed)?;
    let body = html! {
        h1 { "Applications" }
        @if let Some(message) = call.form.message() { (crate::markup::state::trouble(&message)) }
        (tiles(&items, now))
        @if let Some(item) = items.iter().find(|item| item.can_give_back && call.query("back") == item.id.to_string()) {
            (give_back_screen(item, now))
        }
    };
    Ok(call.portal("Applications", &counts, &body))
}

fn tiles(items: &[Application], now: Timestamp) -> Markup {
    if items.is_empty() {
        let hint = html! { "What you are given appears here. " a href="/portal/requests" { "Ask for access" } };
        return html! { (empty(Icon::Apps, "Nothing here yet", &hint)) };
    }
    html! { div.tiles { @for item in items { (tile(item, now)) } } }
}

fn tile(item: &Application, now: Timestamp) -> Markup {
    let left = item.ends_at.map_or_else(|| "Always".to_owned(), |ends| format!("Ends {}", relative(ends, now)));
    let share = item.ends_at.zip(item.began_at).map(|(ends, began)| {
        let all = (ends.0 - began.0).max(1);
        let gone = (now.0 - began.0).clamp(0, all);
        100 - gone * 100 / all
    });
    html! {
        article.tile {
            div.who {
                (logo(&item.resource, &item.look))
                div { h2.name { (item.resource) } div.sub { (item.category) } }
            }
            div.sub { (left) }
            @if let Some(share) = share { progress max="100" value=(share) aria-label="Time left" {} }
            div.tile-acts {
                @if let Some(href) = &item.link {
                    a.button href=(href) rel="external noopener noreferrer" target="_blank" aria-label={ "Open " (item.resource) } { "Open" (icon(Icon::External)) }
                }
                @if let Some(flow) = item.extend {
                    a.button.quiet href={ "/portal/requests?flow=" (flow) } aria-label={ "Ask for more time for " (item.resource) } { "More time" }
                }
                @if item.can_give_back {
                    a.button.quiet href={ "/portal?back=" (item.id) } data-noscroll aria-label={ "Give back " (item.resource) } { "Give back" }
                }
            }
        }
    }
}

fn give_back_screen(item: &Application, now: Timestamp) -> Markup {
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { "Give back " (item.resource) }
            form method="post" action={ "/portal/applications/" (item.id) "/give-back" } {
                div.dialog-body {
                    p {
                        "Your access ends at once"
                        @if let Some(ends) = item.ends_at { " instead of " (relative(ends, now)) }
                        ". You can ask for it again at any time. What you have by your groups stays."
                    }
                }
                footer {
                    a.button href="/portal" data-noscroll data-leave { "Keep it" }
                    button.button.danger type="submit" autofocus { "Give back" }
                }
            }
        }
    }
}
