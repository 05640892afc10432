//! The worker that tells channels of events: a signed POST after the Standard Webhooks scheme (`docs/webhooks.md`).
//!
//! Each channel has a task of its own while something is due for it, so that one that hangs delays none of the others.

use crate::outbound::{Answer, Outbound, Said, sign};
use domain::ids::ChannelId;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use services::Services;
use services::channels::{BATCH, Call, Claimed, Secret, Taken, answered, claim, due, release};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// The floor under a bell that was missed.
const POLL: Duration = Duration::from_secs(5);

/// Runs until told to stop; what is under way is finished.
pub async fn run(services: Services, outbound: Outbound, mut stop: watch::Receiver<bool>) {
    let bell = services.news_bell();
    let mut tasks = JoinSet::new();
    let mut busy: HashSet<ChannelId> = HashSet::new();
    loop {
        match due(&services).await {
            Ok(channels) => {
                for channel in channels {
                    if busy.insert(channel) {
                        let (services, outbound, stop) = (services.clone(), outbound.clone(), stop.clone());
                        tasks.spawn(async move {
                            tell(&services, &outbound, channel, &stop).await;
                            channel
                        });
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "messages to channels were not looked at"),
        }
        tokio::select! {
            () = bell.notified() => {}
            () = tokio::time::sleep(POLL) => {}
            Some(ended) = tasks.join_next() => {
                match ended {
                    Ok(channel) => busy.remove(&channel),
                    Err(error) => {
                        tracing::error!(%error, "telling a channel failed");
                        // Whose task it was is not known any more.
                        busy.clear();
                        false
                    }
                };
            }
            _ = stop.changed() => break,
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Tells one channel what is due, as long as it listens.
async fn tell(services: &Services, outbound: &Outbound, channel: ChannelId, stop: &watch::Receiver<bool>) {
    while !*stop.borrow() {
        match drain(services, outbound, channel, stop).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, %channel, "a channel was not told");
                // Whatever is wrong with the database takes a while.
                return tokio::time::sleep(POLL).await;
            }
        }
    }
}

/// Takes and sends one batch to a channel; whether there may be more to send now. After a message that says that the channel does
/// not listen the others are given back untried.
///
/// # Errors
/// When the database fails.
pub async fn drain_once(services: &Services, outbound: &Outbound, channel: ChannelId) -> services::Result<bool> {
    let (_goes_on, stop) = watch::channel(false);
    drain(services, outbound, channel, &stop).await
}

async fn drain(
    services: &Services,
    outbound: &Outbound,
    channel: ChannelId,
    stop: &watch::Receiver<bool>,
) -> services::Result<bool> {
    let Some(taken) = claim(services, channel, BATCH).await? else { return Ok(false) };
    for (index, message) in taken.messages.iter().enumerate() {
        if *stop.borrow() {
            release(services, &taken.messages[index..]).await?;
            return Ok(false);
        }
        let call = post(outbound, &taken, message).await;
        if !answered(services, channel, message, &call).await? {
            release(services, &taken.messages[index + 1..]).await?;
            return Ok(false);
        }
    }
    Ok(!taken.messages.is_empty())
}

async fn post(outbound: &Outbound, taken: &Taken, message: &Claimed) -> Call {
    let begin = Instant::now();
    let failed = |error: String, took| Call { error: Some(error), took, ..Call::default() };
    if taken.lost {
        let said = "its secrets cannot be opened: type them again, and renew the key".to_owned();
        return failed(said, Duration::ZERO);
    }
    let body = message.payload.to_string().into_bytes();
    let Some(headers) = headers(taken, message, &body) else {
        return failed("the headers cannot be written".to_owned(), Duration::ZERO);
    };
    match outbound.call(Said { method: Method::POST, url: taken.url.reveal(), headers, body }).await {
        Ok(answer) => Call {
            status: Some(answer.status),
            took: begin.elapsed(),
            error: None,
            retry_after: answer.retry_after,
            answer: hidden(&taken.secrets, answer),
        },
        Err(error) => failed(error, begin.elapsed()),
    }
}

fn headers(taken: &Taken, message: &Claimed, body: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in &taken.headers {
        headers.insert(HeaderName::try_from(name.as_str()).ok()?, HeaderValue::from_str(value.reveal()).ok()?);
    }
    let seconds = taken.now.0.div_euclid(1_000_000);
    let id = message.id.to_string();
    let keys: Vec<&str> = taken.keys.iter().map(|key| key.reveal()).collect();
    let signature = sign(&keys, &id, seconds, body);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("webhook-id", HeaderValue::from_str(&id).ok()?);
    headers.insert("webhook-timestamp", HeaderValue::from(seconds));
    headers.insert("webhook-signature", HeaderValue::from_str(&signature).ok()?);
    Some(headers)
}

/// An answer may repeat what it was sent: no secret of the channel is kept in it, nor the beginning of one where it is cut.
fn hidden(secrets: &[Secret], answer: Answer) -> String {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let text = secrets.iter().fold(text, |text, secret| text.replace(secret.reveal(), "…"));
    Answer { body: text.into_bytes(), ..answer }.shown()
}
