//! Looking around before a decision: who could act now, whether the group can be given, what the settings say.

use crate::Result;
use domain::flow::{Definition, evaluate};
use domain::ids::{GroupId, PersonId, ResourceId};
use domain::people::PersonRef;
use domain::request::{Entitlement, ErrorCause, Vote, World};
use domain::settings::Settings;
use store::Session;
use store::requests::Waiting;

/// The world of one request, with names.
#[derive(Clone, Debug)]
pub(crate) struct Around {
    /// What the rules look at.
    pub(crate) world: World,
    /// The living approvers of each step, by name.
    pub(crate) people: Vec<Vec<PersonRef>>,
    /// Settings of the organisation.
    pub(crate) settings: Settings,
}

/// Reads the world for a flow version, a beneficiary and a resource.
pub(crate) async fn look_around(
    session: &mut Session,
    definition: &Definition,
    beneficiary: PersonId,
    resource: ResourceId,
    group: GroupId,
) -> Result<Around> {
    let settings = store::settings::get(session).await?;
    let people = store::directory::approvers::living(session, definition, beneficiary, resource).await?;
    let entitlement = match store::directory::groups::is_active(session, group).await? {
        Some(true) => Entitlement::BuiltIn,
        Some(false) => Entitlement::Broken(ErrorCause::GroupInactive),
        None => Entitlement::Broken(ErrorCause::GroupGone),
    };
    let world = World {
        now: session.now(),
        living: people.iter().map(|step| step.iter().map(|person| person.id).collect()).collect(),
        entitlement,
        expiry: settings.expiry(),
        comment_on_override: settings.comment_on_override,
    };
    Ok(Around { world, people, settings })
}

impl Around {
    /// Who blocks at a step, for lists.
    pub(crate) fn waiting(&self, definition: &Definition, barred: &[PersonId], votes: &[Vote], step: usize) -> Waiting {
        let Some(at) = definition.steps.get(step) else { return Waiting::default() };
        let progress = evaluate(definition, &self.world.living, barred, votes, step);
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let counted = &progress.steps[step];
        let name = match &at.approvers {
            domain::flow::Approvers::Group { name, .. } => name.clone(),
            domain::flow::Approvers::Administrator => String::new(),
            _ => match counted.eligible.as_slice() {
                [only] => self.name(*only).unwrap_or_default(),
                _ => String::new(),
            },
        };
        Waiting {
            kind: at.approvers.kind().as_str(),
            name,
            agreed: count(counted.approved.len()),
            needed: i32::try_from(counted.needed).unwrap_or(i32::MAX),
            step: count(step),
            steps: count(definition.steps.len()),
        }
    }

    fn name(&self, id: PersonId) -> Option<String> {
        self.people.iter().flatten().find(|person| person.id == id).map(|person| person.name.clone())
    }
}
