//! The user portal.

pub mod act;
mod applications;
mod approvals;
mod requests;

pub use applications::applications;
pub use approvals::approvals;
pub use requests::requests;
