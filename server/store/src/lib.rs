//! The only package that names SQL. One body, two engines: SQLite embedded, PostgreSQL to scale.
//!
//! A [`Store`] hands out [`Session`]s: a read session is one consistent snapshot, a write session one transaction. Every
//! function takes a session, so any of them joins the transaction of the use case. What is dropped without
//! [`Session::commit`] never happened. The store knows nothing of rights, transitions, mail or HTTP.

#[macro_use]
mod engine;
mod error;
mod files;
mod listen;
mod migrate;
mod presence;
mod rekey;
mod search;

pub mod audit;
pub mod bulk;
pub mod channels;
pub mod check;
pub mod connectors;
pub mod days;
pub mod deliveries;
pub mod directory;
pub mod drafts;
pub mod flows;
pub mod grants;
pub mod login;
pub mod logos;
pub mod outbox;
pub mod preferences;
pub mod provisioned;
pub mod provisioning;
pub mod reminders;
pub mod requests;
pub mod seal;
pub mod settings;

pub use engine::{Clock, Engine, Options, Session, Store, check_url, id_from, new_id};
pub use error::{Error, Result};
pub use listen::Listener;
pub use presence::Presence;
