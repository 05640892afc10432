//! A message of success. It belongs to the page that the act leads to: its cookie names that address, is shown and removed where it is
//! loaded, and ends by itself after a minute. No other page tells it, in whichever tab it is loaded.

use super::State;
use super::pages::local;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

/// Begins the names of the cookies: each message has one of its own, so that none takes another's place.
const BEGIN: &str = "flash-";
/// Seconds that the next page has to be loaded in.
const SECONDS: u32 = 60;

/// A redirect that says something on the page it leads to.
pub(super) fn told(state: &State, to: &str, sentence: &str) -> Response {
    let to = local(to);
    let mut response = Redirect::to(to).into_response();
    let value = written(&address(to), sentence);
    let name = format!("{BEGIN}{:08x}", rand::random::<u32>());
    let secure = if state.config.base_url.scheme() == "https" { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What is to be said on one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The message; empty when there is none.
    pub(super) sentence: String,
    /// The cookies that held it.
    cookies: Vec<String>,
}

impl Said {
    /// What is to be said on the page of this address, by the cookies of a request.
    pub(super) fn at(uri: &Uri, headers: &HeaderMap) -> Self {
        let here = address(uri.path_and_query().map_or("/", |here| here.as_str()));
        let mut out = Self::default();
        for cookie in CookieJar::from_headers(headers).iter().filter(|cookie| cookie.name().starts_with(BEGIN)) {
            if let Some((to, said)) = read(cookie.value())
                && to == here
            {
                let apart = if out.sentence.is_empty() { "" } else { " " };
                out.sentence = format!("{}{apart}{said}", out.sentence);
                out.cookies.push(cookie.name().to_owned());
            }
        }
        out
    }

    /// Removes the cookies: it is said.
    pub(super) fn forget(&self, response: &mut Response) {
        for name in &self.cookies {
            if let Ok(gone) = HeaderValue::from_str(&format!("{name}=; Path=/; Max-Age=0; SameSite=Lax")) {
                response.headers_mut().append(header::SET_COOKIE, gone);
            }
        }
    }
}

/// The value of a cookie.
fn written(to: &str, said: &str) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::json!([to, said]).to_string())
}

/// Where something is to be said, and what.
fn read(value: &str) -> Option<(String, String)> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}

/// An address as browsers ask for it: its path and query, without a fragment.
fn address(text: &str) -> String {
    let base = Url::parse("http://localhost").ok();
    let Some(url) = base.and_then(|base| base.join(text).ok()) else { return text.to_owned() };
    match url.query().filter(|query| !query.is_empty()) {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Said, address, written};
    use axum::http::{HeaderMap, HeaderValue, Uri, header};

    fn said(uri: &'static str, cookies: &str) -> Said {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(cookies).expect("a header"));
        Said::at(&Uri::from_static(uri), &headers)
    }

    #[test]
    fn a_message_is_said_at_its_own_address_only() {
        let cookies = format!(
            "doorward=x; flash-1={}; flash-2={}; flash=old; flash-3=nothing; flash-4={}",
            written("/account", "Saved."),
            written("/admin/flows?q=a", "Zürich & \"co\"; 50% is saved."),
            written("/account", "Twice."),
        );
        let here = said("/account", &cookies);
        assert!(["Saved. Twice.", "Twice. Saved."].contains(&here.sentence.as_str()), "{here:?}");
        assert_eq!(here.cookies.len(), 2, "and these two go");
        assert_eq!(said("/admin/flows?q=a", &cookies).sentence, "Zürich & \"co\"; 50% is saved.");
        for other in ["/admin/flows", "/admin/flows?q=b", "/account?x=1", "/login", "/"] {
            assert_eq!(said(other, &cookies), Said::default(), "{other}");
        }
    }

    #[test]
    fn an_address_is_the_one_that_a_browser_asks_for() {
        for (text, wanted) in [
            ("/portal/requests?new=7#request-7", "/portal/requests?new=7"),
            ("/admin/requests?", "/admin/requests"),
            ("/admin/requests?q='a\"", "/admin/requests?q=%27a%22"),
            ("/admin/{x}", "/admin/%7Bx%7D"),
        ] {
            assert_eq!(address(text), wanted);
            assert_eq!(address(wanted), wanted);
        }
    }
}
