//! Settings of the organisation: one row.

use crate::{Result, Session};
use domain::settings::Settings;
use sqlx::types::Json;

/// The settings, or the standard ones while nobody has changed any. Read once in a session.
///
/// # Errors
/// When the database fails.
pub async fn get(session: &mut Session) -> Result<Settings> {
    const SQL: &str = "SELECT document FROM settings WHERE id = 1";
    if let Some(known) = &session.settings {
        return Ok(known.clone());
    }
    let found: Option<Json<Settings>> = on!(session, c => sqlx::query_scalar(SQL).fetch_optional(&mut *c).await?);
    let settings = found.map(|json| json.0).unwrap_or_default();
    session.settings = Some(settings.clone());
    Ok(settings)
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
    session.settings = Some(settings.clone());
    Ok(())
}
