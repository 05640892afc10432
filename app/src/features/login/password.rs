//! Setting a password by a one-time link, and changing one's own.

use super::page::{card, form_trouble};
use crate::form::{FormState, use_form_state};
use crate::ui::field::TextField;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

fn new_password(form: &FormState) -> impl IntoView + use<> {
    let error = |field: &str| form.error_at(field).unwrap_or_default();
    view! {
        <TextField name="password" label="New password" kind="password" hint="At least 15 characters; a sentence is fine."
            error=error("password") autocomplete="new-password"/>
        <TextField name="again" label="New password again" kind="password" error=error("again") autocomplete="new-password"/>
    }
}

/// Set a password by a one-time link.
#[component]
pub fn LinkPage() -> impl IntoView {
    let form = use_form_state();
    let token = use_params_map().with_untracked(|params| params.get("token").unwrap_or_default());
    let gone = matches!(form.error, Some(crate::error::AppError::NotFound));
    let body = if gone {
        view! {
            <p>"This link was used already, or its time is over."</p>
            <p><a class="button primary" href="/login/forgot">"Send a new one"</a></p>
        }
        .into_any()
    } else {
        view! {
            {form_trouble(&form)}
            <form method="post" action=format!("/login/link/{token}") class="stack">
                {new_password(&form)}
                <button class="button primary wide" type="submit">"Set password and log in"</button>
            </form>
        }
        .into_any()
    };
    card("Set a password", body)
}

/// Change one's own password.
#[component]
pub fn PasswordPage() -> impl IntoView {
    let form = use_form_state();
    let body = view! {
        <p>"Your other sessions end when you change it."</p>
        {form_trouble(&form)}
        <form method="post" action="/account/password" class="stack">
            <TextField name="current" label="Current password" kind="password"
                error=form.error_at("current").unwrap_or_default() autocomplete="current-password" autofocus=true/>
            {new_password(&form)}
            <button class="button primary wide" type="submit">"Change password"</button>
        </form>
        <p class="aside"><a href="/" rel="external">"Cancel"</a></p>
    };
    card("Change your password", body.into_any())
}
