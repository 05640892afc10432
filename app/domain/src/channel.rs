//! Channels: which events other systems are told of, and addresses with places for secrets.

use crate::ids::ChannelId;
use serde::{Deserialize, Serialize};

/// The events that a channel may be told of, by their names in the audit.
pub const EVENTS: &[&str] = &[
    "request_submitted",
    "voted",
    "approved",
    "denied",
    "overridden",
    "expired",
    "canceled",
    "withdrawn",
    "error",
    "retried",
    "missing_data_found",
    "repaired",
    "confirmation_needed",
    "confirmed",
    "grant_begun",
    "grant_ended",
    "grant_revoked",
    "provisioning_failed",
];

/// The event of the test button.
pub const TEST: &str = "channel_test";

/// A channel that is on, and what it wants to hear of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The channel.
    pub channel: ChannelId,
    /// Names of events.
    pub events: Vec<String>,
}

/// The names between double braces in a text, in their order: places for secrets, as in `https://hooks.example/{{token}}`.
#[must_use]
pub fn places(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((name, beyond)) = after.split_once("}}") else { break };
        found.push(name.trim());
        rest = beyond;
    }
    found
}

/// The text with each place filled in.
///
/// # Errors
/// The name of a place for which there is no secret.
pub fn fill<'s>(text: &str, secret: impl Fn(&str) -> Option<&'s str>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, beyond)) = after.split_once("}}") else { break };
        out.push_str(before);
        out.push_str(secret(name.trim()).ok_or_else(|| name.trim().to_owned())?);
        rest = beyond;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{fill, places};

    #[test]
    fn places_are_filled_and_missing_ones_named() {
        let text = "https://hooks.example/{{ team }}/{{token}}?x={{token}}";
        assert_eq!(places(text), ["team", "token", "token"]);
        let secret = |name: &str| match name {
            "team" => Some("T1"),
            "token" => Some("s3cr3t"),
            _ => None,
        };
        assert_eq!(fill(text, secret).as_deref(), Ok("https://hooks.example/T1/s3cr3t?x=s3cr3t"));
        assert_eq!(fill("{{other}}", secret), Err("other".to_owned()));
        assert_eq!(fill("open {{ brace", secret).as_deref(), Ok("open {{ brace"));
        assert_eq!(fill("none", secret).as_deref(), Ok("none"));
    }
}
