//! Secrets: random tokens, stored hashed, and passwords, hashed off the async threads.

use crate::{Error, Result, Services};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// OWASP's second recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;

/// Log-ins that may wait until their password is looked at: some two seconds' worth on a small machine.
const QUEUE: usize = 64;

/// A password as typed. Never printed.
#[derive(Clone)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A token of a session or a one-time link: 256 random bits. Only its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// A fresh token.
    #[must_use]
    pub fn fresh() -> Self {
        let mut bytes = [0_u8; 32];
        rand::RngCore::fill_bytes(&mut rand::rng(), &mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A token that a client sent.
    #[must_use]
    pub fn given(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The token, for the cookie or the link.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, 2, 1, None).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password. Blocking.
pub(crate) fn hash_now(password: &Password) -> Result<String> {
    let hashed = hasher()?.hash_password(password.0.as_bytes());
    Ok(hashed.map_err(|error| Error::Internal(error.to_string()))?.to_string())
}

/// Hashes a password on a thread of its own.
pub(crate) async fn hash(services: &Services, password: Password) -> Result<String> {
    blocking(services, move || hash_now(&password)).await
}

/// Whether a password is the one of a hash. Without a hash the same work is done, and the answer is no, so that unknown
/// people take as long as known ones.
pub(crate) async fn verify(services: &Services, password: Password, phc: Option<String>) -> Result<bool> {
    blocking(services, move || {
        let Some(phc) = phc else {
            hash_now(&password)?;
            return Ok(false);
        };
        let parsed = PasswordHash::new(&phc).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(hasher()?.verify_password(password.0.as_bytes(), &parsed).is_ok())
    })
    .await
}

/// Whether a password can be looked at soon. Whoever sends many must not make the others wait for minutes: beyond a short queue a
/// try is refused before it is counted.
///
/// # Errors
/// [`Error::TooMany`] with the seconds after which to try again.
pub(crate) fn room(services: &Services) -> Result<()> {
    if services.hashing_waits.load(Ordering::Relaxed) < QUEUE { Ok(()) } else { Err(Error::TooMany(2)) }
}

/// One that waits until a password can be looked at.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn blocking<T: Send + 'static>(
    services: &Services,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let waits = Waits::begin(&services.hashing_waits);
    let permit = Arc::clone(&services.hashing).acquire_owned().await.map_err(|_| Error::Unavailable)?;
    drop(waits);
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    })
    .await
    .map_err(|error| Error::Internal(error.to_string()))?
}
