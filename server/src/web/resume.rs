//! A form that is sent when the session is over: the log-in carries what was typed along, and the form comes back with it.
//! Nothing is done until its sender, logged in again, sends it once more.

use super::State as Doors;
use super::act_form::Posted;
use super::login_forms::session_cookie;
use super::pages::local;
use super::read::Fields;
use super::render::page;
use app::ctx;
use app::error::AppError;
use app::form::FormState;
use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use services::login::LoggedIn;

/// Field that holds the address of the page with the form; those that begin with it and a dot hold what was typed.
pub(super) const RESUME: &str = "resume";

/// The log-in, with what was typed.
pub(super) async fn log_in_first(state: &Doors, mut request: Request, mut fields: Fields) -> Response {
    let uri = request.uri().clone();
    // What comes back is an HTML page for whoever sent a form; secrets are typed again.
    for secret in ["password", "again", "current", "secret", "content"] {
        fields.remove(secret);
    }
    let mut values = Fields::new();
    values.insert(RESUME.to_owned(), place_of(uri.path(), uri.query().unwrap_or_default(), &mut fields));
    for (name, value) in fields {
        values.insert(format!("{RESUME}.{name}"), value);
    }
    *request.uri_mut() = Uri::from_static("/login");
    let form = FormState { values, error: Some(AppError::SessionOver), ..FormState::default() };
    page(state, request, form, Some(StatusCode::UNAUTHORIZED)).await
}

/// The log-in after a form that was sent without a live session, with what it held. Nothing else is looked at: nobody sent it.
pub(super) async fn with_what_was_typed(state: &Doors, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, super::BODY_MAX).await.unwrap_or_default();
    let mut request = Request::from_parts(parts, axum::body::Body::empty());
    if !request.uri().path().starts_with("/fn/") {
        let fields = url::form_urlencoded::parse(&bytes).into_owned().collect();
        return log_in_first(state, request, fields).await;
    }
    match Posted::read(request.uri().path(), &bytes) {
        Ok((posted, _)) => {
            let (page, fields) = posted.into_fields();
            *request.uri_mut() = page.parse().unwrap_or_else(|_| Uri::from_static("/"));
            log_in_first(state, request, fields).await
        }
        Err(error) => super::refuse::refuse(state, request, error).await,
    }
}

/// The page on which the form stands that is sent to this address.
pub(super) fn page_of(uri: &Uri) -> Uri {
    let place = place_of(uri.path(), uri.query().unwrap_or_default(), &mut Fields::new());
    place.parse().unwrap_or_else(|_| Uri::from_static("/"))
}

/// The page of the form, with what was typed before the log-in.
pub(super) async fn resume(state: &Doors, mut request: Request, entered: &LoggedIn, fields: Fields) -> Response {
    let to = fields.get(RESUME).cloned().unwrap_or_default();
    let to = local(&to).to_owned();
    let cookie = session_cookie(state, entered);
    let context = request.extensions().get::<ctx::Request>().cloned();
    let (Ok(uri), Some(context)) = (to.parse::<Uri>(), context) else {
        return (cookie, Redirect::to("/")).into_response();
    };
    if uri.path().starts_with("/admin") && !entered.actor.admin {
        return (cookie, Redirect::to("/")).into_response();
    }
    *request.uri_mut() = uri;
    request.extensions_mut().insert(ctx::Request { actor: Some(entered.actor.clone()), ..context });
    let begin = format!("{RESUME}.");
    let mut values: Fields =
        fields.into_iter().filter_map(|(name, value)| Some((name.strip_prefix(&begin)?.to_owned(), value))).collect();
    let of = values.remove("of").unwrap_or_default();
    let form = FormState { of, values, error: Some(AppError::LoggedInAgain), ..FormState::default() };
    (cookie, page(state, request, form, None).await).into_response()
}

/// The page on which a form stands that is sent to this address.
fn place_of(path: &str, query: &str, fields: &mut Fields) -> String {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["portal", "approvals", number] => {
            fields.insert("number".to_owned(), (*number).to_owned());
            format!("/portal/approvals?open={number}")
        }
        ["portal", "requests"] if !query.is_empty() => format!("/portal/requests?{query}"),
        ["portal", "requests", number, "withdraw"] => format!("/portal/requests?withdraw={number}"),
        ["portal", "requests", ..] => "/portal/requests".to_owned(),
        ["portal", ..] => "/portal".to_owned(),
        ["admin", "flows", id, "logo"] => format!("/admin/flows/{id}"),
        ["admin", "directory", "resources", id, "logo"] => format!("/admin/directory/resources/{id}"),
        ["admin", "flows", id, "delete"] => format!("/admin/flows?delete={id}"),
        ["admin", "flows", _, _] => "/admin/flows".to_owned(),
        ["admin", "directory", noun, id, act] => match *act {
            "add" | "remove" if *noun == "groups" => format!("/admin/directory/{noun}/{id}"),
            act => format!("/admin/directory/{noun}/{id}?act={act}"),
        },
        ["admin", "directory", "import", ..] => "/admin/directory/import".to_owned(),
        ["admin", "grants", id, "revoke"] => format!("/admin/grants?revoke={id}"),
        ["admin", "grants", ..] => "/admin/grants".to_owned(),
        ["admin", "messages", ..] => "/admin/messages".to_owned(),
        ["admin", "channels", id, _] => format!("/admin/channels/{id}"),
        ["account", "theme"] => "/account".to_owned(),
        _ if query.is_empty() => path.to_owned(),
        _ => format!("{path}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, place_of};

    #[test]
    fn a_form_is_found_again() {
        for (path, query, wanted) in [
            ("/portal/approvals/7", "", "/portal/approvals?open=7"),
            ("/portal/requests", "q=chat", "/portal/requests?q=chat"),
            ("/portal/requests/7/withdraw", "", "/portal/requests?withdraw=7"),
            ("/admin/flows/x", "", "/admin/flows/x"),
            ("/admin/directory/groups/x/add", "", "/admin/directory/groups/x"),
            ("/admin/directory/people/x/deactivate", "", "/admin/directory/people/x?act=deactivate"),
            ("/admin/settings", "", "/admin/settings"),
            ("/admin/channels/x/test", "", "/admin/channels/x"),
            ("/admin/messages/x/again", "", "/admin/messages"),
            ("/admin/flows/x/logo", "", "/admin/flows/x"),
            ("/admin/directory/resources/x/logo", "", "/admin/directory/resources/x"),
            ("/account/theme", "", "/account"),
        ] {
            assert_eq!(place_of(path, query, &mut Fields::new()), wanted);
        }
    }
}
