//! Carrying a transition out: the row, its effects, its audit row and its messages, all in one transaction.

use super::Around;
use super::notify::{Messages, Subject};
use crate::{Origin, Result, reminders};
use domain::connector::CallAction;
use domain::ids::{GroupId, PersonId};
use domain::people::Actor;
use domain::request::{Decision, Effect, Request, State, Status, Transition};
use serde_json::json;
use store::Session;
use store::audit::Event;
use store::directory::people;
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
}

/// Writes a transition; the group to which access began, if it did. The caller counts the seats of that group again
/// ([`super::recount_seats`]) and commits.
pub(super) async fn carry(
    session: &mut Session,
    loaded: &Loaded,
    around: &Around,
    transition: &Transition,
    acting: Acting<'_>,
) -> Result<Option<GroupId>> {
    let request = &loaded.request;
    let facts = Facts::of(transition);
    let decider = decider(session, loaded, around, &facts, acting).await?;
    let mut votes = request.votes.clone();
    votes.extend(facts.vote.cloned());
    let step = transition.state.step();
    let change = Change {
        state: &transition.state,
        lane: transition.state.lane(&request.definition),
        waiting: around.waiting(&request.definition, &request.barred(), &votes, &transition.state),
        expires_at: facts.expires_at.unwrap_or(request.expires_at),
        decision: facts.frozen(session, &transition.state, decider.as_ref()),
    };
    store::requests::save(session, request, &change).await?;
    if let (Some(vote), Some(actor)) = (facts.vote, acting.actor) {
        store::requests::record_vote(session, request.number, vote, &actor.name).await?;
    }
    if let Some(kind) = end_kind(transition.state.status()) {
        let cancel = facts.cancel.map(|cause| cause.as_str());
        store::requests::record_decision(session, request.number, kind, facts.decision, cancel).await?;
    }
    let mut given = None;
    if let Some(ends_at) = facts.grant {
        let (number, person) = (request.number, request.beneficiary);
        store::grants::begin(session, number, person, request.resource, request.group, ends_at).await?;
        given = Some(request.group);
    }
    plan(session, request, &change, &facts).await?;
    if let Some(action) = facts.call(&transition.state) {
        call(session, request, around, transition, action).await?;
    }
    record(session, request, transition, &facts, decider.as_ref(), acting).await?;
    let subject = Subject::new(loaded, &change, transition);
    let answers = decider.as_ref().map(|(id, _)| *id);
    Messages {
        around,
        subject: &subject,
        acting: acting.actor,
        decider: answers,
        votes: &votes,
        recount: acting.recount,
    }
    .write(session, &request.excluded(&around.world), step, facts.notices.as_slice())
    .await?;
    Ok(given)
}

/// What will be said of the request later: reminders while it waits, notice before its access ends.
async fn plan(session: &mut Session, request: &Request, change: &Change<'_>, facts: &Facts<'_>) -> Result<()> {
    if change.state.status().is_terminal() {
        store::reminders::drop_planned(session, request.number, None).await?;
    } else if change.expires_at != request.expires_at {
        reminders::plan_waiting(session, request, change.expires_at).await?;
    }
    match facts.grant {
        Some(Some(ends_at)) => reminders::plan_ending(session, request, ends_at).await,
        _ => Ok(()),
    }
}

/// Who answers for a transition: the decider, who may have decided earlier than their decision is carried out, else who acts.
async fn decider(
    session: &mut Session,
    loaded: &Loaded,
    around: &Around,
    facts: &Facts<'_>,
    acting: Acting<'_>,
) -> Result<Option<(PersonId, String)>> {
    let acts = acting.actor.map(|actor| (actor.id, actor.name.clone()));
    let Some(decision) = facts.decision else { return Ok(acts) };
    let Some(id) = decision.by else { return Ok(None) };
    if let Some((actor, name)) = acts.filter(|(actor, _)| *actor == id) {
        return Ok(Some((actor, name)));
    }
    let name = match loaded.voters.get(&id).cloned().or_else(|| around.name(id)) {
        Some(name) => name,
        None => people::by_id(session, id).await?.map(|person| person.name).unwrap_or_default(),
    };
    Ok(Some((id, name)))
}

/// Writes a call to the target, in the transaction that needs it.
async fn call(
    session: &mut Session,
    request: &Request,
    around: &Around,
    transition: &Transition,
    action: CallAction,
) -> Result<()> {
    let target = match (&around.bound, action) {
        (Some(bound), CallAction::Grant) => Some((bound.connector, bound.external_id.clone())),
        // What was done is undone where it was done, whatever the group is bound to now.
        _ => store::provisioning::last_connector(session, request.number).await?,
    };
    let Some((connector, external_id)) = target else { return Ok(()) };
    let decision = transition.state.flight().map(|flight| &flight.decision);
    let call = store::provisioning::NewCall {
        request: request.number,
        action,
        key: format!("{}-{}-{}", request.number, request.version + 1, action.as_str()),
        connector,
        external_id: Some(external_id),
        group: request.group,
        person: request.beneficiary,
        ends_at: decision.and_then(|decision| decision.duration.map(|span| decision.at + span)),
    };
    store::provisioning::insert(session, &call).await?;
    Ok(())
}

/// The effects, sorted by kind.
struct Facts<'t> {
    vote: Option<&'t domain::request::Vote>,
    decision: Option<&'t Decision>,
    expires_at: Option<domain::time::Timestamp>,
    grant: Option<Option<domain::time::Timestamp>>,
    cancel: Option<domain::request::CancelCause>,
    notices: Vec<domain::request::Notice>,
    provision: bool,
    undo: bool,
    confirm: bool,
}

impl<'t> Facts<'t> {
    fn of(transition: &'t Transition) -> Self {
        let mut facts = Self {
            vote: None,
            decision: None,
            expires_at: None,
            grant: None,
            cancel: None,
            notices: Vec::new(),
            provision: false,
            undo: false,
            confirm: false,
        };
        for effect in &transition.effects {
            match effect {
                Effect::RecordVote(vote) => facts.vote = Some(vote),
                Effect::RecordDecision(decision) => facts.decision = Some(decision),
                Effect::ExpireAt(at) => facts.expires_at = Some(*at),
                Effect::BeginGrant { ends_at } => facts.grant = Some(*ends_at),
                Effect::RecordCancel(cause) => facts.cancel = Some(*cause),
                Effect::Notify(notice) => facts.notices.push(*notice),
                Effect::Provision => facts.provision = true,
                Effect::Undo => facts.undo = true,
                Effect::Confirm => facts.confirm = true,
            }
        }
        facts
    }

    /// What is asked of the target: a denial waits for what it undoes, after a cancellation nothing does.
    const fn call(&self, state: &State) -> Option<CallAction> {
        match (self.provision, self.undo) {
            (true, _) => Some(CallAction::Grant),
            (false, true) if state.flight().is_some() => Some(CallAction::Undo),
            (false, true) => Some(CallAction::Revoke),
            (false, false) => None,
        }
    }

    fn frozen(&self, session: &Session, state: &State, decider: Option<&(PersonId, String)>) -> Option<Frozen> {
        if !state.status().is_terminal() {
            return None;
        }
        let decision = self.decision;
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Some(Frozen {
            at: decision.map_or(session.now(), |decision| decision.at),
            by: decider.map(|(_, name)| name.clone()).unwrap_or_default(),
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
    decider: Option<&(PersonId, String)>,
    acting: Acting<'_>,
) -> Result<()> {
    let event = |kind: &'static str, detail: serde_json::Value| Event {
        kind,
        actor: decider.map(|(id, name)| (*id, name.as_str())),
        address: &acting.origin.address,
        request: Some(request.number),
        detail,
        ..Event::default()
    };
    let mut events = Vec::new();
    if acting.retry {
        events.push(event("retried", json!({})));
    }
    if facts.confirm {
        events.push(event("confirmed", json!({ "doubt": request.state.doubt() })));
    }
    if facts.vote.is_some() && is_doubted(request, transition) {
        events.push(event("confirmation_needed", json!({ "doubt": transition.state.doubt() })));
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
    crate::record::record_all(session, &events).await
}

/// Whether a transition has found something that has to be confirmed.
fn is_doubted(request: &Request, transition: &Transition) -> bool {
    transition.state.doubt().is_some() && request.state.doubt().is_none()
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
        _ if facts.vote.is_none() && is_doubted(request, transition) => "confirmation_needed",
        _ if facts.vote.is_none() && (facts.provision || facts.undo) => "provisioning_started",
        (Status::Error, _) => "error",
        (Status::MissingData, _) if facts.vote.is_none() => "missing_data_found",
        (Status::Pending, _) if acting.recount && request.state.status() == Status::MissingData => "repaired",
        _ if facts.vote.is_some() => "voted",
        _ if acting.recount && request.state == transition.state => "approvers_changed",
        _ => "moved_on",
    }
}
