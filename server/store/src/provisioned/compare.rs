//! What was provisioned beside what should be.

use super::Key;
use crate::Session;
use crate::error::Result;
use domain::ids::{ConnectorId, GroupId, PersonId, RequestNumber};
use domain::time::Timestamp;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

/// Pairs of one statement.
const CHUNK: usize = 200;

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'s> {
    /// Everything that is kept.
    All,
    /// These people in these groups.
    Pairs(&'s [(GroupId, PersonId)]),
}

impl<'s> Scope<'s> {
    /// The scope in pieces that one statement takes.
    fn chunks(self) -> Vec<Option<&'s [(GroupId, PersonId)]>> {
        match self {
            Self::All => vec![None],
            Self::Pairs(pairs) => pairs.chunks(CHUNK).map(Some).collect(),
        }
    }
}

/// Whether somebody should be in a group that is given by a connector under a name, for a row `p`: the view `active_membership`
/// spelled out for one pair, because SQLite would build the whole view for each statement; a test holds both together.
pub(super) const SHOULD: &str = "EXISTS (SELECT 1 FROM groups sg, people sw WHERE sg.id = p.group_id AND sw.id = p.person_id
    AND sg.active AND sw.active AND sg.deleted_at IS NULL AND sg.connector_id = p.connector_id AND sg.external_id = p.external_id
    AND (EXISTS (SELECT 1 FROM memberships sm WHERE sm.group_id = sg.id AND sm.person_id = sw.id)
      OR EXISTS (SELECT 1 FROM grants sr WHERE sr.group_id = sg.id AND sr.beneficiary_id = sw.id AND sr.ended_at IS NULL)))";

/// A call for a row `p` waits at its connector.
pub(super) const WAITS: &str =
    "EXISTS (SELECT 1 FROM provisioning sc WHERE sc.state = 'waiting' AND sc.group_id = p.group_id
    AND sc.person_id = p.person_id AND sc.connector_id = p.connector_id)";

/// The request that put a row `p` in is still open: it ends by undoing what it did.
pub(super) const OPEN: &str =
    "EXISTS (SELECT 1 FROM requests so WHERE so.number = p.request AND so.status IN (0, 4, 6))";

/// Something to be given or taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// What.
    pub key: Key,
    /// The request that it is done for: the last that gave it.
    pub request: RequestNumber,
    /// When the access ends by itself.
    pub ends_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Raw {
    group_id: Uuid,
    person_id: Uuid,
    connector_id: Uuid,
    external_id: String,
    request: i64,
    ends_at: Option<i64>,
}

impl From<Raw> for Owed {
    fn from(raw: Raw) -> Self {
        Self {
            key: Key {
                group: GroupId(raw.group_id),
                person: PersonId(raw.person_id),
                connector: ConnectorId(raw.connector_id),
                external_id: raw.external_id,
            },
            request: RequestNumber(raw.request),
            ends_at: raw.ends_at.map(Timestamp),
        }
    }
}

/// Adds a condition that holds for these pairs only.
macro_rules! only {
    ($sql:expr, $pairs:expr, $columns:literal) => {
        if let Some(pairs) = $pairs {
            $sql.push(concat!(" AND ", $columns, " IN (VALUES "));
            for (index, (group, person)) in pairs.iter().enumerate() {
                $sql.push(if index == 0 { "(" } else { ", (" });
                $sql.push_bind(group.0).push(", ").push_bind(person.0).push(")");
            }
            $sql.push(")");
        }
    };
}

/// Whether somebody should be in a group that is given so.
///
/// # Errors
/// When the database fails.
pub async fn should_be(session: &mut Session, key: &Key) -> Result<bool> {
    let sql = format!(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM \
         (SELECT $1 AS group_id, $2 AS person_id, $3 AS connector_id, $4 AS external_id) p WHERE {SHOULD}"
    );
    let count: i64 = on!(session, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(key.group.0)
        .bind(key.person.0)
        .bind(key.connector.0)
        .bind(key.external_id.as_str())
        .fetch_one(&mut *c)
        .await?);
    Ok(count > 0)
}

/// Drops what waits to be given again and is not to be given any more, as long as no worker holds it; what nobody ever asked a
/// target for is not there then.
///
/// # Errors
/// When the database fails.
pub async fn drop_unwanted(session: &mut Session, scope: Scope<'_>) -> Result<()> {
    let now = session.now().0;
    for pairs in scope.chunks() {
        on!(session, c => {
            let mut sql = QueryBuilder::new("UPDATE provisioning AS p SET state = 'dropped', said = 'not wanted any more', finished_at = ");
            sql.push_bind(now).push(" WHERE p.state = 'waiting' AND p.action = 'restore' AND p.leased_until <= ").push_bind(now);
            only!(sql, pairs, "(p.group_id, p.person_id)");
            sql.push(" AND NOT ").push(SHOULD);
            sql.build().execute(&mut *c).await?.rows_affected()
        });
        on!(session, c => {
            let mut sql = QueryBuilder::new("UPDATE provisioned AS p SET state = 'absent', revision = revision + 1 WHERE p.state = 'wanted'");
            only!(sql, pairs, "(p.group_id, p.person_id)");
            sql.push(" AND NOT ").push(WAITS).push(" AND NOT ").push(SHOULD);
            sql.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}

/// What may be in a target and should not be, and that nothing is done about: no call waits, and the last attempt, if there was one,
/// is long enough ago. What an open request put in is its own to undo. The rows of pairs are locked first, so that of two
/// transactions that each end one of two causes the later sees that none is left.
///
/// # Errors
/// When the database fails.
pub async fn not_wanted(session: &mut Session, scope: Scope<'_>) -> Result<Vec<Owed>> {
    let now = session.now().0;
    let lock = session.lock_rows("p");
    let mut out: Vec<Owed> = Vec::new();
    for pairs in scope.chunks() {
        if pairs.is_some() && !lock.is_empty() {
            on!(session, c => {
                let mut sql = QueryBuilder::new("SELECT p.group_id FROM provisioned p WHERE p.state <> 'absent'");
                only!(sql, pairs, "(p.group_id, p.person_id)");
                sql.push(" ORDER BY p.group_id, p.person_id, p.connector_id, p.external_id").push(lock.as_str());
                sql.build().execute(&mut *c).await?.rows_affected()
            });
        }
        let raws: Vec<Raw> = on!(session, c => {
            let mut sql = QueryBuilder::new(
                "SELECT p.group_id, p.person_id, p.connector_id, p.external_id, COALESCE((SELECT MAX(l.request) FROM grants l
                    WHERE l.group_id = p.group_id AND l.beneficiary_id = p.person_id), p.request) AS request,
                    CAST(NULL AS BIGINT) AS ends_at
                FROM provisioned p WHERE p.state IN ('present', 'unconfirmed') AND p.repair_at <= ");
            sql.push_bind(now);
            only!(sql, pairs, "(p.group_id, p.person_id)");
            sql.push(" AND NOT ").push(SHOULD).push(" AND NOT ").push(WAITS).push(" AND NOT ").push(OPEN);
            sql.push(" ORDER BY p.group_id, p.person_id, p.connector_id, p.external_id");
            sql.build_query_as().fetch_all(&mut *c).await?
        });
        out.extend(raws.into_iter().map(Owed::from));
    }
    Ok(out)
}

/// What live grants give through a connector, and that was never given there or was taken back there: the group is bound to that
/// connector since, or is active again.
///
/// # Errors
/// When the database fails.
pub async fn not_given(session: &mut Session, scope: Scope<'_>) -> Result<Vec<Owed>> {
    let mut out: Vec<Owed> = Vec::new();
    for pairs in scope.chunks() {
        let raws: Vec<Raw> = on!(session, c => {
            let mut sql = QueryBuilder::new(
                "SELECT p.group_id, p.person_id, p.connector_id, p.external_id, MAX(p.request) AS request,
                    CASE WHEN COUNT(*) > COUNT(p.ends_at) THEN NULL ELSE MAX(p.ends_at) END AS ends_at
                FROM (SELECT r.group_id, r.beneficiary_id AS person_id, g.connector_id, g.external_id, r.request, r.ends_at
                    FROM grants r JOIN groups g ON g.id = r.group_id AND g.active AND g.deleted_at IS NULL AND g.connector_id IS NOT NULL
                    JOIN people w ON w.id = r.beneficiary_id AND w.active WHERE r.ended_at IS NULL");
            only!(sql, pairs, "(r.group_id, r.beneficiary_id)");
            sql.push(") p WHERE NOT EXISTS (SELECT 1 FROM provisioned d WHERE d.group_id = p.group_id AND d.person_id = p.person_id
                    AND d.connector_id = p.connector_id AND d.external_id = p.external_id AND d.state <> 'absent')");
            sql.push(" AND NOT ").push(WAITS);
            sql.push(" GROUP BY p.group_id, p.person_id, p.connector_id, p.external_id
                ORDER BY p.group_id, p.person_id, p.connector_id, p.external_id");
            sql.build_query_as().fetch_all(&mut *c).await?
        });
        out.extend(raws.into_iter().map(Owed::from));
    }
    Ok(out)
}
