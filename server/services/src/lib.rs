//! Use cases: one file each, one transaction each. The only place that decides and commits.

pub mod audit;
pub mod channels;
pub mod check;
pub mod connectors;
pub mod deliveries;
pub mod demo;
pub mod directory;
pub mod drafts;
pub mod flows;
pub mod grants;
pub mod import;
pub mod keys;
pub mod login;
pub mod logos;
pub mod outbox;
pub mod portal;
pub mod presence;
pub mod provisioning;
pub mod queue;
pub mod reminders;
pub mod requests;
pub mod targets;
pub mod zones;

mod context;
mod error;
mod export;
mod health;
mod notes;
mod record;
mod settings;

pub(crate) use context::Right;
pub use context::{Origin, Services, Via};
pub use error::{Error, Late, Result, incident};
pub use export::{Export, Format};
pub use health::Faults;
pub use notes::write_notes;
pub use settings::{SettingsDraft, save_settings, settings, switchable};
