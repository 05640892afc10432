//! What was provisioned where: kept for each person and entitlement, which is a group under a name at a connector, and compared
//! with what should be there.

mod compare;
mod looks;
mod page;

pub use compare::{Owed, Scope, drop_unwanted, not_given, not_wanted, should_be};
pub use looks::{Known, Look, Looked, Sight, ask_for_looks, look_connectors, looked, saw, take_look};
pub use page::{
    Difference, Extra, differences, differing, extras, named_by, remaining, repair_now, request_of, settle, tell_again,
    unread,
};

use crate::Session;
use crate::error::Result;
use crate::provisioning::{Claimed, NewCall};
use domain::connector::{Provisioned, Seen};
use domain::ids::{ConnectorId, GroupId, PersonId};

/// A person in a group under a name at a connector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The group.
    pub group: GroupId,
    /// The person.
    pub person: PersonId,
    /// The connector.
    pub connector: ConnectorId,
    /// How the target names the group, by the binding.
    pub external_id: String,
}

impl Key {
    /// What a call is about.
    #[must_use]
    pub fn of(call: &Claimed) -> Self {
        let (group, person, connector) = (call.group, call.person, call.connector);
        Self { group, person, connector, external_id: call.external_id.clone() }
    }
}

const KEY: &str = "group_id = $1 AND person_id = $2 AND connector_id = $3 AND external_id = $4";

/// Keeps that something is to be given. What is there already, or may be, stays as it is kept: it was given for an earlier request.
///
/// # Errors
/// When the database fails.
pub async fn want(session: &mut Session, call: &NewCall) -> Result<()> {
    const SQL: &str =
        "INSERT INTO provisioned (group_id, person_id, connector_id, external_id, request, url, email, state)
        SELECT g.id, w.id, k.id, COALESCE($5, g.external_id), $4, k.url, w.email, 'wanted'
        FROM groups g, people w, connectors k WHERE g.id = $1 AND w.id = $2 AND k.id = $3
        ON CONFLICT (group_id, person_id, connector_id, external_id) DO UPDATE SET request = excluded.request,
            target_person = CASE WHEN provisioned.url = excluded.url THEN provisioned.target_person END,
            target_group = CASE WHEN provisioned.url = excluded.url THEN provisioned.target_group END,
            url = excluded.url, email = excluded.email, state = 'wanted', confirmed_at = NULL, said = NULL,
            missing_since = NULL, repair_at = 0, told_at = 0, revision = provisioned.revision + 1
        WHERE provisioned.state = 'absent'";
    on!(session, c => sqlx::query(SQL)
        .bind(call.group.0)
        .bind(call.person.0)
        .bind(call.connector.0)
        .bind(call.request.0)
        .bind(call.external_id.as_deref())
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}

/// A target is about to be asked: from now on it may be there.
///
/// # Errors
/// When the database fails.
pub async fn tried(session: &mut Session, key: &Key) -> Result<()> {
    let sql = format!(
        "UPDATE provisioned SET state = 'unconfirmed', revision = revision + 1 WHERE {KEY} AND state = 'wanted'"
    );
    on!(session, c => sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(key.group.0)
        .bind(key.person.0)
        .bind(key.connector.0)
        .bind(key.external_id.as_str())
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}

/// What came of a call, to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note<'n> {
    /// What is known now; as before when nothing is said.
    pub state: Option<Provisioned>,
    /// The target's own id of the person, when it became known.
    pub person: Option<&'n str>,
    /// The target's own id of the group, when it became known.
    pub group: Option<&'n str>,
    /// How the person was seen there, when they were.
    pub seen: Option<Seen>,
    /// What the target said.
    pub said: Option<&'n str>,
    /// When what should not be there is taken back again, in microseconds; 0 when nothing is left to do.
    pub repair_at: i64,
}

/// Keeps what came of a call. Where it was seen to be there, the address of the target and that of the person are those of now.
///
/// # Errors
/// When the database fails.
pub async fn note(session: &mut Session, key: &Key, note: &Note<'_>) -> Result<()> {
    let present = note.state == Some(Provisioned::Present);
    let here = if present {
        "url = (SELECT k.url FROM connectors k WHERE k.id = $3), email = (SELECT w.email FROM people w WHERE w.id = $2), \
         missing_since = NULL,"
    } else {
        ""
    };
    let sql = format!(
        "UPDATE provisioned SET {here} state = COALESCE($5, state), target_person = COALESCE($6, target_person), \
         target_group = COALESCE($7, target_group), seen_by = COALESCE($8, seen_by), said = $9, repair_at = $10, \
         confirmed_at = CASE WHEN $5 IN ('present', 'absent') THEN $11 ELSE confirmed_at END, revision = revision + 1 WHERE {KEY}"
    );
    let now = session.now().0;
    on!(session, c => sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(key.group.0)
        .bind(key.person.0)
        .bind(key.connector.0)
        .bind(key.external_id.as_str())
        .bind(note.state.map(Provisioned::as_str))
        .bind(note.person)
        .bind(note.group)
        .bind(note.seen.map(Seen::as_str))
        .bind(note.said)
        .bind(note.repair_at)
        .bind(now)
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}
