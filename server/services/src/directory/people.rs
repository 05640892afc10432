//! People: list, create, edit, deactivate.

use super::{Page, SHOWN, admin, keep, person_changed, record, taken, unchanged};
use crate::requests::{person_left, recount_open};
use crate::{Error, Origin, Result, Right, Services};
use domain::ids::{MessageId, PersonId, RequestNumber};
use domain::people::Actor;
use domain::text::fold;
use domain::validate::{self, FieldCode, FieldError};
use serde_json::{Value, json};
use store::Session;
use store::directory::people::{self as directory, Person};
use store::directory::{groups, resources};

/// Managers above a person that are followed to find a circle.
const CHAIN_MAX: usize = 1000;

/// A person, typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonDraft {
    /// Email: the key.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Department.
    pub department: String,
    /// Title.
    pub title: String,
    /// Email of the manager.
    pub manager: String,
    /// IANA name of the time zone.
    pub timezone: String,
    /// Whether the person may log in.
    pub active: bool,
    /// Whether the person is an admin.
    pub admin: bool,
    /// Mail a one-time link to a new person.
    pub invite: bool,
    /// Revision of what the editor showed; nothing is compared when absent.
    pub seen: Option<i64>,
}

/// A person with what hangs on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// The person.
    pub id: PersonId,
    /// As it would be typed.
    pub draft: PersonDraft,
    /// Names and addresses that the person had before, the last first.
    pub former: Vec<String>,
    /// Groups the person is in, by name.
    pub groups: Vec<String>,
    /// Resources the person owns, by name.
    pub owns: Vec<String>,
    /// Open requests of the person.
    pub open: Vec<RequestNumber>,
}

/// What deactivating a person would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Requests of theirs that are Canceled.
    pub canceled: Vec<RequestNumber>,
    /// Live grants that end.
    pub grants: u64,
    /// Requests that nobody could pass any more: they become Missing Data.
    pub blocked: Vec<RequestNumber>,
}

/// People whose name or email holds the text, by name; only active ones unless `all`.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn people(services: &Services, actor: &Actor, text: &str, all: bool, after: &str) -> Result<Page<Person>> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    let after = after.split_once('~').and_then(|(id, name)| Some((name, id.parse::<PersonId>().ok()?)));
    let active = if all { None } else { Some(true) };
    let found = directory::search(&mut session, text, active, after, SHOWN + 1).await?;
    Ok(Page::of(found, SHOWN, |person| format!("{}~{}", person.id, fold(&person.name))))
}

/// A person.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn person(services: &Services, actor: &Actor, id: PersonId) -> Result<PersonView> {
    admin(actor)?;
    let mut session = services.store.read().await?;
    let person = directory::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    let manager = match person.manager {
        Some(manager) => directory::by_id(&mut session, manager).await?.map(|manager| manager.email),
        None => None,
    };
    let groups = groups::named_of_person(&mut session, id).await?.into_iter().map(|(_, name)| name).collect();
    let owns = resources::owned_by(&mut session, id).await?;
    let open = store::requests::open_of(&mut session, id).await?;
    let former = directory::former(&mut session, id).await?.into_iter();
    let now = (person.name.clone(), person.email.clone());
    let former = former
        .filter(|former| (&former.name, &former.email) != (&now.0, &now.1))
        .map(|former| format!("{} ({})", former.name, former.email))
        .collect();
    let draft = PersonDraft {
        email: person.email,
        name: person.name,
        department: person.department,
        title: person.title,
        manager: manager.unwrap_or_default(),
        timezone: person.timezone.unwrap_or_default(),
        active: person.active,
        admin: person.admin,
        invite: false,
        seen: directory::revision(&mut session, id).await?,
    };
    Ok(PersonView { id, draft, former, groups, owns, open })
}

/// What deactivating a person would do: done, and taken back.
///
/// # Errors
/// Forbidden, not found, or the database fails.
pub async fn leaving(services: &Services, actor: &Actor, id: PersonId) -> Result<Leaving> {
    let origin = &Origin::default();
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let person = directory::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    if !person.active {
        return Ok(Leaving::default());
    }
    directory::update(&mut session, &Person { active: false, ..person }).await?;
    leave(&mut session, &actor, id, origin).await
    // Not committed.
}

async fn leave(session: &mut Session, actor: &Actor, id: PersonId, origin: &Origin) -> Result<Leaving> {
    let canceled = store::requests::open_of(session, id).await?;
    let grants = store::grants::live_of(session, id).await?;
    person_left(session, id, Some(actor), origin).await?;
    let blocked = recount_open(session, Some(actor), origin).await?.missing;
    Ok(Leaving { canceled, grants, blocked })
}

/// Saves a person: a new one, or one who is there. Deactivation ends their sessions and grants, cancels what they asked for,
/// and counts what waited on them again.
///
/// # Errors
/// Forbidden, not found, the fields that are wrong, or the database fails.
pub async fn save_person(
    services: &Services,
    actor: &Actor,
    id: Option<PersonId>,
    draft: &PersonDraft,
    origin: &Origin,
) -> Result<(PersonId, Leaving)> {
    admin(actor)?;
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let before = match id {
        Some(id) => Some(directory::by_id(&mut session, id).await?.ok_or(Error::NotFound)?),
        None => None,
    };
    let after = check(&mut session, before.as_ref(), draft).await?;
    if let Some(id) = id {
        unchanged(draft.seen, directory::revision(&mut session, id).await?)?;
    }
    match &before {
        Some(_) => directory::update(&mut session, &after).await?,
        None => match directory::insert(&mut session, &after).await {
            Err(store::Error::Conflict(_)) => return Err(taken("email")),
            done => done?,
        },
    }
    person_changed(&mut session, before.as_ref(), &after, Some(actor)).await?;
    let mut left = Leaving::default();
    if before.as_ref().is_some_and(|before| before.active) && !after.active {
        left = leave(&mut session, actor, after.id, origin).await?;
    } else {
        recount_open(&mut session, Some(actor), origin).await?;
    }
    if before.is_none() && draft.invite && after.active {
        invite(&mut session, after.id).await?;
    }
    let detail = json!({ "before": before.as_ref().map(facts), "after": facts(&after) });
    record(&mut session, actor, "person_changed", &after.email, detail, origin).await?;
    session.commit().await?;
    services.ring();
    Ok((after.id, left))
}

/// Deactivates a person, whatever else of them somebody changes meanwhile: their sessions and grants end, what they asked for is
/// canceled, and what waited on them is counted again.
///
/// # Errors
/// Forbidden, not found, the field when they are the last admin, or the database fails.
pub async fn deactivate_person(
    services: &Services,
    actor: &Actor,
    id: PersonId,
    origin: &Origin,
) -> Result<(String, Leaving)> {
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let before = directory::by_id(&mut session, id).await?.ok_or(Error::NotFound)?;
    if !before.active {
        return Ok((before.name, Leaving::default()));
    }
    if before.admin && directory::hold_admins(&mut session).await?.iter().all(|admin| *admin == id) {
        return Err(Error::Invalid(vec![FieldError::new("active", FieldCode::LastAdmin)]));
    }
    let after = Person { active: false, ..before.clone() };
    directory::update(&mut session, &after).await?;
    let left = leave(&mut session, &actor, id, origin).await?;
    let detail = json!({ "before": facts(&before), "after": facts(&after) });
    record(&mut session, &actor, "person_changed", &after.email, detail, origin).await?;
    session.commit().await?;
    services.ring();
    Ok((after.name, left))
}

async fn check(session: &mut Session, before: Option<&Person>, draft: &PersonDraft) -> Result<Person> {
    let mut errors = Vec::new();
    let email = keep(&mut errors, validate::email("email", &draft.email));
    let name = keep(&mut errors, validate::name("name", &draft.name));
    let department = keep(&mut errors, validate::line("department", &draft.department));
    let title = keep(&mut errors, validate::line("title", &draft.title));
    let timezone = keep(&mut errors, validate::line("timezone", &draft.timezone));
    if !timezone.is_empty() && jiff::tz::TimeZone::get(&timezone).is_err() {
        errors.push(FieldError::new("timezone", FieldCode::Zone));
    }
    let mut person = before.cloned().unwrap_or_else(|| Person::new(&email, &name));
    if let Some(other) = directory::by_email(session, &email).await?
        && other.id != person.id
    {
        errors.push(FieldError::new("email", FieldCode::Taken));
    }
    person.manager = manager(session, &mut errors, &person, &draft.manager).await?;
    let stays = draft.admin && draft.active;
    if before.is_some_and(|before| before.admin && before.active) && !stays {
        let admins = directory::hold_admins(session).await?;
        if admins.iter().all(|admin| *admin == person.id) {
            errors.push(FieldError::new(if draft.active { "admin" } else { "active" }, FieldCode::LastAdmin));
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    (person.email, person.name, person.department, person.title) = (email, name, department, title);
    person.timezone = Some(timezone).filter(|zone| !zone.is_empty());
    (person.active, person.admin) = (draft.active, draft.admin);
    Ok(person)
}

/// The person whom a typed email names as manager of a person, if that makes no circle.
pub(crate) async fn manager(
    session: &mut Session,
    errors: &mut Vec<FieldError>,
    person: &Person,
    typed: &str,
) -> Result<Option<PersonId>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let Some(manager) = directory::by_email(session, typed).await? else {
        errors.push(FieldError::new("manager", FieldCode::Unknown));
        return Ok(None);
    };
    let mut above = Some(manager.id);
    for _ in 0..CHAIN_MAX {
        let Some(id) = above else { break };
        if id == person.id {
            errors.push(FieldError::new("manager", FieldCode::Cycle));
            return Ok(None);
        }
        above = directory::by_id(session, id).await?.and_then(|person| person.manager);
    }
    Ok(Some(manager.id))
}

async fn invite(session: &mut Session, person: PersonId) -> Result<()> {
    let message = store::outbox::Message {
        id: MessageId(store::new_id()),
        kind: "invitation".to_owned(),
        request: None,
        recipient: person,
        payload: json!({}),
        not_before: None,
    };
    Ok(store::outbox::insert_many(session, &[message]).await?)
}

fn facts(person: &Person) -> Value {
    json!({
        "email": person.email, "name": person.name, "department": person.department, "title": person.title,
        "manager": person.manager, "timezone": person.timezone, "active": person.active, "admin": person.admin,
    })
}
