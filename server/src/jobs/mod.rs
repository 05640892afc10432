//! What runs beside the requests of people: mail, the clock, targets, channels, and what is written later.

pub mod clock;
mod kept;
pub mod listen;
pub mod mail;
pub mod news;
pub mod notes;
pub mod presence;
pub mod provision;

pub use kept::kept;

/// Becomes true when the process is to end.
pub type Stop = tokio::sync::watch::Receiver<bool>;
