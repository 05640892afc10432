//! Approval flows and their versions.

use crate::error::{Error, Result};
use crate::{Session, new_id};
use domain::flow::{Approvers, Definition};
use domain::ids::{FlowId, FlowVersionId, GroupId, RequestNumber, ResourceId};
use domain::search::{Search, keys};
use domain::text::{fold, name_key};
use domain::view::Look;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow, QueryBuilder};
use std::collections::HashMap;
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
    /// Its own category; the resource's is shown when it is empty.
    pub category: String,
    /// Its own colour, `#rrggbb`; the resource's is shown when there is none.
    pub colour: Option<String>,
    /// Its own logo.
    pub logo: Option<String>,
    /// Category of the resource.
    pub resource_category: String,
    /// Looks of the resource.
    pub resource_look: Look,
    /// Rises with each saved change, whatever it changes.
    pub revision: i64,
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
    colour: Option<String>,
    logo: Option<String>,
    resource_category: String,
    resource_colour: Option<String>,
    resource_logo: Option<String>,
    revision: i64,
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
            colour: raw.colour,
            logo: raw.logo,
            resource_category: raw.resource_category,
            resource_look: Look::new(raw.resource_logo, raw.resource_colour),
            revision: raw.revision,
            version_id: FlowVersionId(raw.version_id),
            version: raw.version,
            definition: raw.definition.0,
        }
    }
}

const SELECT: &str = "SELECT f.id, f.name, f.description, f.enabled, f.resource_id, q.name AS resource_name, \
    f.category, f.colour, f.logo, q.category AS resource_category, q.colour AS resource_colour, q.logo AS resource_logo, f.revision, f.version_id, \
    v.version, v.definition FROM flows f JOIN flow_versions v ON v.id = f.version_id JOIN resources q ON q.id = f.resource_id \
    WHERE f.deleted_at IS NULL AND q.active";

impl Flow {
    /// The category that is shown.
    #[must_use]
    pub fn shown_category(&self) -> &str {
        if self.category.is_empty() { &self.resource_category } else { &self.category }
    }

    /// The looks that are shown.
    #[must_use]
    pub fn look(&self) -> Look {
        Look::new(self.logo.clone(), self.colour.clone()).or(self.resource_look.clone())
    }
}

/// A flow that is not deleted, kept from being changed or deleted by anybody else until the session ends.
///
/// # Errors
/// When the database fails.
pub async fn hold(session: &mut Session, id: FlowId) -> Result<Option<Flow>> {
    let sql = format!("{SELECT} AND f.id = $1{}", session.share_rows("f"));
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(id.0).fetch_optional(&mut *c).await?);
    Ok(raw.map(Flow::from))
}

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

/// The flow of a name, in whatever case ([`name_key`]).
///
/// # Errors
/// When the database fails.
pub async fn by_name(session: &mut Session, name: &str) -> Result<Option<Flow>> {
    let sql = format!("{SELECT} AND f.name_key = $1");
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(name_key(name)).fetch_optional(&mut *c).await?);
    Ok(raw.map(Flow::from))
}

/// What it takes to find a flow in the catalogue, and to know whether it is for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The flow.
    pub id: FlowId,
    /// What it gives.
    pub resource: ResourceId,
    /// Name of the resource.
    pub resource_name: String,
    /// Name of the resource, folded.
    pub resource_fold: String,
    /// Display name.
    pub name: String,
    /// Display name, folded.
    pub name_fold: String,
    /// What it is.
    pub description: String,
    /// The category that is shown.
    pub category: String,
    /// Who may see it; everyone when empty.
    pub visible_to: Vec<GroupId>,
}

#[derive(FromRow)]
struct RawOffer {
    id: Uuid,
    resource_id: Uuid,
    resource_name: String,
    resource_fold: String,
    name: String,
    name_fold: String,
    description: String,
    category: String,
    visible_to: Option<Json<Vec<GroupId>>>,
}

/// All flows that can be asked under, by name of their resource. Two thousand of them are looked through for one page of the
/// catalogue: what they say in full is read by [`by_ids`], of those that are shown.
///
/// # Errors
/// When the database fails.
pub async fn offers(session: &mut Session) -> Result<Vec<Offer>> {
    const SQL: &str = "SELECT f.id, f.resource_id, q.name AS resource_name, q.name_fold AS resource_fold, f.name, f.name_fold, f.description,
            CASE WHEN f.category = '' THEN q.category ELSE f.category END AS category, v.definition -> 'visible_to' AS visible_to
        FROM flows f JOIN flow_versions v ON v.id = f.version_id JOIN resources q ON q.id = f.resource_id
        WHERE f.deleted_at IS NULL AND q.active AND f.enabled";
    let raws: Vec<RawOffer> = on!(session, c => sqlx::query_as(SQL).fetch_all(&mut *c).await?);
    let offer = |raw: RawOffer| Offer {
        id: FlowId(raw.id),
        resource: ResourceId(raw.resource_id),
        resource_name: raw.resource_name,
        resource_fold: raw.resource_fold,
        name: raw.name,
        name_fold: raw.name_fold,
        description: raw.description,
        category: raw.category,
        visible_to: raw.visible_to.map(|json| json.0).unwrap_or_default(),
    };
    let mut offers: Vec<Offer> = raws.into_iter().map(offer).collect();
    // In the order of the texts' bytes on both engines, whatever the collation.
    offers.sort_unstable_by(|a, b| (&a.resource_fold, &a.name_fold).cmp(&(&b.resource_fold, &b.name_fold)));
    Ok(offers)
}

/// The flows of these ids that are not deleted, in the order of the ids.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(session: &mut Session, ids: &[FlowId]) -> Result<Vec<Flow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let raws: Vec<Raw> = on!(session, c => {
        let mut sql = QueryBuilder::new(SELECT);
        sql.push(" AND f.id IN (");
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(id.0);
        }
        sql.push(")");
        sql.build_query_as().fetch_all(&mut *c).await?
    });
    let mut found: HashMap<FlowId, Flow> = raws.into_iter().map(Flow::from).map(|flow| (flow.id, flow)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// All flows, by name.
///
/// # Errors
/// When the database fails.
pub async fn all(session: &mut Session) -> Result<Vec<Flow>> {
    let sql = format!("{SELECT} ORDER BY f.name_fold");
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
        "INSERT INTO flows (id, name, name_fold, description, resource_id, version_id, enabled, created_at, updated_at,
            name_key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)";
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
        .bind(name_key(name))
        .execute(&mut *c)
        .await?
        .rows_affected());
    insert_version(session, id, version_id, 1, definition).await
}

/// Saves a flow: a definition that differs becomes a new version, and requests stay under the one they were submitted under.
/// How the flow now stands.
///
/// # Errors
/// [`Error::Stale`] when the flow is not at the revision of `before` any more, [`Error::Conflict`] when the name is taken.
pub async fn update(session: &mut Session, before: &Flow, after: &Flow) -> Result<Flow> {
    const SQL: &str = "UPDATE flows SET name = $1, name_fold = $2, description = $3, enabled = $4, version_id = $5,
            updated_at = $6, resource_id = $7, category = $8, colour = $9, name_key = $12, revision = revision + 1
        WHERE id = $10 AND revision = $11 AND deleted_at IS NULL";
    let changed = before.definition != after.definition;
    let version_id = if changed { FlowVersionId(new_id()) } else { before.version_id };
    let version = if changed { before.version + 1 } else { before.version };
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(after.name.as_str())
        .bind(fold(&after.name))
        .bind(after.description.as_str())
        .bind(after.enabled)
        .bind(version_id.0)
        .bind(now)
        .bind(after.resource.0)
        .bind(after.category.as_str())
        .bind(after.colour.as_deref())
        .bind(before.id.0)
        .bind(before.revision)
        .bind(name_key(&after.name))
        .execute(&mut *c)
        .await?
        .rows_affected());
    if rows != 1 {
        return Err(Error::Stale);
    }
    if changed {
        insert_version(session, before.id, version_id, version, &after.definition).await?;
    }
    Ok(Flow { id: before.id, revision: before.revision + 1, version_id, version, ..after.clone() })
}

/// Takes a flow out of sight for ever; its name may be used again.
///
/// # Errors
/// [`Error::Stale`] when it is not at this revision any more.
pub async fn delete(session: &mut Session, id: FlowId, revision: i64) -> Result<()> {
    const SQL: &str = "UPDATE flows SET deleted_at = $1, updated_at = $1, enabled = $2, revision = revision + 1
        WHERE id = $3 AND revision = $4 AND deleted_at IS NULL";
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(SQL)
        .bind(now).bind(false).bind(id.0).bind(revision).execute(&mut *c).await?.rows_affected());
    if rows == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// Flows in whose name and resource's name each word of a search is found, by name, after a name.
///
/// # Errors
/// When the database fails.
pub async fn search(session: &mut Session, text: &str, after: &str, limit: i64) -> Result<Vec<Flow>> {
    const NAMES: &str = "SELECT f.id, f.name, q.name FROM flows f JOIN resources q ON q.id = f.resource_id
        WHERE f.deleted_at IS NULL AND q.active AND (f.name_fold > $1 OR (f.name_fold = $1 AND f.name_key > $2))
        ORDER BY f.name_fold, f.name_key";
    let search = Search::read(text);
    let (fold_after, key_after) = (fold(after), name_key(after));
    if search.needles().is_empty() {
        let sql = format!(
            "{SELECT} AND (f.name_fold > $1 OR (f.name_fold = $1 AND f.name_key > $2)) ORDER BY f.name_fold, f.name_key LIMIT {limit}"
        );
        let raws: Vec<Raw> = on!(session, c => sqlx::query_as(AssertSqlSafe(sql))
            .bind(fold_after).bind(key_after).fetch_all(&mut *c).await?);
        return Ok(raws.into_iter().map(Flow::from).collect());
    }
    let named: Vec<(Uuid, String, String)> =
        on!(session, c => sqlx::query_as(NAMES).bind(fold_after).bind(key_after).fetch_all(&mut *c).await?);
    let found = named.into_iter().filter(|(_, name, resource)| search.is_in(&[&keys(&[name, resource], &[])]));
    let ids: Vec<FlowId> =
        found.map(|(id, ..)| FlowId(id)).take(usize::try_from(limit).unwrap_or(usize::MAX)).collect();
    by_ids(session, &ids).await
}

/// How many open requests a flow has under each of its versions, by number of the version.
///
/// # Errors
/// When the database fails.
pub async fn open_requests(session: &mut Session, id: FlowId) -> Result<Vec<(i32, i64)>> {
    const SQL: &str = "SELECT flow_version, CAST(COUNT(*) AS BIGINT) FROM requests
        WHERE flow_id = $1 AND status IN (0, 4, 6) GROUP BY flow_version ORDER BY flow_version";
    Ok(on!(session, c => sqlx::query_as(SQL).bind(id.0).fetch_all(&mut *c).await?))
}

/// Numbers of the open requests under a flow.
///
/// # Errors
/// When the database fails.
pub async fn open_numbers(session: &mut Session, id: FlowId) -> Result<Vec<RequestNumber>> {
    const SQL: &str = "SELECT number FROM requests WHERE flow_id = $1 AND status IN (0, 4, 6) ORDER BY number";
    let found: Vec<i64> = on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(RequestNumber).collect())
}

/// The flows of a resource, by name.
///
/// # Errors
/// When the database fails.
pub async fn of_resource(session: &mut Session, resource: ResourceId) -> Result<Vec<Flow>> {
    let sql = format!("{SELECT} AND f.resource_id = $1 ORDER BY f.name_fold");
    let raws: Vec<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(resource.0).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().map(Flow::from).collect())
}

/// A new flow with everything that can be said of it; its id, version and revision are made here.
///
/// # Errors
/// [`Error::Conflict`] when the name is taken.
pub async fn create(session: &mut Session, flow: &Flow) -> Result<FlowId> {
    let id = insert(session, &flow.name, &flow.description, flow.resource, flow.enabled, &flow.definition).await?;
    const SQL: &str = "UPDATE flows SET category = $1, colour = $2 WHERE id = $3";
    on!(session, c => sqlx::query(SQL).bind(flow.category.as_str()).bind(flow.colour.as_deref()).bind(id.0)
        .execute(&mut *c).await?.rows_affected());
    Ok(id)
}

/// The groups and people who approve in a version by being in it.
fn holders(definition: &Definition) -> Vec<Uuid> {
    let mut out = Vec::new();
    for step in &definition.steps {
        match &step.approvers {
            Approvers::Group { id, .. } => out.push(id.0),
            Approvers::People { people } => out.extend(people.iter().map(|person| person.id.0)),
            Approvers::Administrator | Approvers::Manager | Approvers::Owner => {}
        }
    }
    out
}

/// Whether an open request waits under a flow version in which one of these groups approves.
///
/// # Errors
/// When the database fails.
pub async fn approves_open(session: &mut Session, groups: &[GroupId]) -> Result<bool> {
    if groups.is_empty() {
        return Ok(false);
    }
    let found: Option<i32> = on!(session, c => {
        let mut sql = QueryBuilder::new("SELECT 1 FROM flow_seats s JOIN requests r ON r.flow_id = s.flow_id AND r.flow_version_id = s.version_id WHERE r.status IN (0, 4, 6) AND s.holder_id IN (");
        let mut list = sql.separated(", ");
        for group in groups {
            list.push_bind(group.0);
        }
        sql.push(") LIMIT 1");
        sql.build_query_scalar().fetch_optional(&mut *c).await?
    });
    Ok(found.is_some())
}

/// The names of the flows with open requests under a version, present or past, in which a group approves.
///
/// # Errors
/// When the database fails.
pub async fn open_under(session: &mut Session, group: GroupId) -> Result<Vec<String>> {
    const SQL: &str = "SELECT f.name FROM flow_seats s JOIN flows f ON f.id = s.flow_id
        JOIN requests r ON r.flow_id = s.flow_id AND r.flow_version_id = s.version_id
        WHERE s.holder_id = $1 AND r.status IN (0, 4, 6) GROUP BY f.name, f.name_fold ORDER BY f.name_fold";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(group.0).fetch_all(&mut *c).await?))
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
    const SEAT: &str =
        "INSERT INTO flow_seats (holder_id, version_id, flow_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    for holder in holders(definition) {
        on!(session, c => sqlx::query(SEAT).bind(holder).bind(id.0).bind(flow.0).execute(&mut *c).await?.rows_affected());
    }
    Ok(())
}
