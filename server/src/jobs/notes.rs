//! Writes what was noted in memory: uses of sessions, failed log-ins.

use super::Stop;
use services::{Services, write_notes};
use std::time::Duration;

/// How often there is something to write, at most.
const EVERY: Duration = Duration::from_secs(3);

/// Runs until told to stop; what is noted after that is written when the last request has ended.
pub async fn run(services: Services, mut stop: Stop) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        if let Err(error) = write_notes(&services, false).await {
            tracing::warn!(%error, "uses of sessions and failed log-ins were not written; they are kept for the next time");
        }
    }
}
