//! Requests: loading for a decision, saving conditionally, and the lists.

mod change;
mod counters;
mod export;
mod insert;
mod list;
mod load;
mod mine;
mod row;
mod sql;

pub use change::{Change, Frozen, Waiting, record_decision, record_vote, save};
pub use counters::{counters, recount};
pub use export::{EXPORT_CHUNK, ExportCursor, ExportRow, ExportVote, export_chunk, export_votes};
pub use insert::{NewRequest, insert, next_number};
pub use list::{Effort, Page, list, list_statement, list_within};
pub use load::{Due, Loaded, Open, Shown, decider, due, load, load_open, nearest, open_by_resource, open_for, open_of};
pub use mine::{approvals, by_requester, ever_voted, open_by_requester, waiting_candidates};
pub use row::{EndFacts, FullRow, full_row, row};
