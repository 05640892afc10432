//! The permanent record. Rows are written in the transaction of what they tell of, and never changed.

use crate::search::{Bind, Names, Sql, found};
use crate::{Result, Session};
use domain::ids::{PersonId, RequestNumber};
use domain::search::Search;
use domain::time::Timestamp;
use sqlx::QueryBuilder;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

/// One event of the record.
#[derive(Clone, Debug, Default)]
pub struct Event<'a> {
    /// Type, as in `product.md` 5: `request_submitted`, `approved`, `overridden`, `login` …
    pub kind: &'a str,
    /// Who did it; nobody for the clock.
    pub actor: Option<(PersonId, &'a str)>,
    /// From where: the address of the peer.
    pub address: &'a str,
    /// On which request.
    pub request: Option<RequestNumber>,
    /// The version of the request that it produced; exactly one row for each.
    pub request_version: Option<i64>,
    /// What else it was about: a person's email, a flow's name.
    pub subject: &'a str,
    /// Before and after, and everything else worth knowing.
    pub detail: serde_json::Value,
    /// Seen on the Audit page only.
    pub internal_notes: Option<&'a str>,
}

/// Writes an event.
///
/// # Errors
/// When the database fails; the use case must fail with it.
pub async fn record(session: &mut Session, event: &Event<'_>) -> Result<()> {
    record_all(session, std::slice::from_ref(event)).await
}

/// Writes events, in their order.
///
/// # Errors
/// When the database fails; the use case must fail with it.
pub async fn record_all(session: &mut Session, events: &[Event<'_>]) -> Result<()> {
    const HEAD: &str = "INSERT INTO audit \
        (at, kind, actor_id, actor, address, request, request_version, subject, detail, internal_notes) ";
    if events.is_empty() {
        return Ok(());
    }
    let now = session.now().0;
    on!(session, c => {
        let mut sql = QueryBuilder::new(HEAD);
        sql.push_values(events, |mut row, event| {
            row.push_bind(now)
                .push_bind(event.kind)
                .push_bind(event.actor.map(|(id, _)| id.0))
                .push_bind(event.actor.map_or("", |(_, name)| name))
                .push_bind(event.address)
                .push_bind(event.request.map(|number| number.0))
                .push_bind(event.request_version)
                .push_bind(event.subject)
                .push_bind(Json(&event.detail))
                .push_bind(event.internal_notes);
        });
        sql.build().execute(&mut *c).await?.rows_affected()
    });
    Ok(())
}

/// What is looked for in the record. Everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Done by this person, or about `about`, or by or about `people`.
    pub actor: Option<PersonId>,
    /// About one of these emails and names.
    pub about: Vec<String>,
    /// By or about somebody in whose name and address, now or before, this is found.
    pub people: Option<Search>,
    /// On this request.
    pub request: Option<RequestNumber>,
    /// Of this type.
    pub kind: Option<String>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// Older than the event of this number.
    pub before: Option<i64>,
}

/// An event as it stands in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its number; it rises with each event.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Type.
    pub kind: String,
    /// Name of who did it; empty for the clock.
    pub actor: String,
    /// From where.
    pub address: String,
    /// On which request.
    pub request: Option<RequestNumber>,
    /// What else it was about.
    pub subject: String,
    /// Before and after, and everything else worth knowing.
    pub detail: serde_json::Value,
    /// Seen on the Audit page only.
    pub internal_notes: Option<String>,
}

#[derive(FromRow)]
struct Raw {
    id: i64,
    at: i64,
    kind: String,
    actor: String,
    address: String,
    request: Option<i64>,
    subject: String,
    detail: Json<serde_json::Value>,
    internal_notes: Option<String>,
}

/// Events of the record, newest first.
///
/// # Errors
/// When the database fails.
pub async fn search(session: &mut Session, wanted: &Wanted, limit: i64) -> Result<Vec<Recorded>> {
    let mut sql = Sql::default();
    let before = sql.bind(Bind::Number(wanted.before.unwrap_or(i64::MAX)));
    let mut text = format!(
        "SELECT id, at, kind, actor, address, request, subject, detail, internal_notes FROM audit WHERE id < {before}"
    );
    if let Some(who) = who(session, &mut sql, wanted).await? {
        text.push_str(&format!(" AND ({who})"));
    }
    let parts = [
        ("request =", wanted.request.map(|request| Bind::Number(request.0))),
        ("kind =", wanted.kind.clone().map(Bind::Text)),
        ("at >=", wanted.from.map(|from| Bind::Number(from.0))),
        ("at <", wanted.to.map(|to| Bind::Number(to.0))),
    ];
    for (condition, bind) in parts {
        if let Some(bind) = bind {
            text.push_str(&format!(" AND {condition} {}", sql.bind(bind)));
        }
    }
    text.push_str(&format!(" ORDER BY id DESC LIMIT {limit}"));
    let raws: Vec<Raw> =
        on!(session, c => bound!(sqlx::query_as(AssertSqlSafe(text)), sql.binds).fetch_all(&mut *c).await?);
    let recorded = |raw: Raw| Recorded {
        id: raw.id,
        at: Timestamp(raw.at),
        kind: raw.kind,
        actor: raw.actor,
        address: raw.address,
        request: raw.request.map(RequestNumber),
        subject: raw.subject,
        detail: raw.detail.0,
        internal_notes: raw.internal_notes,
    };
    Ok(raws.into_iter().map(recorded).collect())
}

/// People whose events are found by the indexes over who and whom; those of more people are met soon by going back in time.
const FEW: usize = 50;

/// What somebody did, and what was done about them.
async fn who(session: &mut Session, sql: &mut Sql, wanted: &Wanted) -> Result<Option<String>> {
    let mut any = Vec::new();
    if let Some(actor) = wanted.actor {
        any.push(format!("actor_id = {}", sql.bind(Bind::Id(actor.0))));
    }
    let mut about: Vec<String> = wanted.about.clone();
    if let Some(search) = &wanted.people {
        let people = few_people(session, search).await?;
        if let Some((ids, emails)) = people {
            let ids: Vec<String> = ids.iter().map(|id| sql.bind(Bind::Id(*id))).collect();
            any.push(if ids.is_empty() { "1 = 0".to_owned() } else { format!("actor_id IN ({})", ids.join(", ")) });
            about.extend(emails);
        } else {
            let found = format!("FROM people p WHERE {}", found(session, sql, search, "p", Names::Ever));
            // Not by the indexes: these people's events are everywhere.
            any.push(format!("(actor_id IN (SELECT p.id {found})) IS TRUE"));
            any.push(format!(
                "(subject <> '' AND (subject IN (SELECT p.email {found}) OR subject IN (SELECT o.email FROM people_former o \
                 WHERE o.person_id IN (SELECT p.id {found})))) IS TRUE"
            ));
        }
    }
    let about: Vec<String> = about.into_iter().map(|about| sql.bind(Bind::Text(about))).collect();
    if !about.is_empty() {
        any.push(format!("(subject <> '' AND subject IN ({}))", about.join(", ")));
    }
    Ok((!any.is_empty()).then(|| any.join(" OR ")))
}

/// The few people whom a search finds, and every email that they have or had; nothing when they are more.
async fn few_people(session: &mut Session, search: &Search) -> Result<Option<(Vec<Uuid>, Vec<String>)>> {
    let mut sql = Sql::default();
    let text = format!(
        "SELECT p.id, p.email FROM people p WHERE {} LIMIT {}",
        found(session, &mut sql, search, "p", Names::Ever),
        FEW + 1
    );
    let people: Vec<(Uuid, String)> =
        on!(session, c => bound!(sqlx::query_as(AssertSqlSafe(text)), sql.binds).fetch_all(&mut *c).await?);
    if people.len() > FEW {
        return Ok(None);
    }
    let (ids, mut emails): (Vec<Uuid>, Vec<String>) = people.into_iter().unzip();
    for id in &ids {
        const SQL: &str = "SELECT email FROM people_former WHERE person_id = $1";
        let former: Vec<String> = on!(session, c => sqlx::query_scalar(SQL).bind(*id).fetch_all(&mut *c).await?);
        emails.extend(former);
    }
    Ok(Some((ids, emails)))
}
