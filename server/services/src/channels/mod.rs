//! Channels: other systems that are told of events. Secrets are written and never read back.

mod draft;
mod worker;

use crate::connectors::{fresh_key, no_key};
use crate::record::{VERSION, record};
use crate::{Error, Origin, Result, Right, Services};
use domain::channel::TEST;
use domain::ids::{ChannelId, MessageId};
use domain::people::Actor;
use domain::time::Timestamp;
use serde_json::{Value, json};
use store::Session;
use store::audit::Event;
use store::channels::{self as table, Channel, News};

pub(crate) use draft::same_origin;

pub use draft::ChannelDraft;
pub use store::channels::{Answered, Claimed, Told};
pub use store::connectors::Secret;
pub use worker::{BATCH, Call, Taken, answered, claim, due, release};

/// How long the key before still signs, in microseconds: a day.
const OLD_KEY: i64 = 86_400 * 1_000_000;
/// Keys that are kept beside the one before.
const OLD_KEYS: usize = 3;
/// Messages of a history shown at once.
const SHOWN: i64 = 50;

/// A channel as admins see it: everything but its key and its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelView {
    /// The channel.
    pub id: ChannelId,
    /// Display name.
    pub name: String,
    /// Where to, with the places for secrets.
    pub url: String,
    /// Headers, with the places for secrets.
    pub headers: Vec<(String, String)>,
    /// Names of the secrets that are kept.
    pub secrets: Vec<String>,
    /// Events that it is told of.
    pub events: Vec<String>,
    /// Until when a key before signs too.
    pub old_key_until: Option<Timestamp>,
    /// Whether it is told anything.
    pub active: bool,
    /// Since when every message failed.
    pub failing_since: Option<Timestamp>,
    /// Why it was switched off by itself.
    pub off_cause: String,
    /// The revision that an editor begins with.
    pub revision: i64,
    /// Whether a secret, a header or the key does not open any more: it is told nothing until they are given again.
    pub lost: bool,
}

impl From<Channel> for ChannelView {
    fn from(channel: Channel) -> Self {
        let Channel { id, name, url, headers, events, active, failing_since, off_cause, revision, lost, .. } = channel;
        let secrets = channel.secrets.into_keys().collect();
        let old_key_until = channel.old_keys.iter().map(|(_, until)| *until).max();
        Self {
            id,
            name,
            url,
            headers,
            secrets,
            events,
            old_key_until,
            active,
            failing_since,
            off_cause,
            revision,
            lost,
        }
    }
}

const fn admin(actor: &Actor) -> Result<()> {
    if actor.admin { Ok(()) } else { Err(Error::Forbidden) }
}

/// All channels, by name.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn all(services: &Services, actor: &Actor) -> Result<Vec<ChannelView>> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    Ok(table::all(&mut session).await?.into_iter().map(ChannelView::from).collect())
}

/// A channel with its latest messages.
#[derive(Clone, Debug)]
pub struct One {
    /// The channel.
    pub channel: ChannelView,
    /// Its latest messages, the newest first.
    pub history: Vec<Told>,
    /// The moment at which this was true.
    pub now: Timestamp,
}

/// A channel with its latest messages.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn one(services: &Services, actor: &Actor, id: ChannelId) -> Result<One> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    let channel = table::by_id(&mut session, id).await?.ok_or(Error::NotFound)?.into();
    Ok(One { channel, history: table::history(&mut session, id, SHOWN).await?, now: session.now() })
}

/// Saves a channel: a new one, or one that is there.
///
/// # Errors
/// Forbidden, not found, the fields that are wrong or were changed meanwhile, or the database fails.
pub async fn save(
    services: &Services,
    actor: &Actor,
    id: Option<ChannelId>,
    draft: &ChannelDraft,
    origin: &Origin,
) -> Result<ChannelId> {
    admin(actor)?;
    let (mut session, actor) = services.write(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let before = match id {
        Some(id) => Some(table::hold(&mut session, id).await?.ok_or(Error::NotFound)?),
        None => None,
    };
    let named = table::named(&mut session, &draft.name).await?;
    let taken = named.is_some_and(|other| Some(other) != id);
    let after = draft.read(before.as_ref(), taken, &services.targets).map_err(Error::Invalid)?;
    match table::put(&mut session, &after).await {
        Err(store::Error::Stale) => return Err(draft::changed_meanwhile()),
        Err(store::Error::NoKey) => return Err(no_key("key")),
        other => other?,
    }
    if before.as_ref().is_some_and(|before| before.active) && !after.active {
        table::suppress(&mut session, after.id, "the channel was switched off").await?;
    }
    let detail = json!({ "before": before.as_ref().map(facts), "after": facts(&after) });
    changed(&mut session, actor, &after.name, detail, origin).await?;
    session.commit().await?;
    services.ring();
    Ok(after.id)
}

/// Makes a new key and gives it back, to be shown once. Each key before signs for a day after its own successor came, so that the
/// receiver may change over without losing a message.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn renew_key(services: &Services, actor: &Actor, id: ChannelId, origin: &Origin) -> Result<String> {
    admin(actor)?;
    let (mut session, actor) = services.write(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let before = table::hold(&mut session, id).await?.ok_or(Error::NotFound)?;
    let (key, now) = (fresh_key(), session.now());
    let mut old_keys = vec![(before.key.clone(), Timestamp(now.0 + OLD_KEY))];
    old_keys.extend(before.old_keys.iter().filter(|(_, until)| *until > now).take(OLD_KEYS).cloned());
    let after = Channel { key: Secret::new(key.clone()), old_keys, ..before };
    table::put(&mut session, &after).await?;
    changed(&mut session, actor, &after.name, json!({ "key_renewed": true }), origin).await?;
    session.commit().await?;
    Ok(key)
}

/// Removes a channel with its secrets; what waits for it is not sent any more.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn remove(services: &Services, actor: &Actor, id: ChannelId, origin: &Origin) -> Result<String> {
    admin(actor)?;
    let (mut session, actor) = services.write(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let channel = table::hold(&mut session, id).await?.ok_or(Error::NotFound)?;
    table::delete(&mut session, id, channel.revision).await?;
    changed(&mut session, actor, &channel.name, json!({ "before": facts(&channel), "after": Value::Null }), origin)
        .await?;
    session.commit().await?;
    Ok(channel.name)
}

/// Sends a test event to a channel; what it answers shows in its history.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn test(services: &Services, actor: &Actor, id: ChannelId, origin: &Origin) -> Result<()> {
    admin(actor)?;
    let (mut session, actor) = services.write(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let channel = table::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    let payload = json!({
        "type": TEST,
        "version": VERSION,
        "occurred_at": session.now().to_string(),
        "correlation_id": Value::Null,
        "data": { "request": Value::Null, "actor": { "id": actor.id, "name": actor.name } },
    });
    let news = News { id: MessageId(store::new_id()), channel: id, kind: TEST.to_owned(), request: None, payload };
    table::tell(&mut session, &[news]).await?;
    changed(&mut session, actor, &channel.name, json!({ "tested": true }), origin).await?;
    session.commit().await?;
    services.ring();
    Ok(())
}

async fn changed(session: &mut Session, actor: &Actor, name: &str, detail: Value, origin: &Origin) -> Result<()> {
    let event = Event {
        kind: "channel_changed",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        subject: name,
        detail,
        ..Event::default()
    };
    record(session, &event).await
}

/// What the record says of a channel: the names of its secrets, never the secrets.
fn facts(channel: &Channel) -> Value {
    let headers: Vec<_> = channel.headers.iter().map(|(name, _)| name).collect();
    let secrets: Vec<_> = channel.secrets.keys().collect();
    json!({ "name": channel.name, "url": channel.url, "headers": headers, "secrets": secrets, "events": channel.events,
        "active": channel.active })
}
