//! Icons in markup.

use super::html::Html;
use maud::html;

pub use crate::ui::icon::Icon;

/// An icon. Decoration: what it means stands in words beside it.
#[must_use]
pub fn icon(icon: Icon) -> Html {
    html! {
        svg.icon viewBox="0 0 16 16" aria-hidden="true" focusable="false" {
            path d=(icon.path()) stroke-width=[(icon == Icon::Dots).then_some("2.4")] {}
        }
    }
    .into()
}
