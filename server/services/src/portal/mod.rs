//! The user portal: what I have, what I may ask for, what waits on my vote.

mod applications;
mod approvals;
mod catalogue;
mod mine;

pub use applications::applications;
pub(crate) use approvals::waiting_on;
pub use approvals::{Approvals, approvals};
pub use catalogue::{Catalogue, catalogue};
pub use mine::{Mine, counts, my_requests};
