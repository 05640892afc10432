//! Pages: who may open which, and where others are led.

use super::State as Doors;
use super::refuse::refuse;
use super::render::page;
use app::ctx;
use app::error::AppError;
use app::form::FormState;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use services::login::{Token, link_person, setup_needed};

/// The start: to the portal that fits, to the log-in, or to the set-up while there is no admin.
pub(super) async fn start(State(state): State<Doors>, Extension(context): Extension<ctx::Request>) -> Response {
    match &context.actor {
        Some(actor) if actor.admin => Redirect::to("/admin/requests").into_response(),
        Some(_) => Redirect::to("/portal").into_response(),
        None => match setup_needed(&state.services).await {
            Ok(true) => Redirect::to("/setup").into_response(),
            Ok(false) => Redirect::to("/login").into_response(),
            Err(error) => super::session::unavailable(&error),
        },
    }
}

/// A page for everybody.
pub(super) async fn open_page(State(state): State<Doors>, request: Request) -> Response {
    page(&state, request, FormState::default(), None).await
}

/// A page for those who are logged in.
pub(super) async fn member_page(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    if context.actor.is_none() {
        return to_login(request.uri());
    }
    page(&state, request, FormState::default(), None).await
}

/// A page for admins.
pub(super) async fn admin_page(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    match &context.actor {
        None => to_login(request.uri()),
        Some(actor) if !actor.admin => refuse(&state, request, AppError::Forbidden).await,
        Some(_) => page(&state, request, FormState::default(), None).await,
    }
}

/// The page of a one-time link. Opening it uses nothing up.
pub(super) async fn link_page(State(state): State<Doors>, Path(token): Path<String>, request: Request) -> Response {
    let form = match link_person(&state.services, &Token::given(&token)).await {
        Ok(_) => FormState::default(),
        Err(error) => FormState { error: Some(error.into()), ..FormState::default() },
    };
    let status = form.error.as_ref().and_then(|error| StatusCode::from_u16(error.status()).ok());
    page(&state, request, form, status).await
}

/// The set-up page, while there is no admin.
pub(super) async fn setup_page(State(state): State<Doors>, request: Request) -> Response {
    match setup_needed(&state.services).await {
        Ok(true) => page(&state, request, FormState::default(), None).await,
        Ok(false) => not_found(State(state), request).await,
        Err(error) => super::session::unavailable(&error),
    }
}

/// Not there.
pub(super) async fn not_found(State(state): State<Doors>, request: Request) -> Response {
    refuse(&state, request, AppError::NotFound).await
}

/// Whether the database answers, and whether something else does not work. Anybody may ask, so these are fixed words: which channel,
/// and what a mail server said, stands in the admin portal (`trust.md` 2.4). A dead mail server must not take the servers out of the
/// balancer.
pub(super) async fn ready(State(state): State<Doors>) -> Response {
    if let Err(error) = services::settings(&state.services).await {
        return super::session::unavailable(&error);
    }
    let faults = state.services.faults();
    let mut lines = Vec::new();
    if let Some(degraded) = state.services.degraded() {
        let what =
            if degraded.channel.is_some() { "messages to a channel do not arrive" } else { "mail does not go out" };
        lines.push(what.to_owned());
    }
    if !faults.jobs.is_empty() {
        lines.push(format!("a background job failed and is started again: {}", faults.jobs.join(", ")));
    }
    if faults.rows > 0 {
        lines.push(format!("{} rows that are due cannot be carried on; the log says which", faults.rows));
    }
    if lines.is_empty() {
        return (StatusCode::OK, "ready\n").into_response();
    }
    (StatusCode::OK, format!("degraded\n{}\n", lines.join("\n"))).into_response()
}

/// To the log-in, and back here afterwards.
pub(super) fn to_login(uri: &Uri) -> Response {
    let here = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut encoded = String::new();
    for byte in here.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(byte as char);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    Redirect::to(&format!("/login?next={encoded}")).into_response()
}

/// A path of this site, or the start: a redirect must never lead elsewhere (`trust.md` A14).
pub(super) fn local(next: &str) -> &str {
    let plain = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|byte| byte.is_ascii_graphic())
        && header::HeaderValue::from_str(next).is_ok();
    if plain { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for bad in
            ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)", "", "/a\nb", "evil"]
        {
            assert_eq!(local(bad), "/", "{bad}");
        }
        assert_eq!(local("/admin/requests/7?tab=others"), "/admin/requests/7?tab=others");
    }
}
