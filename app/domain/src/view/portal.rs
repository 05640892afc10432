//! The user portal.

use crate::catalog::Access;
use crate::flow::Step;
use crate::ids::{FlowId, RequestNumber};
use crate::request::{Status, Verdict};
use crate::time::{Span, Timestamp};
use crate::view::{Ended, QueueRow, StepLine};
use serde::{Deserialize, Serialize};

/// A tile of Applications: what the person has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Name of the resource.
    pub resource: String,
    /// Category of the resource.
    pub category: String,
    /// Where it is used.
    pub link: Option<String>,
    /// When access began, if it came by a request.
    pub began_at: Option<Timestamp>,
    /// When it ends by itself.
    pub ends_at: Option<Timestamp>,
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
}

/// Counters of the portal's navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalCounts {
    /// Requests that wait on the person's vote.
    pub approvals: i64,
    /// Whether resource requests are switched on.
    pub requests_enabled: bool,
}
