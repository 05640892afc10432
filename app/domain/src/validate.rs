//! Checks of what people type. They answer with a code; the words are the page's business.

use crate::{address, letters, pattern, text};
use serde::{Deserialize, Serialize};

/// Longest free text (reason, next steps, notes, comment), in letters (`trust.md` A59).
pub const TEXT_MAX: usize = 4096;
/// Longest free text, in bytes: letters of most scripts take three, and a form with several texts must fit into a body.
pub const TEXT_BYTES: usize = 16 * 1024;
/// Longest name, in letters.
pub const NAME_MAX: usize = 200;
/// Longest name, in bytes as it is kept and as it is folded: what an index of PostgreSQL takes beside other columns.
pub const NAME_BYTES: usize = 1000;
/// Longest email address, in bytes (RFC 5321).
pub const EMAIL_MAX: usize = 254;
/// Shortest password, in letters (`trust.md` 4.4).
pub const PASSWORD_MIN: usize = 15;
/// Longest password, in letters.
pub const PASSWORD_MAX: usize = 256;
/// Longest password, in bytes: hashing reads all of them.
pub const PASSWORD_BYTES: usize = 4096;

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    /// Nothing was given.
    Required,
    /// Longer than so many letters, as people count them.
    TooLong(usize),
    /// Of few enough letters, but these take more than so many bytes together.
    TooManyBytes(usize),
    /// Shorter than so many letters, as people count them.
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
    /// For whoever approves last to choose.
    NotYet,
    /// Does not match the pattern the flow demands; holds that pattern.
    Pattern(String),
    /// A regular expression where a pattern of `#` and `*` belongs; holds the pattern that is probably meant, or nothing.
    Regex(String),
    /// An example that does not match the pattern beside it; holds that pattern.
    NoExample(String),
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
    /// A secret, and the server has no key to seal it under.
    NoKey,
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

/// Checks a length in letters, and that their bytes stay within what is kept.
///
/// # Errors
/// [`FieldCode::TooLong`] or [`FieldCode::TooManyBytes`].
pub fn length(field: &str, text: &str, most: usize, bytes: usize) -> Result<(), FieldError> {
    let over = text.len() > bytes;
    // So many bytes are too many letters, whatever they are: nothing that long is taken apart.
    if text.len() > 64 * most || letters::count(text) > most {
        return Err(FieldError::new(field, FieldCode::TooLong(most)));
    }
    if over { Err(FieldError::new(field, FieldCode::TooManyBytes(bytes))) } else { Ok(()) }
}

/// A free text: trimmed, line ends as `\n`, without what is not seen ([`has_unseen`]), of at most [`TEXT_MAX`] letters.
///
/// # Errors
/// The code of the first rule that is broken.
pub fn text(field: &str, given: &str, required: bool) -> Result<Option<String>, FieldError> {
    let clean = given.replace("\r\n", "\n").replace('\r', "\n");
    let clean = clean.trim();
    if clean.is_empty() {
        return if required { Err(FieldError::new(field, FieldCode::Required)) } else { Ok(None) };
    }
    length(field, clean, TEXT_MAX, TEXT_BYTES)?;
    if has_unseen(clean, true) {
        return Err(FieldError::new(field, FieldCode::ControlCharacter));
    }
    Ok(Some(clean.to_owned()))
}

/// An email address in its one spelling ([`address::canonical`]): the key of a person.
///
/// # Errors
/// The code of the first rule that is broken.
pub fn email(field: &str, given: &str) -> Result<String, FieldError> {
    let given = given.trim();
    if given.is_empty() {
        return Err(FieldError::new(field, FieldCode::Required));
    }
    let long = || FieldError::new(field, FieldCode::TooLong(EMAIL_MAX));
    // Four bytes a letter are the most there are; nothing longer is taken apart.
    if given.len() > 4 * EMAIL_MAX {
        return Err(long());
    }
    let malformed = || FieldError::new(field, FieldCode::Malformed);
    let clean = address::canonical(given).ok_or_else(malformed)?;
    // Mail servers count the bytes of what they are sent.
    let wire = address::wire(&clean).ok_or_else(malformed)?;
    if clean.len().max(wire.len()) > EMAIL_MAX { Err(long()) } else { Ok(clean) }
}

/// A pattern that a reason must contain ([`pattern::contains`]); nothing when none is wanted.
///
/// # Errors
/// As [`line`], and [`FieldCode::Regex`] for what looks like a regular expression.
pub fn reason_pattern(field: &str, given: &str) -> Result<Option<String>, FieldError> {
    let clean = line(field, given)?;
    if pattern::is_regex(&clean) {
        let meant = pattern::suggestion(&clean).unwrap_or_default();
        return Err(FieldError::new(field, FieldCode::Regex(meant)));
    }
    Ok((!clean.is_empty()).then_some(clean))
}

/// A name: trimmed, of 1 to [`NAME_MAX`] letters, without control characters.
///
/// # Errors
/// The code of the first rule that is broken.
pub fn name(field: &str, given: &str) -> Result<String, FieldError> {
    let clean = line(field, given)?;
    if clean.is_empty() { Err(FieldError::new(field, FieldCode::Required)) } else { Ok(clean) }
}

/// A text of one line that may be empty: trimmed, of at most [`NAME_MAX`] letters, without control characters and without those
/// that turn the direction of what follows, so that no name looks like another (`trust.md` A68).
///
/// # Errors
/// The code of the first rule that is broken.
pub fn line(field: &str, given: &str) -> Result<String, FieldError> {
    let clean = given.trim();
    length(field, clean, NAME_MAX, NAME_BYTES)?;
    // One sign may fold into eighteen (U+FDFA).
    if text::fold(clean).len() > NAME_BYTES {
        return Err(FieldError::new(field, FieldCode::TooManyBytes(NAME_BYTES)));
    }
    if has_unseen(clean, false) {
        return Err(FieldError::new(field, FieldCode::ControlCharacter));
    }
    Ok(clean.to_owned())
}

/// Whether a password is long enough and not too long, in letters as people count them.
///
/// # Errors
/// [`FieldCode::TooShort`], [`FieldCode::TooLong`] or [`FieldCode::TooManyBytes`].
pub fn password_length(field: &str, given: &str) -> Result<(), FieldError> {
    length(field, given, PASSWORD_MAX, PASSWORD_BYTES)?;
    if letters::count(given) < PASSWORD_MIN {
        return Err(FieldError::new(field, FieldCode::TooShort(PASSWORD_MIN)));
    }
    Ok(())
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
