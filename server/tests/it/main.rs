//! The binary's own parts.

mod arrows;
mod http;
mod mail;
