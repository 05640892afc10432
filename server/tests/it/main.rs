//! The binary's own parts.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails says so")]

mod arrows;
mod channel_faults;
mod channel_tls;
mod channels;
mod config;
mod connectors;
mod contract;
mod contract_access;
mod crash;
mod disk;
mod edge;
mod ending;
mod house;
mod http;
mod http_peer;
mod imports;
mod keys;
mod letters;
mod mail;
mod processes;
mod program;
mod raw_peer;
mod rights;
mod scim_moods;
mod screens;
mod smtp;
mod smtp_peer;
mod smtp_tls;
mod support;
mod targets;
mod typed;
