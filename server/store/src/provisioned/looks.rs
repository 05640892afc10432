//! Looks at targets: which group is to be looked at, by whom, and what was seen.

use super::Key;
use super::compare::{SHOULD, WAITS};
use crate::Session;
use crate::connectors::{Secret, secret_of};
use crate::error::{Error, Result};
use domain::connector::{Provisioned, Seen};
use domain::ids::{ConnectorId, GroupId, PersonId};
use domain::time::Timestamp;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

/// Groups of targets that can be read: those in which something was provisioned, and those that are given now.
const READABLE: &str = "(SELECT connector_id, group_id, external_id FROM provisioned
        UNION SELECT connector_id, id, external_id FROM groups WHERE connector_id IS NOT NULL AND deleted_at IS NULL) t
    JOIN connectors k ON k.id = t.connector_id AND k.active AND k.kind = 'scim'
    LEFT JOIN target_looks l ON l.connector_id = t.connector_id AND l.group_id = t.group_id AND l.external_id = t.external_id
    WHERE COALESCE(l.looked_at, 0) <= $1 AND COALESCE(l.leased_until, 0) <= $2";

/// A group of a target that a worker looks at until its lease ends.
#[derive(Clone, Debug)]
pub struct Look {
    /// The connector.
    pub connector: ConnectorId,
    /// Its name.
    pub connector_name: String,
    /// Where it leads.
    pub url: String,
    /// Its token.
    pub secret: Secret,
    /// The group.
    pub group: GroupId,
    /// Its name, now.
    pub group_name: String,
    /// How the target names it, by the binding.
    pub external_id: String,
    /// The target's own id of it, when it is known.
    pub target_group: Option<String>,
    /// Until when it is held.
    pub leased_until: Timestamp,
    /// What is kept of the people in it.
    pub known: Vec<Known>,
}

/// What is kept of a person in a group that is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub person: PersonId,
    /// Their name, now.
    pub name: String,
    /// The target's own id of them, when it is known and of this target.
    pub target_person: Option<String>,
    /// What is known.
    pub state: Provisioned,
    /// How they were seen there.
    pub seen: Option<Seen>,
    /// Whether they should be there.
    pub should: bool,
    /// What this was read at: a change since then makes the look worthless.
    pub revision: i64,
}

/// The connectors of which a group was not looked at since a moment.
///
/// # Errors
/// When the database fails.
pub async fn look_connectors(session: &mut Session, since: Timestamp) -> Result<Vec<ConnectorId>> {
    let sql = format!("SELECT DISTINCT t.connector_id FROM {READABLE}");
    let now = session.now().0;
    let found: Vec<Uuid> = on!(session, c => sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(since.0).bind(now).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(ConnectorId).collect())
}

#[derive(FromRow)]
struct RawLook {
    connector_name: String,
    url: String,
    secret: String,
    group_name: String,
    target_group: Option<String>,
}

#[derive(FromRow)]
struct RawKnown {
    person_id: Uuid,
    name: String,
    target_person: Option<String>,
    state: String,
    seen_by: Option<String>,
    should: i64,
    revision: i64,
}

/// Takes a group of a connector that was not looked at since a moment, the one that waits longest, so that no other worker looks at
/// it too.
///
/// # Errors
/// When the database fails.
pub async fn take_look(
    session: &mut Session,
    connector: ConnectorId,
    since: Timestamp,
    lease_micros: i64,
) -> Result<Option<Look>> {
    const TAKE: &str =
        "INSERT INTO target_looks (connector_id, group_id, external_id, leased_until) VALUES ($1, $2, $3, $4)
        ON CONFLICT (connector_id, group_id, external_id) DO UPDATE SET leased_until = excluded.leased_until
        WHERE target_looks.leased_until <= $5";
    const READ: &str = "SELECT k.name AS connector_name, k.url, k.secret, g.name AS group_name,
            (SELECT MAX(p.target_group) FROM provisioned p WHERE p.connector_id = k.id AND p.group_id = g.id
                AND p.external_id = $3 AND p.url = k.url AND p.state <> 'absent') AS target_group
        FROM connectors k, groups g WHERE k.id = $1 AND g.id = $2";
    let now = session.now().0;
    let pick = format!(
        "SELECT t.group_id, t.external_id FROM {READABLE} AND t.connector_id = $3 \
         ORDER BY COALESCE(l.looked_at, 0), t.group_id, t.external_id LIMIT 1"
    );
    let found: Option<(Uuid, String)> = on!(session, c => sqlx::query_as(AssertSqlSafe(pick))
        .bind(since.0).bind(now).bind(connector.0).fetch_optional(&mut *c).await?);
    let Some((group, external_id)) = found else { return Ok(None) };
    let until = now + lease_micros;
    let taken = on!(session, c => sqlx::query(TAKE)
        .bind(connector.0)
        .bind(group)
        .bind(external_id.as_str())
        .bind(until)
        .bind(now)
        .execute(&mut *c)
        .await?
        .rows_affected());
    if taken == 0 {
        return Ok(None);
    }
    let raw: RawLook = on!(session, c => sqlx::query_as(READ)
        .bind(connector.0).bind(group).bind(external_id.as_str()).fetch_one(&mut *c).await?);
    let known = known(session, connector, group, &external_id).await?;
    Ok(Some(Look {
        connector,
        connector_name: raw.connector_name,
        url: raw.url,
        secret: Secret::opened(&session.opener(), &secret_of(connector.0), &raw.secret)?,
        group: GroupId(group),
        group_name: raw.group_name,
        external_id,
        target_group: raw.target_group,
        leased_until: Timestamp(until),
        known,
    }))
}

async fn known(session: &mut Session, connector: ConnectorId, group: Uuid, external_id: &str) -> Result<Vec<Known>> {
    let sql = format!(
        "SELECT p.person_id, w.name, CASE WHEN p.url = k.url THEN p.target_person END AS target_person, p.state, p.seen_by, \
         CAST(CASE WHEN {SHOULD} THEN 1 ELSE 0 END AS BIGINT) AS should, p.revision \
         FROM provisioned p JOIN people w ON w.id = p.person_id JOIN connectors k ON k.id = p.connector_id \
         WHERE p.connector_id = $1 AND p.group_id = $2 AND p.external_id = $3 AND p.state <> 'wanted' \
         AND (p.state <> 'absent' OR p.target_person IS NOT NULL) ORDER BY p.person_id"
    );
    let raws: Vec<RawKnown> = on!(session, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(connector.0).bind(group).bind(external_id).fetch_all(&mut *c).await?);
    let one = |raw: RawKnown| {
        Ok(Known {
            state: Provisioned::parse(&raw.state)
                .ok_or_else(|| Error::inconsistent("provisioned", "state", raw.person_id))?,
            person: PersonId(raw.person_id),
            name: raw.name,
            target_person: raw.target_person,
            seen: raw.seen_by.as_deref().and_then(Seen::parse),
            should: raw.should > 0,
            revision: raw.revision,
        })
    };
    raws.into_iter().map(one).collect()
}

/// What was seen of a person in a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight<'s> {
    /// What is known from now on.
    pub state: Provisioned,
    /// They should be there and are not.
    pub missing: bool,
    /// How it was seen.
    pub seen: Option<Seen>,
    /// In words.
    pub said: Option<&'s str>,
}

/// Keeps what was seen of a person, unless something changed since the look began or is under way. Whether it was kept.
///
/// # Errors
/// When the database fails.
pub async fn saw(session: &mut Session, key: &Key, revision: i64, sight: Sight<'_>) -> Result<bool> {
    let sql = format!(
        "UPDATE provisioned AS p SET state = $6, seen_by = COALESCE($7, seen_by), said = $8, confirmed_at = $9, \
         missing_since = CASE WHEN $10 = 1 THEN COALESCE(missing_since, $9) END, \
         repair_at = CASE WHEN $6 = 'unconfirmed' AND $10 = 0 THEN repair_at ELSE 0 END, revision = revision + 1 \
         WHERE p.group_id = $1 AND p.person_id = $2 AND p.connector_id = $3 AND p.external_id = $4 AND p.revision = $5 AND NOT {WAITS}"
    );
    let now = session.now().0;
    let rows = on!(session, c => sqlx::query(AssertSqlSafe(sql))
        .bind(key.group.0)
        .bind(key.person.0)
        .bind(key.connector.0)
        .bind(key.external_id.as_str())
        .bind(revision)
        .bind(sight.state.as_str())
        .bind(sight.seen.map(Seen::as_str))
        .bind(sight.said)
        .bind(now)
        .bind(i32::from(sight.missing))
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// What was seen of a group of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// How many members the target lists; nothing when it does not.
    pub members: Option<i64>,
    /// How many of them were not put there by Doorward.
    pub extra_count: i64,
    /// The first of these: the target's id and what it calls them.
    pub extras: Vec<(String, String)>,
    /// Why the group could not be read.
    pub said: Option<String>,
}

/// Ends a look with what was seen. Whether it was still held until the moment that the worker knows.
///
/// # Errors
/// When the database fails.
pub async fn looked(session: &mut Session, look: &Look, seen: &Looked) -> Result<bool> {
    const END: &str = "UPDATE target_looks SET looked_at = $1, leased_until = 0, members = $2, extras = $3, said = $4
        WHERE connector_id = $5 AND group_id = $6 AND external_id = $7 AND leased_until = $8";
    const CLEAR: &str = "DELETE FROM target_extras WHERE connector_id = $1 AND group_id = $2 AND external_id = $3";
    const EXTRA: &str = "INSERT INTO target_extras (connector_id, group_id, external_id, member, display)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let now = session.now().0;
    let (connector, group, external_id) = (look.connector.0, look.group.0, look.external_id.as_str());
    let rows = on!(session, c => sqlx::query(END)
        .bind(now)
        .bind(seen.members)
        .bind(seen.extra_count)
        .bind(seen.said.as_deref())
        .bind(connector)
        .bind(group)
        .bind(external_id)
        .bind(look.leased_until.0)
        .execute(&mut *c)
        .await?
        .rows_affected());
    if rows == 0 {
        return Ok(false);
    }
    on!(session, c => sqlx::query(CLEAR)
        .bind(connector).bind(group).bind(external_id).execute(&mut *c).await?.rows_affected());
    for (member, display) in &seen.extras {
        on!(session, c => sqlx::query(EXTRA)
            .bind(connector)
            .bind(group)
            .bind(external_id)
            .bind(member.as_str())
            .bind(display.as_str())
            .execute(&mut *c)
            .await?
            .rows_affected());
    }
    Ok(true)
}

/// Asks for a look at every group of every target, as soon as a worker comes to it.
///
/// # Errors
/// When the database fails.
pub async fn ask_for_looks(session: &mut Session) -> Result<u64> {
    const SQL: &str = "UPDATE target_looks SET looked_at = 0";
    Ok(on!(session, c => sqlx::query(SQL).execute(&mut *c).await?.rows_affected()))
}
