//! One request with everything that a decider should know.

use crate::requests::{Around, look_around};
use crate::{Error, Result, Services};
use domain::flow::{Definition, Progress, evaluate};
use domain::ids::{PersonId, RequestNumber};
use domain::people::{Actor, PersonRef};
use domain::policy;
use domain::request::{Act, Decider, DecisionKind, Doubt, State, Status, Verdict, foresee};
use domain::view::{
    ApproverLine, CallLine, Ended, Permission, Permissions, RequestDetail, StepLine, StepState, Unconfirmed,
};
use store::Session;
use store::requests::{EndFacts, Loaded};

/// The detail of a request, as far as the actor may see it: admins every request, others their own and those on which they
/// vote. What they may not know of is not found.
///
/// # Errors
/// Not found, or the database fails.
pub async fn detail(services: &Services, actor: &Actor, number: RequestNumber) -> Result<RequestDetail> {
    let mut session = services.store.read().await?;
    let found = crate::requests::find(&mut session, actor, number, false).await?.ok_or(Error::NotFound)?;
    let loaded = found.loaded;
    let request = &loaded.request;
    let around = look_around(&mut session, request).await?;
    if !found.meant || !crate::requests::may_know(&loaded, &around, actor) {
        return Err(Error::NotFound);
    }
    let full = store::requests::full_row(&mut session, number, actor.id).await?.ok_or(Error::NotFound)?;
    let requester = store::directory::people::by_id(&mut session, request.requester).await?;
    let manager = match requester.as_ref().and_then(|person| person.manager) {
        Some(id) => store::directory::people::by_id(&mut session, id).await?,
        None => None,
    };
    let group_members = store::directory::groups::member_count(&mut session, request.group).await?;
    // Only admins see the ledger: it names recipients.
    let delivery = if actor.admin { store::deliveries::of_request(&mut session, number).await? } else { Vec::new() };
    let planned = if actor.admin { store::reminders::planned(&mut session, number).await? } else { Vec::new() };
    let calls = if actor.admin { store::provisioning::of_request(&mut session, number).await? } else { Vec::new() };
    let permissions = permissions(&loaded, &around, actor);
    let unreminded = crate::reminders::none_can_come(&mut session, request, &around.settings).await?;
    // What the organisation does not show to requesters is not sent to them either.
    let approves = is_assigned(&loaded, &around, actor.id) || request.votes.iter().any(|vote| vote.person == actor.id);
    let shown = actor.admin || approves || around.settings.show_progress;
    let until = store::grants::coverage(&mut session, request.beneficiary, request.group).await?.end();
    let unconfirmed = if actor.admin { unconfirmed(&mut session, &loaded, &around).await? } else { None };
    let open = !request.state.status().is_terminal();
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(RequestDetail {
        steps: shown.then(|| steps(&loaded, &around, full.end.as_ref())),
        missing: match &request.state {
            State::MissingData { missing, .. } if actor.admin => Some(missing.clone()),
            _ => None,
        },
        error: match &request.state {
            State::Error { attempt, .. } if actor.admin => Some(attempt.cause.clone()),
            _ => None,
        },
        sees_delivery: actor.admin,
        unconfirmed,
        assigned: is_assigned(&loaded, &around, actor.id),
        title: requester.and_then(|person| some(person.title)),
        manager_title: manager.as_ref().and_then(|manager| some(manager.title.clone())),
        manager: manager.map(|manager| PersonRef { id: manager.id, name: manager.name, email: manager.email }),
        group: full.group_name,
        group_members,
        flow_version: full.flow_version,
        requested: request.requested,
        access: request.definition.access.clone(),
        ended: full.end.map(ended),
        reason: full.reason,
        row: full.row,
        delivery,
        planned,
        unreminded,
        calls: calls.into_iter().map(call).collect(),
        connector: around.bound.as_ref().map(|bound| bound.name.clone()),
        until: until.filter(|_| open),
        resource: request.resource,
        group_id: request.group,
        flow: request.flow,
        beneficiary: request.beneficiary,
        permissions,
        now: session.now(),
    })
}

/// Why a request has to be confirmed, and by how many it could be; for admins.
async fn unconfirmed(session: &mut Session, loaded: &Loaded, around: &Around) -> Result<Option<Unconfirmed>> {
    let request = &loaded.request;
    let Some(doubt) = request.state.doubt() else { return Ok(None) };
    let (Doubt::Directory(person) | Doubt::Address(person)) = doubt;
    let person = store::directory::people::by_id(session, person).await?.map(|person| person.name).unwrap_or_default();
    let admins = store::directory::people::admins(session).await?;
    let may = |admin: &&PersonRef| {
        policy::may(request, &around.world, Decider { id: admin.id, admin: true }, Act::Grant).is_ok()
    };
    let others = u32::try_from(admins.iter().filter(may).count()).unwrap_or(u32::MAX);
    Ok(Some(Unconfirmed { doubt, person, others }))
}

fn call(line: store::provisioning::CallLine) -> CallLine {
    CallLine {
        action: line.action,
        connector: line.connector,
        state: line.state,
        attempts: line.attempts,
        said: line.said,
        at: domain::time::Timestamp(line.at),
    }
}

/// How a request ended, for display.
pub(crate) fn ended(end: EndFacts) -> Ended {
    Ended {
        at: end.at,
        by: end.by,
        reason: end.reason,
        next_steps: end.next_steps,
        overridden: end.overridden,
        cancel: end.cancel,
        granted: end.granted,
        access_ends_at: end.access_ends_at,
    }
}

/// What the actor may do now: the policy function, asked for each act.
fn permissions(loaded: &Loaded, around: &Around, actor: &Actor) -> Permissions {
    let request = &loaded.request;
    let who = Decider { id: actor.id, admin: actor.admin };
    let ask = |act| match policy::may(request, &around.world, who, act) {
        Ok(()) => Permission::Allowed,
        Err(refusal) => Permission::Refused(refusal),
    };
    Permissions {
        grant: ask(Act::Grant),
        grant_does: foresee(request, &around.world, who, Act::Grant),
        grant_over_does: foresee(request, &around.world, who, Act::GrantOver),
        grant_is_vote: policy::grant_is_vote(request),
        deny: ask(Act::Deny),
        deny_does: foresee(request, &around.world, who, Act::Deny),
        retry: ask(Act::Retry),
        repair: ask(Act::Repair),
        vote: ask(Act::Vote),
        withdraw: ask(Act::Withdraw),
        comment_required: around.settings.comment_on_override,
    }
}

fn is_assigned(loaded: &Loaded, around: &Around, person: PersonId) -> bool {
    let request = &loaded.request;
    !request.excluded(&around.world).contains(&person)
        && around.world.living.iter().enumerate().any(|(step, living)| {
            request.definition.steps[step].approvers.kind() != domain::flow::ApproverKind::Administrator
                && living.contains(&person)
        })
}

/// The approval progress: each step, each approver, what they did, who can act now.
pub(crate) fn steps(loaded: &Loaded, around: &Around, end: Option<&EndFacts>) -> Vec<StepLine> {
    let request = &loaded.request;
    let definition = &request.definition;
    let waiting = request.state.step();
    let progress =
        evaluate(definition, &around.world.living, &request.excluded(&around.world), &request.votes, waiting);
    (0..definition.steps.len())
        .map(|index| {
            let state = step_state(loaded, &progress, end, index);
            line(definition, loaded, around, &progress, index, state)
        })
        .collect()
}

/// How a step stands; how it stood at the end is told by what was stored then, not by who could approve today.
fn step_state(loaded: &Loaded, progress: &Progress, end: Option<&EndFacts>, index: usize) -> StepState {
    let request = &loaded.request;
    let waiting = request.state.step();
    let counted = &progress.steps[index];
    let full = counted.approved.len() as u64 >= u64::from(counted.needed) && !counted.approved.is_empty();
    if index < waiting {
        return StepState::Passed;
    }
    let overridden = match &request.state {
        State::Error { attempt, .. } => attempt.decision.overriding,
        _ => end.is_some_and(|end| end.overridden),
    };
    let denied = match &request.state {
        State::Error { attempt, .. } => attempt.decision.kind == DecisionKind::Deny,
        other => other.status() == Status::Denied,
    };
    match request.state.status() {
        Status::Approved | Status::Error if !denied && !overridden => StepState::Passed,
        Status::Approved | Status::Error if !denied => StepState::Overridden,
        Status::Denied | Status::Error if index > waiting => StepState::Skipped,
        Status::Denied | Status::Error if overridden => StepState::Overridden,
        Status::Denied | Status::Approved | Status::Error => StepState::Denied,
        Status::Canceled | Status::Expired => StepState::Skipped,
        Status::Pending | Status::MissingData => {
            if (counted.eligible.len() as u64) < u64::from(counted.needed) {
                StepState::Short
            } else if index == waiting && !(full && request.state.doubt().is_some()) {
                StepState::Waiting
            } else if full {
                StepState::Passed
            } else {
                StepState::Later
            }
        }
    }
}

fn line(
    definition: &Definition,
    loaded: &Loaded,
    around: &Around,
    progress: &Progress,
    index: usize,
    state: StepState,
) -> StepLine {
    let step = &definition.steps[index];
    let counted = &progress.steps[index];
    let request = &loaded.request;
    let running = matches!(state, StepState::Waiting | StepState::Later | StepState::Short);
    let over = !matches!(request.state.status(), Status::Pending | Status::MissingData);
    let mut approvers: Vec<ApproverLine> = Vec::new();
    for vote in &request.votes {
        let living = !over && counted.eligible.contains(&vote.person);
        if vote.step != index && !living {
            continue;
        }
        let name = loaded.voters.get(&vote.person).cloned().unwrap_or_default();
        approvers.push(ApproverLine {
            person: PersonRef { id: vote.person, name, email: String::new() },
            verdict: Some((vote.verdict, vote.at)),
            comment: vote.comment.clone(),
            can_act: false,
        });
    }
    let voted = approvers.len();
    if running {
        let people = around.people.get(index).map_or(&[][..], |set| set.as_slice());
        for person in people {
            let open =
                counted.eligible.contains(&person.id) && !request.votes.iter().any(|vote| vote.person == person.id);
            if open {
                let can_act = state == StepState::Waiting;
                approvers.push(ApproverLine { person: person.clone(), verdict: None, comment: None, can_act });
            }
        }
    }
    let shown = voted.max(StepLine::SHOWN);
    let more = approvers.len().saturating_sub(shown);
    approvers.truncate(shown);
    StepLine {
        kind: step.approvers.kind(),
        group: match &step.approvers {
            domain::flow::Approvers::Group { name, .. } => Some(name.clone()),
            _ => None,
        },
        required: step.required,
        state,
        agreed: if over {
            let here = request.votes.iter().filter(|vote| vote.verdict == Verdict::Approve && vote.step == index);
            u32::try_from(here.count()).unwrap_or(u32::MAX)
        } else {
            u32::try_from(counted.approved.len()).unwrap_or(u32::MAX)
        },
        // How many were needed then is not known any more.
        needed: if over { 0 } else { counted.needed },
        approvers,
        more: u32::try_from(more).unwrap_or(u32::MAX),
    }
}
