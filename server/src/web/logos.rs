//! Logos: served to everybody who is logged in, set by admins.

use super::State as Doors;
use super::forms::{Posted, again_at, told};
use super::login_forms::whole;
use super::read;
use app::ctx;
use app::error::AppError;
use app::form::FormState;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use services::logos::{Bearer, LOGO_MAX_KIB, get, save};

/// A logo. Its address names its bytes, so it can be cached for ever.
pub(super) async fn serve(State(doors): State<Doors>, Path(id): Path<String>) -> Response {
    match get(&doors.services, &id).await {
        Ok((media_type, bytes)) => {
            let mut response = bytes.into_response();
            let headers = response.headers_mut();
            if let Ok(value) = HeaderValue::from_str(&media_type) {
                headers.insert(header::CONTENT_TYPE, value);
            }
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));
            response
        }
        Err(services::Error::NotFound) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => super::session::unavailable(&error),
    }
}

/// Sets or removes the logo of a resource.
pub(super) async fn resource(
    state: State<Doors>,
    context: Extension<ctx::Request>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let page = format!("/admin/directory/resources/{id}");
    set(state, context, id.parse().map(Bearer::Resource).ok(), page, request).await
}

/// Sets or removes the logo of a flow.
pub(super) async fn flow(
    state: State<Doors>,
    context: Extension<ctx::Request>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let page = format!("/admin/flows/{id}");
    set(state, context, id.parse().map(Bearer::Flow).ok(), page, request).await
}

async fn set(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    bearer: Option<Bearer>,
    page: String,
    request: Request,
) -> Response {
    let Some(actor) = context.actor.clone() else { return super::pages::to_login(request.uri()) };
    let Some(bearer) = bearer else { return super::pages::not_found(State(doors), request).await };
    let (parts, bare) = match read::parts(&doors, request).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let (mut image, mut remove) = (None, false);
    for (name, bytes) in parts {
        match name.as_str() {
            "logo" => image = Some(bytes),
            _ => remove |= bytes.as_ref() == b"remove",
        }
    }
    let (services, origin, by) = (doors.services.clone(), context.origin.clone(), actor.clone());
    let done = whole(async move {
        let bytes = if remove { None } else { Some(image.unwrap_or_default()) };
        save(&services, &by, bearer, bytes.as_deref(), &origin).await
    });
    match done.await {
        Ok(()) => told(&doors, &page, if remove { "The logo is removed." } else { "The logo is set." }),
        Err(error) => {
            let error = AppError::from(error);
            let status = StatusCode::from_u16(error.status()).ok();
            let posted = Posted { actor, context, fields: Default::default(), request: bare };
            again_at(&doors, posted, page, FormState { error: Some(error), ..FormState::default() }, status).await
        }
    }
}

/// Largest body of the form: the logo, and what a form adds (`trust.md` A59: 512 KiB).
pub(super) const BODY_MAX: usize = LOGO_MAX_KIB * 2 * 1024;
