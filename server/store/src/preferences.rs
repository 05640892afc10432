//! What people want to hear.

use crate::Session;
use crate::error::Result;
use crate::outbox::push_ids;
use domain::ids::PersonId;
use domain::message::Preferences;
use domain::time::Timestamp;
use sqlx::QueryBuilder;
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

/// What somebody wants to hear; everything when they never said.
///
/// # Errors
/// When the database fails.
pub async fn of(session: &mut Session, person: PersonId) -> Result<Preferences> {
    Ok(of_many(session, &[person]).await?.remove(&person).unwrap_or_default())
}

/// What people want to hear; those who never said are left out.
///
/// # Errors
/// When the database fails.
pub async fn of_many(session: &mut Session, people: &[PersonId]) -> Result<HashMap<PersonId, Preferences>> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = people.iter().map(|person| person.0).collect();
    let found: Vec<(Uuid, Json<Preferences>)> = on!(session, c => {
        let mut sql = QueryBuilder::new("SELECT person_id, document FROM preferences WHERE person_id IN (");
        push_ids(&mut sql, &ids);
        sql.build_query_as().fetch_all(&mut *c).await?
    });
    Ok(found.into_iter().map(|(id, json)| (PersonId(id), json.0)).collect())
}

/// Keeps what somebody wants to hear, with the moment of their next daily list.
///
/// # Errors
/// When the database fails.
pub async fn put(
    session: &mut Session,
    person: PersonId,
    preferences: &Preferences,
    digest_at: Option<Timestamp>,
) -> Result<()> {
    const SQL: &str = "INSERT INTO preferences (person_id, document, digest_at) VALUES ($1, $2, $3)
        ON CONFLICT (person_id) DO UPDATE SET document = excluded.document, digest_at = excluded.digest_at";
    on!(session, c => sqlx::query(SQL)
        .bind(person.0).bind(Json(preferences)).bind(digest_at.map(|at| at.0)).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// Whether anybody's daily list is due, so that an idle clock need not write.
///
/// # Errors
/// When the database fails.
pub async fn any_digest_due(session: &mut Session) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM preferences WHERE digest_at IS NOT NULL AND digest_at <= $1 LIMIT 1";
    let now = session.now().0;
    let found: Option<i32> = on!(session, c => sqlx::query_scalar(SQL).bind(now).fetch_optional(&mut *c).await?);
    Ok(found.is_some())
}

/// People whose daily list is due, and their time zone. Nobody else finds them until [`digest_next`] is committed.
///
/// # Errors
/// When the database fails.
pub async fn digests_due(session: &mut Session, limit: i64) -> Result<Vec<(PersonId, Option<String>)>> {
    let sql = format!(
        "SELECT f.person_id, p.timezone FROM preferences f JOIN people p ON p.id = f.person_id \
         WHERE f.digest_at IS NOT NULL AND f.digest_at <= $1 ORDER BY f.digest_at LIMIT $2{}",
        session.lock_rows("f")
    );
    let now = session.now().0;
    let found: Vec<(Uuid, Option<String>)> = on!(session, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(now).bind(limit).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(|(id, zone)| (PersonId(id), zone)).collect())
}

/// Sets the moment of somebody's next daily list.
///
/// # Errors
/// When the database fails.
pub async fn digest_next(session: &mut Session, person: PersonId, at: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE preferences SET digest_at = $1 WHERE person_id = $2 AND digest_at IS NOT NULL";
    on!(session, c => sqlx::query(SQL).bind(at.0).bind(person.0).execute(&mut *c).await?.rows_affected());
    Ok(())
}
