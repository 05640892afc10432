//! Forms that begin or end a session.

use super::State as Doors;
use super::pages::local;
use super::read::{Fields, fields};
use super::refuse::{Wish, refuse, with_status};
use super::render::page;
use super::session::{cookie, cookie_name, token};
use app::ctx;
use app::error::AppError;
use app::form::FormState;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use domain::validate::{FieldCode, FieldError};
use services::login::{self, LoggedIn, Password, Token};

/// The page again, with what was typed (but no password) and what is wrong.
pub(super) async fn again(state: &Doors, request: Request, mut values: Fields, error: AppError) -> Response {
    for secret in ["password", "again", "current"] {
        values.remove(secret);
    }
    if request.extensions().get() == Some(&Wish::Data) {
        return refuse(state, request, error).await;
    }
    let response =
        page(state, request, FormState { values, error: Some(error.clone()), ..FormState::default() }, None).await;
    with_status(&error, response)
}

fn take(fields: &Fields, name: &str) -> String {
    fields.get(name).cloned().unwrap_or_default()
}

fn password(fields: &Fields, name: &str) -> Password {
    Password(take(fields, name))
}

/// The cookie of a new session; an old one of this browser is replaced, never kept.
pub(super) fn session_cookie(state: &Doors, entered: &LoggedIn) -> CookieJar {
    CookieJar::new().add(cookie(state, cookie_name(state), entered.token.reveal().to_owned()))
}

/// A redirect with the cookie of a new session.
fn enter(state: &Doors, entered: &LoggedIn, next: &str) -> Response {
    (session_cookie(state, entered), Redirect::to(local(next))).into_response()
}

/// Runs a mutation in a task of its own: a client that hangs up must not cut it in the middle.
pub(super) async fn whole<T: Send + 'static>(
    work: impl Future<Output = services::Result<T>> + Send + 'static,
) -> services::Result<T> {
    tokio::spawn(work).await.unwrap_or_else(|error| Err(services::Error::Internal(error.to_string())))
}

/// Log in.
pub(super) async fn log_in(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    let (fields, request) = match fields(&state, request).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let (email, secret) = (take(&fields, "email"), password(&fields, "password"));
    let (services, held) = (state.services.clone(), token(&state, request.headers()));
    let entered =
        whole(async move { login::log_in(&services, &email, &secret, held.as_ref(), &context.origin).await }).await;
    match entered {
        Ok(entered) if fields.contains_key(super::resume::RESUME) => {
            super::resume::resume(&state, request, &entered, &fields).await
        }
        Ok(entered) => enter(&state, &entered, &take(&fields, "next")),
        Err(error) => {
            let mut request = request;
            let next = take(&fields, "next");
            if let Ok(uri) = format!("/login?{}", query("next", &next)).parse() {
                *request.uri_mut() = uri;
            }
            again(&state, request, fields, error.into()).await
        }
    }
}

fn query(name: &str, value: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

/// Log out.
pub(super) async fn log_out(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    let (_, request) = match fields(&state, request).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    if let (Some(actor), Some(token)) = (context.actor, token(&state, request.headers())) {
        let services = state.services.clone();
        let done = whole(async move { login::log_out(&services, &actor, &token, &context.origin).await }).await;
        if let Err(error) = done {
            return super::session::unavailable(&error);
        }
    }
    let mut gone = cookie(&state, cookie_name(&state), String::new());
    gone.make_removal();
    (CookieJar::new().add(gone), Redirect::to("/login")).into_response()
}

/// Ask for a one-time link.
pub(super) async fn forgot(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    let (fields, request) = match fields(&state, request).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let email = take(&fields, "email");
    let services = state.services.clone();
    match whole(async move { login::request_reset(&services, &email, &context.origin).await }).await {
        Ok(()) => Redirect::to("/login/forgot?sent=1").into_response(),
        Err(error) => again(&state, request, fields, error.into()).await,
    }
}

/// Set a password by a one-time link.
pub(super) async fn by_link(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let (fields, request) = match fields(&state, request).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let (secret, repeated) = (password(&fields, "password"), password(&fields, "again"));
    let (services, held) = (state.services.clone(), self::token(&state, request.headers()));
    let entered = whole(async move {
        let link = Token::given(&token);
        login::set_password_by_link(&services, &link, &secret, &repeated, held.as_ref(), &context.origin).await
    });
    match entered.await {
        Ok(entered) => enter(&state, &entered, "/"),
        Err(error) => again(&state, request, fields, error.into()).await,
    }
}

/// Set the first admin up.
pub(super) async fn set_up(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    let (fields, request) = match fields(&state, request).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let (name, email, secret) = (take(&fields, "name"), take(&fields, "email"), password(&fields, "password"));
    let (services, held) = (state.services.clone(), token(&state, request.headers()));
    let entered = whole(async move {
        login::set_up_first_admin(&services, &name, &email, &secret, held.as_ref(), &context.origin).await
    });
    match entered.await {
        Ok(entered) => enter(&state, &entered, "/"),
        Err(services::Error::NotFound) => super::pages::not_found(State(state), request).await,
        Err(error) => again(&state, request, fields, error.into()).await,
    }
}

/// Change one's own password.
pub(super) async fn change_password(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    let Some(actor) = context.actor.clone() else { return super::pages::to_login(request.uri()) };
    let (fields, request) = match fields(&state, request).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let (current, secret, repeated) =
        (password(&fields, "current"), password(&fields, "password"), password(&fields, "again"));
    let unproven = current.0.is_empty();
    let services = state.services.clone();
    let changed = whole(async move {
        login::change_password(&services, &actor, &current, &secret, &repeated, &context.origin).await
    });
    match changed.await {
        Ok(entered) => enter(&state, &entered, "/"),
        Err(error) => {
            let mut error = AppError::from(error);
            // Nothing is not a wrong password, and is said beside what else is wrong.
            if let AppError::Invalid { fields } = &mut error
                && unproven
            {
                fields.retain(|field| field.field != "current");
                fields.insert(0, FieldError::new("current", FieldCode::Required));
            }
            again(&state, request, fields, error).await
        }
    }
}

/// Light, dark, or as the system wants it. Back to where the viewer was.
pub(super) async fn theme(State(state): State<Doors>, headers: HeaderMap, request: Request) -> Response {
    let (fields, _) = match fields(&state, request).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let theme = take(&fields, "theme");
    let value = if theme == "light" || theme == "dark" { theme } else { String::new() };
    let referer =
        headers.get(header::REFERER).and_then(|value| value.to_str().ok()).and_then(|text| url::Url::parse(text).ok());
    let back = referer.map(|url| match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    });
    let mut kept = cookie(&state, "theme", value);
    kept.make_permanent();
    (CookieJar::new().add(kept), Redirect::to(local(back.as_deref().unwrap_or("/")))).into_response()
}
