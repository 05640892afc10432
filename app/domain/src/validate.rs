//! Checks of what people type. They answer with a code; the words are the page's business.

use serde::{Deserialize, Serialize};

/// Longest free text (reason, next steps, notes, comment), in bytes (`trust.md` A59).
pub const TEXT_MAX: usize = 4096;
/// Longest name, in characters.
pub const NAME_MAX: usize = 200;
/// Longest email address, in bytes (RFC 5321).
pub const EMAIL_MAX: usize = 254;
/// Shortest password, in characters (`trust.md` 4.4).
pub const PASSWORD_MIN: usize = 15;
/// Longest password, in characters.
pub const PASSWORD_MAX: usize = 256;

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    /// Nothing was given.
    Required,
    /// Longer than so many bytes or characters.
    TooLong(usize),
    /// Shorter than so many characters.
    TooShort(usize),
    /// Holds a control character other than newline and tab, or one that turns the direction of text.
    ControlCharacter,
    /// Not of the form that is expected.
    Malformed,
    /// Names something that is not there.
    Unknown,
    /// Not a field of the form, or of the call.
    UnknownField,
    /// Beyond what the flow allows.
    NotAllowed,
    /// Does not match the pattern the flow demands; holds that pattern.
    Pattern(String),
    /// A kept secret would go elsewhere now.
    TypeAgain,
    /// The person has it already.
    AlreadyHeld,
    /// The two entries differ.
    Mismatch,
    /// Among the most common passwords.
    TooCommon,
    /// The current password is wrong.
    Wrong,
    /// Somebody else has this name.
    Taken,
    /// A step without anybody who could approve.
    NoApprovers,
    /// More approvals than the step has people; holds how many it has.
    AboveMembers(u32),
    /// Not a duration of weeks, days, hours and minutes in ISO 8601 of at most ten years.
    Duration,
    /// Not an https address, or http on loopback.
    Link,
    /// Not a colour.
    Colour,
    /// Would make a person their own manager, directly or through others.
    Cycle,
    /// The last active admin stays one.
    LastAdmin,
    /// Outside of what is allowed; holds the smallest and the largest value.
    Range(i64, i64),
    /// Several fit; one has to be chosen.
    Ambiguous,
    /// Names something that is not there; holds the name.
    UnknownName(String),
    /// Used elsewhere, so it stays.
    InUse,
    /// A group that a flow joins is missing; holds the flow.
    JoinedBy(String),
    /// Not the name that was to be typed.
    NotTheName,
    /// Not a signing key: `whsec_` and base64 of at least 24 bytes.
    SigningKey,
    /// An address that is not public and that the operator has not allowed.
    PrivateTarget,
    /// Not a group that gives the resource.
    NotOfResource,
    /// Not a time zone.
    Zone,
    /// Somebody else saved it since the editor was opened.
    ChangedMeanwhile,
    /// A file that is no PNG, JPEG, WebP or GIF image.
    Image,
    /// Larger than so many KiB.
    TooLarge(usize),
}

/// A field and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the field, as on the wire.
    pub field: String,
    /// What is wrong.
    pub code: FieldCode,
}

impl FieldError {
    /// An error at a field.
    #[must_use]
    pub fn new(field: &str, code: FieldCode) -> Self {
        Self { field: field.to_owned(), code }
    }
}

/// Whether a character turns or marks the direction of the text around it: every character with the Unicode property `Bidi_Control`.
/// None of them shows, and with them a text reads as another (UTS #39, `trust.md` A68).
#[must_use]
pub const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a text holds what no door takes: a control character, or one that turns the direction of text. With `lines` a text may
/// have several lines and tabs. The one rule for what is typed, imported, set up, or given on the command line.
#[must_use]
pub fn has_unseen(text: &str, lines: bool) -> bool {
    text.chars().any(|c| is_bidi_control(c) || (c.is_control() && !(lines && matches!(c, '\n' | '\r' | '\t'))))
}

/// A free text: trimmed, line ends as `\n`, without what is not seen ([`has_unseen`]), of at most [`TEXT_MAX`] bytes.
///
/// # Errors
/// The code of the first rule that is broken.
pub fn text(field: &str, given: &str, required: bool) -> Result<Option<String>, FieldError> {
    let clean = given.replace("\r\n", "\n").replace('\r', "\n");
    let clean = clean.trim();
    if clean.is_empty() {
        return if required { Err(FieldError::new(field, FieldCode::Required)) } else { Ok(None) };
    }
    if clean.len() > TEXT_MAX {
        return Err(FieldError::new(field, FieldCode::TooLong(TEXT_MAX)));
    }
    if has_unseen(clean, true) {
        return Err(FieldError::new(field, FieldCode::ControlCharacter));
    }
    Ok(Some(clean.to_owned()))
}

/// An email address as the key of a person ([`crate::text::email_key`]).
///
/// # Errors
/// The code of the first rule that is broken.
pub fn email(field: &str, given: &str) -> Result<String, FieldError> {
    let clean = crate::text::email_key(given);
    if clean.is_empty() {
        return Err(FieldError::new(field, FieldCode::Required));
    }
    if clean.len() > EMAIL_MAX {
        return Err(FieldError::new(field, FieldCode::TooLong(EMAIL_MAX)));
    }
    let well_formed = clean.split_once('@').is_some_and(|(local, host)| {
        let label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let host_ok = host.split('.').all(label);
        let local_ok = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
        host_ok && local_ok
    });
    if well_formed { Ok(clean) } else { Err(FieldError::new(field, FieldCode::Malformed)) }
}

/// A name: trimmed, of 1 to [`NAME_MAX`] characters, without control characters.
///
/// # Errors
/// The code of the first rule that is broken.
pub fn name(field: &str, given: &str) -> Result<String, FieldError> {
    let clean = line(field, given)?;
    if clean.is_empty() { Err(FieldError::new(field, FieldCode::Required)) } else { Ok(clean) }
}

/// A text of one line that may be empty: trimmed, of at most [`NAME_MAX`] characters, without control characters and without those
/// that turn the direction of what follows, so that no name looks like another (`trust.md` A68).
///
/// # Errors
/// The code of the first rule that is broken.
pub fn line(field: &str, given: &str) -> Result<String, FieldError> {
    let clean = given.trim();
    if clean.chars().count() > NAME_MAX {
        return Err(FieldError::new(field, FieldCode::TooLong(NAME_MAX)));
    }
    if has_unseen(clean, false) {
        return Err(FieldError::new(field, FieldCode::ControlCharacter));
    }
    Ok(clean.to_owned())
}

/// A link that may be absent: https, or http on loopback (`trust.md` A25).
///
/// # Errors
/// [`FieldCode::Link`].
pub fn link(field: &str, given: &str) -> Result<Option<String>, FieldError> {
    let clean = given.trim();
    if clean.is_empty() {
        return Ok(None);
    }
    let plain = clean.len() <= 2048 && !clean.chars().any(char::is_whitespace) && !has_unseen(clean, false);
    let host = |scheme: &str| {
        clean.strip_prefix(scheme).map(|rest| rest.split(['/', ':', '?', '#']).next().unwrap_or_default())
    };
    let safe = plain
        && (host("https://").is_some_and(|host| !host.is_empty())
            || host("http://").is_some_and(|host| matches!(host, "localhost" | "127.0.0.1")));
    if safe { Ok(Some(clean.to_owned())) } else { Err(FieldError::new(field, FieldCode::Link)) }
}

/// A colour that may be absent, `#rgb` or `#rrggbb`, in lower case.
///
/// # Errors
/// [`FieldCode::Colour`].
pub fn colour(field: &str, given: &str) -> Result<Option<String>, FieldError> {
    let clean = given.trim().to_lowercase();
    if clean.is_empty() {
        return Ok(None);
    }
    let hex = clean.strip_prefix('#').unwrap_or_default();
    let fits = matches!(hex.len(), 3 | 6) && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if fits { Ok(Some(clean)) } else { Err(FieldError::new(field, FieldCode::Colour)) }
}

#[cfg(test)]
mod tests {
    use super::{FieldCode, email, has_unseen, line, link, name, text};

    /// `Bidi_Control` of the Unicode character database, 17.0.
    const BIDI: [char; 12] = [
        '\u{061c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}',
        '\u{2067}', '\u{2068}', '\u{2069}',
    ];

    #[test]
    fn what_turns_the_direction_of_text_is_refused_in_every_kind_of_field() {
        for c in BIDI {
            let typed = format!("invoice{c}fdp");
            assert!(has_unseen(&typed, true) && has_unseen(&typed, false), "{c:?}");
            assert_eq!(text("reason", &typed, true).unwrap_err().code, FieldCode::ControlCharacter);
            assert_eq!(name("name", &typed).unwrap_err().code, FieldCode::ControlCharacter);
            assert_eq!(line("title", &typed).unwrap_err().code, FieldCode::ControlCharacter);
            assert_eq!(link("link", &format!("https://x.test/{typed}")).unwrap_err().code, FieldCode::Link);
            assert_eq!(email("email", &format!("{typed}@x.test")).unwrap_err().code, FieldCode::Malformed);
        }
        // Letters of every direction are letters.
        assert_eq!(name("name", "דנה לוי"), Ok("דנה לוי".to_owned()));
        assert_eq!(text("reason", "سبب\nثان\t2", true), Ok(Some("سبب\nثان\t2".to_owned())));
    }

    #[test]
    fn lines_and_tabs_stand_in_texts_of_several_lines_only() {
        for c in ['\n', '\t', '\r'] {
            assert!(has_unseen(&format!("a{c}b"), false) && !has_unseen(&format!("a{c}b"), true), "{c:?}");
        }
        for c in ['\0', '\u{1}', '\u{1b}', '\u{7f}', '\u{85}', '\u{9f}'] {
            assert!(has_unseen(&format!("a{c}b"), true), "{c:?}");
        }
    }
}
