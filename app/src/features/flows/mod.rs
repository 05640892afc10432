//! Approval flows (`product.md` 4).

pub mod api;
mod editor;
#[cfg(feature = "ssr")]
mod list;
mod page;
#[cfg(feature = "ssr")]
mod press;
mod sections;
mod steps;

#[cfg(feature = "ssr")]
pub use list::flows;
pub use page::FlowPage;
