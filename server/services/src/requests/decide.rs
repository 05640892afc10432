//! Deciding: vote, grant, deny, retry, withdraw. One path for all of them.

use super::carry::{Acting, carry};
use super::{Around, look_around, pace, recount_seats};
use crate::{Error, Late, Origin, Result, Right, Services};
use domain::ids::RequestNumber;
use domain::people::Actor;
use domain::request::{
    Announced, Applied, Decider, Event, Refusal, Status, Transition, Verdict, apply, apply_announced,
};
use domain::time::Span;
use domain::validate::{self, FieldCode, FieldError};
use domain::view::QueueRow;
use serde_json::json;
use store::Session;
use store::audit;
use store::requests::Loaded;

/// How often an act is tried again that the database ended in favour of another.
const TRIES: usize = 3;

/// An approver's vote, as typed.
#[derive(Clone, Debug)]
pub struct Vote {
    /// On which request.
    pub number: RequestNumber,
    /// What.
    pub verdict: Verdict,
    /// Reason (required to deny) or comment.
    pub comment: String,
    /// Next steps for the requester (denial).
    pub next_steps: String,
    /// Duration if this is the last approval needed, ISO 8601; empty for the asked one.
    pub duration: String,
    /// What the screen said that this does; nothing is checked when absent.
    pub announced: Option<Announced>,
}

/// An admin's grant, as typed.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Of which request.
    pub number: RequestNumber,
    /// The version that was on the screen; nothing is checked when absent.
    pub version: Option<i64>,
    /// Over the remaining steps.
    pub over: bool,
    /// Comment.
    pub comment: String,
    /// Duration, ISO 8601; empty for the asked one.
    pub duration: String,
    /// What the screen said that this does; nothing is checked when absent.
    pub announced: Option<Announced>,
}

/// An admin's denial, as typed.
#[derive(Clone, Debug)]
pub struct Deny {
    /// Of which request.
    pub number: RequestNumber,
    /// The version that was on the screen.
    pub version: Option<i64>,
    /// Why; required.
    pub reason: String,
    /// Next steps for the requester.
    pub next_steps: String,
    /// Seen on the Audit page only.
    pub notes: String,
    /// What the screen said that this does; nothing is checked when absent.
    pub announced: Option<Announced>,
}

/// What was on the screen of who acts.
#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    /// The version of the request.
    version: Option<i64>,
    /// What the act was said to do.
    announced: Option<Announced>,
}

/// Which of the two ends somebody wants; what makes a repeated act the same act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Grant or approve.
    Grant,
    /// Deny.
    Deny,
}

/// The request after an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The row as it now is.
    pub row: QueueRow,
}

/// Votes as an assigned approver.
///
/// # Errors
/// Invalid fields, not found, or the refusal with the request as it now is.
pub async fn vote(services: &Services, actor: &Actor, vote: &Vote, origin: &Origin) -> Result<Outcome> {
    let deny = vote.verdict == Verdict::Deny;
    let mut check = Check::default();
    let comment = check.text(if deny { "reason" } else { "comment" }, &vote.comment, deny);
    let next_steps = check.text("next_steps", &vote.next_steps, false);
    let duration = if deny { None } else { check.span("duration", &vote.duration) };
    check.done()?;
    let by = Decider { id: actor.id, admin: actor.admin };
    let event = Event::Vote { by, verdict: vote.verdict, comment, next_steps, duration };
    let choice = if deny { Choice::Deny } else { Choice::Grant };
    let shown = Shown { version: None, announced: vote.announced };
    act(services, actor, vote.number, shown, event, Acting::person(actor, origin), Some(choice)).await
}

/// Grants as an admin: the vote on a waiting administrator step, otherwise an override.
///
/// # Errors
/// Invalid fields, not found, or the refusal with the request as it now is.
pub async fn grant(services: &Services, actor: &Actor, grant: &Grant, origin: &Origin) -> Result<Outcome> {
    let mut check = Check::default();
    let comment = check.text("comment", &grant.comment, false);
    let duration = check.span("duration", &grant.duration);
    check.done()?;
    let by = Decider { id: actor.id, admin: actor.admin };
    let event = Event::Grant { by, over: grant.over, comment, duration };
    let shown = Shown { version: grant.version, announced: grant.announced };
    act(services, actor, grant.number, shown, event, Acting::person(actor, origin), Some(Choice::Grant)).await
}

/// Denies as an admin.
///
/// # Errors
/// Invalid fields (a reason is required), not found, or the refusal with the request as it now is.
pub async fn deny(services: &Services, actor: &Actor, deny: &Deny, origin: &Origin) -> Result<Outcome> {
    let mut check = Check::default();
    let reason = check.text("reason", &deny.reason, true);
    let next_steps = check.text("next_steps", &deny.next_steps, false);
    let notes = check.text("notes", &deny.notes, false);
    check.done()?;
    let by = Decider { id: actor.id, admin: actor.admin };
    let event = Event::Deny { by, reason, next_steps };
    let acting = Acting { notes: notes.as_deref(), ..Acting::person(actor, origin) };
    let shown = Shown { version: deny.version, announced: deny.announced };
    act(services, actor, deny.number, shown, event, acting, Some(Choice::Deny)).await
}

/// Repeats the grant that failed.
///
/// # Errors
/// Not found, or the refusal with the request as it now is.
pub async fn retry(
    services: &Services,
    actor: &Actor,
    number: RequestNumber,
    version: Option<i64>,
    origin: &Origin,
) -> Result<Outcome> {
    let event = Event::Retry { by: Decider { id: actor.id, admin: actor.admin } };
    let acting = Acting { retry: true, ..Acting::person(actor, origin) };
    act(services, actor, number, Shown { version, announced: None }, event, acting, None).await
}

/// Takes one's own request back.
///
/// # Errors
/// Not found, the refusal with the request as it now is, or [`Error::TooMany`] when the actor asked and withdrew too often.
pub async fn withdraw(services: &Services, actor: &Actor, number: RequestNumber, origin: &Origin) -> Result<Outcome> {
    let event = Event::Withdraw { by: actor.id };
    act(services, actor, number, Shown::default(), event, Acting::person(actor, origin), None).await
}

/// The one path of every act. Two acts that PostgreSQL finds waiting for each other are one after the other in truth: the one it
/// chose to end is done again, and sees what the other did.
async fn act(
    services: &Services,
    actor: &Actor,
    number: RequestNumber,
    shown: Shown,
    event: Event,
    acting: Acting<'_>,
    choice: Option<Choice>,
) -> Result<Outcome> {
    for _ in 0..TRIES {
        match attempt(services, actor, number, shown, event.clone(), acting, choice).await {
            Err(Error::Refused(Refusal::Changed, None)) => {}
            done => return done,
        }
    }
    attempt(services, actor, number, shown, event, acting, choice).await
}

/// Loads and locks, looks around, applies, saves, commits.
async fn attempt(
    services: &Services,
    actor: &Actor,
    number: RequestNumber,
    shown: Shown,
    event: Event,
    acting: Acting<'_>,
    choice: Option<Choice>,
) -> Result<Outcome> {
    let right = if event.is_admins() { Right::Admin } else { Right::Person };
    let (mut session, actor) = services.write(actor, right, acting.origin).await?;
    let (event, actor, acting) = (event.by_admin(actor.admin), &actor, Acting { actor: Some(&actor), ..acting });
    if matches!(event, Event::Withdraw { .. }) {
        // A withdrawal that is refused is recorded too, and counts.
        pace::count(&mut session, actor).await?;
    }
    let Some(Found { loaded, meant }) = find(&mut session, actor, number, true).await? else {
        return Err(Error::NotFound);
    };
    let request = &loaded.request;
    let around = look_around(&mut session, request).await?;
    if !meant || !may_know(&loaded, &around, actor) {
        // Even that there is such a request is not theirs to know; the record knows that they tried.
        not_theirs(&mut session, actor, number, meant, acting.origin).await?;
        session.commit().await?;
        return Err(Error::NotFound);
    }
    let stale = shown.version.is_some_and(|seen| seen != request.version) && !request.state.status().is_terminal();
    // The same vote again, with the page of before it: the first answer again, wherever the request has gone since.
    let again = matches!(event, Event::Grant { over: false, .. })
        && request.vote_of(actor.id).is_some_and(|vote| vote.verdict == Verdict::Approve);
    let answer = match apply_announced(request, &around.world, event, shown.announced) {
        Ok(Applied::Unchanged) => Ok(Applied::Unchanged),
        _ if stale && again => Ok(Applied::Unchanged),
        Ok(_) if stale => Err(Refusal::Changed),
        answer => answer,
    };
    match answer {
        Ok(Applied::Unchanged) => {}
        Ok(Applied::Changed(transition)) => {
            if let Some(group) = carry(&mut session, &loaded, &around, &transition, acting).await? {
                recount_seats(&mut session, &[group], Some(actor), acting.origin).await?;
            }
        }
        Err(refusal) => return refuse(session, actor, &loaded, &around, refusal, acting, choice).await,
    }
    let outcome = outcome(&mut session, actor, number).await?;
    session.commit().await?;
    services.ring();
    Ok(outcome)
}

/// Records an attempt at a request that somebody may not know of, or that is not there: both cost the same.
async fn not_theirs(
    session: &mut Session,
    actor: &Actor,
    number: RequestNumber,
    there: bool,
    origin: &Origin,
) -> Result<()> {
    let subject = if there { String::new() } else { format!("#{number}") };
    let event = audit::Event {
        kind: "refused",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        request: there.then_some(number),
        subject: &subject,
        detail: json!({ "refusal": "not_found" }),
        ..audit::Event::default()
    };
    crate::record::record(session, &event).await
}

/// A request that was asked for by its number.
#[derive(Debug)]
pub(crate) struct Found {
    /// The request, or one that stands in for it.
    pub(crate) loaded: Loaded,
    /// Whether it is the one that was asked for.
    pub(crate) meant: bool,
}

/// Finds a request for somebody who may not know of every one. Where there is none with this number another one stands in for it, and
/// what follows is done with that: whoever counts the milliseconds until "not found" must not learn which numbers there are
/// (`trust.md` 2.4). Administrators know every number.
pub(crate) async fn find(
    session: &mut Session,
    actor: &Actor,
    number: RequestNumber,
    lock: bool,
) -> Result<Option<Found>> {
    let taken = if actor.admin { Some(number) } else { store::requests::nearest(session, number).await? };
    let Some(taken) = taken else { return Ok(None) };
    let loaded = store::requests::load(session, taken, lock).await?;
    Ok(loaded.map(|loaded| Found { loaded, meant: taken == number }))
}

/// Records an attempt that was refused.
pub(super) async fn refused(
    session: &mut Session,
    actor: &Actor,
    number: RequestNumber,
    refusal: serde_json::Value,
    origin: &Origin,
) -> Result<()> {
    let event = audit::Event {
        kind: "refused",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        request: Some(number),
        detail: json!({ "refusal": refusal }),
        ..audit::Event::default()
    };
    crate::record::record(session, &event).await
}

async fn outcome(session: &mut Session, actor: &Actor, number: RequestNumber) -> Result<Outcome> {
    let row = store::requests::row(session, number, actor.id).await?.ok_or(Error::NotFound)?;
    Ok(Outcome { row })
}

/// Admins may know of every request; others of their own and of those on which they could vote or did.
pub(crate) fn may_know(loaded: &Loaded, around: &Around, actor: &Actor) -> bool {
    let request = &loaded.request;
    actor.admin
        || request.barred().contains(&actor.id)
        || request.votes.iter().any(|vote| vote.person == actor.id)
        || around.world.living.iter().enumerate().any(|(step, living)| {
            request.definition.steps[step].approvers.kind() != domain::flow::ApproverKind::Administrator
                && living.contains(&actor.id)
        })
}

/// A refusal is recorded, and what it found out (the time is over) is carried out; nothing else changes.
async fn refuse(
    mut session: Session,
    actor: &Actor,
    loaded: &Loaded,
    around: &Around,
    refusal: Refusal,
    acting: Acting<'_>,
    choice: Option<Choice>,
) -> Result<Outcome> {
    let number = loaded.request.number;
    if let Some(choice) = choice
        && repeated(&mut session, loaded, actor, &refusal, choice).await?
    {
        return outcome(&mut session, actor, number).await;
    }
    let fields = match &refusal {
        Refusal::ReasonRequired => Some(FieldError::new("reason", FieldCode::Required)),
        Refusal::CommentRequired => Some(FieldError::new("comment", FieldCode::Required)),
        Refusal::DurationNotAllowed => Some(FieldError::new("duration", FieldCode::NotAllowed)),
        Refusal::DurationNotYet => Some(FieldError::new("duration", FieldCode::NotYet)),
        _ => None,
    };
    if let Some(field) = fields {
        return Err(Error::Invalid(vec![field]));
    }
    if refusal == Refusal::Expired
        && let Ok(Applied::Changed(transition)) = apply(&loaded.request, &around.world, Event::Expire)
    {
        expire(&mut session, loaded, around, &transition, acting).await?;
    }
    refused(&mut session, actor, number, json!(refusal), acting.origin).await?;
    let late = late(&mut session, actor, number).await?;
    session.commit().await?;
    Err(Error::Refused(refusal, late.map(Box::new)))
}

async fn expire(
    session: &mut Session,
    loaded: &Loaded,
    around: &Around,
    transition: &Transition,
    acting: Acting<'_>,
) -> Result<()> {
    carry(session, loaded, around, transition, Acting::nobody(acting.origin)).await.map(|_| ())
}

/// A double click, or a retry after a time-out: the same person, the same choice, which stands.
async fn repeated(
    session: &mut Session,
    loaded: &Loaded,
    actor: &Actor,
    refusal: &Refusal,
    choice: Choice,
) -> Result<bool> {
    let wanted = match (refusal, choice) {
        (Refusal::Ended(Status::Approved), Choice::Grant) | (Refusal::Ended(Status::Denied), Choice::Deny) => true,
        _ => return Ok(false),
    };
    let decider = store::requests::decider(session, loaded.request.number).await?;
    Ok(wanted && decider == Some(actor.id))
}

async fn late(session: &mut Session, actor: &Actor, number: RequestNumber) -> Result<Option<Late>> {
    let full = store::requests::full_row(session, number, actor.id).await?;
    Ok(full.map(|full| Late {
        decided_by: full.end.as_ref().and_then(|end| end.by.clone()),
        decided_at: full.end.as_ref().map(|end| end.at),
        // Whom it waits on is progress, which an organisation may keep from those who ask.
        row: if actor.admin { full.row } else { QueueRow { waiting_on: None, ..full.row } },
    }))
}

/// Collects the errors of a form, so that all of them show at once.
#[derive(Default)]
pub(super) struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    pub(super) fn text(&mut self, field: &str, given: &str, required: bool) -> Option<String> {
        validate::text(field, given, required).unwrap_or_else(|error| {
            self.errors.push(error);
            None
        })
    }

    pub(super) fn span(&mut self, field: &str, given: &str) -> Option<Span> {
        let given = given.trim();
        if given.is_empty() {
            return None;
        }
        let span = Span::parse(given);
        if span.is_none() {
            self.errors.push(FieldError::new(field, FieldCode::Duration));
        }
        span
    }

    pub(super) fn fail(&mut self, field: &str, code: FieldCode) {
        self.errors.push(FieldError::new(field, code));
    }

    pub(super) fn done(self) -> Result<()> {
        if self.errors.is_empty() { Ok(()) } else { Err(Error::Invalid(self.errors)) }
    }
}
