//! Groups and who is in them. Membership is what the view `active_membership` says, everywhere.

use super::people::RawRef;
use crate::error::Result;
use crate::outbox::push_ids;
use crate::search::{Bind, Names, Sql, found};
use crate::{Session, new_id};
use domain::ids::{GroupId, PersonId, RequestNumber};
use domain::people::PersonRef;
use domain::search::{Search, keys};
use domain::text::{fold, name_key};
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
    /// Display name; no other group has the same ([`name_key`]).
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

/// All groups, by the key of their name ([`name_key`]).
///
/// # Errors
/// When the database fails.
pub async fn all(session: &mut Session) -> Result<HashMap<String, Group>> {
    const SQL: &str = "SELECT id, name, description, active FROM groups WHERE deleted_at IS NULL";
    let raws: Vec<Raw> = on!(session, c => sqlx::query_as(SQL).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().map(Group::from).map(|group| (name_key(&group.name), group)).collect())
}

/// A group by id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(session: &mut Session, id: GroupId) -> Result<Option<Group>> {
    const SQL: &str = "SELECT id, name, description, active FROM groups WHERE id = $1 AND deleted_at IS NULL";
    let raw: Option<Raw> = on!(session, c => sqlx::query_as(SQL).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(raw.map(Group::from))
}

/// The group of a name, in whatever case ([`name_key`]).
///
/// # Errors
/// When the database fails.
pub async fn by_name(session: &mut Session, name: &str) -> Result<Option<Group>> {
    const SQL: &str = "SELECT id, name, description, active FROM groups WHERE name_key = $1";
    let raw: Option<Raw> = on!(session, c => sqlx::query_as(SQL).bind(name_key(name)).fetch_optional(&mut *c).await?);
    Ok(raw.map(Group::from))
}

/// Whether a group is active; nothing when it is gone.
///
/// # Errors
/// When the database fails.
pub async fn is_active(session: &mut Session, id: GroupId) -> Result<Option<bool>> {
    const SQL: &str = "SELECT active FROM groups WHERE id = $1 AND deleted_at IS NULL";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_optional(&mut *c).await?))
}

/// Switches a group on or off; whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn set_active(session: &mut Session, id: GroupId, active: bool) -> Result<bool> {
    const SQL: &str = "UPDATE groups SET active = $1, updated_at = $2, revision = revision + 1
        WHERE id = $3 AND deleted_at IS NULL";
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

/// Writes groups: new ones are inserted, known ones (by id) get name, description and whether they are active.
///
/// # Errors
/// When the database fails.
pub async fn put(session: &mut Session, groups: &[Group]) -> Result<()> {
    let now = session.now().0;
    for chunk in groups.chunks(CHUNK) {
        on!(session, c => {
            let mut sql = QueryBuilder::new("INSERT INTO groups (id, name, name_key, name_fold, description, active, created_at, updated_at) ");
            sql.push_values(chunk, |mut row, group| {
                row.push_bind(group.id.0)
                    .push_bind(group.name.as_str())
                    .push_bind(name_key(&group.name))
                    .push_bind(fold(&group.name))
                    .push_bind(group.description.as_str())
                    .push_bind(group.active)
                    .push_bind(now)
                    .push_bind(now);
            });
            sql.push(
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, \
                 name_fold = excluded.name_fold, description = excluded.description, \
                 active = excluded.active, updated_at = excluded.updated_at, revision = groups.revision + 1",
            );
            sql.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}

/// Writes a new group.
///
/// # Errors
/// [`crate::Error::Conflict`] when another group has the name.
pub async fn insert(session: &mut Session, group: &Group) -> Result<()> {
    const SQL: &str = "INSERT INTO groups (id, name, name_fold, description, active, created_at, updated_at, name_key)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7)";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(group.id.0)
        .bind(group.name.as_str())
        .bind(fold(&group.name))
        .bind(group.description.as_str())
        .bind(group.active)
        .bind(now)
        .bind(name_key(&group.name))
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}

/// How many live grants give a group.
///
/// # Errors
/// When the database fails.
pub async fn live_grants(session: &mut Session, id: GroupId) -> Result<i64> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM grants WHERE group_id = $1 AND ended_at IS NULL";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_one(&mut *c).await?))
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

/// Keeps groups from being changed by anybody else until the session ends, in the order of their ids. Whether there was anything to
/// wait for: what was read of them before may be old then. One writer of SQLite has nobody beside it.
///
/// # Errors
/// When the database fails.
pub async fn hold_many(session: &mut Session, ids: &[GroupId]) -> Result<bool> {
    let lock = session.lock_rows("t");
    if lock.is_empty() || ids.is_empty() {
        return Ok(false);
    }
    let mut ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    for chunk in ids.chunks(CHUNK) {
        on!(session, c => {
            let mut sql = QueryBuilder::new("SELECT t.id FROM groups t WHERE t.id IN (");
            push_ids(&mut sql, chunk);
            sql.push(" ORDER BY t.id").push(&lock).build().fetch_all(&mut *c).await?.len()
        });
    }
    Ok(true)
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

/// A group of a list, with how many are in it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The group.
    pub group: Group,
    /// Who is in it now.
    pub members: i64,
}

/// Groups in whose name each word of a search is found, by name, after a name.
///
/// # Errors
/// When the database fails.
pub async fn search(session: &mut Session, text: &str, after: &str, limit: i64) -> Result<Vec<Counted>> {
    const SQL: &str = "SELECT id, name, description, active FROM groups WHERE deleted_at IS NULL \
        AND (name_fold > $1 OR (name_fold = $1 AND name_key > $2)) ORDER BY name_fold, name_key";
    let search = Search::read(text);
    let (fold_after, key_after) = (fold(after), name_key(after));
    let mut out = Vec::new();
    let limited = if search.needles().is_empty() { format!("{SQL} LIMIT {limit}") } else { SQL.to_owned() };
    let mut raws: Vec<Raw> = on!(session, c => sqlx::query_as(sqlx::AssertSqlSafe(limited))
        .bind(fold_after).bind(key_after).fetch_all(&mut *c).await?);
    raws.retain(|raw| search.is_in(&[&keys(&[&raw.name], &[])]));
    raws.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    for raw in raws {
        let group = Group::from(raw);
        let members = member_count(session, group.id).await?;
        out.push(Counted { group, members });
    }
    Ok(out)
}

/// The revision of a group, which rises with every change: what an editor began with.
///
/// # Errors
/// When the database fails.
pub async fn revision(session: &mut Session, id: GroupId) -> Result<Option<i64>> {
    const SQL: &str = "SELECT revision FROM groups WHERE id = $1 AND deleted_at IS NULL";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_optional(&mut *c).await?))
}

/// Writes name, description and whether it is active of a group that is there.
///
/// # Errors
/// [`crate::Error::Conflict`] when another group has the name.
pub async fn update(session: &mut Session, group: &Group) -> Result<()> {
    const SQL: &str = "UPDATE groups SET name = $1, name_fold = $2, description = $3, active = $4, updated_at = $5,
        name_key = $7, revision = revision + 1
        WHERE id = $6 AND deleted_at IS NULL";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(group.name.as_str())
        .bind(fold(&group.name))
        .bind(group.description.as_str())
        .bind(group.active)
        .bind(now)
        .bind(group.id.0)
        .bind(name_key(&group.name))
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}

/// Takes a group out of the directory for ever, with everybody in it. Its name may be used again, by a group that has nothing
/// of it.
///
/// # Errors
/// When the database fails.
pub async fn delete(session: &mut Session, id: GroupId) -> Result<()> {
    const LEAVE: &str = "DELETE FROM memberships WHERE group_id = $1";
    const SQL: &str = "UPDATE groups SET active = $1, deleted_at = $2, updated_at = $2, name_key = $3,
        revision = revision + 1 WHERE id = $4";
    let now = session.now().0;
    on!(session, c => sqlx::query(LEAVE).bind(id.0).execute(&mut *c).await?.rows_affected());
    on!(session, c => sqlx::query(SQL)
        .bind(false).bind(now).bind(format!("\u{1}{}", id.0)).bind(id.0).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// How somebody came to be in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub person: PersonRef,
    /// Imported or set by hand, or both.
    pub kept: bool,
    /// By a live grant of this request.
    pub granted: Option<RequestNumber>,
}

#[derive(FromRow)]
struct RawMember {
    id: Uuid,
    name: String,
    email: String,
    kept: i64,
    granted: Option<i64>,
}

/// Who is in a group now and how they came to be, by name; only those in whose name and email, now or before, each word of a search
/// is found.
///
/// # Errors
/// When the database fails.
pub async fn members_with_cause(session: &mut Session, id: GroupId, text: &str, limit: i64) -> Result<Vec<Member>> {
    let mut sql = Sql::default();
    let group = sql.bind(Bind::Id(id.0));
    let searched = found(session, &mut sql, &Search::read(text), "p", Names::Ever);
    let text = format!(
        "SELECT p.id, p.name, p.email,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM memberships m WHERE m.group_id = {group} AND m.person_id = p.id) AS kept,
            (SELECT MAX(g.request) FROM grants g
                WHERE g.group_id = {group} AND g.beneficiary_id = p.id AND g.ended_at IS NULL) AS granted
        FROM active_membership a JOIN people p ON p.id = a.person_id WHERE a.group_id = {group}
          AND {searched} ORDER BY p.name_fold, p.id LIMIT {limit}"
    );
    let raws: Vec<RawMember> =
        on!(session, c => bound!(sqlx::query_as(sqlx::AssertSqlSafe(text)), sql.binds).fetch_all(&mut *c).await?);
    let member = |raw: RawMember| Member {
        person: PersonRef { id: PersonId(raw.id), name: raw.name, email: raw.email },
        kept: raw.kept > 0,
        granted: raw.granted.map(RequestNumber),
    };
    Ok(raws.into_iter().map(member).collect())
}

/// Puts somebody into a group by hand; whether they were not in it by hand before.
///
/// # Errors
/// When the database fails.
pub async fn add_by_hand(session: &mut Session, group: GroupId, person: PersonId) -> Result<bool> {
    const SQL: &str = "INSERT INTO memberships (group_id, person_id, origin, created_at) VALUES ($1, $2, 'manual', $3)
        ON CONFLICT DO NOTHING";
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(group.0).bind(person.0).bind(now).execute(&mut *c).await?.rows_affected());
    Ok(rows == 1)
}

/// Takes somebody out of a group, imported or set by hand; what a grant gives stays. Whether there was anything to take.
///
/// # Errors
/// When the database fails.
pub async fn remove_kept(session: &mut Session, group: GroupId, person: PersonId) -> Result<bool> {
    const SQL: &str = "DELETE FROM memberships WHERE group_id = $1 AND person_id = $2";
    let rows = on!(session, c => sqlx::query(SQL).bind(group.0).bind(person.0).execute(&mut *c).await?.rows_affected());
    Ok(rows > 0)
}

/// The resources that a group gives, by name.
///
/// # Errors
/// When the database fails.
pub async fn gives(session: &mut Session, id: GroupId) -> Result<Vec<String>> {
    const SQL: &str = "SELECT q.name FROM resource_groups rg JOIN resources q ON q.id = rg.resource_id AND q.active
        WHERE rg.group_id = $1 ORDER BY q.name_fold";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_all(&mut *c).await?))
}

/// The groups a person is in now, by name.
///
/// # Errors
/// When the database fails.
pub async fn named_of_person(session: &mut Session, person: PersonId) -> Result<Vec<(GroupId, String)>> {
    const SQL: &str = "SELECT g.id, g.name FROM active_membership a JOIN groups g ON g.id = a.group_id
        WHERE a.person_id = $1 ORDER BY g.name_fold";
    let found: Vec<(Uuid, String)> = on!(session, c => sqlx::query_as(SQL).bind(person.0).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(|(id, name)| (GroupId(id), name)).collect())
}
