//! The focus stays where it was, or near it, when what had it is painted anew or has gone.

use super::page::{Queue, focus};
use domain::view::QueuePage;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Parts that are painted anew as a whole: of these the place within is kept.
const PARTS: [&str; 4] = [".tabs", ".chips", ".queue thead", ".foot"];

/// Where the focus was: the so-manieth of what a selector finds.
type Held = (String, u32);

/// Keeps the focus over every change of the page.
pub(super) fn keep(queue: Queue, page: Memo<QueuePage>) {
    let held = StoredValue::new((String::new(), 0));
    let hold = window_event_listener(leptos::ev::focusin, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(found) = target.as_ref().and_then(place) {
            held.set_value(found);
        }
    });
    on_cleanup(move || hold.remove());
    Effect::new(move |_| {
        page.track();
        queue.place.track();
        request_animation_frame(move || {
            let lost = document().active_element().is_none_or(|active| active.tag_name() == "BODY");
            // Nobody who has not been anywhere yet is taken somewhere.
            let held = held.get_value();
            if lost && !held.0.is_empty() && !restore(&held) {
                focus("main");
            }
        });
    });
}

/// The place of an element; nothing for what stands over the page, which is left to where one came from.
fn place(target: &Element) -> Option<Held> {
    let within = |selector: &str| target.closest(selector).ok().flatten();
    if within("dialog").is_some() {
        return None;
    }
    if within(".filter").is_some() {
        return Some((".filter summary".to_owned(), 0));
    }
    if let Some(row) = within("tr") {
        let arrow = |row: &Element| row.query_selector(".arrow").ok().flatten();
        let arrow = arrow(&row).or_else(|| arrow(&row.previous_element_sibling()?));
        return arrow.map(|arrow| (format!("#{}", arrow.id()), 0)).or_else(|| part(target));
    }
    part(target).or_else(|| (!target.id().is_empty()).then(|| (format!("#{}", target.id()), 0)))
}

fn part(target: &Element) -> Option<Held> {
    let part = PARTS.iter().find(|part| target.closest(part).ok().flatten().is_some())?;
    let selector = format!("{part} :is(a, button)");
    let found = document().query_selector_all(&selector).ok()?;
    let index = (0..found.length()).find(|index| found.get(*index).as_ref() == Some(target.as_ref()))?;
    Some((selector, index))
}

/// Puts the focus there, or on the last of what is left there; whether anything is.
fn restore((selector, index): &Held) -> bool {
    let Ok(found) = document().query_selector_all(selector) else { return false };
    let index = (*index).min(found.length().saturating_sub(1));
    let found = found.get(index).and_then(|found| found.dyn_into::<HtmlElement>().ok());
    found.is_some_and(|found| found.focus().is_ok())
}
