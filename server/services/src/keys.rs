//! The key under which secrets lie sealed in the database.

use crate::{Result, Services};
use serde_json::json;
use store::audit::Event;

pub use store::seal::{Key, KeyPlace, Resealed};

/// Seals every secret under another key, in one transaction. Servers that have the key before cannot read a secret from then on; one
/// that has it from the file beside its SQLite database reads the file again by itself.
///
/// # Errors
/// When the database fails, or the key's file cannot be written; the key before stays in force then.
pub async fn rotate(services: &Services, key: &Key) -> Result<Resealed> {
    services.store.stage_key(key)?;
    let mut session = services.store.write_directory().await?;
    let resealed = store::seal::rotate(&mut session, key).await?;
    let event = Event {
        kind: "key_rotated",
        detail: json!({ "key": key.id(), "values": resealed.values, "lost": resealed.lost, "by": "command line" }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    session.commit().await?;
    services.store.settle_key(key)?;
    Ok(resealed)
}
