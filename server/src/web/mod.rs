//! The doors: pages, plain forms, server functions, exports, files.

mod act_form;
mod assets;
mod directory_forms;
mod doors;
mod export;
mod flash;
mod flow_forms;
mod forms;
mod functions;
mod gate;
mod grant_forms;
mod known;
mod login_forms;
mod logos;
mod message_forms;
mod origin;
mod pages;
mod person;
mod read;
mod refuse;
mod render;
mod resume;
mod session;
mod shield;

use crate::boot::Exit;
use crate::config::Config;
use crate::mail::MailTarget;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use services::Services;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// Largest body of a form or a server function (`trust.md` A59).
const BODY_MAX: usize = 64 * 1024;

/// Largest body of an import (`trust.md` A59), as it comes back in a form: a third more than the file.
const IMPORT_MAX: usize = 44 * 1024 * 1024;

pub use doors::{ANONYMOUS, Door, Gives, Reads};

/// What every door stands on.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) services: Services,
    pub(crate) config: Arc<Config>,
    pub(crate) assets: Arc<assets::Assets>,
    pub(crate) demo: bool,
    pub(crate) doors: Arc<Vec<Door>>,
}

/// Every door that knows who calls; the probes and the built files are open beside them.
#[must_use]
pub fn table() -> Vec<Door> {
    doors::all().1
}

/// All doors.
///
/// # Errors
/// When the database cannot be read.
pub async fn router(services: &Services, config: &Config) -> Result<Router, Exit> {
    // Leptos spawns onto this runtime; a second call says so and changes nothing.
    let _ = any_spawner::Executor::init_tokio();
    let demo = services::settings(services).await?.demo;
    let (routes, table) = doors::all();
    let state = State {
        services: services.clone().with_mail_in_files(matches!(config.mail, MailTarget::Files(_))),
        config: Arc::new(config.clone()),
        assets: Arc::new(assets::Assets::load()),
        demo,
        doors: Arc::new(table),
    };
    let people = routes.fallback(pages::not_found).layer(from_fn_with_state(state.clone(), gate::pass));
    let router = Router::new()
        .route("/livez", get(|| async { StatusCode::OK }))
        .route("/readyz", get(pages::ready))
        .route("/pkg/{hash}/{file}", get(assets::built))
        .merge(people)
        .with_state(state.clone())
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(shield::panicked))
        .layer(from_fn_with_state(state.clone(), origin::known_host))
        .layer(from_fn(shield::headers));
    Ok(router)
}
