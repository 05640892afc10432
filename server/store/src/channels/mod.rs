//! Channels: other systems that are told of events. Their messages lie in the outbox.

mod news;

use crate::connectors::Secret;
use crate::error::{Error, Result};
use crate::seal::{Opener, Place, Sealer};
use crate::{Session, new_id, settings};
use domain::channel::Subscription;
use domain::ids::ChannelId;
use domain::text::{fold, name_key};
use domain::time::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow};
use std::collections::BTreeMap;
use uuid::Uuid;

pub use news::{Answered, Claimed, News, Told, answered, claim, due, hasten, history, postpone, tell, waits};

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The channel.
    pub id: ChannelId,
    /// Display name; no other has the same ([`name_key`]).
    pub name: String,
    /// Where to, with a place for each secret.
    pub url: String,
    /// Headers beside those of every call, with places for secrets.
    pub headers: Vec<(String, String)>,
    /// The secrets, by the names of their places.
    pub secrets: BTreeMap<String, Secret>,
    /// Events that it is told of.
    pub events: Vec<String>,
    /// Signs each message.
    pub key: Secret,
    /// Keys before, the newest first, each of which signs too until its moment.
    pub old_keys: Vec<(Secret, Timestamp)>,
    /// Whether it is told anything.
    pub active: bool,
    /// Since when every message failed.
    pub failing_since: Option<Timestamp>,
    /// Why it was switched off by itself; empty when it was not.
    pub off_cause: String,
    /// Rises with each saved change.
    pub revision: i64,
    /// Whether a secret, a header or a key that lies in the database does not open: it is told nothing until they are given again.
    pub lost: bool,
}

impl Channel {
    /// A new channel with a fresh id, which is told of nothing yet.
    #[must_use]
    pub fn new(name: &str, url: &str, key: Secret) -> Self {
        Self {
            id: ChannelId(new_id()),
            name: name.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            secrets: BTreeMap::new(),
            events: Vec::new(),
            key,
            old_keys: Vec::new(),
            active: true,
            failing_since: None,
            off_cause: String::new(),
            revision: 1,
            lost: false,
        }
    }

    /// The keys that sign now, the newest first.
    #[must_use]
    pub fn keys(&self, now: Timestamp) -> Vec<&str> {
        let old = self.old_keys.iter().filter(|(_, until)| *until > now);
        std::iter::once(self.key.reveal()).chain(old.map(|(key, _)| key.reveal())).collect()
    }
}

#[derive(FromRow)]
struct Raw {
    id: Uuid,
    name: String,
    url: String,
    headers: String,
    secrets: String,
    events: Json<Vec<String>>,
    key: String,
    old_keys: String,
    active: bool,
    failing_since: Option<i64>,
    off_cause: String,
    revision: i64,
}

const fn place(column: &'static str, id: Uuid) -> Place {
    Place::new("channels", column, id)
}

/// A list as it lies in the database; an empty one when it does not open, which is noted.
fn opened<T: DeserializeOwned + Default>(opener: &Opener, place: &Place, sealed: &str, lost: &mut bool) -> Result<T> {
    if sealed.is_empty() {
        return Ok(T::default());
    }
    let read = opener.open(place, sealed)?.and_then(|text| serde_json::from_str(text.expose_secret()).ok());
    *lost |= read.is_none();
    Ok(read.unwrap_or_default())
}

/// A list as it lies in the database.
fn sealed<T: Serialize>(sealer: &Sealer, place: &Place, list: &T) -> Result<String> {
    let text = serde_json::to_string(list).map_err(|_| Error::inconsistent(place.table, place.column, place.row))?;
    sealer.seal(place, SecretString::from(text).expose_secret())
}

impl Channel {
    fn read(raw: Raw, opener: &Opener) -> Result<Self> {
        let mut lost = false;
        let secrets: BTreeMap<String, String> = opened(opener, &place("secrets", raw.id), &raw.secrets, &mut lost)?;
        let old_keys: Vec<(String, i64)> = opened(opener, &place("old_keys", raw.id), &raw.old_keys, &mut lost)?;
        let headers = opened(opener, &place("headers", raw.id), &raw.headers, &mut lost)?;
        let key = Secret::opened(opener, &place("key", raw.id), &raw.key)?;
        Ok(Self {
            id: ChannelId(raw.id),
            name: raw.name,
            url: raw.url,
            headers,
            secrets: secrets.into_iter().map(|(name, secret)| (name, Secret::new(secret))).collect(),
            events: raw.events.0,
            lost: lost || key.is_lost(),
            key,
            old_keys: old_keys.into_iter().map(|(key, until)| (Secret::new(key), Timestamp(until))).collect(),
            active: raw.active,
            failing_since: raw.failing_since.map(Timestamp),
            off_cause: raw.off_cause,
            revision: raw.revision,
        })
    }
}

const SELECT: &str = "SELECT id, name, url, headers, secrets, events, key, old_keys, active, failing_since, off_cause, \
    revision FROM channels WHERE deleted_at IS NULL";

/// All channels, by name.
///
/// # Errors
/// When the database fails.
pub async fn all(session: &mut Session) -> Result<Vec<Channel>> {
    let sql = format!("{SELECT} ORDER BY name_fold");
    let raws: Vec<Raw> = on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *c).await?);
    let opener = session.opener();
    raws.into_iter().map(|raw| Channel::read(raw, &opener)).collect()
}

/// A channel by id, unless it was removed.
///
/// # Errors
/// When the database fails.
pub async fn by_id(session: &mut Session, id: ChannelId) -> Result<Option<Channel>> {
    let sql = format!("{SELECT} AND id = $1");
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(id.0).fetch_optional(&mut *c).await?);
    raw.map(|raw| Channel::read(raw, &session.opener())).transpose()
}

/// A channel by id, which nobody else changes or tells anything until the commit.
///
/// # Errors
/// When the database fails.
pub async fn hold(session: &mut Session, id: ChannelId) -> Result<Option<Channel>> {
    let sql = format!("{SELECT} AND id = $1{}", session.lock_rows("channels"));
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(id.0).fetch_optional(&mut *c).await?);
    raw.map(|raw| Channel::read(raw, &session.opener())).transpose()
}

/// The id of the channel of a name, in whatever case ([`name_key`]).
///
/// # Errors
/// When the database fails.
pub async fn named(session: &mut Session, name: &str) -> Result<Option<ChannelId>> {
    const SQL: &str = "SELECT id FROM channels WHERE name_key = $1 AND deleted_at IS NULL";
    let found: Option<Uuid> =
        on!(session, c => sqlx::query_scalar(SQL).bind(name_key(name)).fetch_optional(&mut *c).await?);
    Ok(found.map(ChannelId))
}

/// Writes a channel: a new one, or every field of one that still is at the revision of `channel`, which rises.
///
/// # Errors
/// [`Error::Stale`] when it was saved meanwhile, [`Error::Conflict`] when another channel has the name, [`Error::NoKey`] when there is
/// no key to seal its secrets under.
pub async fn put(session: &mut Session, channel: &Channel) -> Result<()> {
    const SQL: &str = "INSERT INTO channels (id, name, name_fold, url, headers, secrets, events, key, old_keys, active,
            failing_since, off_cause, created_at, updated_at, name_key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $15)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, name_fold = excluded.name_fold, url = excluded.url,
            headers = excluded.headers, secrets = excluded.secrets, events = excluded.events, key = excluded.key,
            old_keys = excluded.old_keys, active = excluded.active,
            failing_since = excluded.failing_since, off_cause = excluded.off_cause, updated_at = excluded.updated_at,
            revision = channels.revision + 1
        WHERE channels.revision = $14 AND channels.deleted_at IS NULL";
    let now = session.now().0;
    let sealer = session.sealer().await?;
    let id = channel.id.0;
    let secrets: BTreeMap<&str, &str> =
        channel.secrets.iter().map(|(name, secret)| (name.as_str(), secret.reveal())).collect();
    let secrets = sealed(&sealer, &place("secrets", id), &secrets)?;
    // A key before that is lost signs nothing any more.
    let old_keys = channel.old_keys.iter().filter(|(key, _)| !key.is_lost());
    let old_keys: Vec<(&str, i64)> = old_keys.map(|(key, until)| (key.reveal(), until.0)).collect();
    let old_keys = sealed(&sealer, &place("old_keys", id), &old_keys)?;
    let headers = sealed(&sealer, &place("headers", id), &channel.headers)?;
    let key = channel.key.sealed(&sealer, &place("key", id))?;
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(id)
        .bind(channel.name.as_str())
        .bind(fold(&channel.name))
        .bind(channel.url.as_str())
        .bind(headers)
        .bind(secrets)
        .bind(Json(&channel.events))
        .bind(key)
        .bind(old_keys)
        .bind(channel.active)
        .bind(channel.failing_since.map(|at| at.0))
        .bind(channel.off_cause.as_str())
        .bind(now)
        .bind(channel.revision)
        .bind(name_key(&channel.name))
        .execute(&mut *c)
        .await?
        .rows_affected());
    if rows == 0 {
        return Err(Error::Stale);
    }
    subscribe(session).await
}

/// Removes a channel with its secrets; what waits for it is not sent any more.
///
/// # Errors
/// [`Error::Stale`] when it was saved meanwhile.
pub async fn delete(session: &mut Session, id: ChannelId, revision: i64) -> Result<()> {
    const SQL: &str = "UPDATE channels SET deleted_at = $1, updated_at = $1, active = $2, key = '', old_keys = '',
            secrets = '', headers = '', url = '' WHERE id = $3 AND revision = $4 AND deleted_at IS NULL";
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(now)
        .bind(false)
        .bind(id.0)
        .bind(revision)
        .execute(&mut *c)
        .await?
        .rows_affected());
    if rows == 0 {
        return Err(Error::Stale);
    }
    suppress(session, id, "the channel was removed").await?;
    subscribe(session).await
}

/// What waits for a channel is not sent any more, and why.
///
/// # Errors
/// When the database fails.
pub async fn suppress(session: &mut Session, id: ChannelId, cause: &str) -> Result<u64> {
    const SQL: &str = "UPDATE outbox SET state = 'suppressed', finished_at = $1, last_error = $2, leased_until = 0
        WHERE channel_id = $3 AND state = 'waiting'";
    let now = session.now().0;
    Ok(on!(session, c => sqlx::query(SQL).bind(now).bind(cause).bind(id.0).execute(&mut *c).await?.rows_affected()))
}

/// Keeps what the active channels want to hear of beside the settings.
async fn subscribe(session: &mut Session) -> Result<()> {
    settings::hold(session).await?;
    let active: Vec<Subscription> = all(session)
        .await?
        .into_iter()
        .filter(|channel| channel.active && !channel.events.is_empty())
        .map(|channel| Subscription { channel: channel.id, events: channel.events })
        .collect();
    settings::put_subscriptions(session, &active).await
}

/// Notes that messages of a channel fail, since now if they did not before, or that one arrived. Since when they fail.
///
/// # Errors
/// When the database fails.
pub async fn note_health(session: &mut Session, id: ChannelId, well: bool) -> Result<Option<Timestamp>> {
    const WELL: &str = "UPDATE channels SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL";
    const ILL: &str =
        "UPDATE channels SET failing_since = COALESCE(failing_since, $1) WHERE id = $2 RETURNING failing_since";
    if well {
        on!(session, c => sqlx::query(WELL).bind(id.0).execute(&mut *c).await?.rows_affected());
        return Ok(None);
    }
    let now = session.now().0;
    let since: Option<i64> =
        on!(session, c => sqlx::query_scalar(ILL).bind(now).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(since.map(Timestamp))
}

/// Switches a channel off by itself, and why; what waits for it is not sent any more. Whether it was on.
///
/// # Errors
/// When the database fails.
pub async fn switch_off(session: &mut Session, id: ChannelId, cause: &str) -> Result<bool> {
    const SQL: &str = "UPDATE channels SET active = $1, off_cause = $2, updated_at = $3, revision = revision + 1
        WHERE id = $4 AND active AND deleted_at IS NULL";
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(false).bind(cause).bind(now).bind(id.0).execute(&mut *c).await?.rows_affected());
    if rows == 0 {
        return Ok(false);
    }
    suppress(session, id, "the channel was switched off").await?;
    subscribe(session).await?;
    Ok(true)
}
