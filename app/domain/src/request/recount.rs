//! Counting again after people, groups or owners changed, and what of it has to be confirmed.

use super::effects::{Decision, DecisionKind, Effect, Notice};
use super::event::World;
use super::state::{Doubt, Request, State, Verdict, Vote};
use super::transition::{Applied, Transition, carry_out, missing_data};
use crate::flow::{Outcome, Progress, evaluate};
use crate::ids::PersonId;

/// Counts the votes of a request as things stand now.
pub(super) fn count(request: &Request, world: &World) -> Progress {
    let excluded = request.excluded(world);
    evaluate(&request.definition, &world.living, &excluded, &request.votes, request.state.step())
}

/// Waits for an administrator to confirm.
pub(super) fn unconfirmed(step: usize, doubt: Doubt, mut effects: Vec<Effect>) -> Transition {
    effects.push(Effect::Notify(Notice::NeedsConfirmation));
    Transition { state: State::Unconfirmed { step, doubt, flight: None }, effects }
}

/// The first approver who agreed after requester, beneficiary or creator had changed their address: who reads the mail there may
/// be somebody else.
pub(super) fn readdressed(world: &World, votes: &[Vote]) -> Option<Doubt> {
    let since = |vote: &&Vote| {
        vote.verdict == Verdict::Approve
            && world.readdressed.iter().any(|(person, at)| *person == vote.person && vote.at >= *at)
    };
    votes.iter().find(since).map(|vote| Doubt::Address(vote.person))
}

/// Counts again after people, groups or owners changed. A count can pass a step or grant without a new vote, when who had not voted
/// left. Where the change was made by somebody who may not decide, that has to be confirmed (decisions of 2026-11-25).
pub(super) fn recount(request: &Request, world: &World, cause: Option<PersonId>) -> Applied {
    let waits = matches!(request.state, State::Pending { .. } | State::Unconfirmed { .. } | State::MissingData { .. });
    if !waits || request.state.flight().is_some() {
        return Applied::Unchanged;
    }
    let step = request.state.step();
    let progress = count(request, world);
    match (&request.state, &progress.outcome) {
        // Nothing but a person takes a doubt away, unless what was in doubt is not so any more.
        (State::Unconfirmed { .. }, Outcome::Waiting(next)) if *next == step => your_turn(step),
        (State::Unconfirmed { .. }, _) => Applied::Unchanged,
        (State::MissingData { missing: known, .. }, Outcome::Missing(missing)) if missing == known => {
            Applied::Unchanged
        }
        (State::MissingData { .. }, Outcome::Missing(missing)) => Applied::Changed(Transition {
            state: State::MissingData { step, missing: missing.clone(), flight: None },
            effects: Vec::new(),
        }),
        (_, Outcome::Missing(missing)) => Applied::Changed(missing_data(step, missing.clone())),
        (State::Pending { .. }, Outcome::Waiting(next)) if *next == step => Applied::Unchanged,
        (_, Outcome::Waiting(next)) if *next == step => your_turn(step),
        (_, Outcome::Complete) if world.now >= request.expires_at => Applied::Unchanged,
        (_, outcome) => {
            if let Some(by) = cause.filter(|person| request.barred().contains(person)) {
                return doubted(request, world, &progress, Doubt::Directory(by));
            }
            match outcome {
                Outcome::Waiting(next) => your_turn(*next),
                _ => completed_by_departure(request, world, &progress),
            }
        }
    }
}

fn your_turn(step: usize) -> Applied {
    let effects = vec![Effect::Notify(Notice::YourTurn)];
    Applied::Changed(Transition { state: State::Pending { step, flight: None }, effects })
}

/// What a count brought waits to be confirmed, if it brought anything.
fn doubted(request: &Request, world: &World, progress: &Progress, doubt: Doubt) -> Applied {
    let nobody = progress.outcome == Outcome::Complete && last_counted(request, world, progress).is_none();
    if nobody { Applied::Unchanged } else { Applied::Changed(unconfirmed(request.state.step(), doubt, Vec::new())) }
}

/// The approval that was given last of those that count, by somebody who is active: one that counts now, or one by which an earlier
/// step was passed.
fn last_counted<'r>(request: &'r Request, world: &World, progress: &Progress) -> Option<&'r Vote> {
    let waiting = request.state.step();
    request.votes.iter().rfind(|vote| {
        let now = progress.steps.iter().any(|step| step.approved.contains(&vote.person));
        let before = vote.step < waiting && world.active.contains(&vote.person);
        vote.verdict == Verdict::Approve && (now || before)
    })
}

/// *All* means all who are living approvers now: when the last one who had not voted leaves, the step is passed and the
/// request is granted in the name of the active person whose counted approval was last.
fn completed_by_departure(request: &Request, world: &World, progress: &Progress) -> Applied {
    let Some(last) = last_counted(request, world, progress) else { return Applied::Unchanged };
    if let Some(doubt) = readdressed(world, &request.votes) {
        return Applied::Changed(unconfirmed(request.state.step(), doubt, Vec::new()));
    }
    let decision = Decision {
        kind: DecisionKind::Grant,
        by: Some(last.person),
        at: world.now,
        reason: last.comment.clone(),
        next_steps: None,
        overriding: false,
        duration: request.requested,
    };
    Applied::Changed(carry_out(&request.state, decision, world, Vec::new()))
}
