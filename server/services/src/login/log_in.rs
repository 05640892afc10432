//! Log in and log out.

use super::limiter::{self, Buckets};
use super::secret::{self, Password, Token};
use crate::{Error, Origin, Result, Services};
use domain::people::Actor;
use domain::time::Span;
use domain::validate;
use serde_json::json;
use store::Session;
use store::audit::Event;

/// Total life of a session (`trust.md` 4.4).
const TOTAL_MINUTES: i64 = 12 * 60;

/// A session that has begun.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// For the cookie.
    pub token: Token,
    /// Who.
    pub actor: Actor,
}

/// Begins a session. Unknown people, inactive people, people without a password and wrong passwords get the same answer
/// after the same work.
///
/// # Errors
/// [`Error::Unauthenticated`] when it is not right; [`Error::TooMany`] with the seconds to wait after too many failures.
pub async fn log_in(services: &Services, email: &str, password: &Password, origin: &Origin) -> Result<LoggedIn> {
    let email = validate::email("email", email).unwrap_or_default();
    let buckets = Buckets::new(&email, &origin.address);
    let mut session = services.store.write().await?;
    if let Some(seconds) = limiter::count(&mut session, &buckets).await? {
        failed(&mut session, &email, origin, "too many tries").await?;
        session.commit().await?;
        return Err(Error::TooMany(seconds));
    }
    let person = store::directory::people::by_email(&mut session, &email).await?.filter(|person| person.active);
    let phc = match &person {
        Some(person) => store::login::password(&mut session, person.id).await?,
        None => None,
    };
    // The count stands before the password is looked at: parallel guesses cannot slip past it.
    session.commit().await?;
    let right = secret::verify(services, password.clone(), phc).await?;
    let mut session = services.store.write().await?;
    let Some(person) = person.filter(|_| right) else {
        failed(&mut session, &email, origin, "wrong").await?;
        session.commit().await?;
        return Err(Error::Unauthenticated);
    };
    limiter::forgive(&mut session, &buckets).await?;
    let actor = Actor { id: person.id, name: person.name, email: person.email, admin: person.admin };
    let token = begin(&mut session, &actor, origin).await?;
    session.commit().await?;
    Ok(LoggedIn { token, actor })
}

/// Begins a session for a person whose right to it is proved; audited as a login. The caller commits.
pub(super) async fn begin(session: &mut Session, actor: &Actor, origin: &Origin) -> Result<Token> {
    let token = Token::fresh();
    let total = Span::minutes(TOTAL_MINUTES).unwrap_or(Span::days(1));
    let agent: String = origin.agent.chars().take(200).collect();
    store::login::begin_session(session, &token.hash(), actor.id, session.now() + total, &origin.address, &agent)
        .await?;
    let event = Event {
        kind: "login",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        subject: &actor.email,
        ..Event::default()
    };
    crate::record::record(session, &event).await?;
    Ok(token)
}

async fn failed(session: &mut Session, email: &str, origin: &Origin, why: &str) -> Result<()> {
    let event = Event {
        kind: "login_failed",
        address: &origin.address,
        subject: email,
        detail: json!({ "why": why }),
        ..Event::default()
    };
    crate::record::record(session, &event).await
}

/// Ends a session.
///
/// # Errors
/// When the database fails.
pub async fn log_out(services: &Services, actor: &Actor, token: &Token, origin: &Origin) -> Result<()> {
    let mut session = services.store.write().await?;
    if store::login::end_session(&mut session, &token.hash()).await? {
        let event = Event {
            kind: "logout",
            actor: Some((actor.id, &actor.name)),
            address: &origin.address,
            subject: &actor.email,
            ..Event::default()
        };
        crate::record::record(&mut session, &event).await?;
    }
    Ok(session.commit().await?)
}
