//! What has ended is swept away: sessions, links, failed tries.

use crate::{Result, Services};

/// Removes sessions and links that have ended and failed tries that count no more.
///
/// # Errors
/// When the database fails.
pub async fn sweep(services: &Services) -> Result<()> {
    let mut session = services.store.write().await?;
    store::login::sweep(&mut session).await?;
    Ok(session.commit().await?)
}
