//! What was typed into a form when its session was over: kept in this tab, so that the log-in loses nothing.

use leptos::prelude::window;
use std::collections::BTreeMap;

const UNIT: char = '\u{1f}';
const RECORD: char = '\u{1e}';

fn storage() -> Option<web_sys::Storage> {
    if cfg!(feature = "hydrate") { window().session_storage().ok().flatten() } else { None }
}

fn key(form: &str) -> String {
    format!("doorward-typed-{form}")
}

/// Keeps the fields of a form, by its address.
pub fn keep(form: &str, fields: &BTreeMap<String, String>) {
    if let Some(storage) = storage() {
        let parts: Vec<String> = fields.iter().map(|(name, value)| format!("{name}{UNIT}{value}")).collect();
        let _ = storage.set_item(&key(form), &parts.join(&RECORD.to_string()));
    }
}

/// The fields that were kept, names and values; empty when there were none. They are forgotten.
#[must_use]
pub fn take(form: &str) -> Vec<(String, String)> {
    let Some(storage) = storage() else { return Vec::new() };
    let Some(kept) = storage.get_item(&key(form)).ok().flatten() else { return Vec::new() };
    let _ = storage.remove_item(&key(form));
    let pair = |part: &str| part.split_once(UNIT).map(|(name, value)| (name.to_owned(), value.to_owned()));
    kept.split(RECORD).filter_map(pair).collect()
}
