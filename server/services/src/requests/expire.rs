//! The clock: requests whose time has run out, and grants that end.

use super::carry::{Acting, carry};
use super::look_around;
use super::recount::{groups_of, recount_seats};
use crate::grants::after_end;
use crate::{Origin, Result, Services};
use domain::request::{Applied, Event, apply};

/// Requests expired in one transaction at most.
const BATCH: i64 = 200;
/// Grants ended in one transaction at most.
const GRANTS: i64 = 1000;

/// Expires what is due and ends the grants whose time is over; how many of both. Call again while it returns any.
///
/// # Errors
/// When the database fails.
pub async fn expire_due(services: &Services) -> Result<usize> {
    Ok(expire_requests(services).await? + end_grants(services).await?)
}

async fn expire_requests(services: &Services) -> Result<usize> {
    let mut read = services.store.read().await?;
    let due = store::requests::due(&mut read, BATCH).await?;
    drop(read);
    if due.is_empty() {
        return Ok(0);
    }
    let origin = Origin::default();
    let mut session = services.store.write().await?;
    let mut done = 0;
    for number in due {
        let Some(loaded) = store::requests::load(&mut session, number, true).await? else { continue };
        let around = look_around(&mut session, &loaded.request).await?;
        if let Ok(Applied::Changed(transition)) = apply(&loaded.request, &around.world, Event::Expire) {
            carry(&mut session, &loaded, &around, &transition, Acting::nobody(&origin)).await?;
            done += 1;
        }
    }
    session.commit().await?;
    services.ring();
    Ok(done)
}

async fn end_grants(services: &Services) -> Result<usize> {
    let mut read = services.store.read().await?;
    let due = store::grants::any_due(&mut read).await?;
    drop(read);
    if !due {
        return Ok(0);
    }
    let origin = Origin::default();
    let mut session = services.store.write().await?;
    let ended = store::grants::end_due(&mut session, GRANTS).await?;
    after_end(&mut session, &ended, "time_over", None, None, &origin).await?;
    recount_seats(&mut session, &groups_of(&ended), None, &origin).await?;
    session.commit().await?;
    services.ring();
    Ok(ended.len())
}
