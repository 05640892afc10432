//! The Requests Queue.

pub mod api;
mod decide;
mod delivery;
mod detail;
mod filter;
mod focus;
mod page;
mod place;
mod progress;
mod row;
mod screen;
mod screen_fields;
mod single;
mod table;
mod toolbar;

pub use page::{QueuePageView, TITLE};
pub use progress::ApprovalProgress;
pub use single::RequestPage;
