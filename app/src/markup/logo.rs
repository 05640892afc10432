//! The form that gives a resource or a flow its logo. Server only.

use super::avatar::logo;
use super::icon::{Icon, icon};
use crate::form::FormState;
use domain::view::Look;
use maud::{Markup, html};

/// The form: its own, because a file does not come back with what was typed elsewhere.
#[must_use]
pub fn logo_form(name: &str, look: &Look, action: &str, form: &FormState) -> Markup {
    html! {
        section.card.panel.panels #logo {
            h2 { "Logo" }
            div.who { (logo(name, look)) span.sub { "PNG, JPEG, WebP or GIF, at most 256 KiB. Without one the first letters stand on the colour." } }
            form.with-button method="post" action=(action) enctype="multipart/form-data" data-whole {
                div.field {
                    label for="field-logo" { "Image" }
                    input #field-logo type="file" name="logo" accept="image/png,image/jpeg,image/webp,image/gif" aria-describedby="field-logo-error";
                    span.field-error #field-logo-error aria-live="polite" {
                        @if let Some(error) = form.error_at("logo") { (icon(Icon::Warn)) span { (error) } }
                    }
                }
                button.button type="submit" name="do" value="set" { "Set logo" }
                @if look.logo.is_some() { button.button.quiet type="submit" name="do" value="remove" { "Remove logo" } }
            }
        }
    }
}
