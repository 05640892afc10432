//! Applications: what I have.

use super::api;
use crate::layout::PortalFrame;
use crate::ui::avatar::logo;
use crate::ui::icon::icon;
use crate::ui::state::{empty, trouble};
use crate::ui::time::relative;
use crate::ui::title::Title;
use domain::time::Timestamp;
use domain::view::Application;
use leptos::prelude::*;

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
                    Err(error) => trouble(error.sentence()).into_any(),
                    Ok(found) if found.tiles.is_empty() => {
                        let hint = view! { "What you are given appears here. "<a href="/portal/requests">"Ask for access"</a> };
                        empty("apps", "Nothing here yet", hint.into_any()).into_any()
                    }
                    Ok(found) => {
                        let now = found.now;
                        view! { <div class="tiles">{found.tiles.iter().map(|item| tile(item, now)).collect_view()}</div> }.into_any()
                    }
                })}
            </PortalFrame>
        </Transition>
    }
}

fn tile(item: &Application, now: Timestamp) -> impl IntoView + use<> {
    let left = item.ends_at.map_or_else(|| "Always".to_owned(), |ends| format!("Ends {}", relative(ends, now)));
    let share = item.ends_at.zip(item.began_at).map(|(ends, began)| {
        let all = (ends.0 - began.0).max(1);
        let gone = (now.0 - began.0).clamp(0, all);
        view! { <progress max="100" value=(100 - gone * 100 / all).to_string() aria-label="Time left"></progress> }
    });
    let link = item.link.clone().map(|href| view! { <a class="button" href=href rel="external noopener noreferrer" target="_blank">"Open"{icon("external")}</a> });
    view! {
        <article class="tile">
            <div class="who">{logo(&item.resource)}<div><h2 class="name">{item.resource.clone()}</h2><div class="sub">{item.category.clone()}</div></div></div>
            <div class="sub">{left}</div>
            {share}
            {link}
        </article>
    }
}
