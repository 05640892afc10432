//! Not there, not allowed, and not now.

use crate::error::AppError;
use crate::sheet::Sheet;
use crate::ui::icon::{Icon, icon};
use maud::html;

/// The page that stands in for one that cannot be shown.
#[must_use]
pub fn page(error: &AppError) -> Sheet {
    let (heading, text) = match error {
        AppError::NotFound => {
            ("There is no such page", "It may have been moved, or the link is incomplete.".to_owned())
        }
        AppError::Forbidden => (
            "This is not open to you",
            "The admin portal is for administrators. Your own requests are in the user portal.".to_owned(),
        ),
        other => ("This cannot be shown", other.sentence()),
    };
    let page = html! {
        main.alone #main tabindex="-1" {
            span.empty-icon { (icon(Icon::Door)) }
            p.code { (error.status()) }
            h1 { (heading) }
            p { (text) }
            p { a.button.primary href="/" rel="external" { "Go to the start page" } }
        }
    };
    Sheet::alone(heading, page.into()).with_status(error.status())
}
