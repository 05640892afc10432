//! Drafts: what people typed into a form and have not sent yet, sealed, each person's own.

use crate::error::Result;
use crate::seal::{Key, Place};
use crate::{Session, new_id};
use domain::ids::PersonId;
use domain::time::Timestamp;
use secrecy::ExposeSecret;
use uuid::Uuid;

/// How many drafts of one person are kept; the oldest go.
const KEPT: i64 = 50;

/// Whose draft of what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// Whose.
    pub person: PersonId,
    /// Of which form.
    pub form: &'a str,
    /// About which thing; empty for a form that is about none.
    pub object: &'a str,
}

const fn place(id: Uuid) -> Place {
    Place::new("drafts", "content", id)
}

/// Keeps a draft until `ends_at`, in the place of the one before. Without a key to seal it under it lasts as long as the process.
///
/// # Errors
/// [`Error::OtherKey`](crate::Error::OtherKey) when the key is not the database's, or the database fails.
pub async fn put(session: &mut Session, name: Name<'_>, content: &str, ends_at: Timestamp) -> Result<()> {
    const PUT: &str =
        "INSERT INTO drafts (person_id, form, object, id, content, ends_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (person_id, form, object)
        DO UPDATE SET id = excluded.id, content = excluded.content, ends_at = excluded.ends_at";
    const TRIM: &str = "DELETE FROM drafts WHERE person_id = $1 AND id NOT IN
        (SELECT id FROM drafts WHERE person_id = $1 ORDER BY ends_at DESC, id DESC LIMIT $2)";
    let id = new_id();
    let sealed = session.draft_sealer().await?.seal(&place(id), content)?;
    on!(session, c => sqlx::query(PUT)
        .bind(name.person.0).bind(name.form).bind(name.object).bind(id).bind(sealed).bind(ends_at.0)
        .execute(&mut *c).await?.rows_affected());
    on!(session, c => sqlx::query(TRIM).bind(name.person.0).bind(KEPT).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// A draft whose time is not over; nothing where there is none, or no key opens it any more.
///
/// # Errors
/// When the database fails.
pub async fn get(session: &mut Session, name: Name<'_>) -> Result<Option<String>> {
    const SQL: &str =
        "SELECT id, content FROM drafts WHERE person_id = $1 AND form = $2 AND object = $3 AND ends_at > $4";
    let now = session.now().0;
    let found: Option<(Uuid, String)> = on!(session, c => sqlx::query_as(SQL)
        .bind(name.person.0).bind(name.form).bind(name.object).bind(now).fetch_optional(&mut *c).await?);
    let opener = session.opener();
    // A draft is worth less than a page: one that no key opens is as good as none.
    let opened = found.and_then(|(id, sealed)| opener.open(&place(id), &sealed).ok().flatten());
    Ok(opened.map(|plain| plain.expose_secret().to_owned()))
}

/// Removes a draft; whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn remove(session: &mut Session, name: Name<'_>) -> Result<bool> {
    const SQL: &str = "DELETE FROM drafts WHERE person_id = $1 AND form = $2 AND object = $3";
    Ok(on!(session, c => sqlx::query(SQL)
        .bind(name.person.0).bind(name.form).bind(name.object).execute(&mut *c).await?.rows_affected())
        == 1)
}

/// Removes the drafts whose time is over; how many.
///
/// # Errors
/// When the database fails.
pub async fn sweep(session: &mut Session) -> Result<u64> {
    const SQL: &str = "DELETE FROM drafts WHERE ends_at <= $1";
    let now = session.now().0;
    Ok(on!(session, c => sqlx::query(SQL).bind(now).execute(&mut *c).await?.rows_affected()))
}

/// Seals the drafts under another key. One that the key before does not open goes.
pub(crate) async fn reseal(session: &mut Session, before: Option<&Key>, key: &Key) -> Result<()> {
    const ALL: &str = "SELECT id, content FROM drafts ORDER BY id";
    const SEAL: &str = "UPDATE drafts SET content = $1 WHERE id = $2";
    const REMOVE: &str = "DELETE FROM drafts WHERE id = $1";
    let all: Vec<(Uuid, String)> = on!(session, c => sqlx::query_as(ALL).fetch_all(&mut *c).await?);
    for (id, sealed) in all {
        match before.and_then(|before| before.open(&place(id), &sealed)) {
            Some(plain) => {
                let sealed = crate::seal::seal(key, &place(id), plain.expose_secret())?;
                on!(session, c => sqlx::query(SEAL).bind(sealed).bind(id).execute(&mut *c).await?.rows_affected());
            }
            None => {
                on!(session, c => sqlx::query(REMOVE).bind(id).execute(&mut *c).await?.rows_affected());
            }
        }
    }
    Ok(())
}
