//! Applications: what I have.

use super::api;
use crate::layout::PortalFrame;
use crate::ui::avatar::logo;
use crate::ui::html::Html;
use crate::ui::icon::{Icon, icon};
use crate::ui::state::{empty, trouble};
use crate::ui::time::relative;
use crate::ui::title::Title;
use domain::time::Timestamp;
use domain::view::Application;
use leptos::prelude::*;
use maud::{Markup, html};

/// The page.
#[component]
pub fn ApplicationsPage() -> impl IntoView {
    let found = Resource::new_blocking(|| (), |()| api::applications());
    let waiting = Signal::derive(move || found.get().and_then(Result::ok).map_or(0, |found| found.counts.approvals));
    view! {
        <Title text="Applications"/>
        <Transition>
            <PortalFrame place="/portal" approvals=waiting>
                <h1>"Applications"</h1>
                {move || found.get().map(|found| match found {
                    Err(error) => trouble(&error.sentence()),
                    Ok(found) => tiles(&found),
                })}
            </PortalFrame>
        </Transition>
    }
}

fn tiles(found: &api::ApplicationsView) -> Html {
    if found.tiles.is_empty() {
        let hint = html! { "What you are given appears here. " a href="/portal/requests" { "Ask for access" } };
        return empty(Icon::Apps, "Nothing here yet", &hint);
    }
    html! { div.tiles { @for item in &found.tiles { (tile(item, found.now)) } } }.into()
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
                (logo(&item.resource))
                div { h2.name { (item.resource) } div.sub { (item.category) } }
            }
            div.sub { (left) }
            @if let Some(share) = share { progress max="100" value=(share) aria-label="Time left" {} }
            @if let Some(href) = &item.link {
                a.button href=(href) rel="external noopener noreferrer" target="_blank" { "Open" (icon(Icon::External)) }
            }
        }
    }
}
