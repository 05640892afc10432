//! The clock: requests expire, grants end, what has ended is swept.

use services::Services;
use std::time::Duration;
use tokio::sync::watch;

/// How often the clock is looked at; a grant ends within a minute of its time.
const TICK: Duration = Duration::from_secs(20);

/// Runs until told to stop.
pub async fn run(services: Services, mut stop: watch::Receiver<bool>) {
    loop {
        match services::requests::expire_due(&services).await {
            // A full batch: more is due.
            Ok(done) if done >= 200 => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "expiry was not looked at"),
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => return,
        }
    }
}
