//! The pages of Doorward: rendered on the server, hydrated in the browser, usable without WebAssembly.

// Views are deep types.
#![recursion_limit = "1024"]

pub mod act;
#[cfg(feature = "ssr")]
pub mod ctx;
pub mod error;
pub mod features;
pub mod form;
pub mod layout;
pub mod markup;
pub mod recovery;
pub mod routes;
pub mod sheet;
pub mod shell;
pub mod ui;
pub mod wire;

pub use routes::App;
