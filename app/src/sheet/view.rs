//! The view around a sheet: the browser's half of all of them.

use super::turn::{SHEET, Turner, asked_for};
use crate::markup::html::Html;
use crate::ui::dialog::leave_by_escape;
use crate::ui::live::Announcer;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use std::time::Duration;

/// Milliseconds of quiet after which a form that answers as one types is sent.
const TYPED: u64 = 120;

/// A sheet. What the server wrote is taken as it is; what comes later is painted into the same place.
#[component]
pub fn SheetView() -> impl IntoView {
    let navigate = use_navigate();
    let go = move |href: &str, replace: bool| {
        navigate(href, NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
    };
    let turner = Turner::new(expect_context::<Announcer>(), go);
    let location = use_location();
    let there = turner.is_there();
    let pending = StoredValue::new(None::<TimeoutHandle>);
    let forget = move || {
        if let Some(before) = pending.get_value() {
            before.clear();
        }
    };
    Effect::new(move |before: Option<()>| {
        let here = asked_for(&location);
        if before.is_none() && there {
            turner.take(&here);
        } else if let Some(here) = here {
            // What was typed on the page before must not lead back to it.
            forget();
            turner.turn(here);
        }
    });
    let typed = move |event: leptos::ev::Event| {
        forget();
        let Some(form) = turner.live_form(&event) else { return };
        let look = move || turner.look(&form);
        pending.set_value(set_timeout_with_handle(look, Duration::from_millis(TYPED)).ok());
    };
    view! {
        <div
            id=SHEET
            on:submit=move |event| turner.submit(&event)
            on:input=typed
            on:change=move |event| turner.look_again(&event)
            on:keydown=move |event| leave_by_escape(SHEET, &event)
        >
            {first()}
        </div>
    }
}

#[cfg(feature = "ssr")]
fn first() -> Html {
    use_context::<super::Sheet>().map_or_else(Html::there, |sheet| sheet.html)
}

#[cfg(not(feature = "ssr"))]
fn first() -> Html {
    Html::there()
}
