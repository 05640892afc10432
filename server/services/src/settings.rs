//! Settings of the organisation.

use crate::{Result, Services};
use domain::settings::Settings;

/// The settings now.
///
/// # Errors
/// When the database fails.
pub async fn settings(services: &Services) -> Result<Settings> {
    let mut session = services.store.read().await?;
    Ok(store::settings::get(&mut session).await?)
}
