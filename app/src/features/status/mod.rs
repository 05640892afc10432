//! Not there, not allowed, and not now.

use crate::ctx::failed;
use crate::error::AppError;
use crate::sheet::{Call, Sheet};
use crate::ui::icon::{Icon, icon};
use maud::{Markup, html};

/// The page that stands in for one that cannot be shown.
#[must_use]
pub fn page(error: &AppError) -> Sheet {
    let (heading, text) = words(error);
    let page = html! {
        main.alone #main tabindex="-1" {
            (said(error.status(), heading, &text))
            p { a.button.primary href="/" rel="external" { "Go to the start page" } }
        }
    };
    Sheet::alone(heading, page.into()).with_status(error.status())
}

/// The same for somebody who is logged in: in the frame of the portal that they are in, with the way on. `path` is the address that
/// was asked for; other pages stay as they are.
pub async fn in_frame(call: &Call, path: &str, sheet: Sheet) -> Sheet {
    let error = match sheet.status {
        403 => AppError::Forbidden,
        404 => AppError::NotFound,
        _ => return sheet,
    };
    let Ok(actor) = call.actor() else { return sheet };
    let in_admin = actor.admin && path.starts_with("/admin");
    let (mut heading, mut text) = words(&error);
    let number = path.strip_prefix("/admin/requests/").and_then(|number| number.parse::<i64>().ok());
    let title;
    if let Some(number) = number.filter(|_| in_admin && error == AppError::NotFound) {
        title = format!("There is no request #{number}");
        heading = &title;
        text = "The link may be incomplete, or from another Doorward.".to_owned();
    }
    let (href, label) =
        if in_admin { (crate::routes::QUEUE, "Open the Requests Queue") } else { ("/portal", "Open my applications") };
    let body = html! {
        div.empty { (said(sheet.status, heading, &text)) p { a.button.primary href=(href) rel="external" { (label) } } }
    };
    let framed = if in_admin {
        call.admin(heading, &body)
    } else {
        match services::portal::counts(call.services(), actor).await.map_err(failed) {
            Ok(counts) => call.portal(heading, &counts, &body),
            Err(_) => return sheet,
        }
    };
    Sheet { takes_over: false, ..framed.with_status(sheet.status) }
}

fn said(status: u16, heading: &str, text: &str) -> Markup {
    html! {
        span.empty-icon { (icon(Icon::Door)) }
        p.sub { (status) }
        h1 { (heading) }
        p { (text) }
    }
}

fn words(error: &AppError) -> (&'static str, String) {
    match error {
        AppError::NotFound => {
            ("There is no such page", "It may have been moved, or the link is incomplete.".to_owned())
        }
        AppError::Forbidden => (
            "This is not open to you",
            "The admin portal is for administrators. Your own requests are in the user portal.".to_owned(),
        ),
        other => ("This cannot be shown", other.sentence()),
    }
}
