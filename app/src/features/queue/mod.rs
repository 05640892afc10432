//! The Requests Queue.

pub mod api;
mod decide;
mod detail;
mod filter;
mod page;
mod place;
mod row;
mod single;
mod table;
mod toolbar;

pub use page::QueuePageView;
pub use single::RequestPage;

pub(crate) use detail::steps_view;
