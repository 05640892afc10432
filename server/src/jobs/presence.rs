//! Stays known to other servers on the database, so that none takes over what this one has taken.

use services::presence::Presence;
use std::time::Duration;
use tokio::sync::watch;

/// How often it is proved that the others still see this server.
const TICK: Duration = Duration::from_secs(2);

/// Runs until told to stop.
pub async fn run(mut presence: Presence, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = presence.keep().await {
            tracing::warn!(%error, "other servers take this one for gone until the database answers");
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => return,
        }
    }
}
