//! The clock: requests whose time has run out, and grants that end.

use super::carry::{Acting, carry};
use super::look_around;
use crate::{Origin, Result, Services};
use domain::request::{Applied, Event, apply};
use serde_json::json;
use store::audit;

/// Requests expired, or grants ended, in one transaction at most.
const BATCH: i64 = 200;

/// Expires what is due and ends the grants whose time is over; how many of both. Call again while it returns many.
///
/// # Errors
/// When the database fails.
pub async fn expire_due(services: &Services) -> Result<usize> {
    let mut read = services.store.read().await?;
    let due = store::requests::due(&mut read, BATCH).await?;
    drop(read);
    let origin = Origin::default();
    let mut session = services.store.write().await?;
    let mut done = 0;
    for number in due {
        let Some(loaded) = store::requests::load(&mut session, number, true).await? else { continue };
        let request = &loaded.request;
        let around =
            look_around(&mut session, &request.definition, request.beneficiary, request.resource, request.group)
                .await?;
        if let Ok(Applied::Changed(transition)) = apply(request, &around.world, Event::Expire) {
            carry(&mut session, &loaded, &around, &transition, Acting::nobody(&origin)).await?;
            done += 1;
        }
    }
    let ended = store::grants::end_due(&mut session, BATCH).await?;
    for (grant, number) in &ended {
        let event = audit::Event {
            kind: "grant_ended",
            request: Some(*number),
            detail: json!({ "grant": grant, "cause": "time_over" }),
            ..audit::Event::default()
        };
        audit::record(&mut session, &event).await?;
    }
    done += ended.len();
    if done == 0 {
        return Ok(0);
    }
    session.commit().await?;
    services.outbox.notify_one();
    Ok(done)
}
