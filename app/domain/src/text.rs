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
