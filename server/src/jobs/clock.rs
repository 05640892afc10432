//! The clock: requests expire, grants end, what has ended is swept.

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
    loop {
        match services::requests::expire_due(&services).await {
            Ok(0) => {}
            // What ended may have been a full batch: more may be due.
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "expiry was not looked at"),
        }
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
