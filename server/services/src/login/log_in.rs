//! Log in and log out.

use super::limiter::{self, Blocked, Buckets};
use super::secret::{self, Password, Token};
use crate::notes::{Failure, Why};
use crate::{Error, Origin, Result, Services};
use domain::people::Actor;
use domain::time::Span;
use domain::validate;
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
/// after the same work. What fails is noted in memory and recorded a little later ([`crate::write_notes`]).
///
/// # Errors
/// [`Error::Unauthenticated`] when it is not right; [`Error::TooMany`] with the seconds to wait after too many failures, or while
/// too many others log in.
pub async fn log_in(services: &Services, email: &str, password: &Password, origin: &Origin) -> Result<LoggedIn> {
    let email = validate::email("email", email).unwrap_or_default();
    let buckets = Buckets::new(&email, &origin.address);
    if let Some(blocked) = limiter::look(services, &buckets).await? {
        return Err(refused(services, blocked));
    }
    secret::room(services)?;
    let mut session = services.store.write().await?;
    if let Some(blocked) = limiter::count(&mut session, &buckets).await? {
        return Err(refused(services, blocked));
    }
    let person = store::directory::people::by_email(&mut session, &email).await?.filter(|person| person.active);
    let phc = match &person {
        Some(person) => store::login::password(&mut session, person.id).await?,
        None => None,
    };
    let tried_at = session.now();
    // The count stands before the password is looked at: parallel guesses cannot slip past it.
    session.commit().await?;
    let right = secret::verify(services, password.clone(), phc).await?;
    let Some(person) = person.filter(|_| right) else {
        let failure = Failure { why: Why::Wrong, email, address: origin.address.clone() };
        services.notes.failed(failure, tried_at);
        return Err(Error::Unauthenticated);
    };
    let mut session = services.store.write().await?;
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

fn refused(services: &Services, blocked: Blocked) -> Error {
    services.notes.failed(blocked.failure, blocked.at);
    Error::TooMany(blocked.seconds)
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
