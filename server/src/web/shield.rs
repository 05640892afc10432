//! What stands in front of every door: headers on every answer, and an answer where a door breaks.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;

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
