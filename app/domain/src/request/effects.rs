//! What follows from a transition, as data; the use case carries it out in the same transaction.

use crate::ids::PersonId;
use crate::request::{CancelCause, Vote};
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Grant or deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// Access was granted.
    Grant,
    /// Access was denied.
    Deny,
}

/// The act that ends the waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Grant or deny.
    pub kind: DecisionKind,
    /// Who; nobody for an automatic grant.
    pub by: Option<PersonId>,
    /// When it was decided, not when it was carried out.
    pub at: Timestamp,
    /// Reason of a denial, comment of a grant.
    pub reason: Option<String>,
    /// What the requester may do next.
    pub next_steps: Option<String>,
    /// Whether it was an admin over the approvers.
    pub overriding: bool,
    /// Duration granted, when access is timed.
    pub duration: Option<Span>,
}

/// Whom to tell what. Recipients are resolved by the use case; the words are the mail templates' business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// To admins and to the approvers of the waiting step: it is your turn.
    YourTurn,
    /// To admins who may decide: what people agreed to has to be confirmed.
    NeedsConfirmation,
    /// To the requester: granted.
    Approved,
    /// To the requester: denied, with reason and next steps.
    Denied,
    /// To approvers who were asked: an admin decided over you.
    Overridden,
    /// To admins: something is missing.
    MissingData,
    /// To admins: a grant failed.
    Error,
    /// To the requester: expired.
    Expired,
    /// To the requester: canceled.
    Canceled,
}

/// One thing to carry out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Store the vote.
    RecordVote(Vote),
    /// Store the decision that ended the waiting.
    RecordDecision(Decision),
    /// Record that an administrator confirmed what people had agreed to.
    Confirm,
    /// The request expires at another moment now.
    ExpireAt(Timestamp),
    /// Begin the grant, in this transaction.
    BeginGrant {
        /// When access ends by itself.
        ends_at: Option<Timestamp>,
    },
    /// Hand the grant to the connector.
    Provision,
    /// Take back what was partly done.
    Undo,
    /// It ended from outside.
    RecordCancel(CancelCause),
    /// Tell somebody.
    Notify(Notice),
}
