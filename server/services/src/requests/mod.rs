//! What happens to requests: submission, votes, decisions, repair, withdrawal and the clock.

mod around;
mod carry;
mod decide;
mod expire;
mod left;
mod notify;
mod recount;
mod submit;

pub use decide::{Choice, Deny, Grant, Outcome, Vote, deny, grant, retry, vote, withdraw};
pub use expire::expire_due;
pub use left::person_left;
pub use recount::{Recounted, recount_open};
pub use submit::{Submit, Submitted, submit};

pub(crate) use around::{Around, look_around};
pub(crate) use decide::may_know;
pub(crate) use left::cancel;
