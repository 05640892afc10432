//! The rules of access requests. Pure: no clock, no chance, no IO; the same code runs on the server and in the browser.
//!
//! [`request::apply`] is the one transition function of the product; [`policy::may`] is the one place that says whether a
//! person may do something to a request now. Everything else is the vocabulary those two speak.

pub mod address;
pub mod catalog;
pub mod channel;
pub mod connector;
pub mod filter;
pub mod flow;
pub mod ids;
pub mod letters;
pub mod message;
pub mod pattern;
pub mod people;
pub mod policy;
pub mod request;
pub mod search;
pub mod settings;
pub mod text;
pub mod time;
pub mod typed;
pub mod validate;
pub mod view;
