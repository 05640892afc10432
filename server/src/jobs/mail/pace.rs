//! How fast messages are sent.

use super::{Batch, PARALLEL};
use std::time::Duration;

/// The first pause after the mail server was found away.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause while the mail server is away.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The pace of the worker: slower while the server is away or busy.
#[derive(Debug)]
pub(super) struct Pace {
    pause: Duration,
    /// Messages under way at once.
    pub(super) parallel: usize,
    /// Whether a message was delivered since the server was away, or since the start.
    well: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self { pause: SHORTEST_PAUSE, parallel: PARALLEL, well: false }
    }
}

impl Pace {
    /// How long to wait after a batch; nothing when there is nothing to do until the bell rings.
    pub(super) fn after(&mut self, batch: Batch) -> Option<Duration> {
        match batch {
            Batch { away: true, .. } => {
                // A server that takes few connections at once refuses the others as if it were away.
                self.parallel = (self.parallel / 2).max(1);
                self.well = false;
                let wait = self.pause;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                Some(wait)
            }
            Batch { count: 0, .. } => None,
            Batch { .. } => {
                self.pause = SHORTEST_PAUSE;
                self.parallel = (self.parallel + 1).min(PARALLEL);
                Some(Duration::ZERO)
            }
        }
    }

    /// Whether a batch is the first with a delivery since the server was away, or since the start.
    pub(super) const fn is_back(&mut self, batch: Batch) -> bool {
        let back = batch.delivered > 0 && !batch.away && !self.well;
        self.well |= back;
        back
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, PARALLEL, Pace};
    use std::time::Duration;

    const AWAY: Batch = Batch { count: 80, delivered: 0, away: true };
    const SENT: Batch = Batch { count: 80, delivered: 80, away: false };
    const IDLE: Batch = Batch { count: 0, delivered: 0, away: false };

    #[test]
    fn pauses_double_up_to_a_minute_while_the_server_is_away() {
        let mut pace = Pace::default();
        let pauses: Vec<u64> = (0..9).filter_map(|_| pace.after(AWAY)).map(|pause| pause.as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(pace.after(SENT), Some(Duration::ZERO), "it is back: go on at once");
        assert_eq!(pace.after(AWAY), Some(Duration::from_secs(1)), "and the pauses begin anew");
    }

    #[test]
    fn a_busy_server_is_sent_half_as_many_at_once_and_then_one_more_each_time() {
        let mut pace = Pace::default();
        let down: Vec<usize> = (0..6)
            .map(|_| {
                pace.after(AWAY);
                pace.parallel
            })
            .collect();
        assert_eq!(down, [16, 8, 4, 2, 1, 1]);
        pace.after(SENT);
        assert_eq!(pace.parallel, 2);
        for _ in 0..PARALLEL {
            pace.after(SENT);
        }
        assert_eq!(pace.parallel, PARALLEL);
    }

    #[test]
    fn with_nothing_to_do_the_worker_waits_for_the_bell() {
        let mut pace = Pace::default();
        pace.after(AWAY);
        assert_eq!(pace.after(IDLE), None);
        assert_eq!(pace.after(AWAY), Some(Duration::from_secs(2)), "nothing was learnt of the server");
    }

    #[test]
    fn the_server_is_back_with_the_first_delivery() {
        let mut pace = Pace::default();
        let mut back = |batch: Batch| {
            pace.after(batch);
            pace.is_back(batch)
        };
        assert!(!back(IDLE) && !back(AWAY) && !back(Batch { delivered: 0, ..SENT }));
        assert!(back(SENT) && !back(SENT) && !back(IDLE) && !back(SENT));
        assert!(!back(AWAY) && back(SENT));
    }
}
