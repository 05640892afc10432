//! The forms of the approval flows.

use super::State as Doors;
use super::forms::{back_to, posted, told};
use super::login_forms::whole;
use app::ctx;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use domain::ids::FlowId;
use services::flows;

/// Enable, disable, copy or delete a flow.
pub(super) async fn act(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path((id, act)): Path<(String, String)>,
    request: Request,
) -> Response {
    let posted = match posted(&doors, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let Ok(id) = id.parse::<FlowId>() else { return super::pages::not_found(State(doors), posted.request).await };
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let typed = posted.fields.get("typed").cloned().unwrap_or_default();
    let mut home = "/admin/flows".to_owned();
    let act = act.as_str();
    let done = match act {
        "enable" | "disable" => {
            let enabled = act == "enable";
            let word = if enabled { "enabled" } else { "disabled" };
            whole(async move { flows::set_enabled(&services, &actor, id, enabled, &origin).await })
                .await
                .map(|name| (None, format!("{name} is {word}.")))
        }
        "copy" => whole(async move { flows::copy(&services, &actor, id, &origin).await })
            .await
            .map(|id| (Some(format!("/admin/flows/{id}")), "This is the copy. It is switched off.".to_owned())),
        "delete" => {
            home = format!("/admin/flows?delete={id}");
            whole(async move { flows::delete(&services, &actor, id, &typed, &origin).await })
                .await
                .map(|(name, canceled)| (None, format!("{name} is deleted; {canceled} requests were canceled.")))
        }
        _ => return super::pages::not_found(State(doors), posted.request).await,
    };
    match done {
        Ok((to, sentence)) => told(&doors, to.as_deref().unwrap_or("/admin/flows"), &sentence),
        Err(error) => back_to(&doors, posted, home, error).await,
    }
}
