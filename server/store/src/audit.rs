//! The permanent record. Rows are written in the transaction of what they tell of, and never changed.

use crate::{Result, Session};
use domain::ids::{PersonId, RequestNumber};
use domain::time::Timestamp;
use sqlx::QueryBuilder;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow};

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
    /// Done by this person, or about `about`.
    pub actor: Option<PersonId>,
    /// About this email or name.
    pub about: Option<String>,
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
    let mut sql = String::from(
        "SELECT id, at, kind, actor, address, request, subject, detail, internal_notes FROM audit WHERE id < $1",
    );
    let mut place = 1;
    let add = |sql: &mut String, place: &mut i32, condition: &str| {
        *place += 1;
        sql.push_str(&format!(" AND {condition} ${place}"));
    };
    // What somebody did, and what was done about them.
    match (wanted.actor.is_some(), wanted.about.is_some()) {
        (true, true) => {
            sql.push_str(" AND (actor_id = $2 OR (subject = $3 AND subject <> ''))");
            place = 3;
        }
        (true, false) => add(&mut sql, &mut place, "actor_id ="),
        (false, true) => add(&mut sql, &mut place, "subject <> '' AND subject ="),
        (false, false) => {}
    }
    for (given, condition) in [
        (wanted.request.is_some(), "request ="),
        (wanted.kind.is_some(), "kind ="),
        (wanted.from.is_some(), "at >="),
        (wanted.to.is_some(), "at <"),
    ] {
        if given {
            add(&mut sql, &mut place, condition);
        }
    }
    sql.push_str(&format!(" ORDER BY id DESC LIMIT {limit}"));
    let raws: Vec<Raw> = on!(session, c => {
        let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(wanted.before.unwrap_or(i64::MAX));
        if let Some(actor) = wanted.actor {
            query = query.bind(actor.0);
        }
        if let Some(about) = &wanted.about {
            query = query.bind(about.clone());
        }
        if let Some(request) = wanted.request {
            query = query.bind(request.0);
        }
        if let Some(kind) = &wanted.kind {
            query = query.bind(kind.clone());
        }
        for moment in [wanted.from, wanted.to].into_iter().flatten() {
            query = query.bind(moment.0);
        }
        query.fetch_all(&mut *c).await?
    });
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
