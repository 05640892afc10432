//! Resources: list, create, edit, remove.

use super::{Page, SHOWN, admin, keep, record, taken, unchanged};
use crate::requests::{cancel, recount_open};
use crate::{Error, Origin, Result, Right, Services};
use domain::ids::{GroupId, PersonId, ResourceId};
use domain::people::Actor;
use domain::request::CancelCause;
use domain::validate::{self, FieldCode, FieldError};
use domain::view::Look;
use serde_json::json;
use store::Session;
use store::directory::resources::{self as directory, Resource};
use store::directory::{groups, people};

/// A resource, typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceDraft {
    /// Display name.
    pub name: String,
    /// Category.
    pub category: String,
    /// What it is.
    pub description: String,
    /// Where it is used.
    pub link: String,
    /// `#rrggbb`.
    pub colour: String,
    /// Names of the groups that give it, one a line.
    pub groups: String,
    /// Emails of its owners, one a line.
    pub owners: String,
    /// Revision of what the editor showed; nothing is compared when absent.
    pub seen: Option<i64>,
}

/// A resource with what hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceView {
    /// The resource.
    pub id: ResourceId,
    /// As it would be typed.
    pub draft: ResourceDraft,
    /// Its flows: id and name.
    pub flows: Vec<(domain::ids::FlowId, String)>,
    /// Open requests for it.
    pub open: usize,
    /// How it looks.
    pub look: Look,
}

/// Resources whose name or category holds the text, by name.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn resources(services: &Services, actor: &Actor, text: &str, after: &str) -> Result<Page<Resource>> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    let found = directory::search(&mut session, text, after, SHOWN + 1).await?;
    Ok(Page::of(found, SHOWN, |resource| resource.name.clone()))
}

/// A resource.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn resource(services: &Services, actor: &Actor, id: ResourceId) -> Result<ResourceView> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    let resource = directory::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    let mut given = Vec::new();
    for group in directory::groups(&mut session, id).await? {
        given.extend(groups::by_id(&mut session, group).await?.map(|group| group.name));
    }
    let mut owners = Vec::new();
    for owner in directory::all_owners(&mut session, id).await? {
        owners.extend(people::by_id(&mut session, owner).await?.map(|person| person.email));
    }
    owners.sort_unstable();
    given.sort_unstable();
    let look = resource.look();
    let flows = store::flows::of_resource(&mut session, id).await?;
    Ok(ResourceView {
        id,
        draft: ResourceDraft {
            name: resource.name,
            category: resource.category,
            description: resource.description,
            link: resource.link.unwrap_or_default(),
            colour: resource.colour.unwrap_or_default(),
            groups: given.join("\n"),
            owners: owners.join("\n"),
            seen: directory::revision(&mut session, id).await?,
        },
        look,
        flows: flows.into_iter().map(|flow| (flow.id, flow.name)).collect(),
        open: directory::open_numbers(&mut session, id).await?.len(),
    })
}

/// Saves a resource: a new one, or one that is there. What waited on its owners is counted again.
///
/// # Errors
/// Forbidden, not found, the fields that are wrong, or the database fails.
pub async fn save_resource(
    services: &Services,
    actor: &Actor,
    id: Option<ResourceId>,
    draft: &ResourceDraft,
    origin: &Origin,
) -> Result<ResourceId> {
    admin(actor)?;
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let before = match id {
        Some(id) => Some(directory::by_id(&mut session, id).await?.ok_or(Error::NotFound)?),
        None => None,
    };
    let mut errors = Vec::new();
    let name = keep(&mut errors, validate::name("name", &draft.name));
    let mut resource = before.clone().unwrap_or_else(|| Resource::new(&name, ""));
    resource.category = keep(&mut errors, validate::line("category", &draft.category));
    resource.description =
        keep(&mut errors, validate::text("description", &draft.description, false)).unwrap_or_default();
    resource.link = keep(&mut errors, validate::link("link", &draft.link));
    resource.colour = keep(&mut errors, validate::colour("colour", &draft.colour));
    if let Some(other) = directory::by_name(&mut session, &name).await?
        && other.id != resource.id
    {
        errors.push(FieldError::new("name", FieldCode::Taken));
    }
    let given = named_groups(&mut session, &mut errors, &draft.groups).await?;
    let owners = named_people(&mut session, &mut errors, &draft.owners).await?;
    if given.is_empty() && !errors.iter().any(|error| error.field == "groups") {
        // Whoever is in one of its groups has it: without any, nobody could.
        errors.push(FieldError::new("groups", FieldCode::Required));
    }
    for flow in store::flows::of_resource(&mut session, resource.id).await? {
        if !given.contains(&flow.definition.group) && !errors.iter().any(|error| error.field == "groups") {
            errors.push(FieldError::new("groups", FieldCode::JoinedBy(flow.name)));
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    resource.name = name;
    if before.is_some() {
        unchanged(draft.seen, directory::revision(&mut session, resource.id).await?)?;
    }
    let was = match &before {
        Some(before) => Some(facts(&mut session, before).await?),
        None => None,
    };
    match before {
        Some(_) => directory::update(&mut session, &resource).await?,
        None => match directory::insert(&mut session, &resource).await {
            Err(store::Error::Conflict(_)) => return Err(taken("name")),
            done => done?,
        },
    }
    directory::set_groups(&mut session, resource.id, &given).await?;
    directory::set_owners(&mut session, resource.id, &owners).await?;
    recount_open(&mut session, Some(actor), origin).await?;
    let detail = json!({ "before": was, "after": facts(&mut session, &resource).await? });
    record(&mut session, actor, "resource_changed", &resource.name, detail, origin).await?;
    session.commit().await?;
    services.ring();
    Ok(resource.id)
}

/// What the audit keeps of a resource.
async fn facts(session: &mut Session, resource: &Resource) -> Result<serde_json::Value> {
    Ok(json!({
        "name": resource.name, "category": resource.category, "description": resource.description,
        "link": resource.link, "colour": resource.colour, "logo": resource.logo,
        "groups": directory::groups(session, resource.id).await?,
        "owners": directory::all_owners(session, resource.id).await?,
    }))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', ';', '\r']).map(str::trim).filter(|line| !line.is_empty())
}

async fn named_groups(session: &mut Session, errors: &mut Vec<FieldError>, text: &str) -> Result<Vec<GroupId>> {
    let mut out = Vec::new();
    for name in lines(text) {
        match groups::by_name(session, name).await? {
            Some(group) => out.push(group.id),
            None => errors.push(FieldError::new("groups", FieldCode::UnknownName(name.to_owned()))),
        }
    }
    Ok(out)
}

async fn named_people(session: &mut Session, errors: &mut Vec<FieldError>, text: &str) -> Result<Vec<PersonId>> {
    let mut out = Vec::new();
    for email in lines(text) {
        match people::by_email(session, email).await? {
            Some(person) => out.push(person.id),
            None => errors.push(FieldError::new("owners", FieldCode::UnknownName(email.to_owned()))),
        }
    }
    Ok(out)
}

/// Removes a resource: its open requests are Canceled, its flows are out of sight, access that was given stays.
///
/// # Errors
/// Forbidden, not found, the name does not fit, or the database fails.
pub async fn remove_resource(
    services: &Services,
    actor: &Actor,
    id: ResourceId,
    typed: &str,
    origin: &Origin,
) -> Result<(String, usize)> {
    admin(actor)?;
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let resource = directory::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    if !domain::typed::is_name(typed, &resource.name) {
        return Err(Error::Invalid(vec![FieldError::new("typed", FieldCode::NotTheName)]));
    }
    let was = facts(&mut session, &resource).await?;
    let flows = store::flows::of_resource(&mut session, id).await?;
    // First out of sight, so that nobody asks for it while its requests are canceled.
    directory::remove(&mut session, id).await?;
    let open = directory::open_numbers(&mut session, id).await?;
    for number in &open {
        cancel(&mut session, *number, CancelCause::ResourceRemoved, Some(actor), origin).await?;
    }
    for flow in &flows {
        record(&mut session, actor, "flow_deleted", &flow.name, json!({ "with": resource.name }), origin).await?;
    }
    let detail = json!({ "removed": true, "before": was, "canceled": open.len() });
    record(&mut session, actor, "resource_changed", &resource.name, detail, origin).await?;
    session.commit().await?;
    services.ring();
    Ok((resource.name, open.len()))
}
