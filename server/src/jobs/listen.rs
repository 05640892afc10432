//! Wakes the workers when another server writes messages.

use services::Services;
use std::time::Duration;
use tokio::sync::watch;

/// How long to wait before listening again after the database was away.
const AGAIN: Duration = Duration::from_secs(5);

/// Runs until told to stop.
pub async fn run(services: Services, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            Err(error) = services.listen() => tracing::warn!(%error, "not woken by other servers until the database answers"),
            _ = stop.changed() => return,
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            _ = stop.changed() => return,
        }
    }
}
