//! Who looks at the page.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The person behind the session, as far as the frame shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// Id; empty for nobody.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Email.
    pub email: String,
    /// Whether the admin portal is open to them.
    pub admin: bool,
    /// Where people find help, if the organisation says.
    pub support: Option<String>,
    /// Why messages do not go out, for admins.
    pub degraded: Option<String>,
    /// How targets differ from what should be, for admins.
    pub differs: Option<String>,
}

/// The viewer: read from the session on the server, handed to the browser with the page.
#[must_use]
pub fn use_viewer() -> Viewer {
    if let Some(known) = use_context::<Viewer>() {
        return known;
    }
    let viewer = SharedValue::new(viewer).into_inner();
    provide_context(viewer.clone());
    viewer
}

#[cfg(feature = "ssr")]
fn viewer() -> Viewer {
    Viewer::of(&crate::ctx::request())
}

#[cfg(feature = "ssr")]
impl Viewer {
    /// Who asks.
    #[must_use]
    pub fn of(request: &crate::ctx::Request) -> Self {
        let support = request.support_link.clone();
        match &request.actor {
            Some(actor) => Self {
                id: actor.id.to_string(),
                name: actor.name.clone(),
                email: actor.email.clone(),
                admin: actor.admin,
                support,
                degraded: request
                    .services
                    .degraded()
                    .filter(|_| actor.admin)
                    .map(|degraded| crate::ui::words::degraded_words(&degraded)),
                differs: actor.admin.then(|| crate::ui::words::differing_words(request.services.differing())).flatten(),
            },
            None => Self { support, ..Self::default() },
        }
    }
}

#[cfg(not(feature = "ssr"))]
fn viewer() -> Viewer {
    Viewer::default()
}

/// The hidden field of a form that says for whom it is made.
#[component]
pub fn PersonField() -> impl IntoView {
    view! { <input type="hidden" name=crate::form::PERSON_FIELD value=use_viewer().id/> }
}
