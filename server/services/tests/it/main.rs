//! Use cases over real databases.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails says so")]

mod decisions;
mod demo;
mod import;
mod login;
mod support;
