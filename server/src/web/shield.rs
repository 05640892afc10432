//! What stands in front of every door: known hosts only, proven origin of every mutation, headers on every answer.

use super::State;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use std::net::IpAddr;

/// The nonce of one answer.
#[derive(Clone, Debug)]
pub(super) struct Nonce(pub(super) String);

/// Puts the security headers on every answer, with a fresh nonce.
pub(super) async fn headers(mut request: Request, next: Next) -> Response {
    let mut bytes = [0_u8; 16];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut bytes);
    let nonce = base64::engine::general_purpose::STANDARD.encode(bytes);
    request.extensions_mut().insert(Nonce(nonce.clone()));
    let mut response = next.run(request).await;
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'{}; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        if cfg!(debug_assertions) { " ws:" } else { "" }
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("permissions-policy", HeaderValue::from_static("camera=(), microphone=(), geolocation=()"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Answers only for the host of the base URL; for loopback names too where the base URL is loopback itself, and always for
/// the probes. Stands in front of the origin check, which an unknown but consistent host would pass (DNS rebinding).
pub(super) async fn known_host(
    axum::extract::State(state): axum::extract::State<State>,
    request: Request,
    next: Next,
) -> Response {
    let probe = matches!(request.uri().path(), "/livez" | "/readyz");
    let authority = request.uri().authority().map(|authority| authority.as_str().to_owned());
    let host = authority.or_else(|| text(request.headers(), header::HOST)).unwrap_or_default().to_lowercase();
    let base = &state.config.base_url;
    let base_host = base.host_str().unwrap_or_default().to_lowercase();
    let expected = base.port().map_or_else(|| base_host.clone(), |port| format!("{base_host}:{port}"));
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host.as_str(), |(name, _)| name);
    let local = is_loopback(name) || name == state.config.listen.ip().to_string();
    if host == expected || (local && (probe || is_loopback(&base_host))) {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, "This server does not answer for that host.\n").into_response()
    }
}

fn is_loopback(name: &str) -> bool {
    let plain = name.trim_start_matches('[').trim_end_matches(']');
    plain == "localhost" || plain.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Refuses mutations that carry neither Origin nor Sec-Fetch-Site, which the library lets through, and bodies of other types
/// than a door reads.
pub(super) async fn proven_origin(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    if !matches!(*request.method(), Method::POST) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let headers = request.headers();
    if !headers.contains_key(header::ORIGIN) && !headers.contains_key("sec-fetch-site") {
        return (StatusCode::FORBIDDEN, "The origin of this request is not known.\n").into_response();
    }
    let given = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    let given = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let wanted = match request.uri().path() {
        path if path.starts_with("/fn/") => "application/json",
        "/admin/directory/import" => "multipart/form-data",
        path if path.ends_with("/logo") => "multipart/form-data",
        _ => "application/x-www-form-urlencoded",
    };
    if given != wanted {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "This content type is not read here.\n").into_response();
    }
    next.run(request).await
}

/// A defect: the process lives, the client learns an incident number and nothing else.
pub(super) fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let incident = services::incident();
    let text =
        cause.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| cause.downcast_ref::<String>().cloned());
    tracing::error!(%incident, cause = text.as_deref().unwrap_or("?"), "panic");
    let mut response = Response::new(Body::from(format!("Something went wrong on our side. Incident {incident}.\n")));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

#[cfg(test)]
mod tests {
    use super::panicked;
    use axum::http::StatusCode;

    #[tokio::test]
    async fn a_defect_tells_its_incident_and_nothing_else() {
        let response = panicked(Box::new("password=hunter2"));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.expect("a body");
        let text = String::from_utf8(body.to_vec()).expect("text");
        assert!(text.contains("Incident") && !text.contains("hunter2"), "{text}");
    }
}
