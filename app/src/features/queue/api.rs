//! Server functions of the queue. Each calls one use case.

use crate::error::AppError;
use crate::form::FormState;
use crate::ui::html::Html;
use crate::wire::{AsPerson, Json};
#[cfg(feature = "ssr")]
use domain::ids::RequestNumber;
use domain::people::PersonRef;
use domain::request::Announced;
use domain::view::{QueuePage, QueueRow};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

impl Decision {
    /// Reads the fields of a second screen's form.
    #[must_use]
    pub fn from_form(number: i64, act: Act, fields: &BTreeMap<String, String>) -> Self {
        let take = |name: &str| fields.get(name).cloned().unwrap_or_default();
        Self {
            number,
            act,
            version: fields.get("version").and_then(|text| text.parse().ok()),
            reason: take("reason"),
            next_steps: take("next_steps"),
            notes: take("notes"),
            comment: take("comment"),
            duration: take("duration"),
            person: take("person"),
            announced: fields.get("announced").and_then(|text| Announced::parse(text)),
        }
    }
}

/// The request after an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The row as it now is.
    pub row: QueueRow,
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

/// Everything about one request, as it stands below its row. The server writes it: the browser shows it and nothing more.
///
/// # Errors
/// As [`AppError`].
#[server(name = RequestDetailFn, prefix = "/fn", endpoint = "request_detail", input = Json, output = Json, client = AsPerson)]
pub async fn request_detail(
    /// Number of the request.
    number: i64,
    /// Query string of the list around it.
    query: String,
    /// Who asks.
    asked: Asked,
) -> Result<Html, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    request.used_unless(asked == Asked::Clock);
    let number = RequestNumber(number);
    let detail = services::queue::detail(&request.services, &actor, number).await.map_err(ctx::failed)?;
    let place = super::place::Place::read(&query);
    let stem = super::place::Stem::new(&place.query);
    Ok(super::detail::body(&detail, &|act| stem.place(Some(number.0), Some(act))))
}

/// A second screen over the queue, as the server writes it.
///
/// # Errors
/// As [`AppError`].
#[server(name = SecondScreenFn, prefix = "/fn", endpoint = "second_screen", input = Json, output = Json, client = AsPerson)]
pub async fn second_screen(
    /// Number of the request.
    number: i64,
    /// Which screen.
    act: Act,
    /// Query string of the list around it.
    query: String,
    /// The form that came back, if one did.
    form: FormState,
) -> Result<Html, AppError> {
    use super::place::Place;
    use super::screen::Ways;
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    let detail =
        services::queue::detail(&request.services, &actor, RequestNumber(number)).await.map_err(ctx::failed)?;
    let form = with_draft(&request.services, &actor, number, act, form).await;
    let back = Place { open: Some(number), act: None, ..Place::read(&query) };
    let ways =
        Ways { back: back.href(), act: &|act| Place { act: Some(act), ..back.clone() }.href(), suffix: back.suffix() };
    let screen = super::screen::second_screen(&detail, act, &ways, &form);
    Ok(crate::form::for_person(&actor, &maud::html! { (screen) }).into())
}

/// The form of a second screen; one that did not come back holds what the same person typed before and did not send.
#[cfg(feature = "ssr")]
async fn with_draft(
    services: &services::Services,
    actor: &domain::people::Actor,
    number: i64,
    act: Act,
    form: FormState,
) -> FormState {
    if form != FormState::default() {
        return form;
    }
    match services::drafts::take(services, actor, act.as_str(), &number.to_string()).await {
        Ok(kept) => FormState { values: kept.unwrap_or_default(), error: None },
        Err(error) => {
            tracing::warn!(%error, "a draft could not be read");
            form
        }
    }
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

/// Grants, denies or retries.
///
/// # Errors
/// As [`AppError`].
#[server(prefix = "/fn", endpoint = "decide", input = Json, output = Json, client = AsPerson)]
pub async fn decide(
    /// What was typed on the second screen.
    decision: Decision,
) -> Result<Decided, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    carry_out(&request.services, &actor, &decision, &request.origin).await.map_err(ctx::failed)
}

/// The act of a second screen, for the server function and the plain form alike.
///
/// # Errors
/// As the use case.
#[cfg(feature = "ssr")]
pub async fn carry_out(
    services: &services::Services,
    actor: &domain::people::Actor,
    given: &Decision,
    origin: &services::Origin,
) -> services::Result<Decided> {
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
    Ok(Decided { row: outcome.row })
}
