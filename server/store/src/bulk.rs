//! Bulk loading, for the demo organisation and the benches: whole rows, many to a statement.

use crate::engine::Session;
use crate::error::Result;
use domain::filter::Facts;
use domain::ids::{FlowId, FlowVersionId, GroupId, MessageId, PersonId, RequestNumber, ResourceId};
use domain::request::{ApprovalType, Lane, State, Vote};
use domain::text::fold;
use domain::time::{Span, Timestamp};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, QueryBuilder};

/// Rows to a statement; PostgreSQL takes 65,535 parameters, SQLite 32,766.
const ROWS: usize = 500;
/// Tables that a load fills, and whose secondary indexes are built after it.
const TABLES: &str = "('requests', 'requests_text', 'votes', 'grants', 'audit', 'outbox')";

/// Moment, kind, actor and version of an audit row.
pub type AuditLine = (Timestamp, &'static str, Option<(PersonId, String)>, Option<i64>);

/// A request with everything that happened to it.
#[derive(Clone, Debug)]
pub struct History {
    /// Number.
    pub number: RequestNumber,
    /// Version after all that happened.
    pub version: i64,
    /// Requester, beneficiary and creator.
    pub requester: PersonId,
    /// Resource.
    pub resource: ResourceId,
    /// Flow.
    pub flow: FlowId,
    /// Version of the flow.
    pub flow_version: FlowVersionId,
    /// Group that it gives.
    pub group: GroupId,
    /// Tab.
    pub lane: Lane,
    /// Approval type.
    pub approval_type: ApprovalType,
    /// State.
    pub state: State,
    /// Names as frozen: requester, email, department, manager's email, resource, category, flow, group.
    pub names: [String; 8],
    /// Why.
    pub reason: String,
    /// Duration asked for.
    pub requested: Option<Span>,
    /// When.
    pub submitted_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// Who blocks: kind, name, agreed, needed, step, steps.
    pub waiting: crate::requests::Waiting,
    /// How it ended.
    pub decision: Option<crate::requests::Frozen>,
    /// Kind of the decision row, its actor and cause of cancellation.
    pub end: Option<(&'static str, Option<PersonId>, Option<&'static str>)>,
    /// Votes with the voters' names.
    pub votes: Vec<(Vote, String)>,
    /// Grant: id, beginning, planned end, end.
    pub grant: Option<(uuid::Uuid, Timestamp, Option<Timestamp>, Option<Timestamp>)>,
    /// Audit rows: moment, kind, actor, version.
    pub audit: Vec<AuditLine>,
    /// Delivered mails: id, kind, recipient, moment.
    pub mails: Vec<(MessageId, &'static str, PersonId, Timestamp)>,
}

/// What was taken away for a load, to be put back after it.
#[derive(Clone, Debug)]
pub struct Prepared {
    statements: Vec<String>,
}

/// Takes the secondary indexes of the loaded tables away.
///
/// # Errors
/// When the database fails.
pub async fn prepare(session: &mut Session) -> Result<Prepared> {
    let found = session.secondary_indexes(TABLES).await?;
    for (name, kind, _) in &found {
        session.execute(format!("DROP {kind} {name}")).await?;
    }
    Ok(Prepared { statements: found.into_iter().map(|(_, _, sql)| sql).collect() })
}

/// How many steps [`restore`] takes.
#[must_use]
pub const fn steps(prepared: &Prepared) -> usize {
    prepared.statements.len() + 1
}

/// Puts the indexes back, one a call, and at the end builds the search index and the planner's figures.
///
/// # Errors
/// When the database fails.
pub async fn restore(session: &mut Session, prepared: &Prepared, step: usize) -> Result<()> {
    if let Some(sql) = prepared.statements.get(step) {
        session.execute(sql.clone()).await?;
        return Ok(());
    }
    session.rebuild_search().await
}

/// Sets the next number of a request and the longest time to expiry.
///
/// # Errors
/// When the database fails.
pub async fn set_sequences(session: &mut Session, last: i64, lag: i64) -> Result<()> {
    session.execute(format!("UPDATE sequences SET value = {last} WHERE name = 'request'")).await?;
    session
        .execute(format!(
            "INSERT INTO sequences (name, value) VALUES ('expiry_lag', {lag}) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        ))
        .await?;
    Ok(())
}

/// Writes requests and everything that hangs on them.
///
/// # Errors
/// When the database fails.
pub async fn load(session: &mut Session, histories: &[History]) -> Result<()> {
    for chunk in histories.chunks(ROWS) {
        requests(session, chunk).await?;
        votes(session, chunk).await?;
        decisions(session, chunk).await?;
        grants(session, chunk).await?;
        audit(session, chunk).await?;
        outbox(session, chunk).await?;
    }
    Ok(())
}

async fn requests(session: &mut Session, chunk: &[History]) -> Result<()> {
    on!(session, c => {
        let mut sql = QueryBuilder::new(
            "INSERT INTO requests (number, version, requester_id, beneficiary_id, creator_id, resource_id, flow_id, flow_version_id, \
             group_id, lane, status, approval_type, state, requester_name, requester_fold, requester_email, department, \
             manager_email, resource_name, resource_fold, category, flow_name, flow_version, group_name, reason, \
             requested_minutes, submitted_at, expires_at, waiting_kind, waiting_name, agreed, needed, step, steps, decided_at, \
             decided_by, decision_reason, next_steps, overridden, granted_minutes, access_ends_at) ",
        );
        sql.push_values(chunk, |mut row, h| {
            let [name, email, department, manager, resource, category, flow, group] = &h.names;
            let end = h.decision.as_ref();
            row.push_bind(h.number.0)
                .push_bind(h.version)
                .push_bind(h.requester.0)
                .push_bind(h.requester.0)
                .push_bind(h.requester.0)
                .push_bind(h.resource.0)
                .push_bind(h.flow.0)
                .push_bind(h.flow_version.0)
                .push_bind(h.group.0)
                .push_bind(h.lane.code())
                .push_bind(h.state.status().code())
                .push_bind(h.approval_type.code())
                .push_bind(Json(&h.state))
                .push_bind(name.as_str())
                .push_bind(fold(name))
                .push_bind(email.as_str())
                .push_bind(department.as_str())
                .push_bind(manager.as_str())
                .push_bind(resource.as_str())
                .push_bind(fold(resource))
                .push_bind(category.as_str())
                .push_bind(flow.as_str())
                .push_bind(1_i32)
                .push_bind(group.as_str())
                .push_bind(h.reason.as_str())
                .push_bind(h.requested.map(Span::as_minutes))
                .push_bind(h.submitted_at.0)
                .push_bind(h.expires_at.0)
                .push_bind(h.waiting.kind)
                .push_bind(h.waiting.name.as_str())
                .push_bind(h.waiting.agreed)
                .push_bind(h.waiting.needed)
                .push_bind(h.waiting.step)
                .push_bind(h.waiting.steps)
                .push_bind(end.map(|end| end.at.0))
                .push_bind(end.map_or("", |end| end.by.as_str()))
                .push_bind(end.map_or("", |end| end.reason.as_str()))
                .push_bind(end.map_or("", |end| end.next_steps.as_str()))
                .push_bind(end.is_some_and(|end| end.overridden))
                .push_bind(end.and_then(|end| end.granted).map(Span::as_minutes))
                .push_bind(end.and_then(|end| end.access_ends_at).map(|at| at.0));
        });
        sql.build().execute(&mut *c).await?.rows_affected()
    });
    let texts: Vec<_> = chunk
        .iter()
        .map(|h| {
            let [name, email, _, _, resource, _, flow, _] = &h.names;
            (h.number.0, Facts::search_text(h.number, name, email, resource, flow, &h.reason))
        })
        .collect();
    crate::search::write_texts(session, &texts).await
}

async fn votes(session: &mut Session, chunk: &[History]) -> Result<()> {
    let all: Vec<_> =
        chunk.iter().flat_map(|h| h.votes.iter().map(move |(vote, name)| (h.number, vote, name))).collect();
    for part in all.chunks(ROWS) {
        on!(session, c => {
            let mut sql = QueryBuilder::new("INSERT INTO votes (request, person_id, person_name, verdict, step, comment, voted_at) ");
            sql.push_values(part, |mut row, (number, vote, name)| {
                row.push_bind(number.0)
                    .push_bind(vote.person.0)
                    .push_bind(name.as_str())
                    .push_bind(vote.verdict.code())
                    .push_bind(i32::try_from(vote.step).unwrap_or(0))
                    .push_bind(vote.comment.as_deref())
                    .push_bind(vote.at.0);
            });
            sql.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}

async fn decisions(session: &mut Session, chunk: &[History]) -> Result<()> {
    let ended: Vec<_> = chunk.iter().filter_map(|h| Some((h.number, h.end?, h.decision.as_ref()?))).collect();
    if ended.is_empty() {
        return Ok(());
    }
    on!(session, c => {
        let mut sql = QueryBuilder::new(
            "INSERT INTO decisions (request, kind, actor_id, reason, next_steps, overridden, cancel_cause, decided_at) ",
        );
        sql.push_values(&ended, |mut row, (number, (kind, actor, cause), decision)| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            row.push_bind(number.0)
                .push_bind(*kind)
                .push_bind(actor.map(|actor| actor.0))
                .push_bind(some(&decision.reason))
                .push_bind(some(&decision.next_steps))
                .push_bind(decision.overridden)
                .push_bind(*cause)
                .push_bind(decision.at.0);
        });
        sql.build().execute(&mut *c).await?.rows_affected()
    });
    Ok(())
}

async fn grants(session: &mut Session, chunk: &[History]) -> Result<()> {
    let granted: Vec<_> = chunk.iter().filter_map(|h| Some((h, h.grant?))).collect();
    if granted.is_empty() {
        return Ok(());
    }
    on!(session, c => {
        let mut sql = QueryBuilder::new(
            "INSERT INTO grants (id, request, beneficiary_id, resource_id, group_id, began_at, ends_at, ended_at, end_cause) ",
        );
        sql.push_values(&granted, |mut row, (h, (id, began, ends, ended))| {
            row.push_bind(*id)
                .push_bind(h.number.0)
                .push_bind(h.requester.0)
                .push_bind(h.resource.0)
                .push_bind(h.group.0)
                .push_bind(began.0)
                .push_bind(ends.map(|at| at.0))
                .push_bind(ended.map(|at| at.0))
                .push_bind(ended.map(|_| if ends.is_some() { "time_over" } else { "given_back" }));
        });
        sql.build().execute(&mut *c).await?.rows_affected()
    });
    Ok(())
}

async fn audit(session: &mut Session, chunk: &[History]) -> Result<()> {
    let all: Vec<_> = chunk.iter().flat_map(|h| h.audit.iter().map(move |event| (h.number, event))).collect();
    for part in all.chunks(ROWS * 2) {
        on!(session, c => {
            let mut sql = QueryBuilder::new("INSERT INTO audit (at, kind, actor_id, actor, request, request_version) ");
            sql.push_values(part, |mut row, (number, (at, kind, actor, version))| {
                row.push_bind(at.0)
                    .push_bind(*kind)
                    .push_bind(actor.as_ref().map(|(id, _)| id.0))
                    .push_bind(actor.as_ref().map_or("", |(_, name)| name.as_str()))
                    .push_bind(number.0)
                    .push_bind(*version);
            });
            sql.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}

async fn outbox(session: &mut Session, chunk: &[History]) -> Result<()> {
    let all: Vec<_> = chunk.iter().flat_map(|h| h.mails.iter().map(move |mail| (h, mail))).collect();
    for part in all.chunks(ROWS * 2) {
        on!(session, c => {
            let mut sql = QueryBuilder::new(
                "INSERT INTO outbox (id, kind, request, recipient_id, payload, state, attempts, created_at, due_at, next_attempt_at, finished_at) ",
            );
            sql.push_values(part, |mut row, (h, (id, kind, recipient, at))| {
                row.push_bind(id.0)
                    .push_bind(*kind)
                    .push_bind(h.number.0)
                    .push_bind(recipient.0)
                    .push_bind(Json(serde_json::json!({ "request": h.number, "requester": h.names[0], "resource": h.names[4] })))
                    .push_bind("delivered")
                    .push_bind(1_i32)
                    .push_bind(at.0)
                    .push_bind(at.0)
                    .push_bind(at.0)
                    .push_bind(at.0 + 1_500_000);
            });
            sql.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}

/// Writes password hashes for people.
///
/// # Errors
/// When the database fails.
pub async fn passwords(session: &mut Session, people: &[PersonId], phc: &str) -> Result<()> {
    let now = session.now().0;
    for chunk in people.chunks(ROWS * 4) {
        on!(session, c => {
            let mut sql = QueryBuilder::new("INSERT INTO credentials (person_id, phc, changed_at) ");
            sql.push_values(chunk, |mut row, person| {
                row.push_bind(person.0).push_bind(phc).push_bind(now);
            });
            sql.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}

/// Whether the database holds nobody.
///
/// # Errors
/// When the database fails.
pub async fn is_empty(session: &mut Session) -> Result<bool> {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 FROM people LIMIT 1) p".to_owned();
    let found: i64 = on!(session, c => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *c).await?);
    Ok(found == 0)
}

/// Takes the rule of one open request per beneficiary and resource away, for tests that generate rows at random.
///
/// # Errors
/// When the database fails.
#[doc(hidden)]
pub async fn drop_open_rule_for_tests(session: &mut Session) -> Result<()> {
    session.execute("DROP INDEX ux_requests_open".to_owned()).await?;
    Ok(())
}
