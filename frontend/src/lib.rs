//! The browser's entry: hydrates the app, nothing else.

#![recursion_limit = "1024"]

use leptos::prelude::hydrate_body;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page once the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        app::recovery::reload_without_scripts();
    }));
    hydrate_body(app::App);
}
