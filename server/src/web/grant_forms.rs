//! The forms of live grants, connectors and one's own account.

use super::State as Doors;
use super::forms::{back_to, posted, told};
use super::login_forms::whole;
use app::ctx;
use app::features::connectors::read as read_connector;
use app::features::login::read_account;
use app::form::FormState;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;

/// Revoke a grant, try again what a target did not do, keep what was found gone there, or have the targets looked at.
pub(super) async fn grant(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path((id, act)): Path<(String, String)>,
    request: Request,
) -> Response {
    let posted = match posted(&doors, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let reason = posted.fields.get("reason").cloned().unwrap_or_default();
    let missing = |_| services::Error::NotFound;
    let (screen, known) = match act.as_str() {
        "revoke" => (format!("/admin/grants?revoke={id}"), true),
        "again" | "settle" => ("/admin/grants".to_owned(), true),
        // Not of one grant: of all targets.
        "look" if id == "targets" => ("/admin/grants".to_owned(), true),
        _ => (String::new(), false),
    };
    if !known {
        return super::pages::not_found(State(doors), posted.request).await;
    }
    let done = whole(async move {
        if act == "revoke" {
            services::grants::revoke(&services, &actor, id.parse().map_err(missing)?, &reason, &origin).await?;
            return Ok("The access is revoked. Where a connector gave it, it is being taken back.");
        }
        if act == "look" {
            services::targets::look_now(&services, &actor, &origin).await?;
            return Ok("The targets are being looked at. Load the page again in a moment.");
        }
        let call = id.parse().map_err(missing)?;
        if act == "settle" {
            services::targets::settle(&services, &actor, call, &origin).await?;
            return Ok("It is kept as gone.");
        }
        services::targets::try_again(&services, &actor, call, &origin).await?;
        Ok("It is tried again.")
    });
    match done.await {
        Ok(sentence) => told(&doors, "/admin/grants", sentence),
        Err(error) => back_to(&doors, posted, screen, error).await,
    }
}

/// Save a connector; a new one when the id is `new`.
pub(super) async fn connector(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let mut posted = match posted(&doors, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let draft = read_connector(&posted.fields);
    let here = format!("/admin/connectors/{id}");
    let name = draft.name.trim().to_owned();
    let is_new = id == "new";
    let saved = whole(async move {
        let id = if is_new { None } else { Some(id.parse().map_err(|_| services::Error::NotFound)?) };
        services::connectors::save(&services, &actor, id, &draft, &origin).await
    });
    match saved.await {
        Ok(_) => told(&doors, "/admin/connectors", &format!("{name} is saved.")),
        Err(error) => {
            // A secret goes one way only; that of a new connector was never kept, so it may come back once more.
            if !is_new {
                posted.fields.remove("secret");
            }
            back_to(&doors, posted, here, error).await
        }
    }
}

/// Save one's own account.
pub(super) async fn account(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    let posted = match posted(&doors, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let draft = read_account(&FormState { values: posted.fields.clone(), error: None, ..FormState::default() });
    match whole(async move { services::login::save_me(&services, &actor, &draft, &origin).await }).await {
        Ok(()) => told(&doors, "/account", "Saved."),
        Err(error) => back_to(&doors, posted, "/account".to_owned(), error).await,
    }
}
