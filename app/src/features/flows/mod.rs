//! Approval flows (`product.md` 4).

pub mod api;
mod editor;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod press;
mod steps;

pub use editor::FlowPage;
#[cfg(feature = "ssr")]
pub use list::flows;
