//! The request: its state, what can happen to it, and the one function by which it changes.

mod announced;
mod effects;
mod event;
mod recount;
mod state;
mod transition;

pub use announced::{Announced, apply_announced, foresee};
pub use effects::{Decision, DecisionKind, Effect, Notice};
pub use event::{Act, CancelCause, Decider, Entitlement, Event, World};
pub use state::{ApprovalType, Attempt, Doubt, ErrorCause, Flight, Lane, Request, State, Status, Verdict, Vote};
pub use transition::{Applied, Refusal, Submission, Transition, apply, submit};
