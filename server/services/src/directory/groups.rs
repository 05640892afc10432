//! Groups: list, create, edit, members by hand, delete.

use super::{Page, SHOWN, admin, keep, record, taken, unchanged};
use crate::requests::recount_open;
use crate::{Error, Origin, Result, Right, Services};
use domain::flow::Approvers;
use domain::ids::{ConnectorId, GroupId, PersonId};
use domain::people::Actor;
use domain::validate::{self, FieldCode, FieldError};
use serde_json::json;
use store::Session;
use store::connectors;
use store::directory::groups::{self as directory, Counted, Group, Member};
use store::directory::people;

/// Members shown at once.
const MEMBERS: i64 = 500;

/// A group, typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupDraft {
    /// Display name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Inactive groups give nothing.
    pub active: bool,
    /// Id of the connector that gives it; membership is built in when empty.
    pub connector: String,
    /// How the target names it; its own name when empty.
    pub external_id: String,
    /// Revision of what the editor showed; nothing is compared when absent.
    pub seen: Option<i64>,
}

/// Where a group is used. What is used cannot be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resources that it gives.
    pub gives: Vec<String>,
    /// Flows whose requests join it.
    pub joins: Vec<String>,
    /// Flows in which it approves.
    pub approves: Vec<String>,
    /// Flows that only its members (and others) see.
    pub sees: Vec<String>,
    /// Flows under an older version of which, in which it approves, requests are still open.
    pub waits: Vec<String>,
    /// Live grants that give it.
    pub grants: i64,
}

impl Usage {
    /// Whether it is used anywhere.
    #[must_use]
    pub const fn is_used(&self) -> bool {
        !(self.gives.is_empty()
            && self.joins.is_empty()
            && self.approves.is_empty()
            && self.sees.is_empty()
            && self.waits.is_empty()
            && self.grants == 0)
    }
}

/// A group with who is in it and where it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// The group.
    pub id: GroupId,
    /// As it would be typed.
    pub draft: GroupDraft,
    /// Who is in it, the first five hundred.
    pub members: Vec<Member>,
    /// How many are in it.
    pub count: i64,
    /// Where it is used.
    pub usage: Usage,
    /// The connectors that could give it: id and name.
    pub connectors: Vec<(ConnectorId, String)>,
}

/// Groups whose name holds the text, by name.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn groups(services: &Services, actor: &Actor, text: &str, after: &str) -> Result<Page<Counted>> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    let found = directory::search(&mut session, text, after, SHOWN + 1).await?;
    Ok(Page::of(found, SHOWN, |counted| counted.group.name.clone()))
}

/// A group; of its members those whose name or email holds the text.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn group(services: &Services, actor: &Actor, id: GroupId, text: &str) -> Result<GroupView> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    let group = directory::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    Ok(GroupView {
        id,
        draft: draft_of(&mut session, group).await?,
        members: directory::members_with_cause(&mut session, id, text, MEMBERS).await?,
        connectors: connectors::all(&mut session).await?.into_iter().map(|one| (one.id, one.name)).collect(),
        count: directory::member_count(&mut session, id).await?,
        usage: usage(&mut session, id).await?,
    })
}

async fn draft_of(session: &mut Session, group: Group) -> Result<GroupDraft> {
    let bound = connectors::giving(session, group.id).await?.and_then(|giving| giving.bound);
    Ok(GroupDraft {
        seen: directory::revision(session, group.id).await?,
        name: group.name,
        description: group.description,
        active: group.active,
        connector: bound.as_ref().map(|bound| bound.connector.to_string()).unwrap_or_default(),
        external_id: bound.map(|bound| bound.external_id).unwrap_or_default(),
    })
}

async fn usage(session: &mut Session, id: GroupId) -> Result<Usage> {
    let mut usage = Usage {
        gives: directory::gives(session, id).await?,
        waits: store::flows::open_under(session, id).await?,
        grants: directory::live_grants(session, id).await?,
        ..Usage::default()
    };
    for flow in store::flows::all(session).await? {
        let definition = &flow.definition;
        if definition.group == id {
            usage.joins.push(flow.name.clone());
        }
        if definition.visible_to.contains(&id) {
            usage.sees.push(flow.name.clone());
        }
        if definition.steps.iter().any(|step| matches!(&step.approvers, Approvers::Group { id: of, .. } if *of == id)) {
            usage.approves.push(flow.name);
        }
    }
    let known = usage.approves.clone();
    usage.waits.retain(|name| !known.contains(name));
    Ok(usage)
}

/// Saves a group: a new one, or one that is there. What waited on it is counted again.
///
/// # Errors
/// Forbidden, not found, the fields that are wrong, or the database fails.
pub async fn save_group(
    services: &Services,
    actor: &Actor,
    id: Option<GroupId>,
    draft: &GroupDraft,
    origin: &Origin,
) -> Result<GroupId> {
    admin(actor)?;
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let before = match id {
        Some(id) => Some(directory::by_id(&mut session, id).await?.ok_or(Error::NotFound)?),
        None => None,
    };
    let mut errors = Vec::new();
    let name = keep(&mut errors, validate::name("name", &draft.name));
    let description = keep(&mut errors, validate::text("description", &draft.description, false)).unwrap_or_default();
    let mut group = before.clone().unwrap_or_else(|| Group::new(&name, &description));
    if let Some(other) = directory::by_name(&mut session, &name).await?
        && other.id != group.id
    {
        errors.push(FieldError::new("name", FieldCode::Taken));
    }
    let external_id = keep(&mut errors, validate::line("external_id", &draft.external_id));
    let connector = match draft.connector.trim() {
        "" => None,
        text => match text.parse().ok() {
            Some(id) if connectors::by_id(&mut session, id).await?.is_some() => Some(id),
            _ => {
                errors.push(FieldError::new("connector", FieldCode::Unknown));
                None
            }
        },
    };
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    if before.is_some() {
        unchanged(draft.seen, directory::revision(&mut session, group.id).await?)?;
    }
    let bound_before = connectors::giving(&mut session, group.id).await?.and_then(|giving| giving.bound);
    (group.name, group.description, group.active) = (name, description, draft.active);
    match before {
        Some(_) => directory::update(&mut session, &group).await?,
        None => match directory::insert(&mut session, &group).await {
            Err(store::Error::Conflict(_)) => return Err(taken("name")),
            done => done?,
        },
    }
    connectors::bind_group(&mut session, group.id, connector, if connector.is_some() { &external_id } else { "" })
        .await?;
    recount_open(&mut session, Some(actor), origin).await?;
    let facts = |group: &Group| json!({ "name": group.name, "description": group.description, "active": group.active });
    let detail = json!({
        "before": before.as_ref().map(facts), "after": facts(&group),
        "connector_before": bound_before.map(|bound| bound.name), "connector": connector, "external_id": external_id,
    });
    record(&mut session, actor, "group_changed", &group.name, detail, origin).await?;
    session.commit().await?;
    services.ring();
    Ok(group.id)
}

/// Puts somebody into a group by hand.
///
/// # Errors
/// Forbidden, not found, nobody has the email, or the database fails.
pub async fn add_member(
    services: &Services,
    actor: &Actor,
    id: GroupId,
    email: &str,
    origin: &Origin,
) -> Result<String> {
    let invalid = |code| Error::Invalid(vec![FieldError::new("member", code)]);
    if email.trim().is_empty() {
        return Err(invalid(FieldCode::Required));
    }
    let (mut session, actor, group) = open(services, actor, id, origin).await?;
    let actor = &actor;
    let found = people::by_email(&mut session, email).await?;
    let person = found.filter(|person| person.active).ok_or_else(|| invalid(FieldCode::Unknown))?;
    directory::add_by_hand(&mut session, id, person.id).await?;
    changed(session, services, actor, &group, json!({ "added": person.email }), origin).await?;
    Ok(person.name)
}

/// Takes somebody out of a group; what a grant gives stays until it is revoked.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn remove_member(
    services: &Services,
    actor: &Actor,
    id: GroupId,
    person: PersonId,
    origin: &Origin,
) -> Result<String> {
    let (mut session, actor, group) = open(services, actor, id, origin).await?;
    let actor = &actor;
    let person = people::by_id(&mut session, person).await?.ok_or(Error::NotFound)?;
    directory::remove_kept(&mut session, id, person.id).await?;
    changed(session, services, actor, &group, json!({ "removed": person.email }), origin).await?;
    Ok(person.name)
}

async fn open(services: &Services, actor: &Actor, id: GroupId, origin: &Origin) -> Result<(Session, Actor, Group)> {
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let group = directory::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    Ok((session, actor, group))
}

async fn changed(
    mut session: Session,
    services: &Services,
    actor: &Actor,
    group: &Group,
    detail: serde_json::Value,
    origin: &Origin,
) -> Result<()> {
    recount_open(&mut session, Some(actor), origin).await?;
    record(&mut session, actor, "group_changed", &group.name, detail, origin).await?;
    session.commit().await?;
    services.ring();
    Ok(())
}

/// Deletes a group that is used nowhere.
///
/// # Errors
/// Forbidden, not found, [`FieldCode::NotAllowed`] while it is used, or the database fails.
pub async fn delete_group(services: &Services, actor: &Actor, id: GroupId, origin: &Origin) -> Result<String> {
    let (mut session, actor, group) = open(services, actor, id, origin).await?;
    let actor = &actor;
    if usage(&mut session, id).await?.is_used() {
        return Err(Error::Invalid(vec![FieldError::new("group", FieldCode::InUse)]));
    }
    let members = directory::member_count(&mut session, id).await?;
    directory::delete(&mut session, id).await?;
    recount_open(&mut session, Some(actor), origin).await?;
    let detail = json!({ "deleted": true, "before": { "description": group.description, "active": group.active, "members": members } });
    record(&mut session, actor, "group_changed", &group.name, detail, origin).await?;
    session.commit().await?;
    Ok(group.name)
}
