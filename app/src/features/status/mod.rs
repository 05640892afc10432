//! Not there, not allowed, and not now.

use crate::ctx::failed;
use crate::error::{AppError, field_sentence};
use crate::markup::icon::{Icon, icon};
use crate::sheet::{Call, Sheet};
use maud::{Markup, html};

/// The page that stands in for one that cannot be shown.
#[must_use]
pub fn page(error: &AppError) -> Sheet {
    let (heading, text) = words(error);
    let (href, label) = match error {
        AppError::Unauthenticated => ("/login", "Log in"),
        _ => ("/", "Go to the start page"),
    };
    let page = html! {
        main.alone #main tabindex="-1" {
            (said(error, heading, &text))
            p { a.button.primary href=(href) rel="external" { (label) } }
        }
    };
    Sheet::alone(heading, page.into()).with_status(error.status())
}

/// The same for somebody who is logged in: in the frame of the portal that they are in, with the way on. `path` is the address that
/// was asked for; other pages stay as they are.
pub async fn in_frame(call: &Call, path: &str, sheet: Sheet) -> Sheet {
    match sheet.status {
        403 => framed(call, path, &AppError::Forbidden).await,
        404 => framed(call, path, &AppError::NotFound).await,
        _ => sheet,
    }
}

/// The page that says why something was not done, in the frame of the portal that its reader is in, if they are logged in.
pub async fn framed(call: &Call, path: &str, error: &AppError) -> Sheet {
    let Ok(actor) = call.actor() else { return page(error) };
    let in_admin = actor.admin && path.starts_with("/admin");
    let (mut heading, mut text) = words(error);
    let number = path.strip_prefix("/admin/requests/").and_then(|number| number.parse::<i64>().ok());
    let title;
    if let Some(number) = number.filter(|_| in_admin && *error == AppError::NotFound) {
        title = format!("There is no request #{number}");
        heading = &title;
        text = "The link may be incomplete, or from another Doorward.".to_owned();
    }
    let (href, label) =
        if in_admin { (crate::routes::QUEUE, "Open the Requests Queue") } else { ("/portal", "Open my applications") };
    let body = html! {
        // The user portal says so on every page.
        @if in_admin && let Some(other) = call.other_account() { (other) }
        div.empty { (said(error, heading, &text)) p { a.button.primary href=(href) rel="external" { (label) } } }
    };
    let framed = if in_admin {
        call.admin(heading, &body)
    } else {
        match services::portal::counts(call.services(), actor).await.map_err(failed) {
            Ok(counts) => call.portal(heading, &counts, &body),
            Err(_) => return page(error),
        }
    };
    Sheet { takes_over: false, ..framed.with_status(error.status()) }
}

fn said(error: &AppError, heading: &str, text: &str) -> Markup {
    html! {
        span.empty-icon { (icon(Icon::Door)) }
        p.sub { (error.status()) }
        h1 { (heading) }
        p { (text) }
        @if let AppError::Invalid { fields } = error {
            ul.bullets { @for field in fields { li { (field.field) ": " (field_sentence(&field.code, &field.field)) } } }
        }
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
        AppError::CrossSite => ("This came from elsewhere", error.sentence()),
        AppError::Unauthenticated => ("You are not logged in", "Log in to see this.".to_owned()),
        AppError::Invalid { .. } => (
            "This cannot be read",
            "Something in the address or in the form is not as it must be. Go back and choose anew.".to_owned(),
        ),
        AppError::TooMany { seconds } => ("Too much at once", format!("Wait {seconds} seconds and try again.")),
        other => ("This cannot be shown", other.sentence()),
    }
}
