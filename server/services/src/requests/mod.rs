//! What happens to requests: submission, votes, decisions, repair, withdrawal and the clock.

mod around;
mod carry;
mod decide;
mod expire;
mod left;
mod living;
mod notify;
mod pace;
mod provisioned;
mod recount;
mod repair;
mod submit;
mod trust;

pub use decide::{Choice, Deny, Grant, Outcome, Vote, deny, grant, retry, vote, withdraw};
pub use expire::expire_due;
pub use left::person_left;
pub use recount::{Recounted, recount_open};
pub use repair::repair;
pub use submit::{Submit, Submitted, submit};

pub(crate) use around::{Around, look_ahead, look_around};
pub(crate) use decide::{find, may_know};
pub(crate) use left::cancel;
pub(crate) use living::Living;
pub(crate) use notify::{ADMIN_TURN, APPROVER_TURN};
pub(crate) use provisioned::provisioned;
pub(crate) use recount::{groups_of, recount_seats, recount_seats_since};
