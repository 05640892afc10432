//! Use cases over real databases.

mod decisions;
mod import;
mod login;
mod support;
