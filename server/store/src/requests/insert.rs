//! A new request.

use super::change::{Waiting, state_columns};
use super::counters::{Kind, shift};
use crate::Session;
use crate::error::Result;
use domain::filter::Facts;
use domain::ids::{FlowId, FlowVersionId, GroupId, PersonId, RequestNumber, ResourceId};
use domain::request::{ApprovalType, Lane, State};
use domain::text::fold;
use domain::time::{Span, Timestamp};
use sqlx::types::Json;

/// Everything that is written at submission.
#[derive(Clone, Debug)]
pub struct NewRequest<'a> {
    /// Its number, from [`next_number`].
    pub number: RequestNumber,
    /// Who asks.
    pub requester: PersonId,
    /// Who is to have it.
    pub beneficiary: PersonId,
    /// Who typed it in.
    pub creator: PersonId,
    /// What is asked for.
    pub resource: ResourceId,
    /// Under which flow.
    pub flow: FlowId,
    /// Under which version.
    pub flow_version: FlowVersionId,
    /// Number of that version.
    pub flow_version_number: i32,
    /// The group that it gives.
    pub group: GroupId,
    /// Tab.
    pub lane: Lane,
    /// Approval type.
    pub approval_type: ApprovalType,
    /// State after the first transition.
    pub state: &'a State,
    /// Who blocks.
    pub waiting: Waiting,
    /// Names, frozen now.
    pub requester_name: &'a str,
    /// Email, frozen now.
    pub requester_email: &'a str,
    /// Department, frozen now.
    pub department: &'a str,
    /// Email of the manager, frozen now.
    pub manager_email: &'a str,
    /// Name of the resource, frozen now.
    pub resource_name: &'a str,
    /// Category of the resource, frozen now.
    pub category: &'a str,
    /// Name of the flow, frozen now.
    pub flow_name: &'a str,
    /// Name of the group, frozen now.
    pub group_name: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Duration asked for.
    pub requested: Option<Span>,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Takes the next number.
///
/// # Errors
/// When the database fails.
pub async fn next_number(session: &mut Session) -> Result<RequestNumber> {
    const SQL: &str = "UPDATE sequences SET value = value + 1 WHERE name = 'request' RETURNING value";
    let number: i64 = on!(session, c => sqlx::query_scalar(SQL).fetch_one(&mut *c).await?);
    Ok(RequestNumber(number))
}

/// Writes a new request with version 1 and counts it.
///
/// # Errors
/// [`crate::Error::Conflict`] when the beneficiary has an open request for the resource.
pub async fn insert(session: &mut Session, new: &NewRequest<'_>) -> Result<()> {
    const SQL: &str = "INSERT INTO requests (number, version, requester_id, beneficiary_id, creator_id, resource_id, flow_id,
            flow_version_id, group_id, lane, status, approval_type, in_flight, state, requester_name, requester_fold,
            requester_email, department, manager_email, resource_name, resource_fold, category, flow_name,
            flow_version, group_name, reason, requested_minutes, submitted_at, expires_at, waiting_kind,
            waiting_name, agreed, needed, step, steps)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
            $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)";
    const TEXT: &str = "INSERT INTO requests_text (number, search) VALUES ($1, $2)";
    let submitted_at = in_order(session).await?.0;
    let (status, in_flight) = state_columns(new.state);
    let search = Facts::search_text(
        new.number,
        new.requester_name,
        new.requester_email,
        new.resource_name,
        new.flow_name,
        new.reason,
    );
    on!(session, c => sqlx::query(SQL)
        .bind(new.number.0)
        .bind(new.requester.0)
        .bind(new.beneficiary.0)
        .bind(new.creator.0)
        .bind(new.resource.0)
        .bind(new.flow.0)
        .bind(new.flow_version.0)
        .bind(new.group.0)
        .bind(new.lane.code())
        .bind(status.code())
        .bind(new.approval_type.code())
        .bind(in_flight)
        .bind(Json(new.state))
        .bind(new.requester_name)
        .bind(fold(new.requester_name))
        .bind(new.requester_email)
        .bind(new.department)
        .bind(new.manager_email)
        .bind(new.resource_name)
        .bind(fold(new.resource_name))
        .bind(new.category)
        .bind(new.flow_name)
        .bind(new.flow_version_number)
        .bind(new.group_name)
        .bind(new.reason)
        .bind(new.requested.map(Span::as_minutes))
        .bind(submitted_at)
        .bind(new.expires_at.0)
        .bind(new.waiting.kind)
        .bind(new.waiting.name.as_str())
        .bind(new.waiting.agreed)
        .bind(new.waiting.needed)
        .bind(new.waiting.step)
        .bind(new.waiting.steps)
        .execute(&mut *c)
        .await?
        .rows_affected());
    on!(session, c => sqlx::query(TEXT).bind(new.number.0).bind(search.as_str()).execute(&mut *c).await?.rows_affected());
    keep_lag(session, new.expires_at.0 - submitted_at).await?;
    shift(session, new.number, None, (new.lane, Kind::of(status, in_flight))).await
}

/// Now, or the last submission when a clock was set back: submissions are in the order of their numbers, which lists rely on.
/// The number was taken in this transaction, so nobody else is submitting.
async fn in_order(session: &mut Session) -> Result<Timestamp> {
    const SQL: &str = "SELECT submitted_at FROM requests ORDER BY number DESC LIMIT 1";
    let last: Option<i64> = on!(session, c => sqlx::query_scalar(SQL).fetch_optional(&mut *c).await?);
    Ok(last.map_or(session.now(), |last| session.now().max(Timestamp(last))))
}

/// Keeps the longest time between submission and expiry, which bounds lists by expiry; nearly always there is nothing to do.
pub(super) async fn keep_lag(session: &mut Session, lag: i64) -> Result<()> {
    const SQL: &str = "UPDATE sequences SET value = $1 WHERE name = 'expiry_lag' AND value < $1";
    on!(session, c => sqlx::query(SQL).bind(lag).execute(&mut *c).await?.rows_affected());
    Ok(())
}
