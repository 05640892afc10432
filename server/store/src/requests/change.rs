//! Saving a transition: conditional on version and status, one row or stale.

use super::counters::{Kind, shift};
use super::insert::keep_lag;
use crate::Session;
use crate::error::{Error, Result};
use domain::ids::{PersonId, RequestNumber};
use domain::request::{Decision, Lane, Request, State, Status, Vote};
use domain::time::{Span, Timestamp};
use sqlx::types::Json;

/// Who blocks, as lists show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Kind of the approvers; empty on automatic requests.
    pub kind: &'static str,
    /// Name of the group or of the single person.
    pub name: String,
    /// Approvals so far.
    pub agreed: i32,
    /// Approvals needed.
    pub needed: i32,
    /// The step, from 0.
    pub step: i32,
    /// Number of steps.
    pub steps: i32,
}

/// The decision, repeated on the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// When.
    pub at: Timestamp,
    /// Name of the decider; empty for the clock and automatic grants.
    pub by: String,
    /// Reason or comment.
    pub reason: String,
    /// Next steps.
    pub next_steps: String,
    /// Over the approvers.
    pub overridden: bool,
    /// Granted duration.
    pub granted: Option<Span>,
    /// When access ends by itself.
    pub access_ends_at: Option<Timestamp>,
}

/// What a transition changes on the request's row.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// The new state.
    pub state: &'a State,
    /// Its tab.
    pub lane: Lane,
    /// Who blocks now.
    pub waiting: Waiting,
    /// When it expires now.
    pub expires_at: Timestamp,
    /// How it ended, when it did.
    pub decision: Option<Frozen>,
}

pub(super) fn state_columns(state: &State) -> (Status, bool) {
    (state.status(), state.flight().is_some())
}

/// Writes the next version of a request, if it still is as it was loaded, and keeps the counters.
///
/// # Errors
/// [`Error::Stale`] when somebody else was faster.
pub async fn save(session: &mut Session, before: &Request, change: &Change<'_>) -> Result<()> {
    const SQL: &str = "UPDATE requests SET version = version + 1, state = $1, status = $2, in_flight = $3, lane = $4,
            expires_at = $5, waiting_kind = $6, waiting_name = $7, agreed = $8, needed = $9, step = $10, steps = $11,
            decided_at = COALESCE($12, decided_at), decided_by = $13, decision_reason = $14, next_steps = $15,
            overridden = $16, granted_minutes = $17, access_ends_at = $18, needs_confirmation = $19
        WHERE number = $20 AND version = $21 AND status = $22";
    let (old_status, old_flight) = state_columns(&before.state);
    let (status, in_flight) = state_columns(change.state);
    let end = change.decision.as_ref();
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(Json(change.state))
        .bind(status.code())
        .bind(in_flight)
        .bind(change.lane.code())
        .bind(change.expires_at.0)
        .bind(change.waiting.kind)
        .bind(change.waiting.name.as_str())
        .bind(change.waiting.agreed)
        .bind(change.waiting.needed)
        .bind(change.waiting.step)
        .bind(change.waiting.steps)
        .bind(end.map(|end| end.at.0))
        .bind(end.map_or("", |end| end.by.as_str()))
        .bind(end.map_or("", |end| end.reason.as_str()))
        .bind(end.map_or("", |end| end.next_steps.as_str()))
        .bind(end.is_some_and(|end| end.overridden))
        .bind(end.and_then(|end| end.granted).map(Span::as_minutes))
        .bind(end.and_then(|end| end.access_ends_at).map(|at| at.0))
        .bind(change.state.doubt().is_some())
        .bind(before.number.0)
        .bind(before.version)
        .bind(old_status.code())
        .execute(&mut *c)
        .await?
        .rows_affected());
    if rows != 1 {
        return Err(Error::Stale);
    }
    if change.expires_at > before.expires_at {
        keep_lag(session, change.expires_at.0 - before.submitted_at.0).await?;
    }
    let old = (before.lane(), Kind::of(old_status, old_flight));
    shift(session, before.number, Some(old), (change.lane, Kind::of(status, in_flight))).await
}

/// Stores a vote.
///
/// # Errors
/// [`Error::Conflict`] when the person has voted on the request before.
pub async fn record_vote(session: &mut Session, number: RequestNumber, vote: &Vote, name: &str) -> Result<()> {
    const SQL: &str = "INSERT INTO votes (request, person_id, person_name, verdict, step, comment, voted_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    on!(session, c => sqlx::query(SQL)
        .bind(number.0)
        .bind(vote.person.0)
        .bind(name)
        .bind(vote.verdict.code())
        .bind(i32::try_from(vote.step).unwrap_or(i32::MAX))
        .bind(vote.comment.as_deref())
        .bind(vote.at.0)
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}

/// Stores how a request ended: `kind` is `approved`, `denied`, `expired` or `canceled`.
///
/// # Errors
/// [`Error::Conflict`] when it has ended before.
pub async fn record_decision(
    session: &mut Session,
    number: RequestNumber,
    kind: &str,
    decision: Option<&Decision>,
    cancel_cause: Option<&str>,
) -> Result<()> {
    const SQL: &str =
        "INSERT INTO decisions (request, kind, actor_id, reason, next_steps, overridden, cancel_cause, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let at = decision.map_or(session.now(), |decision| decision.at);
    let actor: Option<PersonId> = decision.and_then(|decision| decision.by);
    on!(session, c => sqlx::query(SQL)
        .bind(number.0)
        .bind(kind)
        .bind(actor.map(|person| person.0))
        .bind(decision.and_then(|decision| decision.reason.as_deref()))
        .bind(decision.and_then(|decision| decision.next_steps.as_deref()))
        .bind(decision.is_some_and(|decision| decision.overriding))
        .bind(cancel_cause)
        .bind(at.0)
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}
