//! Email addresses: one person whatever the spelling. The key of a person is kept as people read it, `rita@münchen.example`; on the
//! wire the domain is written in ASCII, `rita@xn--mnchen-3ya.example` (RFC 5890), as every mail server understands it.

/// The signs that may stand before the `@` beside letters and digits (RFC 5322, `atext`, and the dot).
const SIGNS: &str = "!#$%&'*+/=?^_`{|}~.-";
/// Longest part before the `@`, in bytes (RFC 5321, 4.5.3.1.1).
const LOCAL_MAX: usize = 64;

/// The one spelling of an address: lower case, composed (NFC), the domain in its own script, whether it was typed so, in capitals,
/// with a full-width dot, or as `xn--…` (UTS 46). Nothing when it is not an address. The browser checks the shape only.
#[must_use]
pub fn canonical(given: &str) -> Option<String> {
    // As an input method for Chinese or Japanese writes it.
    let given = given.trim().replace('\u{ff20}', "@");
    let (local, host) = given.rsplit_once('@')?;
    let (local, host) = (self::local(local)?, self::domain(host)?);
    Some(format!("{local}@{host}"))
}

/// What an address is looked up by: its one spelling, or where it is none what was typed, in lower case.
#[must_use]
pub fn key(given: &str) -> String {
    canonical(given).unwrap_or_else(|| lower(given.trim()))
}

fn local(given: &str) -> Option<String> {
    let local = lower(given);
    let fits = !local.is_empty()
        && local.len() <= LOCAL_MAX
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| c.is_alphanumeric() || is_mark(c) || SIGNS.contains(c));
    fits.then_some(local)
}

#[cfg(not(target_arch = "wasm32"))]
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(target_arch = "wasm32")]
fn is_mark(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !c.is_whitespace()
}

#[cfg(not(target_arch = "wasm32"))]
fn lower(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let lower: String = text.nfc().collect::<String>().to_lowercase();
    lower.nfc().collect()
}

#[cfg(target_arch = "wasm32")]
fn lower(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(not(target_arch = "wasm32"))]
fn domain(given: &str) -> Option<String> {
    let ascii = ascii(given)?;
    let (unicode, read) = idna::domain_to_unicode(&ascii);
    read.ok().map(|()| unicode)
}

/// A domain as it is written on the wire; nothing when it is none.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn ascii(domain: &str) -> Option<String> {
    use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
    // Hyphens in the third and fourth place are in names that are in use (`r3---sn.example`).
    let deny = AsciiDenyList::STD3;
    let ascii = Uts46::new().to_ascii(domain.as_bytes(), deny, Hyphens::CheckFirstLast, DnsLength::Verify).ok()?;
    Some(ascii.into_owned())
}

/// An address as it is written on the wire. Before the `@` it is what it is: a mail server that cannot carry it says so.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn wire(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    Some(format!("{local}@{}", ascii(domain)?))
}

#[cfg(target_arch = "wasm32")]
fn domain(given: &str) -> Option<String> {
    let host = given.to_lowercase();
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c == '-' || c.is_alphanumeric() || is_mark(c))
    };
    host.split('.').all(label).then_some(host)
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn wire(address: &str) -> Option<String> {
    Some(address.to_owned())
}
