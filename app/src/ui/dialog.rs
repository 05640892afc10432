//! Second screens: native dialogs, written open for browsers without WebAssembly, made modal with it (focus stays in, Escape
//! leaves).

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

/// The elements below one with an id that fit a selector.
#[must_use]
pub fn all(id: &str, selector: &str) -> Vec<Element> {
    let list = document().get_element_by_id(id).and_then(|root| root.query_selector_all(selector).ok());
    let Some(list) = list else { return Vec::new() };
    (0..list.length()).filter_map(|index| list.get(index)?.dyn_into().ok()).collect()
}

/// Makes a dialog that is open in the markup modal, once it is there, and puts the focus on the first field that is wrong.
pub fn make_modal(node: NodeRef<leptos::html::Dialog>) {
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        request_animation_frame(move || {
            dialog.close();
            let _ = dialog.show_modal();
            super::field::focus_first_error();
        });
    });
}

/// Takes over what came below an element: dialogs are made modal.
pub fn wake(id: &str) {
    for dialog in all(id, "dialog[open]") {
        if let Ok(dialog) = dialog.dyn_into::<HtmlDialogElement>() {
            dialog.close();
            let _ = dialog.show_modal();
        }
    }
    if let Some(wrong) = all(id, "dialog[open] [aria-invalid=true]").into_iter().next()
        && let Ok(wrong) = wrong.dyn_into::<HtmlElement>()
    {
        let _ = wrong.focus();
    }
}

/// Puts a text into a field.
pub fn set_value(field: &Element, value: &str) {
    if let Some(input) = field.dyn_ref::<web_sys::HtmlInputElement>() {
        input.set_value(value);
    } else if let Some(area) = field.dyn_ref::<web_sys::HtmlTextAreaElement>() {
        area.set_value(value);
    }
}

/// Escape leaves an open dialog as its own link out of it does.
pub fn leave_by_escape(id: &str, event: &leptos::ev::KeyboardEvent) {
    if event.key() != "Escape" {
        return;
    }
    let leave = all(id, "dialog[open] [data-leave]").into_iter().next();
    if let Some(leave) = leave.and_then(|leave| leave.dyn_into::<HtmlElement>().ok()) {
        event.prevent_default();
        leave.click();
    }
}
