//! What happens when the browser's half breaks: the page is loaded anew and goes on by links and forms.

/// Name of the cookie that asks for pages without scripts.
pub const PLAIN: &str = "plain";

/// Loads the page anew without scripts. Called when the browser's half has panicked: it does nothing any more, and the page around it
/// works without. After a minute the next page has scripts again.
#[cfg(feature = "hydrate")]
pub fn reload_without_scripts() {
    use wasm_bindgen::JsCast;
    let window = leptos::prelude::window();
    if let Some(document) = window.document().and_then(|document| document.dyn_into::<web_sys::HtmlDocument>().ok()) {
        let _ = document.set_cookie(&format!("{PLAIN}=1;path=/;max-age=60;samesite=lax"));
        let _ = window.location().reload();
    }
}
