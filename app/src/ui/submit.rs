//! Forms that are sent without a reload: read as the browser would send them.

use std::collections::BTreeMap;
use wasm_bindgen::JsCast;

/// A form that somebody sends: where to, and its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Path of the form's address.
    pub path: String,
    /// Names and values, in their order.
    pub pairs: Vec<(String, String)>,
}

impl Sent {
    /// Reads the form of a submit event, and keeps the browser from sending it. Nothing when it is no form of the kind that
    /// changes something.
    #[must_use]
    pub fn take(event: &leptos::ev::SubmitEvent, method: &str) -> Option<Self> {
        let form = event.target()?.dyn_into::<web_sys::HtmlFormElement>().ok()?;
        if !form.method().eq_ignore_ascii_case(method) {
            return None;
        }
        let data = web_sys::FormData::new_with_form(&form).ok()?;
        event.prevent_default();
        let mut pairs = Vec::new();
        for entry in js_sys::try_iter(&data).ok().flatten()?.flatten() {
            let entry: js_sys::Array = entry.unchecked_into();
            pairs.extend(entry.get(0).as_string().zip(entry.get(1).as_string()));
        }
        // The address in the markup, not the one the browser made of it.
        let path = form.get_attribute("action").unwrap_or_default();
        Some(Self { path: path.split('?').next().unwrap_or_default().to_owned(), pairs })
    }

    /// The fields by name; the last of several wins.
    #[must_use]
    pub fn fields(&self) -> BTreeMap<String, String> {
        self.pairs.iter().cloned().collect()
    }
}
