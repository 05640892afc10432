//! What an act would do, said on the screen before it: the same function that does it says so, so that the two cannot differ.

use super::effects::{Decision, Effect};
use super::event::{Act, Decider, Event, World};
use super::state::{Attempt, Request, State, Verdict};
use super::transition::{Applied, Refusal, Transition, apply};
use serde::{Deserialize, Serialize};

/// What follows from an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announced {
    /// An approval that is counted; more are needed after it.
    Step,
    /// The end of the waiting, as the flow has it: the last approval that is needed, or a denial by whose turn it is.
    Last,
    /// The end of the waiting, over the approvers.
    Override,
}

impl Announced {
    /// Spelling in a form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Last => "last",
            Self::Override => "override",
        }
    }

    /// Reads the spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Step, Self::Last, Self::Override].into_iter().find(|one| one.as_str() == text)
    }
}

impl Transition {
    /// What this transition does to the waiting.
    #[must_use]
    pub fn announces(&self) -> Announced {
        match self.decision() {
            None => Announced::Step,
            Some(decision) if decision.overriding => Announced::Override,
            Some(_) => Announced::Last,
        }
    }

    /// The decision that it takes, carries out, or could not carry out.
    fn decision(&self) -> Option<&Decision> {
        let recorded = self.effects.iter().find_map(|effect| match effect {
            Effect::RecordDecision(decision) => Some(decision),
            _ => None,
        });
        recorded.or_else(|| self.state.flight().map(|flight| &flight.decision)).or(match &self.state {
            State::Error { attempt: Attempt { decision, .. }, .. } => Some(decision),
            _ => None,
        })
    }
}

/// What an act of this person would do now; nothing when it is not open to them, or does nothing.
#[must_use]
pub fn foresee(request: &Request, world: &World, by: Decider, act: Act) -> Option<Announced> {
    let words = || Some("foreseen".to_owned());
    let event = match act {
        Act::Vote => Event::Vote { by, verdict: Verdict::Approve, comment: words(), next_steps: None, duration: None },
        Act::Grant | Act::GrantOver => {
            Event::Grant { by, over: act == Act::GrantOver, comment: words(), duration: None }
        }
        Act::Deny => Event::Deny { by, reason: words(), next_steps: None },
        Act::Retry | Act::Withdraw | Act::Repair => return None,
    };
    match apply(request, world, event) {
        Ok(Applied::Changed(transition)) => Some(transition.announces()),
        _ => None,
    }
}

/// Applies what somebody does upon a screen that announced this; without an announcement as [`apply`].
///
/// # Errors
/// [`Refusal::OtherEffect`] when something else would follow meanwhile, whatever else is wrong with what was typed; otherwise as
/// [`apply`].
pub fn apply_announced(
    request: &Request,
    world: &World,
    event: Event,
    announced: Option<Announced>,
) -> Result<Applied, Refusal> {
    let act = match &event {
        Event::Vote { by, verdict: Verdict::Approve, .. } => Some((*by, Act::Vote)),
        Event::Grant { by, over, .. } => Some((*by, if *over { Act::GrantOver } else { Act::Grant })),
        Event::Deny { by, .. } => Some((*by, Act::Deny)),
        _ => None,
    };
    if let (Some(announced), Some((by, act))) = (announced, act)
        && let Some(now) = foresee(request, world, by, act)
        && now != announced
    {
        return Err(Refusal::OtherEffect(now));
    }
    apply(request, world, event)
}
