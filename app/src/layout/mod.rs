//! Frames of the admin portal and of the user portal.

mod account;
mod admin;
#[cfg(feature = "ssr")]
mod markup;
mod viewer;

pub use admin::AdminFrame;
#[cfg(feature = "ssr")]
pub use markup::{admin_frame, portal_frame};
pub use viewer::{PersonField, Viewer, use_viewer};
