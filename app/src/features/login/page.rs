//! The log-in page, the forgotten password and the first set-up.

use crate::error::AppError;
use crate::form::{FormState, RESUME_FIELD};
use crate::markup::field::Field;
use crate::markup::html::Html;
use crate::markup::icon::{Icon, icon};
use crate::markup::state::trouble;
use crate::sheet::{Call, Sheet};
use maud::{Markup, html};

/// A page with one card in the middle.
pub(super) fn card(title: &str, body: &Markup) -> Sheet {
    let page = html! {
        main.alone #main tabindex="-1" {
            div.card.login {
                p.brand { span.mark { (icon(Icon::Door)) } "Doorward" }
                h1 { (title) }
                (body)
            }
        }
    };
    Sheet::alone(title, page.into())
}

/// What is wrong with the form as a whole.
pub(super) fn form_trouble(form: &FormState) -> Markup {
    html! { @if let Some(message) = form.message() { (trouble(&message)) } }
}

/// A field of a form that may have come back.
pub(super) fn field(form: &FormState, kind: &str, field: &Field<'_>) -> Html {
    let (value, error) = (form.value(field.name), form.error_at(field.name));
    Field { value: &value, error: error.as_deref(), ..*field }.text(kind)
}

/// The button that sends a form of this kind.
pub(super) fn send(label: &str) -> Markup {
    html! { button.button.primary.wide type="submit" { (label) } }
}

/// For whom the link was made that leads on from the log-in, if it says so.
fn meant_for(next: &str) -> Option<String> {
    let (_, query) = next.split_once('?')?;
    let pairs = domain::filter::decode_pairs(query);
    let (_, email) = pairs.iter().find(|(name, _)| name == "for")?;
    domain::validate::email("for", email).ok()
}

/// Log in.
#[must_use]
pub fn log_in(call: &Call) -> Sheet {
    let form = &call.form;
    let next = call.query("next");
    let wrong = matches!(form.error, Some(AppError::Unauthenticated));
    let meant_for = meant_for(next);
    let email = Field { name: "email", label: "Email", autocomplete: "username", autofocus: true, ..Field::default() };
    let password = Field { name: "password", label: "Password", autocomplete: "current-password", ..Field::default() };
    let body = html! {
        @if wrong { (trouble("Email and password do not match an active account.")) } @else { (form_trouble(form)) }
        @if let Some(AppError::OtherPerson { made_for, .. }) = &form.error {
            @if form.values.contains_key(RESUME_FIELD) {
                p.sub { "What was typed is kept for " b { (made_for) } " alone: log in as them to send it." }
            } @else {
                p.sub { "Log in as " b { (made_for) } " to do it." }
            }
        }
        @if let Some(meant) = &meant_for { p.sub { "The link that led here was made for " b { (meant) } "." } }
        form.stack method="post" action="/login" data-whole {
            input type="hidden" name="next" value=(next);
            // A form that was sent when the session was over, sealed: it comes back after the log-in of its sender.
            @if let Some(sealed) = form.values.get(RESUME_FIELD) { input type="hidden" name=(RESUME_FIELD) value=(sealed); }
            (field(form, "email", &email))
            (field(form, "password", &password))
            (send("Log in"))
        }
        @if let Some(AppError::OtherPerson { logged_in, .. }) = &form.error {
            p.aside { a href="/" rel="external" { "Go on as " (logged_in) } }
        }
        p.aside { a href="/login/forgot" rel="external" { "Forgotten, or never had a password?" } }
        @if call.request.demo {
            div.notice {
                span {
                    "This is a demo organisation. Log in as " b { "admin@demo.test" } ", " b { "manager@demo.test" } ", "
                    b { "owner@demo.test" } ", " b { "member@demo.test" } " or " b { "requester@demo.test" }
                    " with the password " code { "doorward-demo" } "."
                }
            }
        }
    };
    card("Log in", &body)
}

/// Ask for a one-time link.
#[must_use]
pub fn forgot(call: &Call) -> Sheet {
    let form = &call.form;
    let sent = !call.query("sent").is_empty();
    let email = Field { name: "email", label: "Email", autocomplete: "username", autofocus: true, ..Field::default() };
    let body = html! {
        @if sent {
            p { "If this address belongs to an active account, a link is on its way. It works once, for one hour." }
            p { a.button href="/login" rel="external" { "Back to log in" } }
        } @else {
            p { "We send a one-time link to set a password with." }
            (form_trouble(form))
            form.stack method="post" action="/login/forgot" {
                (field(form, "email", &email))
                (send("Send the link"))
            }
            p.aside { a href="/login" rel="external" { "Back to log in" } }
        }
    };
    card("Set a password", &body)
}

/// The first admin, while there is none.
#[must_use]
pub fn set_up(call: &Call) -> Sheet {
    let form = &call.form;
    let name = Field { name: "name", label: "Your name", autocomplete: "name", autofocus: true, ..Field::default() };
    let email = Field { name: "email", label: "Email", autocomplete: "username", ..Field::default() };
    let password = Field { label: "Password", ..super::password::NEW };
    let body = html! {
        p { "Nobody administers this Doorward yet. The account that you make here will." }
        (form_trouble(form))
        form.stack method="post" action="/setup" {
            (field(form, "text", &name))
            (field(form, "email", &email))
            (field(form, "password", &password))
            (send("Set up Doorward"))
        }
    };
    card("Welcome", &body)
}
