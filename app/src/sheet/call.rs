//! What a sheet is made from, and what it is.

use crate::ctx::Request;
use crate::error::AppError;
use crate::form::{FormState, for_person};
use crate::layout::{Viewer, admin_frame, portal_frame};
use crate::markup::html::Html;
use crate::markup::icon::{Icon, icon};
use domain::people::Actor;
use domain::view::PortalCounts;
use maud::Markup;
use services::Services;

/// A page that somebody asks for.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who asks, and the use cases.
    pub request: Request,
    /// The path.
    pub path: String,
    /// The query string, read.
    pub query: Vec<(String, String)>,
    /// The form that came back to this page, if one did.
    pub form: FormState,
    /// Email of the person for whom the link was made that led here, if it says so.
    pub meant_for: Option<String>,
}

/// A page, written.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its title.
    pub title: String,
    /// Its markup, with one root.
    pub html: Html,
    /// The status of the answer.
    pub status: u16,
    /// Whether the browser takes it over; pages that begin or end a session load anew.
    pub takes_over: bool,
}

impl Call {
    /// Who acts.
    ///
    /// # Errors
    /// Unauthenticated when there is no live session.
    pub fn actor(&self) -> Result<&Actor, AppError> {
        self.request.actor.as_ref().ok_or(AppError::Unauthenticated)
    }

    /// The use cases.
    #[must_use]
    pub const fn services(&self) -> &Services {
        &self.request.services
    }

    /// A part of the query string; empty when it is not there.
    #[must_use]
    pub fn query(&self, name: &str) -> &str {
        self.query.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// That the link was made for somebody else than who is logged in. It says what the link says, and nothing of what is behind it.
    #[must_use]
    pub fn other_account(&self) -> Option<Markup> {
        let (meant, actor) = (self.meant_for.as_ref()?, self.request.actor.as_ref()?);
        (*meant != actor.email).then(|| {
            maud::html! {
                p.notice role="status" {
                    (icon(Icon::Info))
                    span {
                        "This link was made for " b { (meant) } ", and you are logged in as " b { (actor.email) }
                        ". If you have both accounts, log out and follow the link again."
                    }
                }
            }
        })
    }

    fn viewer(&self) -> Viewer {
        Viewer::of(&self.request)
    }

    /// A page in the admin portal.
    #[must_use]
    pub fn admin(&self, title: &str, body: &Markup) -> Sheet {
        Sheet::new(title, admin_frame(&self.viewer(), &self.path, &self.own(body)).into())
    }

    /// A page in the user portal, with what its navigation counts.
    #[must_use]
    pub fn portal(&self, title: &str, counts: &PortalCounts, body: &Markup) -> Sheet {
        let body = maud::html! { @if let Some(other) = self.other_account() { (other) } (body) };
        Sheet::new(title, portal_frame(&self.viewer(), &self.path, counts, &self.own(&body)).into())
    }

    /// The page with forms that say for whom they are made.
    #[must_use]
    pub fn own(&self, body: &Markup) -> Markup {
        match &self.request.actor {
            Some(actor) => for_person(actor, body),
            None => body.clone(),
        }
    }
}

impl Sheet {
    fn new(title: &str, html: Html) -> Self {
        Self { title: crate::ui::title::title(title), html, status: 200, takes_over: true }
    }

    /// A page without a frame, of which the browser takes nothing over.
    #[must_use]
    pub fn alone(title: &str, html: Html) -> Self {
        Self { takes_over: false, ..Self::new(title, html) }
    }

    /// The page with another status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}
