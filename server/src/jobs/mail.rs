//! The mail worker: takes messages from the outbox, sends them, marks what became of them.

use crate::mail::{Mailer, letter};
use futures::StreamExt;
use services::Services;
use services::login::{Purpose, mint_link};
use services::outbox::{Attempt, Claimed, claim, mark};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tokio::sync::watch;

/// Messages taken at once.
const BATCH: i64 = 20;
/// Messages under way at once.
const PARALLEL: usize = 4;
/// The floor under a bell that was missed.
const POLL: Duration = Duration::from_secs(5);

/// Runs until told to stop; what is in flight is finished.
pub async fn run(services: Services, mailer: Mailer, mut stop: watch::Receiver<bool>) {
    let bell = services.outbox_bell();
    loop {
        match drain_once(&services, &mailer).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "the outbox was not looked at"),
        }
        tokio::select! {
            () = bell.notified() => {}
            () = tokio::time::sleep(POLL) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Takes and sends one batch; how many messages it held.
///
/// # Errors
/// When the database fails.
pub async fn drain_once(services: &Services, mailer: &Mailer) -> services::Result<usize> {
    let batch = claim(services, BATCH).await?;
    let count = batch.len();
    if count == 0 {
        return Ok(0);
    }
    let sender = services::settings(services).await?.sender;
    let sender = sender.as_str();
    futures::stream::iter(batch)
        .for_each_concurrent(PARALLEL, |message| async move {
            let attempt = attempt(services, mailer, &message, sender).await;
            if let Err(error) = mark(services, &message, &attempt).await {
                // The lease ends by itself and the message is sent again, with the same id.
                tracing::warn!(%error, message = %message.id, "what became of a message was not marked");
            }
        })
        .await;
    Ok(count)
}

async fn attempt(services: &Services, mailer: &Mailer, message: &Claimed, sender: &str) -> Attempt {
    if !message.active {
        return Attempt::Suppressed("the recipient is not active any more".to_owned());
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
        letter(message, &mailer.base_url, link).and_then(|letter| mailer.build(message, &letter, sender))
    }));
    match built {
        Ok(Ok(sending)) => mailer.send(sending).await,
        Ok(Err(error)) => Attempt::Dead(error),
        Err(_) => Attempt::Dead("the message could not be built".to_owned()),
    }
}
