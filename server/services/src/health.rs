//! What does not work as it should while the server answers: background jobs that failed, rows that cannot be read. In memory, for
//! `/readyz` and the log; the details are in the log only.

use domain::ids::{GrantId, RequestNumber};
use domain::time::Timestamp;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A row that could not be carried on is tried again after so long, in microseconds: a quarter of an hour. Until then it costs the
/// others nothing.
const AGAIN: i64 = 15 * 60 * 1_000_000;

/// A row that stands for itself when the clock looks at what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Row {
    /// A request whose time has run out.
    Request(RequestNumber),
    /// Access whose time is over.
    Grant(GrantId),
}

/// What is wrong, for `/readyz`: no names, and nothing that anybody typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Background jobs that failed and were started again, or soon will be.
    pub jobs: Vec<&'static str>,
    /// Rows that were due and could not be carried on.
    pub rows: usize,
}

/// What is wrong now.
#[derive(Debug, Default)]
pub(crate) struct Health {
    jobs: Mutex<BTreeSet<&'static str>>,
    rows: Mutex<HashMap<Row, Timestamp>>,
    /// Grants whose own id cannot be read, as they were last counted.
    nameless: Mutex<usize>,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Health {
    /// Notes whether a background job runs as it should.
    pub(crate) fn job(&self, name: &'static str, well: bool) {
        if well {
            held(&self.jobs).remove(name);
        } else {
            held(&self.jobs).insert(name);
        }
    }

    /// What is wrong.
    pub(crate) fn faults(&self) -> Faults {
        Faults {
            jobs: held(&self.jobs).iter().copied().collect(),
            rows: held(&self.rows).len() + *held(&self.nameless),
        }
    }

    /// Whether a row failed a short while ago, so that it is not tried now.
    pub(crate) fn rests(&self, row: Row, now: Timestamp) -> bool {
        held(&self.rows).get(&row).is_some_and(|until| *until > now)
    }

    /// Notes that a row could not be carried on.
    pub(crate) fn failed(&self, row: Row, now: Timestamp) {
        held(&self.rows).insert(row, Timestamp(now.0.saturating_add(AGAIN)));
    }

    /// Notes that a row was carried on after all.
    pub(crate) fn mended(&self, row: Row) {
        held(&self.rows).remove(&row);
    }

    /// Forgets rows of the kind of `of` that are due no more, after all that are due were looked at.
    pub(crate) fn keep(&self, of: impl Fn(Row) -> bool, due: &[Row]) {
        held(&self.rows).retain(|row, _| !of(*row) || due.contains(row));
    }

    /// Notes how many grants that are due cannot be named.
    pub(crate) fn nameless(&self, count: usize) {
        *held(&self.nameless) = count;
    }
}
