//! The doors: pages, plain forms, server functions, exports, files.

mod assets;
mod directory_forms;
mod export;
mod flow_forms;
mod forms;
mod functions;
mod grant_forms;
mod login_forms;
mod logos;
mod message_forms;
mod pages;
mod render;
mod resume;
mod session;
mod shield;

use crate::boot::Exit;
use crate::config::Config;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{get, post};
use services::Services;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;

/// Largest body of a form or a server function (`trust.md` A59).
const BODY_MAX: usize = 64 * 1024;

/// Largest body of an import (`trust.md` A59), as it comes back in a form: a third more than the file.
const IMPORT_MAX: usize = 44 * 1024 * 1024;

/// What every door stands on.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) services: Services,
    pub(crate) config: Arc<Config>,
    pub(crate) assets: Arc<assets::Assets>,
    pub(crate) demo: bool,
}

/// All doors.
///
/// # Errors
/// When the database cannot be read.
pub async fn router(services: &Services, config: &Config) -> Result<Router, Exit> {
    // Leptos spawns onto this runtime; a second call says so and changes nothing.
    let _ = any_spawner::Executor::init_tokio();
    let demo = services::settings(services).await?.demo;
    let state = State {
        services: services.clone(),
        config: Arc::new(config.clone()),
        assets: Arc::new(assets::Assets::load()),
        demo,
    };
    let people = Router::new()
        .route("/", get(pages::start))
        .route("/login", get(pages::open_page).post(login_forms::log_in))
        .route("/login/forgot", get(pages::open_page).post(login_forms::forgot))
        .route("/login/link/{token}", get(pages::link_page).post(login_forms::by_link))
        .route("/setup", get(pages::setup_page).post(login_forms::set_up))
        .route("/logout", post(login_forms::log_out))
        .route("/account", get(pages::member_page).post(grant_forms::account))
        .route("/account/theme", post(login_forms::theme))
        .route("/account/password", get(pages::member_page).post(login_forms::change_password))
        .route("/admin", get(pages::start))
        .route("/admin/requests", get(pages::admin_page))
        .route("/admin/requests/export.csv", get(export::csv))
        .route("/admin/requests/export.json", get(export::json))
        .route("/admin/requests/{number}", get(pages::admin_page))
        .route("/admin/requests/{number}/{act}", post(forms::decide))
        .route("/admin/flows", get(pages::admin_page))
        .route("/admin/flows/new", get(pages::admin_page).post(flow_forms::create))
        .route("/admin/flows/{id}", get(pages::admin_page).post(flow_forms::change))
        .route("/admin/flows/{id}/{act}", post(flow_forms::act))
        .route("/admin/directory", get(|| async { Redirect::to("/admin/directory/people") }))
        .route("/admin/directory/{noun}", get(pages::admin_page))
        .route("/admin/directory/{noun}/{id}", get(pages::admin_page).post(directory_forms::save))
        .route("/admin/directory/{noun}/{id}/{act}", post(directory_forms::act))
        .route("/admin/grants", get(pages::admin_page))
        .route("/admin/grants/{id}/{act}", post(grant_forms::grant))
        .route("/admin/connectors", get(pages::admin_page))
        .route("/admin/connectors/{id}", get(pages::admin_page).post(grant_forms::connector))
        .route("/admin/channels", get(pages::admin_page))
        .route("/admin/channels/{id}", get(pages::admin_page).post(message_forms::channel))
        .route("/admin/channels/{id}/{act}", post(message_forms::channel_act))
        .route("/admin/messages", get(pages::admin_page))
        .route("/admin/messages/again", post(message_forms::send_all_again))
        .route("/admin/messages/{id}/again", post(message_forms::send_again))
        .route("/admin/audit", get(pages::admin_page))
        .route("/admin/audit/{ending}", get(export::audit))
        .route("/admin/settings", get(pages::admin_page).post(forms::settings))
        .route("/portal", get(pages::member_page))
        .route("/portal/requests", get(pages::member_page).post(forms::portal))
        .route("/portal/requests/{number}/withdraw", post(forms::portal))
        .route("/portal/applications/{resource}/give-back", post(forms::portal))
        .route("/portal/approvals", get(pages::member_page))
        .route("/portal/approvals/{number}", post(forms::portal))
        .route("/logo/{id}", get(logos::serve))
        .route("/fn/{name}", post(functions::call))
        .route("/{file}", get(assets::public_or_missing))
        .layer(RequestBodyLimitLayer::new(BODY_MAX))
        .layer(DefaultBodyLimit::max(BODY_MAX));
    let imports = Router::new()
        .route("/admin/directory/import", get(pages::admin_page).post(directory_forms::look))
        .route("/admin/directory/import/write", post(directory_forms::write))
        .layer(RequestBodyLimitLayer::new(IMPORT_MAX))
        .layer(DefaultBodyLimit::max(IMPORT_MAX))
        .layer(from_fn_with_state(state.clone(), session::administrators));
    let logos = Router::new()
        .route("/admin/directory/resources/{id}/logo", post(logos::resource))
        .route("/admin/flows/{id}/logo", post(logos::flow))
        .layer(RequestBodyLimitLayer::new(logos::BODY_MAX))
        .layer(DefaultBodyLimit::max(logos::BODY_MAX))
        .layer(from_fn_with_state(state.clone(), session::administrators));
    let people = people
        .merge(imports)
        .merge(logos)
        .fallback(pages::not_found)
        .layer(from_fn_with_state(state.clone(), session::identify))
        .layer(from_fn(shield::proven_origin))
        .layer(CsrfLayer::new());
    let router = Router::new()
        .route("/livez", get(|| async { StatusCode::OK }))
        .route("/readyz", get(pages::ready))
        .route("/pkg/{hash}/{file}", get(assets::built))
        .merge(people)
        .with_state(state.clone())
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(shield::panicked))
        .layer(from_fn_with_state(state.clone(), shield::known_host))
        .layer(from_fn(shield::headers));
    Ok(router)
}
