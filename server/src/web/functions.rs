//! The shell around Leptos' server functions (`trust.md` F2–F5): a task of their own, no redirects, the codes of the contract.

use super::State as Doors;
use super::act_form::{self, Posted};
use super::refuse::{self, Wish};
use super::{person, resume};
use app::ctx;
use app::error::AppError;
use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::prelude::provide_context;

/// Largest error answer that is looked into.
const ERROR_MAX: usize = 64 * 1024;

/// Whether there is a server function at this path.
pub(super) fn is_known(path: &str) -> bool {
    leptos::server_fn::axum::server_fn_paths().any(|(known, _)| known == path)
}

/// Calls a server function: for a program that reads JSON, or for a form of a page without scripts.
pub(super) async fn call(
    State(state): State<Doors>,
    Extension(mut context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    // Who asks was looked up before the body came, which may take its time: what they may see is what they may see now. Acts look
    // once more, in their transaction.
    let (parts, body) = request.into_parts();
    let body = match to_bytes(body, super::BODY_MAX).await {
        Ok(body) => body,
        Err(_) => {
            let error = AppError::TooLarge { kib: super::BODY_MAX / 1024 };
            return refuse::refuse(&state, act_form::without_body(&parts), error).await;
        }
    };
    if let Some(token) = &context.session {
        match services::login::authenticate(&state.services, token, false).await {
            Ok(visitor) => context.actor = visitor.map(|visitor| visitor.actor),
            Err(error) => return super::session::unavailable(&error),
        }
    }
    if !act_form::is_form(&parts.headers) {
        return answer(context, Request::from_parts(parts, Body::from(body))).await;
    }
    let mut bare = act_form::without_body(&parts);
    bare.extensions_mut().insert(context.clone());
    let (posted, input) = match Posted::read(parts.uri.path(), &body) {
        Ok(read) => read,
        Err(error) => return refuse::refuse(&state, bare, error).await,
    };
    if let Some(made_for) = posted.made_for.clone()
        && let Err(error) = person::check(&state, Some(&context), &made_for).await
    {
        let (page, fields) = posted.into_fields();
        *bare.uri_mut() = page.parse().unwrap_or_default();
        return resume::for_another(&state, bare, fields, &made_for, error).await;
    }
    let response = answer(context, Request::from_parts(parts, Body::from(input))).await;
    if bare.extensions().get() == Some(&Wish::Page) { posted.answer(&state, bare, response).await } else { response }
}

/// What the server function answers, as JSON.
async fn answer(context: ctx::Request, mut request: Request) -> Response {
    // Asked for HTML, a server function would redirect to the Referer with the error in the address.
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let provide = move || provide_context(context.clone());
    // A client that hangs up cancels the handler, but not this.
    let called =
        tokio::spawn(
            async move { leptos_axum::handle_server_fns_with_context(provide, request).await.into_response() },
        );
    match called.await {
        Ok(response) => contract(response).await,
        Err(error) => {
            let incident = services::incident();
            tracing::error!(%incident, %error, "server function failed");
            (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(AppError::Internal { incident })).into_response()
        }
    }
}

/// Gives every error the status of the contract; the library says 500 to all that it finds itself.
async fn contract(mut response: Response) -> Response {
    response.headers_mut().remove(header::LOCATION);
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, ERROR_MAX).await.unwrap_or_default();
    let error: AppError = match serde_json::from_slice(&bytes) {
        Ok(error) => error,
        Err(_) => {
            // What is not ours may tell more than people are to know.
            let incident = services::incident();
            tracing::error!(%incident, answer = %String::from_utf8_lossy(&bytes), "server function failed");
            return (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(AppError::Internal { incident })).into_response();
        }
    };
    parts.status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let AppError::TooMany { seconds } = &error {
        parts.headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
    }
    Response::from_parts(parts, Body::from(bytes))
}
