//! The clock: requests expire, grants end, reminders are said, what has ended is swept.

use domain::ids::RequestNumber;
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
    let mut unplanned = Some(None);
    while !*stop.borrow() {
        match services::requests::expire_due(&services).await {
            Ok(0) => {}
            // What ended may have been a full batch: more may be due.
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "expiry was not looked at"),
        }
        said(&services).await;
        // Once, bit by bit: requests that wait since before there were reminders get theirs.
        if let Some(below) = unplanned {
            unplanned = plan_open(&services, below).await;
            if unplanned.is_some() {
                continue;
            }
        }
        if ticks.is_multiple_of(SWEEP) {
            sweep(&services).await;
        }
        ticks = ticks.wrapping_add(1);
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Removes what has ended.
async fn sweep(services: &Services) {
    if let Err(error) = services::login::sweep(services).await {
        tracing::warn!(%error, "ended sessions were not swept");
    }
    if let Err(error) = services::drafts::sweep(services).await {
        tracing::warn!(%error, "drafts whose time is over were not swept");
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
    if let Err(error) = services::targets::look_after(services).await {
        tracing::warn!(%error, "what differs in targets was not counted");
    }
}

/// Plans a bit; below which number to go on, if there is more.
async fn plan_open(services: &Services, below: Option<RequestNumber>) -> Option<Option<RequestNumber>> {
    match services::reminders::plan_open(services, below).await {
        Ok(ended) => ended.map(Some),
        Err(error) => {
            tracing::warn!(%error, "reminders were not planned");
            None
        }
    }
}
