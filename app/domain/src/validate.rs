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
    /// Holds a control character other than newline and tab.
    ControlCharacter,
    /// Not of the form that is expected.
    Malformed,
    /// Names something that is not there.
    Unknown,
    /// Beyond what the flow allows.
    NotAllowed,
    /// Does not match the pattern the flow demands; holds that pattern.
    Pattern(String),
    /// The person has it already.
    AlreadyHeld,
    /// The two entries differ.
    Mismatch,
    /// Among the most common passwords.
    TooCommon,
    /// The current password is wrong.
    Wrong,
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

/// A free text: trimmed, line ends as `\n`, without control characters, of at most [`TEXT_MAX`] bytes.
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
    if clean.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(FieldError::new(field, FieldCode::ControlCharacter));
    }
    Ok(Some(clean.to_owned()))
}

/// An email address, in lower case: the key of a person.
///
/// # Errors
/// The code of the first rule that is broken.
pub fn email(field: &str, given: &str) -> Result<String, FieldError> {
    let clean = given.trim().to_lowercase();
    if clean.is_empty() {
        return Err(FieldError::new(field, FieldCode::Required));
    }
    if clean.len() > EMAIL_MAX {
        return Err(FieldError::new(field, FieldCode::TooLong(EMAIL_MAX)));
    }
    let well_formed = clean.split_once('@').is_some_and(|(local, host)| {
        let host_ok = !host.is_empty()
            && !host.starts_with(['.', '-'])
            && !host.ends_with(['.', '-'])
            && !host.contains("..")
            && host.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-');
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
