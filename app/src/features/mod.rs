//! One folder a noun.

pub mod login;
pub mod portal;
pub mod queue;
pub mod status;
