//! The cookie, and who is behind it.

use super::State;
use super::shield::Nonce;
use app::ctx;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, StatusCode, header};
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

/// Whether the function itself says who asked: an open queue looks again by itself, which must not keep a session alive; nor does a
/// page that asks whether its person is still logged in.
fn says_who_asked(path: &str) -> bool {
    matches!(path, "/fn/queue_page" | "/fn/request_detail" | "/fn/whoami")
}

/// What a request says of who sends it.
#[derive(Debug)]
pub(super) struct Caller {
    token: Option<Token>,
    /// Whether a call notes that the session is used.
    used: bool,
    nobody: ctx::Request,
}

impl Caller {
    /// Reads the request.
    pub(super) fn of(state: &State, request: &Request) -> Self {
        let used = !says_who_asked(request.uri().path());
        Self { token: token(state, request.headers()), used, nobody: nobody(state, request) }
    }
}

/// Who calls, by their cookie; nobody when there is none or its session is over.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn identify(state: &State, caller: Caller) -> services::Result<ctx::Request> {
    let Caller { token, used, nobody } = caller;
    let visitor = match &token {
        None => None,
        Some(token) => authenticate(&state.services, token, used).await?,
    };
    Ok(match visitor {
        None => nobody,
        Some(visitor) => {
            let via = token.clone().map_or(Via::Process, Via::Session);
            ctx::Request {
                actor: Some(visitor.actor),
                support_link: visitor.support_link,
                session: token,
                origin: Origin { via, ..nobody.origin },
                ..nobody
            }
        }
    })
}

/// A caller of whom nothing is known but where they call from.
pub(super) fn nobody(state: &State, request: &Request) -> ctx::Request {
    let headers = request.headers();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let jar = CookieJar::from_headers(headers);
    let theme =
        jar.get("theme").map(|cookie| cookie.value().to_owned()).filter(|theme| theme == "light" || theme == "dark");
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ctx::Request {
        services: state.services.clone(),
        actor: None,
        support_link: None,
        session: None,
        origin: Origin {
            address: address(state, peer, headers),
            agent: agent.chars().take(200).collect(),
            via: Via::Process,
        },
        secure: state.config.base_url.scheme() == "https",
        nonce: request.extensions().get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default(),
        theme: theme.unwrap_or_default(),
        zone: browser_zone(&jar),
        demo: state.demo,
        plain: jar.get(app::recovery::PLAIN).is_some(),
        takes_over: true,
        address: None,
    }
}

/// The time zone of which a script of the page has told.
fn browser_zone(jar: &CookieJar) -> String {
    let told = jar.get("zone").and_then(|cookie| domain::filter::decode_pairs(cookie.value()).into_iter().next());
    told.map(|(name, _)| name).filter(|name| name.len() <= 64).unwrap_or_default()
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
