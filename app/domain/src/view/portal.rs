//! The user portal.

use crate::catalog::Access;
use crate::flow::Step;
use crate::ids::{FlowId, RequestNumber, ResourceId};
use crate::request::{Announced, Status, Verdict};
use crate::time::{Span, Timestamp};
use crate::view::{Ended, Look, QueueRow, StepLine};
use serde::{Deserialize, Serialize};

/// A tile of Applications: what the person has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The resource.
    pub id: ResourceId,
    /// Name of the resource.
    pub resource: String,
    /// Its looks.
    pub look: Look,
    /// Category of the resource.
    pub category: String,
    /// Where it is used.
    pub link: Option<String>,
    /// When access began, if it came by a request.
    pub began_at: Option<Timestamp>,
    /// When it ends by itself.
    pub ends_at: Option<Timestamp>,
    /// Whether requests gave it, so that it can be given back.
    pub can_give_back: bool,
    /// The flow under which more time can be asked for.
    pub extend: Option<FlowId>,
}

/// Something the person may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueEntry {
    /// The flow to ask under.
    pub flow: FlowId,
    /// Name of the flow.
    pub flow_name: String,
    /// Name of the resource.
    pub resource: String,
    /// Looks of the flow, or of the resource.
    pub look: Look,
    /// Category of the resource.
    pub category: String,
    /// What it is.
    pub description: String,
    /// Who must agree.
    pub steps: Vec<Step>,
    /// How long access may last.
    pub access: Access,
    /// Text that the reason must contain.
    pub reason_pattern: Option<String>,
    /// The person's open request for the resource.
    pub open: Option<RequestNumber>,
    /// The person has it already.
    pub held: bool,
    /// The person has it until then: more time can be asked for.
    pub until: Option<Timestamp>,
    /// Who could approve, step by step, by name, the first few; and how many more.
    pub approvers: Vec<(Vec<String>, usize)>,
}

/// One of the person's own requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyRequest {
    /// The row.
    pub row: QueueRow,
    /// Why it was asked for.
    pub reason: String,
    /// Duration asked for.
    pub requested: Option<Span>,
    /// The steps, when the organisation shows them.
    pub steps: Option<Vec<StepLine>>,
    /// How it ended.
    pub ended: Option<Ended>,
    /// It expires without a reminder: what is left of its time lies outside of working hours.
    pub unreminded: bool,
}

impl MyRequest {
    /// Status of the request.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.row.status
    }
}

/// A request that waits on the person's vote, or on which they voted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The row.
    pub row: QueueRow,
    /// Why it is asked for.
    pub reason: String,
    /// Duration asked for.
    pub requested: Option<Span>,
    /// What the person voted, and when.
    pub voted: Option<(Verdict, Timestamp)>,
    /// The approval progress, while it waits.
    pub steps: Vec<StepLine>,
    /// Name of the group that a grant gives.
    pub group: String,
    /// Title of the person who is to have it.
    pub title: String,
    /// Name of their manager.
    pub manager: Option<String>,
    /// They have it until then already: more time is asked for.
    pub until: Option<Timestamp>,
    /// Durations that may be granted.
    pub access: Access,
    /// What the person's approval would do; nothing when it is not theirs to give now.
    pub does: Option<Announced>,
    /// It expires without a reminder: what is left of its time lies outside of working hours.
    pub unreminded: bool,
}

/// Counters of the portal's navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalCounts {
    /// Requests that wait on the person's vote.
    pub approvals: i64,
    /// Whether resource requests are switched on.
    pub requests_enabled: bool,
    /// Whether anything ever waited on the person as an assigned approver.
    pub is_approver: bool,
}
