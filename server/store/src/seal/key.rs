//! The key, and values sealed under it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// Bytes of a key.
const LENGTH: usize = 32;
/// The beginning of every sealed value. Another way of sealing gets another one.
const FORM: &str = "sealed.1";

/// The key under which secrets are sealed: 32 random bytes. Never printed but by [`Key::to_text`].
#[derive(Clone)]
pub struct Key(Arc<Inner>);

struct Inner {
    bytes: SecretBox<[u8; LENGTH]>,
    id: String,
}

/// A text that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 bytes as base64 or hexadecimal digits, as doorward key new prints them")]
pub struct NoKey;

/// The system gave no random bytes.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        ring::digest::digest(&ring::digest::SHA256, self.bytes()).as_ref()
            == ring::digest::digest(&ring::digest::SHA256, other.bytes()).as_ref()
    }
}

impl Eq for Key {}

impl Key {
    /// A fresh key.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn fresh() -> Result<Self, NoRandomness> {
        let mut bytes = Box::new([0_u8; LENGTH]);
        SystemRandom::new().fill(bytes.as_mut_slice()).map_err(|_| NoRandomness)?;
        Ok(Self::of(bytes))
    }

    /// Reads a key: 64 hexadecimal digits, or 32 bytes in base64 of either alphabet.
    ///
    /// # Errors
    /// [`NoKey`] when it is none; the text is not repeated.
    pub fn parse(text: &str) -> Result<Self, NoKey> {
        let text = text.trim();
        let mut bytes = Box::new([0_u8; LENGTH]);
        if text.len() == 2 * LENGTH && text.is_ascii() {
            for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
                let digits = std::str::from_utf8(digits).map_err(|_| NoKey)?;
                *byte = u8::from_str_radix(digits, 16).map_err(|_| NoKey)?;
            }
            return Ok(Self::of(bytes));
        }
        let read = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].iter().find_map(|way| way.decode(text).ok());
        let read = read.filter(|read| read.len() == LENGTH).ok_or(NoKey)?;
        bytes.copy_from_slice(&read);
        Ok(Self::of(bytes))
    }

    fn of(bytes: Box<[u8; LENGTH]>) -> Self {
        let mut hashed = b"doorward key\0".to_vec();
        hashed.extend_from_slice(bytes.as_slice());
        let digest = ring::digest::digest(&ring::digest::SHA256, &hashed);
        let id = digest.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self(Arc::new(Inner { bytes: SecretBox::new(bytes), id }))
    }

    fn bytes(&self) -> &[u8; LENGTH] {
        self.0.bytes.expose_secret()
    }

    /// The name of the key: eight hexadecimal digits that say nothing of it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The key as [`Key::parse`] reads it: to be kept, not to be shown again.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        STANDARD.encode(self.bytes()).into()
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&CHACHA20_POLY1305, self.bytes()).ok().map(LessSafeKey::new)
    }

    /// Seals a value for one place. The nonce is random: 96 bits are enough for billions of values under one key.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub(crate) fn seal(&self, place: &Place, plain: &str) -> Result<String, NoRandomness> {
        let mut nonce = [0_u8; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| NoRandomness)?;
        let mut sealed = plain.as_bytes().to_vec();
        let cipher = self.cipher().ok_or(NoRandomness)?;
        cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place.bytes()), &mut sealed)
            .map_err(|_| NoRandomness)?;
        let mut all = nonce.to_vec();
        all.append(&mut sealed);
        Ok(format!("{FORM}.{}.{}", self.id(), URL_SAFE_NO_PAD.encode(all)))
    }

    /// Opens a value that was sealed for this place; nothing when it was not, or not under this key, or was changed since.
    pub(crate) fn open(&self, place: &Place, sealed: &str) -> Option<SecretString> {
        let text = sealed.strip_prefix(FORM)?.strip_prefix('.')?.strip_prefix(self.id())?.strip_prefix('.')?;
        let all = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, rest) = all.split_at_checked(NONCE_LEN)?;
        let mut rest = rest.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self.cipher()?.open_in_place(nonce, Aad::from(place.bytes()), &mut rest).ok()?;
        std::str::from_utf8(plain).ok().map(SecretString::from)
    }
}

/// The name of the key under which a value is sealed; nothing when it is no sealed value.
pub(crate) fn key_of(sealed: &str) -> Option<&str> {
    let (id, _) = sealed.strip_prefix(FORM)?.strip_prefix('.')?.split_once('.')?;
    Some(id)
}

/// Where a sealed value stands. It opens there and nowhere else: a value that is copied to another row or column does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Table.
    pub(crate) table: &'static str,
    /// Column.
    pub(crate) column: &'static str,
    /// Key of the row.
    pub(crate) row: Uuid,
}

impl Place {
    pub(crate) const fn new(table: &'static str, column: &'static str, row: Uuid) -> Self {
        Self { table, column, row }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("doorward\0{FORM}\0{}\0{}\0", self.table, self.column).into_bytes();
        bytes.extend_from_slice(self.row.as_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Place, key_of};
    use secrecy::ExposeSecret;
    use uuid::Uuid;

    const ROW: Uuid = Uuid::from_u128(7);
    const PLACE: Place = Place::new("connectors", "secret", ROW);

    fn opened(key: &Key, place: Place, sealed: &str) -> Option<String> {
        key.open(&place, sealed).map(|plain| plain.expose_secret().to_owned())
    }

    #[test]
    fn a_value_opens_where_it_was_sealed_and_nowhere_else() {
        let (key, other) = (Key::fresh().expect("a key"), Key::fresh().expect("a key"));
        for plain in ["", "s3cr3t", "Zürich \u{1F511}", &"x".repeat(10_000)] {
            let sealed = key.seal(&PLACE, plain).expect("sealed");
            assert!(plain.is_empty() || !sealed.contains(plain));
            assert_eq!(key_of(&sealed), Some(key.id()));
            assert_eq!(opened(&key, PLACE, &sealed).as_deref(), Some(plain));
            assert_eq!(opened(&other, PLACE, &sealed), None, "another key");
            for place in [
                Place::new("channels", "secret", ROW),
                Place::new("connectors", "key", ROW),
                Place::new("connectors", "secret", Uuid::from_u128(8)),
            ] {
                assert_eq!(opened(&key, place, &sealed), None, "another place: {place:?}");
            }
            assert_ne!(key.seal(&PLACE, plain).expect("sealed"), sealed, "the nonce differs each time");
        }
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let key = Key::fresh().expect("a key");
        let sealed = key.seal(&PLACE, "s3cr3t").expect("sealed");
        for index in sealed.len() - 20..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("text");
            assert_eq!(opened(&key, PLACE, &changed), None, "{index}");
        }
        for wrong in ["", "s3cr3t", "sealed.1.", "sealed.2.00000000.AAAA", &sealed[..sealed.len() - 4], "sealed.1.x.y"]
        {
            assert_eq!(opened(&key, PLACE, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let key = Key::fresh().expect("a key");
        assert_eq!(Key::parse(&format!(" {}\n", key.to_text().expose_secret())), Ok(key.clone()));
        let hex: String = key.bytes().iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(Key::parse(&hex), Ok(key.clone()));
        let text = key.to_text().expose_secret().trim_end_matches('=').replace('+', "-").replace('/', "_");
        assert_eq!(Key::parse(&text), Ok(key.clone()));
        for wrong in ["", "secret", "AAAA", &hex[1..], &"g".repeat(64), &format!("{}A", key.to_text().expose_secret())]
        {
            assert!(Key::parse(wrong).is_err(), "{wrong}");
        }
        let shown = format!("{key:?}");
        assert_eq!(shown, format!("Key({})", key.id()), "nothing of the key itself");
    }
}
