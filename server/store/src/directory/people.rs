//! People.

use crate::error::Result;
use crate::outbox::push_ids;
use crate::search::{Bind, Names, Sql, found};
use crate::{Session, new_id};
use domain::filter::Facts;
use domain::ids::PersonId;
use domain::people::PersonRef;
use domain::search::{Search, beginnings};
use domain::text::{email_key, fold};
use domain::time::Timestamp;
use sqlx::{AssertSqlSafe, FromRow, QueryBuilder};
use std::collections::HashMap;
use uuid::Uuid;

/// Rows written by one statement; a bound of parameters, not of people.
const CHUNK: usize = 400;
const COLUMNS: &str = "id, email, name, department, title, manager_id, timezone, active, admin";

/// A person of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The person.
    pub id: PersonId,
    /// Email in its one spelling ([`domain::address::canonical`]): the key.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Department; empty when unknown.
    pub department: String,
    /// Title; empty when unknown.
    pub title: String,
    /// Manager, at most one.
    pub manager: Option<PersonId>,
    /// IANA name of the time zone, if known.
    pub timezone: Option<String>,
    /// Whether the person may log in and counts as an approver.
    pub active: bool,
    /// Whether the person is an admin.
    pub admin: bool,
}

impl Person {
    /// A new active person with a fresh id.
    #[must_use]
    pub fn new(email: &str, name: &str) -> Self {
        Self {
            id: PersonId(new_id()),
            email: email.to_owned(),
            name: name.to_owned(),
            department: String::new(),
            title: String::new(),
            manager: None,
            timezone: None,
            active: true,
            admin: false,
        }
    }
}

#[derive(FromRow)]
struct Raw {
    id: Uuid,
    email: String,
    name: String,
    department: String,
    title: String,
    manager_id: Option<Uuid>,
    timezone: Option<String>,
    active: bool,
    admin: bool,
}

impl From<Raw> for Person {
    fn from(raw: Raw) -> Self {
        Self {
            id: PersonId(raw.id),
            email: raw.email,
            name: raw.name,
            department: raw.department,
            title: raw.title,
            manager: raw.manager_id.map(PersonId),
            timezone: raw.timezone,
            active: raw.active,
            admin: raw.admin,
        }
    }
}

/// A row of id, name and email.
#[derive(FromRow)]
pub(crate) struct RawRef {
    id: Uuid,
    name: String,
    email: String,
}

impl From<RawRef> for PersonRef {
    fn from(raw: RawRef) -> Self {
        Self { id: PersonId(raw.id), name: raw.name, email: raw.email }
    }
}

/// A person by id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(session: &mut Session, id: PersonId) -> Result<Option<Person>> {
    let sql = format!("SELECT {COLUMNS} FROM people WHERE id = $1");
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(raw.map(Person::from))
}

/// A person by email, in whatever spelling ([`email_key`]).
///
/// # Errors
/// When the database fails.
pub async fn by_email(session: &mut Session, email: &str) -> Result<Option<Person>> {
    let sql = format!("SELECT {COLUMNS} FROM people WHERE email = $1");
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(email_key(email)).fetch_optional(&mut *c).await?);
    Ok(raw.map(Person::from))
}

/// Everybody, by email: for imports, which compare a whole file with the whole directory.
///
/// # Errors
/// When the database fails.
pub async fn all(session: &mut Session) -> Result<HashMap<String, Person>> {
    let sql = format!("SELECT {COLUMNS} FROM people");
    let raws: Vec<Raw> = on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().map(Person::from).map(|person| (person.email.clone(), person)).collect())
}

/// The active admins, by name.
///
/// # Errors
/// When the database fails.
pub async fn admins(session: &mut Session) -> Result<Vec<PersonRef>> {
    const SQL: &str = "SELECT id, name, email FROM people WHERE admin AND active ORDER BY name_fold, id";
    let raws: Vec<RawRef> = on!(session, c => sqlx::query_as(SQL).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().map(PersonRef::from).collect())
}

/// Who has an email, lower case, now; else who had it last.
///
/// # Errors
/// When the database fails.
pub async fn by_email_ever(session: &mut Session, email: &str) -> Result<Option<PersonRef>> {
    const SQL: &str = "SELECT p.id, p.name, p.email FROM people p
        WHERE p.id = COALESCE((SELECT n.id FROM people n WHERE n.email = $1),
            (SELECT f.person_id FROM people_former f WHERE f.email = $1 ORDER BY f.until DESC, f.person_id LIMIT 1))";
    let raw: Option<RawRef> =
        on!(session, c => sqlx::query_as(SQL).bind(email_key(email)).fetch_optional(&mut *c).await?);
    Ok(raw.map(PersonRef::from))
}

/// A name and an address that a person had before.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Former {
    /// The name.
    pub name: String,
    /// The email.
    pub email: String,
    /// Until when, in microseconds.
    pub until: i64,
}

/// What a person was called and where they were written to before, the last first. What they went back to is among it.
///
/// # Errors
/// When the database fails.
pub async fn former(session: &mut Session, id: PersonId) -> Result<Vec<Former>> {
    const SQL: &str =
        "SELECT name, email, until FROM people_former WHERE person_id = $1 ORDER BY until DESC, email, name";
    Ok(on!(session, c => sqlx::query_as(SQL).bind(id.0).fetch_all(&mut *c).await?))
}

/// People of whom each typed word begins the name, a word in it or the email, those of before too; by name.
///
/// # Errors
/// When the database fails.
pub async fn suggest(session: &mut Session, typed: &str, limit: i64) -> Result<Vec<PersonRef>> {
    let words = beginnings(typed);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::default();
    let mut all = Vec::with_capacity(words.len());
    for word in words {
        let place = sql.bind(Bind::Text(word));
        let (present, former) = (session.contains("p.search", &place), session.contains("f.search", &place));
        all.push(format!("({present} OR p.id IN (SELECT f.person_id FROM people_former f WHERE {former}))"));
    }
    let text = format!(
        "SELECT p.id, p.name, p.email FROM people p WHERE {} ORDER BY p.name_fold, p.id LIMIT {limit}",
        all.join(" AND ")
    );
    let raws: Vec<RawRef> =
        on!(session, c => bound!(sqlx::query_as(AssertSqlSafe(text)), sql.binds).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().map(PersonRef::from).collect())
}

/// Whether a person is active, kept so until the session ends.
///
/// # Errors
/// When the database fails.
pub async fn hold_active(session: &mut Session, id: PersonId) -> Result<bool> {
    let sql = format!("SELECT p.active FROM people p WHERE p.id = $1{}", session.share_rows("p"));
    let found: Option<bool> =
        on!(session, c => sqlx::query_scalar(AssertSqlSafe(sql)).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(found.unwrap_or(false))
}

/// A person, kept from being changed until the session ends.
///
/// # Errors
/// When the database fails.
pub async fn hold(session: &mut Session, id: PersonId) -> Result<Option<Person>> {
    let sql = format!("SELECT {COLUMNS} FROM people p WHERE p.id = $1{}", session.share_rows("p"));
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(raw.map(Person::from))
}

/// Those of some people who are active.
///
/// # Errors
/// When the database fails.
pub async fn active_of(session: &mut Session, people: &[PersonId]) -> Result<Vec<PersonId>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<Uuid> = on!(session, c => {
        let mut sql = QueryBuilder::new("SELECT id FROM people WHERE active AND id IN (");
        let mut list = sql.separated(", ");
        for person in people {
            list.push_bind(person.0);
        }
        sql.push(")").build_query_scalar().fetch_all(&mut *c).await?
    });
    Ok(found.into_iter().map(PersonId).collect())
}

/// Notes who changed a person's address, and that it was now; nobody for the command line.
///
/// # Errors
/// When the database fails.
pub async fn note_address_change(session: &mut Session, id: PersonId, by: Option<PersonId>) -> Result<()> {
    const SQL: &str = "UPDATE people SET address_changed_by = $1, address_changed_at = $2 WHERE id = $3";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL).bind(by.map(|id| id.0)).bind(now).bind(id.0).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// Whose word an admin may have had a hand in: whom they let in by a link on the screen, and whose address they changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Influence {
    /// Whose password was set by a link that an admin showed, with that admin.
    pub let_in: Vec<(PersonId, PersonId)>,
    /// Whose address was changed, by whom, and when.
    pub readdressed: Vec<(PersonId, PersonId, Timestamp)>,
}

/// Reads it for everybody, changes of address since a moment, in one statement: every decision asks for it.
///
/// # Errors
/// When the database fails.
pub async fn influence(session: &mut Session, since: Timestamp) -> Result<Influence> {
    const SQL: &str = "SELECT person_id, let_in_by, CAST(NULL AS BIGINT) FROM credentials WHERE let_in_by IS NOT NULL
        UNION ALL SELECT id, address_changed_by, address_changed_at FROM people
            WHERE address_changed_by IS NOT NULL AND address_changed_at > $1";
    let found: Vec<(Uuid, Uuid, Option<i64>)> =
        on!(session, c => sqlx::query_as(SQL).bind(since.0).fetch_all(&mut *c).await?);
    let mut out = Influence::default();
    for (person, by, at) in found {
        let (person, by) = (PersonId(person), PersonId(by));
        match at {
            None => out.let_in.push((person, by)),
            Some(at) => out.readdressed.push((person, by, Timestamp(at))),
        }
    }
    Ok(out)
}

/// The active admins, kept from being changed by anybody else until the session ends: whoever takes one away sees whether it is
/// the last.
///
/// # Errors
/// When the database fails.
pub async fn hold_admins(session: &mut Session) -> Result<Vec<PersonId>> {
    let sql = format!("SELECT p.id FROM people p WHERE p.admin AND p.active ORDER BY p.id{}", session.lock_rows("p"));
    let found: Vec<Uuid> = on!(session, c => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(PersonId).collect())
}

/// Keeps people from being changed by anybody else until the session ends, in the order of their ids. Whether there was anything to
/// wait for: what was read of them before may be old then. One writer of SQLite has nobody beside it.
///
/// # Errors
/// When the database fails.
pub async fn hold_many(session: &mut Session, ids: &[PersonId]) -> Result<bool> {
    let lock = session.lock_rows("t");
    if lock.is_empty() || ids.is_empty() {
        return Ok(false);
    }
    let mut ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    for chunk in ids.chunks(CHUNK) {
        on!(session, c => {
            let mut sql = QueryBuilder::new("SELECT t.id FROM people t WHERE t.id IN (");
            push_ids(&mut sql, chunk);
            sql.push(" ORDER BY t.id").push(&lock).build().fetch_all(&mut *c).await?.len()
        });
    }
    Ok(true)
}

/// People in whose name and email, now or before, each word of a search is found, by name, after a folded name and id; only active
/// ones, only others, or all.
///
/// # Errors
/// When the database fails.
pub async fn search(
    session: &mut Session,
    text: &str,
    active: Option<bool>,
    after: Option<(&str, PersonId)>,
    limit: i64,
) -> Result<Vec<Person>> {
    let mut sql = Sql::default();
    let mut rest = found(session, &mut sql, &Search::read(text), "p", Names::Ever);
    if let Some((name, id)) = after {
        let (name, id) = (sql.bind(Bind::Text(name.to_owned())), sql.bind(Bind::Id(id.0)));
        rest.push_str(&format!(" AND (p.name_fold > {name} OR (p.name_fold = {name} AND p.id > {id}))"));
    }
    rest.push_str(match active {
        None => "",
        Some(true) => " AND active",
        Some(false) => " AND NOT active",
    });
    let text = format!("SELECT {COLUMNS} FROM people p WHERE {rest} ORDER BY p.name_fold, p.id LIMIT {limit}");
    let raws: Vec<Raw> =
        on!(session, c => bound!(sqlx::query_as(AssertSqlSafe(text)), sql.binds).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().map(Person::from).collect())
}

/// Writes a new person.
///
/// # Errors
/// [`crate::Error::Conflict`] when somebody else has the email.
pub async fn insert(session: &mut Session, person: &Person) -> Result<()> {
    const SQL: &str = "INSERT INTO people
        (id, email, name, name_fold, department, title, manager_id, timezone, active, admin, created_at, updated_at, search)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(person.id.0)
        .bind(person.email.as_str())
        .bind(person.name.as_str())
        .bind(fold(&person.name))
        .bind(person.department.as_str())
        .bind(person.title.as_str())
        .bind(person.manager.map(|id| id.0))
        .bind(person.timezone.as_deref())
        .bind(person.active)
        .bind(person.admin)
        .bind(now)
        .bind(Facts::person_text(&person.name, &person.email))
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}

/// The revision of a person, which rises with every change: what an editor began with.
///
/// # Errors
/// When the database fails.
pub async fn revision(session: &mut Session, id: PersonId) -> Result<Option<i64>> {
    const SQL: &str = "SELECT revision FROM people WHERE id = $1";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_optional(&mut *c).await?))
}

/// Sets or clears a person's time zone.
///
/// # Errors
/// When the database fails.
pub async fn set_timezone(session: &mut Session, id: PersonId, zone: Option<&str>) -> Result<()> {
    const SQL: &str = "UPDATE people SET timezone = $1, updated_at = $2, revision = revision + 1 WHERE id = $3";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL).bind(zone).bind(now).bind(id.0).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// Writes every field of a person who is there, the email too.
///
/// # Errors
/// [`crate::Error::Conflict`] when somebody else has the email.
pub async fn update(session: &mut Session, person: &Person) -> Result<()> {
    const SQL: &str = "UPDATE people SET email = $1, name = $2, name_fold = $3, department = $4, title = $5,
            manager_id = $6, timezone = $7, active = $8, admin = $9, updated_at = $10, revision = revision + 1,
            search = $12 WHERE id = $11";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(person.email.as_str())
        .bind(person.name.as_str())
        .bind(fold(&person.name))
        .bind(person.department.as_str())
        .bind(person.title.as_str())
        .bind(person.manager.map(|id| id.0))
        .bind(person.timezone.as_deref())
        .bind(person.active)
        .bind(person.admin)
        .bind(now)
        .bind(person.id.0)
        .bind(Facts::person_text(&person.name, &person.email))
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}

/// Writes people: new ones are inserted, known ones (by id) get every field of theirs but the email.
///
/// # Errors
/// [`crate::Error::Conflict`] when somebody else has one of the emails.
pub async fn put(session: &mut Session, people: &[Person]) -> Result<()> {
    let now = session.now().0;
    for chunk in people.chunks(CHUNK) {
        on!(session, c => {
            let mut sql = QueryBuilder::new(
                "INSERT INTO people (id, email, name, name_fold, department, title, manager_id, timezone, active, admin, created_at, updated_at, search) ",
            );
            sql.push_values(chunk, |mut row, person| {
                row.push_bind(person.id.0)
                    .push_bind(person.email.as_str())
                    .push_bind(person.name.as_str())
                    .push_bind(fold(&person.name))
                    .push_bind(person.department.as_str())
                    .push_bind(person.title.as_str())
                    .push_bind(person.manager.map(|id| id.0))
                    .push_bind(person.timezone.as_deref())
                    .push_bind(person.active)
                    .push_bind(person.admin)
                    .push_bind(now)
                    .push_bind(now)
                    .push_bind(Facts::person_text(&person.name, &person.email));
            });
            sql.push(
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_fold = excluded.name_fold, \
                 department = excluded.department, title = excluded.title, manager_id = excluded.manager_id, \
                 timezone = excluded.timezone, active = excluded.active, admin = excluded.admin, \
                 updated_at = excluded.updated_at, revision = people.revision + 1, \
                 search = excluded.search",
            );
            sql.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}
