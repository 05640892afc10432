//! Counting open requests again after people, groups or owners changed.

use super::carry::{Acting, carry};
use super::living::Living;
use super::look_around;
use crate::targets::{Scope, compare};
use crate::{Origin, Result};
use domain::ids::{GroupId, PersonId, RequestNumber};
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

/// Counts every open request again, in the transaction of the change, and compares what was provisioned with what should be, which
/// the same changes change: what is missing now becomes Missing Data, what was repaired goes back to Pending by itself, and lists
/// show who blocks now. What `actor` may not decide on is given nothing by it: it waits to be confirmed. Each set of approvers is
/// read once; only requests for
/// which something changes are locked and written.
///
/// # Errors
/// When the database fails.
pub async fn recount_open(session: &mut Session, actor: Option<&Actor>, origin: &Origin) -> Result<Recounted> {
    recount_all(session, By { actor, cause: actor.map(|actor| actor.id), origin }).await
}

/// Whose change is counted.
#[derive(Clone, Copy, Debug)]
struct By<'a> {
    /// Who acts; nobody for the clock and the command line.
    actor: Option<&'a Actor>,
    /// Who caused the change, now or when they decided what a target carried out since.
    cause: Option<PersonId>,
    origin: &'a Origin,
}

async fn recount_all(session: &mut Session, by: By<'_>) -> Result<Recounted> {
    let mut counted = Recounted::default();
    loop {
        let given = pass(session, by, &mut counted).await?;
        // Whoever was given access by a count may approve elsewhere by it.
        if !store::flows::approves_open(session, &given).await? {
            break;
        }
    }
    compare(session, Scope::All).await?;
    Ok(counted)
}

/// Looks at every open request once; the groups to which access began.
async fn pass(session: &mut Session, by: By<'_>, counted: &mut Recounted) -> Result<Vec<GroupId>> {
    let mut after = RequestNumber(0);
    let mut given = Vec::new();
    let mut living = Living::new(session).await?;
    loop {
        let batch = store::requests::load_open(session, after, BATCH).await?;
        let Some(last) = batch.last else { return Ok(given) };
        after = last;
        for loaded in &batch.loaded {
            let around = living.around(session, &loaded.request).await?;
            if transition(loaded, &around, by.cause).is_none() {
                continue;
            }
            let number = loaded.request.number;
            let Some((status, group)) = recount(session, number, by).await? else { continue };
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
    recount_seats_by(session, groups, By { actor, cause: actor.map(|actor| actor.id), origin }).await
}

/// [`recount_seats`] for what a target has carried out, which somebody decided before.
pub(crate) async fn recount_seats_since(
    session: &mut Session,
    groups: &[GroupId],
    cause: Option<PersonId>,
    origin: &Origin,
) -> Result<()> {
    recount_seats_by(session, groups, By { actor: None, cause, origin }).await
}

async fn recount_seats_by(session: &mut Session, groups: &[GroupId], by: By<'_>) -> Result<()> {
    if store::flows::approves_open(session, groups).await? {
        recount_all(session, by).await?;
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
fn transition(loaded: &Loaded, around: &super::Around, cause: Option<PersonId>) -> Option<Transition> {
    let request = &loaded.request;
    if let Ok(Applied::Changed(transition)) = apply(request, &around.world, Event::Recount { cause }) {
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
    by: By<'_>,
) -> Result<Option<(Status, Option<GroupId>)>> {
    let Some(loaded) = store::requests::load(session, number, true).await? else { return Ok(None) };
    let mut around = look_around(session, &loaded.request).await?;
    let voters: Vec<PersonId> = loaded.request.votes.iter().map(|vote| vote.person).collect();
    around.world.active = store::directory::people::active_of(session, &voters).await?;
    let Some(transition) = transition(&loaded, &around, by.cause) else { return Ok(None) };
    let acting = Acting { actor: by.actor, recount: true, ..Acting::nobody(by.origin) };
    let given = carry(session, &loaded, &around, &transition, acting).await?;
    Ok(Some((transition.state.status(), given)))
}
