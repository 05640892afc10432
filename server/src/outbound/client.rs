//! The client: fifteen seconds, no redirects, no proxies, a bounded answer.

use super::Guard;
use domain::text::words_of_others;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, redirect};
use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

/// How long a call may take in all (`trust.md` A77).
const PATIENCE: Duration = Duration::from_secs(15);
/// How long looking its name up and connecting may take of that: long enough to ask twice for a name (resolvers ask again after 5 s).
const CONNECTS: Duration = Duration::from_secs(10);
/// How much of an answer is read.
const ANSWER_MAX: usize = 64 * 1024;

/// Calls other systems.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: reqwest::Client,
    guard: Guard,
}

/// A call to make.
#[derive(Clone, Debug)]
pub struct Said<'a> {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: &'a str,
    /// Headers beside those of every call.
    pub headers: HeaderMap,
    /// The body; nothing when empty.
    pub body: Vec<u8>,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// For how many seconds the answer asks to be left alone.
    pub retry_after: Option<u64>,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
}

impl Answer {
    /// The beginning of the body, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        words_of_others(&String::from_utf8_lossy(&self.body))
    }
}

impl Outbound {
    /// A client behind a guard.
    ///
    /// # Errors
    /// When the client cannot be built, in words.
    pub fn new(guard: Guard) -> Result<Self, String> {
        let client = reqwest::Client::builder()
            .dns_resolver(guard.clone())
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .connect_timeout(CONNECTS)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("Doorward/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| words(&error))?;
        Ok(Self { client, guard })
    }

    /// Makes a call, and reads 64 KiB of its answer.
    ///
    /// # Errors
    /// Why there was no answer, in words: nothing of the request, and no secret.
    pub async fn call(&self, said: Said<'_>) -> Result<Answer, String> {
        self.call_up_to(said, ANSWER_MAX).await
    }

    /// Makes a call, and reads so many bytes of its answer.
    ///
    /// # Errors
    /// As [`Outbound::call`].
    pub async fn call_up_to(&self, said: Said<'_>, limit: usize) -> Result<Answer, String> {
        let url = url::Url::parse(said.url).map_err(|_| "the address cannot be read".to_owned())?;
        self.guard.check_literal(&url)?;
        let mut request = self.client.request(said.method, url).headers(said.headers);
        if !said.body.is_empty() {
            request = request.body(said.body);
        }
        let mut response = request.send().await.map_err(|error| words(&error))?;
        let retry_after = retry_after(response.headers());
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while body.len() < limit {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk[..chunk.len().min(limit - body.len())]),
                Ok(None) => break,
                // The status has arrived; what the target has to add has not.
                Err(error) if body.is_empty() && error.is_timeout() => return Err(words(&error)),
                Err(_) => break,
            }
        }
        Ok(Answer { status, retry_after, body })
    }
}

/// For how many seconds an answer asks to be left alone, which it says in seconds or as a moment (RFC 9110, 10.2.3). A moment counts
/// from the answer's own date, as two clocks seldom agree.
fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(seconds);
    }
    let [until, from] = [asked, text(DATE)?].map(httpdate::parse_http_date);
    until.ok()?.duration_since(from.ok()?).ok().map(|wait| wait.as_secs())
}

/// An error without the address, which may hold a secret.
fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        let (what, limit) = if error.is_connect() { ("connection", CONNECTS) } else { ("answer", PATIENCE) };
        return format!("no {what} within {} seconds", limit.as_secs());
    }
    let mut text = String::new();
    let mut source = error.source();
    while let Some(inner) = source {
        // The innermost cause is what a person can act on.
        text.clear();
        let _ = write!(text, "{}{inner}", if is_tls(inner) { "TLS: " } else { "" });
        source = inner.source();
    }
    if text.is_empty() { "the call failed".to_owned() } else { text }
}

/// Whether it is TLS that failed, which does not say so itself; it comes wrapped as an error of input and output.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || wrapped.is_some_and(|inner| is_tls(inner))
}

#[cfg(test)]
mod tests {
    use super::retry_after;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    #[test]
    fn how_long_an_answer_asks_to_be_left_alone() {
        const DATE: (&str, &str) = ("date", "Tue, 24 Nov 2026 10:00:00 GMT");
        let asked = |headers: &[(&'static str, &str)]| {
            let header = |(name, value): &(&'static str, &str)| {
                (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"))
            };
            retry_after(&headers.iter().map(header).collect::<HeaderMap>())
        };
        assert_eq!(asked(&[("retry-after", "120")]), Some(120));
        assert_eq!(asked(&[DATE, ("retry-after", "Tue, 24 Nov 2026 10:02:00 GMT")]), Some(120));
        assert_eq!(asked(&[DATE, ("retry-after", "Tuesday, 24-Nov-26 11:00:00 GMT")]), Some(3600));
        assert_eq!(asked(&[DATE, ("retry-after", "Tue, 24 Nov 2026 09:00:00 GMT")]), None, "that was before");
        assert_eq!(asked(&[("retry-after", "Tue, 24 Nov 2026 10:02:00 GMT")]), None, "from when?");
        assert_eq!(asked(&[DATE, ("retry-after", "-1")]), None);
        assert_eq!(asked(&[DATE, ("retry-after", "soon")]), None);
        assert_eq!(asked(&[DATE]), None);
    }
}
