//! The permanent record. Rows are written in the transaction of what they tell of, and never changed.

use crate::{Result, Session};
use domain::ids::{PersonId, RequestNumber};
use sqlx::QueryBuilder;
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
    record_all(session, std::slice::from_ref(event)).await
}

/// Writes events, in their order.
///
/// # Errors
/// When the database fails; the use case must fail with it.
pub async fn record_all(session: &mut Session, events: &[Event<'_>]) -> Result<()> {
    const HEAD: &str = "INSERT INTO audit \
        (at, kind, actor_id, actor, address, request, request_version, subject, detail, internal_notes) ";
    let now = session.now().0;
    on!(session, c => {
        let mut sql = QueryBuilder::new(HEAD);
        sql.push_values(events, |mut row, event| {
            row.push_bind(now)
                .push_bind(event.kind)
                .push_bind(event.actor.map(|(id, _)| id.0))
                .push_bind(event.actor.map_or("", |(_, name)| name))
                .push_bind(event.address)
                .push_bind(event.request.map(|number| number.0))
                .push_bind(event.request_version)
                .push_bind(event.subject)
                .push_bind(Json(&event.detail))
                .push_bind(event.internal_notes);
        });
        sql.build().execute(&mut *c).await?.rows_affected()
    });
    Ok(())
}
