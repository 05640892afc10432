//! Whose days a filter means: those of the zone that it names, else the viewer's.

use crate::{Result, Services};
use domain::filter::{Dropped, ListQuery};
use domain::people::Actor;
use domain::time::{Day, Timestamp};
use store::days;

/// The zone that is meant where nothing is known.
pub const UTC: &str = "UTC";

/// The time zone of somebody who looks at a page: the one they saved, else the one that their browser told, else UTC.
///
/// # Errors
/// When the database fails.
pub async fn of_viewer(services: &Services, actor: &Actor, browser: &str) -> Result<String> {
    let mut session = services.store.read().await?;
    let person = store::directory::people::by_id(&mut session, actor.id).await?;
    let saved = person.and_then(|person| person.timezone).and_then(|name| days::zone(&name));
    Ok(saved.or_else(|| days::zone(browser)).unwrap_or_else(|| UTC.to_owned()))
}

/// Settles whose days a query means, so that every link and export made from it says so. What names no zone is dropped, and the
/// viewer's is meant. The viewer's zone.
///
/// # Errors
/// When the database fails.
pub async fn settle(
    services: &Services,
    actor: &Actor,
    browser: &str,
    query: &mut ListQuery,
    dropped: &mut Vec<Dropped>,
) -> Result<String> {
    let viewer = of_viewer(services, actor, browser).await?;
    let named = query.filter.zone.take();
    if query.filter.has_days() {
        let known = named.as_deref().and_then(days::zone);
        if let (Some(named), None) = (named, &known) {
            dropped.push(Dropped { name: "zone".to_owned(), value: named });
        }
        query.filter.zone = Some(known.unwrap_or_else(|| viewer.clone()));
    }
    Ok(viewer)
}

/// The day that it is in a zone.
#[must_use]
pub fn today(now: Timestamp, zone: &str) -> Day {
    days::of(now, Some(zone))
}
