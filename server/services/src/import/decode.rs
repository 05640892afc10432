//! Bytes as text: what can be known for sure is read, everything else is refused by one sentence that names the cause.

use super::{ImportError, Problem};

/// Bytes looked at to tell UTF-16 without a mark; a header is longer.
const SAMPLE: usize = 64;
/// How the file is to be saved instead.
const INSTEAD: &str = "save it as \"CSV UTF-8\" and import that";

/// Refuses the whole file.
pub(super) fn refuse(line: Option<u64>, message: impl Into<String>) -> ImportError {
    ImportError::Problems(vec![Problem { line, ..Problem::new(message) }])
}

/// The text of a file: UTF-8 or UTF-16, with or without a mark at the start.
///
/// Older encodings (Windows-1252 and its like) give every byte a meaning, so that none of them can be told from the others: they
/// are refused.
///
/// # Errors
/// What the file is instead, or the line of the first byte that cannot be read.
pub(super) fn decode(bytes: &[u8]) -> Result<String, ImportError> {
    if let Some(kind) = other_format(bytes) {
        return Err(refuse(None, format!("the file is {kind}, not text; {INSTEAD}")));
    }
    let text = match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            return Err(refuse(None, format!("the file is written in UTF-32; {INSTEAD}")));
        }
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => utf_8(rest)?,
        _ => match zeroes(bytes) {
            (0, odd) if odd > 0 => utf_16(bytes, u16::from_le_bytes)?,
            (even, 0) if even > 0 => utf_16(bytes, u16::from_be_bytes)?,
            _ => utf_8(bytes)?,
        },
    };
    match text.find('\0') {
        None => Ok(text),
        Some(place) => Err(refuse(Some(lines(&text[..place])), "a NUL byte: the file is not text, or it is damaged")),
    }
}

/// What starts with these bytes and is often taken for CSV.
fn other_format(bytes: &[u8]) -> Option<&'static str> {
    Some(match bytes {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => "an Excel workbook (.xlsx) or another archive",
        [0xd0, 0xcf, 0x11, 0xe0, ..] => "an old Excel workbook (.xls)",
        [b'%', b'P', b'D', b'F', ..] => "a PDF document",
        [0x1f, 0x8b, ..] => "compressed with gzip",
        _ => return None,
    })
}

/// How many bytes are zero at even and at odd places of the beginning, if every second one is at either.
fn zeroes(bytes: &[u8]) -> (usize, usize) {
    let sample = &bytes[..bytes.len().min(SAMPLE) & !1];
    let count = |first: usize| sample.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let all = |count: usize| if count * 2 == sample.len() { count } else { 0 };
    let (even, odd) = (count(0), count(1));
    if even > 0 && odd > 0 { (0, 0) } else { (all(even), all(odd)) }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, ImportError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for c in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match c {
            Ok(c) => text.push(c),
            Err(_) => {
                return Err(refuse(Some(lines(&text)), format!("half a character of UTF-16; {INSTEAD}")));
            }
        }
    }
    if rest.is_empty() {
        Ok(text)
    } else {
        Err(refuse(Some(lines(&text)), "the file ends in the middle of a character of UTF-16: it is not whole"))
    }
}

fn utf_8(bytes: &[u8]) -> Result<String, ImportError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            Err(refuse(
                Some(lines(&before)),
                format!(
                    "a character that is not UTF-8; older encodings (Windows-1252 and others) cannot be told apart: {INSTEAD}"
                ),
            ))
        }
    }
}

/// The line on which a text ends, from 1. A line ends with CRLF, LF or CR, as in an editor.
pub(super) fn lines(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let ends = bytes
        .iter()
        .enumerate()
        .filter(|(at, byte)| **byte == b'\n' || (**byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')))
        .count();
    u64::try_from(ends).unwrap_or(u64::MAX).saturating_add(1)
}
