//! Mail: from a claimed message to the wire.

mod files;
mod letter;
mod message;
mod preview;
mod target;
mod words;

pub use letter::{Letter, letter};
pub use message::{Mailer, Said, Sending, Unbuilt};
pub use preview::preview;
pub use target::MailTarget;
