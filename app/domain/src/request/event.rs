//! What can happen to a request, and what must be known to say what follows.

use crate::ids::PersonId;
use crate::request::{ErrorCause, Verdict};
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Who decides, as known to the server at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decider {
    /// The person.
    pub id: PersonId,
    /// Whether the person is active and an admin.
    pub admin: bool,
}

/// Why a request was canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelCause {
    /// Its flow was deleted (the seed).
    FlowDeleted,
    /// Its resource was removed.
    ResourceRemoved,
    /// Its beneficiary was removed or deactivated.
    BeneficiaryRemoved,
    /// The requester withdrew it.
    Withdrawn,
}

impl CancelCause {
    /// Stable spelling in storage and export.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FlowDeleted => "flow_deleted",
            Self::ResourceRemoved => "resource_removed",
            Self::BeneficiaryRemoved => "beneficiary_removed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What a person may try to do to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Vote as an assigned approver.
    Vote,
    /// Grant as an admin: the vote on a waiting administrator step, otherwise an override.
    Grant,
    /// Grant as an admin over all remaining steps.
    GrantOver,
    /// Deny as an admin.
    Deny,
    /// Repeat the grant that failed.
    Retry,
    /// Fill a gap in the directory on which the request waits.
    Repair,
    /// Take one's own request back.
    Withdraw,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An assigned approver votes.
    Vote {
        /// Who.
        by: Decider,
        /// What.
        verdict: Verdict,
        /// The reason (required to deny) or comment.
        comment: Option<String>,
        /// What the requester may do next (denial only).
        next_steps: Option<String>,
        /// Duration granted if this is the last approval needed, when access is timed; the asked one when absent.
        duration: Option<Span>,
    },
    /// An admin grants.
    Grant {
        /// Who.
        by: Decider,
        /// Over the remaining steps as well.
        over: bool,
        /// The admin's words.
        comment: Option<String>,
        /// Duration granted, when access is timed; the asked one when absent.
        duration: Option<Span>,
    },
    /// An admin denies.
    Deny {
        /// Who.
        by: Decider,
        /// Why; required.
        reason: Option<String>,
        /// What the requester may do next.
        next_steps: Option<String>,
    },
    /// An admin repeats the grant that failed.
    Retry {
        /// Who.
        by: Decider,
    },
    /// People or groups changed: count again.
    Recount {
        /// Who changed them; nobody for the clock and the command line.
        cause: Option<PersonId>,
    },
    /// Time ran out.
    Expire,
    /// Flow, resource or beneficiary went.
    Cancel(CancelCause),
    /// The requester takes it back.
    Withdraw {
        /// Who.
        by: PersonId,
    },
    /// A connector's result.
    Provisioned(Result<(), ErrorCause>),
}

impl Event {
    /// Whether it is an act of the admin portal.
    #[must_use]
    pub const fn is_admins(&self) -> bool {
        matches!(self, Self::Grant { .. } | Self::Deny { .. } | Self::Retry { .. })
    }

    /// The same event, by somebody who is an admin now, or is none any more.
    #[must_use]
    pub fn by_admin(mut self, now: bool) -> Self {
        if let Self::Vote { by, .. } | Self::Grant { by, .. } | Self::Deny { by, .. } | Self::Retry { by } = &mut self {
            by.admin = now;
        }
        self
    }
}

/// How the group of a request is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entitlement {
    /// Built-in membership, of a group that is there and active.
    BuiltIn,
    /// Built-in membership, but the group cannot be given.
    Broken(ErrorCause),
    /// By a connector, later.
    Connector,
}

/// What is true outside the request at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// Now, read once per transaction.
    pub now: Timestamp,
    /// Active people of each step's set, barred ones included, looked up now.
    pub living: Vec<Vec<PersonId>>,
    /// How the group is given.
    pub entitlement: Entitlement,
    /// Time without action until expiry.
    pub expiry: Span,
    /// Whether an overriding grant needs a comment.
    pub comment_on_override: bool,
    /// Whether a target may have carried out a grant of this request, wholly or partly: a denial undoes it first.
    pub partly_done: bool,
    /// Who got in only by a one-time link that requester, beneficiary or creator showed on the screen: like these, they do not
    /// decide.
    pub let_in: Vec<PersonId>,
    /// Whose address requester, beneficiary or creator changed lately, and when: what they approve since has to be confirmed.
    pub readdressed: Vec<(PersonId, Timestamp)>,
    /// Who of those who voted is active, whether or not they still are approvers. Only counts look at it.
    pub active: Vec<PersonId>,
}
