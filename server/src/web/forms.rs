//! Decision forms without WebAssembly. The same use cases as the server functions.

use super::State as Doors;
pub(super) use super::flash::told;
use super::login_forms::{again, whole};
use super::read::{Fields, fields};
use app::ctx;
use app::error::AppError;
use app::features::portal::act::{PortalAct, carry_out as portal_carry_out};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use domain::people::Actor;

/// Everything a plain form of a logged-in person needs.
pub(super) struct Posted {
    pub(super) actor: Actor,
    pub(super) context: ctx::Request,
    pub(super) fields: Fields,
    pub(super) request: Request,
}

/// Takes the fields of a form. Without a live session the answer is the log-in, which carries what was typed along.
pub(super) async fn posted(state: &Doors, context: ctx::Request, request: Request) -> Result<Posted, Response> {
    let (fields, request) = fields(state, request).await?;
    match context.actor.clone() {
        Some(actor) => Ok(Posted { actor, context, fields, request }),
        None => Err(super::resume::log_in_first(state, request, fields).await),
    }
}

/// Shows the page at `uri` again with the form's error.
pub(super) async fn back_to(state: &Doors, posted: Posted, uri: String, error: services::Error) -> Response {
    let mut request = posted.request;
    if let Ok(uri) = uri.parse() {
        *request.uri_mut() = uri;
    }
    again(state, request, posted.fields, AppError::from(error)).await
}

/// Shows the page at `uri` with a form in this state.
pub(super) async fn again_at(
    state: &Doors,
    posted: Posted,
    uri: String,
    form: app::form::FormState,
    status: Option<axum::http::StatusCode>,
) -> Response {
    let mut request = posted.request;
    if let Ok(uri) = uri.parse() {
        *request.uri_mut() = uri;
    }
    super::render::page(state, request, form, status).await
}

/// Ask, withdraw or vote in the user portal.
pub(super) async fn portal(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    let path = request.uri().path().to_owned();
    // What was searched for goes along in the address of the form.
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut posted = match posted(&state, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let Some(act) = PortalAct::from_form(&path, &posted.fields) else {
        return super::pages::not_found(State(state), posted.request).await;
    };
    let mut here = format!("{}{query}", act.home());
    if let PortalAct::Vote { number, .. } = &act {
        posted.fields.insert("number".to_owned(), number.to_string());
        here = format!("{}?open={number}", act.home());
    }
    let home = act.home();
    let (services, actor, origin) = (state.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    match whole(async move { portal_carry_out(&services, &actor, &act, &origin).await }).await {
        Ok(done) => {
            // The request is named twice: where a script paints the page, and where the browser does.
            let shown = done.request.map(|number| format!("?new={number}#request-{number}")).unwrap_or_default();
            told(&state, &format!("{home}{shown}"), &done.sentence)
        }
        Err(error) => back_to(&state, posted, here, error).await,
    }
}

/// Settings of the organisation.
pub(super) async fn settings(
    State(state): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    let posted = match posted(&state, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let (before, draft) = app::features::settings::read(&posted.fields);
    let (services, actor, origin) = (state.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    match whole(async move { services::save_settings(&services, &actor, &before, &draft, &origin).await }).await {
        Ok(()) => told(&state, "/admin/settings", "The settings are saved."),
        Err(error) => back_to(&state, posted, "/admin/settings".to_owned(), error).await,
    }
}
