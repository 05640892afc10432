//! A limit on asking and withdrawing: each writes requests, messages and lines of the record that last for ever.

use crate::{Error, Result};
use domain::people::Actor;
use store::Session;

const SECOND: i64 = 1_000_000;
/// Acts that a person may do at once.
const BURST: i64 = 30;
/// After these one in so long: thirty in ten minutes.
const EVERY: i64 = 20 * SECOND;

/// Counts that a person asks or withdraws, in the transaction of the act: what is refused or rolled back is not counted. It is the
/// same on every server.
///
/// # Errors
/// [`Error::TooMany`] with the seconds until the next one.
pub(super) async fn count(session: &mut Session, actor: &Actor) -> Result<()> {
    match store::login::pace(session, &format!("asks:{}", actor.id), EVERY, BURST).await? {
        None => Ok(()),
        Some(micros) => Err(Error::TooMany(u64::try_from(micros / SECOND + 1).unwrap_or(1))),
    }
}
