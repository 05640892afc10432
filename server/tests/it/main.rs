//! The binary's own parts.
#![expect(clippy::expect_used, reason = "a test that fails says so")]

mod arrows;
mod config;
mod connectors;
mod http;
mod mail;
