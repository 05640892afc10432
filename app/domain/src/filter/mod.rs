//! What the queue can be asked: read from a URL, printed to a URL, evaluated in memory.

mod pairs;
mod query;
mod search;

pub use crate::search::Search;
pub use pairs::{decode_pairs, encode, encode_pairs};
pub use query::{Cursor, Dropped, Filter, ListQuery, PageSize, Requester, Sort, SortKey};
pub use search::Facts;
