//! Counting open requests again after people, groups or owners changed.

use super::carry::{Acting, carry};
use super::living::Living;
use super::look_around;
use crate::{Origin, Result};
use domain::ids::{GroupId, RequestNumber};
use domain::people::Actor;
use domain::request::{Applied, Effect, Event, Notice, State, Status, Transition, apply};
use store::Session;
use store::grants::Ended;
use store::requests::Loaded;

/// Open requests looked at in one read.
const BATCH: i64 = 500;

/// What a count changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recounted {
    /// Requests that changed in any way.
    pub changed: usize,
    /// Requests that became Missing Data.
    pub missing: Vec<RequestNumber>,
}

/// Counts every open request again, in the transaction of the change: what is missing now becomes Missing Data, what was
/// repaired goes back to Pending by itself, and lists show who blocks now. Each set of approvers is read once; only requests for
/// which something changes are locked and written.
///
/// # Errors
/// When the database fails.
pub async fn recount_open(session: &mut Session, actor: Option<&Actor>, origin: &Origin) -> Result<Recounted> {
    let mut counted = Recounted::default();
    loop {
        let given = pass(session, actor, origin, &mut counted).await?;
        // Whoever was given access by a count may approve elsewhere by it.
        if !store::flows::approves_open(session, &given).await? {
            return Ok(counted);
        }
    }
}

/// Looks at every open request once; the groups to which access began.
async fn pass(
    session: &mut Session,
    actor: Option<&Actor>,
    origin: &Origin,
    counted: &mut Recounted,
) -> Result<Vec<GroupId>> {
    let mut after = RequestNumber(0);
    let mut given = Vec::new();
    let mut living = Living::new(session).await?;
    loop {
        let batch = store::requests::load_open(session, after, BATCH).await?;
        let Some(last) = batch.last else { return Ok(given) };
        after = last;
        for loaded in &batch.loaded {
            let around = living.around(session, &loaded.request).await?;
            if transition(loaded, &around).is_none() {
                continue;
            }
            let number = loaded.request.number;
            let Some((status, group)) = recount(session, number, actor, origin).await? else { continue };
            given.extend(group);
            counted.changed += 1;
            if status == Status::MissingData {
                counted.missing.push(number);
            }
        }
    }
}

/// Counts open requests again when access to a group that approves has begun or ended.
pub(crate) async fn recount_seats(
    session: &mut Session,
    groups: &[GroupId],
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<()> {
    if store::flows::approves_open(session, groups).await? {
        recount_open(session, actor, origin).await?;
    }
    Ok(())
}

/// The groups of grants that have ended, once each.
pub(crate) fn groups_of(ended: &[Ended]) -> Vec<GroupId> {
    let mut groups: Vec<GroupId> = ended.iter().map(|ended| ended.group).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// What a count brings. When the rules say nothing but others block than lists show, the request moves on in place, and those
/// whose turn it has become are told.
fn transition(loaded: &Loaded, around: &super::Around) -> Option<Transition> {
    let request = &loaded.request;
    if let Ok(Applied::Changed(transition)) = apply(request, &around.world, Event::Recount) {
        return Some(transition);
    }
    if request.state.flight().is_some() || !matches!(request.state, State::Pending { .. } | State::MissingData { .. }) {
        return None;
    }
    let counted = around.waiting(&request.definition, &request.barred(), &request.votes, &request.state);
    if loaded.shown.is(&counted) {
        return None;
    }
    let others = loaded.shown.kind == counted.kind && loaded.shown.name != counted.name && !counted.name.is_empty();
    let told = others && request.state.status() == Status::Pending;
    let effects = if told { vec![Effect::Notify(Notice::YourTurn)] } else { Vec::new() };
    Some(Transition { state: request.state.clone(), effects })
}

async fn recount(
    session: &mut Session,
    number: RequestNumber,
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<Option<(Status, Option<GroupId>)>> {
    let Some(loaded) = store::requests::load(session, number, true).await? else { return Ok(None) };
    let around = look_around(session, &loaded.request).await?;
    let Some(transition) = transition(&loaded, &around) else { return Ok(None) };
    let acting = Acting { actor, recount: true, ..Acting::nobody(origin) };
    let given = carry(session, &loaded, &around, &transition, acting).await?;
    Ok(Some((transition.state.status(), given)))
}
