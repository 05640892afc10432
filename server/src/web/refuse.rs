//! What is not done is said: a page to a person, JSON to a program, with the same status.

use super::State;
use super::doors::{Door, Gives};
use super::render;
use app::error::AppError;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What a caller wants to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// A page: a person in front of a browser.
    Page,
    /// Data: a program, and the pages' own scripts where they call server functions.
    Data,
}

impl Wish {
    /// What the headers say; what the door gives where they say nothing, or everything.
    pub(super) fn of(door: Option<&Door>, headers: &HeaderMap) -> Self {
        let gives = door.map_or(Gives::Data, |door| door.gives);
        let accepts: Vec<&str> =
            headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        let accepts = accepts.join(",").to_ascii_lowercase();
        // A server function answers with a page only to a form that a person sent.
        if door.is_some_and(|door| matches!(door.reads, super::doors::Reads::Input)) {
            let form = super::act_form::is_form(headers) && accepts.contains("text/html");
            return if form { Self::Page } else { Self::Data };
        }
        if accepts.contains("text/html") {
            Self::Page
        } else if accepts.is_empty() || accepts.contains("*/*") {
            if gives == Gives::Page { Self::Page } else { Self::Data }
        } else {
            Self::Data
        }
    }
}

/// Says no, to whoever asked, in the form that they read.
pub(super) async fn refuse(state: &State, request: Request, error: AppError) -> Response {
    match request.extensions().get::<Wish>() {
        Some(Wish::Page) => render::refused(state, request, &error).await,
        _ => data(&error),
    }
}

/// Says no to a program.
pub(super) fn data(error: &AppError) -> Response {
    with_status(error, axum::Json(error).into_response())
}

/// Gives an answer the status of an error, and says when to come again where that helps.
pub(super) fn with_status(error: &AppError, mut response: Response) -> Response {
    *response.status_mut() = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let seconds = match error {
        AppError::TooMany { seconds } => Some(*seconds),
        AppError::Unavailable => Some(5),
        _ => None,
    };
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::Wish;
    use crate::web::doors;
    use axum::http::{HeaderMap, HeaderValue, Method, header};

    #[test]
    fn people_read_pages_and_programs_data() {
        let (_, table) = doors::all();
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (method, path, accept, wanted) in [
            (Method::GET, "/admin/requests", None, Wish::Page),
            (Method::GET, "/admin/requests", Some("*/*"), Wish::Page),
            (Method::GET, "/admin/requests", Some("application/json"), Wish::Data),
            (Method::GET, "/admin/requests/export.csv", None, Wish::Data),
            (Method::GET, "/admin/requests/export.csv", Some("*/*"), Wish::Data),
            (Method::GET, "/admin/requests/export.csv", Some(browser), Wish::Page),
            (Method::GET, "/logo/{id}", Some("image/avif,image/webp,*/*;q=0.8"), Wish::Data),
            (Method::POST, "/fn/{name}", Some(browser), Wish::Data),
            (Method::POST, "/admin/settings", Some("*/*"), Wish::Page),
            (Method::GET, "/not/there", Some(browser), Wish::Page),
            (Method::GET, "/not/there", Some("*/*"), Wish::Data),
        ] {
            let door = table.iter().find(|door| (&door.method, door.path) == (&method, path));
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(Wish::of(door, &headers), wanted, "{path} {accept:?}");
        }
    }
}
