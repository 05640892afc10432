//! The mail worker: takes messages from the outbox, sends them, marks what became of them.

mod pace;
mod refused;

use crate::fail;
use crate::mail::{Mailer, Said, Unbuilt, letter};
use futures::StreamExt;
use pace::Pace;
use refused::{About, Refused, about};
use services::Services;
use services::login::{Purpose, mint_link};
use services::outbox::{Attempt, Claimed, LEASE, Now, claim, hasten, look, mark, release};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
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
/// One message may take so long, as servers that look for viruses do; what takes longer is tried again later.
const PATIENCE: Duration = Duration::from_secs(60);
/// Messages of a batch are begun this long. Begun later, one might still be under way when the lease ends and another worker takes
/// it.
const BEGUN: Duration = Duration::from_secs(40);
/// After all of them the server may be asked so long whether it takes any mail at all.
const QUESTION: Duration = Duration::from_secs(8);
const _: () = assert!(
    BEGUN.as_secs() + PATIENCE.as_secs() + QUESTION.as_secs() < LEASE.as_secs(),
    "a lease outlives what was begun under it"
);

/// Runs until told to stop; what is in flight is finished.
pub async fn run(services: Services, mailer: Mailer, mut stop: watch::Receiver<bool>) {
    let bell = services.outbox_bell();
    let mut pace = Pace::default();
    loop {
        let wait = match drain(&services, &mailer, pace.parallel, &stop).await {
            Ok(batch) => {
                if pace.is_back(batch)
                    && let Err(error) = hasten(&services).await
                {
                    tracing::warn!(%error, "what waits for the mail server was not hastened");
                }
                pace.after(batch)
            }
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

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// How many messages it held.
    pub count: usize,
    /// Whether the mail server was away: those not yet tried were given back.
    pub away: bool,
}

/// What became of a batch, and how many arrived.
#[derive(Clone, Copy, Debug)]
struct Batch {
    count: usize,
    delivered: usize,
    away: bool,
}

/// Takes and sends one batch. When the mail server is away, those that were not begun are given back untried.
///
/// # Errors
/// When the database fails.
pub async fn drain_once(services: &Services, mailer: &Mailer) -> services::Result<Drained> {
    let (_goes_on, stop) = watch::channel(false);
    let Batch { count, away, .. } = drain(services, mailer, PARALLEL, &stop).await?;
    Ok(Drained { count, away })
}

/// What the messages of a batch that are under way at once know of each other.
#[derive(Debug, Default)]
struct Shared {
    away: AtomicBool,
    delivered: AtomicUsize,
    refused: Mutex<Vec<Refused<Claimed>>>,
}

impl Shared {
    /// What an attempt means beside the others; nothing while that is not known.
    fn judge(&self, message: &Claimed, said: Said) -> Option<Attempt> {
        let attempt = match said {
            Said::Ended(attempt) => attempt,
            Said::Late if self.delivered.load(Ordering::Relaxed) > 0 => {
                Attempt::Failed("the mail server took too long for this message".to_owned())
            }
            Said::Late => Attempt::Away("the mail server took too long".to_owned()),
            Said::Refused(words) => {
                let refused = Refused { message: message.clone(), recipient: message.recipient, words };
                self.refused.lock().unwrap_or_else(PoisonError::into_inner).push(refused);
                return None;
            }
        };
        match attempt {
            Attempt::Away(_) => self.away.store(true, Ordering::Relaxed),
            Attempt::Delivered => _ = self.delivered.fetch_add(1, Ordering::Relaxed),
            _ => {}
        }
        Some(attempt)
    }

    /// What those that were refused for good mean, now that the others are through.
    async fn refused(&self, mailer: &Mailer, sender: &str) -> Vec<(Claimed, Attempt)> {
        let refused = std::mem::take(&mut *self.refused.lock().unwrap_or_else(PoisonError::into_inner));
        let about = about(&refused, self.delivered.load(Ordering::Relaxed));
        // One question for all of them.
        let closed = if about.contains(&About::Unknown) { mailer.refuses(sender, QUESTION).await } else { None };
        let judged = refused.into_iter().zip(about).map(|(refused, about)| {
            let general = match about {
                About::Message => None,
                About::Everything => Some(refused.words.clone()),
                About::Unknown => closed.clone(),
            };
            (refused.message, general.map_or(Attempt::Dead(refused.words), Attempt::Away))
        });
        let judged: Vec<_> = judged.collect();
        if judged.iter().any(|(_, attempt)| matches!(attempt, Attempt::Away(_))) {
            self.away.store(true, Ordering::Relaxed);
        }
        judged
    }
}

async fn drain(
    services: &Services,
    mailer: &Mailer,
    parallel: usize,
    stop: &watch::Receiver<bool>,
) -> services::Result<Batch> {
    fail::point("before_claim");
    let until = Instant::now() + BEGUN;
    let batch = claim(services, BATCH).await?;
    let Some(lease) = batch.first().map(|message| message.leased_until) else {
        return Ok(Batch { count: 0, delivered: 0, away: false });
    };
    let count = batch.len();
    fail::point("after_claim");
    let sender = services::settings(services).await?.sender;
    let looks = look(services, &batch).await?;
    let shared = Shared::default();
    let (tell, told) = mpsc::channel(MARKED);
    let send = async {
        let left = futures::stream::iter(batch.into_iter().zip(looks))
            .map(|(message, now)| {
                let (tell, shared, sender) = (tell.clone(), &shared, sender.as_str());
                async move {
                    if shared.away.load(Ordering::Relaxed) || *stop.borrow() || Instant::now() > until {
                        return Some(message.id);
                    }
                    let said = attempt(services, mailer, &message, &now, sender).await;
                    fail::point("after_250");
                    if let Some(attempt) = shared.judge(&message, said) {
                        // The marker ends only after the last of these.
                        let _ = tell.send((message, attempt)).await;
                    }
                    None
                }
            })
            .buffer_unordered(parallel)
            .filter_map(std::future::ready)
            .collect::<Vec<_>>()
            .await;
        for judged in shared.refused(mailer, &sender).await {
            let _ = tell.send(judged).await;
        }
        drop(tell);
        left
    };
    let (left, ()) = futures::join!(send, mark_all(services, told));
    release(services, &left, lease).await?;
    Ok(Batch { count, delivered: shared.delivered.into_inner(), away: shared.away.into_inner() })
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

async fn attempt(services: &Services, mailer: &Mailer, message: &Claimed, now: &Now, sender: &str) -> Said {
    if let Some(cause) = &now.suppressed {
        return Said::Ended(Attempt::Suppressed(cause.clone()));
    }
    if let Some(error) = &now.unreadable {
        tracing::error!(%error, message = %message.id, "what a message is about cannot be read");
        return Said::Ended(Attempt::Failed("what it is about cannot be read; the server's log says why".to_owned()));
    }
    let purpose = match message.kind.as_str() {
        "invitation" => Some(Purpose::Invitation),
        "password_reset" => Some(Purpose::Reset),
        _ => None,
    };
    let link = match purpose {
        Some(purpose) => match mint_link(services, message.recipient, &message.email, purpose).await {
            Ok(token) => Some(format!("{}/login/link/{}", mailer.base_url, token.reveal())),
            Err(services::Error::NotFound) => {
                return Said::Ended(Attempt::Failed("the address of the recipient changed meanwhile".to_owned()));
            }
            Err(error) => return Said::Ended(Attempt::Failed(error.to_string())),
        },
        None => None,
    };
    // A poison message must not stop the others, whatever the mail library makes of it.
    let built = catch_unwind(AssertUnwindSafe(|| {
        let letter = letter(message, now, &mailer.base_url, link).map_err(Unbuilt::Message)?;
        mailer.build(message, &letter, sender)
    }));
    let ended = match built {
        Ok(Ok(sending)) => match tokio::time::timeout(PATIENCE, mailer.send(sending)).await {
            Ok(said) => return said,
            Err(_) => {
                mailer.forget(PATIENCE + Duration::from_secs(5));
                return Said::Late;
            }
        },
        // Nothing can be sent until the organisation's address is mended.
        Ok(Err(Unbuilt::Sender(error))) => Attempt::Away(error),
        Ok(Err(Unbuilt::Message(error))) => Attempt::Dead(error),
        Err(_) => Attempt::Dead("the message could not be built".to_owned()),
    };
    Said::Ended(ended)
}
