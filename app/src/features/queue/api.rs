//! Server functions of the queue. Each calls one use case.

use crate::act::Done;
use crate::error::AppError;
use crate::wire::{ActInput, AsPerson, Json};
#[cfg(feature = "ssr")]
use domain::ids::RequestNumber;
use domain::people::PersonRef;
use domain::request::Announced;
#[cfg(feature = "ssr")]
use domain::view::QueueRow;
use domain::view::{QueuePage, RequestDetail};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Which screen an admin acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Grant, or the vote on a waiting administrator step.
    Grant,
    /// Grant over the remaining steps.
    GrantOver,
    /// Deny.
    Deny,
    /// Retry the decision that could not be carried out.
    Retry,
    /// Repair what is missing in the directory.
    Repair,
}

impl Act {
    /// Spelling in the URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::GrantOver => "grant-over",
            Self::Deny => "deny",
            Self::Retry => "retry",
            Self::Repair => "repair",
        }
    }

    /// Reads the spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Grant, Self::GrantOver, Self::Deny, Self::Retry, Self::Repair]
            .into_iter()
            .find(|act| act.as_str() == text)
    }
}

/// What an admin typed on a second screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Which request.
    pub number: i64,
    /// Which act.
    pub act: Act,
    /// The version that was on the screen.
    #[serde(default)]
    pub version: Option<i64>,
    /// Reason of a denial.
    #[serde(default)]
    pub reason: String,
    /// Next steps of a denial.
    #[serde(default)]
    pub next_steps: String,
    /// Internal notes of a denial.
    #[serde(default)]
    pub notes: String,
    /// Comment of a grant.
    #[serde(default)]
    pub comment: String,
    /// Duration of a grant, ISO 8601.
    #[serde(default)]
    pub duration: String,
    /// Email of the person who fills the gap, of a repair.
    #[serde(default)]
    pub person: String,
    /// What the screen said that the act does.
    #[serde(default)]
    pub announced: Option<Announced>,
}

/// Who asks for a page of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A person, by a link or a filter: what cannot be read of the query is dropped with a notice.
    Person,
    /// The clock of an open page: as for a person, but it does not keep their session alive.
    Clock,
    /// A program: a query that cannot be read whole is refused.
    Program,
}

/// A page of the queue, for the query string of the view.
///
/// # Errors
/// As [`AppError`]; a query that cannot be read whole is refused unless it came from a page.
#[server(name = QueuePageFn, prefix = "/fn", endpoint = "queue_page", input = Json, output = Json, client = AsPerson)]
pub async fn queue_page(
    /// Query string of the view.
    query: String,
    /// Who asks.
    asked: Asked,
) -> Result<QueuePage, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    request.used_unless(asked == Asked::Clock);
    let pairs = domain::filter::decode_pairs(&query);
    let (mut parsed, mut dropped) =
        domain::filter::ListQuery::parse(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let zone = services::zones::settle(&request.services, &actor, &request.zone, &mut parsed, &mut dropped);
    let zone = zone.await.map_err(ctx::failed)?;
    if asked == Asked::Program {
        dropped.extend(services::queue::unsearchable(&parsed));
    }
    if asked == Asked::Program && !dropped.is_empty() {
        return Err(ctx::answer(invalid_query(&dropped)));
    }
    let page = services::queue::page(&request.services, &actor, &parsed, dropped).await.map_err(ctx::failed)?;
    Ok(QueuePage { today: services::zones::today(page.now, &zone), zone, ..page })
}

/// What is wrong with a query string, field by field.
#[cfg(feature = "ssr")]
#[must_use]
pub fn invalid_query(dropped: &[domain::filter::Dropped]) -> AppError {
    use domain::validate::{FieldCode, FieldError};
    AppError::Invalid { fields: dropped.iter().map(|part| FieldError::new(&part.name, FieldCode::Malformed)).collect() }
}

/// Everything about one request.
///
/// # Errors
/// As [`AppError`].
#[server(name = RequestDetailFn, prefix = "/fn", endpoint = "request_detail", input = Json, output = Json, client = AsPerson)]
pub async fn request_detail(
    /// Number of the request.
    number: i64,
    /// Who asks.
    asked: Asked,
) -> Result<RequestDetail, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    request.used_unless(asked == Asked::Clock);
    services::queue::detail(&request.services, &actor, RequestNumber(number)).await.map_err(ctx::failed)
}

/// Type-ahead over requesters.
///
/// # Errors
/// As [`AppError`].
#[server(prefix = "/fn", endpoint = "suggest_requesters", input = Json, output = Json, client = AsPerson)]
pub async fn suggest_requesters(
    /// What was typed.
    typed: String,
) -> Result<Vec<PersonRef>, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    services::queue::suggest_requesters(&request.services, &actor, &typed).await.map_err(ctx::failed)
}

/// Grants, denies, retries or repairs.
///
/// # Errors
/// As [`AppError`].
#[server(prefix = "/fn", endpoint = "decide", input = ActInput, output = Json, client = AsPerson)]
pub async fn decide(
    /// What was typed on the second screen.
    input: Decision,
) -> Result<Done, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    let row = carry_out(&request.services, &actor, &input, &request.origin).await.map_err(ctx::failed)?;
    Ok(Done::new(sentence(input.act, &row)))
}

/// What an act did, in a sentence.
#[cfg(feature = "ssr")]
fn sentence(act: Act, row: &QueueRow) -> String {
    use crate::ui::words::{status_word, waits_on};
    use domain::request::Status;
    let what = format!("{} for {}", row.resource, row.requester);
    match (act, row.status) {
        (Act::Repair, status) => format!("Repaired: {what} is {} now.", status_word(status)),
        (Act::Deny, _) => format!("Denied: {what}."),
        (_, Status::Approved) => format!("Granted: {what}."),
        (_, Status::Error) => format!("The grant failed: {what}. See why in the row."),
        (_, Status::Pending) if row.in_flight => format!("Being granted: {what}."),
        _ => format!("Approved: {what}. Now it waits on {}.", waits_on(row)),
    }
}

/// The act of a second screen; the row as it is then.
#[cfg(feature = "ssr")]
async fn carry_out(
    services: &services::Services,
    actor: &domain::people::Actor,
    given: &Decision,
    origin: &services::Origin,
) -> services::Result<QueueRow> {
    use services::requests as cases;
    let number = RequestNumber(given.number);
    let outcome = match given.act {
        Act::Retry => cases::retry(services, actor, number, given.version, origin).await?,
        Act::Repair => cases::repair(services, actor, number, &given.person, origin).await?,
        Act::Deny => {
            let deny = cases::Deny {
                number,
                version: given.version,
                reason: given.reason.clone(),
                next_steps: given.next_steps.clone(),
                notes: given.notes.clone(),
                announced: given.announced,
            };
            cases::deny(services, actor, &deny, origin).await?
        }
        Act::Grant | Act::GrantOver => {
            let grant = cases::Grant {
                number,
                version: given.version,
                over: given.act == Act::GrantOver,
                comment: given.comment.clone(),
                duration: given.duration.clone(),
                announced: given.announced,
            };
            cases::grant(services, actor, &grant, origin).await?
        }
    };
    // What was kept of it meanwhile goes; where that fails it goes by itself when its time is over.
    let (form, object) = (given.act.as_str(), given.number.to_string());
    if let Err(error) = services::drafts::forget(services, actor, form, &object, origin).await {
        tracing::warn!(%error, "a draft that was sent stays until its time is over");
    }
    Ok(outcome.row)
}
