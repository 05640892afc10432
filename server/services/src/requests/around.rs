//! Looking around before a decision: who could act now, whether the group can be given, what the settings say.

use super::trust::Trust;
use crate::Result;
use domain::flow::{ApproverKind, Approvers, Definition, evaluate};
use domain::ids::{GroupId, PersonId, ResourceId};
use domain::people::PersonRef;
use domain::request::{Entitlement, ErrorCause, Request, State, Vote, World};
use domain::settings::Settings;
use std::sync::Arc;
use store::Session;
use store::connectors::Bound;
use store::requests::Waiting;

/// The world of one request, with names.
#[derive(Clone, Debug)]
pub(crate) struct Around {
    /// What the rules look at.
    pub(crate) world: World,
    /// The living approvers of each step, by name.
    pub(crate) people: Vec<Arc<Vec<PersonRef>>>,
    /// Settings of the organisation.
    pub(crate) settings: Settings,
    /// What takes weight from people's word.
    trust: Trust,
    /// The connector that gives the group, if membership is not built in.
    pub(crate) bound: Option<Bound>,
}

/// Reads the world of a request.
pub(crate) async fn look_around(session: &mut Session, request: &Request) -> Result<Around> {
    let definition = &request.definition;
    let mut around = look_ahead(session, definition, request.beneficiary, request.resource, request.group).await?;
    around.trust.weigh(&mut around.world, &request.barred());
    if request.state.flight().is_some() || matches!(request.state, State::Error { .. }) {
        around.world.partly_done = store::provisioning::may_have_granted(session, request.number).await?;
    }
    Ok(around)
}

/// Reads the world for a flow version, a beneficiary and a resource, before there is a request: the beneficiary asks.
pub(crate) async fn look_ahead(
    session: &mut Session,
    definition: &Definition,
    beneficiary: PersonId,
    resource: ResourceId,
    group: GroupId,
) -> Result<Around> {
    let settings = store::settings::get(session).await?;
    let people = store::directory::approvers::living(session, definition, beneficiary, resource).await?;
    let giving = store::connectors::giving(session, group).await?;
    let entitlement = match &giving {
        None => Entitlement::Broken(ErrorCause::GroupGone),
        Some(giving) if !giving.active => Entitlement::Broken(ErrorCause::GroupInactive),
        Some(giving) => match &giving.bound {
            None => Entitlement::BuiltIn,
            Some(bound) if bound.active => Entitlement::Connector,
            Some(bound) => Entitlement::Broken(ErrorCause::ConnectorOff(bound.name.clone())),
        },
    };
    let mut world = World {
        now: session.now(),
        living: people.iter().map(|step| step.iter().map(|person| person.id).collect()).collect(),
        entitlement,
        expiry: settings.expiry(),
        comment_on_override: settings.comment_on_override,
        partly_done: false,
        let_in: Vec::new(),
        readdressed: Vec::new(),
        active: Vec::new(),
    };
    let people = people.into_iter().map(Arc::new).collect();
    let trust = Trust::read(session).await?;
    trust.weigh(&mut world, &[beneficiary]);
    Ok(Around { trust, world, people, settings, bound: giving.and_then(|giving| giving.bound) })
}

impl Around {
    /// A world as far as counting and voting look at it.
    pub(super) const fn counted(
        world: World,
        people: Vec<Arc<Vec<PersonRef>>>,
        settings: Settings,
        trust: Trust,
    ) -> Self {
        Self { world, people, settings, trust, bound: None }
    }

    /// Who blocks, for lists: at the waiting step, the administrators where something has to be confirmed, or on Missing Data at the step that cannot be passed, where the approvals so
    /// far are how many could agree.
    pub(crate) fn waiting(
        &self,
        definition: &Definition,
        barred: &[PersonId],
        votes: &[Vote],
        state: &State,
    ) -> Waiting {
        let step = match state {
            State::MissingData { missing, .. } => missing.step,
            other => other.step(),
        };
        let Some(at) = definition.steps.get(step) else { return Waiting::default() };
        let excluded: Vec<PersonId> = barred.iter().chain(&self.world.let_in).copied().collect();
        let progress = evaluate(definition, &self.world.living, &excluded, votes, step);
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        if state.doubt().is_some() {
            return Waiting {
                kind: ApproverKind::Administrator.as_str(),
                name: String::new(),
                agreed: 0,
                needed: 1,
                step: count(step),
                steps: count(definition.steps.len()),
            };
        }
        let counted = &progress.steps[step];
        let name = match &at.approvers {
            Approvers::Group { name, .. } => name.clone(),
            Approvers::Administrator => String::new(),
            _ => match counted.eligible.as_slice() {
                [only] => self.name(*only).unwrap_or_default(),
                _ => String::new(),
            },
        };
        Waiting {
            kind: at.approvers.kind().as_str(),
            name,
            agreed: match state {
                State::MissingData { .. } => count(counted.eligible.len()),
                _ => count(counted.approved.len()),
            },
            needed: i32::try_from(counted.needed).unwrap_or(i32::MAX),
            step: count(step),
            steps: count(definition.steps.len()),
        }
    }

    pub(super) fn name(&self, id: PersonId) -> Option<String> {
        self.people.iter().flat_map(|set| set.iter()).find(|person| person.id == id).map(|person| person.name.clone())
    }
}
