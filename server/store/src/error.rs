//! What can go wrong in the store. Absence is `Option`, never an error.

use std::fmt;

/// The result of a store function.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique or foreign key rule refused the write; the name of the constraint or columns, as the engine spells it.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The row is not in the state in which it was read: somebody else was faster.
    #[error("stale")]
    Stale,
    /// The database ended this transaction because it and another waited for each other; tried again, it may go through.
    #[error("deadlock")]
    Deadlock,
    /// A stored value that the program cannot read.
    #[error("inconsistent {table}.{column} of {id}")]
    Inconsistent {
        /// Table of the row.
        table: &'static str,
        /// Column of the value.
        column: &'static str,
        /// Key of the row.
        id: String,
    },
    /// The database cannot be reached or written now; the same call may succeed later.
    #[error("unavailable: {0}")]
    Unavailable(sqlx::Error),
    /// The database is of another make, newer, or not set up as it must be; starting makes no sense.
    #[error("{0}")]
    Unfit(String),
    /// A secret is to be kept, and there is no key to seal it under.
    #[error("there is no key to seal secrets under: DOORWARD_KEY is not set")]
    NoKey,
    /// A secret is sealed under a key that this process does not have; its name.
    #[error("secrets are sealed under the key {0}, which this process does not have")]
    OtherKey(String),
    /// The key of the database is missing, another one, or cannot be read or written; starting makes no sense.
    #[error("{0}")]
    Key(String),
    /// Anything else the driver says.
    #[error("driver: {0}")]
    Driver(sqlx::Error),
}

impl Error {
    /// An unreadable value.
    pub(crate) fn inconsistent(table: &'static str, column: &'static str, id: impl fmt::Display) -> Self {
        Self::Inconsistent { table, column, id: id.to_string() }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let unavailable = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(database) => {
                if database.is_unique_violation() || database.is_foreign_key_violation() {
                    return Self::Conflict(database.constraint().unwrap_or_else(|| database.message()).to_owned());
                }
                // SQLite's trigger against INSERT OR REPLACE speaks before the unique key would.
                if database.code().is_some_and(|code| code == "1811") && database.message().ends_with(" kept") {
                    return Self::Conflict(database.message().to_owned());
                }
                if database.code().is_some_and(|code| code == "40P01" || code == "40001") {
                    return Self::Deadlock;
                }
                database.code().is_some_and(|code| is_unavailable(&code))
            }
            _ => false,
        };
        if unavailable { Self::Unavailable(error) } else { Self::Driver(error) }
    }
}

/// Codes that mean "not now": SQLite's BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN with their extensions, and
/// PostgreSQL's classes 08 (connection), 25006 (read only), 40 (serialisation, deadlock), 53 (resources), 57 (operator), 58 (system).
fn is_unavailable(code: &str) -> bool {
    match code.parse::<i64>() {
        // SQLite's codes are decimal numbers of at most four digits; a SQLSTATE has five characters.
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6 | 8 | 10 | 13 | 14),
        _ => {
            code == "25006"
                || code == "55P03"
                || ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class))
        }
    }
}
