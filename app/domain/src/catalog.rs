//! What can be asked for.

use crate::ids::{FlowId, FlowVersionId, GroupId, ResourceId};
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// How long the access of a flow lasts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Until it is given back or revoked.
    #[default]
    Permanent,
    /// Always this long.
    Fixed(Span),
    /// One of these, chosen by the requester.
    Choices(Vec<Span>),
}

impl Access {
    /// The longest access the flow allows; nothing when it does not end by itself.
    #[must_use]
    pub fn longest(&self) -> Option<Span> {
        match self {
            Self::Permanent => None,
            Self::Fixed(span) => Some(*span),
            Self::Choices(spans) => spans.iter().max().copied(),
        }
    }

    /// Whether a requester may ask for this.
    #[must_use]
    pub fn may_ask(&self, asked: Option<Span>) -> bool {
        match (self, asked) {
            (Self::Permanent, None) => true,
            (Self::Fixed(span), Some(asked)) => *span == asked,
            (Self::Choices(spans), Some(asked)) => spans.contains(&asked),
            _ => false,
        }
    }

    /// Whether a decider may grant this: never longer than the flow allows (`product.md` 2.4).
    #[must_use]
    pub fn may_grant(&self, granted: Option<Span>) -> bool {
        match (self.longest(), granted) {
            (None, None) => true,
            (Some(longest), Some(granted)) => granted <= longest,
            _ => false,
        }
    }
}

/// A resource with the flow by which a person may ask for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The flow to ask under.
    pub flow: FlowId,
    /// Its current version; a request freezes it.
    pub flow_version: FlowVersionId,
    /// Name of the flow.
    pub flow_name: String,
    /// The resource.
    pub resource: ResourceId,
    /// Name of the resource.
    pub resource_name: String,
    /// Category of the resource.
    pub category: String,
    /// What the flow, or the resource, says about itself.
    pub description: String,
    /// Entitlement that the person joins.
    pub group: GroupId,
    /// Who agrees, step by step, for display.
    pub steps: Vec<crate::flow::Step>,
    /// How long access may last.
    pub access: Access,
}
