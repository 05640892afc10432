//! Conformance: the functions of the store, on both engines.
#![expect(clippy::expect_used, reason = "a test that fails says so")]

mod directory;
mod engine;
mod login;
mod outbox;
mod requests;
mod schema;
mod support;
