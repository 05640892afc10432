//! The rules of `product.md` 2, told as stories, drawn as a grid, and held to properties.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up fails")]

mod announced;
mod connectors;
mod grid;
mod model;
mod properties;
mod query;
mod search;
mod stories;
mod support;
mod texts;
mod values;
