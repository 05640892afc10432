//! Rows as lists and details show them.

use crate::Session;
use crate::error::{Error, Result};
use domain::flow::ApproverKind;
use domain::ids::{FlowVersionId, GroupId, PersonId, RequestNumber, ResourceId};
use domain::request::{ApprovalType, CancelCause, Lane, Status};
use domain::time::{Span, Timestamp};
use domain::view::{Look, QueueRow, WaitingOn};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

/// Columns of [`Raw`], of `requests r`. `$V` stands for the parameter that names the viewer.
pub(super) const COLUMNS: &str = "r.number, r.version, r.lane, r.status, r.in_flight, r.approval_type, r.requester_name, \
    r.requester_email, r.department, r.resource_name, r.category, r.flow_name, r.waiting_kind, r.waiting_name, r.agreed, \
    r.needed, r.step, r.steps, r.submitted_at, r.expires_at, r.requester_id, r.beneficiary_id, r.creator_id, r.needs_confirmation, \
    (SELECT COALESCE(q.logo, '') || ' ' || COALESCE(q.colour, '') FROM resources q WHERE q.id = r.resource_id) AS look";

#[derive(FromRow)]
pub(super) struct Raw {
    number: i64,
    version: i64,
    lane: i16,
    status: i16,
    in_flight: bool,
    approval_type: i16,
    requester_name: String,
    requester_email: String,
    department: String,
    resource_name: String,
    category: String,
    flow_name: String,
    waiting_kind: String,
    waiting_name: String,
    agreed: i32,
    needed: i32,
    step: i32,
    steps: i32,
    submitted_at: i64,
    expires_at: i64,
    requester_id: Uuid,
    beneficiary_id: Uuid,
    creator_id: Uuid,
    needs_confirmation: bool,
    look: String,
}

impl Raw {
    pub(super) fn into_row(self, viewer: PersonId) -> Result<QueueRow> {
        let bad = |column| Error::inconsistent("requests", column, self.number);
        let status = Status::from_code(self.status).ok_or_else(|| bad("status"))?;
        let waiting = matches!(status, Status::Pending | Status::MissingData) && self.steps > 0;
        let waiting_on = waiting.then(|| {
            ApproverKind::parse(&self.waiting_kind).map(|kind| WaitingOn {
                kind,
                name: self.waiting_name.clone(),
                agreed: self.agreed.unsigned_abs(),
                needed: self.needed.unsigned_abs(),
                step: self.step.unsigned_abs() + 1,
                steps: self.steps.unsigned_abs(),
            })
        });
        Ok(QueueRow {
            number: RequestNumber(self.number),
            version: self.version,
            lane: Lane::from_code(self.lane).ok_or_else(|| bad("lane"))?,
            status,
            in_flight: self.in_flight,
            needs_confirmation: self.needs_confirmation,
            approval_type: ApprovalType::from_code(self.approval_type).ok_or_else(|| bad("approval_type"))?,
            waiting_on: waiting_on.flatten(),
            submitted_at: Timestamp(self.submitted_at),
            expires_at: matches!(status, Status::Pending | Status::MissingData).then_some(Timestamp(self.expires_at)),
            own: [self.requester_id, self.beneficiary_id, self.creator_id].contains(&viewer.0),
            requester: self.requester_name,
            email: self.requester_email,
            department: self.department,
            resource: self.resource_name,
            look: {
                let (logo, colour) = self.look.split_once(' ').unwrap_or_default();
                Look::new(Some(logo.to_owned()), Some(colour.to_owned()))
            },
            category: self.category,
            flow: self.flow_name,
        })
    }
}

/// One row of the list, by number.
///
/// # Errors
/// When the database fails.
pub async fn row(session: &mut Session, number: RequestNumber, viewer: PersonId) -> Result<Option<QueueRow>> {
    let sql = format!("SELECT {COLUMNS} FROM requests r WHERE r.number = $1");
    let found: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(number.0).fetch_optional(&mut *c).await?);
    found.map(|raw| raw.into_row(viewer)).transpose()
}

/// How a request ended, as repeated on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndFacts {
    /// When it was decided, expired or canceled.
    pub at: Timestamp,
    /// Name of the decider.
    pub by: Option<String>,
    /// Reason or comment.
    pub reason: Option<String>,
    /// Next steps.
    pub next_steps: Option<String>,
    /// Over the approvers.
    pub overridden: bool,
    /// Granted duration.
    pub granted: Option<Span>,
    /// When access ends by itself.
    pub access_ends_at: Option<Timestamp>,
    /// Why it was canceled.
    pub cancel: Option<CancelCause>,
}

/// A row with everything else that a detail shows from the request itself.
#[derive(Clone, Debug)]
pub struct FullRow {
    /// The row.
    pub row: QueueRow,
    /// Why it is asked for.
    pub reason: String,
    /// Name of the group, frozen.
    pub group_name: String,
    /// The group.
    pub group: GroupId,
    /// The resource.
    pub resource: ResourceId,
    /// The requester.
    pub requester: PersonId,
    /// Version of the flow.
    pub flow_version: i32,
    /// The version's id.
    pub flow_version_id: FlowVersionId,
    /// How it ended.
    pub end: Option<EndFacts>,
}

#[derive(FromRow)]
struct RawFull {
    #[sqlx(flatten)]
    raw: Raw,
    reason: String,
    group_name: String,
    group_id: Uuid,
    resource_id: Uuid,
    flow_version: i32,
    flow_version_id: Uuid,
    decided_at: Option<i64>,
    decided_by: String,
    decision_reason: String,
    next_steps: String,
    overridden: bool,
    granted_minutes: Option<i64>,
    access_ends_at: Option<i64>,
    cancel_cause: Option<String>,
}

/// One request with everything that stands on it.
///
/// # Errors
/// When the database fails.
pub async fn full_row(session: &mut Session, number: RequestNumber, viewer: PersonId) -> Result<Option<FullRow>> {
    let sql = format!(
        "SELECT {COLUMNS}, r.reason, r.group_name, r.group_id, r.resource_id, r.flow_version, r.flow_version_id, r.decided_at, \
         r.decided_by, r.decision_reason, r.next_steps, r.overridden, r.granted_minutes, r.access_ends_at, d.cancel_cause \
         FROM requests r LEFT JOIN decisions d ON d.request = r.number WHERE r.number = $1"
    );
    let found: Option<RawFull> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(number.0).fetch_optional(&mut *c).await?);
    found.map(|full| full.into_full(viewer)).transpose()
}

impl RawFull {
    fn into_full(self, viewer: PersonId) -> Result<FullRow> {
        let some = |text: String| (!text.is_empty()).then_some(text);
        let end = self.decided_at.map(|at| EndFacts {
            at: Timestamp(at),
            by: some(self.decided_by),
            reason: some(self.decision_reason),
            next_steps: some(self.next_steps),
            overridden: self.overridden,
            granted: self.granted_minutes.and_then(Span::minutes),
            access_ends_at: self.access_ends_at.map(Timestamp),
            cancel: self.cancel_cause.as_deref().and_then(cancel_cause),
        });
        Ok(FullRow {
            reason: self.reason,
            group_name: self.group_name,
            group: GroupId(self.group_id),
            resource: ResourceId(self.resource_id),
            requester: PersonId(self.raw.requester_id),
            flow_version: self.flow_version,
            flow_version_id: FlowVersionId(self.flow_version_id),
            end,
            row: self.raw.into_row(viewer)?,
        })
    }
}

fn cancel_cause(text: &str) -> Option<CancelCause> {
    [CancelCause::FlowDeleted, CancelCause::ResourceRemoved, CancelCause::BeneficiaryRemoved, CancelCause::Withdrawn]
        .into_iter()
        .find(|cause| cause.as_str() == text)
}
