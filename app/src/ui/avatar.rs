//! Initials of people, and logos of resources as two letters on a colour.

use super::html::Html;
use domain::view::Look;
use maud::html;

/// One of sixteen colours, the same for the same name everywhere.
#[must_use]
pub fn palette(name: &str) -> u8 {
    let hash = name.bytes().fold(2_166_136_261_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
    u8::try_from(hash >> 28).unwrap_or(0)
}

fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

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
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).take(2).collect();
    match &look.colour {
        // The policy allows no styles in the markup; a drawing needs none.
        Some(colour) => {
            let ink = if Look::wants_dark_letters(colour) { "#16181d" } else { "#fff" };
            html! {
                svg.logo viewBox="0 0 28 28" aria-hidden="true" {
                    rect width="28" height="28" rx="6" fill=(colour) {}
                    text x="14" y="18.5" text-anchor="middle" fill=(ink) { (letters) }
                }
            }
        }
        None => html! { span class={ "logo c" (palette(name)) } aria-hidden="true" { (letters) } },
    }
    .into()
}
