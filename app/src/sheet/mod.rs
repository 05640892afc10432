//! Sheets: pages whose markup the server makes.
//!
//! The queue is a live view. Every other page is read, and a form on it is sent now and then: its markup is written on the
//! server only, so the browser carries no code for it (`docs/performance.md`). Where WebAssembly runs, links and forms of a
//! sheet ask for the same pages as a browser without it would, and what came is painted in place, without a reload; typed
//! text, open disclosures and the focus stay.

#[cfg(feature = "ssr")]
mod call;
#[cfg(feature = "ssr")]
mod table;
mod turn;
mod view;

#[cfg(feature = "ssr")]
pub use call::{Call, Sheet};
#[cfg(feature = "ssr")]
pub use table::{Found, open};
pub use view::SheetView;
