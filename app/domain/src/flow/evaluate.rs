//! Counting votes: how far a request has come, and what it lacks.

use super::{ApproverKind, Definition, Required};
use crate::ids::PersonId;
use crate::request::{Verdict, Vote};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A step that nobody could pass as things are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Which step, from 0.
    pub step: usize,
    /// Whom it asks.
    pub approvers: ApproverKind,
    /// How many could agree now.
    pub living: u32,
    /// How many would have to.
    pub needed: u32,
}

/// Where a request stands after counting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every step has what it needs.
    Complete,
    /// This step waits.
    Waiting(usize),
    /// This step, the waiting one or a later one, has fewer living approvers than it requires.
    Missing(Missing),
}

/// One step, counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepProgress {
    /// Living approvers without those who are barred.
    pub eligible: Vec<PersonId>,
    /// Who of them has approved.
    pub approved: Vec<PersonId>,
    /// How many approvals the step needs.
    pub needed: u32,
}

impl StepProgress {
    const fn is_short(&self) -> bool {
        (self.eligible.len() as u64) < self.needed as u64
    }

    const fn is_passed(&self) -> bool {
        !self.is_short() && self.approved.len() as u64 >= self.needed as u64
    }
}

/// All steps, counted, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The steps in order.
    pub steps: Vec<StepProgress>,
    /// What follows.
    pub outcome: Outcome,
}

/// How many approvals a step needs with so many living approvers: never less than one (`trust.md` F12).
#[must_use]
pub fn needed(required: Required, living: usize) -> u32 {
    match required {
        Required::Any => 1,
        Required::All => u32::try_from(living).unwrap_or(u32::MAX).max(1),
        Required::AtLeast(count) => count.max(1),
    }
}

/// Counts the votes. `living` holds the active people of each step's set, looked up now; `barred` are requester,
/// beneficiary and creator; steps before `from` were passed earlier and stay passed, whoever has left since.
#[must_use]
pub fn evaluate(
    definition: &Definition,
    living: &[Vec<PersonId>],
    barred: &[PersonId],
    votes: &[Vote],
    from: usize,
) -> Progress {
    let steps: Vec<StepProgress> = definition
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let set = living.get(index).map_or(&[][..], Vec::as_slice);
            let mut seen: HashSet<PersonId> = HashSet::with_capacity(set.len());
            let eligible: Vec<PersonId> =
                set.iter().copied().filter(|person| !barred.contains(person) && seen.insert(*person)).collect();
            let approved = votes
                .iter()
                .filter(|vote| vote.verdict == Verdict::Approve && seen.contains(&vote.person))
                .map(|vote| vote.person)
                .collect();
            StepProgress { needed: needed(step.required, eligible.len()), eligible, approved }
        })
        .collect();
    let outcome = outcome(definition, &steps, from);
    Progress { steps, outcome }
}

fn outcome(definition: &Definition, steps: &[StepProgress], from: usize) -> Outcome {
    let waiting = (from..steps.len()).find(|index| !steps[*index].is_passed());
    let Some(waiting) = waiting else { return Outcome::Complete };
    let short = (waiting..steps.len()).find(|index| steps[*index].is_short());
    match short {
        None => Outcome::Waiting(waiting),
        Some(step) => Outcome::Missing(Missing {
            step,
            approvers: definition.steps[step].approvers.kind(),
            living: u32::try_from(steps[step].eligible.len()).unwrap_or(u32::MAX),
            needed: steps[step].needed,
        }),
    }
}
