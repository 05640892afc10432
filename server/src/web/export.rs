//! Exports: streamed, with the queue's query.

use super::State as Doors;
use app::ctx;
use app::error::AppError;
use app::features::queue::api::invalid_query;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::filter::{ListQuery, decode_pairs};
use futures::TryStreamExt;
use services::{Export, Format};

/// CSV.
pub(super) async fn csv(state: State<Doors>, context: Extension<ctx::Request>, query: RawQuery) -> Response {
    export(state, context, query, Format::Csv).await
}

/// JSON.
pub(super) async fn json(state: State<Doors>, context: Extension<ctx::Request>, query: RawQuery) -> Response {
    export(state, context, query, Format::Json).await
}

async fn export(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    RawQuery(query): RawQuery,
    format: Format,
) -> Response {
    let Some(actor) = context.actor else { return refuse(AppError::Unauthenticated) };
    let pairs = decode_pairs(query.as_deref().unwrap_or_default());
    let (parsed, dropped) = ListQuery::parse(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    // What cannot be read would widen the export silently.
    if !dropped.is_empty() {
        return refuse(invalid_query(&dropped));
    }
    let export = match services::queue::export(&state.services, &actor, &parsed, format, &context.origin).await {
        Ok(export) => export,
        Err(error) => return refuse(error.into()),
    };
    answer(export, format, "requests")
}

/// The record, under the filter of the audit page.
pub(super) async fn audit(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    RawQuery(query): RawQuery,
    Path(ending): Path<String>,
) -> Response {
    let Some(actor) = context.actor else { return refuse(AppError::Unauthenticated) };
    let format = match ending.as_str() {
        "export.csv" => Format::Csv,
        "export.json" => Format::Json,
        _ => return refuse(AppError::NotFound),
    };
    let asked = app::features::audit::asked(&decode_pairs(query.as_deref().unwrap_or_default()));
    match services::audit::export(&state.services, &actor, &asked, format, &context.origin).await {
        Ok(export) => answer(export, format, "audit"),
        Err(error) => refuse(error.into()),
    }
}

fn answer(export: Export, format: Format, name: &str) -> Response {
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Json => ("application/json", "json"),
    };
    let name = format!("attachment; filename=\"{name}.{ending}\"");
    let stream = export.into_stream().map_err(|error| std::io::Error::other(error.to_string()));
    let body = Body::from_stream(stream);
    // However long the whole takes; each write has a time limit.
    let endless = axum::Extension(crate::listener::Endless);
    (endless, [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], body).into_response()
}

fn refuse(error: AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(&error)).into_response();
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
    }
    response
}
