//! May this person do this to this request now? The only place that says so, for pages, server functions and command line
//! alike (`trust.md` F10): the same answer shows or greys a button and guards the act.

use crate::flow::{ApproverKind, evaluate};
use crate::request::{Act, Decider, Refusal, Request, State, Status, World};

/// Whether an admin's grant is the vote on the waiting step rather than an override: the step that waits is for
/// administrators and nothing is missing.
#[must_use]
pub fn grant_is_vote(request: &Request) -> bool {
    matches!(request.state, State::Pending { .. })
        && request
            .definition
            .steps
            .get(request.state.step())
            .is_some_and(|step| step.approvers.kind() == ApproverKind::Administrator)
}

/// Whether it is the administrators' turn: their step waits, or what people agreed to has to be confirmed.
#[must_use]
pub fn is_admins_turn(request: &Request) -> bool {
    grant_is_vote(request) || request.state.doubt().is_some()
}

/// Says whether the act is allowed.
///
/// # Errors
/// The refusal. Order matters: rights first, then the request's own state, so that nobody learns a state they have no
/// right to act on; expiry is checked here and not only by a job.
pub fn may(request: &Request, world: &World, who: Decider, act: Act) -> Result<(), Refusal> {
    match act {
        Act::Withdraw => may_withdraw(request, who),
        Act::Vote => {
            barred(request, world, who)?;
            may_vote(request, world, who)
        }
        Act::Grant | Act::GrantOver | Act::Deny | Act::Retry | Act::Repair => {
            if !who.admin {
                return Err(Refusal::NotAdmin);
            }
            barred(request, world, who)?;
            if act != Act::Deny && world.readdressed.iter().any(|(person, _)| *person == who.id) {
                return Err(Refusal::Readdressed);
            }
            open(request)?;
            let only = match act {
                Act::Retry => Some(Status::Error),
                Act::Repair => Some(Status::MissingData),
                _ => None,
            };
            if let Some(only) = only {
                let status = request.state.status();
                return if status == only { Ok(()) } else { Err(Refusal::NotNow(status)) };
            }
            in_time(request, world)?;
            if act == Act::Grant && grant_is_vote(request) { unvoted(request, who) } else { Ok(()) }
        }
    }
}

fn unvoted(request: &Request, who: Decider) -> Result<(), Refusal> {
    request.vote_of(who.id).map_or(Ok(()), |vote| Err(Refusal::Voted(vote.verdict)))
}

fn barred(request: &Request, world: &World, who: Decider) -> Result<(), Refusal> {
    if request.barred().contains(&who.id) {
        return Err(Refusal::OwnRequest);
    }
    // Who showed the link could have used it.
    if world.let_in.contains(&who.id) { Err(Refusal::LetIn) } else { Ok(()) }
}

fn open(request: &Request) -> Result<(), Refusal> {
    let status = request.state.status();
    if status.is_terminal() {
        return Err(Refusal::Ended(status));
    }
    if request.state.flight().is_some() { Err(Refusal::InFlight) } else { Ok(()) }
}

fn in_time(request: &Request, world: &World) -> Result<(), Refusal> {
    let running = matches!(request.state.status(), Status::Pending | Status::MissingData);
    if running && world.now >= request.expires_at { Err(Refusal::Expired) } else { Ok(()) }
}

fn may_vote(request: &Request, world: &World, who: Decider) -> Result<(), Refusal> {
    let waiting = request.state.step();
    let progress = evaluate(&request.definition, &world.living, &request.excluded(world), &request.votes, waiting);
    // Administrator steps are decided in the admin portal (`product.md` 6).
    let assigned = |index: usize| {
        request.definition.steps[index].approvers.kind() != ApproverKind::Administrator
            && progress.steps[index].eligible.contains(&who.id)
    };
    if !(0..progress.steps.len()).any(assigned) {
        return Err(Refusal::NotApprover);
    }
    open(request)?;
    match request.state.status() {
        Status::Pending => {}
        other => return Err(Refusal::NotNow(other)),
    }
    in_time(request, world)?;
    unvoted(request, who)?;
    // What waits to be confirmed waits for an administrator.
    let asks = request.state.doubt().is_none();
    if asks && assigned(waiting) { Ok(()) } else { Err(Refusal::NotYourTurn) }
}

fn may_withdraw(request: &Request, who: Decider) -> Result<(), Refusal> {
    if who.id != request.requester {
        return Err(Refusal::NotRequester);
    }
    open(request)
}
