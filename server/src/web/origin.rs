//! Where a request comes from, as browsers tell: the host it is meant for, and the site that sent it.

use super::State;
use axum::extract::{Request, State as Doors};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use url::Url;

/// Answers only for the host of the base URL; for loopback names too where the base URL is loopback itself, and always for
/// the probes. Stands in front of everything else: an unknown but consistent host would pass the check of the origin (DNS
/// rebinding). A request that names two hosts is refused, whichever they are: what stands in front may have read the other.
pub(super) async fn known_host(Doors(state): Doors<State>, request: Request, next: Next) -> Response {
    let hosts = hosts(&request);
    let probe = matches!(request.uri().path(), "/livez" | "/readyz");
    if !hosts.iter().any(|host| is_ours(&state, host, probe)) {
        return (StatusCode::MISDIRECTED_REQUEST, "This server does not answer for that host.\n").into_response();
    }
    let headers = request.headers().get_all(header::HOST).iter().count();
    if headers > 1 || hosts.windows(2).any(|pair| pair[0] != pair[1]) {
        return (StatusCode::BAD_REQUEST, "This request names two hosts.\n").into_response();
    }
    next.run(request).await
}

/// Every host that a request names, in lower case: in its target, if that is a whole address, and in its headers.
fn hosts(request: &Request) -> Vec<String> {
    let target = request.uri().authority().map(|authority| authority.as_str().to_ascii_lowercase());
    let named = request.headers().get_all(header::HOST).iter();
    // What is no text is no host of ours.
    let named = named.map(|value| value.to_str().unwrap_or_default().trim().to_ascii_lowercase());
    target.into_iter().chain(named).collect()
}

fn is_ours(state: &State, host: &str, probe: bool) -> bool {
    let base = &state.config.base_url;
    let base_host = base.host_str().unwrap_or_default();
    let (name, port) = split(host);
    let default = base.port_or_known_default();
    if name == base_host && port.is_some_and(|port| port.or(default) == default) {
        return true;
    }
    let listening = state.config.listen.ip().to_string();
    let local = is_loopback(name) || name.trim_start_matches('[').trim_end_matches(']') == listening;
    port.is_some() && local && (probe || is_loopback(base_host))
}

/// A host and its port: nothing where the port is no number, and where there is none nothing inside.
fn split(host: &str) -> (&str, Option<Option<u16>>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port.parse().ok().map(Some)),
        _ => (host, Some(None)),
    }
}

fn is_loopback(name: &str) -> bool {
    let plain = name.trim_start_matches('[').trim_end_matches(']');
    plain == "localhost" || plain.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether a request that changes something was sent by a page of ours: `Origin` is the base URL's, or `Sec-Fetch-Site` says so, and
/// neither says otherwise. A header that is empty or there twice proves nothing, and the scheme counts: a page at `http:` is not one
/// at `https:`.
pub(super) fn is_proven(headers: &HeaderMap, base: &Url) -> bool {
    let (Ok(origin), Ok(site)) = (only(headers, header::ORIGIN.as_str()), only(headers, "sec-fetch-site")) else {
        return false;
    };
    if origin.is_none() && site.is_none() {
        return false;
    }
    origin.is_none_or(|origin| is_own_origin(origin, base))
        && site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

/// The one value of a header; nothing when it is not there or empty.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, ()> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(|value| value.to_str().map(str::trim)).transpose().map_err(|_| ())?;
    if values.next().is_some() { Err(()) } else { Ok(first.filter(|value| !value.is_empty())) }
}

fn is_own_origin(origin: &str, base: &Url) -> bool {
    if origin == base.origin().ascii_serialization() {
        return true;
    }
    let Ok(url) = Url::parse(origin) else { return false };
    let same = url.scheme() == base.scheme() && url.port_or_known_default() == base.port_or_known_default();
    let local = |url: &Url| url.host_str().is_some_and(is_loopback);
    // Written as browsers write an origin: nothing behind the port.
    same && local(&url) && local(base) && url.origin().ascii_serialization() == origin
}

#[cfg(test)]
mod tests {
    use super::{is_proven, split};
    use axum::http::{HeaderMap, HeaderName, HeaderValue};
    use url::Url;

    fn proven(base: &str, given: &[(&str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            let name: HeaderName = name.parse().expect("a name");
            headers.append(name, HeaderValue::from_str(value).expect("a value"));
        }
        is_proven(&headers, &Url::parse(base).expect("a URL"))
    }

    #[test]
    fn a_page_of_ours_proves_itself() {
        let https = "https://doorward.example";
        for (base, given, wanted) in [
            (https, &[("origin", https)][..], true),
            (https, &[("sec-fetch-site", "same-origin")], true),
            (https, &[("sec-fetch-site", "none")], true),
            (https, &[("origin", https), ("sec-fetch-site", "same-origin")], true),
            // An empty header is as good as none.
            (https, &[], false),
            (https, &[("origin", "")], false),
            (https, &[("sec-fetch-site", "")], false),
            (https, &[("origin", ""), ("sec-fetch-site", "")], false),
            (https, &[("origin", ""), ("sec-fetch-site", "same-origin")], true),
            // The scheme, the port, and every letter of the host count.
            (https, &[("origin", "http://doorward.example")], false),
            (https, &[("origin", "https://doorward.example:8443")], false),
            (https, &[("origin", "https://doorward.example.evil.test")], false),
            (https, &[("origin", "https://evil.test")], false),
            (https, &[("origin", "null")], false),
            (https, &[("origin", "http://127.0.0.1:3000")], false),
            // One says so, the other does not.
            (https, &[("origin", "https://evil.test"), ("sec-fetch-site", "same-origin")], false),
            (https, &[("origin", https), ("sec-fetch-site", "cross-site")], false),
            (https, &[("origin", https), ("sec-fetch-site", "same-site")], false),
            (https, &[("origin", https), ("origin", "https://evil.test")], false),
            (https, &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
            (https, &[("sec-fetch-site", "of my own")], false),
            // Loopback has several names, with the same scheme and port.
            ("http://127.0.0.1:3000", &[("origin", "http://localhost:3000")], true),
            ("http://127.0.0.1:3000", &[("origin", "http://[::1]:3000")], true),
            ("http://localhost:3000", &[("origin", "http://127.0.0.1:3000")], true),
            ("http://localhost:3000", &[("origin", "http://localhost:3001")], false),
            ("http://localhost:3000", &[("origin", "https://localhost:3000")], false),
            ("http://localhost:3000", &[("origin", "http://localhost:3000/path")], false),
            ("http://localhost:3000", &[("origin", "http://localhost.evil.test:3000")], false),
        ] {
            assert_eq!(proven(base, given), wanted, "{base} {given:?}");
        }
    }

    #[test]
    fn a_host_has_a_port_or_none() {
        assert_eq!(split("x.test"), ("x.test", Some(None)));
        assert_eq!(split("x.test:80"), ("x.test", Some(Some(80))));
        assert_eq!(split("[::1]:80"), ("[::1]", Some(Some(80))));
        assert_eq!(split("[::1]"), ("[::1]", Some(None)));
        assert_eq!(split("x.test:evil"), ("x.test", None));
    }
}
