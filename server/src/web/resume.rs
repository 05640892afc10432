//! A form that is sent when the session is over, or under the log-in of somebody else: the log-in carries what was typed along, sealed
//! for the person whose text it is, and the form comes back with it once that person is logged in. Nothing is done until they send it
//! once more.

use super::State as Doors;
use super::act_form::Posted;
use super::flash::told;
use super::login_forms::session_cookie;
use super::pages::local;
use super::person;
use super::read::Fields;
use super::refuse::{Wish, refuse};
use super::render::page;
use super::session;
use app::ctx;
use app::error::AppError;
use app::form::{FormState, RESUME_FIELD};
use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::PersonId;
use services::drafts::{self, Opened};
use services::login::LoggedIn;

/// Field of the log-in that holds a form, sealed.
pub(super) const RESUME: &str = RESUME_FIELD;

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
        Err(error) => refuse(state, request, error).await,
    }
}

/// The log-in, with what was typed, if it is known whose it is: the person for whom the form was made, else the one whose session it
/// was that is over.
pub(super) async fn log_in_first(state: &Doors, request: Request, mut fields: Fields) -> Response {
    let person = match fields.remove(person::FIELD).and_then(|made_for| made_for.parse().ok()) {
        Some(person) => Some(person),
        None => match session::token(state, request.headers()) {
            Some(token) => services::login::session_owner(&state.services, &token).await.ok().flatten(),
            None => None,
        },
    };
    let sealed = match person {
        Some(person) => carried(state, request.uri(), person, &mut fields).await,
        None => None,
    };
    let error = if sealed.is_some() { AppError::SessionOver } else { AppError::NothingKept };
    at_log_in(state, request, Fields::new(), sealed, error, StatusCode::UNAUTHORIZED).await
}

/// The answer to a form of another person: who is meant and who is logged in, and the log-in of the one for whom it was made, with what
/// was typed.
pub(super) async fn for_another(
    state: &Doors,
    request: Request,
    mut fields: Fields,
    made_for: &str,
    error: AppError,
) -> Response {
    let (AppError::OtherPerson { made_for: email, .. }, Ok(person)) = (&error, made_for.parse()) else {
        return refuse(state, request, error).await;
    };
    if request.extensions().get() != Some(&Wish::Page) {
        return refuse(state, request, error).await;
    }
    let values = [("email".to_owned(), email.clone())].into();
    let sealed = carried(state, request.uri(), person, &mut fields).await;
    at_log_in(state, request, values, sealed, error, StatusCode::CONFLICT).await
}

/// A form, sealed for its person; nothing when it cannot be.
async fn carried(state: &Doors, uri: &Uri, person: PersonId, fields: &mut Fields) -> Option<String> {
    let place = place_of(uri.path(), uri.query().unwrap_or_default(), fields);
    let sealed = drafts::seal(&state.services, person, &place, fields).await;
    sealed.inspect_err(|error| tracing::warn!(%error, "what was typed could not be sealed")).ok().flatten()
}

/// The page of the log-in, from which the way leads back to the page of the form.
async fn at_log_in(
    state: &Doors,
    mut request: Request,
    mut values: Fields,
    sealed: Option<String>,
    error: AppError,
    status: StatusCode,
) -> Response {
    let place = page_of(request.uri()).to_string();
    let next = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", &place).finish();
    *request.uri_mut() = format!("/login?{next}").parse().unwrap_or_else(|_| Uri::from_static("/login"));
    values.extend(sealed.map(|sealed| (RESUME.to_owned(), sealed)));
    page(state, request, FormState { values, error: Some(error), ..FormState::default() }, Some(status)).await
}

/// The page on which the form stands that is sent to this address.
pub(super) fn page_of(uri: &Uri) -> Uri {
    let place = place_of(uri.path(), uri.query().unwrap_or_default(), &mut Fields::new());
    place.parse().unwrap_or_else(|_| Uri::from_static("/"))
}

/// After the log-in: the page of the form with what was typed, for the person whose text it is. Somebody else, and whoever comes too
/// late, is told that it was left out, and nothing of what it says.
pub(super) async fn resume(state: &Doors, request: Request, entered: &LoggedIn, fields: &Fields) -> Response {
    let sealed = fields.get(RESUME).map(String::as_str).unwrap_or_default();
    let cookie = session_cookie(state, entered);
    let start = if entered.actor.admin { app::routes::QUEUE } else { "/portal" };
    let said = match drafts::open(&state.services, entered.actor.id, sealed).await {
        Ok(Opened::Own { form, fields }) => return filled(state, request, entered, &form, fields).await,
        Ok(Opened::Anothers) => "What was typed before the log-in is somebody else's, so it was left out.",
        Ok(Opened::Gone) => "What was typed before the log-in is not kept any more.",
        Err(error) => return (cookie, session::unavailable(&error)).into_response(),
    };
    (cookie, told(state, start, said)).into_response()
}

/// The page of a form with what was typed.
async fn filled(state: &Doors, mut request: Request, entered: &LoggedIn, place: &str, mut values: Fields) -> Response {
    let cookie = session_cookie(state, entered);
    let context = request.extensions().get::<ctx::Request>().cloned();
    let (Ok(uri), Some(context)) = (local(place).parse::<Uri>(), context) else {
        return (cookie, Redirect::to("/")).into_response();
    };
    if uri.path().starts_with("/admin") && !entered.actor.admin {
        return (cookie, Redirect::to("/")).into_response();
    }
    *request.uri_mut() = uri;
    request.extensions_mut().insert(ctx::Request { actor: Some(entered.actor.clone()), ..context });
    let of = values.remove("of").unwrap_or_default();
    let body = values.remove("body").unwrap_or_default();
    let form = FormState { of, values, body, error: Some(AppError::LoggedInAgain) };
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
