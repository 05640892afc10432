//! May this person do this to this request now? The only place that says so, for pages, server functions and command line
//! alike (`trust.md` F10): the same answer shows or greys a button and guards the act.

use crate::flow::{ApproverKind, evaluate};
use crate::request::{Act, Decider, Refusal, Request, Status, World};

/// Whether an admin's grant is the vote on the waiting step rather than an override: the step that waits is for
/// administrators and nothing is missing.
#[must_use]
pub fn grant_is_vote(request: &Request) -> bool {
    request.state.status() == Status::Pending
        && request
            .definition
            .steps
            .get(request.state.step())
            .is_some_and(|step| step.approvers.kind() == ApproverKind::Administrator)
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
            barred(request, who)?;
            may_vote(request, world, who)
        }
        Act::Grant | Act::GrantOver | Act::Deny | Act::Retry => {
            if !who.admin {
                return Err(Refusal::NotAdmin);
            }
            barred(request, who)?;
            open(request)?;
            if act == Act::Retry {
                return match request.state.status() {
                    Status::Error => Ok(()),
                    other => Err(Refusal::NotNow(other)),
                };
            }
            in_time(request, world)?;
            if act == Act::Grant && grant_is_vote(request) { unvoted(request, who) } else { Ok(()) }
        }
    }
}

fn unvoted(request: &Request, who: Decider) -> Result<(), Refusal> {
    request.vote_of(who.id).map_or(Ok(()), |vote| Err(Refusal::Voted(vote.verdict)))
}

fn barred(request: &Request, who: Decider) -> Result<(), Refusal> {
    if request.barred().contains(&who.id) { Err(Refusal::OwnRequest) } else { Ok(()) }
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
    let progress = evaluate(&request.definition, &world.living, &request.barred(), &request.votes, waiting);
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
    if assigned(waiting) { Ok(()) } else { Err(Refusal::NotYourTurn) }
}

fn may_withdraw(request: &Request, who: Decider) -> Result<(), Refusal> {
    if who.id != request.requester {
        return Err(Refusal::NotRequester);
    }
    open(request)
}
