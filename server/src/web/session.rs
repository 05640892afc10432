//! The cookie, and who is behind it.

use super::State;
use super::shield::Nonce;
use app::ctx;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use services::login::{Token, authenticate};
use services::{Origin, Via};
use std::net::{IpAddr, SocketAddr};

/// The name of the cookie: `__Host-` where the base URL is https.
pub(super) fn cookie_name(state: &State) -> &'static str {
    if state.config.base_url.scheme() == "https" { "__Host-doorward" } else { "doorward" }
}

/// A cookie of this site: Lax, because Strict would break the button in web mail.
pub(super) fn cookie(state: &State, name: &'static str, value: String) -> Cookie<'static> {
    let mut cookie = Cookie::new(name, value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(state.config.base_url.scheme() == "https");
    cookie
}

/// The token of a request's cookie.
pub(super) fn token(state: &State, headers: &HeaderMap) -> Option<Token> {
    let jar = CookieJar::from_headers(headers);
    jar.get(cookie_name(state)).map(|cookie| Token::given(cookie.value()))
}

/// Whether the function itself says who asked: an open queue looks again by itself, which must not keep a session alive.
fn says_who_asked(path: &str) -> bool {
    matches!(path, "/fn/queue_page" | "/fn/request_detail")
}

/// Looks up who calls, and puts it where pages and server functions find it.
pub(super) async fn identify(
    axum::extract::State(state): axum::extract::State<State>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let visitor = match token(&state, headers) {
        None => None,
        Some(token) => match authenticate(&state.services, &token, !says_who_asked(request.uri().path())).await {
            Ok(visitor) => visitor,
            Err(error) => return unavailable(&error),
        },
    };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let jar = CookieJar::from_headers(headers);
    let theme =
        jar.get("theme").map(|cookie| cookie.value().to_owned()).filter(|theme| theme == "light" || theme == "dark");
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let session = visitor.as_ref().and_then(|_| token(&state, headers));
    let via = session.clone().map_or(Via::Process, Via::Session);
    let (actor, support_link) = match visitor {
        Some(visitor) => (Some(visitor.actor), visitor.support_link),
        None => (None, None),
    };
    let context = ctx::Request {
        services: state.services.clone(),
        actor,
        support_link,
        session,
        origin: Origin { address: address(&state, peer, headers), agent: agent.chars().take(200).collect(), via },
        nonce: request.extensions().get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default(),
        theme: theme.unwrap_or_default(),
        demo: state.demo,
        takes_over: true,
    };
    request.extensions_mut().insert(context);
    next.run(request).await
}

/// Lets administrators on only, for doors that take large bodies: who asks is known before a byte of one is read.
pub(super) async fn administrators(
    axum::extract::State(state): axum::extract::State<State>,
    request: Request,
    next: Next,
) -> Response {
    let actor = request.extensions().get::<ctx::Request>().and_then(|context| context.actor.clone());
    match actor {
        Some(actor) if actor.admin => next.run(request).await,
        Some(_) => super::pages::forbidden(&state, bare(request)).await,
        None if *request.method() == Method::POST => {
            super::resume::log_in_first(&state, bare(request), Default::default()).await
        }
        None => super::pages::to_login(request.uri()),
    }
}

/// A request without its body, which is not read.
fn bare(request: Request) -> Request {
    let (mut parts, _) = request.into_parts();
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::TRANSFER_ENCODING);
    Request::from_parts(parts, Body::empty())
}

/// The address of the client: the peer, or what a trusted proxy says.
fn address(state: &State, peer: Option<IpAddr>, headers: &HeaderMap) -> String {
    // Where IPv4 comes over a socket of IPv6, the address is written as one of IPv6.
    let Some(peer) = peer.map(|peer| peer.to_canonical()) else { return String::new() };
    let trusted = |ip: &IpAddr| state.config.trusted_proxies.iter().any(|proxy| proxy.to_canonical() == *ip);
    if !trusted(&peer) {
        return peer.to_string();
    }
    let chain =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    let client = chain
        .rsplit(',')
        .filter_map(|part| Some(part.trim().parse::<IpAddr>().ok()?.to_canonical()))
        .find(|ip| !trusted(ip));
    client.unwrap_or(peer).to_string()
}

/// Not now.
pub(super) fn unavailable(error: &services::Error) -> Response {
    tracing::warn!(%error, "not served");
    let mut response =
        (StatusCode::SERVICE_UNAVAILABLE, "The database cannot be reached right now. Nothing was done.\n")
            .into_response();
    response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
    response
}
