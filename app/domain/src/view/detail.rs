//! One request with everything that a decider should know.

use crate::catalog::Access;
use crate::flow::{ApproverKind, Missing, Required};
use crate::ids::{FlowId, GroupId, MessageId, PersonId, RequestNumber, ResourceId};
use crate::people::PersonRef;
use crate::request::{Announced, CancelCause, Doubt, ErrorCause, Refusal, Verdict};
use crate::time::{Span, Timestamp};
use crate::view::QueueRow;
use serde::{Deserialize, Serialize};

/// Whether an act is open to the viewer, and if not, why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Yes.
    Allowed,
    /// No.
    Refused(Refusal),
}

/// What the viewer may do now: the answers of the policy function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions {
    /// Grant as an admin.
    pub grant: Permission,
    /// What that grant would do.
    pub grant_does: Option<Announced>,
    /// What a grant over all remaining steps would do.
    pub grant_over_does: Option<Announced>,
    /// The grant is the vote on the waiting administrator step, not an override.
    pub grant_is_vote: bool,
    /// Deny as an admin.
    pub deny: Permission,
    /// What that denial would do.
    pub deny_does: Option<Announced>,
    /// Repeat the failed grant.
    pub retry: Permission,
    /// Name who fills the gap on which it waits.
    pub repair: Permission,
    /// Vote as an assigned approver, in the user portal.
    pub vote: Permission,
    /// Take it back as the requester.
    pub withdraw: Permission,
    /// Settings demand a comment on an overriding grant.
    pub comment_required: bool,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It has what it needs.
    Passed,
    /// It waits now.
    Waiting,
    /// It comes later.
    Later,
    /// Nobody, or too few, could pass it.
    Short,
    /// The request ended before it.
    Skipped,
    /// An admin decided over it.
    Overridden,
    /// It was denied here.
    Denied,
}

/// One approver of a step and what they did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApproverLine {
    /// Who.
    pub person: PersonRef,
    /// What they said, and when.
    pub verdict: Option<(Verdict, Timestamp)>,
    /// Their comment.
    pub comment: Option<String>,
    /// Can act now.
    pub can_act: bool,
}

/// One step of the approval progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine {
    /// Kind of approvers.
    pub kind: ApproverKind,
    /// Name of the group, for a group step.
    pub group: Option<String>,
    /// How many must agree.
    pub required: Required,
    /// How it stands.
    pub state: StepState,
    /// Approvals so far.
    pub agreed: u32,
    /// Approvals needed.
    pub needed: u32,
    /// Approvers: those who acted, then those who could; the first [`StepLine::SHOWN`].
    pub approvers: Vec<ApproverLine>,
    /// How many more there are.
    pub more: u32,
}

impl StepLine {
    /// Approvers shown by name in a step.
    pub const SHOWN: usize = 8;
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// By whom; nobody for the clock and for automatic grants.
    pub by: Option<String>,
    /// Reason or comment.
    pub reason: Option<String>,
    /// Next steps.
    pub next_steps: Option<String>,
    /// An admin over the approvers.
    pub overridden: bool,
    /// Why it was canceled.
    pub cancel: Option<CancelCause>,
    /// Granted duration.
    pub granted: Option<Span>,
    /// When access ends by itself.
    pub access_ends_at: Option<Timestamp>,
}

/// One message of the delivery ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The message.
    pub id: MessageId,
    /// About which request.
    pub request: Option<RequestNumber>,
    /// Whether it is for a channel and not for a person.
    pub channel: bool,
    /// Kind of message, as in the outbox.
    pub kind: String,
    /// To whom.
    pub recipient: String,
    /// `waiting`, `delivered`, `dead`, `suppressed`.
    pub state: String,
    /// Attempts so far.
    pub attempts: i32,
    /// What the last failure said.
    pub error: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was delivered, or will be tried next.
    pub at: Timestamp,
}

/// Something that will be said, unless what it is about has changed by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Kind of message.
    pub kind: String,
    /// When.
    pub at: Timestamp,
}

/// One call to a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallLine {
    /// `grant`, `undo` or `revoke`.
    pub action: String,
    /// Name of the connector.
    pub connector: String,
    /// `waiting`, `done`, `refused`, `failed` or `dropped`.
    pub state: String,
    /// Attempts so far.
    pub attempts: i32,
    /// What was said last.
    pub said: Option<String>,
    /// When it ended, or is tried next.
    pub at: Timestamp,
}

/// Why what people agreed to has to be confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unconfirmed {
    /// What was done.
    pub doubt: Doubt,
    /// Name of the person that it names.
    pub person: String,
    /// How many administrators could confirm or deny now.
    pub others: u32,
}

/// Everything about one request, as far as the viewer may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestDetail {
    /// The row of the list.
    pub row: QueueRow,
    /// Why it is asked for.
    pub reason: String,
    /// Title of the requester, now.
    pub title: Option<String>,
    /// The requester's manager, now.
    pub manager: Option<PersonRef>,
    /// Title of the manager.
    pub manager_title: Option<String>,
    /// Group that a grant gives.
    pub group: String,
    /// How many are in it now.
    pub group_members: i64,
    /// Version of the flow.
    pub flow_version: i32,
    /// Duration asked for.
    pub requested: Option<Span>,
    /// Durations that may be granted.
    pub access: Access,
    /// The steps; nothing where the organisation does not show them to the viewer, which is not the same as a request without steps.
    pub steps: Option<Vec<StepLine>>,
    /// What is missing, on Missing Data; for administrators, who can mend it.
    pub missing: Option<Missing>,
    /// Why it has to be confirmed, if it has; for administrators.
    pub unconfirmed: Option<Unconfirmed>,
    /// What failed, on Error; for administrators: it may hold a target's own words.
    pub error: Option<ErrorCause>,
    /// How it ended.
    pub ended: Option<Ended>,
    /// Whether the viewer may see what was delivered, what is planned and which targets were called: administrators.
    pub sees_delivery: bool,
    /// Messages about it.
    pub delivery: Vec<Delivery>,
    /// What will be said of it, the next first.
    pub planned: Vec<Planned>,
    /// It expires without a reminder: what is left of its time lies outside of working hours.
    pub unreminded: bool,
    /// Calls to targets for it.
    pub calls: Vec<CallLine>,
    /// Name of the connector that gives the group, if membership is not built in.
    pub connector: Option<String>,
    /// The beneficiary has the access until then already: more time is asked for.
    pub until: Option<Timestamp>,
    /// The resource.
    pub resource: ResourceId,
    /// The group.
    pub group_id: GroupId,
    /// The flow.
    pub flow: FlowId,
    /// Who is to have it.
    pub beneficiary: PersonId,
    /// What the viewer may do.
    pub permissions: Permissions,
    /// Whether the viewer is also an assigned approver who could vote in the user portal.
    pub assigned: bool,
    /// The moment at which all of this was true.
    pub now: Timestamp,
}

impl RequestDetail {
    /// Whether what is missing can be filled by naming a person: a manager, an owner, a member of a group.
    #[must_use]
    pub fn can_repair(&self) -> bool {
        let fillable = [ApproverKind::Manager, ApproverKind::Owner, ApproverKind::Group];
        self.missing.as_ref().is_some_and(|missing| fillable.contains(&missing.approvers))
    }

    /// Number of the request.
    #[must_use]
    pub const fn number(&self) -> RequestNumber {
        self.row.number
    }
}
