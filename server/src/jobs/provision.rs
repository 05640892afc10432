//! The worker that carries grants out in targets: takes due calls, makes them, writes what came of them.

use crate::connectors::carry_out;
use crate::outbound::Outbound;
use futures::StreamExt;
use services::Services;
use services::provisioning::{Claimed, claim, finish, seconds_until_due};
use std::time::Duration;
use tokio::sync::watch;

/// Calls taken at once.
const BATCH: i64 = 16;
/// Calls under way at once: a target that hangs must not delay the others.
const PARALLEL: usize = 8;
/// The floor under a bell that was missed, and the time after which another server's calls are looked at.
const POLL: u64 = 15;

/// Runs until told to stop; what is under way is finished.
pub async fn run(services: Services, outbound: Outbound, mut stop: watch::Receiver<bool>) {
    let bell = services.calls_bell();
    loop {
        match drain_once(&services, &outbound).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "calls to targets were not looked at"),
        }
        let wait = seconds_until_due(&services).await.ok().flatten().map_or(POLL, |seconds| seconds.min(POLL));
        tokio::select! {
            () = bell.notified() => {}
            () = tokio::time::sleep(Duration::from_secs(wait)) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Takes and makes one batch of calls; how many it held.
///
/// # Errors
/// When the database fails.
pub async fn drain_once(services: &Services, outbound: &Outbound) -> services::Result<usize> {
    let batch = claim(services, BATCH).await?;
    let count = batch.len();
    futures::stream::iter(batch)
        .for_each_concurrent(PARALLEL, |call: Claimed| async move {
            let result = match services.now().await {
                Ok(now) => carry_out(outbound, &call, now).await,
                Err(error) => return tracing::warn!(%error, "a call was not made"),
            };
            if let Err(error) = finish(services, &call, &result).await {
                // The lease ends by itself and the call is made again, with the same key.
                tracing::warn!(%error, call = %call.id, "what came of a call was not written");
            }
        })
        .await;
    Ok(count)
}
