//! One request with everything that a decider should know.

use crate::requests::{Around, look_around};
use crate::{Error, Result, Services};
use domain::flow::{Definition, Progress, evaluate};
use domain::ids::{PersonId, RequestNumber};
use domain::people::{Actor, PersonRef};
use domain::policy;
use domain::request::{Act, Decider, State, Status, Verdict};
use domain::view::{ApproverLine, Ended, Permission, Permissions, RequestDetail, StepLine, StepState};
use store::requests::{EndFacts, Loaded};

/// The detail of a request, as far as the actor may see it: admins every request, others their own and those on which they
/// vote. What they may not know of is not found.
///
/// # Errors
/// Not found, or the database fails.
pub async fn detail(services: &Services, actor: &Actor, number: RequestNumber) -> Result<RequestDetail> {
    let mut session = services.store.read().await?;
    let loaded = store::requests::load(&mut session, number, false).await?.ok_or(Error::NotFound)?;
    let request = &loaded.request;
    let around =
        look_around(&mut session, &request.definition, request.beneficiary, request.resource, request.group).await?;
    if !crate::requests::may_know(&loaded, &around, actor) {
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
    let delivery = if actor.admin { store::outbox::of_request(&mut session, number).await? } else { Vec::new() };
    let permissions = permissions(&loaded, &around, actor);
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(RequestDetail {
        steps: steps(&loaded, &around),
        missing: match &request.state {
            State::MissingData { missing, .. } => Some(missing.clone()),
            _ => None,
        },
        error: match &request.state {
            State::Error { attempt, .. } => Some(attempt.cause.clone()),
            _ => None,
        },
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
        permissions,
        now: session.now(),
    })
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
    let grant_is_vote = policy::grant_is_vote(request);
    Permissions {
        grant: ask(Act::Grant),
        grant_is_vote,
        more_steps: grant_is_vote && request.state.step() + 1 < request.definition.steps.len(),
        deny: ask(Act::Deny),
        retry: ask(Act::Retry),
        vote: ask(Act::Vote),
        withdraw: ask(Act::Withdraw),
        comment_required: around.settings.comment_on_override,
    }
}

fn is_assigned(loaded: &Loaded, around: &Around, person: PersonId) -> bool {
    let request = &loaded.request;
    !request.barred().contains(&person)
        && around.world.living.iter().enumerate().any(|(step, living)| {
            request.definition.steps[step].approvers.kind() != domain::flow::ApproverKind::Administrator
                && living.contains(&person)
        })
}

/// The approval progress: each step, each approver, what they did, who can act now.
pub(crate) fn steps(loaded: &Loaded, around: &Around) -> Vec<StepLine> {
    let request = &loaded.request;
    let definition = &request.definition;
    let waiting = request.state.step();
    let progress = evaluate(definition, &around.world.living, &request.barred(), &request.votes, waiting);
    (0..definition.steps.len())
        .map(|index| {
            let state = step_state(loaded, &progress, index);
            line(definition, loaded, around, &progress, index, state)
        })
        .collect()
}

fn step_state(loaded: &Loaded, progress: &Progress, index: usize) -> StepState {
    let request = &loaded.request;
    let waiting = request.state.step();
    let counted = &progress.steps[index];
    let full = counted.approved.len() as u64 >= u64::from(counted.needed) && !counted.approved.is_empty();
    if index < waiting {
        return StepState::Passed;
    }
    let denied_here = request.votes.iter().any(|vote| vote.verdict == Verdict::Deny && vote.step == index);
    match request.state.status() {
        Status::Approved if full => StepState::Passed,
        Status::Approved => StepState::Overridden,
        Status::Denied if denied_here => StepState::Denied,
        Status::Denied if index == waiting => StepState::Overridden,
        Status::Error if full => StepState::Passed,
        Status::Error => StepState::Overridden,
        Status::Denied | Status::Canceled | Status::Expired => StepState::Skipped,
        Status::Pending | Status::MissingData => {
            if (counted.eligible.len() as u64) < u64::from(counted.needed) {
                StepState::Short
            } else if index == waiting {
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
    let mut approvers: Vec<ApproverLine> = Vec::new();
    for vote in &request.votes {
        let living = counted.eligible.contains(&vote.person);
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
        let people = around.people.get(index).map_or(&[][..], Vec::as_slice);
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
        agreed: u32::try_from(counted.approved.len()).unwrap_or(u32::MAX),
        needed: counted.needed,
        approvers,
        more: u32::try_from(more).unwrap_or(u32::MAX),
    }
}
