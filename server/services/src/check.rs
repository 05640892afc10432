//! `doorward check`: proves the invariants of `trust.md` 3.2 that exist so far.

use crate::{Result, Services};

pub use store::check::Broken;

/// What does not hold; nothing when all is well.
///
/// # Errors
/// When the database fails.
pub async fn check(services: &Services) -> Result<Vec<Broken>> {
    let mut session = services.store.read().await?;
    Ok(store::check::run(&mut session).await?)
}
