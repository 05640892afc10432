//! Passwords: set by a one-time link, changed by their owner. Other sessions end with it.

use super::log_in::{LoggedIn, begin};
use super::secret::{self, Password, Token};
use crate::{Error, Origin, Result, Services};
use domain::people::Actor;
use domain::validate::{FieldCode, FieldError, PASSWORD_MAX, PASSWORD_MIN};
use store::Session;
use store::audit::Event;

/// Long passwords that people choose all the same, folded to letters and digits.
const COMMON: [&str; 16] = [
    "password",
    "passwort",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "letmein",
    "iloveyou",
    "welcome",
    "administrator",
    "changeme",
    "doorward",
    "123456789",
    "abcdefghi",
    "correcthorsebatterystaple",
    "zxcvbnm",
    "trustno1",
];

fn check(password: &Password, again: &Password, actor: &Actor) -> Result<()> {
    let length = password.0.chars().count();
    let folded: String = password.0.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let mut distinct: Vec<char> = folded.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    // What is left when the common word is taken out must still be something.
    let common = COMMON.iter().any(|word| folded.contains(word) && folded.replace(word, "").chars().count() < 6);
    let own = [actor.email.as_str(), actor.name.as_str()].iter().any(|own| {
        let own: String = own.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        !own.is_empty() && folded == own
    });
    let code = if password.0.is_empty() {
        Some(FieldCode::Required)
    } else if length < PASSWORD_MIN {
        Some(FieldCode::TooShort(PASSWORD_MIN))
    } else if length > PASSWORD_MAX {
        Some(FieldCode::TooLong(PASSWORD_MAX))
    } else if common || own || distinct.len() < 5 {
        Some(FieldCode::TooCommon)
    } else {
        None
    };
    if let Some(code) = code {
        return Err(Error::Invalid(vec![FieldError::new("password", code)]));
    }
    if password.0 == again.0 {
        Ok(())
    } else {
        Err(Error::Invalid(vec![FieldError::new("again", FieldCode::Mismatch)]))
    }
}

/// Sets a password by a one-time link and begins a session.
///
/// # Errors
/// [`Error::NotFound`] when the link is not, or no more, usable; invalid fields leave it usable.
pub async fn set_password_by_link(
    services: &Services,
    token: &Token,
    password: &Password,
    again: &Password,
    origin: &Origin,
) -> Result<LoggedIn> {
    let actor = super::link_person(services, token).await?;
    check(password, again, &actor)?;
    let phc = secret::hash(services, password.clone()).await?;
    let mut session = services.store.write().await?;
    let used = store::login::use_link(&mut session, &token.hash()).await?;
    if used != Some(actor.id) {
        return Err(Error::NotFound);
    }
    let token = replace(&mut session, &actor, &phc, "link_used", origin).await?;
    session.commit().await?;
    Ok(LoggedIn { token, actor })
}

/// Changes one's own password; the session gets a new token.
///
/// # Errors
/// Invalid fields, also when the current password is wrong; [`Error::TooMany`] through the same limiter as log-in.
pub async fn change_password(
    services: &Services,
    actor: &Actor,
    current: &Password,
    password: &Password,
    again: &Password,
    origin: &Origin,
) -> Result<LoggedIn> {
    check(password, again, actor)?;
    let proof = super::log_in(services, &actor.email, current, origin).await;
    let proved = proof.map_err(|error| match error {
        Error::Unauthenticated => Error::Invalid(vec![FieldError::new("current", FieldCode::Wrong)]),
        other => other,
    })?;
    let phc = secret::hash(services, password.clone()).await?;
    let mut session = services.store.write().await?;
    let token = replace(&mut session, &proved.actor, &phc, "password_changed", origin).await?;
    session.commit().await?;
    Ok(LoggedIn { token, actor: proved.actor })
}

async fn replace(session: &mut Session, actor: &Actor, phc: &str, kind: &str, origin: &Origin) -> Result<Token> {
    store::login::set_password(session, actor.id, phc).await?;
    store::login::end_sessions_of(session, actor.id, None).await?;
    let event = Event {
        kind,
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        subject: &actor.email,
        ..Event::default()
    };
    crate::record::record(session, &event).await?;
    begin(session, actor, origin).await
}

/// The hash of a demo password, exempt from the rules. Blocking.
pub(crate) fn hash_for_demo(password: &str) -> Result<String> {
    secret::hash_now(&Password(password.to_owned()))
}
