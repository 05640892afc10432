//! Frames of the admin portal and of the user portal.

mod account;
mod admin;
#[cfg(feature = "ssr")]
mod portal;
mod viewer;

pub use admin::AdminFrame;
#[cfg(feature = "ssr")]
pub use admin::admin_frame;
#[cfg(feature = "ssr")]
pub use portal::portal_frame;
pub use viewer::{Viewer, use_viewer};
