//! My requests, and the counters of the portal's navigation.

use super::approvals::waiting_on;
use crate::queue::{ended, steps};
use crate::requests::Living;
use crate::{Result, Services};
use domain::ids::RequestNumber;
use domain::people::Actor;
use domain::search::Search;
use domain::settings::Settings;
use domain::time::Timestamp;
use domain::view::{MyRequest, PortalCounts, QueueRow};
use store::Session;

/// Ended requests shown at once.
const SHOWN: i64 = 10;

/// A page of the actor's own requests.
#[derive(Clone, Debug)]
pub struct Mine {
    /// The requests, newest first: on the first page every open one, and the newest that have ended.
    pub requests: Vec<MyRequest>,
    /// Before which number the next page begins, if there is one.
    pub next: Option<RequestNumber>,
    /// The moment at which this was true.
    pub now: Timestamp,
}

/// The actor's own requests, newest first, with their progress if the organisation shows it; only those in which each word of the
/// search is found, when one is typed: then open and ended ones alike, a page at a time.
///
/// # Errors
/// When the database fails.
pub async fn my_requests(
    services: &Services,
    actor: &Actor,
    before: Option<RequestNumber>,
    typed: &str,
) -> Result<Mine> {
    let search = Search::new(typed);
    let mut session = services.store.read().await?;
    let settings = store::settings::get(&mut session).await?;
    let from = before.unwrap_or(RequestNumber(i64::MAX));
    let mut rows = store::requests::by_requester(&mut session, actor.id, search.as_ref(), from, SHOWN + 1).await?;
    let more = i64::try_from(rows.len()).unwrap_or(0) > SHOWN;
    rows.truncate(usize::try_from(SHOWN).unwrap_or(10));
    let next = if more { rows.last().map(|row| row.number) } else { None };
    if search.is_some() {
        // What is found stands in one order.
    } else if before.is_none() {
        let shown: Vec<RequestNumber> = rows.iter().map(|row| row.number).collect();
        let open = store::requests::open_by_requester(&mut session, actor.id).await?;
        rows.extend(open.into_iter().filter(|row| !shown.contains(&row.number)));
    } else {
        rows.retain(|row| row.status.is_terminal());
    }
    let mut living = Living::new(&mut session).await?;
    let mut requests = Vec::with_capacity(rows.len());
    for row in rows {
        requests.extend(mine(&mut session, &mut living, actor, row, &settings).await?);
    }
    Ok(Mine { requests, next, now: session.now() })
}

async fn mine(
    session: &mut Session,
    living: &mut Living,
    actor: &Actor,
    row: QueueRow,
    settings: &Settings,
) -> Result<Option<MyRequest>> {
    let Some(full) = store::requests::full_row(session, row.number, actor.id).await? else { return Ok(None) };
    let Some(loaded) = store::requests::load(session, row.number, false).await? else { return Ok(None) };
    let progress = if settings.show_progress && !row.status.is_terminal() {
        let around = living.around(session, &loaded.request).await?;
        Some(steps(&loaded, &around, full.end.as_ref()))
    } else {
        None
    };
    let requested = loaded.request.requested;
    let unreminded = crate::reminders::none_can_come(session, &loaded.request, settings).await?;
    let ended = full.end.map(ended);
    Ok(Some(MyRequest { row, reason: full.reason, requested, steps: progress, ended, unreminded }))
}

/// Counters of the portal's navigation.
///
/// # Errors
/// When the database fails.
pub async fn counts(services: &Services, actor: &Actor) -> Result<PortalCounts> {
    let mut session = services.store.read().await?;
    let requests_enabled = store::settings::get(&mut session).await?.requests_enabled;
    let waiting = waiting_on(&mut session, actor).await?.len();
    let is_approver = waiting > 0 || store::requests::ever_voted(&mut session, actor.id).await?;
    Ok(PortalCounts { approvals: i64::try_from(waiting).unwrap_or(i64::MAX), requests_enabled, is_approver })
}
