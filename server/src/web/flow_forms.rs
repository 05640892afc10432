//! The forms of the approval flows.

use super::State as Doors;
use super::forms::{Posted, again_at, back_to, posted, told};
use super::login_forms::whole;
use app::ctx;
use app::error::AppError;
use app::features::flows::form::{Button, press, read, state};
use app::form::FormState;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use domain::ids::FlowId;
use domain::validate::{FieldCode, FieldError};
use services::flows::{self, Draft, Saved};

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

/// The editor of a new flow.
pub(super) async fn create(state: State<Doors>, context: Extension<ctx::Request>, request: Request) -> Response {
    edit(state, context, None, request).await
}

/// The editor of a flow.
pub(super) async fn change(
    state: State<Doors>,
    context: Extension<ctx::Request>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let Ok(id) = id.parse::<FlowId>() else { return super::pages::not_found(state, request).await };
    edit(state, context, Some(id), request).await
}

async fn edit(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    id: Option<FlowId>,
    request: Request,
) -> Response {
    let mut posted = match posted(&doors, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let button = posted.fields.get("op").and_then(|text| Button::parse(text)).unwrap_or(Button::Look);
    let mut draft = read(&posted.fields);
    if matches!(button, Button::Save | Button::Overwrite) {
        return save(&doors, posted, id, draft).await;
    }
    let mut error = None;
    let mut focus = None;
    match &button {
        Button::See => error = see(&doors, &mut posted, &mut draft).await,
        Button::Name(step, chosen) => {
            error = name(&doors, &mut posted, &mut draft, *step, chosen.as_deref()).await;
            focus = Some(format!("field-step-{step}-person"));
        }
        other => focus = press(&mut draft, other),
    }
    let mut form = FormState { error, ..state(&draft, &kept(&posted)) };
    form.values.extend(focus.map(|id| ("focus".to_owned(), id)));
    let here = place(id);
    again_at(&doors, posted, here, form, None).await
}

/// Fields of the editor that are no part of the draft.
fn kept(posted: &Posted) -> Vec<(&str, String)> {
    let beside = |name: &str| matches!(name, "revision" | "sample" | "visible-new") || name.ends_with("-person");
    let fields = posted.fields.iter().filter(|(name, _)| beside(name));
    fields.map(|(name, value)| (name.as_str(), value.clone())).collect()
}

fn place(id: Option<FlowId>) -> String {
    id.map_or_else(|| "/admin/flows/new".to_owned(), |id| format!("/admin/flows/{id}"))
}

fn invalid(field: &str, code: FieldCode) -> Option<AppError> {
    Some(AppError::Invalid { fields: vec![FieldError::new(field, code)] })
}

/// Adds the typed group to those who see the flow.
async fn see(doors: &Doors, posted: &mut Posted, draft: &mut Draft) -> Option<AppError> {
    let typed = posted.fields.get("visible-new").cloned().unwrap_or_default();
    match flows::find_group(&doors.services, &posted.actor, &typed).await {
        Ok(Some(name)) => {
            if !draft.visible_to.contains(&name) {
                draft.visible_to.push(name);
            }
            posted.fields.remove("visible-new");
            None
        }
        Ok(None) if typed.trim().is_empty() => invalid("visible-new", FieldCode::Required),
        Ok(None) => invalid("visible-new", FieldCode::Unknown),
        Err(error) => Some(error.into()),
    }
}

/// Adds the typed person to a step, when it is clear who is meant.
async fn name(
    doors: &Doors,
    posted: &mut Posted,
    draft: &mut Draft,
    step: usize,
    chosen: Option<&str>,
) -> Option<AppError> {
    let field = format!("step-{step}-person");
    let typed = chosen.map_or_else(|| posted.fields.get(&field).cloned().unwrap_or_default(), ToOwned::to_owned);
    let found = match flows::find_people(&doors.services, &posted.actor, &typed).await {
        Ok(found) => found,
        Err(error) => return Some(error.into()),
    };
    let named = &mut draft.steps.get_mut(step)?.people;
    match found.as_slice() {
        [] if typed.trim().is_empty() => invalid(&field, FieldCode::Required),
        [] => invalid(&field, FieldCode::Unknown),
        [only] => {
            if !named.contains(&only.email) {
                named.push(only.email.clone());
            }
            posted.fields.remove(&field);
            None
        }
        _ => invalid(&field, FieldCode::Ambiguous),
    }
}

async fn save(doors: &Doors, posted: Posted, id: Option<FlowId>, draft: Draft) -> Response {
    let revision = posted.fields.get("revision").and_then(|text| text.parse().ok()).unwrap_or(0);
    let target = id.map(|id| (id, revision));
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let typed = draft.clone();
    let saved = whole(async move { flows::save(&services, &actor, target, &typed, &origin).await }).await;
    match saved {
        Ok(Saved::Done { version, older, .. }) => {
            let stay = match older {
                0 => String::new(),
                1 => " One open request stays under an older version.".to_owned(),
                many => format!(" {many} open requests stay under an older version."),
            };
            told(doors, "/admin/flows", &format!("{} is saved, version {version}.{stay}", draft.name.trim()))
        }
        Ok(Saved::Conflict(_)) => {
            let mut beside = kept(&posted);
            beside.push(("conflict", "1".to_owned()));
            let form = state(&draft, &beside);
            again_at(doors, posted, place(id), form, Some(axum::http::StatusCode::CONFLICT)).await
        }
        // Somebody deleted it meanwhile: what was typed stands in the editor of a new one.
        Err(services::Error::NotFound) => back_to(doors, posted, place(None), services::Error::NotFound).await,
        Err(error) => back_to(doors, posted, place(id), error).await,
    }
}
