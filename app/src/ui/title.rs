//! The title of a page.

/// The product's name behind the page's own.
#[must_use]
pub fn title(text: &str) -> String {
    format!("{text} · Doorward")
}
