//! Requests: what I may ask for.

use crate::{Result, Services};
use domain::people::Actor;
use domain::view::CatalogueEntry;
use std::collections::{HashMap, HashSet};

/// The flows that are enabled and visible to the actor, by name of their resource; nothing while requests are switched off.
///
/// # Errors
/// When the database fails.
pub async fn catalogue(services: &Services, actor: &Actor) -> Result<Vec<CatalogueEntry>> {
    let mut session = services.store.read().await?;
    if !store::settings::get(&mut session).await?.requests_enabled {
        return Ok(Vec::new());
    }
    let mine: HashSet<_> = store::directory::groups::of_person(&mut session, actor.id).await?.into_iter().collect();
    let open: HashMap<_, _> = store::requests::open_by_resource(&mut session, actor.id).await?.into_iter().collect();
    let flows = store::flows::enabled(&mut session).await?;
    let mut entries: Vec<CatalogueEntry> = flows
        .into_iter()
        .filter(|flow| {
            let visible = &flow.definition.visible_to;
            visible.is_empty() || visible.iter().any(|group| mine.contains(group))
        })
        .map(|flow| CatalogueEntry {
            flow: flow.id,
            flow_name: flow.name,
            held: mine.contains(&flow.definition.group),
            open: open.get(&flow.resource).copied(),
            resource: flow.resource_name,
            category: flow.category,
            description: flow.description,
            steps: flow.definition.steps,
            access: flow.definition.access,
            reason_pattern: flow.definition.reason_pattern,
        })
        .collect();
    entries.sort_by_cached_key(|entry| domain::text::fold(&entry.resource));
    Ok(entries)
}
