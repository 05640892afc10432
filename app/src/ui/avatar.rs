//! Initials of people, and logos of resources as two letters on a colour.

use domain::view::Look;
use leptos::either::EitherOf3;
use leptos::prelude::*;

/// One of sixteen colours, the same for the same name everywhere.
#[must_use]
pub fn palette(name: &str) -> u8 {
    let hash = name.bytes().fold(2_166_136_261_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
    u8::try_from(hash >> 28).unwrap_or(0)
}

/// The first letters of the first and the last word of a name.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// The two letters that stand for a resource without an image.
#[must_use]
pub fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).take(2).collect()
}

/// The colour of letters on a colour.
#[must_use]
pub fn ink(colour: &str) -> &'static str {
    if Look::wants_dark_letters(colour) { "#16181d" } else { "#fff" }
}

/// The initials of a person.
#[must_use]
pub fn avatar(name: &str) -> impl IntoView + use<> {
    view! { <span class="avatar" aria-hidden="true">{initials(name)}</span> }
}

/// The logo of a resource: its image, its first letters on its colour, or on one that its name chooses.
#[must_use]
pub fn logo(name: &str, look: &Look) -> impl IntoView + use<> {
    if let Some(id) = &look.logo {
        let source = format!("/logo/{id}");
        return EitherOf3::A(view! { <img class="logo" src=source alt="" width="28" height="28"/> });
    }
    let letters = letters(name);
    match look.colour.clone() {
        // The policy allows no styles in the markup; a drawing needs none.
        Some(colour) => {
            let ink = ink(&colour);
            EitherOf3::B(view! {
                <svg class="logo" viewBox="0 0 28 28" aria-hidden="true">
                    <rect width="28" height="28" rx="6" fill=colour></rect>
                    <text x="14" y="18.5" text-anchor="middle" fill=ink>{letters}</text>
                </svg>
            })
        }
        None => {
            let class = format!("logo c{}", palette(name));
            EitherOf3::C(view! { <span class=class aria-hidden="true">{letters}</span> })
        }
    }
}
