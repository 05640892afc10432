//! My requests, and the counters of the portal's navigation.

use super::approvals::waiting_on;
use crate::queue::{ended, steps};
use crate::requests::look_around;
use crate::{Result, Services};
use domain::people::Actor;
use domain::time::Timestamp;
use domain::view::{MyRequest, PortalCounts};

/// Requests shown at once.
const SHOWN: i64 = 10;

/// The actor's own requests, newest first, with their progress if the organisation shows it.
///
/// # Errors
/// When the database fails.
pub async fn my_requests(services: &Services, actor: &Actor) -> Result<(Vec<MyRequest>, Timestamp)> {
    let mut session = services.store.read().await?;
    let show = store::settings::get(&mut session).await?.show_progress;
    let mut out = Vec::new();
    for row in store::requests::by_requester(&mut session, actor.id, SHOWN).await? {
        let Some(full) = store::requests::full_row(&mut session, row.number, actor.id).await? else { continue };
        let loaded = store::requests::load(&mut session, row.number, false).await?;
        let open = !row.status.is_terminal();
        let progress = match loaded.as_ref().filter(|_| show && open) {
            Some(loaded) => {
                let r = &loaded.request;
                let around = look_around(&mut session, &r.definition, r.beneficiary, r.resource, r.group).await?;
                Some(steps(loaded, &around))
            }
            None => None,
        };
        out.push(MyRequest {
            row,
            reason: full.reason,
            requested: loaded.and_then(|loaded| loaded.request.requested),
            steps: progress,
            ended: full.end.map(ended),
        });
    }
    Ok((out, session.now()))
}

/// Counters of the portal's navigation.
///
/// # Errors
/// When the database fails.
pub async fn counts(services: &Services, actor: &Actor) -> Result<PortalCounts> {
    let mut session = services.store.read().await?;
    let requests_enabled = store::settings::get(&mut session).await?.requests_enabled;
    let approvals = i64::try_from(waiting_on(&mut session, actor).await?.len()).unwrap_or(i64::MAX);
    Ok(PortalCounts { approvals, requests_enabled })
}
