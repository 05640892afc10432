//! Conformance: the functions of the store, on both engines.

mod directory;
mod login;
mod outbox;
mod requests;
mod schema;
mod support;
