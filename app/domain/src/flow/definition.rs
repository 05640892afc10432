//! A flow version as it is frozen on a request.

use crate::catalog::Access;
use crate::ids::{GroupId, PersonId};
use crate::request::{ApprovalType, Lane};
use serde::{Deserialize, Serialize};

/// Who agrees in a step (`product.md` 2.3). Who these people *are* is looked up live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approvers {
    /// Any admin.
    Administrator,
    /// The manager of the requester.
    Manager,
    /// The owners of the resource.
    Owner,
    /// The members of a group.
    Group {
        /// The group.
        id: GroupId,
        /// Its name when the version was made.
        name: String,
    },
    /// Named people.
    People {
        /// Who, and their names when the version was made.
        people: Vec<NamedPerson>,
    },
}

/// A person named in a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPerson {
    /// The person.
    pub id: PersonId,
    /// Name when the version was made.
    pub name: String,
}

/// The kind of an approver set, without its particulars: what lists and columns show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApproverKind {
    /// Any admin.
    Administrator,
    /// The manager of the requester.
    Manager,
    /// The owners of the resource.
    Owner,
    /// The members of a group.
    Group,
    /// Named people.
    People,
}

impl ApproverKind {
    /// Stable spelling for storage and export.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Manager => "manager",
            Self::Owner => "owner",
            Self::Group => "group",
            Self::People => "people",
        }
    }

    /// Reads [`ApproverKind::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Administrator, Self::Manager, Self::Owner, Self::Group, Self::People]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

impl Approvers {
    /// The kind of the set.
    #[must_use]
    pub const fn kind(&self) -> ApproverKind {
        match self {
            Self::Administrator => ApproverKind::Administrator,
            Self::Manager => ApproverKind::Manager,
            Self::Owner => ApproverKind::Owner,
            Self::Group { .. } => ApproverKind::Group,
            Self::People { .. } => ApproverKind::People,
        }
    }
}

/// How many of the living approvers must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Required {
    /// One of them.
    Any,
    /// All who are living approvers at the moment of counting.
    All,
    /// So many; at least 1.
    AtLeast(u32),
}

/// One stage of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Who agrees.
    pub approvers: Approvers,
    /// How many of them.
    pub required: Required,
}

/// A flow version: the rules that a request keeps from submission to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Manual or Automatic.
    pub approval_type: ApprovalType,
    /// The group that the person joins.
    pub group: GroupId,
    /// Its name when the version was made.
    pub group_name: String,
    /// Who may see the flow; everyone when empty.
    #[serde(default)]
    pub visible_to: Vec<GroupId>,
    /// The stages, in order; none when Automatic.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// How long access lasts.
    #[serde(default)]
    pub access: Access,
    /// Text that a reason must contain, with `#` for a digit run and `*` for anything (`FIN-#`).
    #[serde(default)]
    pub reason_pattern: Option<String>,
}

impl Definition {
    /// The lane of a request that waits on this step; automatic ones are in Administrator (`product.md` 2.2).
    #[must_use]
    pub fn lane(&self, step: usize) -> Lane {
        match self.steps.get(step).map(|step| step.approvers.kind()) {
            None | Some(ApproverKind::Administrator) => Lane::Administrator,
            Some(_) => Lane::Others,
        }
    }

    /// Whether the definition can be acted on: Manual has steps, Automatic has none, counts are at least 1, named
    /// people are named (`trust.md` F12: zero fails open).
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let steps_fit = match self.approval_type {
            ApprovalType::Manual => !self.steps.is_empty(),
            ApprovalType::Automatic => self.steps.is_empty(),
        };
        steps_fit
            && self.steps.iter().all(|step| {
                step.required != Required::AtLeast(0)
                    && !matches!(&step.approvers, Approvers::People { people } if people.is_empty())
            })
    }
}
