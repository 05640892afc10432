//! The Requests Queue.

use crate::filter::{Cursor, Dropped, ListQuery};
use crate::flow::ApproverKind;
use crate::ids::RequestNumber;
use crate::people::PersonRef;
use crate::request::{ApprovalType, Lane, Status};
use crate::time::{Day, Timestamp};
use crate::view::Look;
use serde::{Deserialize, Serialize};

/// Who blocks a request, and how many have agreed of how many.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WaitingOn {
    /// Kind of the waiting step's approvers.
    pub kind: ApproverKind,
    /// The group's name, or the single person's; empty when the kind says it all.
    pub name: String,
    /// Approvals so far, at the last transition; on Missing Data how many could act.
    pub agreed: u32,
    /// Approvals needed, at the last transition.
    pub needed: u32,
    /// The step, from 1; on Missing Data the one that cannot be passed.
    pub step: u32,
    /// Number of steps.
    pub steps: u32,
}

/// One row of the queue. Names are those frozen at submission.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QueueRow {
    /// Number of the request.
    pub number: RequestNumber,
    /// Its version, which an act must name so that nobody decides on what they have not seen.
    pub version: i64,
    /// Its tab.
    pub lane: Lane,
    /// Its status.
    pub status: Status,
    /// A connector is carrying the grant out.
    pub in_flight: bool,
    /// What people agreed to has to be confirmed by an administrator.
    #[serde(default)]
    pub needs_confirmation: bool,
    /// Its approval type.
    pub approval_type: ApprovalType,
    /// Name of the requester.
    pub requester: String,
    /// Email of the requester.
    pub email: String,
    /// Department of the requester.
    pub department: String,
    /// Name of the resource.
    pub resource: String,
    /// Looks of the resource, now.
    #[serde(default)]
    pub look: Look,
    /// Category of the resource.
    pub category: String,
    /// Name of the flow.
    pub flow: String,
    /// Who blocks; nothing on automatic and ended requests.
    pub waiting_on: Option<WaitingOn>,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When it expires, while it can.
    pub expires_at: Option<Timestamp>,
    /// The viewer asked for it, for themselves or another: no deciding.
    pub own: bool,
}

/// Live counters of the tabs: Pending requests that are not in flight, and what needs repair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Pending in Administrator.
    pub administrator: i64,
    /// Pending in Others.
    pub others: i64,
    /// Missing Data and Error in Administrator.
    pub repair_administrator: i64,
    /// Missing Data and Error in Others.
    pub repair_others: i64,
}

/// A page of the queue with the view it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePage {
    /// The query as understood, its place included: every link of the page is made from it.
    pub query: ListQuery,
    /// Who the requester of the filter is.
    pub requester: Option<PersonRef>,
    /// What could not be read of the query.
    pub dropped: Vec<Dropped>,
    /// What there is to say about words that are not searched for everywhere.
    pub search_note: Option<String>,
    /// The rows.
    pub rows: Vec<QueueRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    /// The counters, independent of the filter.
    pub counters: Counters,
    /// The moment at which all of this was true.
    pub now: Timestamp,
    /// IANA name of the viewer's time zone, `UTC` when it is not known.
    pub zone: String,
    /// The day that it is there.
    pub today: Day,
}
