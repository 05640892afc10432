//! Server functions of the user portal. Each calls one use case.

use crate::error::AppError;
use domain::time::Timestamp;
use domain::view::{Application, Approval, CatalogueEntry, MyRequest, PortalCounts, RequestDetail};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

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
#[server(name = ApplicationsFn, prefix = "/fn", endpoint = "applications", input = Json)]
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
#[server(name = MyRequestsFn, prefix = "/fn", endpoint = "my_requests", input = Json)]
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
#[server(name = ApprovalsFn, prefix = "/fn", endpoint = "approvals", input = Json)]
pub async fn approvals() -> Result<ApprovalsView, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    let found = services::portal::approvals(&request.services, &actor).await.map_err(ctx::failed)?;
    let counts = services::portal::counts(&request.services, &actor).await.map_err(ctx::failed)?;
    Ok(ApprovalsView { waiting: found.waiting, decided: found.decided, counts, now: found.now })
}

/// The detail of a request that the person votes on.
///
/// # Errors
/// As [`AppError`].
#[server(name = ApprovalDetailFn, prefix = "/fn", endpoint = "approval_detail", input = Json)]
pub async fn approval_detail(
    /// Number of the request.
    number: i64,
) -> Result<RequestDetail, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    services::queue::detail(&request.services, &actor, domain::ids::RequestNumber(number)).await.map_err(ctx::failed)
}
