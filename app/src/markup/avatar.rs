//! Initials and logos in markup.

use super::html::Html;
use crate::ui::avatar::{initials, ink, letters, palette};
use domain::view::Look;
use maud::html;

/// The initials of a person.
#[must_use]
pub fn avatar(name: &str) -> Html {
    html! { span.avatar aria-hidden="true" { (initials(name)) } }.into()
}

/// The logo of a resource: its image, its first letters on its colour, or on one that its name chooses.
#[must_use]
pub fn logo(name: &str, look: &Look) -> Html {
    if let Some(id) = &look.logo {
        return html! { img.logo src={ "/logo/" (id) } alt="" width="28" height="28"; }.into();
    }
    let letters = letters(name);
    match &look.colour {
        // The policy allows no styles in the markup; a drawing needs none.
        Some(colour) => html! {
            svg.logo viewBox="0 0 28 28" aria-hidden="true" {
                rect width="28" height="28" rx="6" fill=(colour) {}
                text x="14" y="18.5" text-anchor="middle" fill=(ink(colour)) { (letters) }
            }
        },
        None => html! { span class={ "logo c" (palette(name)) } aria-hidden="true" { (letters) } },
    }
    .into()
}
