//! Applications: what I have.

use crate::{Result, Services};
use domain::people::Actor;
use domain::time::Timestamp;
use domain::view::Application;

/// The resources that the actor has, by name, with the time left where access ends by itself.
///
/// # Errors
/// When the database fails.
pub async fn applications(services: &Services, actor: &Actor) -> Result<(Vec<Application>, Timestamp)> {
    let mut session = services.store.read().await?;
    let held = store::grants::held_by(&mut session, actor.id).await?;
    let tiles = held
        .into_iter()
        .map(|held| Application {
            resource: held.name,
            category: held.category,
            link: held.link,
            began_at: held.began_at.map(Timestamp),
            ends_at: held.ends_at.map(Timestamp),
        })
        .collect();
    Ok((tiles, session.now()))
}
