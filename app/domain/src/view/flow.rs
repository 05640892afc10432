//! What the editor of a flow shows beside what is typed.

use crate::flow::Draft;
use crate::ids::FlowId;
use crate::people::PersonRef;
use serde::{Deserialize, Serialize};

/// A flow, opened to be edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowOpened {
    /// The flow.
    pub id: FlowId,
    /// As it would be typed.
    pub draft: Draft,
    /// Its revision: what a save is based on.
    pub revision: i64,
    /// Number of its version.
    pub version: i32,
    /// Open requests under each version.
    pub open: Vec<(i32, i64)>,
}

/// Why nobody could pass a step as things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepTrouble {
    /// Nobody could approve.
    Nobody,
    /// Fewer than are required; how many would be.
    TooFew(u32),
}

/// One step, looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepPreview {
    /// Who could approve today, the first few; empty when it depends on a requester who is not chosen.
    pub people: Vec<PersonRef>,
    /// How many more.
    pub more: usize,
    /// Whether it depends on the requester, and none is chosen.
    pub depends: bool,
    /// Why nobody could pass it.
    pub trouble: Option<StepTrouble>,
}

/// All steps, for a sample requester.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowPreview {
    /// The requester, when one was found.
    pub sample: Option<PersonRef>,
    /// The steps, as far as they are typed.
    pub steps: Vec<StepPreview>,
    /// Names of resources to choose from.
    pub resources: Vec<String>,
    /// Names of groups to choose from.
    pub groups: Vec<String>,
    /// Names of the groups that give the typed resource.
    pub gives: Vec<String>,
}
