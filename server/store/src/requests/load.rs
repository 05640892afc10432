//! Loading a request for the rules.

use crate::Session;
use crate::error::{Error, Result};
use domain::flow::Definition;
use domain::ids::{FlowId, FlowVersionId, GroupId, PersonId, RequestNumber, ResourceId};
use domain::request::{Request, State, Verdict, Vote};
use domain::time::{Span, Timestamp};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow};
use std::collections::HashMap;
use uuid::Uuid;

/// A request as the rules see it, and who voted, by name.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The request.
    pub request: Request,
    /// Names of those who voted, as they were then.
    pub voters: HashMap<PersonId, String>,
    /// Name of the requester, frozen.
    pub requester_name: String,
    /// Name of the resource, frozen.
    pub resource_name: String,
    /// Name of the flow, frozen.
    pub flow_name: String,
    /// Why it is asked for.
    pub reason: String,
    /// The flow version.
    pub flow_version_id: FlowVersionId,
}

#[derive(FromRow)]
struct Raw {
    number: i64,
    version: i64,
    requester_id: Uuid,
    beneficiary_id: Uuid,
    creator_id: Uuid,
    resource_id: Uuid,
    flow_id: Uuid,
    flow_version_id: Uuid,
    group_id: Uuid,
    state: Json<State>,
    requested_minutes: Option<i64>,
    submitted_at: i64,
    expires_at: i64,
    definition: Json<Definition>,
    requester_name: String,
    resource_name: String,
    flow_name: String,
    reason: String,
}

#[derive(FromRow)]
struct RawVote {
    person_id: Uuid,
    person_name: String,
    verdict: i16,
    step: i32,
    comment: Option<String>,
    voted_at: i64,
}

/// Loads a request with its frozen flow and its votes. With `lock`, nobody else can decide until the session ends.
///
/// # Errors
/// When the database fails or holds what the rules cannot read.
pub async fn load(session: &mut Session, number: RequestNumber, lock: bool) -> Result<Option<Loaded>> {
    let suffix = if lock { session.lock_rows("r") } else { String::new() };
    let sql = format!(
        "SELECT r.number, r.version, r.requester_id, r.beneficiary_id, r.creator_id, r.resource_id, r.flow_id, \
         r.flow_version_id, r.group_id, r.state, r.requested_minutes, r.submitted_at, r.expires_at, v.definition, \
         r.requester_name, r.resource_name, r.flow_name, r.reason \
         FROM requests r JOIN flow_versions v ON v.id = r.flow_version_id WHERE r.number = $1{suffix}"
    );
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(number.0).fetch_optional(&mut *c).await?);
    let Some(raw) = raw else { return Ok(None) };
    const VOTES: &str = "SELECT person_id, person_name, verdict, step, comment, voted_at FROM votes
        WHERE request = $1 ORDER BY voted_at, person_id";
    let votes: Vec<RawVote> = on!(session, c => sqlx::query_as(VOTES).bind(number.0).fetch_all(&mut *c).await?);
    let voters = votes.iter().map(|vote| (PersonId(vote.person_id), vote.person_name.clone())).collect();
    let votes = votes.into_iter().map(|vote| vote.into_vote(number)).collect::<Result<Vec<_>>>()?;
    Ok(Some(Loaded {
        request: Request {
            number: RequestNumber(raw.number),
            version: raw.version,
            requester: PersonId(raw.requester_id),
            beneficiary: PersonId(raw.beneficiary_id),
            creator: PersonId(raw.creator_id),
            resource: ResourceId(raw.resource_id),
            flow: FlowId(raw.flow_id),
            group: GroupId(raw.group_id),
            definition: raw.definition.0,
            state: raw.state.0,
            requested: raw.requested_minutes.and_then(Span::minutes),
            submitted_at: Timestamp(raw.submitted_at),
            expires_at: Timestamp(raw.expires_at),
            votes,
        },
        voters,
        requester_name: raw.requester_name,
        resource_name: raw.resource_name,
        flow_name: raw.flow_name,
        reason: raw.reason,
        flow_version_id: FlowVersionId(raw.flow_version_id),
    }))
}

impl RawVote {
    fn into_vote(self, number: RequestNumber) -> Result<Vote> {
        let verdict =
            Verdict::from_code(self.verdict).ok_or_else(|| Error::inconsistent("votes", "verdict", number))?;
        Ok(Vote {
            person: PersonId(self.person_id),
            verdict,
            step: usize::try_from(self.step).unwrap_or(0),
            at: Timestamp(self.voted_at),
            comment: self.comment,
        })
    }
}

/// The open request of a beneficiary for a resource, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn open_for(
    session: &mut Session,
    beneficiary: PersonId,
    resource: ResourceId,
) -> Result<Option<RequestNumber>> {
    const SQL: &str = "SELECT number FROM requests
        WHERE beneficiary_id = $1 AND resource_id = $2 AND status IN (0, 4, 6)";
    let found: Option<i64> = on!(session, c => sqlx::query_scalar(SQL)
        .bind(beneficiary.0).bind(resource.0).fetch_optional(&mut *c).await?);
    Ok(found.map(RequestNumber))
}

/// Numbers of the requests that are Pending or Missing Data, oldest first: what a change of people or groups may touch.
///
/// # Errors
/// When the database fails.
pub async fn open_numbers(session: &mut Session, after: RequestNumber, limit: i64) -> Result<Vec<RequestNumber>> {
    const SQL: &str = "SELECT number FROM requests WHERE status IN (0, 6) AND number > $1 ORDER BY number LIMIT $2";
    let found: Vec<i64> =
        on!(session, c => sqlx::query_scalar(SQL).bind(after.0).bind(limit).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(RequestNumber).collect())
}

/// Numbers of the requests whose time has run out.
///
/// # Errors
/// When the database fails.
pub async fn due(session: &mut Session, limit: i64) -> Result<Vec<RequestNumber>> {
    const SQL: &str = "SELECT number FROM requests
        WHERE status IN (0, 6) AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
    let now = session.now().0;
    let found: Vec<i64> = on!(session, c => sqlx::query_scalar(SQL).bind(now).bind(limit).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(RequestNumber).collect())
}

/// Numbers of the open requests whose beneficiary is the person.
///
/// # Errors
/// When the database fails.
pub async fn open_of(session: &mut Session, person: PersonId) -> Result<Vec<RequestNumber>> {
    const SQL: &str = "SELECT number FROM requests WHERE beneficiary_id = $1 AND status IN (0, 4, 6) ORDER BY number";
    let found: Vec<i64> = on!(session, c => sqlx::query_scalar(SQL).bind(person.0).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(RequestNumber).collect())
}

/// Who decided a request, if a person did.
///
/// # Errors
/// When the database fails.
pub async fn decider(session: &mut Session, number: RequestNumber) -> Result<Option<PersonId>> {
    const SQL: &str = "SELECT actor_id FROM decisions WHERE request = $1";
    let found: Option<Option<Uuid>> =
        on!(session, c => sqlx::query_scalar(SQL).bind(number.0).fetch_optional(&mut *c).await?);
    Ok(found.flatten().map(PersonId))
}

/// The open requests of a beneficiary, by resource.
///
/// # Errors
/// When the database fails.
pub async fn open_by_resource(session: &mut Session, person: PersonId) -> Result<Vec<(ResourceId, RequestNumber)>> {
    const SQL: &str = "SELECT resource_id, number FROM requests WHERE beneficiary_id = $1 AND status IN (0, 4, 6)";
    let found: Vec<(Uuid, i64)> = on!(session, c => sqlx::query_as(SQL).bind(person.0).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(|(resource, number)| (ResourceId(resource), RequestNumber(number))).collect())
}
