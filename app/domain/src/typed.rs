//! A name that somebody types again, to show that they mean it.

use crate::text::fold;

/// Whether what was typed is the name, as far as a keyboard can write it: regardless of case, accents and how they are composed, of
/// which apostrophe, quotation mark, hyphen or space stands there and how many spaces, and of signs that nobody sees.
#[must_use]
pub fn is_name(typed: &str, name: &str) -> bool {
    let (plain_name, plain_typed) = (plain(name), plain(typed));
    if plain_name.is_empty() {
        // Of signs alone: they are taken as they stand.
        return typed.trim() == name.trim();
    }
    plain_typed == plain_name
}

fn plain(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !is_unseen(*c)).map(same).collect();
    fold(&visible).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sign of a keyboard for those that look like it.
const fn same(c: char) -> char {
    match c {
        '\u{2018}'..='\u{201b}'
        | '\u{2032}'
        | '\u{2035}'
        | '\u{2bb}'..='\u{2bd}'
        | '\u{2b9}'
        | '\u{2ca}'
        | '\u{2cb}'
        | '´'
        | '`'
        | '\u{ff07}'
        | '\u{ff40}'
        | '\u{55a}'
        | '\u{5f3}'
        | '\u{a78c}'
        | '\u{2039}'
        | '\u{203a}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{2036}' | '\u{ff02}' | '\u{5f4}' | '«' | '»' => '"',
        '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{58a}'
        | '\u{5be}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}'
        | '\u{30a0}' => '-',
        other => other,
    }
}

/// Signs that take no room: joiners, marks of direction, soft hyphens, selectors of a form.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}
