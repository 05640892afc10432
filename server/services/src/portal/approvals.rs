//! Approvals: what waits on my vote, and what I decided.

use crate::requests::{Around, look_around};
use crate::{Result, Services};
use domain::people::Actor;
use domain::policy;
use domain::request::{Act, Decider};
use domain::time::Timestamp;
use domain::view::{Approval, StepLine};
use store::Session;
use store::requests::Loaded;

/// Requests looked at, and decided ones shown, at once.
const SHOWN: i64 = 100;

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
        let steps = crate::queue::steps(&loaded, &around);
        waiting.extend(approval(&mut session, &loaded, actor, steps).await?);
    }
    let mut decided = Vec::new();
    for row in store::requests::approvals(&mut session, actor.id, SHOWN).await? {
        if let Some(loaded) = store::requests::load(&mut session, row.number, false).await? {
            decided.extend(approval(&mut session, &loaded, actor, Vec::new()).await?);
        }
    }
    Ok(Approvals { waiting, decided, now: session.now() })
}

/// The requests on which the actor may vote now: the policy function over a cheap superset.
pub(super) async fn waiting_on(session: &mut Session, actor: &Actor) -> Result<Vec<(Loaded, Around)>> {
    let groups = store::directory::groups::of_person(session, actor.id).await?;
    let candidates = store::requests::waiting_candidates(session, actor.id, &groups, SHOWN).await?;
    let who = Decider { id: actor.id, admin: actor.admin };
    let mut out = Vec::new();
    for number in candidates {
        let Some(loaded) = store::requests::load(session, number, false).await? else { continue };
        let request = &loaded.request;
        let around =
            look_around(session, &request.definition, request.beneficiary, request.resource, request.group).await?;
        if policy::may(request, &around.world, who, Act::Vote).is_ok() {
            out.push((loaded, around));
        }
    }
    Ok(out)
}

async fn approval(
    session: &mut Session,
    loaded: &Loaded,
    actor: &Actor,
    steps: Vec<StepLine>,
) -> Result<Option<Approval>> {
    let number = loaded.request.number;
    let Some(row) = store::requests::row(session, number, actor.id).await? else { return Ok(None) };
    let voted = loaded.request.vote_of(actor.id);
    Ok(Some(Approval {
        row,
        reason: loaded.reason.clone(),
        requested: loaded.request.requested,
        voted: voted.map(|vote| (vote.verdict, vote.at)),
        steps,
    }))
}
