//! The webhook connector: a signed POST after the Standard Webhooks scheme.
//!
//! `webhook-id` is the idempotency key: constant over attempts, so a receiver may answer a repeated call as it answered the first.
//! 2xx means done, unless the body is `{"status":"refused","reason":"…"}`; 408, 425, 429 and 5xx are tried again; everything else is
//! a refusal, whose `reason`, or first words, people are shown.

use super::unsuccessful;
use crate::outbound::{Answer, Outbound, Said, sign};
use domain::connector::CallResult;
use domain::time::Timestamp;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};
use services::provisioning::Claimed;

/// Version of the payload; a field may be added without a new one.
const VERSION: u8 = 1;

pub(super) async fn carry_out(outbound: &Outbound, call: &Claimed, now: Timestamp) -> CallResult {
    let body = payload(call).to_string().into_bytes();
    let seconds = now.0.div_euclid(1_000_000);
    let signature = sign(&[call.secret.reveal()], &call.key, seconds, &body);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("webhook-id", call.key.as_str()),
        ("webhook-timestamp", seconds.to_string().as_str()),
        ("webhook-signature", signature.as_str()),
    ] {
        let Ok(value) = HeaderValue::from_str(value) else {
            return CallResult::Refused("the call could not be written".to_owned());
        };
        headers.insert(name, value);
    }
    match outbound.call(Said { method: Method::POST, url: &call.url, headers, body }).await {
        Ok(answer) => result(&answer),
        Err(words) => CallResult::Failed(words),
    }
}

fn payload(call: &Claimed) -> Value {
    let kind = if call.action.gives() { "access.grant" } else { "access.revoke" };
    let mut payload = json!({
        "type": kind,
        "version": VERSION,
        "timestamp": call.created_at.to_string(),
        "data": {
            "request": call.request,
            "person": { "id": call.person, "email": call.email, "name": call.name },
            "group": { "id": call.group, "name": call.group_name, "external_id": call.external_id },
            "resource": call.resource,
            "access_ends": call.ends_at.map(|at| at.to_string()),
        },
    });
    // Whoever knows people by their address knows them by the one under which they were put in.
    if let Some(email) = call.kept.email.as_deref().filter(|_| !call.action.gives()) {
        payload["data"]["person"]["email_when_granted"] = email.into();
    }
    payload
}

fn result(answer: &Answer) -> CallResult {
    let said: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let text = |name: &str| said.as_ref().and_then(|said| said.get(name)?.as_str()).map(str::to_owned);
    let reason = text("reason").unwrap_or_else(|| answer.shown());
    if !(200..300).contains(&answer.status) {
        return unsuccessful(answer, &reason);
    }
    if text("status").is_some_and(|status| status == "refused") {
        return CallResult::Refused(text("reason").unwrap_or_else(|| "the target refused".to_owned()));
    }
    CallResult::Done
}
