//! Use cases over real databases.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails says so")]

mod actors;
mod announced;
mod canaries;
mod channels;
mod check;
mod confirm;
mod damage;
mod decisions;
mod demo;
mod drafts;
mod grants;
mod import;
mod import_files;
mod import_forms;
mod import_writes;
mod links;
mod login;
mod messages;
mod pace;
mod provisioning;
mod recount;
mod search;
mod servers;
mod settings;
mod support;
mod twins;
mod typed;
