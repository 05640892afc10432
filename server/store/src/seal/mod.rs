//! Secrets lie sealed in the database: encrypted and authenticated, each for its own row and column, under a key from outside.
//!
//! What is sealed is listed in [`SEALED`]. The one row of `sealing` names the key and holds a value that only this key opens, so that
//! a wrong key is known at once; its name is empty until the first secret is sealed, and what lies in the columns until then is in
//! clear, from a version that did not seal.

mod key;
mod keys;

use crate::error::{Error, Result};
use crate::{Session, Store};
use secrecy::{ExposeSecret, SecretString};
use sqlx::AssertSqlSafe;
use std::sync::Arc;
use uuid::Uuid;

pub(crate) use key::Place;
pub use key::{Key, NoKey};
pub use keys::KeyPlace;
pub(crate) use keys::Keys;

/// Every column whose values are sealed.
const SEALED: [(&str, &str); 5] = [
    ("connectors", "secret"),
    ("channels", "headers"),
    ("channels", "secrets"),
    ("channels", "key"),
    ("channels", "old_keys"),
];
/// What stands in the place of a value that no key opens any more.
const LOST: &str = "lost";
/// What the proof holds.
const PROOF: &str = "doorward";
/// Where the proof stands.
const PROVES: Place = Place::new("sealing", "proof", Uuid::nil());
/// Where a form stands that lies in a browser for a while: in no table.
const FORM: Place = Place::new("", "form", Uuid::nil());

/// What was sealed anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// How many values.
    pub values: usize,
    /// Names of the connectors and channels of which a value could not be opened: it is lost, and must be typed again.
    pub lost: Vec<String>,
}

/// The key and the proof of the database.
#[derive(Clone, Debug)]
struct Registered {
    key_id: String,
    proof: String,
}

async fn registered(session: &mut Session) -> Result<Registered> {
    const SQL: &str = "SELECT key_id, proof FROM sealing WHERE id = 1";
    let (key_id, proof) = on!(session, c => sqlx::query_as(SQL).fetch_one(&mut *c).await?);
    Ok(Registered { key_id, proof })
}

async fn register(session: &mut Session, key: &Key, before: &str) -> Result<bool> {
    const SQL: &str = "UPDATE sealing SET key_id = $1, proof = $2 WHERE id = 1 AND key_id = $3";
    let proof = seal(key, &PROVES, PROOF)?;
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(key.id()).bind(proof).bind(before).execute(&mut *c).await?.rows_affected());
    Ok(rows == 1)
}

pub(crate) fn seal(key: &Key, place: &Place, plain: &str) -> Result<String> {
    key.seal(place, plain).map_err(|error| Error::Key(error.to_string()))
}

/// Opens the values of a session.
#[derive(Clone, Debug)]
pub(crate) struct Opener(Arc<Keys>);

impl Opener {
    /// Opens a value; nothing when it is lost: it was changed, or stands where it was not sealed for.
    ///
    /// # Errors
    /// [`Error::OtherKey`] when it is sealed under a key that the store does not have.
    pub(crate) fn open(&self, place: &Place, sealed: &str) -> Result<Option<SecretString>> {
        if sealed.is_empty() {
            return Ok(Some(String::new().into()));
        }
        let Some(id) = key::key_of(sealed) else { return Ok(None) };
        let key = self.0.named(id)?.ok_or_else(|| Error::OtherKey(id.to_owned()))?;
        Ok(key.open(place, sealed))
    }
}

/// Seals the values of a write transaction.
#[derive(Clone, Debug)]
pub(crate) struct Sealer(Key);

impl Sealer {
    /// Seals a value.
    pub(crate) fn seal(&self, place: &Place, plain: &str) -> Result<String> {
        seal(&self.0, place, plain)
    }
}

impl Session {
    /// What opens sealed values.
    pub(crate) fn opener(&self) -> Opener {
        Opener(self.keys())
    }

    /// What seals values; the key is made at the first need, where it can be.
    ///
    /// # Errors
    /// [`Error::NoKey`] when there is none, [`Error::OtherKey`] when it is not the database's.
    pub(crate) async fn sealer(&mut self) -> Result<Sealer> {
        let keys = self.keys();
        let mut id = registered(self).await?.key_id;
        if id.is_empty() {
            let key = keys.make()?.ok_or(Error::NoKey)?;
            if register(self, &key, "").await? {
                return Ok(Sealer(key));
            }
            // Another server was faster.
            id = registered(self).await?.key_id;
        }
        match keys.named(&id)? {
            Some(key) => Ok(Sealer(key)),
            None => Err(Error::OtherKey(id)),
        }
    }
}

impl Session {
    /// What seals drafts: where there is no key, one that ends with the process.
    ///
    /// # Errors
    /// [`Error::OtherKey`] when the key is not the database's.
    pub(crate) async fn draft_sealer(&mut self) -> Result<Sealer> {
        match self.sealer().await {
            Err(Error::NoKey) => Ok(Sealer(self.keys().current_or_passing())),
            other => other,
        }
    }
}

/// A value of a sealed column.
#[derive(Debug)]
struct Value {
    place: Place,
    /// Name of the connector or channel.
    name: String,
    text: String,
}

async fn values(session: &mut Session) -> Result<Vec<Value>> {
    let mut out = Vec::new();
    for (table, column) in SEALED {
        let sql = format!("SELECT id, name, {column} FROM {table} WHERE {column} <> '' ORDER BY name_fold");
        let rows: Vec<(Uuid, String, String)> =
            on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *c).await?);
        let value = |(row, name, text)| Value { place: Place::new(table, column, row), name, text };
        out.extend(rows.into_iter().map(value));
    }
    Ok(out)
}

/// Seals every value under a key. `open` says what each holds now.
async fn reseal(session: &mut Session, key: &Key, open: impl Fn(&Value) -> Option<SecretString>) -> Result<Resealed> {
    let mut out = Resealed::default();
    for value in values(session).await? {
        let Place { table, column, row } = value.place;
        let text = match open(&value) {
            Some(plain) => seal(key, &value.place, plain.expose_secret())?,
            None => LOST.to_owned(),
        };
        if text == LOST && !out.lost.contains(&value.name) {
            out.lost.push(value.name);
        }
        out.values += usize::from(text != LOST);
        let sql = format!("UPDATE {table} SET {column} = $1 WHERE id = $2");
        on!(session, c => sqlx::query(AssertSqlSafe(sql)).bind(text).bind(row).execute(&mut *c).await?.rows_affected());
    }
    Ok(out)
}

/// Seals everything under another key, which counts from the commit on. What cannot be opened with the key before is lost. To be
/// called in a transaction of [`Store::write_directory`]: nobody seals anything beside it.
///
/// # Errors
/// When the database fails.
pub async fn rotate(session: &mut Session, key: &Key) -> Result<Resealed> {
    let before = registered(session).await?;
    let old = if before.key_id.is_empty() { None } else { session.keys().named(&before.key_id)? };
    let resealed = reseal(session, key, |value| old.as_ref()?.open(&value.place, &value.text)).await?;
    crate::drafts::reseal(session, old.as_ref(), key).await?;
    if register(session, key, &before.key_id).await? { Ok(resealed) } else { Err(Error::Stale) }
}

impl Store {
    /// Where the key is.
    #[must_use]
    pub fn key_place(&self) -> KeyPlace {
        self.keys().place()
    }

    /// Seals a form that lies in a browser until its sender is logged in again. Nothing is written: without a key of the database it is
    /// sealed under one that ends with the process.
    ///
    /// # Errors
    /// [`Error::Key`] when the system gives no random bytes.
    pub fn seal_form(&self, plain: &str) -> Result<String> {
        seal(&self.keys().current_or_passing(), &FORM, plain)
    }

    /// Opens such a form; nothing when it was changed, or no key opens it any more.
    #[must_use]
    pub fn open_form(&self, sealed: &str) -> Option<String> {
        if sealed.is_empty() {
            return None;
        }
        let opened = Opener(self.keys()).open(&FORM, sealed).ok().flatten()?;
        Some(opened.expose_secret().to_owned())
    }

    /// Keeps a key in its file beside the one before, where keys lie in a file, before anything is sealed under it.
    ///
    /// # Errors
    /// [`Error::Key`] when it cannot be written.
    pub fn stage_key(&self, key: &Key) -> Result<()> {
        self.keys().stage(key)
    }

    /// Takes the key up under which everything is sealed now.
    ///
    /// # Errors
    /// [`Error::Key`] when its file cannot be renamed; that is made good at the next start.
    pub fn settle_key(&self, key: &Key) -> Result<()> {
        self.keys().settle(key)
    }

    /// Proves at the start that the key is the database's, and, if it is to `seal`, seals what lies there in clear from before. Whether
    /// it did.
    ///
    /// # Errors
    /// [`Error::Key`] when the key is missing or another one, in one sentence.
    pub(crate) async fn prove_key(&self, seal: bool) -> Result<bool> {
        let keys = self.keys();
        let mut session = self.read().await?;
        let Registered { key_id, proof } = registered(&mut session).await?;
        let kept = values(&mut session).await?.len();
        drop(session);
        if key_id.is_empty() {
            return if kept > 0 && seal { self.seal_clear().await } else { Ok(false) };
        }
        let Some(key) = keys.named(&key_id)? else {
            let wrong = keys.current();
            return if wrong.is_none() && kept == 0 { Ok(false) } else { Err(unfit(&keys, wrong.as_ref(), &key_id)) };
        };
        match key.open(&PROVES, &proof) {
            Some(_) => Ok(false),
            None => Err(unfit(&keys, Some(&key), &key_id)),
        }
    }

    /// Seals what lies in clear, in one transaction.
    async fn seal_clear(&self) -> Result<bool> {
        let keys = self.keys();
        let mut session = self.write_directory().await?;
        let before = registered(&mut session).await?;
        if !before.key_id.is_empty() {
            // Another server was faster.
            drop(session);
            return Box::pin(self.prove_key(false)).await;
        }
        let Some(key) = keys.make()? else {
            return Err(Error::Key(
                "DOORWARD_KEY is missing: this database holds secrets of connectors or channels, which are sealed from this version \
                 on; doorward key new prints a key, which every server needs"
                    .to_owned(),
            ));
        };
        let sealed = reseal(&mut session, &key, |value| Some(value.text.clone().into())).await?;
        register(&mut session, &key, "").await?;
        session.commit().await?;
        tracing::info!(values = sealed.values, "secrets that lay in clear are sealed");
        Ok(true)
    }
}

fn unfit(keys: &Keys, wrong: Option<&Key>, id: &str) -> Error {
    let place = match keys.place() {
        KeyPlace::File(file) | KeyPlace::Later(file) => format!("the key file {}", file.display()),
        KeyPlace::Given | KeyPlace::Missing => "DOORWARD_KEY".to_owned(),
    };
    let is = match wrong {
        Some(_) => "is not the key of this database",
        None => "is missing",
    };
    Error::Key(format!(
        "{place} {is}: its secrets are sealed under the key {id}; give that one, or, if it is lost for good, doorward key rotate --lost"
    ))
}
