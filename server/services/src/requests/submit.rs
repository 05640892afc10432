//! Submission.

use super::carry::{Acting, carry};
use super::decide::Check;
use super::{look_ahead, recount_seats};
use super::{notify, pace};
use crate::grants::asking;
use crate::{Error, Origin, Result, Right, Services};
use domain::flow::Definition;
use domain::ids::{FlowId, GroupId, MessageId, RequestNumber};
use domain::pattern::contains;
use domain::people::Actor;
use domain::request::{ApprovalType, Effect, Notice, Refusal, State, Submission, Transition};
use domain::time::Span;
use domain::validate::FieldCode;
use serde_json::json;
use store::Session;
use store::audit::Event;
use store::flows::Flow;
use store::requests::NewRequest;

/// A request, as typed.
#[derive(Clone, Debug)]
pub struct Submit {
    /// Under which flow.
    pub flow: FlowId,
    /// Why; required.
    pub reason: String,
    /// Duration, ISO 8601; empty when access is not timed.
    pub duration: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Number of the request.
    pub number: RequestNumber,
    /// It was open before: asking again shows the open one.
    pub existing: bool,
    /// The resource to which access has begun, when asking was all that was needed.
    pub given: Option<String>,
}

/// Asks for a resource, for oneself.
///
/// # Errors
/// Invalid fields; not found when the flow is not there, not enabled or not visible to the actor; forbidden when resource
/// requests are switched off; [`Error::TooMany`] when the actor asked and withdrew too often.
pub async fn submit(services: &Services, actor: &Actor, given: &Submit, origin: &Origin) -> Result<Submitted> {
    // Everything that costs time with what was typed comes before the transaction, which holds up everybody else.
    let seen = {
        let mut read = services.store.read().await?;
        let flow = store::flows::by_id(&mut read, given.flow).await?;
        may_ask(&mut read, actor, flow).await?.definition
    };
    let (reason, duration) = checked(given, &seen)?;
    let (mut session, actor) = services.write(actor, Right::Person, origin).await?;
    let actor = &actor;
    // Kept from being deleted, and the person from being deactivated, until the request stands.
    let held = store::flows::hold(&mut session, given.flow).await?;
    let flow = may_ask(&mut session, actor, held).await?;
    if !store::directory::people::hold_active(&mut session, actor.id).await? {
        return Err(Error::Unauthenticated);
    }
    if (&flow.definition.reason_pattern, &flow.definition.access) != (&seen.reason_pattern, &seen.access) {
        // Saved in between: under these rules what was typed may be wrong.
        return Err(Error::Refused(Refusal::Changed, None));
    }
    // Taking the number is the lock: of two who submit at once, the second sees what the first wrote. What is not committed gives
    // the number back.
    let number = store::requests::next_number(&mut session).await?;
    if let Some(number) = store::requests::open_for(&mut session, actor.id, flow.resource).await? {
        return Ok(Submitted { number, existing: true, given: None });
    }
    pace::count(&mut session, actor).await?;
    // Access that ends by itself can be asked for again before it ends: that is an extension, under the same flow.
    asking(&mut session, actor, &flow.definition).await?;
    let given = write(&mut session, number, actor, &flow, &reason, duration, origin).await?;
    if let Some(group) = given {
        recount_seats(&mut session, &[group], Some(actor), origin).await?;
    }
    session.commit().await?;
    services.ring();
    Ok(Submitted { number, existing: false, given: given.map(|_| flow.resource_name) })
}

/// What was typed, as a flow allows it: the reason and the duration.
fn checked(given: &Submit, definition: &Definition) -> Result<(String, Option<Span>)> {
    let mut check = Check::default();
    let reason = check.text("reason", &given.reason, true).unwrap_or_default();
    if let Some(pattern) = definition.reason_pattern.as_deref().filter(|p| !reason.is_empty() && !contains(&reason, p))
    {
        check.fail("reason", FieldCode::Pattern(pattern.to_owned()));
    }
    let typed = !given.duration.trim().is_empty();
    let duration = check.span("duration", &given.duration);
    if !definition.access.may_ask(duration) && (duration.is_some() || !typed) {
        check.fail("duration", if duration.is_none() { FieldCode::Required } else { FieldCode::NotAllowed });
    }
    check.done()?;
    Ok((reason, duration))
}

/// The flow, if requests are on, it is there and enabled, and the actor may see it.
async fn may_ask(session: &mut Session, actor: &Actor, flow: Option<Flow>) -> Result<Flow> {
    if !store::settings::get(session).await?.requests_enabled {
        return Err(Error::Forbidden);
    }
    let flow = flow.filter(|flow| flow.enabled).ok_or(Error::NotFound)?;
    if !flow.definition.visible_to.is_empty() {
        let mine = store::directory::groups::of_person(session, actor.id).await?;
        if !flow.definition.visible_to.iter().any(|group| mine.contains(group)) {
            return Err(Error::NotFound);
        }
    }
    Ok(flow)
}

async fn write(
    session: &mut Session,
    number: RequestNumber,
    actor: &Actor,
    flow: &Flow,
    reason: &str,
    requested: Option<Span>,
    origin: &Origin,
) -> Result<Option<GroupId>> {
    let definition = &flow.definition;
    let around = look_ahead(session, definition, actor.id, flow.resource, definition.group).await?;
    let barred = [actor.id; 3];
    let submission = Submission { definition: definition.clone(), barred, requested };
    let transition =
        domain::request::submit(&submission, &around.world).map_err(|refusal| Error::Refused(refusal, None))?;
    let automatic = definition.approval_type == ApprovalType::Automatic;
    // An automatic grant is a transition of its own, so that submission and approval are two lines of the record.
    let first = if automatic { State::Pending { step: 0, flight: None } } else { transition.state.clone() };
    let person = store::directory::people::by_id(session, actor.id).await?.ok_or(Error::NotFound)?;
    let manager = match person.manager {
        Some(manager) => store::directory::people::by_id(session, manager).await?,
        None => None,
    };
    let new = NewRequest {
        number,
        requester: actor.id,
        beneficiary: actor.id,
        creator: actor.id,
        resource: flow.resource,
        flow: flow.id,
        flow_version: flow.version_id,
        flow_version_number: flow.version,
        group: definition.group,
        lane: definition.lane(first.step()),
        approval_type: definition.approval_type,
        state: &first,
        waiting: around.waiting(definition, &barred, &[], &first),
        requester_name: &person.name,
        requester_email: &person.email,
        department: &person.department,
        manager_email: manager.as_ref().map_or("", |manager| manager.email.as_str()),
        resource_name: &flow.resource_name,
        category: flow.shown_category(),
        flow_name: &flow.name,
        group_name: &definition.group_name,
        reason,
        requested,
        expires_at: around.world.now + around.world.expiry,
    };
    store::requests::insert(session, &new).await?;
    let event = Event {
        kind: "request_submitted",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        request: Some(number),
        request_version: Some(1),
        detail: json!({ "status": first.status().as_str(), "flow": flow.name, "version": flow.version }),
        ..Event::default()
    };
    crate::record::record(session, &event).await?;
    let loaded = store::requests::load(session, number, false).await?.ok_or(Error::NotFound)?;
    if automatic {
        return carry(session, &loaded, &around, &transition, Acting::nobody(origin)).await;
    }
    announce(session, actor, &loaded, &around, &transition).await?;
    crate::reminders::plan_waiting(session, &loaded.request, loaded.request.expires_at).await?;
    Ok(None)
}

/// On submission the approvers whose turn it is hear of it, and the admins whatever step waits (the seed).
async fn announce(
    session: &mut Session,
    actor: &Actor,
    loaded: &store::requests::Loaded,
    around: &super::Around,
    transition: &Transition,
) -> Result<()> {
    let request = &loaded.request;
    let step = transition.state.step();
    let change = store::requests::Change {
        state: &transition.state,
        lane: request.lane(),
        waiting: store::requests::Waiting::default(),
        expires_at: request.expires_at,
        decision: None,
    };
    let subject = notify::Subject::new(loaded, &change, transition);
    let notices: Vec<Notice> = transition
        .effects
        .iter()
        .filter_map(|effect| if let Effect::Notify(notice) = effect { Some(*notice) } else { None })
        .collect();
    notify::Messages { around, subject: &subject, acting: Some(actor), decider: None, votes: &[], recount: false }
        .write(session, &request.excluded(&around.world), step, &notices)
        .await?;
    if around.settings.mail_receipt {
        // The one message that people get about their own act.
        let receipt = store::outbox::Message {
            id: MessageId(store::new_id()),
            kind: "request_received".to_owned(),
            request: Some(request.number),
            recipient: request.requester,
            payload: serde_json::to_value(&subject).map_err(|error| Error::Internal(error.to_string()))?,
            not_before: None,
        };
        store::outbox::insert_many(session, &[receipt]).await?;
    }
    let admins_know =
        notices.contains(&Notice::MissingData) || request.definition.lane(step) == domain::request::Lane::Administrator;
    if admins_know || !around.settings.mail_approvers {
        return Ok(());
    }
    let payload = serde_json::to_value(&subject).map_err(|error| Error::Internal(error.to_string()))?;
    let messages: Vec<store::outbox::Message> =
        notify::admins(session, &request.excluded(&around.world), notify::SUBMITTED)
            .await?
            .into_iter()
            .map(|(recipient, kind)| store::outbox::Message {
                id: MessageId(store::new_id()),
                kind: kind.to_owned(),
                request: Some(request.number),
                recipient,
                payload: payload.clone(),
                not_before: None,
            })
            .collect();
    Ok(store::outbox::insert_many(session, &messages).await?)
}
