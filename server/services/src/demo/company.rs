//! People, groups, resources and flows of the demo company.

use super::words::{DEPARTMENTS, FIRST, GROUPS, LAST, RESOURCES};
use crate::Result;
use domain::catalog::Access;
use domain::flow::{Approvers, Definition, NamedPerson, Required, Step};
use domain::ids::{FlowId, FlowVersionId, GroupId, PersonId, ResourceId};
use domain::request::ApprovalType;
use domain::text::fold;
use domain::time::Span;
use rand::rngs::StdRng;
use rand::{Rng, seq::IndexedRandom};
use store::Session;
use store::directory::groups::{self, Group};
use store::directory::people::{self, Person};
use store::directory::resources::{self, Resource};

/// A flow with the indexes that the history needs.
#[derive(Clone, Debug)]
pub(super) struct DemoFlow {
    pub(super) id: FlowId,
    pub(super) version: FlowVersionId,
    pub(super) name: String,
    pub(super) resource: usize,
    pub(super) definition: Definition,
    /// Index of the approver group of a group step.
    pub(super) approvers: usize,
}

/// The whole company. Indexes instead of ids within.
#[derive(Clone, Debug)]
pub(super) struct Company {
    pub(super) people: Vec<Person>,
    /// Index of the manager.
    pub(super) managers: Vec<Option<usize>>,
    pub(super) groups: Vec<Group>,
    /// Approver groups' members.
    pub(super) members: Vec<Vec<usize>>,
    pub(super) resources: Vec<Resource>,
    pub(super) owners: Vec<Vec<usize>>,
    pub(super) flows: Vec<DemoFlow>,
}

/// The fixed people: two admins, the requester's manager, an owner, a member, the requester.
pub(super) const ADMINS: [usize; 2] = [0, 1];
const MANAGER: usize = 2;
const OWNER: usize = 3;
const MEMBER: usize = 4;
const REQUESTER: usize = 5;

fn id(rng: &mut StdRng) -> uuid::Uuid {
    store::id_from(rng.random())
}

impl Company {
    /// Makes a company that fits so many requests: 1,000,000 give 20,000 people, 2,000 groups and 1,000 flows.
    pub(super) fn make(rng: &mut StdRng, requests: u64) -> Self {
        let size = |per: u64, least: u64, most: u64| usize::try_from((requests / per).clamp(least, most)).unwrap_or(0);
        let (people_count, flow_count) = (size(50, 120, 20_000), size(1000, 46, 1000));
        let resource_count = flow_count.saturating_sub(6).max(RESOURCES.len());
        let group_count = size(500, (resource_count + GROUPS.len()) as u64, 2000).max(resource_count + GROUPS.len());
        let (people, managers) = staff(rng, people_count);
        let mut company = Self {
            people,
            managers,
            groups: Vec::new(),
            members: Vec::new(),
            resources: Vec::new(),
            owners: Vec::new(),
            flows: Vec::new(),
        };
        company.make_groups(rng, group_count, resource_count);
        company.make_resources(rng, resource_count);
        company.make_flows(rng, flow_count);
        company
    }

    fn make_groups(&mut self, rng: &mut StdRng, count: usize, resources: usize) {
        let approvers = count - resources;
        for index in 0..count {
            let name = if index < approvers {
                numbered(GROUPS, index)
            } else {
                format!("{}-users", numbered_resource(index - approvers).0.to_lowercase().replace(' ', "-"))
            };
            self.groups.push(Group { id: GroupId(id(rng)), description: String::new(), name, active: true });
            if index < approvers {
                let mut members: Vec<usize> =
                    (0..rng.random_range(3..8)).map(|_| rng.random_range(6..self.people.len())).collect();
                if index < GROUPS.len() {
                    members.push(MEMBER);
                }
                members.sort_unstable();
                members.dedup();
                members.retain(|person| self.people[*person].active);
                self.members.push(members);
            }
        }
    }

    fn make_resources(&mut self, rng: &mut StdRng, count: usize) {
        const COLOURS: [&str; 8] =
            ["#0f766e", "#1d4ed8", "#7c3aed", "#b45309", "#be123c", "#334155", "#0369a1", "#4d7c0f"];
        for index in 0..count {
            let (name, category) = numbered_resource(index);
            let link = format!("https://{}.example", name.to_lowercase().replace(' ', "-"));
            self.resources.push(Resource {
                id: ResourceId(id(rng)),
                description: format!("{category} for everyday work."),
                name,
                category: category.to_owned(),
                link: Some(link),
                colour: COLOURS.choose(rng).map(|colour| (*colour).to_owned()),
                logo: None,
            });
            let mut owners = vec![if index % 5 == 0 { OWNER } else { self.active(rng) }, self.active(rng)];
            owners.dedup();
            self.owners.push(owners);
        }
    }

    fn active(&self, rng: &mut StdRng) -> usize {
        loop {
            let person = rng.random_range(6..self.people.len());
            if self.people[person].active {
                return person;
            }
        }
    }

    fn make_flows(&mut self, rng: &mut StdRng, count: usize) {
        let base = self.groups.len() - self.resources.len();
        for index in 0..count {
            let resource = index % self.resources.len();
            let approvers = index % self.members.len();
            let named: Vec<usize> = vec![self.active(rng), self.active(rng)];
            let (approval_type, steps, suffix) = self.kind(index, approvers, &named);
            let access = match index % 7 {
                2 => Access::Fixed(Span::days(90)),
                4 => Access::Choices([1, 7, 30].map(Span::days).to_vec()),
                _ => Access::Permanent,
            };
            let second = if index >= self.resources.len() { ", extended" } else { "" };
            let definition = Definition {
                approval_type,
                group: self.groups[base + resource].id,
                group_name: self.groups[base + resource].name.clone(),
                visible_to: Vec::new(),
                steps,
                access,
                reason_pattern: None,
            };
            self.flows.push(DemoFlow {
                id: FlowId(id(rng)),
                version: FlowVersionId(id(rng)),
                name: format!("{}{suffix}{second}", self.resources[resource].name),
                resource,
                definition,
                approvers,
            });
        }
    }

    fn kind(&self, index: usize, approvers: usize, named: &[usize]) -> (ApprovalType, Vec<Step>, &'static str) {
        let one = |approvers| Step { approvers, required: Required::Any };
        let group = || Approvers::Group { id: self.groups[approvers].id, name: self.groups[approvers].name.clone() };
        let people = || Approvers::People {
            people: named
                .iter()
                .map(|person| NamedPerson { id: self.people[*person].id, name: self.people[*person].name.clone() })
                .collect(),
        };
        let manual = ApprovalType::Manual;
        match index % 10 {
            0 => {
                (manual, vec![one(Approvers::Manager), one(Approvers::Owner), one(Approvers::Administrator)], ", full")
            }
            1 => (manual, vec![one(Approvers::Administrator)], ""),
            2 => (manual, vec![one(Approvers::Manager)], ", by manager"),
            3 => (manual, vec![one(Approvers::Manager), one(Approvers::Administrator)], ", two steps"),
            4 => (ApprovalType::Automatic, Vec::new(), ", at once"),
            5 => (manual, vec![one(Approvers::Owner)], ", by owner"),
            6 => (manual, vec![one(group())], ", by group"),
            7 => (
                manual,
                vec![Step { approvers: group(), required: Required::AtLeast(2) }, one(Approvers::Administrator)],
                ", two of the group",
            ),
            8 => (manual, vec![one(people())], ", by name"),
            _ => (
                manual,
                vec![one(Approvers::Manager), Step { approvers: Approvers::Owner, required: Required::All }],
                ", all owners",
            ),
        }
    }

    /// Writes everything.
    pub(super) async fn write(&self, session: &mut Session, phc: &str) -> Result<()> {
        people::put(session, &self.people).await?;
        groups::put(session, &self.groups).await?;
        for (resource, owners) in self.resources.iter().zip(&self.owners) {
            resources::put(session, resource).await?;
            let owners: Vec<PersonId> = owners.iter().map(|owner| self.people[*owner].id).collect();
            resources::set_owners(session, resource.id, &owners).await?;
        }
        let base = self.groups.len() - self.resources.len();
        for (index, resource) in self.resources.iter().enumerate() {
            resources::set_groups(session, resource.id, &[self.groups[base + index].id]).await?;
        }
        let members: Vec<(GroupId, PersonId)> = self
            .members
            .iter()
            .enumerate()
            .flat_map(|(group, people)| {
                people.iter().map(move |person| (self.groups[group].id, self.people[*person].id))
            })
            .collect();
        groups::add_imported(session, &members).await?;
        for flow in &self.flows {
            let resource = &self.resources[flow.resource];
            store::flows::insert_with(
                session,
                flow.id,
                flow.version,
                &flow.name,
                &resource.description,
                resource.id,
                &flow.definition,
            )
            .await?;
        }
        let known: Vec<PersonId> = self.people.iter().take(6).map(|person| person.id).collect();
        store::bulk::passwords(session, &known, phc).await?;
        Ok(())
    }
}

fn numbered(names: &[&str], index: usize) -> String {
    let round = index / names.len();
    let name = names[index % names.len()];
    if round == 0 { name.to_owned() } else { format!("{name} {}", round + 1) }
}

fn numbered_resource(index: usize) -> (String, &'static str) {
    const PLACES: [&str; 6] = ["EMEA", "Americas", "Asia", "Nordics", "Iberia", "DACH"];
    let (name, category) = RESOURCES[index % RESOURCES.len()];
    let round = index / RESOURCES.len();
    let name = match round {
        0 => name.to_owned(),
        1..=6 => format!("{name} {}", PLACES[round - 1]),
        _ => format!("{name} {}", round + 1),
    };
    (name, category)
}

fn staff(rng: &mut StdRng, count: usize) -> (Vec<Person>, Vec<Option<usize>>) {
    let mut people: Vec<Person> = Vec::with_capacity(count);
    let mut managers = Vec::with_capacity(count);
    for index in 0..count {
        let (department, titles) = DEPARTMENTS[index % DEPARTMENTS.len()];
        let first = FIRST[rng.random_range(0..FIRST.len())];
        let last = LAST[rng.random_range(0..LAST.len())];
        let fixed = super::ACCOUNTS.get(index).map(|(email, _)| (*email).to_owned());
        let plain: String =
            fold(&format!("{first}.{last}")).chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
        let email = fixed.unwrap_or_else(|| format!("{plain}{index}@demo.test"));
        let manager = match index {
            REQUESTER => Some(MANAGER),
            // Now and then nobody is set: Missing Data happens.
            _ if index > 6 && rng.random_ratio(1, 40) => None,
            _ if index > MANAGER => Some(if index < 26 { MANAGER } else { 6 + rng.random_range(0..(index - 6) / 8) }),
            _ => None,
        };
        people.push(Person {
            id: PersonId(id(rng)),
            email,
            name: format!("{first} {last}"),
            department: department.to_owned(),
            title: titles[rng.random_range(0..titles.len())].to_owned(),
            manager: manager.map(|manager| people_id(&people, manager)),
            timezone: None,
            active: index < 26 || !rng.random_ratio(1, 30),
            admin: ADMINS.contains(&index),
        });
        managers.push(manager);
    }
    (people, managers)
}

fn people_id(people: &[Person], index: usize) -> PersonId {
    people[index].id
}
