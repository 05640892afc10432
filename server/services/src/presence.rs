//! A server enters the house: when it is alone there, it takes over at once what a server that was killed had taken.

use crate::{Result, Services};

pub use store::Presence;

/// Enters. Without this, messages and calls that were under way at a crash wait until their leases end, nearly two minutes.
///
/// # Errors
/// When the database fails.
pub async fn enter(services: &Services) -> Result<Presence> {
    let mut presence = services.store.enter().await?;
    if presence.is_alone() {
        let mut session = services.store.write().await?;
        let messages = store::outbox::end_leases(&mut session).await?;
        let calls = store::provisioning::end_leases(&mut session).await?;
        session.commit().await?;
        if messages + calls > 0 {
            tracing::info!(messages, calls, "took over what a server that is gone had taken");
        }
    }
    presence.stay().await?;
    services.ring();
    Ok(presence)
}
