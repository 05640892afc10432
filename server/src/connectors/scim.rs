//! The SCIM 2.0 connector (RFC 7644): membership in a group of the target, by PATCH, read back.
//!
//! The group is the one that the target knows by the id, the external id or the display name that our group is bound to; the person
//! the one whose external id is ours, or whose user name is their email.

use super::unsuccessful;
use crate::outbound::{Answer, Outbound, Said};
use domain::connector::CallResult;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};
use services::provisioning::Claimed;

const TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");

/// A target, as one call sees it.
struct Target<'a> {
    outbound: &'a Outbound,
    base: &'a str,
    headers: HeaderMap,
}

/// What was asked for, or what it means that it is not to be had.
type Got<T> = Result<T, CallResult>;

pub(super) async fn carry_out(outbound: &Outbound, call: &Claimed) -> CallResult {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, TYPE);
    let Ok(mut token) = HeaderValue::from_str(&format!("Bearer {}", call.secret.reveal())) else {
        return CallResult::Refused("the token cannot be sent".to_owned());
    };
    token.set_sensitive(true);
    headers.insert(AUTHORIZATION, token);
    let target = Target { outbound, base: call.url.trim_end_matches('/'), headers };
    target.carry_out(call).await.unwrap_or_else(|result| result)
}

impl Target<'_> {
    async fn carry_out(&self, call: &Claimed) -> Got<CallResult> {
        let gives = call.action.gives();
        let user = match self.user(call).await? {
            Some(user) => user,
            // Nobody there has nothing to lose.
            None if !gives => return Ok(CallResult::Done),
            None => return Err(CallResult::Refused(format!("the target knows nobody as {}", call.email))),
        };
        let Some(group) = self.group(call).await? else {
            let name = if call.external_id.is_empty() { &call.group_name } else { &call.external_id };
            return Err(CallResult::Refused(format!("the target has no group {name}")));
        };
        if self.is_member(&group, &user).await? != gives {
            self.patch(&group, &user, gives).await?;
        }
        // The target's word is not enough: it is done when it can be read.
        if self.is_member(&group, &user).await? == gives {
            return Ok(CallResult::Done);
        }
        let what = if gives { "is not in the group" } else { "is still in the group" };
        Ok(CallResult::Failed(format!("the target said yes, but {} {what}", call.email)))
    }

    async fn user(&self, call: &Claimed) -> Got<Option<String>> {
        let by_id = self.find("Users", &filter("externalId", &call.person.to_string())).await?;
        match by_id {
            Some(id) => Ok(Some(id)),
            None => self.find("Users", &filter("userName", &call.email)).await,
        }
    }

    async fn group(&self, call: &Claimed) -> Got<Option<String>> {
        let named = if call.external_id.is_empty() { call.group_name.as_str() } else { call.external_id.as_str() };
        let path = format!("Groups/{}", encoded(named));
        if let Some(found) = self.get(&path, &[("attributes", "id")]).await?
            && let Some(id) = found.get("id").and_then(Value::as_str)
        {
            return Ok(Some(id.to_owned()));
        }
        match self.find("Groups", &filter("externalId", named)).await? {
            Some(id) => Ok(Some(id)),
            None => self.find("Groups", &filter("displayName", named)).await,
        }
    }

    /// The id of the one that a filter finds. Of several it is not known who is meant.
    async fn find(&self, kind: &str, filter: &str) -> Got<Option<String>> {
        let query = [("filter", filter), ("attributes", "id"), ("count", "2")];
        let Some(found) = self.get(kind, &query).await? else { return Ok(None) };
        let list = found.get("Resources").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        match list {
            [] => Ok(None),
            [one] => Ok(one.get("id").and_then(Value::as_str).map(str::to_owned)),
            _ => Err(CallResult::Refused(format!("the target knows several by {filter}"))),
        }
    }

    async fn is_member(&self, group: &str, user: &str) -> Got<bool> {
        let path = format!("Groups/{}", encoded(group));
        let found = self.get(&path, &[("attributes", "members")]).await?;
        let found = found.ok_or_else(|| CallResult::Refused("the group is gone from the target".to_owned()))?;
        let members = found.get("members").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Ok(members.iter().any(|member| member.get("value").and_then(Value::as_str) == Some(user)))
    }

    async fn patch(&self, group: &str, user: &str, gives: bool) -> Got<()> {
        let operation = if gives {
            json!({ "op": "add", "path": "members", "value": [{ "value": user }] })
        } else {
            json!({ "op": "remove", "path": format!("members[{}]", filter("value", user)) })
        };
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [operation],
        });
        let url = format!("{}/Groups/{}", self.base, encoded(group));
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, TYPE);
        let said = Said { method: Method::PATCH, url: &url, headers, body: body.to_string().into_bytes() };
        let answer = self.outbound.call(said).await.map_err(CallResult::Failed)?;
        if (200..300).contains(&answer.status) { Ok(()) } else { Err(unsuccessful(&answer, &detail(&answer))) }
    }

    /// What stands at a path; nothing when the target does not know it.
    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Got<Option<Value>> {
        let mut url = url::Url::parse(&format!("{}/{path}", self.base))
            .map_err(|_| CallResult::Refused("the address of the target cannot be read".to_owned()))?;
        url.query_pairs_mut().extend_pairs(query);
        let said = Said { method: Method::GET, url: url.as_str(), headers: self.headers.clone(), body: Vec::new() };
        let answer = self.outbound.call(said).await.map_err(CallResult::Failed)?;
        match answer.status {
            200..=299 => serde_json::from_slice(&answer.body)
                .map(Some)
                .map_err(|_| CallResult::Failed("the target's answer cannot be read".to_owned())),
            404 => Ok(None),
            _ => Err(unsuccessful(&answer, &detail(&answer))),
        }
    }
}

/// A filter for equality; the value is a JSON string (RFC 7644, 3.4.2.2).
fn filter(attribute: &str, value: &str) -> String {
    format!("{attribute} eq {}", Value::from(value))
}

/// A segment of a path.
fn encoded(segment: &str) -> String {
    segment
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// What a target says of an error, in its own words.
fn detail(answer: &Answer) -> String {
    let said: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let said = said.as_ref().and_then(|said| said.get("detail")?.as_str());
    said.map_or_else(|| answer.shown(), |text| text.chars().take(300).collect())
}
