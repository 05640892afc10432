//! The Requests Queue: list, detail, type-ahead, export.

mod detail;
mod export;
mod json;
mod page;
mod suggest;

pub use crate::export::{Export, Format};
pub use detail::detail;
pub use export::export;
pub use page::{counters, page, unsearchable};
pub use suggest::suggest_requesters;

pub(crate) use detail::{ended, steps};
pub(crate) use suggest::one_person;
