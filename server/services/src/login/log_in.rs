//! Log in and log out.

use super::limiter::{self, Blocked, Buckets};
use super::secret::{self, Caller, Password, Token};
use crate::notes::{Failure, Why};
use crate::{Error, Origin, Result, Services};
use domain::ids::PersonId;
use domain::people::Actor;
use domain::time::Span;
use domain::validate;
use store::Session;
use store::audit::Event;
use store::directory::people;

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
/// after the same work. What fails is noted in memory and recorded a little later ([`crate::write_notes`]). `held` is the session that the browser has so far; it ends.
///
/// # Errors
/// [`Error::Unauthenticated`] when it is not right, also when the password, the address or the person's activity changed while it
/// was looked at; [`Error::TooMany`] with the seconds to wait after too many failures.
pub async fn log_in(
    services: &Services,
    email: &str,
    password: &Password,
    held: Option<&Token>,
    origin: &Origin,
) -> Result<LoggedIn> {
    let proved = prove(services, Caller::Stranger, email, password, origin).await?;
    let mut session = services.store.write().await?;
    if !proved.still(&mut session).await? {
        let failure = Failure { why: Why::Wrong, email: proved.email, address: origin.address.clone() };
        services.notes.failed(failure, session.now());
        return Err(Error::Unauthenticated);
    }
    limiter::forgive(&mut session, &proved.buckets).await?;
    end_held(&mut session, held).await?;
    let entered = begin(&mut session, proved.person, origin).await?;
    session.commit().await?;
    Ok(entered)
}

/// A person whose password was right when it was looked at.
pub(super) struct Proved {
    pub(super) person: PersonId,
    /// The address that was typed.
    email: String,
    /// The hash that it was compared with.
    phc: String,
    /// Where the try was counted.
    pub(super) buckets: Buckets,
}

impl Proved {
    /// Whether it still is right. Nothing of it changes from now on until the session ends: to look at a hash takes long enough
    /// for somebody else to replace it.
    pub(super) async fn still(&self, session: &mut Session) -> Result<bool> {
        let person = people::hold(session, self.person).await?;
        if !person.is_some_and(|person| person.active && person.email == self.email) {
            return Ok(false);
        }
        Ok(store::login::hold_password(session, self.person).await?.as_deref() == Some(self.phc.as_str()))
    }
}

/// Looks at a password. Counted before it is looked at, so that parallel guesses cannot slip past; the caller takes the count back
/// ([`limiter::forgive`]). What cannot be anybody's is refused before any work.
///
/// # Errors
/// As [`log_in`].
pub(super) async fn prove(
    services: &Services,
    caller: Caller,
    email: &str,
    password: &Password,
    origin: &Origin,
) -> Result<Proved> {
    let Ok(email) = validate::email("email", email) else { return Err(Error::Unauthenticated) };
    if !password.is_possible() {
        return Err(Error::Unauthenticated);
    }
    let buckets = Buckets::new(&email, &origin.address);
    if let Some(blocked) = limiter::look(services, &buckets).await? {
        return Err(refused(services, blocked));
    }
    if caller == Caller::Stranger {
        services.hashing.room()?;
    }
    let mut session = services.store.write().await?;
    if let Some(blocked) = limiter::count(&mut session, &buckets).await? {
        return Err(refused(services, blocked));
    }
    let person = people::by_email(&mut session, &email).await?.filter(|person| person.active);
    let phc = match &person {
        Some(person) => store::login::password(&mut session, person.id).await?,
        None => None,
    };
    let tried_at = session.now();
    session.commit().await?;
    let right = secret::verify(services, caller, password.clone(), phc.clone()).await?;
    match (person, phc) {
        (Some(person), Some(phc)) if right => Ok(Proved { person: person.id, email, phc, buckets }),
        _ => {
            let failure = Failure { why: Why::Wrong, email, address: origin.address.clone() };
            services.notes.failed(failure, tried_at);
            Err(Error::Unauthenticated)
        }
    }
}

/// Begins a session for a person whose right to it is proved; audited as a login. The caller commits.
///
/// # Errors
/// [`Error::Unauthenticated`] when the person is not active any more.
pub(super) async fn begin(session: &mut Session, person: PersonId, origin: &Origin) -> Result<LoggedIn> {
    let person = people::hold(session, person).await?.filter(|person| person.active).ok_or(Error::Unauthenticated)?;
    let actor = Actor { id: person.id, name: person.name, email: person.email, admin: person.admin };
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
    Ok(LoggedIn { token, actor })
}

/// Ends the session that a browser held until now: nobody else's stays behind in it.
pub(super) async fn end_held(session: &mut Session, held: Option<&Token>) -> Result<()> {
    if let Some(held) = held {
        store::login::end_session(session, &held.hash()).await?;
    }
    Ok(())
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
