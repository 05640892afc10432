//! Who is logged in: an open page asks when it gets the focus, because another tab may have changed it.

use crate::error::AppError;
use crate::wire::{AsPerson, Json};
use domain::people::PersonRef;
use leptos::prelude::*;

/// Who is logged in. It does not count as a use of the session.
///
/// # Errors
/// 401 for nobody, and 409 for another person than the page was made for ([`AppError::OtherPerson`]).
#[server(prefix = "/fn", endpoint = "whoami", input = Json, output = Json, client = AsPerson)]
pub async fn whoami() -> Result<PersonRef, AppError> {
    let (_, actor) = crate::ctx::actor()?;
    Ok(PersonRef { id: actor.id, name: actor.name, email: actor.email })
}

/// Says so when the page was made for another person than the one who is logged in now.
#[component]
pub fn OtherPersonNotice() -> impl IntoView {
    let other = RwSignal::new(None::<(String, String)>);
    #[cfg(not(feature = "ssr"))]
    let _focus = window_event_listener(leptos::ev::focus, move |_| {
        leptos::task::spawn_local(async move {
            match whoami().await {
                Err(AppError::OtherPerson { made_for, logged_in }) => other.set(Some((made_for, logged_in))),
                Ok(_) => other.set(None),
                // Without an answer nothing is known; an act says what is wrong.
                Err(_) => {}
            }
        });
    });
    move || {
        other.get().map(|(made_for, logged_in)| {
            view! {
                <section class="notice warn banner" role="alert">
                    <span>
                        {format!("This page was made for {made_for}, and {logged_in} is logged in now. Nothing is done from here. ")}
                        <a href=here rel="external">"Load it anew"</a>
                    </span>
                </section>
            }
        })
    }
}

/// The address in the address bar.
fn here() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}
