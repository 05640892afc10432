//! Statuses and the facts that are true in each of them.

use crate::flow::{Definition, Missing};
use crate::ids::{FlowId, GroupId, PersonId, RequestNumber, ResourceId};
use crate::request::{CancelCause, Decision, World};
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

macro_rules! spelled {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order of display.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Stable spelling in URLs, exports and storage.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Stable number in storage.
            #[must_use]
            pub const fn code(self) -> i16 {
                match self { $(Self::$variant => $code),+ }
            }

            /// Reads the stable spelling.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }

            /// Reads the stable number.
            #[must_use]
            pub fn from_code(code: i16) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.code() == code)
            }
        }
    };
}

spelled! {
    /// Status of a request, as the seed defines them, and Missing Data (`product.md` 2.1).
    Status {
        /// Awaits approval or denial.
        Pending = 0 "pending",
        /// Granted and provisioned.
        Approved = 1 "approved",
        /// Rejected.
        Denied = 2 "denied",
        /// Ended because its flow, resource or beneficiary went, or it was withdrawn.
        Canceled = 3 "canceled",
        /// Something failed; the decision can be tried again.
        Error = 4 "error",
        /// Nobody acted in time.
        Expired = 5 "expired",
        /// Something the flow needs is absent.
        MissingData = 6 "missing-data",
    }
}

impl Status {
    /// Whether nothing can follow (`product.md` 2.1: terminal for ever).
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Approved | Self::Denied | Self::Canceled | Self::Expired)
    }

    /// Whether an admin has to repair something.
    #[must_use]
    pub const fn needs_repair(self) -> bool {
        matches!(self, Self::Error | Self::MissingData)
    }
}

spelled! {
    /// Queue tab in which a request stands.
    Lane {
        /// Waits on administrators.
        Administrator = 0 "administrator",
        /// Waits on assigned approvers.
        Others = 1 "others",
    }
}

spelled! {
    /// Approval type of a flow.
    ApprovalType {
        /// People agree, step by step.
        Manual = 0 "manual",
        /// Given at once.
        Automatic = 1 "automatic",
    }
}

spelled! {
    /// What an approver said.
    Verdict {
        /// Agreed.
        Approve = 0 "approve",
        /// Refused, which ends the request.
        Deny = 1 "deny",
    }
}

/// One approver's word on a request; one per person and request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Whose.
    pub person: PersonId,
    /// What.
    pub verdict: Verdict,
    /// The step that waited then, from 0.
    pub step: usize,
    /// When.
    pub at: Timestamp,
    /// The approver's words, if any.
    pub comment: Option<String>,
}

/// Why a grant could not be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCause {
    /// The group that the flow gives is gone.
    GroupGone,
    /// The group that the flow gives is inactive.
    GroupInactive,
    /// The connector that gives the group is switched off; its name.
    ConnectorOff(String),
    /// The target refused; its own words.
    Target(String),
    /// The target did not answer, or failed, as often as it was tried; what was seen last.
    Unreachable(String),
    /// The target said yes, but nobody can see whether it did it; what was tried.
    Unconfirmed(String),
}

/// Which decision failed, grant or denial, so that *Retry* can repeat it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The decision as it was taken.
    pub decision: Decision,
    /// Why it failed.
    pub cause: ErrorCause,
}

/// A decision that a connector is carrying out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// The decision as it was taken.
    pub decision: Decision,
    /// Set when flow, resource or beneficiary went meanwhile; takes effect with the result.
    pub cancel: Option<CancelCause>,
}

/// What somebody who may not decide on a request has done to it, so that an administrator has to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// This person changed people, groups or owners, and by that alone nobody else's approval was needed any more.
    Directory(PersonId),
    /// The address of this approver was changed by requester, beneficiary or creator before the approval.
    Address(PersonId),
}

/// The state of a request: each variant holds what is true in it, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits on a step.
    Pending {
        /// The waiting step, from 0.
        step: usize,
        /// A grant under way.
        flight: Option<Flight>,
    },
    /// Waits for an administrator to confirm what people have agreed to: somebody who may not decide on the request had a hand in
    /// it. Its status is Pending, its tab Administrator.
    Unconfirmed {
        /// The step it waited on, from 0.
        step: usize,
        /// Why somebody has to confirm.
        doubt: Doubt,
        /// A grant under way.
        flight: Option<Flight>,
    },
    /// Something the flow needs is absent.
    MissingData {
        /// The step it last waited on.
        step: usize,
        /// What is absent.
        missing: Missing,
        /// A grant under way.
        flight: Option<Flight>,
    },
    /// A decision could not be carried out.
    Error {
        /// The step it last waited on.
        step: usize,
        /// What failed.
        attempt: Attempt,
        /// A repetition under way.
        flight: Option<Flight>,
    },
    /// Granted.
    Approved {
        /// The step it last waited on.
        step: usize,
    },
    /// Refused.
    Denied {
        /// The step it last waited on.
        step: usize,
    },
    /// Ended from outside.
    Canceled {
        /// The step it last waited on.
        step: usize,
        /// By what.
        cause: CancelCause,
    },
    /// Ran out of time.
    Expired {
        /// The step it last waited on.
        step: usize,
    },
}

impl State {
    /// The status that people see.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Pending { .. } | Self::Unconfirmed { .. } => Status::Pending,
            Self::MissingData { .. } => Status::MissingData,
            Self::Error { .. } => Status::Error,
            Self::Approved { .. } => Status::Approved,
            Self::Denied { .. } => Status::Denied,
            Self::Canceled { .. } => Status::Canceled,
            Self::Expired { .. } => Status::Expired,
        }
    }

    /// The step the request waits on, or last waited on.
    #[must_use]
    pub const fn step(&self) -> usize {
        match self {
            Self::Pending { step, .. }
            | Self::Unconfirmed { step, .. }
            | Self::MissingData { step, .. }
            | Self::Error { step, .. }
            | Self::Approved { step }
            | Self::Denied { step }
            | Self::Canceled { step, .. }
            | Self::Expired { step } => *step,
        }
    }

    /// A decision that is being carried out, if any.
    #[must_use]
    pub const fn flight(&self) -> Option<&Flight> {
        match self {
            Self::Pending { flight, .. }
            | Self::Unconfirmed { flight, .. }
            | Self::MissingData { flight, .. }
            | Self::Error { flight, .. } => flight.as_ref(),
            _ => None,
        }
    }

    /// The queue tab in which a request under these steps stands.
    #[must_use]
    pub fn lane(&self, definition: &Definition) -> Lane {
        match self {
            Self::Unconfirmed { .. } => Lane::Administrator,
            other => definition.lane(other.step()),
        }
    }

    /// Why an administrator has to confirm what people agreed to; nothing when nobody has to.
    #[must_use]
    pub const fn doubt(&self) -> Option<Doubt> {
        match self {
            Self::Unconfirmed { doubt, .. } => Some(*doubt),
            _ => None,
        }
    }
}

/// A request as the rules see it: its frozen flow, its state and its votes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its number.
    pub number: RequestNumber,
    /// Rises by one with each transition.
    pub version: i64,
    /// Who asked.
    pub requester: PersonId,
    /// Who is to have it.
    pub beneficiary: PersonId,
    /// Who typed it in.
    pub creator: PersonId,
    /// What is asked for.
    pub resource: ResourceId,
    /// Under which flow.
    pub flow: FlowId,
    /// The group that a grant gives.
    pub group: GroupId,
    /// The flow as it was at submission.
    pub definition: Definition,
    /// Where it stands.
    pub state: State,
    /// The duration asked for, when access is timed.
    pub requested: Option<Span>,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When it expires unless somebody acts.
    pub expires_at: Timestamp,
    /// What was voted.
    pub votes: Vec<Vote>,
}

impl Request {
    /// Nobody decides on a request of which they are requester, beneficiary or creator, whatever hat they wear.
    #[must_use]
    pub fn barred(&self) -> [PersonId; 3] {
        [self.requester, self.beneficiary, self.creator]
    }

    /// Who does not count among the approvers: requester, beneficiary and creator, and whom one of these let in.
    #[must_use]
    pub fn excluded(&self, world: &World) -> Vec<PersonId> {
        self.barred().into_iter().chain(world.let_in.iter().copied()).collect()
    }

    /// What a person has voted, if they have.
    #[must_use]
    pub fn vote_of(&self, person: PersonId) -> Option<&Vote> {
        self.votes.iter().find(|vote| vote.person == person)
    }

    /// The queue tab in which the request stands.
    #[must_use]
    pub fn lane(&self) -> Lane {
        self.state.lane(&self.definition)
    }
}
