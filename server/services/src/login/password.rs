//! Passwords: set by a one-time link, changed by their owner. Other sessions end with it.

use super::limiter;
use super::log_in::{LoggedIn, begin, end_held, prove};
use super::secret::{self, Caller, Password, Token};
use super::strength::weakness;
use crate::{Error, Origin, Result, Right, Services};
use domain::ids::PersonId;
use domain::people::Actor;
use domain::validate::{FieldCode, FieldError};
use store::Session;
use store::audit::Event;
use store::directory::people;

fn check(password: &Password, again: &Password, actor: &Actor) -> Result<()> {
    if let Some(code) = weakness(password, &actor.name, &actor.email) {
        return Err(Error::Invalid(vec![FieldError::new("password", code)]));
    }
    if password.0 == again.0 {
        Ok(())
    } else {
        Err(Error::Invalid(vec![FieldError::new("again", FieldCode::Mismatch)]))
    }
}

/// Sets a password by a one-time link and begins a session. `held` is the session that the browser has so far; it ends.
///
/// # Errors
/// [`Error::NotFound`] when the link is not, or no more, usable; invalid fields leave it usable.
pub async fn set_password_by_link(
    services: &Services,
    token: &Token,
    password: &Password,
    again: &Password,
    held: Option<&Token>,
    origin: &Origin,
) -> Result<LoggedIn> {
    let actor = super::link_person(services, token).await?;
    check(password, again, &actor)?;
    let phc = secret::hash(services, Caller::Known, password.clone()).await?;
    let mut session = services.store.write().await?;
    // The person first, as everywhere: whoever changes them meanwhile waits, or has ended the link.
    people::hold(&mut session, actor.id).await?;
    let used = store::login::use_link(&mut session, &token.hash()).await?;
    let used = used.filter(|used| used.person == actor.id).ok_or(Error::NotFound)?;
    store::login::set_password(&mut session, actor.id, &phc, used.shown_by).await?;
    end_held(&mut session, held).await?;
    let entered = enter_anew(&mut session, actor.id, "link_used", origin).await?;
    session.commit().await?;
    Ok(entered)
}

/// Changes one's own password; the session gets a new token.
///
/// # Errors
/// Invalid fields, also when the current password is wrong; [`Error::TooMany`] through the same limiter as log-in;
/// [`Error::Unauthenticated`] when somebody changed the password meanwhile.
pub async fn change_password(
    services: &Services,
    actor: &Actor,
    current: &Password,
    password: &Password,
    again: &Password,
    origin: &Origin,
) -> Result<LoggedIn> {
    check(password, again, actor)?;
    let proof = prove(services, Caller::Known, &actor.email, current, origin).await;
    let proved = proof.map_err(|error| match error {
        Error::Unauthenticated => Error::Invalid(vec![FieldError::new("current", FieldCode::Wrong)]),
        other => other,
    })?;
    let phc = secret::hash(services, Caller::Known, password.clone()).await?;
    let (mut session, actor) = services.write(actor, Right::Person, origin).await?;
    if proved.person != actor.id || !proved.still(&mut session).await? {
        return Err(Error::Unauthenticated);
    }
    limiter::forgive(&mut session, &proved.buckets).await?;
    store::login::change_password(&mut session, actor.id, &phc).await?;
    let entered = enter_anew(&mut session, actor.id, "password_changed", origin).await?;
    session.commit().await?;
    Ok(entered)
}

/// Ends every session of a person who has a new password and begins one.
async fn enter_anew(session: &mut Session, person: PersonId, kind: &str, origin: &Origin) -> Result<LoggedIn> {
    store::login::end_sessions_of(session, person, None).await?;
    let entered = begin(session, person, origin).await?;
    let event = Event {
        kind,
        actor: Some((person, &entered.actor.name)),
        address: &origin.address,
        subject: &entered.actor.email,
        ..Event::default()
    };
    crate::record::record(session, &event).await?;
    Ok(entered)
}

/// The hash of a demo password, exempt from the rules. Blocking.
pub(crate) fn hash_for_demo(password: &str) -> Result<String> {
    secret::hash_now(&Password(password.to_owned()))
}
