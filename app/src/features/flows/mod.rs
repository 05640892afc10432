//! Approval flows (`product.md` 4).

mod editor;
pub mod form;
mod list;
mod steps;

pub use editor::editor;
pub use list::flows;
