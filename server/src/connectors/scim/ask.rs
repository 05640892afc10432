//! Questions to a target, and what their answers mean.

use super::super::unsuccessful;
use crate::outbound::{Answer, Outbound, Said};
use domain::connector::CallResult;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH};
use serde_json::Value;
use services::provisioning::Secret;

const TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");
/// How much of an answer is read: a group with tens of thousands of members.
const ANSWER_MAX: usize = 4 * 1024 * 1024;

/// A value that nothing in a target has: what finds something by it does not understand the question.
pub(super) const NOBODY: &str = "doorward-asks-whether-this-filter-is-understood";

/// What was asked for, or what it means that it is not to be had.
pub(super) type Got<T> = Result<T, CallResult>;

/// A target.
pub(super) struct Target<'a> {
    outbound: &'a Outbound,
    base: &'a str,
    headers: HeaderMap,
}

/// What a question was answered with.
#[derive(Debug)]
pub(super) enum Look {
    /// This.
    Found(Value),
    /// There is no such thing.
    Missing,
    /// The target cannot answer the question.
    Cannot(Cause),
}

/// Why a question was not answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Cause {
    /// Each way that was tried, and what was said of it.
    pub(super) said: String,
    /// Whether it may pass by itself.
    pub(super) passes: bool,
}

impl Cause {
    fn of(what: &str, answer: &Answer) -> Self {
        let said = detail(answer);
        let words = if said.is_empty() { String::new() } else { format!(" {said}") };
        Self { said: format!("{what}: {}{words}", answer.status), passes: answer.status >= 500 && answer.status != 501 }
    }

    pub(super) fn new(what: &str, why: &str) -> Self {
        Self { said: format!("{what}: {why}"), passes: false }
    }

    /// Adds another way that was tried.
    pub(super) fn and(&mut self, other: &Self) {
        if !self.said.is_empty() {
            self.said.push_str("; ");
        }
        self.said.push_str(&other.said);
        self.passes |= other.passes;
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// The result of a call that got no further.
    pub(super) fn cannot(&self, what: &str) -> CallResult {
        let said = format!("{what}; tried {}", self.said);
        if self.passes { CallResult::Failed(said) } else { CallResult::Refused(said) }
    }
}

/// What a change was answered with.
pub(super) enum Changed {
    /// The target said yes.
    Yes,
    /// It cannot be changed in this way.
    Cannot(Cause),
}

impl<'a> Target<'a> {
    pub(super) fn new(outbound: &'a Outbound, url: &'a str, secret: &Secret) -> Got<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, TYPE);
        let Ok(mut token) = HeaderValue::from_str(&format!("Bearer {}", secret.reveal())) else {
            return Err(CallResult::Refused("the token cannot be sent".to_owned()));
        };
        token.set_sensitive(true);
        headers.insert(AUTHORIZATION, token);
        Ok(Self { outbound, base: url.trim_end_matches('/'), headers })
    }

    /// What stands at a path.
    pub(super) async fn get(&self, what: &str, path: &str, query: &[(&str, &str)]) -> Got<Look> {
        let mut url = url::Url::parse(&format!("{}/{path}", self.base))
            .map_err(|_| CallResult::Refused("the address of the target cannot be read".to_owned()))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let said = Said { method: Method::GET, url: url.as_str(), headers: self.headers.clone(), body: Vec::new() };
        let answer = self.outbound.call_up_to(said, ANSWER_MAX).await.map_err(CallResult::Failed)?;
        Ok(match answer.status {
            200..=299 if answer.body.len() >= ANSWER_MAX => Look::Cannot(Cause::new(what, "the answer is too long")),
            200..=299 => match serde_json::from_slice(&answer.body) {
                Ok(found @ Value::Object(_)) => Look::Found(found),
                _ => Look::Cannot(Cause { passes: true, ..Cause::new(what, "the answer cannot be read") }),
            },
            404 => Look::Missing,
            // What the target does not know how to answer; some fall over an id that is none for them.
            400 | 403 | 405 | 406 | 410 | 414 | 415 | 422 | 500 | 501 => Look::Cannot(Cause::of(what, &answer)),
            _ => return Err(unsuccessful(&answer, &detail(&answer))),
        })
    }

    /// Changes what stands at a path. `version` is that of what is replaced.
    pub(super) async fn send(
        &self,
        what: &str,
        method: Method,
        path: &str,
        body: &Value,
        version: Option<&str>,
    ) -> Got<Changed> {
        let url = format!("{}/{path}", self.base);
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, TYPE);
        if let Some(version) = version.and_then(|version| HeaderValue::from_str(version).ok()) {
            headers.insert::<HeaderName>(IF_MATCH, version);
        }
        let said = Said { method, url: &url, headers, body: body.to_string().into_bytes() };
        let answer = self.outbound.call(said).await.map_err(CallResult::Failed)?;
        match answer.status {
            200..=299 => Ok(Changed::Yes),
            400 | 403 | 404 | 405 | 415 | 422 | 501 => Ok(Changed::Cannot(Cause::of(what, &answer))),
            412 => Err(CallResult::Failed("the group changed in the target meanwhile (status 412)".to_owned())),
            _ => Err(unsuccessful(&answer, &detail(&answer))),
        }
    }
}

/// A filter for equality; the value is a JSON string (RFC 7644, 3.4.2.2).
pub(super) fn filter(attribute: &str, value: &str) -> String {
    format!("{attribute} eq {}", Value::from(value))
}

/// A segment of a path.
pub(super) fn encoded(segment: &str) -> String {
    // A segment of dots alone leads elsewhere.
    let dots = segment.bytes().all(|byte| byte == b'.');
    segment
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => char::from(byte).to_string(),
            b'.' if !dots => ".".to_owned(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// The text of an attribute.
pub(super) fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str)
}

/// An id as it is shown.
pub(super) fn short(id: &str) -> String {
    id.chars().take(60).collect()
}

/// What a target says of an error, in its own words.
fn detail(answer: &Answer) -> String {
    let said: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let said = said.as_ref().and_then(|said| said.get("detail")?.as_str());
    said.map_or_else(|| answer.shown(), |text| text.to_owned()).chars().take(300).collect()
}
