//! Log in, first set-up, one-time links, own password. Plain forms: they begin or end a session, so the page loads anew.

mod account;
mod page;
mod password;

pub use account::{account, knows as account_knows, read as read_account};
pub use page::{forgot, log_in, set_up};
pub use password::{by_link, password};
