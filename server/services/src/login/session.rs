//! Who is behind a cookie.

use super::secret::Token;
use crate::{Result, Services};
use domain::ids::PersonId;
use domain::people::Actor;

const MINUTE: i64 = 60 * 1_000_000;
/// A session ends when it was not used for so long (`trust.md` 4.4).
const IDLE: i64 = 30 * MINUTE;

/// The same, as the transaction of an act looks at it again. That the session was used is noted aside, a little later.
pub(crate) const IDLE_IN_ACTS: i64 = IDLE + 2 * MINUTE;

/// Who is behind a cookie, and what every page shows of the organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The person.
    pub actor: Actor,
    /// Where people find help.
    pub support_link: Option<String>,
}

/// The person of a live session. One read on the way of every page; that it was `used` by the person, and not by the clock of an
/// open page, is noted at most once a minute, in memory ([`crate::write_notes`]).
///
/// # Errors
/// When the database fails.
pub async fn authenticate(services: &Services, token: &Token, used: bool) -> Result<Option<Visitor>> {
    let hash = token.hash();
    // A use that is not written yet keeps the session alive all the same.
    let noted = services.notes.last_use(&hash);
    let mut session = services.store.glance().await?;
    let idle = if noted.is_some() { i64::MAX / 2 } else { IDLE };
    let live = store::login::live_session(&mut session, &hash, idle).await?;
    let Some(live) = live else { return Ok(None) };
    drop(session);
    let seen_at = noted.map_or(live.seen_at, |noted| noted.max(live.seen_at));
    if live.now.0 - seen_at.0 >= IDLE {
        return Ok(None);
    }
    if used && live.now.0 - seen_at.0 > MINUTE {
        services.notes.used(hash, live.now);
    }
    Ok(Some(Visitor { actor: live.actor, support_link: live.settings.support_link }))
}

/// Notes that a person used their session, for doors that learn late who asked; in memory, at most once a minute.
pub async fn note_use(services: &Services, token: &Token) {
    if let Err(error) = authenticate(services, token, true).await {
        tracing::warn!(%error, "a session's use was not noted");
    }
}

/// Whose session a token is of, live or not; nothing when that is not known any more. It says whom a text belongs to, and admits nobody.
///
/// # Errors
/// When the database fails.
pub async fn session_owner(services: &Services, token: &Token) -> Result<Option<PersonId>> {
    let mut session = services.store.glance().await?;
    Ok(store::login::session_owner(&mut session, &token.hash()).await?)
}

/// The address of a person; nothing when there is no such person.
///
/// # Errors
/// When the database fails.
pub async fn email_of(services: &Services, person: PersonId) -> Result<Option<String>> {
    let mut session = services.store.glance().await?;
    Ok(store::directory::people::by_id(&mut session, person).await?.map(|person| person.email))
}
