//! Logos of resources and flows, by the hash of their bytes.

use crate::Session;
use crate::error::Result;
use domain::ids::{FlowId, ResourceId};

/// What carries a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// A resource.
    Resource(ResourceId),
    /// A flow.
    Flow(FlowId),
}

/// Keeps a logo; the same bytes are kept once.
///
/// # Errors
/// When the database fails.
pub async fn put(session: &mut Session, id: &str, media_type: &str, bytes: &[u8]) -> Result<()> {
    const SQL: &str =
        "INSERT INTO logos (id, media_type, bytes, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(id).bind(media_type).bind(bytes).bind(now).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// A logo: its media type and its bytes.
///
/// # Errors
/// When the database fails.
pub async fn get(session: &mut Session, id: &str) -> Result<Option<(String, Vec<u8>)>> {
    const SQL: &str = "SELECT media_type, bytes FROM logos WHERE id = $1";
    Ok(on!(session, c => sqlx::query_as(SQL).bind(id).fetch_optional(&mut *c).await?))
}

/// Gives a resource or a flow a logo, or takes it away. Whether there was such a bearer.
///
/// # Errors
/// When the database fails.
pub async fn set(session: &mut Session, bearer: Bearer, logo: Option<&str>) -> Result<bool> {
    const RESOURCE: &str =
        "UPDATE resources SET logo = $1, updated_at = $2, revision = revision + 1 WHERE id = $3 AND active";
    const FLOW: &str = "UPDATE flows SET logo = $1, updated_at = $2 WHERE id = $3 AND deleted_at IS NULL";
    let (sql, id) = match bearer {
        Bearer::Resource(id) => (RESOURCE, id.0),
        Bearer::Flow(id) => (FLOW, id.0),
    };
    let now = session.now().0;
    let rows =
        on!(session, c => sqlx::query(sql).bind(logo).bind(now).bind(id).execute(&mut *c).await?.rows_affected());
    Ok(rows == 1)
}
