//! Decision forms without WebAssembly. The same use cases as the server functions.

use super::State as Doors;
use super::login_forms::{Fields, again, fields, whole};
use super::render::FLASH;
use super::session::cookie;
use app::ctx;
use app::error::AppError;
use app::features::queue::api::{Act, Decision, carry_out};
use app::ui::words::status_word;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use domain::ids::{FlowId, RequestNumber};
use domain::people::Actor;
use domain::request::Verdict;
use services::requests::{Submit, Vote};

/// A redirect that says something on the next page.
fn told(state: &Doors, to: &str, sentence: &str) -> Response {
    let encoded: String = url::form_urlencoded::byte_serialize(sentence.as_bytes()).collect();
    let said = cookie(state, FLASH, encoded);
    (CookieJar::new().add(said), Redirect::to(super::pages::local(to))).into_response()
}

fn take(fields: &Fields, name: &str) -> String {
    fields.get(name).cloned().unwrap_or_default()
}

/// Everything a plain form of a logged-in person needs.
struct Posted {
    actor: Actor,
    context: ctx::Request,
    fields: Fields,
    request: Request,
}

async fn posted(context: ctx::Request, request: Request) -> Result<Posted, Response> {
    let Some(actor) = context.actor.clone() else { return Err(super::pages::to_login(&Uri::from_static("/"))) };
    let (fields, request) = fields(request).await?;
    Ok(Posted { actor, context, fields, request })
}

/// Shows the page at `uri` again with the form's error.
async fn back_to(state: &Doors, posted: Posted, uri: String, error: services::Error) -> Response {
    let mut request = posted.request;
    if let Ok(uri) = uri.parse() {
        *request.uri_mut() = uri;
    }
    again(state, request, posted.fields, AppError::from(error)).await
}

/// Grant, deny, retry from the queue's second screens.
pub(super) async fn decide(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path((number, act)): Path<(i64, String)>,
    request: Request,
) -> Response {
    let Some(act) = Act::parse(&act) else { return super::pages::not_found(State(state), request).await };
    let query = request.uri().query().unwrap_or_default().to_owned();
    let posted = match posted(context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let f = &posted.fields;
    let decision = Decision {
        number,
        act,
        version: f.get("version").and_then(|text| text.parse().ok()),
        reason: take(f, "reason"),
        next_steps: take(f, "next_steps"),
        notes: take(f, "notes"),
        comment: take(f, "comment"),
        duration: take(f, "duration"),
    };
    let from_request = query == "from=request";
    let list: Vec<&str> = query
        .split('&')
        .filter(|part| !part.is_empty() && !part.starts_with("open=") && !part.starts_with("act="))
        .collect();
    let (services, actor, origin) = (state.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let done = whole(async move { carry_out(&services, &actor, &decision, &origin).await }).await;
    let home =
        if from_request { format!("/admin/requests/{number}") } else { format!("/admin/requests?{}", list.join("&")) };
    match done {
        Ok(decided) => {
            let sentence =
                format!("{} for {}: {}.", decided.row.resource, decided.row.requester, status_word(decided.row.status));
            told(&state, home.trim_end_matches('?'), &sentence)
        }
        Err(error) => {
            let screen = if from_request {
                format!("{home}?act={}", act.as_str())
            } else {
                let mut parts: Vec<String> = list.iter().map(|part| (*part).to_owned()).collect();
                parts.extend([format!("open={number}"), format!("act={}", act.as_str())]);
                format!("/admin/requests?{}", parts.join("&"))
            };
            back_to(&state, posted, screen, error).await
        }
    }
}

/// Ask for access.
pub(super) async fn submit(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    let posted = match posted(context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let Ok(flow) = serde_json::from_value::<FlowId>(serde_json::Value::String(take(&posted.fields, "flow"))) else {
        return back_to(&state, posted, "/portal/requests".to_owned(), services::Error::NotFound).await;
    };
    let given = Submit { flow, reason: take(&posted.fields, "reason"), duration: take(&posted.fields, "duration") };
    let (services, actor, origin) = (state.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let done = whole(async move { services::requests::submit(&services, &actor, &given, &origin).await }).await;
    match done {
        Ok(submitted) => {
            let sentence = if submitted.existing {
                format!("You have an open request for this already: #{}.", submitted.number)
            } else {
                format!("Request #{} is on its way.", submitted.number)
            };
            told(&state, "/portal/requests", &sentence)
        }
        Err(error) => back_to(&state, posted, "/portal/requests".to_owned(), error).await,
    }
}

/// Take one's own request back.
pub(super) async fn withdraw(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path(number): Path<i64>,
    request: Request,
) -> Response {
    let posted = match posted(context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let (services, actor, origin) = (state.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let done =
        whole(async move { services::requests::withdraw(&services, &actor, RequestNumber(number), &origin).await })
            .await;
    match done {
        Ok(_) => told(&state, "/portal/requests", &format!("Request #{number} is withdrawn.")),
        Err(error) => back_to(&state, posted, "/portal/requests".to_owned(), error).await,
    }
}

/// Vote as an assigned approver.
pub(super) async fn vote(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path(number): Path<i64>,
    request: Request,
) -> Response {
    let mut posted = match posted(context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let Some(verdict) = Verdict::parse(&take(&posted.fields, "verdict")) else {
        return back_to(&state, posted, "/portal/approvals".to_owned(), services::Error::NotFound).await;
    };
    let field = if verdict == Verdict::Deny { "reason" } else { "comment" };
    let given = Vote {
        number: RequestNumber(number),
        verdict,
        comment: take(&posted.fields, field),
        next_steps: take(&posted.fields, "next_steps"),
    };
    posted.fields.insert("number".to_owned(), number.to_string());
    let (services, actor, origin) = (state.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let done = whole(async move { services::requests::vote(&services, &actor, &given, &origin).await }).await;
    match done {
        Ok(_) => {
            let word = if verdict == Verdict::Deny { "denied" } else { "approved" };
            told(&state, "/portal/approvals", &format!("You {word} request #{number}."))
        }
        Err(error) => back_to(&state, posted, format!("/portal/approvals?open={number}"), error).await,
    }
}
