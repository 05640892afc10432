//! Settings of the organisation: one row. What the active channels want to hear of is kept beside them.

use crate::engine::Known;
use crate::{Result, Session};
use domain::channel::Subscription;
use domain::settings::Settings;
use sqlx::types::Json;

/// The settings, or the standard ones while nobody has changed any. Read once in a session.
///
/// # Errors
/// When the database fails.
pub async fn get(session: &mut Session) -> Result<Settings> {
    Ok(known(session).await?.settings.clone())
}

/// The channels that are on, and what each wants to hear of. Read once in a session, with the settings.
///
/// # Errors
/// When the database fails.
pub async fn subscriptions(session: &mut Session) -> Result<Vec<Subscription>> {
    Ok(known(session).await?.subscriptions.clone())
}

async fn known(session: &mut Session) -> Result<&Known> {
    const SQL: &str = "SELECT document, channels FROM settings WHERE id = 1";
    if session.known.is_none() {
        let found: Option<(Json<Settings>, Json<Vec<Subscription>>)> =
            on!(session, c => sqlx::query_as(SQL).fetch_optional(&mut *c).await?);
        let known = found.map(|(settings, channels)| Known { settings: settings.0, subscriptions: channels.0 });
        session.known = Some(known.unwrap_or_default());
    }
    Ok(session.known.get_or_insert_default())
}

/// Replaces the settings.
///
/// # Errors
/// When the database fails.
pub async fn put(session: &mut Session, settings: &Settings) -> Result<()> {
    const SQL: &str = "INSERT INTO settings (id, document, updated_at) VALUES (1, $1, $2)
        ON CONFLICT (id) DO UPDATE SET document = excluded.document, updated_at = excluded.updated_at";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL).bind(Json(settings)).bind(now).execute(&mut *c).await?.rows_affected());
    session.known = None;
    Ok(())
}

/// Keeps others from saving the settings, or what the channels want to hear of, until the commit: who reads them after that, to write
/// them, forgets nothing that somebody else writes at the same time.
///
/// # Errors
/// When the database fails.
pub async fn hold(session: &mut Session) -> Result<()> {
    const SQL: &str = "INSERT INTO settings (id, document, updated_at) VALUES (1, $1, $2)
        ON CONFLICT (id) DO UPDATE SET updated_at = settings.updated_at";
    let settings = get(session).await?;
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL).bind(Json(settings)).bind(now).execute(&mut *c).await?.rows_affected());
    session.known = None;
    Ok(())
}

/// Replaces what the channels want to hear of, in the row that is held.
pub(crate) async fn put_subscriptions(session: &mut Session, subscriptions: &[Subscription]) -> Result<()> {
    const SQL: &str = "UPDATE settings SET channels = $1 WHERE id = 1";
    on!(session, c => sqlx::query(SQL).bind(Json(subscriptions)).execute(&mut *c).await?.rows_affected());
    session.known = None;
    Ok(())
}
