//! What server functions and pages find in their context. Server only.

use crate::error::AppError;
use domain::people::Actor;
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;
use services::{Origin, Services};

/// What the web layer provides for each request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The use cases.
    pub services: Services,
    /// Who is behind the session, if it is live.
    pub actor: Option<Actor>,
    /// Where people find help, if the organisation says.
    pub support_link: Option<String>,
    /// The session, if it is live.
    pub session: Option<services::login::Token>,
    /// Where the call comes from.
    pub origin: Origin,
    /// Whether the site is reached by https only, so that its cookies are.
    pub secure: bool,
    /// The nonce of the page's scripts.
    pub nonce: String,
    /// `light`, `dark` or empty.
    pub theme: String,
    /// Name of the browser's time zone, as its cookie says; empty when it has not said, and anything when it lies.
    pub zone: String,
    /// Whether the organisation is a demo.
    pub demo: bool,
    /// Whether the browser asks for pages without scripts, because they broke in it a moment ago.
    pub plain: bool,
    /// Whether the browser may take the page over: only when it is the page of the address in the address bar.
    pub takes_over: bool,
    /// The page's own address, when it is shown under another: the browser puts it into the address bar first.
    pub address: Option<String>,
}

impl Request {
    /// Notes that the person used their session, unless nobody did: an open page that looks again by itself keeps nobody logged in.
    pub fn used_unless(&self, clock: bool) {
        if let (false, Some(token)) = (clock, self.session.clone()) {
            let services = self.services.clone();
            tokio::spawn(async move { services::login::note_use(&services, &token).await });
        }
    }
}

/// The request's context.
#[must_use]
pub fn request() -> Request {
    expect_context::<Request>()
}

/// Who acts.
///
/// # Errors
/// Unauthenticated when there is no live session.
pub fn actor() -> Result<(Request, Actor), AppError> {
    let request = request();
    let actor = request.actor.clone().ok_or(AppError::Unauthenticated);
    actor.map(|actor| (request, actor)).map_err(answer)
}

/// Translates an error of a use case and sets the status of the answer.
pub fn failed(error: services::Error) -> AppError {
    answer(error.into())
}

/// Sets the status of the answer.
pub fn answer(error: AppError) -> AppError {
    if let (Some(response), Ok(status)) = (use_context::<ResponseOptions>(), http::StatusCode::from_u16(error.status()))
    {
        response.set_status(status);
    }
    error
}
