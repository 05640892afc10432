//! Connectors, and the groups that they give.

use crate::error::Result;
use crate::seal::{Opener, Place, Sealer};
use crate::{Session, new_id};
use domain::connector::ConnectorKind;
use domain::ids::{ConnectorId, GroupId};
use domain::text::{fold, name_key};
use secrecy::{ExposeSecret, SecretString};
use sqlx::FromRow;
use std::fmt;
use uuid::Uuid;

/// A secret. Shown to nobody: it has no readable form but [`Secret::reveal`], for the worker. In the database it lies sealed
/// ([`crate::seal`]).
#[derive(Clone)]
pub struct Secret(Kept);

#[derive(Clone)]
enum Kept {
    Text(SecretString),
    /// What lies in the database does not open.
    Lost(String),
}

impl Secret {
    /// A secret as given.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Kept::Text(text.into().into()))
    }

    /// The secret itself, to sign or to authenticate with; empty when it is lost.
    #[must_use]
    pub fn reveal(&self) -> &str {
        match &self.0 {
            Kept::Text(text) => text.expose_secret(),
            Kept::Lost(_) => "",
        }
    }

    /// Whether what lies in the database does not open: it was changed there, or copied from another row. It must be typed again.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        matches!(self.0, Kept::Lost(_))
    }

    /// A secret as it lies in the database.
    pub(crate) fn opened(opener: &Opener, place: &Place, sealed: &str) -> Result<Self> {
        let text = opener.open(place, sealed)?;
        Ok(Self(text.map_or_else(|| Kept::Lost(sealed.to_owned()), Kept::Text)))
    }

    /// The secret as it lies in the database; one that is lost stays as it is.
    pub(crate) fn sealed(&self, sealer: &Sealer, place: &Place) -> Result<String> {
        match &self.0 {
            Kept::Text(text) => sealer.seal(place, text.expose_secret()),
            Kept::Lost(sealed) => Ok(sealed.clone()),
        }
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kept::Text(one), Kept::Text(two)) => one.expose_secret() == two.expose_secret(),
            (Kept::Lost(one), Kept::Lost(two)) => one == two,
            _ => false,
        }
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    /// The connector.
    pub id: ConnectorId,
    /// Display name; no other connector has the same ([`name_key`]).
    pub name: String,
    /// What it speaks.
    pub kind: ConnectorKind,
    /// Where to: the address of the webhook, or the base address of the SCIM service.
    pub url: String,
    /// Signing key of a webhook, bearer token of a SCIM target.
    pub secret: Secret,
    /// Switched off, it carries nothing out: grants end in Error.
    pub active: bool,
}

impl Connector {
    /// A new connector with a fresh id.
    #[must_use]
    pub fn new(name: &str, kind: ConnectorKind, url: &str, secret: Secret) -> Self {
        let (name, url) = (name.to_owned(), url.to_owned());
        Self { id: ConnectorId(new_id()), name, kind, url, secret, active: true }
    }
}

const COLUMNS: &str = "id, name, kind, url, secret, active";

#[derive(FromRow)]
struct Raw {
    id: Uuid,
    name: String,
    kind: String,
    url: String,
    secret: String,
    active: bool,
}

/// Where the secret of a connector lies.
pub(crate) const fn secret_of(id: Uuid) -> Place {
    Place::new("connectors", "secret", id)
}

impl Connector {
    fn read(raw: Raw, opener: &Opener) -> Result<Self> {
        let kind = ConnectorKind::parse(&raw.kind)
            .ok_or_else(|| crate::Error::inconsistent("connectors", "kind", &raw.name))?;
        Ok(Self {
            id: ConnectorId(raw.id),
            name: raw.name,
            kind,
            url: raw.url,
            secret: Secret::opened(opener, &secret_of(raw.id), &raw.secret)?,
            active: raw.active,
        })
    }
}

/// All connectors, by name.
///
/// # Errors
/// When the database fails.
pub async fn all(session: &mut Session) -> Result<Vec<Connector>> {
    let sql = format!("SELECT {COLUMNS} FROM connectors ORDER BY name_fold");
    let raws: Vec<Raw> = on!(session, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *c).await?);
    let opener = session.opener();
    raws.into_iter().map(|raw| Connector::read(raw, &opener)).collect()
}

/// A connector by id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(session: &mut Session, id: ConnectorId) -> Result<Option<Connector>> {
    let sql = format!("SELECT {COLUMNS} FROM connectors WHERE id = $1");
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.0).fetch_optional(&mut *c).await?);
    raw.map(|raw| Connector::read(raw, &session.opener())).transpose()
}

/// The id of the connector of a name, in whatever case ([`name_key`]).
///
/// # Errors
/// When the database fails.
pub async fn named(session: &mut Session, name: &str) -> Result<Option<ConnectorId>> {
    const SQL: &str = "SELECT id FROM connectors WHERE name_key = $1";
    let found: Option<Uuid> =
        on!(session, c => sqlx::query_scalar(SQL).bind(name_key(name)).fetch_optional(&mut *c).await?);
    Ok(found.map(ConnectorId))
}

/// The revision of a connector, which rises with every change: what an editor began with.
///
/// # Errors
/// When the database fails.
pub async fn revision(session: &mut Session, id: ConnectorId) -> Result<Option<i64>> {
    const SQL: &str = "SELECT revision FROM connectors WHERE id = $1";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(id.0).fetch_optional(&mut *c).await?))
}

/// Writes a connector: a new one, or every field of one that is there.
///
/// # Errors
/// [`crate::Error::Conflict`] when another connector has the name, [`crate::Error::NoKey`] when there is no key to seal its secret
/// under.
pub async fn put(session: &mut Session, connector: &Connector) -> Result<()> {
    const SQL: &str = "INSERT INTO connectors (id, name, name_fold, kind, url, secret, active, created_at, updated_at,
            name_key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, name_fold = excluded.name_fold, kind = excluded.kind,
            url = excluded.url, secret = excluded.secret, active = excluded.active, updated_at = excluded.updated_at,
            revision = connectors.revision + 1";
    let sealer = session.sealer().await?;
    let secret = connector.secret.sealed(&sealer, &secret_of(connector.id.0))?;
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(connector.id.0)
        .bind(connector.name.as_str())
        .bind(fold(&connector.name))
        .bind(connector.kind.as_str())
        .bind(connector.url.as_str())
        .bind(secret)
        .bind(connector.active)
        .bind(now)
        .bind(name_key(&connector.name))
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}

/// How a group is given, when a connector gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The connector.
    pub connector: ConnectorId,
    /// Its name.
    pub name: String,
    /// Whether it is on.
    pub active: bool,
    /// How the target names the group: id, external id or display name.
    pub external_id: String,
}

/// How a group is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Giving {
    /// Whether the group is active.
    pub active: bool,
    /// The connector that gives it; membership is built in without one.
    pub bound: Option<Bound>,
}

/// How a group is given; nothing when there is no such group any more.
///
/// # Errors
/// When the database fails.
pub async fn giving(session: &mut Session, group: GroupId) -> Result<Option<Giving>> {
    const SQL: &str = "SELECT g.active, g.external_id, k.id AS connector_id, k.name, k.active AS connector_active
        FROM groups g LEFT JOIN connectors k ON k.id = g.connector_id WHERE g.id = $1 AND g.deleted_at IS NULL";
    let found: Option<RawGiving> = on!(session, c => sqlx::query_as(SQL).bind(group.0).fetch_optional(&mut *c).await?);
    Ok(found.map(|raw| Giving {
        active: raw.active,
        bound: raw.connector_id.map(|id| Bound {
            connector: ConnectorId(id),
            name: raw.name.unwrap_or_default(),
            active: raw.connector_active.unwrap_or_default(),
            external_id: raw.external_id,
        }),
    }))
}

#[derive(FromRow)]
struct RawGiving {
    active: bool,
    external_id: String,
    connector_id: Option<Uuid>,
    name: Option<String>,
    connector_active: Option<bool>,
}

/// Binds a group to a connector, or makes its membership built in.
///
/// # Errors
/// When the database fails.
pub async fn bind_group(
    session: &mut Session,
    group: GroupId,
    connector: Option<ConnectorId>,
    external_id: &str,
) -> Result<()> {
    const SQL: &str = "UPDATE groups SET connector_id = $1, external_id = $2 WHERE id = $3";
    on!(session, c => sqlx::query(SQL)
        .bind(connector.map(|id| id.0)).bind(external_id).bind(group.0).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// The groups that a connector gives, by name.
///
/// # Errors
/// When the database fails.
pub async fn groups(session: &mut Session, connector: ConnectorId) -> Result<Vec<(GroupId, String)>> {
    const SQL: &str = "SELECT id, name FROM groups WHERE connector_id = $1 AND deleted_at IS NULL ORDER BY name_fold";
    let found: Vec<(Uuid, String)> = on!(session, c => sqlx::query_as(SQL).bind(connector.0).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(|(id, name)| (GroupId(id), name)).collect())
}
