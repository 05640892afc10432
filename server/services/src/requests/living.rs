//! Looking around for many requests at once: each set of approvers is read once, however many requests it stands in.

use super::Around;
use super::trust::Trust;
use crate::Result;
use domain::flow::Approvers;
use domain::ids::{GroupId, PersonId, ResourceId};
use domain::people::PersonRef;
use domain::request::{Entitlement, Request, World};
use domain::settings::Settings;
use std::collections::HashMap;
use std::sync::Arc;
use store::Session;
use store::directory::approvers;

/// A set of approvers, by what determines it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Set {
    Administrators,
    ManagerOf(PersonId),
    OwnersOf(ResourceId),
    Group(GroupId),
    Person(PersonId),
}

/// The sets that were read so far in a transaction, as they are in it.
pub(crate) struct Living {
    settings: Settings,
    trust: Trust,
    sets: HashMap<Set, Arc<Vec<PersonRef>>>,
}

impl Living {
    /// Nothing read yet.
    pub(crate) async fn new(session: &mut Session) -> Result<Self> {
        let settings = store::settings::get(session).await?;
        Ok(Self { settings, trust: Trust::read(session).await?, sets: HashMap::new() })
    }

    /// Reads the owners of many resources at once, before they are asked for one by one.
    pub(crate) async fn prepare_owners(&mut self, session: &mut Session, resources: &[ResourceId]) -> Result<()> {
        let mut owners = store::directory::resources::owners_of_many(session, resources).await?;
        for resource in resources {
            let set = owners.remove(resource).unwrap_or_default();
            self.sets.insert(Set::OwnersOf(*resource), Arc::new(set));
        }
        Ok(())
    }

    /// The world of a request, as far as counting and voting look at it: how a grant would be carried out is not read.
    pub(crate) async fn around(&mut self, session: &mut Session, request: &Request) -> Result<Around> {
        let mut people = Vec::with_capacity(request.definition.steps.len());
        for step in &request.definition.steps {
            people.push(self.set(session, &step.approvers, request.beneficiary, request.resource).await?);
        }
        let mut world = World {
            now: session.now(),
            living: people.iter().map(|set| set.iter().map(|person| person.id).collect()).collect(),
            entitlement: Entitlement::BuiltIn,
            expiry: self.settings.expiry(),
            comment_on_override: self.settings.comment_on_override,
            partly_done: false,
            let_in: Vec::new(),
            readdressed: Vec::new(),
            active: Vec::new(),
        };
        self.trust.weigh(&mut world, &request.barred());
        Ok(Around::counted(world, people, self.settings.clone(), self.trust.clone()))
    }

    /// The active people of one approver set, for a beneficiary and a resource.
    pub(crate) async fn set(
        &mut self,
        session: &mut Session,
        of: &Approvers,
        beneficiary: PersonId,
        resource: ResourceId,
    ) -> Result<Arc<Vec<PersonRef>>> {
        let set = match of {
            Approvers::Administrator => Set::Administrators,
            Approvers::Manager => Set::ManagerOf(beneficiary),
            Approvers::Owner => Set::OwnersOf(resource),
            Approvers::Group { id, .. } => Set::Group(*id),
            Approvers::People { people } => {
                let mut named = Vec::new();
                for person in people {
                    let only = Approvers::People { people: vec![person.clone()] };
                    let set = Set::Person(person.id);
                    named.extend(self.read(session, set, &only, beneficiary, resource).await?.iter().cloned());
                }
                return Ok(Arc::new(named));
            }
        };
        self.read(session, set, of, beneficiary, resource).await
    }

    async fn read(
        &mut self,
        session: &mut Session,
        set: Set,
        of: &Approvers,
        beneficiary: PersonId,
        resource: ResourceId,
    ) -> Result<Arc<Vec<PersonRef>>> {
        if let Some(known) = self.sets.get(&set) {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(approvers::of(session, of, beneficiary, resource).await?);
        self.sets.insert(set, Arc::clone(&read));
        Ok(read)
    }
}
