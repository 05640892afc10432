//! Frames of the admin portal and of the user portal.

mod account;
mod admin;
mod portal;
mod viewer;

pub use admin::AdminFrame;
pub use portal::PortalFrame;
pub use viewer::{Viewer, use_viewer};
