//! What hangs on a person: what goes when they leave.

use crate::Session;
use crate::error::Result;
use crate::outbox::push_ids;
use domain::ids::{PersonId, RequestNumber};
use sqlx::QueryBuilder;
use std::collections::HashMap;
use uuid::Uuid;

/// People asked about in one statement.
const CHUNK: usize = 400;

/// What hangs on a person now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Groups the person is in, by name.
    pub groups: Vec<String>,
    /// Live grants.
    pub grants: u64,
    /// Requests of the person that are open.
    pub open: Vec<RequestNumber>,
    /// Flows in which the person approves, by name or by a group, by their names.
    pub approves: Vec<String>,
    /// Resources the person owns, by name.
    pub owns: Vec<String>,
    /// Active people whose manager the person is.
    pub reports: u64,
}

const GROUPS: &str = "SELECT a.person_id, g.name FROM active_membership a JOIN groups g ON g.id = a.group_id
    WHERE a.person_id IN (";
const SEATS: &str = "SELECT s.holder_id, f.name FROM flow_seats s
    JOIN flows f ON f.id = s.flow_id AND f.version_id = s.version_id AND f.deleted_at IS NULL WHERE s.holder_id IN (";
const SEATS_BY_GROUP: &str =
    "SELECT a.person_id, f.name FROM active_membership a JOIN flow_seats s ON s.holder_id = a.group_id
    JOIN flows f ON f.id = s.flow_id AND f.version_id = s.version_id AND f.deleted_at IS NULL WHERE a.person_id IN (";
const OWNED: &str =
    "SELECT o.person_id, q.name FROM resource_owners o JOIN resources q ON q.id = o.resource_id AND q.active
    WHERE o.person_id IN (";
const OPEN: &str = "SELECT beneficiary_id, number FROM requests WHERE status IN (0, 4, 6) AND beneficiary_id IN (";
const GRANTS: &str =
    "SELECT beneficiary_id, CAST(1 AS BIGINT) FROM grants WHERE ended_at IS NULL AND beneficiary_id IN (";
const REPORTS: &str = "SELECT manager_id, CAST(1 AS BIGINT) FROM people WHERE active AND manager_id IN (";

/// What hangs on each of these people; who has nothing is left out.
///
/// # Errors
/// When the database fails.
pub async fn of(session: &mut Session, people: &[PersonId]) -> Result<HashMap<PersonId, Holdings>> {
    let mut out: HashMap<PersonId, Holdings> = HashMap::new();
    let all: Vec<Uuid> = people.iter().map(|person| person.0).collect();
    for ids in all.chunks(CHUNK) {
        let found = texts(session, GROUPS, ids).await?;
        found.into_iter().for_each(|(id, name)| held(&mut out, id).groups.push(name));
        let mut seats = texts(session, SEATS, ids).await?;
        seats.extend(texts(session, SEATS_BY_GROUP, ids).await?);
        seats.into_iter().for_each(|(id, name)| held(&mut out, id).approves.push(name));
        let owned = texts(session, OWNED, ids).await?;
        owned.into_iter().for_each(|(id, name)| held(&mut out, id).owns.push(name));
        let open = numbers(session, OPEN, ids).await?;
        open.into_iter().for_each(|(id, number)| held(&mut out, id).open.push(RequestNumber(number)));
        let grants = numbers(session, GRANTS, ids).await?;
        grants.into_iter().for_each(|(id, _)| held(&mut out, id).grants += 1);
        let reports = numbers(session, REPORTS, ids).await?;
        reports.into_iter().for_each(|(id, _)| held(&mut out, id).reports += 1);
    }
    for held in out.values_mut() {
        for names in [&mut held.groups, &mut held.approves, &mut held.owns] {
            names.sort_unstable();
            names.dedup();
        }
        held.open.sort_unstable();
    }
    Ok(out)
}

fn held(out: &mut HashMap<PersonId, Holdings>, id: Uuid) -> &mut Holdings {
    out.entry(PersonId(id)).or_default()
}

async fn texts(session: &mut Session, sql: &'static str, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    Ok(on!(session, c => {
        let mut sql = QueryBuilder::new(sql);
        push_ids(&mut sql, ids);
        sql.build_query_as().fetch_all(&mut *c).await?
    }))
}

async fn numbers(session: &mut Session, sql: &'static str, ids: &[Uuid]) -> Result<Vec<(Uuid, i64)>> {
    Ok(on!(session, c => {
        let mut sql = QueryBuilder::new(sql);
        push_ids(&mut sql, ids);
        sql.build_query_as().fetch_all(&mut *c).await?
    }))
}
