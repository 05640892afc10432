//! Approval flows: what a version says, and how far a request has come under it.

mod definition;
mod draft;
mod evaluate;

pub use definition::{ApproverKind, Approvers, Definition, NamedPerson, Required, Step};
pub use draft::{Draft, DraftAccess, DraftRequired, DraftStep};
pub use evaluate::{Missing, Outcome, Progress, StepProgress, evaluate, needed};
