//! The one transition function (`product.md` 2.1). Every path goes through it: vote, admin, override, retry, expiry,
//! removal, withdrawal, provisioning result.

use super::announced::Announced;
use super::effects::{Decision, DecisionKind, Effect, Notice};
use super::event::{Act, CancelCause, Decider, Entitlement, Event, World};
use super::recount::{count, readdressed, recount, unconfirmed};
use super::state::{Attempt, ErrorCause, Flight, Request, State, Status, Verdict, Vote};
use crate::catalog::Access;
use crate::flow::{ApproverKind, Definition, Missing, Outcome, evaluate};
use crate::ids::PersonId;
use crate::policy;
use crate::request::ApprovalType;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Why an act is not done. Facts only; the words are the page's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Requester, beneficiary or creator may not decide, whatever hat they wear.
    #[error("own request")]
    OwnRequest,
    /// Got in only by a link that requester, beneficiary or creator showed on the screen.
    #[error("let in by the requester")]
    LetIn,
    /// Requester, beneficiary or creator changed the person's address lately.
    #[error("address changed by the requester")]
    Readdressed,
    /// Not an admin (any more).
    #[error("not an admin")]
    NotAdmin,
    /// Not among the living approvers of any step.
    #[error("not an approver")]
    NotApprover,
    /// An approver, but of another step than the waiting one.
    #[error("another step waits")]
    NotYourTurn,
    /// Not the requester.
    #[error("not the requester")]
    NotRequester,
    /// The request has ended.
    #[error("already {}", .0.as_str())]
    Ended(Status),
    /// The request is not in a status in which this can be done.
    #[error("not possible while {}", .0.as_str())]
    NotNow(Status),
    /// Somebody acted since the page was shown; what was decided on is not what stands now.
    #[error("changed meanwhile")]
    Changed,
    /// Something else would follow now than the screen announced: what.
    #[error("not what was announced")]
    OtherEffect(Announced),
    /// A grant is being carried out.
    #[error("being granted")]
    InFlight,
    /// Time ran out before the act.
    #[error("expired")]
    Expired,
    /// The person has voted before, and what; one vote per person and request.
    #[error("already voted {}", .0.as_str())]
    Voted(Verdict),
    /// A denial needs a reason.
    #[error("a reason is required")]
    ReasonRequired,
    /// An overriding grant needs a comment, as Settings demand.
    #[error("a comment is required")]
    CommentRequired,
    /// Longer than the flow allows, or timed where it is not.
    #[error("duration is not allowed")]
    DurationNotAllowed,
    /// A duration with an approval that is not the last: it would be lost, as the last approver chooses.
    #[error("duration is not chosen yet")]
    DurationNotYet,
}

/// What follows from an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The new state.
    pub state: State,
    /// What to carry out.
    pub effects: Vec<Effect>,
}

/// The answer of [`apply`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The request changes.
    Changed(Transition),
    /// Nothing changes: the same vote again, or a count that gives what is known.
    Unchanged,
}

/// What a new request starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The flow as it is now.
    pub definition: Definition,
    /// Requester, beneficiary and creator.
    pub barred: [PersonId; 3],
    /// The duration asked for.
    pub requested: Option<Span>,
}

/// The first transition: Pending, Missing Data, or for an Automatic flow the grant.
///
/// # Errors
/// [`Refusal::DurationNotAllowed`] when the flow does not offer the duration.
pub fn submit(submission: &Submission, world: &World) -> Result<Transition, Refusal> {
    let definition = &submission.definition;
    if !definition.access.may_ask(submission.requested) {
        return Err(Refusal::DurationNotAllowed);
    }
    if definition.approval_type == ApprovalType::Automatic {
        let decision = Decision {
            kind: DecisionKind::Grant,
            by: None,
            at: world.now,
            reason: None,
            next_steps: None,
            overriding: false,
            duration: submission.requested,
        };
        return Ok(carry_out(&State::Pending { step: 0, flight: None }, decision, world, Vec::new()));
    }
    let excluded: Vec<PersonId> = submission.barred.iter().chain(&world.let_in).copied().collect();
    let progress = evaluate(definition, &world.living, &excluded, &[], 0);
    Ok(match progress.outcome {
        Outcome::Waiting(step) => {
            Transition { state: State::Pending { step, flight: None }, effects: vec![Effect::Notify(Notice::YourTurn)] }
        }
        Outcome::Missing(missing) => missing_data(0, missing),
        // A Manual flow without steps is unsound; it must not grant (`trust.md` F12).
        Outcome::Complete => {
            missing_data(0, Missing { step: 0, approvers: ApproverKind::Administrator, living: 0, needed: 1 })
        }
    })
}

pub(super) fn missing_data(step: usize, missing: Missing) -> Transition {
    Transition {
        state: State::MissingData { step, missing, flight: None },
        effects: vec![Effect::Notify(Notice::MissingData)],
    }
}

/// Says what an event does to a request, or why it does nothing. Pure.
///
/// # Errors
/// The refusal; the request is unchanged then.
pub fn apply(request: &Request, world: &World, event: Event) -> Result<Applied, Refusal> {
    match event {
        Event::Vote { by, verdict, comment, next_steps, duration } => {
            vote(request, world, by, Cast { verdict, comment, next_steps, duration })
        }
        Event::Grant { by, over, comment, duration } => grant(request, world, by, over, comment, duration),
        Event::Deny { by, reason, next_steps } => deny(request, world, by, reason, next_steps),
        Event::Retry { by } => retry(request, world, by),
        Event::Recount { cause } => Ok(recount(request, world, cause)),
        Event::Expire => expire(request, world),
        Event::Cancel(cause) => cancel(request, world, cause),
        Event::Withdraw { by } => {
            policy::may(request, world, Decider { id: by, admin: false }, Act::Withdraw)?;
            cancel(request, world, CancelCause::Withdrawn)
        }
        Event::Provisioned(result) => provisioned(request, world, result),
    }
}

/// A vote as it is cast.
struct Cast {
    verdict: Verdict,
    comment: Option<String>,
    next_steps: Option<String>,
    duration: Option<Span>,
}

fn vote(request: &Request, world: &World, by: Decider, cast: Cast) -> Result<Applied, Refusal> {
    let Cast { verdict, comment, next_steps, duration } = cast;
    if let Some(before) = request.vote_of(by.id) {
        return if before.verdict == verdict { Ok(Applied::Unchanged) } else { Err(Refusal::Voted(before.verdict)) };
    }
    policy::may(request, world, by, Act::Vote)?;
    if verdict == Verdict::Deny && comment.is_none() {
        return Err(Refusal::ReasonRequired);
    }
    let step = request.state.step();
    let vote = Vote { person: by.id, verdict, step, at: world.now, comment: comment.clone() };
    if verdict == Verdict::Deny {
        let decision = Decision {
            kind: DecisionKind::Deny,
            by: Some(by.id),
            at: world.now,
            reason: comment,
            next_steps,
            overriding: false,
            duration: None,
        };
        return Ok(Applied::Changed(denied(request, decision, vec![Effect::RecordVote(vote)])));
    }
    approve(request, world, vote, duration).map(Applied::Changed)
}

/// An approval by vote: the request moves on, stays, or is granted. `chosen` is for the last one to choose.
fn approve(request: &Request, world: &World, vote: Vote, chosen: Option<Span>) -> Result<Transition, Refusal> {
    let duration = granted_duration(&request.definition.access, request.requested, chosen)?;
    let step = request.state.step();
    let mut votes = request.votes.clone();
    votes.push(vote.clone());
    let by = vote.person;
    let comment = vote.comment.clone();
    // A vote counts as action and restarts the clock (`product.md` 2.1).
    let mut effects = vec![Effect::RecordVote(vote), Effect::ExpireAt(world.now + world.expiry)];
    let progress = evaluate(&request.definition, &world.living, &request.excluded(world), &votes, step);
    let doubt = if progress.outcome == Outcome::Complete { readdressed(world, &votes) } else { None };
    let ends = progress.outcome == Outcome::Complete && doubt.is_none();
    if !ends && chosen.is_some() && chosen != request.requested {
        return Err(Refusal::DurationNotYet);
    }
    if let Some(doubt) = doubt {
        return Ok(unconfirmed(step, doubt, effects));
    }
    Ok(match progress.outcome {
        Outcome::Complete => {
            let decision = Decision {
                kind: DecisionKind::Grant,
                by: Some(by),
                at: world.now,
                reason: comment,
                next_steps: None,
                overriding: false,
                duration,
            };
            // The clock that is restarted is the one of waiting; a granted request waits no more.
            effects.truncate(1);
            carry_out(&request.state, decision, world, effects)
        }
        Outcome::Waiting(next) => {
            if next != step {
                effects.push(Effect::Notify(Notice::YourTurn));
            }
            Transition { state: State::Pending { step: next, flight: None }, effects }
        }
        Outcome::Missing(missing) => {
            effects.push(Effect::Notify(Notice::MissingData));
            let state = State::MissingData { step: reached(request, world, &votes), missing, flight: None };
            Transition { state, effects }
        }
    })
}

/// The first step from the waiting one on that has not got what it needs, whether or not it could.
fn reached(request: &Request, world: &World, votes: &[Vote]) -> usize {
    let from = request.state.step();
    let progress = evaluate(&request.definition, &world.living, &request.excluded(world), votes, from);
    (from..progress.steps.len())
        .find(|index| {
            let step = &progress.steps[*index];
            (step.approved.len() as u64) < u64::from(step.needed)
        })
        .unwrap_or(from)
}

fn grant(
    request: &Request,
    world: &World,
    by: Decider,
    over: bool,
    comment: Option<String>,
    duration: Option<Span>,
) -> Result<Applied, Refusal> {
    let act = if over { Act::GrantOver } else { Act::Grant };
    match policy::may(request, world, by, act) {
        // The same vote again gives the first answer again.
        Err(Refusal::Voted(Verdict::Approve)) => return Ok(Applied::Unchanged),
        allowed => allowed?,
    }
    let duration = granted_duration(&request.definition.access, request.requested, duration)?;
    if let Some(confirmed) = confirm(request, world, by, over, comment.clone(), duration) {
        if confirmed.announces() == Announced::Step && duration != request.requested {
            return Err(Refusal::DurationNotYet);
        }
        return Ok(Applied::Changed(confirmed));
    }
    if !over && policy::grant_is_vote(request) {
        let step = request.state.step();
        let vote = Vote { person: by.id, verdict: Verdict::Approve, step, at: world.now, comment };
        return approve(request, world, vote, duration).map(Applied::Changed);
    }
    let overriding = request.state.status() != Status::Error || is_overriding(request);
    if overriding && world.comment_on_override && comment.is_none() {
        return Err(Refusal::CommentRequired);
    }
    let decision = Decision {
        kind: DecisionKind::Grant,
        by: Some(by.id),
        at: world.now,
        reason: comment,
        next_steps: None,
        overriding,
        duration,
    };
    let mut effects = Vec::new();
    if overriding {
        effects.push(Effect::Notify(Notice::Overridden));
    }
    Ok(Applied::Changed(carry_out(&request.state, decision, world, effects)))
}

/// What an administrator's grant does to a request that waits to be confirmed: what the count says is done now, and they answer
/// for it. Nothing when the count says no more than before, so that the grant is an override like any other.
fn confirm(
    request: &Request,
    world: &World,
    by: Decider,
    over: bool,
    comment: Option<String>,
    duration: Option<Span>,
) -> Option<Transition> {
    request.state.doubt()?;
    let step = request.state.step();
    match count(request, world).outcome {
        Outcome::Complete => {
            let decision = Decision {
                kind: DecisionKind::Grant,
                by: Some(by.id),
                at: world.now,
                reason: comment,
                next_steps: None,
                overriding: false,
                duration,
            };
            Some(carry_out(&request.state, decision, world, vec![Effect::Confirm]))
        }
        Outcome::Waiting(next) if next != step && !over => Some(Transition {
            state: State::Pending { step: next, flight: None },
            effects: vec![Effect::Confirm, Effect::Notify(Notice::YourTurn)],
        }),
        _ => None,
    }
}

/// Whether the decision that failed was an override; granting it again stays one.
fn is_overriding(request: &Request) -> bool {
    matches!(&request.state, State::Error { attempt, .. } if attempt.decision.overriding)
}

fn granted_duration(access: &Access, asked: Option<Span>, given: Option<Span>) -> Result<Option<Span>, Refusal> {
    let duration = given.or(asked);
    if access.may_grant(duration) { Ok(duration) } else { Err(Refusal::DurationNotAllowed) }
}

fn deny(
    request: &Request,
    world: &World,
    by: Decider,
    reason: Option<String>,
    next_steps: Option<String>,
) -> Result<Applied, Refusal> {
    policy::may(request, world, by, Act::Deny)?;
    let Some(reason) = reason else { return Err(Refusal::ReasonRequired) };
    // Who has agreed as one of the administrators speaks over the others when denying after all.
    let is_vote = policy::grant_is_vote(request) && request.vote_of(by.id).is_none();
    let overriding = request.state.status() != Status::Error && !is_vote && request.state.doubt().is_none();
    let decision = Decision {
        kind: DecisionKind::Deny,
        by: Some(by.id),
        at: world.now,
        reason: Some(reason),
        next_steps,
        overriding,
        duration: None,
    };
    let mut effects = Vec::new();
    if overriding {
        effects.push(Effect::Notify(Notice::Overridden));
    } else if is_vote {
        // The denial of a waiting administrator step is the admin's vote on it.
        let comment = decision.reason.clone();
        let step = request.state.step();
        effects.push(Effect::RecordVote(Vote { person: by.id, verdict: Verdict::Deny, step, at: world.now, comment }));
    }
    Ok(Applied::Changed(deny_or_undo(request, world, decision, effects)))
}

/// A denial after a grant that may have been carried out in a target undoes it first and is in flight meanwhile
/// (`product.md` 2.1, `trust.md` A94).
fn deny_or_undo(request: &Request, world: &World, decision: Decision, mut effects: Vec<Effect>) -> Transition {
    if !world.partly_done {
        return denied(request, decision, effects);
    }
    effects.push(Effect::Undo);
    Transition { state: with_flight(&request.state, Some(Flight { decision, cancel: None })), effects }
}

fn denied(request: &Request, decision: Decision, mut effects: Vec<Effect>) -> Transition {
    effects.push(Effect::RecordDecision(decision));
    effects.push(Effect::Notify(Notice::Denied));
    Transition { state: State::Denied { step: request.state.step() }, effects }
}

fn retry(request: &Request, world: &World, by: Decider) -> Result<Applied, Refusal> {
    policy::may(request, world, by, Act::Retry)?;
    let State::Error { attempt, .. } = &request.state else {
        return Err(Refusal::NotNow(request.state.status()));
    };
    // Retry repeats the decision that failed: its words, its duration, its kind; who repeats it answers for it.
    let decision = Decision { by: Some(by.id), at: world.now, ..attempt.decision.clone() };
    Ok(Applied::Changed(match decision.kind {
        DecisionKind::Grant => carry_out(&request.state, decision, world, Vec::new()),
        DecisionKind::Deny => deny_or_undo(request, world, decision, Vec::new()),
    }))
}

/// grant*: Approved or Error in this transaction with built-in membership, in flight with a connector.
pub(super) fn carry_out(from: &State, decision: Decision, world: &World, mut effects: Vec<Effect>) -> Transition {
    let step = from.step();
    match &world.entitlement {
        Entitlement::BuiltIn => {
            approved(&decision, &mut effects);
            Transition { state: State::Approved { step }, effects }
        }
        Entitlement::Broken(cause) => {
            effects.push(Effect::Notify(Notice::Error));
            let attempt = Attempt { decision, cause: cause.clone() };
            Transition { state: State::Error { step, attempt, flight: None }, effects }
        }
        Entitlement::Connector => {
            effects.push(Effect::Provision);
            Transition { state: with_flight(from, Some(Flight { decision, cancel: None })), effects }
        }
    }
}

fn approved(decision: &Decision, effects: &mut Vec<Effect>) {
    let ends_at: Option<Timestamp> = decision.duration.map(|span| decision.at + span);
    effects.push(Effect::RecordDecision(decision.clone()));
    effects.push(Effect::BeginGrant { ends_at });
    effects.push(Effect::Notify(Notice::Approved));
}

fn with_flight(state: &State, flight: Option<Flight>) -> State {
    let mut next = state.clone();
    if let State::Pending { flight: slot, .. }
    | State::Unconfirmed { flight: slot, .. }
    | State::MissingData { flight: slot, .. }
    | State::Error { flight: slot, .. } = &mut next
    {
        *slot = flight;
    }
    next
}

fn expire(request: &Request, world: &World) -> Result<Applied, Refusal> {
    let status = request.state.status();
    if status.is_terminal() {
        return Err(Refusal::Ended(status));
    }
    if request.state.flight().is_some() {
        return Err(Refusal::InFlight);
    }
    if status == Status::Error || world.now < request.expires_at {
        return Err(Refusal::NotNow(status));
    }
    Ok(Applied::Changed(Transition {
        state: State::Expired { step: request.state.step() },
        effects: vec![Effect::Notify(Notice::Expired)],
    }))
}

fn cancel(request: &Request, world: &World, cause: CancelCause) -> Result<Applied, Refusal> {
    let status = request.state.status();
    if status.is_terminal() {
        return Err(Refusal::Ended(status));
    }
    if let Some(flight) = request.state.flight() {
        if cause == CancelCause::Withdrawn {
            return Err(Refusal::InFlight);
        }
        let flight = Flight { cancel: Some(cause), ..flight.clone() };
        let state = with_flight(&request.state, Some(flight));
        return Ok(Applied::Changed(Transition { state, effects: Vec::new() }));
    }
    Ok(Applied::Changed(canceled(request, world, cause)))
}

fn canceled(request: &Request, world: &World, cause: CancelCause) -> Transition {
    let mut effects = vec![Effect::RecordCancel(cause)];
    if world.partly_done {
        effects.push(Effect::Undo);
    }
    if cause != CancelCause::Withdrawn {
        effects.push(Effect::Notify(Notice::Canceled));
    }
    Transition { state: State::Canceled { step: request.state.step(), cause }, effects }
}

fn provisioned(request: &Request, world: &World, result: Result<(), ErrorCause>) -> Result<Applied, Refusal> {
    let status = request.state.status();
    let Some(flight) = request.state.flight() else {
        return Err(if status.is_terminal() { Refusal::Ended(status) } else { Refusal::NotNow(status) });
    };
    if let Some(cause) = flight.cancel {
        return Ok(Applied::Changed(canceled(request, world, cause)));
    }
    let step = request.state.step();
    let mut effects = Vec::new();
    let state = match (result, flight.decision.kind) {
        (Ok(()), DecisionKind::Grant) => {
            approved(&flight.decision, &mut effects);
            State::Approved { step }
        }
        (Ok(()), DecisionKind::Deny) => return Ok(Applied::Changed(denied(request, flight.decision.clone(), effects))),
        (Err(cause), _) => {
            effects.push(Effect::Notify(Notice::Error));
            State::Error { step, attempt: Attempt { decision: flight.decision.clone(), cause }, flight: None }
        }
    };
    Ok(Applied::Changed(Transition { state, effects }))
}
