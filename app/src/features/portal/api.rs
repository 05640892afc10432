//! Server functions of the user portal. Each calls one use case.

use crate::error::AppError;
use crate::wire::Json;
use domain::request::Verdict;
use domain::time::Timestamp;
use domain::view::{Application, Approval, CatalogueEntry, MyRequest, PortalCounts};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the person has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationsView {
    /// The tiles.
    pub tiles: Vec<Application>,
    /// Counters of the navigation.
    pub counts: PortalCounts,
    /// The moment at which this was true.
    pub now: Timestamp,
}

/// What the person asked for and may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestsView {
    /// Own requests.
    pub mine: Vec<MyRequest>,
    /// The catalogue.
    pub catalogue: Vec<CatalogueEntry>,
    /// Counters of the navigation.
    pub counts: PortalCounts,
    /// The moment at which this was true.
    pub now: Timestamp,
}

/// What waits on the person's vote, and what they decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalsView {
    /// Waiting.
    pub waiting: Vec<Approval>,
    /// Decided.
    pub decided: Vec<Approval>,
    /// Counters of the navigation.
    pub counts: PortalCounts,
    /// The moment at which this was true.
    pub now: Timestamp,
}

/// Applications.
///
/// # Errors
/// As [`AppError`].
#[server(name = ApplicationsFn, prefix = "/fn", endpoint = "applications", input = Json, output = Json)]
pub async fn applications() -> Result<ApplicationsView, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    let (tiles, now) = services::portal::applications(&request.services, &actor).await.map_err(ctx::failed)?;
    let counts = services::portal::counts(&request.services, &actor).await.map_err(ctx::failed)?;
    Ok(ApplicationsView { tiles, counts, now })
}

/// Requests.
///
/// # Errors
/// As [`AppError`].
#[server(name = MyRequestsFn, prefix = "/fn", endpoint = "my_requests", input = Json, output = Json)]
pub async fn requests() -> Result<RequestsView, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    let (mine, now) = services::portal::my_requests(&request.services, &actor).await.map_err(ctx::failed)?;
    let catalogue = services::portal::catalogue(&request.services, &actor).await.map_err(ctx::failed)?;
    let counts = services::portal::counts(&request.services, &actor).await.map_err(ctx::failed)?;
    Ok(RequestsView { mine, catalogue, counts, now })
}

/// Approvals.
///
/// # Errors
/// As [`AppError`].
#[server(name = ApprovalsFn, prefix = "/fn", endpoint = "approvals", input = Json, output = Json)]
pub async fn approvals() -> Result<ApprovalsView, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    let found = services::portal::approvals(&request.services, &actor).await.map_err(ctx::failed)?;
    let counts = services::portal::counts(&request.services, &actor).await.map_err(ctx::failed)?;
    Ok(ApprovalsView { waiting: found.waiting, decided: found.decided, counts, now: found.now })
}

/// What a person does in the user portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortalAct {
    /// Ask for access.
    Submit {
        /// Under which flow; its id.
        flow: String,
        /// Why.
        reason: String,
        /// For how long, ISO 8601; empty when access is not timed.
        duration: String,
    },
    /// Take one's own request back.
    Withdraw {
        /// Which.
        number: i64,
    },
    /// Vote as an assigned approver.
    Vote {
        /// On which request.
        number: i64,
        /// What.
        verdict: Verdict,
        /// Reason of a denial, comment of an approval.
        words: String,
        /// What the requester may do next.
        next_steps: String,
    },
}

impl PortalAct {
    /// Reads a form of the portal by its address and fields.
    #[must_use]
    pub fn from_form(path: &str, fields: &BTreeMap<String, String>) -> Option<Self> {
        let take = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let mut parts = path.strip_prefix("/portal/")?.split('/');
        match (parts.next()?, parts.next(), parts.next()) {
            ("requests", None, None) => {
                Some(Self::Submit { flow: take("flow"), reason: take("reason"), duration: take("duration") })
            }
            ("requests", Some(number), Some("withdraw")) => Some(Self::Withdraw { number: number.parse().ok()? }),
            ("approvals", Some(number), None) => {
                let verdict = Verdict::parse(&take("verdict"))?;
                let words = take(if verdict == Verdict::Deny { "reason" } else { "comment" });
                Some(Self::Vote { number: number.parse().ok()?, verdict, words, next_steps: take("next_steps") })
            }
            _ => None,
        }
    }

    /// The page on which the form stands.
    #[must_use]
    pub const fn home(&self) -> &'static str {
        match self {
            Self::Submit { .. } | Self::Withdraw { .. } => "/portal/requests",
            Self::Vote { .. } => "/portal/approvals",
        }
    }
}

/// Does what a person does in the user portal, and says what was done.
///
/// # Errors
/// As [`AppError`].
#[server(name = PortalActFn, prefix = "/fn", endpoint = "portal_act", input = Json, output = Json)]
pub async fn portal_act(
    /// What.
    act: PortalAct,
) -> Result<String, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    carry_out(&request.services, &actor, &act, &request.origin).await.map_err(ctx::failed)
}

/// The act, for the server function and the plain form alike.
///
/// # Errors
/// As the use case.
#[cfg(feature = "ssr")]
pub async fn carry_out(
    services: &services::Services,
    actor: &domain::people::Actor,
    act: &PortalAct,
    origin: &services::Origin,
) -> services::Result<String> {
    use domain::ids::{FlowId, RequestNumber};
    use services::requests::{Submit, Vote, submit, vote, withdraw};
    Ok(match act {
        PortalAct::Submit { flow, reason, duration } => {
            let flow: FlowId = flow.parse().map_err(|_| services::Error::NotFound)?;
            let given = Submit { flow, reason: reason.clone(), duration: duration.clone() };
            let done = submit(services, actor, &given, origin).await?;
            if done.existing {
                format!("You have an open request for this already: #{}.", done.number)
            } else {
                format!("Request #{} is on its way.", done.number)
            }
        }
        PortalAct::Withdraw { number } => {
            withdraw(services, actor, RequestNumber(*number), origin).await?;
            format!("Request #{number} is withdrawn.")
        }
        PortalAct::Vote { number, verdict, words, next_steps } => {
            let given = Vote {
                number: RequestNumber(*number),
                verdict: *verdict,
                comment: words.clone(),
                next_steps: next_steps.clone(),
            };
            vote(services, actor, &given, origin).await?;
            let word = if *verdict == Verdict::Deny { "denied" } else { "approved" };
            format!("You {word} request #{number}.")
        }
    })
}
