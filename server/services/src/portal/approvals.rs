//! Approvals: what waits on my vote, and what I decided.

use crate::requests::{Around, Living};
use crate::{Result, Services};
use domain::ids::RequestNumber;
use domain::people::Actor;
use domain::policy;
use domain::request::{Act, Decider, foresee};
use domain::time::Timestamp;
use domain::view::Approval;
use store::Session;
use store::requests::Loaded;

/// Waiting and decided requests shown at once.
const SHOWN: usize = 100;
/// Requests looked at in one read.
const BATCH: i64 = 100;

/// Both halves of the page.
#[derive(Clone, Debug)]
pub struct Approvals {
    /// What waits on the actor's vote, oldest first.
    pub waiting: Vec<Approval>,
    /// What the actor voted on, newest first.
    pub decided: Vec<Approval>,
    /// The moment at which this was true.
    pub now: Timestamp,
}

/// What waits on the actor's vote as an assigned approver, and what they decided.
///
/// # Errors
/// When the database fails.
pub async fn approvals(services: &Services, actor: &Actor) -> Result<Approvals> {
    let mut session = services.store.read().await?;
    let mut waiting = Vec::new();
    for (loaded, around) in waiting_on(&mut session, actor).await? {
        waiting.extend(approval(&mut session, &loaded, actor, Some(&around)).await?);
    }
    let mut decided = Vec::new();
    let shown = i64::try_from(SHOWN).unwrap_or(100);
    for row in store::requests::approvals(&mut session, actor.id, shown).await? {
        if let Some(loaded) = store::requests::load(&mut session, row.number, false).await? {
            decided.extend(approval(&mut session, &loaded, actor, None).await?);
        }
    }
    Ok(Approvals { waiting, decided, now: session.now() })
}

/// The requests on which the actor may vote now, oldest first: the policy function over a cheap superset.
pub(crate) async fn waiting_on(session: &mut Session, actor: &Actor) -> Result<Vec<(Loaded, Around)>> {
    let groups = store::directory::groups::of_person(session, actor.id).await?;
    let who = Decider { id: actor.id, admin: actor.admin };
    let mut living = Living::new(session).await?;
    let mut after = RequestNumber(0);
    let mut out = Vec::new();
    loop {
        let candidates = store::requests::waiting_candidates(session, actor.id, &groups, after, BATCH).await?;
        for number in &candidates {
            let Some(loaded) = store::requests::load(session, *number, false).await? else { continue };
            let around = living.around(session, &loaded.request).await?;
            if policy::may(&loaded.request, &around.world, who, Act::Vote).is_ok() {
                out.push((loaded, around));
            }
        }
        match candidates.last() {
            Some(last) if out.len() < SHOWN && i64::try_from(candidates.len()).unwrap_or(0) == BATCH => after = *last,
            _ => return Ok(out),
        }
    }
}

/// One line of the page; `around` while it waits on the actor.
async fn approval(
    session: &mut Session,
    loaded: &Loaded,
    actor: &Actor,
    around: Option<&Around>,
) -> Result<Option<Approval>> {
    let request = &loaded.request;
    let waits = around.is_some();
    let Some(full) = store::requests::full_row(session, request.number, actor.id).await? else { return Ok(None) };
    let requester = store::directory::people::by_id(session, request.beneficiary).await?;
    let manager = match requester.as_ref().and_then(|person| person.manager).filter(|_| waits) {
        Some(id) => store::directory::people::by_id(session, id).await?.map(|manager| manager.name),
        None => None,
    };
    let until =
        if waits { store::grants::coverage(session, request.beneficiary, request.group).await?.end() } else { None };
    let voted = request.vote_of(actor.id);
    let who = Decider { id: actor.id, admin: actor.admin };
    let unreminded = match around {
        Some(around) => crate::reminders::none_can_come(session, request, &around.settings).await?,
        None => false,
    };
    Ok(Some(Approval {
        row: full.row,
        reason: loaded.reason.clone(),
        requested: request.requested,
        voted: voted.map(|vote| (vote.verdict, vote.at)),
        steps: around.map(|around| crate::queue::steps(loaded, around, None)).unwrap_or_default(),
        group: full.group_name,
        title: requester.map(|person| person.title).unwrap_or_default(),
        manager,
        until,
        access: request.definition.access.clone(),
        // The last approval that is needed decides for how long.
        does: around.and_then(|around| foresee(request, &around.world, who, Act::Vote)),
        unreminded,
    }))
}
