//! What is noted in memory and written by one writer, a few seconds later and together: that sessions are used, and that people
//! failed to log in. Neither may cost a transaction each: whoever opens pages, or guesses passwords, would hold the writer.

use crate::record::record_all;
use crate::{Result, Services};
use domain::time::Timestamp;
use serde_json::json;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::audit::Event;

/// Sessions noted at once, at most. One more is not noted until these are written.
const SESSIONS: usize = 20_000;
/// Different failed log-ins noted at once, at most; those beyond are counted together.
const FAILED: usize = 1_000;
/// Failed log-ins of one bucket are written once in so long, in microseconds: a minute.
const MINUTE: i64 = 60 * 1_000_000;

/// Why a log-in failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Why {
    /// The password was looked at and wrong, or nobody has this address.
    Wrong,
    /// It was not looked at: too many tries before.
    TooMany,
}

impl Why {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::TooMany => "too many tries",
        }
    }
}

/// Which failed log-ins are one line of the record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Failure {
    pub(crate) why: Why,
    /// Whose account, as typed; empty when they are counted by the address.
    pub(crate) email: String,
    /// From where; empty when they are counted by the account.
    pub(crate) address: String,
}

/// Failed log-ins of one bucket that are not written yet.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    times: u64,
    first: Timestamp,
    /// Not written again before.
    rests_until: Timestamp,
}

/// Notes that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    used: Mutex<HashMap<Vec<u8>, Timestamp>>,
    failed: Mutex<HashMap<Failure, Count>>,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Notes {
    /// Notes that a session was used.
    pub(crate) fn used(&self, token_hash: Vec<u8>, at: Timestamp) {
        let mut used = held(&self.used);
        let full = used.len() >= SESSIONS;
        match used.entry(token_hash) {
            Entry::Occupied(mut known) => {
                let last = known.get_mut();
                *last = at.max(*last);
            }
            Entry::Vacant(unknown) if !full => _ = unknown.insert(at),
            Entry::Vacant(_) => {}
        }
    }

    /// When a session was last used, if that is not written yet.
    pub(crate) fn last_use(&self, token_hash: &[u8]) -> Option<Timestamp> {
        held(&self.used).get(token_hash).copied()
    }

    /// Notes that a log-in failed.
    pub(crate) fn failed(&self, failure: Failure, at: Timestamp) {
        let mut failed = held(&self.failed);
        let known = failed.len() < FAILED || failed.contains_key(&failure);
        let key = if known { failure } else { Failure { email: String::new(), address: String::new(), ..failure } };
        let count = failed.entry(key).or_default();
        if count.times == 0 {
            count.first = at;
        }
        count.times += 1;
    }

    /// The failed log-ins that may be written now; those that were written a minute ago and did not come again are forgotten.
    fn due(&self, now: Timestamp, all: bool) -> Vec<(Failure, Count)> {
        let mut failed = held(&self.failed);
        failed.retain(|_, count| count.times > 0 || count.rests_until > now);
        let due = |count: &Count| count.times > 0 && (all || count.rests_until <= now);
        failed.iter().filter(|(_, count)| due(count)).map(|(failure, count)| (failure.clone(), *count)).collect()
    }

    /// Takes away what was written.
    fn written(&self, used: &[(Vec<u8>, Timestamp)], failed: &[(Failure, Count)], now: Timestamp) {
        let mut waiting = held(&self.used);
        for (hash, at) in used {
            // Used again meanwhile: that is still to be written.
            if waiting.get(hash).is_some_and(|last| last <= at) {
                waiting.remove(hash);
            }
        }
        drop(waiting);
        let mut waiting = held(&self.failed);
        for (failure, written) in failed {
            if let Some(count) = waiting.get_mut(failure) {
                count.times = count.times.saturating_sub(written.times);
                count.first = now;
                count.rests_until = Timestamp(now.0.saturating_add(MINUTE));
            }
        }
    }
}

/// Writes what was noted, in one transaction: the uses of sessions, and failed log-ins at most once a minute for each bucket. With
/// `all`, as at the end of the process, everything that was noted. How many notes that were.
///
/// # Errors
/// When the database fails; what was noted is kept for the next time.
pub async fn write_notes(services: &Services, all: bool) -> Result<usize> {
    let notes = &services.notes;
    let mut used: Vec<(Vec<u8>, Timestamp)> = held(&notes.used).iter().map(|(hash, at)| (hash.clone(), *at)).collect();
    // In one order on every server, so that no two wait for each other.
    used.sort_unstable();
    if used.is_empty() && held(&notes.failed).is_empty() {
        return Ok(0);
    }
    let now = services.now().await?;
    let failed = notes.due(now, all);
    if used.is_empty() && failed.is_empty() {
        return Ok(0);
    }
    let mut session = services.store.write().await?;
    for (hash, at) in &used {
        store::login::touch_session(&mut session, hash, *at).await?;
    }
    let events: Vec<Event<'_>> = failed.iter().map(|(failure, count)| event(failure, *count)).collect();
    for some in events.chunks(500) {
        record_all(&mut session, some).await?;
    }
    session.commit().await?;
    notes.written(&used, &failed, now);
    Ok(used.len() + failed.len())
}

fn event(failure: &Failure, count: Count) -> Event<'_> {
    let why = failure.why.as_str();
    let detail = if count.times == 1 {
        json!({ "why": why })
    } else {
        json!({ "why": why, "times": count.times, "first": count.first.to_string() })
    };
    Event { kind: "login_failed", address: &failure.address, subject: &failure.email, detail, ..Event::default() }
}

#[cfg(test)]
mod tests {
    use super::{FAILED, Failure, MINUTE, Notes, Why};
    use domain::time::Timestamp;

    fn failure(email: &str) -> Failure {
        Failure { why: Why::Wrong, email: email.to_owned(), address: "10.0.0.1".to_owned() }
    }

    #[test]
    fn a_bucket_is_written_once_a_minute_with_its_count() {
        let (notes, now) = (Notes::default(), Timestamp(0));
        for _ in 0..3 {
            notes.failed(failure("a@x.test"), now);
        }
        let due = notes.due(now, false);
        assert_eq!(due.iter().map(|(_, count)| count.times).collect::<Vec<_>>(), [3]);
        // One more while these are written.
        notes.failed(failure("a@x.test"), now);
        notes.written(&[], &due, now);
        assert!(notes.due(Timestamp(MINUTE - 1), false).is_empty(), "not within the minute");
        assert_eq!(notes.due(Timestamp(MINUTE - 1), true)[0].1.times, 1, "unless the process ends");
        let due = notes.due(Timestamp(MINUTE), false);
        assert_eq!(due[0].1.times, 1);
        notes.written(&[], &due, Timestamp(MINUTE));
        assert!(notes.due(Timestamp(2 * MINUTE), false).is_empty());
        assert_eq!(notes.failed.lock().expect("the notes").len(), 0, "and forgotten");
    }

    #[test]
    fn however_many_accounts_are_tried_memory_is_bounded_and_none_is_lost() {
        let (notes, now) = (Notes::default(), Timestamp(0));
        for index in 0..FAILED + 500 {
            notes.failed(failure(&format!("a{index}@x.test")), now);
        }
        let due = notes.due(now, false);
        assert_eq!(due.len(), FAILED + 1);
        assert_eq!(due.iter().map(|(_, count)| count.times).sum::<u64>(), (FAILED + 500) as u64);
    }

    #[test]
    fn a_use_while_the_last_one_is_written_stays() {
        let notes = Notes::default();
        notes.used(b"one".to_vec(), Timestamp(1));
        let writing = vec![(b"one".to_vec(), Timestamp(1))];
        notes.used(b"one".to_vec(), Timestamp(2));
        notes.written(&writing, &[], Timestamp(3));
        assert_eq!(notes.last_use(b"one"), Some(Timestamp(2)));
        notes.written(&[(b"one".to_vec(), Timestamp(2))], &[], Timestamp(3));
        assert_eq!(notes.last_use(b"one"), None);
    }
}
