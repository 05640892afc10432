//! Conformance: the functions of the store, on both engines.
#![expect(clippy::expect_used, reason = "a test that fails says so")]

mod approvers;
mod audit;
mod bulk;
mod channel_news;
mod channels;
mod check;
mod connectors;
mod coverage;
mod days;
mod deliveries;
mod directory;
mod drafts;
mod engine;
mod flows;
mod grants;
mod groups;
mod login;
mod logos;
mod names;
mod outbox;
mod people;
mod preferences;
mod provisioned;
mod provisioning;
mod queue;
mod reminders;
mod requests;
mod resources;
mod schema;
mod sealing;
mod support;
mod upgrade;
mod upgrade_provisioned;
