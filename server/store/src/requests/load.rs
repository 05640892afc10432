//! Loading a request for the rules.

use crate::Session;
use crate::error::{Error, Result};
use domain::flow::Definition;
use domain::ids::{FlowId, FlowVersionId, GroupId, PersonId, RequestNumber, ResourceId};
use domain::request::{Request, State, Verdict, Vote};
use domain::time::{Span, Timestamp};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow, Row};
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
    /// Who blocks, as lists show it.
    pub shown: Shown,
}

/// Who blocks, as it was counted at the last transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Kind of the approvers.
    pub kind: String,
    /// Name of the group or of the single person.
    pub name: String,
    /// Approvals so far.
    pub agreed: i32,
    /// Approvals needed.
    pub needed: i32,
    /// The step, from 0.
    pub step: i32,
}

impl Shown {
    /// Whether a fresh count says the same.
    #[must_use]
    pub fn is(&self, counted: &super::Waiting) -> bool {
        self.kind == counted.kind
            && self.name == counted.name
            && (self.agreed, self.needed, self.step) == (counted.agreed, counted.needed, counted.step)
    }
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
    waiting_kind: String,
    waiting_name: String,
    agreed: i32,
    needed: i32,
    step: i32,
}

const SELECT: &str = "SELECT r.number, r.version, r.requester_id, r.beneficiary_id, r.creator_id, r.resource_id, r.flow_id, \
    r.flow_version_id, r.group_id, r.state, r.requested_minutes, r.submitted_at, r.expires_at, v.definition, \
    r.requester_name, r.resource_name, r.flow_name, r.reason, r.waiting_kind, r.waiting_name, r.agreed, r.needed, r.step \
    FROM requests r JOIN flow_versions v ON v.id = r.flow_version_id";

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
    let sql = format!("{SELECT} WHERE r.number = $1{suffix}");
    let raw: Option<Raw> =
        on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).bind(number.0).fetch_optional(&mut *c).await?);
    let Some(raw) = raw else { return Ok(None) };
    const VOTES: &str = "SELECT person_id, person_name, verdict, step, comment, voted_at FROM votes
        WHERE request = $1 ORDER BY voted_at, person_id";
    let votes: Vec<RawVote> = on!(session, c => sqlx::query_as(VOTES).bind(number.0).fetch_all(&mut *c).await?);
    raw.into_loaded(votes).map(Some)
}

/// The newest request whose number is not above this one, else the oldest: the one itself where there is such a request. Nothing
/// where there is none at all.
///
/// # Errors
/// When the database fails.
pub async fn nearest(session: &mut Session, number: RequestNumber) -> Result<Option<RequestNumber>> {
    const SQL: &str =
        "SELECT COALESCE((SELECT MAX(number) FROM requests WHERE number <= $1), (SELECT MIN(number) FROM requests))";
    let found: Option<i64> = on!(session, c => sqlx::query_scalar(SQL).bind(number.0).fetch_one(&mut *c).await?);
    Ok(found.map(RequestNumber))
}

/// Open requests that were looked at together.
#[derive(Debug, Default)]
pub struct Open {
    /// Those that can be read.
    pub loaded: Vec<Loaded>,
    /// The number of the last one, whether it can be read or not; nothing when there were none.
    pub last: Option<RequestNumber>,
}

/// The requests that are Pending or Missing Data and not in flight, by number after one, without a lock: what a change of
/// people or groups may touch. One that cannot be read is left out and logged: it must not stop what happens to the others.
///
/// # Errors
/// When the database fails.
pub async fn load_open(session: &mut Session, after: RequestNumber, limit: i64) -> Result<Open> {
    let sql =
        format!("{SELECT} WHERE r.status IN (0, 6) AND NOT r.in_flight AND r.number > $1 ORDER BY r.number LIMIT $2");
    let raws: Vec<(i64, std::result::Result<Raw, sqlx::Error>)> = on!(session, c => {
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(after.0).bind(limit).fetch_all(&mut *c).await?;
        let one = |row| Ok::<_, sqlx::Error>((Row::try_get(row, "number")?, Raw::from_row(row)));
        rows.iter().map(one).collect::<std::result::Result<_, _>>()?
    });
    let Some(last) = raws.last().map(|(number, _)| *number) else { return Ok(Open::default()) };
    let mut votes = votes_of_open(session, after, last).await?;
    let mut loaded = Vec::with_capacity(raws.len());
    for (number, raw) in raws {
        let votes = votes.remove(&number).unwrap_or_else(|| Ok(Vec::new()));
        match raw.and_then(|raw| Ok((raw, votes?))).map_err(Error::from).and_then(|(raw, votes)| raw.into_loaded(votes))
        {
            Ok(one) => loaded.push(one),
            Err(error) => {
                tracing::error!(%error, request = number, "an open request cannot be read and was passed over")
            }
        }
    }
    Ok(Open { loaded, last: Some(RequestNumber(last)) })
}

/// The votes on open requests, by request; where one of them cannot be read, why.
async fn votes_of_open(
    session: &mut Session,
    after: RequestNumber,
    last: i64,
) -> Result<HashMap<i64, std::result::Result<Vec<RawVote>, sqlx::Error>>> {
    const VOTES: &str = "SELECT v.request, v.person_id, v.person_name, v.verdict, v.step, v.comment, v.voted_at
        FROM votes v JOIN requests r ON r.number = v.request AND r.status IN (0, 6)
        WHERE v.request > $1 AND v.request <= $2 ORDER BY v.request, v.voted_at, v.person_id";
    let votes: Vec<(i64, std::result::Result<RawVote, sqlx::Error>)> = on!(session, c => {
        let rows = sqlx::query(VOTES).bind(after.0).bind(last).fetch_all(&mut *c).await?;
        let one = |row| Ok::<_, sqlx::Error>((Row::try_get(row, "request")?, RawVote::from_row(row)));
        rows.iter().map(one).collect::<std::result::Result<_, _>>()?
    });
    let mut by_request = HashMap::new();
    for (number, vote) in votes {
        let known = by_request.entry(number).or_insert_with(|| Ok(Vec::new()));
        match (vote, known) {
            (Ok(vote), Ok(votes)) => votes.push(vote),
            (Err(error), known) => *known = Err(error),
            (Ok(_), Err(_)) => {}
        }
    }
    Ok(by_request)
}

impl Raw {
    fn into_loaded(self, votes: Vec<RawVote>) -> Result<Loaded> {
        let number = RequestNumber(self.number);
        let voters = votes.iter().map(|vote| (PersonId(vote.person_id), vote.person_name.clone())).collect();
        let votes = votes.into_iter().map(|vote| vote.into_vote(number)).collect::<Result<Vec<_>>>()?;
        Ok(Loaded {
            request: Request {
                number,
                version: self.version,
                requester: PersonId(self.requester_id),
                beneficiary: PersonId(self.beneficiary_id),
                creator: PersonId(self.creator_id),
                resource: ResourceId(self.resource_id),
                flow: FlowId(self.flow_id),
                group: GroupId(self.group_id),
                definition: self.definition.0,
                state: self.state.0,
                requested: self.requested_minutes.and_then(Span::minutes),
                submitted_at: Timestamp(self.submitted_at),
                expires_at: Timestamp(self.expires_at),
                votes,
            },
            voters,
            requester_name: self.requester_name,
            resource_name: self.resource_name,
            flow_name: self.flow_name,
            reason: self.reason,
            flow_version_id: FlowVersionId(self.flow_version_id),
            shown: Shown {
                kind: self.waiting_kind,
                name: self.waiting_name,
                agreed: self.agreed,
                needed: self.needed,
                step: self.step,
            },
        })
    }
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

/// A request whose time has run out, by the moment at which it did.
pub type Due = (Timestamp, RequestNumber);

/// Requests whose time has run out, after one of them, the first first.
///
/// # Errors
/// When the database fails.
pub async fn due(session: &mut Session, after: Option<Due>, limit: i64) -> Result<Vec<Due>> {
    const SQL: &str = "SELECT expires_at, number FROM requests
        WHERE status IN (0, 6) AND expires_at <= $1 AND NOT in_flight AND (expires_at, number) > ($2, $3)
        ORDER BY expires_at, number LIMIT $4";
    let now = session.now().0;
    let (at, number) = after.map_or((i64::MIN, i64::MIN), |(at, number)| (at.0, number.0));
    let found: Vec<(i64, i64)> = on!(session, c => sqlx::query_as(SQL)
        .bind(now).bind(at).bind(number).bind(limit).fetch_all(&mut *c).await?);
    Ok(found.into_iter().map(|(at, number)| (Timestamp(at), RequestNumber(number))).collect())
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
