//! Forms that are sent without a reload: read as the browser would send them.

use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{FormData, HtmlElement, HtmlFormElement, UrlSearchParams};

/// A form that somebody sends: where to, and its fields.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The form's address, with its query string.
    pub path: String,
    /// Names and values, in their order; files are not among them.
    pub pairs: Vec<(String, String)>,
    /// The body that the browser would send.
    pub body: JsValue,
}

impl Sent {
    /// Reads the form of a submit event, and keeps the browser from sending it. Nothing when its method is another.
    #[must_use]
    pub fn take(event: &leptos::ev::SubmitEvent, method: &str) -> Option<Self> {
        let form = event.target()?.dyn_into::<HtmlFormElement>().ok()?;
        if !form.method().eq_ignore_ascii_case(method) {
            return None;
        }
        let sent = Self::read(&form, event.submitter())?;
        event.prevent_default();
        Some(sent)
    }

    /// Reads a form as it now is; the button that sends it adds its own field.
    #[must_use]
    pub fn read(form: &HtmlFormElement, button: Option<HtmlElement>) -> Option<Self> {
        let data = FormData::new_with_form(form).ok()?;
        let own = |name: &str| button.as_ref().and_then(|button| button.get_attribute(name));
        if let Some(name) = own("name").filter(|name| !name.is_empty()) {
            data.append_with_str(&name, &own("value").unwrap_or_default()).ok()?;
        }
        let mut pairs = Vec::new();
        for entry in js_sys::try_iter(&data).ok().flatten()?.flatten() {
            let entry: js_sys::Array = entry.unchecked_into();
            pairs.extend(entry.get(0).as_string().zip(entry.get(1).as_string()));
        }
        let body = if form.enctype() == "multipart/form-data" {
            data.into()
        } else {
            UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?.into()
        };
        // The address in the markup, not the one the browser made of it.
        let path = own("formaction").or_else(|| form.get_attribute("action")).unwrap_or_default();
        Some(Self { path, pairs, body })
    }

    /// The fields by name; the last of several wins.
    #[must_use]
    pub fn fields(&self) -> BTreeMap<String, String> {
        self.pairs.iter().cloned().collect()
    }

    /// Where a form that only asks leads: its address with its fields.
    #[must_use]
    pub fn address(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        let query = self.body.dyn_ref::<UrlSearchParams>().map(|query| String::from(query.to_string()));
        match query.filter(|query| !query.is_empty()) {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }
    }
}

/// Sends a form as the browser would: the page that answers takes the place of this one, and keeps what was typed.
pub fn send_whole(form: &HtmlFormElement) {
    if !form.is_connected() || form.submit().is_err() {
        crate::form::to_login();
    }
}
