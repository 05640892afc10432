//! Secrets: random tokens, stored hashed, and passwords, hashed off the async threads.

use crate::{Error, Result, Services};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::validate::PASSWORD_MAX;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// OWASP's second recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;

/// Log-ins that may wait until their password is looked at: some two seconds' worth on a small machine.
const QUEUE: usize = 64;

/// A password as typed. Never printed.
#[derive(Clone)]
pub struct Password(pub String);

impl Password {
    /// Whether it can be anybody's at all; what cannot is not worth a hash.
    pub(crate) fn is_possible(&self) -> bool {
        // Four bytes to a character at most: what is longer need not be counted.
        !self.0.is_empty() && self.0.len() <= 4 * PASSWORD_MAX && self.0.chars().count() <= PASSWORD_MAX
    }
}

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

/// Who waits for a password to be hashed. Those whom nobody knows cannot keep the others waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// At the log-in or the first set-up.
    Stranger,
    /// With a session, or with a one-time link.
    Known,
}

/// Limits how many passwords are hashed at once: each takes 19 MiB and a core for some 50 ms.
#[derive(Debug)]
pub(crate) struct Hashing {
    strangers: Arc<Semaphore>,
    /// How many strangers wait.
    waits: AtomicUsize,
    known: Arc<Semaphore>,
    /// Who waits longer is told to come again.
    patience: Duration,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            strangers: Arc::new(Semaphore::new(2)),
            waits: AtomicUsize::new(0),
            known: Arc::new(Semaphore::new(1)),
            patience: Duration::from_secs(5),
        }
    }
}

impl Hashing {
    /// Whether a stranger's password can be looked at soon. Whoever sends many must not make the others wait: beyond a short queue a
    /// try is refused before it is counted.
    pub(crate) fn room(&self) -> Result<()> {
        if self.waits.load(Ordering::Relaxed) < QUEUE { Ok(()) } else { Err(Error::TooMany(2)) }
    }

    /// A place among those of the same kind.
    async fn permit(&self, caller: Caller) -> Result<OwnedSemaphorePermit> {
        let places = match caller {
            Caller::Stranger => &self.strangers,
            Caller::Known => &self.known,
        };
        let waits = (caller == Caller::Stranger).then(|| Waits::begin(&self.waits));
        let permit = tokio::time::timeout(self.patience, Arc::clone(places).acquire_owned()).await;
        drop(waits);
        permit.map_err(|_| Error::TooMany(self.patience.as_secs().max(1)))?.map_err(|_| Error::Unavailable)
    }
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

/// Hashes a password on a thread of its own.
///
/// # Errors
/// [`Error::TooMany`] when too many wait.
pub(crate) async fn hash(services: &Services, caller: Caller, password: Password) -> Result<String> {
    blocking(services, caller, move || hash_now(&password)).await
}

/// Whether a password is the one of a hash. Without a hash the same work is done, and the answer is no, so that unknown
/// people take as long as known ones.
///
/// # Errors
/// [`Error::TooMany`] when too many wait.
pub(crate) async fn verify(
    services: &Services,
    caller: Caller,
    password: Password,
    phc: Option<String>,
) -> Result<bool> {
    blocking(services, caller, move || {
        let Some(phc) = phc else {
            hash_now(&password)?;
            return Ok(false);
        };
        let parsed = PasswordHash::new(&phc).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(hasher()?.verify_password(password.0.as_bytes(), &parsed).is_ok())
    })
    .await
}

async fn blocking<T: Send + 'static>(
    services: &Services,
    caller: Caller,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let permit = services.hashing.permit(caller).await?;
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    })
    .await
    .map_err(|error| Error::Internal(error.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::{Caller, Hashing};
    use crate::Error;
    use std::time::Duration;

    #[tokio::test]
    async fn strangers_do_not_keep_known_people_waiting_and_do_not_wait_for_ever() {
        let hashing = Hashing { patience: Duration::ZERO, ..Hashing::default() };
        let first = hashing.permit(Caller::Stranger).await.expect("a place");
        let _second = hashing.permit(Caller::Stranger).await.expect("a place");
        assert!(matches!(hashing.permit(Caller::Stranger).await, Err(Error::TooMany(1))));
        let _known = hashing.permit(Caller::Known).await.expect("a place of their own");
        drop(first);
        assert!(hashing.permit(Caller::Stranger).await.is_ok(), "free again");
    }
}
