//! A channel, typed.

use crate::Error;
use crate::connectors::{signing_key, target};
use domain::channel::{EVENTS, fill, places};
use domain::connector::Network;
use domain::validate::{self, FieldCode, FieldError};
use std::collections::BTreeMap;
use std::fmt;
use store::channels::Channel;
use store::connectors::Secret;

/// Longest secret and longest value of a header, in characters.
const LONGEST: usize = 4096;
/// Shortest signing key, in bytes (Standard Webhooks: 24 to 64).
const KEY_MIN: usize = 24;
/// Headers that Doorward writes itself, or that would change where a call goes.
const OWN: [&str; 8] = [
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "connection",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
];

/// A channel, typed. Secrets that are not named stay as they are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ChannelDraft {
    /// Display name.
    pub name: String,
    /// Where to; `{{name}}` stands for a secret.
    pub url: String,
    /// One header a line, `Name: value`.
    pub headers: String,
    /// One secret a line, `name=value`.
    pub secrets: String,
    /// Names of events.
    pub events: Vec<String>,
    /// Signing key of a new channel, `whsec_…`.
    pub key: String,
    /// Whether it is told anything.
    pub active: bool,
    /// The revision that the editor began with.
    pub revision: i64,
}

impl fmt::Debug for ChannelDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, url, events, active, .. } = self;
        f.debug_struct("ChannelDraft")
            .field("name", name)
            .field("url", url)
            .field("events", events)
            .field("active", active)
            .finish_non_exhaustive()
    }
}

/// What an editor that began before the last save is told.
pub(super) fn changed_meanwhile() -> Error {
    Error::Invalid(vec![FieldError::new("name", FieldCode::ChangedMeanwhile)])
}

impl ChannelDraft {
    /// The channel that is typed, over the one that is there.
    pub(super) fn read(
        &self,
        before: Option<&Channel>,
        taken: bool,
        allowed: &[Network],
    ) -> Result<Channel, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = validate::name("name", &self.name).unwrap_or_else(|error| {
            errors.push(error);
            String::new()
        });
        if taken {
            errors.push(FieldError::new("name", FieldCode::Taken));
        }
        let mut secrets = before.map(|before| before.secrets.clone()).unwrap_or_default();
        match pairs(&self.secrets, '=') {
            Some(typed) if typed.iter().all(|(name, value)| is_name(name) && is_value(value)) => {
                secrets.extend(typed.into_iter().map(|(name, value)| (name, Secret::new(value))));
            }
            _ => errors.push(FieldError::new("secrets", FieldCode::Malformed)),
        }
        let headers = pairs(&self.headers, ':').unwrap_or_default();
        let sound = |(name, value): &(String, String)| is_header(name) && is_value(value);
        if pairs(&self.headers, ':').is_none() || !headers.iter().all(sound) {
            errors.push(FieldError::new("headers", FieldCode::Malformed));
        }
        let url = self.url.trim().to_owned();
        match address(&url, &secrets, allowed) {
            Err(error) => errors.push(error),
            // A kept secret goes where it was given for and nowhere else: it could be read at another address.
            Ok(()) if before.is_some_and(|before| !same_origin(&before.url, &url)) => {
                let typed: Vec<_> = pairs(&self.secrets, '=').unwrap_or_default();
                let kept = |place: &&str| !typed.iter().any(|(name, _)| name == *place);
                let values = headers.iter().map(|(_, value)| value.as_str());
                if std::iter::once(url.as_str()).chain(values).any(|text| places(text).iter().any(kept)) {
                    errors.push(FieldError::new("secrets", FieldCode::TypeAgain));
                }
            }
            Ok(()) => {}
        }
        for (_, value) in &headers {
            if let Err(place) = fill(value, |place| secrets.get(place).map(Secret::reveal)) {
                errors.push(FieldError::new("headers", FieldCode::UnknownName(place)));
                break;
            }
        }
        let events: Vec<String> = EVENTS
            .iter()
            .filter(|event| self.events.iter().any(|typed| typed == *event))
            .map(|event| (*event).to_owned())
            .collect();
        if events.is_empty() {
            errors.push(FieldError::new("events", FieldCode::Required));
        }
        let key = match before {
            Some(before) => before.key.clone(),
            None => {
                let typed = self.key.trim();
                if signing_key(typed).is_none_or(|key| key.len() < KEY_MIN) {
                    errors.push(FieldError::new("key", FieldCode::SigningKey));
                }
                Secret::new(typed)
            }
        };
        if !errors.is_empty() {
            return Err(errors);
        }
        // What no place names any more is not kept.
        let used: Vec<String> = std::iter::once(&url)
            .chain(headers.iter().map(|(_, value)| value))
            .flat_map(|text| places(text))
            .map(str::to_owned)
            .collect();
        secrets.retain(|name, _| used.contains(name));
        let anew = before.is_none_or(|before| !before.active) && self.active;
        let base = before.cloned().unwrap_or_else(|| Channel::new(&name, &url, key.clone()));
        Ok(Channel {
            name,
            headers,
            secrets,
            events,
            key,
            active: self.active,
            failing_since: if anew { None } else { base.failing_since },
            off_cause: if self.active { String::new() } else { base.off_cause },
            revision: if before.is_some() { self.revision } else { 1 },
            id: base.id,
            old_keys: base.old_keys,
            lost: base.lost,
            url,
        })
    }
}

/// Where a channel leads, with its secrets filled in: they may be anything but the host.
fn address(url: &str, secrets: &BTreeMap<String, Secret>, allowed: &[Network]) -> Result<(), FieldError> {
    let filled = fill(url, |place| secrets.get(place).map(Secret::reveal))
        .map_err(|place| FieldError::new("url", FieldCode::UnknownName(place)))?;
    target(&filled, allowed)?;
    let hidden = fill(url, |_| Some("x")).unwrap_or_default();
    let host = |text: &str| url::Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
    if host(&filled) == host(&hidden) { Ok(()) } else { Err(FieldError::new("url", FieldCode::Link)) }
}

/// Whether two addresses lead to the same server.
pub(crate) fn same_origin(one: &str, other: &str) -> bool {
    let origin = |text: &str| url::Url::parse(text).ok().map(|url| url.origin());
    origin(one) == origin(other)
}

/// Lines of a name and a value; nothing when one is not.
fn pairs(text: &str, between: char) -> Option<Vec<(String, String)>> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (name, value) = line.split_once(between)?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// A token of RFC 9110, 5.6.2, that Doorward does not write itself.
fn is_header(name: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(token) && !OWN.contains(&name.to_ascii_lowercase().as_str())
}

fn is_value(value: &str) -> bool {
    !value.is_empty() && value.len() <= LONGEST && value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::ChannelDraft;
    use crate::connectors::fresh_key;
    use store::connectors::Secret;

    fn draft() -> ChannelDraft {
        ChannelDraft {
            name: "Chat".to_owned(),
            url: "https://hooks.example.org/{{team}}".to_owned(),
            headers: "X-Token: Bearer {{token}}\n".to_owned(),
            secrets: "team=T1\ntoken = s3cr3t\nunused=1".to_owned(),
            events: vec!["approved".to_owned(), "nonsense".to_owned()],
            key: fresh_key(),
            active: true,
            revision: 1,
        }
    }

    fn wrong(draft: &ChannelDraft) -> Vec<String> {
        draft.read(None, false, &[]).expect_err("wrong").into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn secrets_fill_places_and_are_kept_when_they_are_not_typed_again() {
        let channel = draft().read(None, false, &[]).expect("sound");
        assert_eq!(channel.secrets.keys().collect::<Vec<_>>(), ["team", "token"]);
        assert_eq!(channel.events, ["approved"]);
        let again = ChannelDraft { secrets: "team=T2".to_owned(), key: String::new(), ..draft() };
        let again = again.read(Some(&channel), false, &[]).expect("sound");
        assert_eq!(again.secrets["token"], Secret::new("s3cr3t"));
        assert_eq!(again.secrets["team"], Secret::new("T2"));
        assert_eq!((again.id, again.key == channel.key), (channel.id, true));
    }

    #[test]
    fn each_wrong_field_is_named() {
        let d = draft;
        assert_eq!(wrong(&ChannelDraft { secrets: String::new(), ..d() }), ["url", "headers"]);
        assert_eq!(wrong(&ChannelDraft { headers: "Host: evil".to_owned(), ..d() }), ["headers"]);
        assert_eq!(wrong(&ChannelDraft { headers: "no colon".to_owned(), ..d() }), ["headers"]);
        assert_eq!(wrong(&ChannelDraft { headers: "X: a\u{7}".to_owned(), ..d() }), ["headers"]);
        assert_eq!(wrong(&ChannelDraft { url: "http://hooks.example.org".to_owned(), ..d() }), ["url"]);
        assert_eq!(wrong(&ChannelDraft { url: "https://10.0.0.1/{{team}}".to_owned(), ..d() }), ["url"]);
        // A secret must not decide where a call goes.
        assert_eq!(wrong(&ChannelDraft { url: "https://{{team}}.example.org/".to_owned(), ..d() }), ["url"]);
        assert_eq!(wrong(&ChannelDraft { events: Vec::new(), ..d() }), ["events"]);
        assert_eq!(wrong(&ChannelDraft { key: "whsec_AAAA".to_owned(), ..d() }), ["key"]);
        let errors = draft().read(None, true, &[]).expect_err("taken");
        assert_eq!(errors[0].field, "name");
    }
}
