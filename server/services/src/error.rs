//! What a use case answers when it does not do what was asked. Translated once at each door.

use domain::request::Refusal;
use domain::validate::FieldError;
use domain::view::QueueRow;

/// The result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a use case did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the actor may not know of it.
    #[error("not found")]
    NotFound,
    /// There is no live session.
    #[error("not logged in")]
    Unauthenticated,
    /// The actor may see it, but not do this.
    #[error("forbidden")]
    Forbidden,
    /// Fields that cannot be accepted.
    #[error("invalid fields")]
    Invalid(Vec<FieldError>),
    /// The rules refuse it; with the request as it stands now, for those who may see it.
    #[error("refused: {0}")]
    Refused(Refusal, Option<Box<Late>>),
    /// Too many tries; seconds to wait.
    #[error("too many tries")]
    TooMany(u64),
    /// The database cannot be read or written now; nothing was done.
    #[error("unavailable")]
    Unavailable,
    /// A defect. The text is for the log only.
    #[error("internal: {0}")]
    Internal(String),
}

/// A request as somebody else left it: for "too late" answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    /// The row as it now is.
    pub row: QueueRow,
    /// Who decided, if anybody.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<domain::time::Timestamp>,
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Unavailable(cause) => {
                tracing::warn!(%cause, "database unavailable");
                Self::Unavailable
            }
            // The key was changed while this server runs, or was never given to it: nothing is lost, and nothing can be read.
            store::Error::OtherKey(_) | store::Error::NoKey => {
                tracing::error!(cause = %error, "secrets cannot be read or written");
                Self::Unavailable
            }
            // Somebody else was faster, to the row, to the name or to a lock.
            store::Error::Stale | store::Error::Conflict(_) | store::Error::Deadlock => {
                Self::Refused(Refusal::Changed, None)
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

/// A short random name under which the log keeps an incident; all that a client is told of a defect.
#[must_use]
pub fn incident() -> String {
    store::new_id().simple().to_string().split_off(20)
}
