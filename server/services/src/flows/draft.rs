//! What an admin typed of a flow is checked whole, so that every field that is wrong says so at once.

use crate::Result;
use domain::catalog::Access;
use domain::flow::{
    ApproverKind, Approvers, Definition, Draft, DraftAccess, DraftRequired, DraftStep, NamedPerson, Required, Step,
};
use domain::ids::{GroupId, ResourceId};
use domain::request::ApprovalType;
use domain::text::name_key;
use domain::time::Span;
use domain::validate::{self, FieldCode, FieldError};
use store::Session;
use store::directory::{groups, people as directory, resources};

/// Steps of a flow at most: more than anybody waits for.
const STEPS_MAX: usize = 20;

/// A draft that can be saved.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) category: String,
    pub(super) colour: Option<String>,
    pub(super) resource: resources::Resource,
    pub(super) definition: Definition,
}

/// Checks a draft, all fields at once; `Err` holds what is wrong.
pub(super) async fn check(
    session: &mut Session,
    draft: &Draft,
) -> Result<std::result::Result<Checked, Vec<FieldError>>> {
    let mut errors = Vec::new();
    let name = keep(&mut errors, validate::name("name", &draft.name));
    let description = keep(&mut errors, validate::text("description", &draft.description, false)).flatten();
    let category = keep(&mut errors, validate::line("category", &draft.category));
    let colour = keep(&mut errors, validate::colour("colour", &draft.colour));
    let resource = resource(session, &mut errors, &draft.resource).await?;
    let group = entitlement(session, &mut errors, draft, resource.as_ref().map(|found| found.id)).await?;
    let mut visible_to = Vec::new();
    for (index, name) in draft.visible_to.iter().enumerate() {
        visible_to
            .extend(known_group(session, &mut errors, &format!("visible-{index}"), name).await?.map(|group| group.id));
    }
    let mut steps = Vec::new();
    if !draft.automatic {
        if draft.steps.is_empty() {
            errors.push(FieldError::new("steps", FieldCode::NoApprovers));
        }
        if draft.steps.len() > STEPS_MAX {
            errors.push(FieldError::new("steps", FieldCode::Range(1, i64::try_from(STEPS_MAX).unwrap_or(20))));
        }
        for (index, step) in draft.steps.iter().enumerate().take(STEPS_MAX) {
            steps.extend(self::step(session, &mut errors, index, step, resource.as_ref().map(|found| found.id)).await?);
        }
    }
    let access = access(&mut errors, draft);
    let reason_pattern = keep(&mut errors, reason_pattern(draft)).flatten();
    let (Some(name), Some(category), Some(colour), Some(resource), Some(group), Some(access)) =
        (name, category, colour, resource, group, access)
    else {
        return Ok(Err(errors));
    };
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let approval_type = if draft.automatic { ApprovalType::Automatic } else { ApprovalType::Manual };
    let definition = Definition {
        approval_type,
        group: group.id,
        group_name: group.name,
        visible_to,
        steps,
        access,
        reason_pattern,
    };
    Ok(Ok(Checked { name, description: description.unwrap_or_default(), category, colour, resource, definition }))
}

/// What a reason must contain, tried against the example that was typed, if one was.
fn reason_pattern(draft: &Draft) -> std::result::Result<Option<String>, FieldError> {
    let pattern = validate::reason_pattern("reason_pattern", &draft.reason_pattern)?;
    let example = validate::text("reason_example", &draft.reason_example, false)?;
    match (&pattern, example) {
        (Some(pattern), Some(example)) if !domain::pattern::contains(&example, pattern) => {
            Err(FieldError::new("reason_example", FieldCode::NoExample(pattern.clone())))
        }
        _ => Ok(pattern),
    }
}

fn keep<T>(errors: &mut Vec<FieldError>, given: std::result::Result<T, FieldError>) -> Option<T> {
    given.map_err(|error| errors.push(error)).ok()
}

async fn resource(
    session: &mut Session,
    errors: &mut Vec<FieldError>,
    name: &str,
) -> Result<Option<resources::Resource>> {
    if name.trim().is_empty() {
        errors.push(FieldError::new("resource", FieldCode::Required));
        return Ok(None);
    }
    let found = resources::by_name(session, name).await?;
    if found.is_none() {
        errors.push(FieldError::new("resource", FieldCode::UnknownName(format!("resource {}", name.trim()))));
    }
    Ok(found)
}

/// The group that the person joins: one of the resource's.
async fn entitlement(
    session: &mut Session,
    errors: &mut Vec<FieldError>,
    draft: &Draft,
    resource: Option<ResourceId>,
) -> Result<Option<groups::Group>> {
    // Where the resource has only one, there is nothing to choose.
    let only = match resource {
        Some(resource) if draft.group.trim().is_empty() => resources::groups(session, resource).await?,
        _ => Vec::new(),
    };
    if let [only] = only.as_slice() {
        return Ok(groups::by_id(session, *only).await?);
    }
    if draft.group.trim().is_empty() {
        errors.push(FieldError::new("group", FieldCode::Required));
        return Ok(None);
    }
    let Some(group) = known_group(session, errors, "group", &draft.group).await? else { return Ok(None) };
    if let Some(resource) = resource
        && !resources::groups(session, resource).await?.contains(&group.id)
    {
        errors.push(FieldError::new("group", FieldCode::NotOfResource));
    }
    Ok(Some(group))
}

async fn known_group(
    session: &mut Session,
    errors: &mut Vec<FieldError>,
    field: &str,
    name: &str,
) -> Result<Option<groups::Group>> {
    let found = groups::by_name(session, name).await?;
    if found.is_none() {
        errors.push(FieldError::new(field, FieldCode::UnknownName(format!("group {}", name.trim()))));
    }
    Ok(found)
}

async fn step(
    session: &mut Session,
    errors: &mut Vec<FieldError>,
    index: usize,
    step: &DraftStep,
    resource: Option<ResourceId>,
) -> Result<Option<Step>> {
    let before = errors.len();
    let approvers = approvers(session, errors, index, step).await?;
    let required = required(errors, index, step);
    let (Some(approvers), Some(required)) = (approvers, required) else { return Ok(None) };
    let members = members(session, &approvers, resource).await?;
    let field = match &approvers {
        Approvers::Group { .. } => Some(format!("step-{index}-group")),
        Approvers::People { .. } => Some(format!("step-{index}-person")),
        _ => None,
    };
    match (members, field, required) {
        // A set of nobody passes nothing, whatever it requires (`trust.md` A35).
        (Some(0), Some(field), _) => errors.push(FieldError::new(&field, FieldCode::AboveMembers(0))),
        (Some(members), _, Required::AtLeast(count)) if count > members => {
            errors.push(FieldError::new(&format!("step-{index}-count"), FieldCode::AboveMembers(members)));
        }
        _ => {}
    }
    Ok((errors.len() == before).then_some(Step { approvers, required }))
}

/// How many could approve today; not known for owners before there is a resource.
async fn members(session: &mut Session, approvers: &Approvers, resource: Option<ResourceId>) -> Result<Option<u32>> {
    let count = match approvers {
        Approvers::Manager => 1,
        Approvers::Group { id, .. } => {
            return Ok(u32::try_from(groups::member_count(session, *id).await?).ok());
        }
        Approvers::Owner if resource.is_none() => return Ok(None),
        _ => {
            let nobody = domain::ids::PersonId(uuid::Uuid::nil());
            let resource = resource.unwrap_or(ResourceId(uuid::Uuid::nil()));
            store::directory::approvers::of(session, approvers, nobody, resource).await?.len()
        }
    };
    Ok(u32::try_from(count).ok())
}

async fn approvers(
    session: &mut Session,
    errors: &mut Vec<FieldError>,
    index: usize,
    step: &DraftStep,
) -> Result<Option<Approvers>> {
    Ok(Some(match step.kind {
        ApproverKind::Administrator => Approvers::Administrator,
        ApproverKind::Manager => Approvers::Manager,
        ApproverKind::Owner => Approvers::Owner,
        ApproverKind::Group => {
            let field = format!("step-{index}-group");
            if step.group.trim().is_empty() {
                errors.push(FieldError::new(&field, FieldCode::NoApprovers));
                return Ok(None);
            }
            let Some(group) = known_group(session, errors, &field, &step.group).await? else { return Ok(None) };
            Approvers::Group { id: group.id, name: group.name }
        }
        ApproverKind::People => {
            if step.people.is_empty() {
                errors.push(FieldError::new(&format!("step-{index}-person"), FieldCode::NoApprovers));
                return Ok(None);
            }
            let mut named = Vec::new();
            for (place, email) in step.people.iter().enumerate() {
                match directory::by_email(session, email).await? {
                    Some(person) => named.push(NamedPerson { id: person.id, name: person.name }),
                    None => errors.push(FieldError::new(&format!("step-{index}-people-{place}"), FieldCode::Unknown)),
                }
            }
            Approvers::People { people: named }
        }
    }))
}

fn required(errors: &mut Vec<FieldError>, index: usize, step: &DraftStep) -> Option<Required> {
    match step.required {
        DraftRequired::Any => Some(Required::Any),
        DraftRequired::All => Some(Required::All),
        // Zero would let a request pass without anybody (`trust.md` F12).
        DraftRequired::Count => match step.count.trim().parse::<u32>() {
            Ok(count) if (1..=1000).contains(&count) => Some(Required::AtLeast(count)),
            _ => {
                errors.push(FieldError::new(&format!("step-{index}-count"), FieldCode::Range(1, 1000)));
                None
            }
        },
    }
}

fn access(errors: &mut Vec<FieldError>, draft: &Draft) -> Option<Access> {
    let mut fail = |code| {
        errors.push(FieldError::new("durations", code));
        None
    };
    if draft.access == DraftAccess::Permanent {
        return Some(Access::Permanent);
    }
    let typed = draft.durations.split([' ', ',', ';', '\n', '\r']).filter(|part| !part.is_empty());
    let Some(mut spans) = typed.map(Span::parse).collect::<Option<Vec<Span>>>() else {
        return fail(FieldCode::Duration);
    };
    spans.sort_unstable();
    spans.dedup();
    match (draft.access, spans.as_slice()) {
        (_, []) => fail(FieldCode::Required),
        (DraftAccess::Fixed, [only]) => Some(Access::Fixed(*only)),
        (DraftAccess::Fixed, _) => fail(FieldCode::Ambiguous),
        (_, several) => Some(Access::Choices(several.to_vec())),
    }
}

/// A flow as it would be typed.
pub(super) async fn as_typed(session: &mut Session, flow: &store::flows::Flow) -> Result<Draft> {
    let definition = &flow.definition;
    let mut visible_to = Vec::new();
    for id in &definition.visible_to {
        visible_to.extend(groups::by_id(session, *id).await?.map(|group| group.name));
    }
    let mut steps = Vec::new();
    for step in &definition.steps {
        steps.push(draft_step(session, step).await?);
    }
    let written = |spans: &[Span]| spans.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let (access, durations) = match &definition.access {
        Access::Permanent => (DraftAccess::Permanent, String::new()),
        Access::Fixed(span) => (DraftAccess::Fixed, span.to_string()),
        Access::Choices(spans) => (DraftAccess::Choices, written(spans)),
    };
    Ok(Draft {
        name: flow.name.clone(),
        description: flow.description.clone(),
        category: flow.category.clone(),
        colour: flow.colour.clone().unwrap_or_default(),
        resource: flow.resource_name.clone(),
        group: name_of(session, definition.group, &definition.group_name).await?,
        visible_to,
        enabled: flow.enabled,
        automatic: definition.approval_type == ApprovalType::Automatic,
        steps,
        access,
        durations,
        reason_pattern: definition.reason_pattern.clone().unwrap_or_default(),
        reason_example: String::new(),
    })
}

/// The name of a group now, or as it was when the version was made.
async fn name_of(session: &mut Session, id: GroupId, frozen: &str) -> Result<String> {
    Ok(groups::by_id(session, id).await?.map_or_else(|| frozen.to_owned(), |group| group.name))
}

async fn draft_step(session: &mut Session, step: &Step) -> Result<DraftStep> {
    let (required, count) = match step.required {
        Required::Any => (DraftRequired::Any, None),
        Required::All => (DraftRequired::All, None),
        Required::AtLeast(count) => (DraftRequired::Count, Some(count)),
    };
    let mut draft = DraftStep { kind: step.approvers.kind(), required, ..DraftStep::default() };
    if let Some(count) = count {
        draft.count = count.to_string();
    }
    match &step.approvers {
        Approvers::Group { id, name } => draft.group = name_of(session, *id, name).await?,
        Approvers::People { people } => {
            for person in people {
                draft.people.extend(directory::by_id(session, person.id).await?.map(|person| person.email));
            }
        }
        _ => {}
    }
    Ok(draft)
}

/// Whether two names are the same, as the index of the stored ones sees it.
pub(super) fn same_name(left: &str, right: &str) -> bool {
    name_key(left) == name_key(right)
}
