//! Who is behind a cookie.

use super::secret::Token;
use crate::{Result, Services};
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
/// open page, is noted at most once a minute, aside.
///
/// # Errors
/// When the database fails.
pub async fn authenticate(services: &Services, token: &Token, used: bool) -> Result<Option<Visitor>> {
    let hash = token.hash();
    let mut session = services.store.glance().await?;
    let live = store::login::live_session(&mut session, &hash, IDLE).await?;
    let Some(live) = live else { return Ok(None) };
    drop(session);
    if used && live.now.0 - live.seen_at.0 > MINUTE {
        touch(services, hash);
    }
    Ok(Some(Visitor { actor: live.actor, support_link: live.settings.support_link }))
}

/// Notes that a person used their session, aside; for doors that learn late who asked.
pub async fn note_use(services: &Services, token: &Token) {
    touch(services, token.hash());
}

fn touch(services: &Services, hash: impl AsRef<[u8]> + Send + Sync + 'static) {
    let store = services.store.clone();
    tokio::spawn(async move {
        let touched = async {
            let mut session = store.write().await?;
            store::login::touch_session(&mut session, hash.as_ref()).await?;
            session.commit().await
        };
        if let Err(error) = touched.await {
            tracing::warn!(%error, "a session's use was not noted");
        }
    });
}
