//! The permanent record. Rows are written in the transaction of what they tell of, and never changed.

use crate::{Result, Session};
use domain::ids::{PersonId, RequestNumber};
use sqlx::types::Json;

/// One event of the record.
#[derive(Clone, Debug, Default)]
pub struct Event<'a> {
    /// Type, as in `product.md` 5: `request_submitted`, `approved`, `overridden`, `login` …
    pub kind: &'a str,
    /// Who did it; nobody for the clock.
    pub actor: Option<(PersonId, &'a str)>,
    /// From where: the address of the peer.
    pub address: &'a str,
    /// On which request.
    pub request: Option<RequestNumber>,
    /// The version of the request that it produced; exactly one row for each.
    pub request_version: Option<i64>,
    /// What else it was about: a person's email, a flow's name.
    pub subject: &'a str,
    /// Before and after, and everything else worth knowing.
    pub detail: serde_json::Value,
    /// Seen on the Audit page only.
    pub internal_notes: Option<&'a str>,
}

/// Writes an event.
///
/// # Errors
/// When the database fails; the use case must fail with it.
pub async fn record(session: &mut Session, event: &Event<'_>) -> Result<()> {
    const SQL: &str = "INSERT INTO audit (at, kind, actor_id, actor, address, request, request_version, subject, detail, internal_notes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(now)
        .bind(event.kind)
        .bind(event.actor.map(|(id, _)| id.0))
        .bind(event.actor.map_or("", |(_, name)| name))
        .bind(event.address)
        .bind(event.request.map(|number| number.0))
        .bind(event.request_version)
        .bind(event.subject)
        .bind(Json(&event.detail))
        .bind(event.internal_notes)
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}
