//! Connectors, created and edited by admins. Secrets are written and never read back.

use crate::{Error, Origin, Result, Right, Services};
use base64::Engine as _;
use domain::connector::{ConnectorKind, Network, may_call};
use domain::ids::ConnectorId;
use domain::people::Actor;
use domain::validate::{self, FieldCode, FieldError};
use serde_json::{Value, json};
use std::net::IpAddr;
use store::audit::Event;
use store::connectors::{self as table, Connector, Secret};

/// Shortest signing key of a webhook, in bytes (Standard Webhooks: 24 to 64).
const KEY_MIN: usize = 24;
/// Longest secret, in characters.
const SECRET_MAX: usize = 4096;

/// A connector, typed. `secret` is empty when it stays as it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ConnectorDraft {
    /// Display name.
    pub name: String,
    /// `webhook` or `scim`.
    pub kind: String,
    /// Where to.
    pub url: String,
    /// Signing key (`whsec_…`) or bearer token.
    pub secret: String,
    /// Whether it carries anything out.
    pub active: bool,
    /// Revision of what the editor showed; nothing is compared when absent.
    pub seen: Option<i64>,
}

impl std::fmt::Debug for ConnectorDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, kind, url, active, .. } = self;
        f.debug_struct("ConnectorDraft")
            .field("name", name)
            .field("kind", kind)
            .field("url", url)
            .field("active", active)
            .finish()
    }
}

/// A connector as admins see it: everything but its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectorView {
    /// The connector.
    pub id: ConnectorId,
    /// Display name.
    pub name: String,
    /// What it speaks.
    pub kind: ConnectorKind,
    /// Where to.
    pub url: String,
    /// Whether it carries anything out.
    pub active: bool,
    /// Names of the groups that it gives.
    pub groups: Vec<String>,
    /// Its revision, for an editor that begins with it.
    pub revision: Option<i64>,
}

const fn admin(actor: &Actor) -> Result<()> {
    if actor.admin { Ok(()) } else { Err(Error::Forbidden) }
}

/// All connectors, by name.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn all(services: &Services, actor: &Actor) -> Result<Vec<ConnectorView>> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    let mut out = Vec::new();
    for connector in table::all(&mut session).await? {
        let groups = table::groups(&mut session, connector.id).await?;
        let groups = groups.into_iter().map(|(_, name)| name).collect();
        let revision = table::revision(&mut session, connector.id).await?;
        let Connector { id, name, kind, url, active, .. } = connector;
        out.push(ConnectorView { id, name, kind, url, active, groups, revision });
    }
    Ok(out)
}

/// A connector.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn one(services: &Services, actor: &Actor, id: ConnectorId) -> Result<ConnectorView> {
    all(services, actor).await?.into_iter().find(|connector| connector.id == id).ok_or(Error::NotFound)
}

/// A fresh signing key for a webhook, to be shown once.
#[must_use]
pub fn fresh_key() -> String {
    let mut bytes = [0_u8; 32];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut bytes);
    format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(bytes))
}

/// Saves a connector: a new one, or one that is there.
///
/// # Errors
/// Forbidden, not found, the fields that are wrong, or the database fails.
pub async fn save(
    services: &Services,
    actor: &Actor,
    id: Option<ConnectorId>,
    draft: &ConnectorDraft,
    origin: &Origin,
) -> Result<ConnectorId> {
    admin(actor)?;
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let before = match id {
        Some(id) => Some(table::by_id(&mut session, id).await?.ok_or(Error::NotFound)?),
        None => None,
    };
    let mut errors = Vec::new();
    let mut keep = |given: std::result::Result<String, FieldError>| {
        given.unwrap_or_else(|error| {
            errors.push(error);
            String::new()
        })
    };
    let name = keep(validate::name("name", &draft.name));
    let url = keep(target(&draft.url, &services.targets));
    let kind = ConnectorKind::parse(&draft.kind).unwrap_or(ConnectorKind::Webhook);
    let kept = before.as_ref().filter(|before| before.kind == kind).map(|before| before.secret.clone());
    // A token goes where it was given for and nowhere else: it could be read at another address.
    let moved = kind == ConnectorKind::Scim
        && before.as_ref().is_some_and(|before| !crate::channels::same_origin(&before.url, &url));
    let secret = match (draft.secret.trim(), kept) {
        ("", Some(kept)) if moved || kept.is_lost() => {
            Secret::new(keep(Err(FieldError::new("secret", FieldCode::TypeAgain))))
        }
        ("", Some(kept)) => kept,
        (typed, _) => Secret::new(keep(secret(kind, typed))),
    };
    if let Some(other) = table::named(&mut session, &name).await?
        && Some(other) != id
    {
        errors.push(FieldError::new("name", FieldCode::Taken));
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    if let Some(before) = &before
        && draft.seen.is_some()
        && draft.seen != table::revision(&mut session, before.id).await?
    {
        return Err(Error::Invalid(vec![FieldError::new("seen", FieldCode::ChangedMeanwhile)]));
    }
    let renewed = before.as_ref().is_some_and(|before| before.secret != secret);
    let connector = match &before {
        Some(before) => Connector { id: before.id, name, kind, url, secret, active: draft.active },
        None => Connector { active: draft.active, ..Connector::new(&name, kind, &url, secret) },
    };
    match table::put(&mut session, &connector).await {
        Err(store::Error::NoKey) => return Err(no_key("secret")),
        other => other?,
    }
    // What waited for it may go now; what differs is seen with it as it is from now on.
    store::provisioning::hasten(&mut session, connector.id).await?;
    crate::targets::compare(&mut session, crate::targets::Scope::All).await?;
    let detail =
        json!({ "before": before.as_ref().map(facts), "after": facts(&connector), "secret_replaced": renewed });
    let event = Event {
        kind: "connector_changed",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        subject: &connector.name,
        detail,
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    session.commit().await?;
    services.ring();
    Ok(connector.id)
}

/// What is told at the field of a secret that cannot be kept.
pub(crate) fn no_key(field: &str) -> Error {
    tracing::warn!("a secret was not kept: DOORWARD_KEY is not set");
    Error::Invalid(vec![FieldError::new(field, FieldCode::NoKey)])
}

fn facts(connector: &Connector) -> Value {
    json!({ "name": connector.name, "kind": connector.kind, "url": connector.url, "active": connector.active })
}

fn secret(kind: ConnectorKind, typed: &str) -> std::result::Result<String, FieldError> {
    let wrong = |code| Err(FieldError::new("secret", code));
    if typed.is_empty() {
        return wrong(FieldCode::Required);
    }
    if typed.chars().count() > SECRET_MAX {
        return wrong(FieldCode::TooLong(SECRET_MAX));
    }
    if typed.chars().any(char::is_whitespace) || validate::has_unseen(typed, false) {
        return wrong(FieldCode::ControlCharacter);
    }
    let signs = kind == ConnectorKind::Webhook;
    if signs && signing_key(typed).is_none_or(|key| key.len() < KEY_MIN) {
        return wrong(FieldCode::SigningKey);
    }
    Ok(typed.to_owned())
}

/// The bytes of a signing key written as `whsec_` and base64 (Standard Webhooks).
#[must_use]
pub fn signing_key(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix("whsec_").unwrap_or(text);
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

/// The address of a target: https, or http on loopback; no credentials in it; a literal address only if it may be called
/// (`trust.md` A74). What a name resolves to is looked at when it is called.
pub(crate) fn target(typed: &str, allowed: &[Network]) -> std::result::Result<String, FieldError> {
    let wrong = |code| Err(FieldError::new("url", code));
    let typed = typed.trim();
    if typed.is_empty() {
        return wrong(FieldCode::Required);
    }
    if validate::has_unseen(typed, false) {
        return wrong(FieldCode::Link);
    }
    let Ok(url) = url::Url::parse(typed) else { return wrong(FieldCode::Link) };
    let literal: Option<IpAddr> = match url.host() {
        Some(url::Host::Ipv4(v4)) => Some(v4.into()),
        Some(url::Host::Ipv6(v6)) => Some(v6.into()),
        Some(url::Host::Domain(_)) => None,
        None => return wrong(FieldCode::Link),
    };
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let local = literal.is_some_and(|address| address.is_loopback()) || host == "localhost";
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if typed.len() > 2048 || !plain || !(url.scheme() == "https" || (url.scheme() == "http" && local)) {
        return wrong(FieldCode::Link);
    }
    let private = |address: IpAddr| !may_call(address, allowed);
    let loopback = IpAddr::from([127, 0, 0, 1]);
    if literal.is_some_and(private) || (host == "localhost" && private(loopback)) || url.port() == Some(25) {
        return wrong(FieldCode::PrivateTarget);
    }
    Ok(url.to_string())
}

#[cfg(test)]
mod tests {
    use super::{fresh_key, signing_key, target};
    use domain::connector::Network;
    use domain::validate::FieldCode;

    #[test]
    fn addresses_of_targets() {
        let allowed = [Network::parse("127.0.0.0/8").expect("a range")];
        for good in ["https://hooks.example.org/x", "https://8.8.8.8/", "https://[2606:4700::1111]/scim/v2"] {
            assert!(target(good, &[]).is_ok(), "{good}");
        }
        assert!(target("http://127.0.0.1:9000/hook", &allowed).is_ok());
        assert!(target("http://localhost:9000/hook", &allowed).is_ok());
        for (bad, code) in [
            ("", FieldCode::Required),
            ("nonsense", FieldCode::Link),
            ("ftp://x.example", FieldCode::Link),
            ("http://x.example/", FieldCode::Link),
            ("https://user:pass@x.example/", FieldCode::Link),
            ("http://127.0.0.1/", FieldCode::PrivateTarget),
            ("https://localhost/", FieldCode::PrivateTarget),
            ("https://10.0.0.1/", FieldCode::PrivateTarget),
            ("https://2130706433/", FieldCode::PrivateTarget),
            ("https://0x7f.1/", FieldCode::PrivateTarget),
            ("https://017700000001/", FieldCode::PrivateTarget),
            ("https://127.0.0.1./", FieldCode::PrivateTarget),
            ("https://[::1]/", FieldCode::PrivateTarget),
            ("https://[::ffff:169.254.169.254]/", FieldCode::PrivateTarget),
            ("https://[2002:7f00:1::]/", FieldCode::PrivateTarget),
            ("https://[64:ff9b::7f00:1]/", FieldCode::PrivateTarget),
            ("https://x.example:25/", FieldCode::PrivateTarget),
        ] {
            assert_eq!(target(bad, &[]).expect_err(bad).code, code, "{bad}");
        }
    }

    #[test]
    fn a_fresh_key_is_a_key() {
        assert_eq!(signing_key(&fresh_key()).map(|key| key.len()), Some(32));
    }
}
