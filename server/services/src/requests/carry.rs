//! Carrying a transition out: the row, its effects, its audit row and its messages, all in one transaction.

use super::Around;
use super::notify::{Messages, Subject};
use crate::{Origin, Result};
use domain::people::Actor;
use domain::request::{Decision, Effect, Request, State, Status, Transition};
use serde_json::json;
use store::Session;
use store::audit::{self, Event};
use store::requests::{Change, Frozen, Loaded};

/// Who causes a transition, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Acting<'a> {
    /// The person; nobody for the clock.
    pub(super) actor: Option<&'a Actor>,
    /// From where.
    pub(super) origin: &'a Origin,
    /// Seen on the Audit page only.
    pub(super) notes: Option<&'a str>,
    /// It repeats a decision that failed.
    pub(super) retry: bool,
    /// It is a count after a change of people or groups.
    pub(super) recount: bool,
}

impl<'a> Acting<'a> {
    /// A person who acts.
    pub(super) const fn person(actor: &'a Actor, origin: &'a Origin) -> Self {
        Self { actor: Some(actor), origin, notes: None, retry: false, recount: false }
    }

    /// The clock, or a change elsewhere.
    pub(super) const fn nobody(origin: &'a Origin) -> Self {
        Self { actor: None, origin, notes: None, retry: false, recount: false }
    }

    fn named(&self) -> Option<(domain::ids::PersonId, &'a str)> {
        self.actor.map(|actor| (actor.id, actor.name.as_str()))
    }
}

/// Writes a transition. The caller commits.
pub(super) async fn carry(
    session: &mut Session,
    loaded: &Loaded,
    around: &Around,
    transition: &Transition,
    acting: Acting<'_>,
) -> Result<()> {
    let request = &loaded.request;
    let facts = Facts::of(transition, acting);
    let mut votes = request.votes.clone();
    votes.extend(facts.vote.cloned());
    let step = transition.state.step();
    let change = Change {
        state: &transition.state,
        lane: request.definition.lane(step),
        waiting: around.waiting(&request.definition, &request.barred(), &votes, step),
        expires_at: facts.expires_at.unwrap_or(request.expires_at),
        decision: facts.frozen(session, &transition.state, acting),
    };
    store::requests::save(session, request, &change).await?;
    if let (Some(vote), Some(actor)) = (facts.vote, acting.actor) {
        store::requests::record_vote(session, request.number, vote, &actor.name).await?;
    }
    if let Some(kind) = end_kind(transition.state.status()) {
        let cancel = facts.cancel.map(|cause| cause.as_str());
        store::requests::record_decision(session, request.number, kind, facts.decision, cancel).await?;
    }
    if let Some(ends_at) = facts.grant {
        let grant = store::grants::begin(
            session,
            request.number,
            request.beneficiary,
            request.resource,
            request.group,
            ends_at,
        );
        grant.await?;
    }
    record(session, request, transition, &facts, acting).await?;
    let subject = Subject::new(loaded, &change, transition);
    Messages { around, subject: &subject, acting: acting.actor, votes: &votes }
        .write(session, &request.barred(), step, facts.notices.as_slice())
        .await
}

/// The effects, sorted by kind.
struct Facts<'t> {
    vote: Option<&'t domain::request::Vote>,
    decision: Option<&'t Decision>,
    expires_at: Option<domain::time::Timestamp>,
    grant: Option<Option<domain::time::Timestamp>>,
    cancel: Option<domain::request::CancelCause>,
    notices: Vec<domain::request::Notice>,
}

impl<'t> Facts<'t> {
    fn of(transition: &'t Transition, _acting: Acting<'_>) -> Self {
        let mut facts =
            Self { vote: None, decision: None, expires_at: None, grant: None, cancel: None, notices: Vec::new() };
        for effect in &transition.effects {
            match effect {
                Effect::RecordVote(vote) => facts.vote = Some(vote),
                Effect::RecordDecision(decision) => facts.decision = Some(decision),
                Effect::ExpireAt(at) => facts.expires_at = Some(*at),
                Effect::BeginGrant { ends_at } => facts.grant = Some(*ends_at),
                Effect::RecordCancel(cause) => facts.cancel = Some(*cause),
                Effect::Notify(notice) => facts.notices.push(*notice),
                // With built-in membership nothing was done that would have to be undone, and nothing is handed on.
                Effect::Provision | Effect::Undo => {}
            }
        }
        facts
    }

    fn frozen(&self, session: &Session, state: &State, acting: Acting<'_>) -> Option<Frozen> {
        if !state.status().is_terminal() {
            return None;
        }
        let decision = self.decision;
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Some(Frozen {
            at: decision.map_or(session.now(), |decision| decision.at),
            by: acting.actor.map(|actor| actor.name.clone()).unwrap_or_default(),
            reason: text(decision.and_then(|decision| decision.reason.as_ref())),
            next_steps: text(decision.and_then(|decision| decision.next_steps.as_ref())),
            overridden: decision.is_some_and(|decision| decision.overriding),
            granted: decision.and_then(|decision| decision.duration),
            access_ends_at: self.grant.flatten(),
        })
    }
}

const fn end_kind(status: Status) -> Option<&'static str> {
    match status {
        Status::Approved => Some("approved"),
        Status::Denied => Some("denied"),
        Status::Canceled => Some("canceled"),
        Status::Expired => Some("expired"),
        Status::Pending | Status::Error | Status::MissingData => None,
    }
}

/// One event for the transition, and one each for what goes with it.
async fn record(
    session: &mut Session,
    request: &Request,
    transition: &Transition,
    facts: &Facts<'_>,
    acting: Acting<'_>,
) -> Result<()> {
    let event = |kind: &'static str, detail: serde_json::Value| Event {
        kind,
        actor: acting.named(),
        address: &acting.origin.address,
        request: Some(request.number),
        detail,
        ..Event::default()
    };
    let mut events = Vec::new();
    if acting.retry {
        events.push(event("retried", json!({})));
    }
    if facts.grant.is_some() {
        events.push(event("grant_begun", json!({ "group": request.group, "beneficiary": request.beneficiary })));
    }
    let detail = json!({
        "before": request.state.status().as_str(),
        "after": transition.state.status().as_str(),
        "effects": transition.effects,
    });
    events.push(Event {
        request_version: Some(request.version + 1),
        internal_notes: acting.notes,
        ..event(kind(request, transition, facts, acting), detail)
    });
    Ok(audit::record_all(session, &events).await?)
}

/// The type of the audit event (`product.md` 5).
fn kind(request: &Request, transition: &Transition, facts: &Facts<'_>, acting: Acting<'_>) -> &'static str {
    if facts.decision.is_some_and(|decision| decision.overriding) {
        return "overridden";
    }
    match (transition.state.status(), facts.cancel) {
        (Status::Approved, _) => "approved",
        (Status::Denied, _) => "denied",
        (Status::Expired, _) => "expired",
        (Status::Canceled, Some(domain::request::CancelCause::Withdrawn)) => "withdrawn",
        (Status::Canceled, _) => "canceled",
        (Status::Error, _) => "error",
        (Status::MissingData, _) if facts.vote.is_none() => "missing_data_found",
        (Status::Pending, _) if acting.recount && request.state.status() == Status::MissingData => "repaired",
        _ if facts.vote.is_some() => "voted",
        _ => "moved_on",
    }
}
