//! What will be said at a moment, unless what it is about has changed by then.

use crate::error::Result;
use crate::{Session, new_id};
use domain::ids::RequestNumber;
use domain::time::Timestamp;
use domain::view::Planned;
use sqlx::{AssertSqlSafe, QueryBuilder};
use uuid::Uuid;

/// Plans messages of a kind about a request, in the place of those of this kind that were planned before and not said.
///
/// # Errors
/// When the database fails.
pub async fn plan(session: &mut Session, number: RequestNumber, kind: &str, at: &[Timestamp]) -> Result<()> {
    drop_planned(session, number, Some(kind)).await?;
    add(session, number, kind, at).await
}

/// Plans messages of a kind about a request, beside those that are planned.
///
/// # Errors
/// When the database fails.
pub async fn add(session: &mut Session, number: RequestNumber, kind: &str, at: &[Timestamp]) -> Result<()> {
    if at.is_empty() {
        return Ok(());
    }
    on!(session, c => {
        let mut sql = QueryBuilder::new("INSERT INTO reminders (id, request, kind, due_at) ");
        sql.push_values(at, |mut row, at| {
            row.push_bind(new_id()).push_bind(number.0).push_bind(kind).push_bind(at.0);
        });
        sql.build().execute(&mut *c).await?.rows_affected()
    });
    Ok(())
}

/// Keeps that nothing of a kind is left to be said about a request.
///
/// # Errors
/// When the database fails.
pub async fn nothing(session: &mut Session, number: RequestNumber, kind: &str) -> Result<()> {
    const SQL: &str = "INSERT INTO reminders (id, request, kind, due_at, sent_at) VALUES ($1, $2, $3, $4, $4)";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(new_id()).bind(number.0).bind(kind).bind(now).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// Drops what is planned about a request and not said yet, of one kind or of all.
///
/// # Errors
/// When the database fails.
pub async fn drop_planned(session: &mut Session, number: RequestNumber, kind: Option<&str>) -> Result<()> {
    const SQL: &str = "DELETE FROM reminders WHERE request = $1 AND sent_at IS NULL AND ($2 IS NULL OR kind = $2)";
    on!(session, c => sqlx::query(SQL).bind(number.0).bind(kind).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// What is planned about a request and not said yet, the next first.
///
/// # Errors
/// When the database fails.
pub async fn planned(session: &mut Session, number: RequestNumber) -> Result<Vec<Planned>> {
    const SQL: &str = "SELECT kind, due_at FROM reminders WHERE request = $1 AND sent_at IS NULL ORDER BY due_at, id";
    let found: Vec<(String, i64)> = on!(session, c => sqlx::query_as(SQL).bind(number.0).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(|(kind, at)| Planned { kind, at: Timestamp(at) }).collect())
}

/// Pending requests below a number about which nothing was ever planned, the newest first: number, and when the wait began and ends.
///
/// # Errors
/// When the database fails.
pub async fn unplanned(
    session: &mut Session,
    below: Option<RequestNumber>,
    limit: i64,
) -> Result<Vec<(RequestNumber, Timestamp, Timestamp)>> {
    // The statuses repeat the condition of the index over open requests.
    const SQL: &str = "SELECT r.number, r.submitted_at, r.expires_at FROM requests r
        WHERE r.status IN (0, 4, 6) AND r.status = 0 AND NOT r.in_flight AND r.expires_at > $1 AND r.number < $2
        AND NOT EXISTS (SELECT 1 FROM reminders m WHERE m.request = r.number) ORDER BY r.number DESC LIMIT $3";
    let (now, below) = (session.now().0, below.map_or(i64::MAX, |number| number.0));
    let found: Vec<(i64, i64, i64)> =
        on!(session, c => sqlx::query_as(SQL).bind(now).bind(below).bind(limit).fetch_all(&mut *c).await?);
    Ok(found
        .into_iter()
        .map(|(number, begun, ends)| (RequestNumber(number), Timestamp(begun), Timestamp(ends)))
        .collect())
}

/// Whether anything is due to be said, so that an idle clock need not write.
///
/// # Errors
/// When the database fails.
pub async fn any_due(session: &mut Session) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM reminders WHERE sent_at IS NULL AND due_at <= $1 LIMIT 1";
    let now = session.now().0;
    let found: Option<i32> = on!(session, c => sqlx::query_scalar(SQL).bind(now).fetch_optional(&mut *c).await?);
    Ok(found.is_some())
}

/// A planned message whose moment has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// About which request.
    pub request: RequestNumber,
    /// Kind of message.
    pub kind: String,
    /// Its moment.
    pub at: Timestamp,
}

/// Takes what is due, marked as said: the caller writes the messages in the same session. Passes over what another server takes, and
/// what is about a request that is being decided.
///
/// # Errors
/// When the database fails.
pub async fn take_due(session: &mut Session, limit: i64) -> Result<Vec<Due>> {
    let pick = format!(
        "SELECT m.id, m.request, m.kind, m.due_at FROM reminders m JOIN requests r ON r.number = m.request
         WHERE m.sent_at IS NULL AND m.due_at <= $1 ORDER BY m.due_at, m.id LIMIT $2{}",
        session.claim_rows()
    );
    const SENT: &str = "UPDATE reminders SET sent_at = $1 WHERE id = $2";
    let now = session.now().0;
    let found: Vec<(Uuid, i64, String, i64)> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(pick)).bind(now).bind(limit).fetch_all(&mut *c).await?);
    let mut out = Vec::with_capacity(found.len());
    for (id, request, kind, at) in found {
        on!(session, c => sqlx::query(SENT).bind(now).bind(id).execute(&mut *c).await?.rows_affected());
        out.push(Due { request: RequestNumber(request), kind, at: Timestamp(at) });
    }
    Ok(out)
}
