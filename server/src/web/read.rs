//! Reading what forms send: the one place that refuses fields which a form has not, and text that nobody types.

use super::State;
use super::act_form::without_body;
use super::doors::{Door, Reads};
use super::gate::shown;
use super::login_forms::again;
use super::person;
use super::refuse::refuse;
use super::resume::{for_another, page_of};
use app::ctx;
use app::error::AppError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use domain::validate::{FieldCode, FieldError};
use std::collections::BTreeMap;

/// The fields of a plain form.
pub(super) type Fields = BTreeMap<String, String>;

/// Takes the fields out of a form, and leaves a request without body to render with.
///
/// # Errors
/// The answer: 413, 400, or 422 for a field that the form has not and for text that is not seen.
pub(super) async fn fields(state: &State, request: Request) -> Result<(Fields, Request), Response> {
    let (parts, body) = request.into_parts();
    let bare = without_body(&parts);
    let read = axum::Form::<Vec<(String, String)>>::from_request(Request::from_parts(parts, body), &()).await;
    let pairs = match read {
        Ok(axum::Form(pairs)) => pairs,
        Err(rejected) => return Err(refuse(state, bare, unreadable(&rejected, rejected.status())).await),
    };
    if let Some(error) = unknown(&bare, pairs.iter().map(|(name, _)| name.as_str())) {
        return Err(refuse(state, bare, error).await);
    }
    let (mut fields, mut bare): (Fields, Request) = (pairs.into_iter().collect(), bare);
    if let Some(made_for) = fields.remove(person::FIELD)
        && let Err(error) = person::check(state, bare.extensions().get::<ctx::Request>(), &made_for).await
    {
        return Err(for_another(state, bare, fields, &made_for, error).await);
    }
    let unseen: Vec<FieldError> = fields
        .iter()
        .filter(|(_, value)| is_unseen(value))
        .map(|(name, _)| FieldError::new(name, FieldCode::ControlCharacter))
        .collect();
    if unseen.is_empty() {
        return Ok((fields, bare));
    }
    *bare.uri_mut() = page_of(bare.uri());
    Err(again(state, bare, fields, AppError::Invalid { fields: unseen }).await)
}

/// Takes the parts out of a form with files, and leaves a request without body to render with.
///
/// # Errors
/// As [`fields`].
pub(super) async fn parts(state: &State, request: Request) -> Result<(Vec<(String, Bytes)>, Request), Response> {
    let (parts, body) = request.into_parts();
    let bare = without_body(&parts);
    let mut form = match Multipart::from_request(Request::from_parts(parts, body), &()).await {
        Ok(form) => form,
        Err(rejected) => return Err(refuse(state, bare, unreadable(&rejected, rejected.status())).await),
    };
    let (mut out, mut made_for) = (Vec::new(), None);
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(error) => return Err(refuse(state, bare, unreadable(&error, error.status())).await),
        };
        let name = field.name().unwrap_or_default().to_owned();
        let is_text = field.file_name().is_none();
        if let Some(error) = unknown(&bare, std::iter::once(name.as_str())) {
            return Err(refuse(state, bare, error).await);
        }
        match field.bytes().await {
            Ok(bytes) if is_text && is_unseen(&String::from_utf8_lossy(&bytes)) => {
                let fields = vec![FieldError::new(&name, FieldCode::ControlCharacter)];
                return Err(refuse(state, bare, AppError::Invalid { fields }).await);
            }
            Ok(bytes) if name == person::FIELD => made_for = Some(String::from_utf8_lossy(&bytes).into_owned()),
            Ok(bytes) => out.push((name, bytes)),
            Err(error) => return Err(refuse(state, bare, unreadable(&error, error.status())).await),
        }
    }
    if let Some(made_for) = made_for
        && let Err(error) = person::check(state, bare.extensions().get::<ctx::Request>(), &made_for).await
    {
        // A file cannot be kept: it is chosen again.
        return Err(for_another(state, bare, Fields::new(), &made_for, error).await);
    }
    Ok((out, bare))
}

/// The fields that the form has not.
fn unknown<'n>(request: &Request, names: impl Iterator<Item = &'n str>) -> Option<AppError> {
    let reads = request.extensions().get::<Door>().map(|door| door.reads);
    let Some(Reads::Form(knows) | Reads::Files(knows)) = reads else { return None };
    let path = request.uri().path();
    // Every form of somebody who is logged in may say whose it is.
    let knows = |path: &str, name: &str| name == person::FIELD || knows(path, name);
    let unknown: Vec<FieldError> = names
        .filter(|name| !knows(path, name))
        .take(10)
        .map(|name| FieldError::new(&shown(name), FieldCode::UnknownField))
        .collect();
    (!unknown.is_empty()).then_some(AppError::Invalid { fields: unknown })
}

/// Control characters beside the white space that is typed; the rules of each field come after this.
fn is_unseen(value: &str) -> bool {
    value.chars().any(|c| c.is_control() && !c.is_whitespace())
}

fn unreadable(error: &dyn std::fmt::Display, status: StatusCode) -> AppError {
    tracing::debug!(%error, "a form cannot be read");
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::TooLarge { kib: 0 },
        StatusCode::UNSUPPORTED_MEDIA_TYPE => AppError::WrongType,
        _ => AppError::Malformed,
    }
}
