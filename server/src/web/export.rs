//! Exports: streamed, with the queue's query.

use super::State as Doors;
use super::refuse::refuse;
use app::ctx;
use app::error::AppError;
use app::features::queue::api::invalid_query;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::filter::{ListQuery, decode_pairs};
use domain::validate::{FieldCode, FieldError};
use futures::{StreamExt, TryStreamExt};
use services::{Export, Format};

/// What tells Excel that a CSV is UTF-8; other programs take it for a part of the first header.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// CSV.
pub(super) async fn csv(state: State<Doors>, context: Extension<ctx::Request>, request: Request) -> Response {
    export(state, context, request, Format::Csv).await
}

/// JSON.
pub(super) async fn json(state: State<Doors>, context: Extension<ctx::Request>, request: Request) -> Response {
    export(state, context, request, Format::Json).await
}

async fn export(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
    format: Format,
) -> Response {
    let Some(actor) = context.actor else { return refuse(&state, request, AppError::Unauthenticated).await };
    let pairs = decode_pairs(request.uri().query().unwrap_or_default());
    let (mut parsed, mut dropped) = ListQuery::parse(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let settled = services::zones::settle(&state.services, &actor, &context.zone, &mut parsed, &mut dropped).await;
    if let Err(error) = settled {
        return refuse(&state, request, error.into()).await;
    }
    // What cannot be read would widen the export silently.
    if !dropped.is_empty() {
        return refuse(&state, request, invalid_query(&dropped)).await;
    }
    let mark = match marked(&pairs, format) {
        Ok(mark) => mark,
        Err(error) => return refuse(&state, request, error).await,
    };
    match services::queue::export(&state.services, &actor, &parsed, format, &context.origin).await {
        Ok(export) => answer(export, format, mark, "requests"),
        Err(error) => refuse(&state, request, error.into()).await,
    }
}

/// The record, under the filter of the audit page.
pub(super) async fn audit(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path(ending): Path<String>,
    request: Request,
) -> Response {
    let Some(actor) = context.actor else { return refuse(&state, request, AppError::Unauthenticated).await };
    let format = match ending.as_str() {
        "export.csv" => Format::Csv,
        "export.json" => Format::Json,
        _ => return refuse(&state, request, AppError::NotFound).await,
    };
    let pairs = decode_pairs(request.uri().query().unwrap_or_default());
    let mark = match marked(&pairs, format) {
        Ok(mark) => mark,
        Err(error) => return refuse(&state, request, error).await,
    };
    let asked = app::features::audit::asked(&pairs);
    let asked = match app::features::audit::settled(&state.services, &actor, &context.zone, asked).await {
        Ok(asked) => asked,
        Err(error) => return refuse(&state, request, error.into()).await,
    };
    match services::audit::export(&state.services, &actor, &asked, format, &context.origin).await {
        Ok(export) => answer(export, format, mark, "audit"),
        Err(error) => refuse(&state, request, error.into()).await,
    }
}

/// Whether the file is for Excel (`for=excel`) and begins with the mark; the default has none (`docs/rules.md`, Exports).
fn marked(pairs: &[(String, String)], format: Format) -> Result<bool, AppError> {
    match pairs.iter().find(|(name, _)| name == "for").map(|(_, value)| value.as_str()) {
        None | Some("") => Ok(false),
        Some("excel") if format == Format::Csv => Ok(true),
        Some(_) => Err(AppError::Invalid { fields: vec![FieldError::new("for", FieldCode::Malformed)] }),
    }
}

fn answer(export: Export, format: Format, mark: bool, name: &str) -> Response {
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Json => ("application/json", "json"),
    };
    let name = format!("attachment; filename=\"{name}.{ending}\"");
    let stream = export.into_stream().map_err(|error| std::io::Error::other(error.to_string()));
    let first = futures::stream::iter(mark.then(|| Ok(Bytes::from_static(MARK))));
    let body = Body::from_stream(first.chain(stream));
    // However long the whole takes; each write has a time limit.
    let endless = axum::Extension(crate::listener::Endless);
    (endless, [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], body).into_response()
}
