//! Groups and who is in them. Membership is what the view `active_membership` says, everywhere.

use super::people::RawRef;
use crate::error::Result;
use crate::{Session, new_id};
use domain::ids::{GroupId, PersonId};
use domain::people::PersonRef;
use domain::text::fold;
use sqlx::{FromRow, QueryBuilder};
use std::collections::HashMap;
use uuid::Uuid;

/// Rows written by one statement.
const CHUNK: usize = 1000;

/// A group of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The group.
    pub id: GroupId,
    /// Display name; unique when folded.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Inactive groups give nothing.
    pub active: bool,
}

impl Group {
    /// A new active group with a fresh id.
    #[must_use]
    pub fn new(name: &str, description: &str) -> Self {
        Self { id: GroupId(new_id()), name: name.to_owned(), description: description.to_owned(), active: true }
    }
}

#[derive(FromRow)]
struct Raw {
    id: Uuid,
    name: String,
    description: String,
    active: bool,
}

impl From<Raw> for Group {
    fn from(raw: Raw) -> Self {
        Self { id: GroupId(raw.id), name: raw.name, description: raw.description, active: raw.active }
    }
}

/// Names of active groups, the first so many.
///
/// # Errors
/// When the database fails.
pub async fn names(session: &mut Session, limit: i64) -> Result<Vec<String>> {
    const SQL: &str = "SELECT name FROM groups WHERE active ORDER BY name_fold LIMIT $1";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(limit).fetch_all(&mut *c).await?))
}

/// All groups, by folded name.
///
/// # Errors
/// When the database fails.
pub async fn all(session: &mut Session) -> Result<HashMap<String, Group>> {
    const SQL: &str = "SELECT id, name, description, active FROM groups";
    let raws: Vec<Raw> = on!(session, c => sqlx::query_as(SQL).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().map(Group::from).map(|group| (fold(&group.name), group)).collect())
}

/// A group by id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(session: &mut Session, id: GroupId) -> Result<Option<Group>> {
    const SQL: &str = "SELECT id, name, description, active FROM groups WHERE id = $1";
    let raw: Option<Raw> = on!(session, c => sqlx::query_as(SQL).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(raw.map(Group::from))
}

/// A group by name, regardless of case and accents.
///
/// # Errors
/// When the database fails.
pub async fn by_name(session: &mut Session, name: &str) -> Result<Option<Group>> {
    const SQL: &str = "SELECT id, name, description, active FROM groups WHERE name_fold = $1";
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(SQL).bind(fold(name.trim())).fetch_optional(&mut *c).await?);
    Ok(raw.map(Group::from))
}

/// Whether a group is active; nothing when it is gone.
///
/// # Errors
/// When the database fails.
pub async fn is_active(session: &mut Session, id: GroupId) -> Result<Option<bool>> {
    const SQL: &str = "SELECT active FROM groups WHERE id = $1";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_optional(&mut *c).await?))
}

/// Switches a group on or off; whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn set_active(session: &mut Session, id: GroupId, active: bool) -> Result<bool> {
    const SQL: &str = "UPDATE groups SET active = $1, updated_at = $2 WHERE id = $3";
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(active).bind(now).bind(id.0).execute(&mut *c).await?.rows_affected());
    Ok(rows == 1)
}

/// Who is in a group now, by name.
///
/// # Errors
/// When the database fails.
pub async fn members(session: &mut Session, id: GroupId) -> Result<Vec<PersonRef>> {
    const SQL: &str = "SELECT p.id, p.name, p.email FROM active_membership a JOIN people p ON p.id = a.person_id
        WHERE a.group_id = $1 ORDER BY p.name_fold, p.id";
    let raws: Vec<RawRef> = on!(session, c => sqlx::query_as(SQL).bind(id.0).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().map(PersonRef::from).collect())
}

/// How many are in a group now.
///
/// # Errors
/// When the database fails.
pub async fn member_count(session: &mut Session, id: GroupId) -> Result<i64> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM active_membership WHERE group_id = $1";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_one(&mut *c).await?))
}

/// The groups a person is in now.
///
/// # Errors
/// When the database fails.
pub async fn of_person(session: &mut Session, person: PersonId) -> Result<Vec<GroupId>> {
    const SQL: &str = "SELECT group_id FROM active_membership WHERE person_id = $1";
    let found: Vec<Uuid> = on!(session, c => sqlx::query_scalar(SQL).bind(person.0).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(GroupId).collect())
}

/// Writes groups: new ones are inserted, known ones (by folded name) get name, description and whether they are active.
///
/// # Errors
/// When the database fails.
pub async fn put(session: &mut Session, groups: &[Group]) -> Result<()> {
    let now = session.now().0;
    for chunk in groups.chunks(CHUNK) {
        on!(session, c => {
            let mut sql = QueryBuilder::new("INSERT INTO groups (id, name, name_fold, description, active, created_at, updated_at) ");
            sql.push_values(chunk, |mut row, group| {
                row.push_bind(group.id.0)
                    .push_bind(group.name.as_str())
                    .push_bind(fold(&group.name))
                    .push_bind(group.description.as_str())
                    .push_bind(group.active)
                    .push_bind(now)
                    .push_bind(now);
            });
            sql.push(
                " ON CONFLICT (name_fold) DO UPDATE SET name = excluded.name, description = excluded.description, \
                 active = excluded.active, updated_at = excluded.updated_at",
            );
            sql.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}

/// The imported members of a group, by id.
///
/// # Errors
/// When the database fails.
pub async fn imported_members(session: &mut Session, id: GroupId) -> Result<Vec<PersonId>> {
    const SQL: &str = "SELECT person_id FROM memberships WHERE group_id = $1 AND origin = 'imported'";
    let found: Vec<Uuid> = on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(PersonId).collect())
}

/// Takes every imported membership out of a group; those set by hand and those from grants stay.
///
/// # Errors
/// When the database fails.
pub async fn clear_imported(session: &mut Session, id: GroupId) -> Result<()> {
    const SQL: &str = "DELETE FROM memberships WHERE group_id = $1 AND origin = 'imported'";
    on!(session, c => sqlx::query(SQL).bind(id.0).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// Adds imported memberships; those that are there already stay.
///
/// # Errors
/// When the database fails.
pub async fn add_imported(session: &mut Session, members: &[(GroupId, PersonId)]) -> Result<()> {
    let now = session.now().0;
    for chunk in members.chunks(CHUNK) {
        on!(session, c => {
            let mut sql = QueryBuilder::new("INSERT INTO memberships (group_id, person_id, origin, created_at) ");
            sql.push_values(chunk, |mut row, (group, person)| {
                row.push_bind(group.0).push_bind(person.0).push_bind("imported").push_bind(now);
            });
            sql.push(" ON CONFLICT DO NOTHING");
            sql.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}
