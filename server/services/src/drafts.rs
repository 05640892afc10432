//! What somebody typed into a form and has not sent yet. It comes back to the same person only, and lies sealed until then: in the
//! database while a page is open, or in the log-in page of a browser whose session was over when the form was sent
//! (`decisions.md`, Typed text).

use crate::{Origin, Result, Right, Services};
use domain::ids::PersonId;
use domain::people::Actor;
use domain::time::{Span, Timestamp};
use domain::validate::{FieldCode, FieldError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Session;
use store::drafts::Name;

/// Fields that hold secrets: passwords, keys, signing keys, headers and tokens. They are never kept, sealed or not; people type them
/// again. The one list of them.
pub const SECRET_FIELDS: [&str; 9] =
    ["password", "again", "current", "secret", "secrets", "headers", "key", "signing_key", "token"];

/// How long what was typed is kept.
const KEPT_MINUTES: i64 = 12 * 60;
/// Largest form that is kept, in bytes of its JSON: sealed it still fits into the body of a log-in.
const SIZE_MAX: usize = 40 * 1024;
/// Largest name of a form, and of what it is about, in bytes.
const NAME_MAX: usize = 200;

/// The fields of a form, by name.
pub type Fields = BTreeMap<String, String>;

/// Whether a field holds a secret ([`SECRET_FIELDS`]).
#[must_use]
pub fn is_secret(field: &str) -> bool {
    SECRET_FIELDS.contains(&field)
}

/// What is sealed: whose it is, of which form, about what and until when stands inside, so that nothing of it can be exchanged.
#[derive(Debug, Serialize, Deserialize)]
struct Content {
    person: PersonId,
    form: String,
    object: String,
    ends_at: Timestamp,
    fields: Fields,
}

impl Content {
    fn new(person: PersonId, form: &str, object: &str, ends_at: Timestamp, fields: &Fields) -> Self {
        let kept = fields.iter().filter(|(name, _)| !is_secret(name));
        let fields = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { person, form: form.to_owned(), object: object.to_owned(), ends_at, fields }
    }

    fn to_text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| crate::Error::Internal(error.to_string()))
    }
}

fn ends_at(now: Timestamp) -> Timestamp {
    Span::minutes(KEPT_MINUTES).map_or(now, |span| now + span)
}

/// A form that was sealed for its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It is this person's.
    Own {
        /// The address of the form.
        form: String,
        /// What was typed.
        fields: Fields,
    },
    /// It is somebody else's: nothing of it is said.
    Anothers,
    /// Its time is over, it was changed, or the key is another one.
    Gone,
}

/// Seals a form for the person whose text it is, for 12 hours; nothing when it is too large to be carried along. Nothing is stored.
///
/// # Errors
/// When the database fails, or the system gives no random bytes.
pub async fn seal(services: &Services, person: PersonId, form: &str, fields: &Fields) -> Result<Option<String>> {
    let now = services.now().await?;
    let text = Content::new(person, form, "", ends_at(now), fields).to_text()?;
    if text.len() > SIZE_MAX {
        return Ok(None);
    }
    Ok(Some(services.store.seal_form(&text)?))
}

/// Opens a form for whoever is logged in now.
///
/// # Errors
/// When the database fails.
pub async fn open(services: &Services, person: PersonId, sealed: &str) -> Result<Opened> {
    let now = services.now().await?;
    let Some(text) = services.store.open_form(sealed) else { return Ok(Opened::Gone) };
    let Ok(content) = serde_json::from_str::<Content>(&text) else { return Ok(Opened::Gone) };
    Ok(match content {
        Content { ends_at, .. } if ends_at <= now => Opened::Gone,
        Content { person: owner, form, fields, .. } if owner == person => Opened::Own { form, fields },
        _ => Opened::Anothers,
    })
}

/// Keeps what is typed into a form, in the place of what was kept of it before; no fields at all forget it. Until when it is kept;
/// nothing when it is not, because no key seals it.
///
/// # Errors
/// As for every act; [`crate::Error::Invalid`] when it is too large, or the form has no name.
pub async fn keep(
    services: &Services,
    actor: &Actor,
    form: &str,
    object: &str,
    fields: &Fields,
    origin: &Origin,
) -> Result<Option<Timestamp>> {
    named(form, object)?;
    let (mut session, actor) = services.write(actor, Right::Person, origin).await?;
    let name = Name { person: actor.id, form, object };
    if fields.is_empty() {
        store::drafts::remove(&mut session, name).await?;
        session.commit().await?;
        return Ok(None);
    }
    let ends_at = ends_at(session.now());
    let text = Content::new(actor.id, form, object, ends_at, fields).to_text()?;
    if text.len() > SIZE_MAX {
        return Err(invalid("fields", FieldCode::TooManyBytes(SIZE_MAX)));
    }
    match store::drafts::put(&mut session, name, &text, ends_at).await {
        Ok(()) => {}
        Err(store::Error::OtherKey(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    session.commit().await?;
    Ok(Some(ends_at))
}

/// What was kept of a form, if it was the same person's. It stays until it is sent ([`forget`]) or its time is over.
///
/// # Errors
/// When the database fails.
pub async fn take(services: &Services, actor: &Actor, form: &str, object: &str) -> Result<Option<Fields>> {
    named(form, object)?;
    let mut session = services.store.read().await?;
    draft(&mut session, Name { person: actor.id, form, object }).await
}

/// Forgets what was kept of a form, because it is sent. Nothing is written where nothing was kept.
///
/// # Errors
/// As for [`keep`].
pub async fn forget(services: &Services, actor: &Actor, form: &str, object: &str, origin: &Origin) -> Result<()> {
    if take(services, actor, form, object).await?.is_some() {
        keep(services, actor, form, object, &Fields::new(), origin).await?;
    }
    Ok(())
}

async fn draft(session: &mut Session, name: Name<'_>) -> Result<Option<Fields>> {
    let now = session.now();
    let Some(text) = store::drafts::get(session, name).await? else { return Ok(None) };
    let content = serde_json::from_str::<Content>(&text).ok();
    let same = |content: &Content| {
        content.person == name.person
            && content.form == name.form
            && content.object == name.object
            && content.ends_at > now
    };
    Ok(content.filter(same).map(|content| content.fields))
}

fn named(form: &str, object: &str) -> Result<()> {
    if form.is_empty() {
        return Err(invalid("form", FieldCode::Required));
    }
    for (field, name) in [("form", form), ("object", object)] {
        if name.len() > NAME_MAX {
            return Err(invalid(field, FieldCode::TooManyBytes(NAME_MAX)));
        }
    }
    Ok(())
}

fn invalid(field: &str, code: FieldCode) -> crate::Error {
    crate::Error::Invalid(vec![FieldError::new(field, code)])
}

/// Removes what was kept and whose time is over; how many.
///
/// # Errors
/// When the database fails.
pub async fn sweep(services: &Services) -> Result<u64> {
    let mut session = services.store.write().await?;
    let gone = store::drafts::sweep(&mut session).await?;
    session.commit().await?;
    Ok(gone)
}
