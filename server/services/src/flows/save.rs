//! Opening, saving, copying and switching flows. Two admins who edit at once are told of each other.

use super::admin;
use super::draft::{Checked, as_typed, check, same_name};
use crate::{Error, Origin, Result, Right, Services};
use domain::flow::Draft;
use domain::ids::{FlowId, FlowVersionId, ResourceId};
use domain::people::Actor;
use domain::validate::{FieldCode, FieldError};
use domain::view::FlowOpened;
use serde_json::{Value, json};
use store::Session;
use store::audit::{self, Event};
use store::flows::Flow;

/// What a save did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It stands.
    Done {
        /// The flow.
        id: FlowId,
        /// Number of the version that stands now.
        version: i32,
        /// Open requests that stay under an older version.
        older: i64,
    },
    /// Somebody saved it meanwhile: how it stands now. Nothing was written.
    Conflict(Box<FlowOpened>),
}

/// A flow for the editor.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn open(services: &Services, actor: &Actor, id: FlowId) -> Result<FlowOpened> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    let flow = store::flows::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    opened(&mut session, &flow).await
}

async fn opened(session: &mut Session, flow: &Flow) -> Result<FlowOpened> {
    Ok(FlowOpened {
        id: flow.id,
        draft: as_typed(session, flow).await?,
        revision: flow.revision,
        version: flow.version,
        open: store::flows::open_requests(session, flow.id).await?,
    })
}

/// Saves a draft: a new flow, or one at the revision that the editor began with.
///
/// # Errors
/// Forbidden, not found, the fields that are wrong, or the database fails.
pub async fn save(
    services: &Services,
    actor: &Actor,
    target: Option<(FlowId, i64)>,
    draft: &Draft,
    origin: &Origin,
) -> Result<Saved> {
    admin(actor)?;
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let before = match target {
        None => None,
        Some((id, revision)) => {
            let flow = store::flows::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
            if flow.revision != revision {
                return Ok(Saved::Conflict(Box::new(opened(&mut session, &flow).await?)));
            }
            Some(flow)
        }
    };
    let checked = checked(&mut session, draft, before.as_ref().map(|flow| flow.id)).await?;
    let saved = match &before {
        None => create(&mut session, actor, draft.enabled, checked, origin).await,
        Some(before) => update(&mut session, actor, before, draft, checked, origin).await,
    };
    match saved {
        Ok(saved) => {
            session.commit().await?;
            Ok(saved)
        }
        // Somebody was faster by a moment.
        Err(store::Error::Stale) => {
            drop(session);
            let mut session = services.store.read().await?;
            let id = target.map(|(id, _)| id).ok_or(Error::NotFound)?;
            let flow = store::flows::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
            Ok(Saved::Conflict(Box::new(opened(&mut session, &flow).await?)))
        }
        Err(store::Error::Conflict(_)) => Err(Error::Invalid(vec![FieldError::new("name", FieldCode::Taken)])),
        Err(error) => Err(error.into()),
    }
}

async fn checked(session: &mut Session, draft: &Draft, own: Option<FlowId>) -> Result<Checked> {
    let mut found = check(session, draft).await?;
    let taken = match store::flows::by_name(session, draft.name.trim()).await? {
        Some(other) => Some(other.id) != own && same_name(&other.name, draft.name.trim()),
        None => false,
    };
    if taken {
        let error = FieldError::new("name", FieldCode::Taken);
        match &mut found {
            Ok(_) => found = Err(vec![error]),
            Err(errors) => errors.push(error),
        }
    }
    found.map_err(Error::Invalid)
}

async fn create(
    session: &mut Session,
    actor: &Actor,
    enabled: bool,
    checked: Checked,
    origin: &Origin,
) -> store::Result<Saved> {
    let flow = flow_of(FlowId(uuid::Uuid::nil()), enabled, checked);
    let id = store::flows::create(session, &flow).await?;
    record(session, actor, "flow_created", &flow.name, json!({ "after": facts(&flow) }), origin).await?;
    Ok(Saved::Done { id, version: 1, older: 0 })
}

async fn update(
    session: &mut Session,
    actor: &Actor,
    before: &Flow,
    draft: &Draft,
    checked: Checked,
    origin: &Origin,
) -> store::Result<Saved> {
    let after = flow_of(before.id, draft.enabled, checked);
    let now = store::flows::update(session, before, &after).await?;
    let detail = json!({ "before": facts(before), "after": facts(&now) });
    record(session, actor, "flow_updated", &now.name, detail, origin).await?;
    let open = store::flows::open_requests(session, now.id).await?;
    let older = open.iter().filter(|(version, _)| *version < now.version).map(|(_, count)| count).sum();
    Ok(Saved::Done { id: now.id, version: now.version, older })
}

fn flow_of(id: FlowId, enabled: bool, checked: Checked) -> Flow {
    let look = checked.resource.look();
    Flow {
        id,
        name: checked.name,
        description: checked.description,
        enabled,
        resource: ResourceId(checked.resource.id.0),
        resource_name: checked.resource.name,
        category: checked.category,
        colour: checked.colour,
        resource_category: checked.resource.category,
        resource_look: look,
        logo: None,
        revision: 1,
        version_id: FlowVersionId(uuid::Uuid::nil()),
        version: 1,
        definition: checked.definition,
    }
}

/// What the audit keeps of a flow.
pub(super) fn facts(flow: &Flow) -> Value {
    json!({
        "name": flow.name, "description": flow.description, "enabled": flow.enabled, "resource": flow.resource_name,
        "category": flow.category, "colour": flow.colour, "version": flow.version, "definition": flow.definition,
    })
}

/// Writes an event of a flow.
pub(super) async fn record(
    session: &mut Session,
    actor: &Actor,
    kind: &str,
    name: &str,
    detail: Value,
    origin: &Origin,
) -> store::Result<()> {
    let event = Event {
        kind,
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        subject: name,
        detail,
        ..Event::default()
    };
    audit::record(session, &event).await
}

/// Makes a copy, switched off, under a name of its own.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn copy(services: &Services, actor: &Actor, id: FlowId, origin: &Origin) -> Result<FlowId> {
    admin(actor)?;
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let flow = store::flows::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    let mut count = 1;
    let name = loop {
        let suffix = if count == 1 { " (copy)".to_owned() } else { format!(" (copy {count})") };
        let name = shortened(&flow.name, &suffix) + &suffix;
        if store::flows::by_name(&mut session, &name).await?.is_none() {
            break name;
        }
        count += 1;
    };
    let copy = Flow { name, enabled: false, ..flow.clone() };
    let made = store::flows::create(&mut session, &copy).await?;
    let detail = json!({ "copy_of": flow.name, "after": facts(&copy) });
    record(&mut session, actor, "flow_created", &copy.name, detail, origin).await?;
    session.commit().await?;
    Ok(made)
}

/// As much of a name as leaves room for what is added.
fn shortened(name: &str, suffix: &str) -> String {
    use domain::validate::{NAME_BYTES, NAME_MAX};
    let (mut letters, bytes) = (NAME_MAX - suffix.len(), NAME_BYTES - suffix.len());
    loop {
        let kept = domain::letters::first(name, letters, bytes);
        // Folded it may be longer.
        if domain::validate::name("name", &format!("{kept}{suffix}")).is_ok() || letters == 0 {
            return kept.to_owned();
        }
        letters -= 1;
    }
}

/// Switches a flow on or off; its open requests go on. Switching it to what it is changes nothing.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn set_enabled(
    services: &Services,
    actor: &Actor,
    id: FlowId,
    enabled: bool,
    origin: &Origin,
) -> Result<String> {
    admin(actor)?;
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let flow = store::flows::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    if flow.enabled != enabled {
        store::flows::update(&mut session, &flow, &Flow { enabled, ..flow.clone() }).await?;
        let kind = if enabled { "flow_enabled" } else { "flow_disabled" };
        record(&mut session, actor, kind, &flow.name, json!({}), origin).await?;
        session.commit().await?;
    }
    Ok(flow.name)
}
