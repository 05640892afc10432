//! The clock: requests expire, grants end, reminders are said, what has ended is swept.

use services::Services;
use std::time::Duration;
use tokio::sync::watch;

/// How often the clock is looked at; a grant ends within a minute of its time.
const TICK: Duration = Duration::from_secs(20);

/// Ticks between two sweeps: about an hour.
const SWEEP: u32 = 180;

/// Runs until told to stop.
pub async fn run(services: Services, mut stop: watch::Receiver<bool>) {
    let mut ticks: u32 = 0;
    plan_open(&services).await;
    loop {
        match services::requests::expire_due(&services).await {
            Ok(0) => {}
            // What ended may have been a full batch: more may be due.
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "expiry was not looked at"),
        }
        said(&services).await;
        if ticks.is_multiple_of(SWEEP)
            && let Err(error) = services::login::sweep(&services).await
        {
            tracing::warn!(%error, "ended sessions were not swept");
        }
        ticks = ticks.wrapping_add(1);
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Reminders and daily lists that are due, and whether messages go out at all.
async fn said(services: &Services) {
    loop {
        match services::reminders::say_due(services).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "reminders were not looked at");
                break;
            }
        }
    }
    loop {
        match services::reminders::digests_due(services).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "daily lists were not looked at");
                break;
            }
        }
    }
    if let Err(error) = services::deliveries::look_after(services).await {
        tracing::warn!(%error, "the age of the outbox was not looked at");
    }
}

/// Once at the start: requests that wait since before there were reminders get theirs.
async fn plan_open(services: &Services) {
    loop {
        match services::reminders::plan_open(services).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => return tracing::warn!(%error, "reminders were not planned"),
        }
    }
}
