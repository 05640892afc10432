//! The built site, embedded in the binary: hashed names that are cached for ever, compressed beforehand.

use super::State as Doors;
use super::refuse::{Wish, refuse};
use app::error::AppError;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

/// The site as cargo-leptos built it. Embedded in a release, read from disk while developing.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site"]
#[allow_missing = true]
struct Site;

/// The addresses of the built files.
#[derive(Clone, Debug)]
pub(crate) struct Assets {
    hash: String,
}

impl Assets {
    /// Hashes the built files once.
    pub(super) fn load() -> Self {
        let mut hasher = Sha256::new();
        for name in ["pkg/doorward.css", "pkg/doorward.js", "pkg/doorward.wasm"] {
            if let Some(file) = Site::get(name) {
                hasher.update(file.metadata.sha256_hash());
            }
        }
        let hash: String = hasher.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { hash }
    }

    /// Links for the document's head.
    pub(super) fn links(&self) -> app::shell::Assets {
        let link = |file: &str| format!("/pkg/{}/{file}", self.hash);
        app::shell::Assets { style: link("doorward.css"), script: link("doorward.js"), wasm: link("doorward.wasm") }
    }
}

/// A built file under its hash: immutable. An old hash gets the newest file, uncached, so that open tabs live on.
pub(super) async fn built(
    State(state): State<Doors>,
    Path((hash, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let current = hash == state.assets.hash && !cfg!(debug_assertions);
    let caching = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    serve(&format!("pkg/{file}"), caching, &headers).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// A file of the public folder, or the page that says it is not there.
pub(super) async fn public_or_missing(
    State(state): State<Doors>,
    Path(file): Path<String>,
    request: Request,
) -> Response {
    match serve(&file, "public, max-age=3600", request.headers()) {
        Some(response) => response,
        // Whoever is not logged in learns of no path what stands there, or not.
        None => {
            let known = request.extensions().get::<app::ctx::Request>().is_some_and(|context| context.actor.is_some());
            let error = if known { AppError::NotFound } else { AppError::Unauthenticated };
            match request.extensions().get::<Wish>() {
                Some(Wish::Page) if !known => super::pages::to_login(request.uri()),
                _ => refuse(&state, request, error).await,
            }
        }
    }
}

fn serve(name: &str, caching: &'static str, headers: &HeaderMap) -> Option<Response> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
        && !name.contains("..")
        && !name.starts_with('.');
    if !plain || name.ends_with(".br") || name.ends_with(".gz") {
        return None;
    }
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let packed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(coding, _)| accepts.contains(coding))
        .find_map(|(coding, ending)| Site::get(&format!("{name}.{ending}")).map(|file| (file, Some(coding))));
    let (file, coding) = packed.or_else(|| Site::get(name).map(|file| (file, None)))?;
    Some(answer(name, file, coding, caching, headers))
}

fn answer(
    name: &str,
    file: EmbeddedFile,
    coding: Option<&'static str>,
    caching: &'static str,
    headers: &HeaderMap,
) -> Response {
    let tag: String = file.metadata.sha256_hash().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) == Some(tag.as_str());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(file.data.into_owned()))
    };
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let out = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind.as_ref()) {
        out.insert(header::CONTENT_TYPE, kind);
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding.filter(|_| !known) {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}
