//! The mail worker: takes messages from the outbox, sends them, marks what became of them.

use crate::fail;
use crate::mail::{Mailer, letter};
use futures::StreamExt;
use services::Services;
use services::login::{Purpose, mint_link};
use services::outbox::{Attempt, Claimed, LEASE, Now, claim, look, mark, release};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// Messages taken at once.
const BATCH: i64 = 200;
/// Messages under way at once, at most. One connection takes a message in some 40 ms, whatever the machine: the last packet of
/// a message waits for the server's delayed acknowledgement.
pub(crate) const PARALLEL: usize = 32;
/// Ends marked in one transaction: few enough that a decision never waits long behind it.
const MARKED: usize = 50;
/// How long after a bell messages are gathered, so that those of one burst share their two commits.
const GATHER: Duration = Duration::from_millis(25);
/// The floor under a bell that was missed.
const POLL: Duration = Duration::from_secs(5);
/// One message may take so long; what takes longer is tried again later.
const PATIENCE: Duration = Duration::from_secs(25);
/// The first pause after the mail server was found away.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause while the mail server is away.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Runs until told to stop; what is in flight is finished.
pub async fn run(services: Services, mailer: Mailer, mut stop: watch::Receiver<bool>) {
    let bell = services.outbox_bell();
    let mut pace = Pace::default();
    loop {
        let wait = match drain(&services, &mailer, pace.parallel).await {
            Ok(drained) => pace.after(drained),
            Err(error) => {
                tracing::warn!(%error, "the outbox was not looked at");
                None
            }
        };
        tokio::select! {
            () = bell.notified(), if wait.is_none() => tokio::time::sleep(GATHER).await,
            () = tokio::time::sleep(wait.unwrap_or(POLL)) => {}
            _ = stop.changed() => return,
        }
        if *stop.borrow() {
            return;
        }
    }
}

/// How fast messages are sent: slower while the server is away or busy.
#[derive(Debug)]
struct Pace {
    pause: Duration,
    parallel: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { pause: SHORTEST_PAUSE, parallel: PARALLEL }
    }
}

impl Pace {
    /// How long to wait after a batch; nothing when there is nothing to do until the bell rings.
    fn after(&mut self, drained: Drained) -> Option<Duration> {
        match drained {
            Drained { away: true, .. } => {
                // A server that takes few connections at once refuses the others as if it were away.
                self.parallel = (self.parallel / 2).max(1);
                let wait = self.pause;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                Some(wait)
            }
            Drained { count: 0, .. } => None,
            Drained { .. } => {
                self.pause = SHORTEST_PAUSE;
                self.parallel = (self.parallel + 1).min(PARALLEL);
                Some(Duration::ZERO)
            }
        }
    }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// How many messages it held.
    pub count: usize,
    /// Whether the mail server was away: those not yet tried were given back.
    pub away: bool,
}

/// Takes and sends one batch. When the mail server is away, those that were not begun are given back untried.
///
/// # Errors
/// When the database fails.
pub async fn drain_once(services: &Services, mailer: &Mailer) -> services::Result<Drained> {
    drain(services, mailer, PARALLEL).await
}

async fn drain(services: &Services, mailer: &Mailer, parallel: usize) -> services::Result<Drained> {
    fail::point("before_claim");
    let batch = claim(services, BATCH).await?;
    let count = batch.len();
    if count > 0 {
        fail::point("after_claim");
    }
    if count == 0 {
        return Ok(Drained { count, away: false });
    }
    let sender = services::settings(services).await?.sender;
    let looks = look(services, &batch).await?;
    let (away, until) = (AtomicBool::new(false), Instant::now() + LEASE / 2);
    let (tell, told) = mpsc::channel(MARKED);
    let send = async {
        let left = futures::stream::iter(batch.into_iter().zip(looks))
            .map(|(message, now)| {
                let (tell, away, sender) = (tell.clone(), &away, sender.as_str());
                async move {
                    // Begun late, it might still be under way when the lease ends and another worker takes it.
                    if away.load(Ordering::Relaxed) || Instant::now() > until {
                        return Some(message.id);
                    }
                    let attempt = attempt(services, mailer, &message, &now, sender).await;
                    fail::point("after_250");
                    if matches!(attempt, Attempt::Away(_)) {
                        away.store(true, Ordering::Relaxed);
                    }
                    // The marker ends only after the last of these.
                    let _ = tell.send((message, attempt)).await;
                    None
                }
            })
            .buffer_unordered(parallel)
            .filter_map(std::future::ready)
            .collect::<Vec<_>>()
            .await;
        drop(tell);
        left
    };
    let (left, ()) = futures::join!(send, mark_all(services, told));
    release(services, &left).await?;
    Ok(Drained { count, away: away.into_inner() })
}

/// Marks what became of messages, as many at once as are there.
async fn mark_all(services: &Services, mut told: mpsc::Receiver<(Claimed, Attempt)>) {
    let mut ends = Vec::with_capacity(MARKED);
    while told.recv_many(&mut ends, MARKED).await > 0 {
        fail::point("before_mark");
        if let Err(error) = mark(services, &ends).await {
            // The lease ends by itself and the messages are sent again, with the same ids.
            tracing::warn!(%error, messages = ends.len(), "what became of messages was not marked");
        }
        ends.clear();
    }
}

async fn attempt(services: &Services, mailer: &Mailer, message: &Claimed, now: &Now, sender: &str) -> Attempt {
    if let Some(cause) = &now.suppressed {
        return Attempt::Suppressed(cause.clone());
    }
    let purpose = match message.kind.as_str() {
        "invitation" => Some(Purpose::Invitation),
        "password_reset" => Some(Purpose::Reset),
        _ => None,
    };
    let link = match purpose {
        Some(purpose) => match mint_link(services, message.recipient, purpose).await {
            Ok(token) => Some(format!("{}/login/link/{}", mailer.base_url, token.reveal())),
            Err(error) => return Attempt::Failed(error.to_string()),
        },
        None => None,
    };
    // A poison message must not stop the others, whatever the mail library makes of it.
    let built = catch_unwind(AssertUnwindSafe(|| {
        letter(message, now, &mailer.base_url, link).and_then(|letter| mailer.build(message, &letter, sender))
    }));
    match built {
        Ok(Ok(sending)) => tokio::time::timeout(PATIENCE, mailer.send(sending)).await.unwrap_or_else(|_| {
            mailer.forget(PATIENCE + Duration::from_secs(5));
            Attempt::Away("the mail server took too long".to_owned())
        }),
        Ok(Err(error)) => Attempt::Dead(error),
        Err(_) => Attempt::Dead("the message could not be built".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Drained, PARALLEL, Pace};
    use std::time::Duration;

    const AWAY: Drained = Drained { count: 80, away: true };
    const SENT: Drained = Drained { count: 80, away: false };
    const IDLE: Drained = Drained { count: 0, away: false };

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
}
