//! Log-in with local accounts.

mod admin;
mod limiter;
mod link;
mod log_in;
mod me;
mod password;
mod secret;
mod session;
mod strength;
mod sweep;

pub use admin::{active_person, create_admin, set_up_first_admin, setup_needed};
pub use link::{Purpose, link_person, may_show_link, mint_link, request_reset, show_link};
pub use log_in::{LoggedIn, log_in, log_out};
pub use me::{Me, MeDraft, me, save_me, zones};
pub use password::{change_password, set_password_by_link};
pub use secret::{Password, Token};
pub use session::{Visitor, authenticate, email_of, note_use, session_owner};
pub use sweep::sweep;

pub(crate) use link::invitation;
pub(crate) use password::hash_for_demo;
pub(crate) use secret::Hashing;
pub(crate) use session::IDLE_IN_ACTS;
