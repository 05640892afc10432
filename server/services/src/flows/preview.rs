//! Who could approve today: the check beside the editor, on what is typed and not saved yet.

use super::admin;
use crate::{Result, Services};
use domain::flow::{ApproverKind, Approvers, Definition, Draft, DraftRequired, DraftStep, Required, Step};
use domain::ids::{GroupId, ResourceId};
use domain::people::{Actor, PersonRef};
use domain::request::ApprovalType;
use domain::view::{FlowPreview, StepPreview, StepTrouble};
use store::Session;
use store::directory::{approvers, groups, people, resources};

/// People named beside a step at most.
const SHOWN: usize = 8;

/// Names offered to choose from at most; what is not among them can be typed.
const CHOICES: i64 = 500;

/// People offered when several fit.
const CANDIDATES: i64 = 6;

/// Who could approve a draft today, if `sample` (a name or an email) asked.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn preview(services: &Services, actor: &Actor, draft: &Draft, sample: &str) -> Result<FlowPreview> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    let sample = named(&mut session, sample).await?;
    let resource = resources::by_name(&mut session, &draft.resource).await?.map(|resource| resource.id);
    let mut steps = Vec::new();
    for step in &draft.steps {
        let barred = sample.as_ref().map(|person| person.id);
        let depends = step.kind == ApproverKind::Manager && barred.is_none();
        let mut people = if depends { Vec::new() } else { living(&mut session, step, resource, barred).await? };
        people.retain(|person| Some(person.id) != barred);
        let needed = match step.required {
            DraftRequired::Any => 1,
            DraftRequired::All => u32::try_from(people.len()).unwrap_or(u32::MAX).max(1),
            DraftRequired::Count => step.count.trim().parse().unwrap_or(1),
        };
        let found = u32::try_from(people.len()).unwrap_or(u32::MAX);
        let trouble = match found {
            _ if depends => None,
            0 => Some(StepTrouble::Nobody),
            few if few < needed => Some(StepTrouble::TooFew(needed)),
            _ => None,
        };
        let more = people.len().saturating_sub(SHOWN);
        people.truncate(SHOWN);
        steps.push(StepPreview { people, more, depends, trouble });
    }
    let mut gives = Vec::new();
    if let Some(resource) = resource {
        for id in resources::groups(&mut session, resource).await? {
            gives.extend(groups::by_id(&mut session, id).await?.map(|group| group.name));
        }
    }
    let sample = sample.map(|person| PersonRef { id: person.id, name: person.name, email: person.email });
    let resources = resources::names(&mut session, CHOICES).await?;
    let groups = groups::names(&mut session, CHOICES).await?;
    Ok(FlowPreview { sample, steps, resources, groups, gives })
}

/// The one active person whom a text means: by email, or by words that begin the name of only one, or are the name of only one.
async fn named(session: &mut Session, typed: &str) -> Result<Option<people::Person>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let mut found = people::by_email(session, typed).await?;
    if found.is_none()
        && let Some(only) = crate::queue::one_person(session, typed).await?
    {
        found = people::by_id(session, only.id).await?;
    }
    Ok(found.filter(|person| person.active))
}

/// The people whom a text may mean: the one with this email, or those whose name or email begins with it.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn find_people(services: &Services, actor: &Actor, typed: &str) -> Result<Vec<PersonRef>> {
    admin(actor)?;
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let mut session = services.store.read().await?;
    if let Some(person) = people::by_email(&mut session, typed).await? {
        return Ok(vec![PersonRef { id: person.id, name: person.name, email: person.email }]);
    }
    Ok(people::suggest(&mut session, typed, CANDIDATES).await?)
}

/// Whether there is a group of this name.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn find_group(services: &Services, actor: &Actor, typed: &str) -> Result<Option<String>> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    Ok(groups::by_name(&mut session, typed).await?.map(|group| group.name))
}

/// The active people of a typed step's set, by the same query that decisions use.
async fn living(
    session: &mut Session,
    step: &DraftStep,
    resource: Option<ResourceId>,
    sample: Option<domain::ids::PersonId>,
) -> Result<Vec<PersonRef>> {
    let approvers = match step.kind {
        ApproverKind::Administrator => Approvers::Administrator,
        ApproverKind::Manager => Approvers::Manager,
        ApproverKind::Owner => Approvers::Owner,
        ApproverKind::Group => match groups::by_name(session, &step.group).await? {
            Some(group) => Approvers::Group { id: group.id, name: group.name },
            None => return Ok(Vec::new()),
        },
        ApproverKind::People => {
            let mut named = Vec::new();
            for email in &step.people {
                let found = people::by_email(session, email).await?;
                named.extend(found.map(|person| domain::flow::NamedPerson { id: person.id, name: person.name }));
            }
            Approvers::People { people: named }
        }
    };
    let nobody = domain::ids::PersonId(uuid::Uuid::nil());
    let definition = Definition {
        approval_type: ApprovalType::Manual,
        group: GroupId(uuid::Uuid::nil()),
        group_name: String::new(),
        visible_to: Vec::new(),
        steps: vec![Step { approvers, required: Required::Any }],
        access: domain::catalog::Access::Permanent,
        reason_pattern: None,
    };
    let resource = resource.unwrap_or(ResourceId(uuid::Uuid::nil()));
    let mut found = approvers::living(session, &definition, sample.unwrap_or(nobody), resource).await?;
    Ok(found.pop().unwrap_or_default())
}
