//! The user portal.

pub mod api;
mod applications;
mod approvals;
mod requests;
mod send;

pub use applications::ApplicationsPage;
pub use approvals::ApprovalsPage;
pub use requests::RequestsPage;
