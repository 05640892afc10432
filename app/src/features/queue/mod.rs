//! The Requests Queue.

pub mod api;
mod decide;
#[cfg(feature = "ssr")]
mod detail;
mod filter;
mod focus;
mod page;
mod place;
mod row;
#[cfg(feature = "ssr")]
mod screen;
#[cfg(feature = "ssr")]
mod single;
mod table;
mod toolbar;

pub use page::{QueuePageView, TITLE};
#[cfg(feature = "ssr")]
pub use single::request_page;

#[cfg(feature = "ssr")]
pub(crate) use detail::{UNREMINDED, steps_view};
#[cfg(feature = "ssr")]
pub(crate) use screen::{durations, not_yet};
