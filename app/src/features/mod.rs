//! One folder a noun.

#[cfg(feature = "ssr")]
pub mod login;
pub mod portal;
pub mod queue;
pub mod status;
