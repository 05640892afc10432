//! Applications: what I have.

use crate::{Result, Services};
use domain::people::Actor;
use domain::time::Timestamp;
use domain::view::{Application, Look};
use std::collections::HashMap;

/// The resources that the actor has, by name, with the time left where access ends by itself, what can be given back, and where
/// more time can be asked for.
///
/// # Errors
/// When the database fails.
pub async fn applications(services: &Services, actor: &Actor) -> Result<(Vec<Application>, Timestamp)> {
    let mut session = services.store.read().await?;
    let held = store::grants::held_by(&mut session, actor.id).await?;
    let timed = held.iter().any(|held| held.ends_at.is_some());
    // Only flows that the person could ask under now offer more time.
    let offers: HashMap<_, _> = if timed {
        let mine = super::catalogue::groups_of(&mut session, actor).await?;
        let mut offers = super::catalogue::offered(&mut session, &mine).await?;
        offers.retain(|offer| held.iter().any(|held| held.resource_id == offer.resource.0));
        let ids: Vec<_> = offers.into_iter().map(|offer| offer.id).collect();
        store::flows::by_ids(&mut session, &ids)
            .await?
            .into_iter()
            .filter(|flow| flow.definition.access.longest().is_some())
            .map(|flow| (flow.resource, flow.id))
            .collect()
    } else {
        HashMap::new()
    };
    let tiles = held
        .into_iter()
        .map(|held| {
            let id = domain::ids::ResourceId(held.resource_id);
            Application {
                id,
                resource: held.name,
                look: Look::new(held.logo, held.colour),
                category: held.category,
                link: held.link,
                began_at: held.began_at.map(Timestamp),
                ends_at: held.ends_at.map(Timestamp),
                can_give_back: held.granted > 0,
                extend: held.ends_at.and_then(|_| offers.get(&id).copied()),
            }
        })
        .collect();
    Ok((tiles, session.now()))
}
