//! The log-in page, the forgotten password and the first set-up.

use crate::form::{FormState, use_form_state};
use crate::ui::field::TextField;
use crate::ui::icon::icon;
use crate::ui::state::trouble;
use crate::ui::title::Title;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// A page with one card in the middle.
pub(super) fn card(title: &'static str, body: AnyView) -> impl IntoView {
    view! {
        <Title text=title/>
        <main class="alone" id="main">
            <div class="card login">
                <p class="brand"><span class="mark">{icon("door")}</span>"Doorward"</p>
                <h1>{title}</h1>
                {body}
            </div>
        </main>
    }
}

/// What is wrong with the form as a whole.
pub(super) fn form_trouble(form: &FormState) -> Option<impl IntoView + use<>> {
    form.message().map(trouble)
}

fn is_demo() -> bool {
    #[cfg(feature = "ssr")]
    let demo = || crate::ctx::request().demo;
    #[cfg(not(feature = "ssr"))]
    let demo = || false;
    SharedValue::new(demo).into_inner()
}

/// Log in.
#[component]
pub fn LoginPage() -> impl IntoView {
    let form = use_form_state();
    let next = use_query_map().with_untracked(|query| query.get("next").unwrap_or_default());
    let wrong = matches!(form.error, Some(crate::error::AppError::Unauthenticated));
    let message = if wrong {
        Some(trouble("Email and password do not match an active account.".to_owned()).into_any())
    } else {
        form_trouble(&form).map(IntoAny::into_any)
    };
    let hint = is_demo().then(|| {
        view! {
            <div class="notice"><span>
                "This is a demo organisation. Log in as "<b>"admin@demo.test"</b>", "<b>"manager@demo.test"</b>", "
                <b>"owner@demo.test"</b>", "<b>"member@demo.test"</b>" or "<b>"requester@demo.test"</b>
                " with the password "<code>"doorward-demo"</code>"."
            </span></div>
        }
    });
    let body = view! {
        {message}
        <form method="post" action="/login" class="stack">
            <input type="hidden" name="next" value=next/>
            <TextField name="email" label="Email" kind="email" value=form.value("email") autocomplete="username" autofocus=true/>
            <TextField name="password" label="Password" kind="password" autocomplete="current-password"/>
            <button class="button primary wide" type="submit">"Log in"</button>
        </form>
        <p class="aside"><a href="/login/forgot">"Forgotten, or never had a password?"</a></p>
        {hint}
    };
    card("Log in", body.into_any())
}

/// Ask for a one-time link.
#[component]
pub fn ForgotPage() -> impl IntoView {
    let form = use_form_state();
    let sent = use_query_map().with_untracked(|query| query.get("sent").is_some());
    let body = if sent {
        view! {
            <p>"If this address belongs to an active account, a link is on its way. It works once, for one hour."</p>
            <p><a class="button" href="/login">"Back to log in"</a></p>
        }
        .into_any()
    } else {
        view! {
            <p>"We send a one-time link to set a password with."</p>
            {form_trouble(&form)}
            <form method="post" action="/login/forgot" class="stack">
                <TextField name="email" label="Email" kind="email" value=form.value("email")
                    error=form.error_at("email").unwrap_or_default() autocomplete="username" autofocus=true/>
                <button class="button primary wide" type="submit">"Send the link"</button>
            </form>
        }
        .into_any()
    };
    card("Set a password", body)
}

/// The first admin, while there is none.
#[component]
pub fn SetupPage() -> impl IntoView {
    let form = use_form_state();
    let error = |field: &str| form.error_at(field).unwrap_or_default();
    let body = view! {
        <p>"Nobody administers this Doorward yet. The account that you make here will."</p>
        {form_trouble(&form)}
        <form method="post" action="/setup" class="stack">
            <TextField name="name" label="Your name" value=form.value("name") error=error("name") autocomplete="name" autofocus=true/>
            <TextField name="email" label="Email" kind="email" value=form.value("email") error=error("email") autocomplete="username"/>
            <TextField name="password" label="Password" kind="password" hint="At least 15 characters; a sentence is fine."
                error=error("password") autocomplete="new-password"/>
            <button class="button primary wide" type="submit">"Set up Doorward"</button>
        </form>
    };
    card("Welcome", body.into_any())
}
