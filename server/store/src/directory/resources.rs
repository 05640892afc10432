//! Resources, their groups and their owners.

use super::people::RawRef;
use crate::error::Result;
use crate::outbox::push_ids;
use crate::{Session, new_id};
use domain::ids::{GroupId, PersonId, RequestNumber, ResourceId};
use domain::people::PersonRef;
use domain::search::{Search, keys};
use domain::text::{fold, name_key};
use domain::view::Look;
use sqlx::{FromRow, QueryBuilder};
use std::collections::HashMap;
use uuid::Uuid;

/// Rows locked by one statement; a bound of parameters.
const CHUNK: usize = 400;

/// A resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The resource.
    pub id: ResourceId,
    /// Display name; no other has the same ([`name_key`]).
    pub name: String,
    /// Category.
    pub category: String,
    /// What it is.
    pub description: String,
    /// Where it is used.
    pub link: Option<String>,
    /// `#rrggbb`.
    pub colour: Option<String>,
    /// Id of its logo.
    pub logo: Option<String>,
}

impl Resource {
    /// A new resource with a fresh id.
    #[must_use]
    pub fn new(name: &str, category: &str) -> Self {
        Self {
            id: ResourceId(new_id()),
            name: name.to_owned(),
            category: category.to_owned(),
            description: String::new(),
            link: None,
            colour: None,
            logo: None,
        }
    }

    /// How it looks.
    #[must_use]
    pub fn look(&self) -> Look {
        Look::new(self.logo.clone(), self.colour.clone())
    }
}

#[derive(FromRow)]
struct Raw {
    id: Uuid,
    name: String,
    category: String,
    description: String,
    link: Option<String>,
    colour: Option<String>,
    logo: Option<String>,
}

impl From<Raw> for Resource {
    fn from(raw: Raw) -> Self {
        Self {
            id: ResourceId(raw.id),
            name: raw.name,
            category: raw.category,
            description: raw.description,
            link: raw.link,
            colour: raw.colour,
            logo: raw.logo,
        }
    }
}

/// The active resource of a name, in whatever case ([`name_key`]).
///
/// # Errors
/// When the database fails.
pub async fn by_name(session: &mut Session, name: &str) -> Result<Option<Resource>> {
    const SQL: &str =
        "SELECT id, name, category, description, link, colour, logo FROM resources WHERE active AND name_key = $1";
    let raw: Option<Raw> = on!(session, c => sqlx::query_as(SQL).bind(name_key(name)).fetch_optional(&mut *c).await?);
    Ok(raw.map(Resource::from))
}

/// Names of active resources, the first so many.
///
/// # Errors
/// When the database fails.
pub async fn names(session: &mut Session, limit: i64) -> Result<Vec<String>> {
    const SQL: &str = "SELECT name FROM resources WHERE active ORDER BY name_fold LIMIT $1";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(limit).fetch_all(&mut *c).await?))
}

/// All active resources, by the key of their name ([`name_key`]).
///
/// # Errors
/// When the database fails.
pub async fn all(session: &mut Session) -> Result<HashMap<String, Resource>> {
    const SQL: &str = "SELECT id, name, category, description, link, colour, logo FROM resources WHERE active";
    let raws: Vec<Raw> = on!(session, c => sqlx::query_as(SQL).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().map(Resource::from).map(|resource| (name_key(&resource.name), resource)).collect())
}

/// Writes a resource: inserted when new, otherwise (by id) every field.
///
/// # Errors
/// When the database fails.
pub async fn put(session: &mut Session, resource: &Resource) -> Result<()> {
    const SQL: &str = "INSERT INTO resources
        (id, name, name_fold, category, description, link, colour, created_at, updated_at, category_fold,
            name_key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
            name_fold = excluded.name_fold, category = excluded.category,
            category_fold = excluded.category_fold,
            description = excluded.description, link = excluded.link, colour = excluded.colour, updated_at = excluded.updated_at,
            revision = resources.revision + 1";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(resource.id.0)
        .bind(resource.name.as_str())
        .bind(fold(&resource.name))
        .bind(resource.category.as_str())
        .bind(resource.description.as_str())
        .bind(resource.link.as_deref())
        .bind(resource.colour.as_deref())
        .bind(now)
        .bind(fold(&resource.category))
        .bind(name_key(&resource.name))
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}

/// Writes a new resource.
///
/// # Errors
/// [`crate::Error::Conflict`] when another resource has the name.
pub async fn insert(session: &mut Session, resource: &Resource) -> Result<()> {
    const SQL: &str = "INSERT INTO resources
        (id, name, name_fold, category, category_fold, description, link, colour, created_at, updated_at, name_key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(resource.id.0)
        .bind(resource.name.as_str())
        .bind(fold(&resource.name))
        .bind(resource.category.as_str())
        .bind(fold(&resource.category))
        .bind(resource.description.as_str())
        .bind(resource.link.as_deref())
        .bind(resource.colour.as_deref())
        .bind(now)
        .bind(name_key(&resource.name))
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}

/// Keeps resources from being changed by anybody else until the session ends, in the order of their ids. Whether there was anything to
/// wait for: what was read of them before may be old then. One writer of SQLite has nobody beside it.
///
/// # Errors
/// When the database fails.
pub async fn hold_many(session: &mut Session, ids: &[ResourceId]) -> Result<bool> {
    let lock = session.lock_rows("t");
    if lock.is_empty() || ids.is_empty() {
        return Ok(false);
    }
    let mut ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    for chunk in ids.chunks(CHUNK) {
        on!(session, c => {
            let mut sql = QueryBuilder::new("SELECT t.id FROM resources t WHERE t.id IN (");
            push_ids(&mut sql, chunk);
            sql.push(" ORDER BY t.id").push(&lock).build().fetch_all(&mut *c).await?.len()
        });
    }
    Ok(true)
}

/// The groups that give a resource.
///
/// # Errors
/// When the database fails.
pub async fn groups(session: &mut Session, id: ResourceId) -> Result<Vec<GroupId>> {
    const SQL: &str = "SELECT group_id FROM resource_groups WHERE resource_id = $1";
    let found: Vec<Uuid> = on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(GroupId).collect())
}

/// The active owners of a resource, by name.
///
/// # Errors
/// When the database fails.
pub async fn owners(session: &mut Session, id: ResourceId) -> Result<Vec<PersonRef>> {
    const SQL: &str =
        "SELECT p.id, p.name, p.email FROM resource_owners o JOIN people p ON p.id = o.person_id AND p.active
        WHERE o.resource_id = $1 ORDER BY p.name_fold, p.id";
    let raws: Vec<RawRef> = on!(session, c => sqlx::query_as(SQL).bind(id.0).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().map(PersonRef::from).collect())
}

#[derive(FromRow)]
struct RawOwner {
    resource_id: Uuid,
    id: Uuid,
    name: String,
    email: String,
}

/// The active owners of many resources, by name; a resource without any is left out.
///
/// # Errors
/// When the database fails.
pub async fn owners_of_many(
    session: &mut Session,
    resources: &[ResourceId],
) -> Result<HashMap<ResourceId, Vec<PersonRef>>> {
    let mut out: HashMap<ResourceId, Vec<PersonRef>> = HashMap::new();
    if resources.is_empty() {
        return Ok(out);
    }
    let ids: Vec<Uuid> = resources.iter().map(|resource| resource.0).collect();
    let raws: Vec<RawOwner> = on!(session, c => {
        let mut sql = QueryBuilder::new(
            "SELECT o.resource_id, p.id, p.name, p.email FROM resource_owners o JOIN people p ON p.id = o.person_id AND p.active
            WHERE o.resource_id IN (",
        );
        push_ids(&mut sql, &ids);
        sql.push(" ORDER BY p.name_fold, p.id").build_query_as().fetch_all(&mut *c).await?
    });
    for RawOwner { resource_id, id, name, email } in raws {
        out.entry(ResourceId(resource_id)).or_default().push(PersonRef { id: PersonId(id), name, email });
    }
    Ok(out)
}

/// All owners of a resource, active or not.
///
/// # Errors
/// When the database fails.
pub async fn all_owners(session: &mut Session, id: ResourceId) -> Result<Vec<PersonId>> {
    const SQL: &str = "SELECT person_id FROM resource_owners WHERE resource_id = $1";
    let found: Vec<Uuid> = on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(PersonId).collect())
}

/// Replaces the groups that give a resource.
///
/// # Errors
/// When the database fails.
pub async fn set_groups(session: &mut Session, id: ResourceId, groups: &[GroupId]) -> Result<()> {
    const CLEAR: &str = "DELETE FROM resource_groups WHERE resource_id = $1";
    const ADD: &str = "INSERT INTO resource_groups (resource_id, group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    on!(session, c => sqlx::query(CLEAR).bind(id.0).execute(&mut *c).await?.rows_affected());
    for group in groups {
        on!(session, c => sqlx::query(ADD).bind(id.0).bind(group.0).execute(&mut *c).await?.rows_affected());
    }
    Ok(())
}

/// Replaces the owners of a resource.
///
/// # Errors
/// When the database fails.
pub async fn set_owners(session: &mut Session, id: ResourceId, owners: &[PersonId]) -> Result<()> {
    const CLEAR: &str = "DELETE FROM resource_owners WHERE resource_id = $1";
    const ADD: &str = "INSERT INTO resource_owners (resource_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    on!(session, c => sqlx::query(CLEAR).bind(id.0).execute(&mut *c).await?.rows_affected());
    for owner in owners {
        on!(session, c => sqlx::query(ADD).bind(id.0).bind(owner.0).execute(&mut *c).await?.rows_affected());
    }
    Ok(())
}

/// A resource by id, unless it was removed.
///
/// # Errors
/// When the database fails.
pub async fn by_id(session: &mut Session, id: ResourceId) -> Result<Option<Resource>> {
    const SQL: &str =
        "SELECT id, name, category, description, link, colour, logo FROM resources WHERE active AND id = $1";
    let raw: Option<Raw> = on!(session, c => sqlx::query_as(SQL).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(raw.map(Resource::from))
}

/// Resources in whose name and category each word of a search is found, by name, after a name.
///
/// # Errors
/// When the database fails.
pub async fn search(session: &mut Session, text: &str, after: &str, limit: i64) -> Result<Vec<Resource>> {
    const SQL: &str = "SELECT id, name, category, description, link, colour, logo FROM resources \
        WHERE active AND (name_fold > $1 OR (name_fold = $1 AND name_key > $2)) ORDER BY name_fold, name_key";
    let search = Search::read(text);
    let limited = if search.needles().is_empty() { format!("{SQL} LIMIT {limit}") } else { SQL.to_owned() };
    let mut raws: Vec<Raw> = on!(session, c => sqlx::query_as(sqlx::AssertSqlSafe(limited))
        .bind(fold(after)).bind(name_key(after)).fetch_all(&mut *c).await?);
    raws.retain(|raw| search.is_in(&[&keys(&[&raw.name, &raw.category], &[])]));
    raws.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(raws.into_iter().map(Resource::from).collect())
}

/// The revision of a resource, which rises with every change: what an editor began with.
///
/// # Errors
/// When the database fails.
pub async fn revision(session: &mut Session, id: ResourceId) -> Result<Option<i64>> {
    const SQL: &str = "SELECT revision FROM resources WHERE id = $1";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_optional(&mut *c).await?))
}

/// Writes every field of a resource that is there.
///
/// # Errors
/// [`crate::Error::Conflict`] when another resource has the name.
pub async fn update(session: &mut Session, resource: &Resource) -> Result<()> {
    const SQL: &str = "UPDATE resources SET name = $1, name_fold = $2, category = $3, description = $4, link = $5,
            colour = $6, updated_at = $7, category_fold = $9, name_key = $10, revision = revision + 1
            WHERE id = $8";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(resource.name.as_str())
        .bind(fold(&resource.name))
        .bind(resource.category.as_str())
        .bind(resource.description.as_str())
        .bind(resource.link.as_deref())
        .bind(resource.colour.as_deref())
        .bind(now)
        .bind(resource.id.0)
        .bind(fold(&resource.category))
        .bind(name_key(&resource.name))
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}

/// Takes a resource and its flows out of sight for ever; their names may be used again. Access that was given stays.
///
/// # Errors
/// When the database fails.
pub async fn remove(session: &mut Session, id: ResourceId) -> Result<()> {
    const SQL: &str = "UPDATE resources SET active = $1, name_key = $2, updated_at = $3,
        revision = revision + 1 WHERE id = $4";
    const FLOWS: &str = "UPDATE flows SET deleted_at = $1, updated_at = $1, enabled = $2, revision = revision + 1
        WHERE resource_id = $3 AND deleted_at IS NULL";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(false).bind(format!("\u{1}{}", id.0)).bind(now).bind(id.0).execute(&mut *c).await?.rows_affected());
    on!(session, c => sqlx::query(FLOWS).bind(now).bind(false).bind(id.0).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// Numbers of the open requests for a resource.
///
/// # Errors
/// When the database fails.
pub async fn open_numbers(session: &mut Session, id: ResourceId) -> Result<Vec<RequestNumber>> {
    const SQL: &str = "SELECT number FROM requests WHERE resource_id = $1 AND status IN (0, 4, 6) ORDER BY number";
    let found: Vec<i64> = on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(RequestNumber).collect())
}

/// The resources that a person owns, by name.
///
/// # Errors
/// When the database fails.
pub async fn owned_by(session: &mut Session, person: PersonId) -> Result<Vec<String>> {
    const SQL: &str = "SELECT q.name FROM resource_owners o JOIN resources q ON q.id = o.resource_id AND q.active
        WHERE o.person_id = $1 ORDER BY q.name_fold";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(person.0).fetch_all(&mut *c).await?))
}
