//! Folding of text, so that sorts mean the same on both engines and in memory; and what makes two names or two addresses the same,
//! which is narrower. (Search has keys of its own: [`crate::search`].)

use icu_casemap::CaseMapper;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case without accents: `Tomás Łuczak` becomes `tomas luczak`. Compared bytewise afterwards.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'þ' => out.push_str("th"),
            'ı' => out.push('i'),
            // A lower-cased capital may bring its own mark (the dot of a Turkish İ).
            c if is_combining_mark(c) => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// How much is kept of what another system said, in bytes (`trust.md` A80).
pub const WORDS_MAX: usize = 1024;

/// What another system said (a target, a receiver of a channel, a mail server), as it may be stored and shown: one line without
/// control characters (a NUL cannot be stored on PostgreSQL), without marks that turn the direction of the text around or cannot
/// be seen, of at most [`WORDS_MAX`] bytes. Markup stays what it is: text, which every page escapes. All words from outside pass
/// through here before they are stored, and nowhere else are they cut.
#[must_use]
pub fn words_of_others(said: &str) -> String {
    let mut out = String::with_capacity(said.len().min(WORDS_MAX));
    let mut gap = false;
    for c in said.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = !out.is_empty();
            continue;
        }
        if is_unseen(c) {
            continue;
        }
        if out.len() + usize::from(gap) + c.len_utf8() > WORDS_MAX {
            break;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// Marks of direction, joiners and other characters that are not seen, line separators, and what stands for no character.
const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The key of a name: two names are the same exactly when their keys are equal. It is the name in composed form (NFC), with white
/// space trimmed and collapsed, in simple case folding (Unicode's `CaseFolding.txt`, status C and S). Accents, ß and marks of
/// other scripts stay: "Résumé" is not "Resume", "Straße" is not "Strasse". Unique indexes are over this key, and whoever looks a
/// name up compares it; for search and sorting there is [`fold`], which is wider.
#[must_use]
pub fn name_key(name: &str) -> String {
    let cases = CaseMapper::new();
    let composed: String = name.nfc().collect();
    let words: Vec<&str> = composed.split_whitespace().collect();
    words.join(" ").chars().map(|c| cases.simple_fold(c)).nfc().collect()
}

/// The key of an email address: one person has it in whatever spelling ([`crate::address::key`]).
#[must_use]
pub fn email_key(email: &str) -> String {
    crate::address::key(email)
}
