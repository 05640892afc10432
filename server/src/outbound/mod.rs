//! Calls to other systems: one client for all of them, which calls only addresses that may be called.

mod client;
mod guard;
mod signature;

pub use client::{Answer, Outbound, Said};
pub use guard::Guard;
pub use signature::sign;
