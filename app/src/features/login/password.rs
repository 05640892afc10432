//! Setting a password by a one-time link, and changing one's own.

use super::page::{card, field, form_trouble, send};
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::field::Field;
use crate::sheet::{Call, Sheet};
use maud::{Markup, html};

/// The field of a new password.
pub(super) const NEW: Field<'static> = Field {
    name: "password",
    scope: "",
    label: "New password",
    hint: "At least 15 characters; a sentence is fine.",
    value: "",
    error: None,
    required: false,
    autocomplete: "new-password",
    autofocus: false,
    list: "",
    look: false,
};

fn new_password(form: &FormState) -> Markup {
    html! {
        (field(form, "password", &NEW))
        (field(form, "password", &Field { name: "again", label: "New password again", hint: "", ..NEW }))
    }
}

/// Set a password by a one-time link.
#[must_use]
pub fn by_link(call: &Call, token: &str) -> Sheet {
    let form = &call.form;
    let gone = matches!(form.error, Some(AppError::NotFound));
    let body = html! {
        @if gone {
            p { "This link was used already, or its time is over." }
            p { a.button.primary href="/login/forgot" rel="external" { "Send a new one" } }
        } @else {
            (form_trouble(form))
            form.stack method="post" action={ "/login/link/" (token) } {
                (new_password(form))
                (send("Set password and log in"))
            }
        }
    };
    card("Set a password", &body)
}

/// Change one's own password.
#[must_use]
pub fn password(call: &Call) -> Sheet {
    let form = &call.form;
    let current = Field {
        name: "current",
        label: "Current password",
        autocomplete: "current-password",
        autofocus: true,
        ..Field::default()
    };
    let body = html! {
        p { "Your other sessions end when you change it." }
        (form_trouble(form))
        form.stack method="post" action="/account/password" {
            (field(form, "password", &current))
            (new_password(form))
            (send("Change password"))
        }
        p.aside { a href="/" rel="external" { "Cancel" } }
    };
    card("Change your password", &call.own(&body))
}
