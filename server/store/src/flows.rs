//! Approval flows and their versions.

use crate::error::{Error, Result};
use crate::{Session, new_id};
use domain::flow::Definition;
use domain::ids::{FlowId, FlowVersionId, ResourceId};
use domain::text::fold;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

/// A flow with its current version and its resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The flow.
    pub id: FlowId,
    /// Display name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Whether it can be asked under.
    pub enabled: bool,
    /// The resource.
    pub resource: ResourceId,
    /// Name of the resource.
    pub resource_name: String,
    /// Category of the resource.
    pub category: String,
    /// The current version.
    pub version_id: FlowVersionId,
    /// Its number, from 1.
    pub version: i32,
    /// What it says.
    pub definition: Definition,
}

#[derive(FromRow)]
struct Raw {
    id: Uuid,
    name: String,
    description: String,
    enabled: bool,
    resource_id: Uuid,
    resource_name: String,
    category: String,
    version_id: Uuid,
    version: i32,
    definition: Json<Definition>,
}

impl From<Raw> for Flow {
    fn from(raw: Raw) -> Self {
        Self {
            id: FlowId(raw.id),
            name: raw.name,
            description: raw.description,
            enabled: raw.enabled,
            resource: ResourceId(raw.resource_id),
            resource_name: raw.resource_name,
            category: raw.category,
            version_id: FlowVersionId(raw.version_id),
            version: raw.version,
            definition: raw.definition.0,
        }
    }
}

const SELECT: &str = "SELECT f.id, f.name, f.description, f.enabled, f.resource_id, q.name AS resource_name, q.category, f.version_id, \
    v.version, v.definition FROM flows f JOIN flow_versions v ON v.id = f.version_id JOIN resources q ON q.id = f.resource_id \
    WHERE f.deleted_at IS NULL AND q.active";

/// A flow that is not deleted.
///
/// # Errors
/// When the database fails.
pub async fn by_id(session: &mut Session, id: FlowId) -> Result<Option<Flow>> {
    let sql = format!("{SELECT} AND f.id = $1");
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(raw.map(Flow::from))
}

/// A flow by name, regardless of case and accents.
///
/// # Errors
/// When the database fails.
pub async fn by_name(session: &mut Session, name: &str) -> Result<Option<Flow>> {
    let sql = format!("{SELECT} AND f.name_fold = $1");
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(fold(name)).fetch_optional(&mut *c).await?);
    Ok(raw.map(Flow::from))
}

/// All flows that can be asked under, by name.
///
/// # Errors
/// When the database fails.
pub async fn enabled(session: &mut Session) -> Result<Vec<Flow>> {
    let sql = format!("{SELECT} AND f.enabled ORDER BY f.name_fold");
    let raws: Vec<Raw> = on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().map(Flow::from).collect())
}

/// What a version says.
///
/// # Errors
/// When the database fails.
pub async fn definition(session: &mut Session, id: FlowVersionId) -> Result<Option<Definition>> {
    const SQL: &str = "SELECT definition FROM flow_versions WHERE id = $1";
    let found: Option<Json<Definition>> =
        on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(found.map(|json| json.0))
}

/// A new flow with version 1.
///
/// # Errors
/// [`Error::Conflict`] when the name is taken.
pub async fn insert(
    session: &mut Session,
    name: &str,
    description: &str,
    resource: ResourceId,
    enabled: bool,
    definition: &Definition,
) -> Result<FlowId> {
    let (id, version) = (FlowId(new_id()), FlowVersionId(new_id()));
    write(session, id, version, name, description, resource, enabled, definition).await?;
    Ok(id)
}

/// A new flow with given ids, for demo data.
///
/// # Errors
/// [`Error::Conflict`] when the name is taken.
pub async fn insert_with(
    session: &mut Session,
    id: FlowId,
    version: FlowVersionId,
    name: &str,
    description: &str,
    resource: ResourceId,
    definition: &Definition,
) -> Result<()> {
    write(session, id, version, name, description, resource, true, definition).await
}

async fn write(
    session: &mut Session,
    id: FlowId,
    version_id: FlowVersionId,
    name: &str,
    description: &str,
    resource: ResourceId,
    enabled: bool,
    definition: &Definition,
) -> Result<()> {
    const SQL: &str =
        "INSERT INTO flows (id, name, name_fold, description, resource_id, version_id, enabled, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(id.0)
        .bind(name)
        .bind(fold(name))
        .bind(description)
        .bind(resource.0)
        .bind(version_id.0)
        .bind(enabled)
        .bind(now)
        .execute(&mut *c)
        .await?
        .rows_affected());
    insert_version(session, id, version_id, 1, definition).await
}

/// Makes a new version the current one; requests stay under the one they were submitted under.
///
/// # Errors
/// [`Error::Stale`] when the flow is not at `before` any more.
pub async fn update(session: &mut Session, before: &Flow, after: &Flow) -> Result<()> {
    const SQL: &str =
        "UPDATE flows SET description = $1, enabled = $2, version_id = $3, updated_at = $4, resource_id = $5
        WHERE id = $6 AND version_id = $7";
    let changed = before.definition != after.definition;
    let version_id = if changed { FlowVersionId(new_id()) } else { before.version_id };
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(after.description.as_str())
        .bind(after.enabled)
        .bind(version_id.0)
        .bind(now)
        .bind(after.resource.0)
        .bind(before.id.0)
        .bind(before.version_id.0)
        .execute(&mut *c)
        .await?
        .rows_affected());
    if rows != 1 {
        return Err(Error::Stale);
    }
    if changed {
        insert_version(session, before.id, version_id, before.version + 1, &after.definition).await?;
    }
    Ok(())
}

async fn insert_version(
    session: &mut Session,
    flow: FlowId,
    id: FlowVersionId,
    version: i32,
    definition: &Definition,
) -> Result<()> {
    const SQL: &str =
        "INSERT INTO flow_versions (id, flow_id, version, definition, created_at) VALUES ($1, $2, $3, $4, $5)";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(id.0).bind(flow.0).bind(version).bind(Json(definition)).bind(now)
        .execute(&mut *c).await?.rows_affected());
    Ok(())
}
