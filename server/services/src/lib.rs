//! Use cases: one file each, one transaction each. The only place that decides and commits.

pub mod check;
pub mod demo;
pub mod import;
pub mod login;
pub mod outbox;
pub mod queue;
pub mod portal;
pub mod requests;

mod context;
mod settings;
mod error;

pub use context::{Origin, Services};
pub use settings::settings;
pub use error::{Error, Late, Result, incident};
