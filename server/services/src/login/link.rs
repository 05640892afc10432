//! One-time links: the way in for everybody who has no password, or forgot it.

use super::limiter::{self, Buckets};
use super::secret::Token;
use crate::{Error, Origin, Result, Services};
use domain::ids::{MessageId, PersonId};
use domain::people::Actor;
use domain::time::Span;
use domain::validate;
use serde_json::json;
use store::audit::Event;
use store::outbox::Message;

/// What a link is for, and so how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// First way in, by mail: seven days.
    Invitation,
    /// Forgotten password, by mail: one hour.
    Reset,
    /// Printed by `doorward link`: one hour.
    Printed,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::Printed => "printed",
        }
    }

    fn life(self) -> Span {
        match self {
            Self::Invitation => Span::days(7),
            Self::Reset | Self::Printed => Span::minutes(60).unwrap_or(Span::days(1)),
        }
    }
}

/// Makes a link for a person; earlier ones end. For mail this is called when the message is sent, so that no secret ever
/// lies in the outbox.
///
/// # Errors
/// When the database fails.
pub async fn mint_link(services: &Services, person: PersonId, purpose: Purpose) -> Result<Token> {
    let token = Token::fresh();
    let mut session = services.store.write().await?;
    let ends_at = session.now() + purpose.life();
    store::login::put_link(&mut session, &token.hash(), person, purpose.as_str(), ends_at).await?;
    let event = Event {
        kind: "link_created",
        detail: json!({ "person": person, "purpose": purpose.as_str() }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    session.commit().await?;
    Ok(token)
}

/// The message that invites a person. Its link is made when it is sent.
pub(crate) fn invitation(person: PersonId) -> Message {
    Message {
        id: MessageId(store::new_id()),
        kind: "invitation".to_owned(),
        request: None,
        recipient: person,
        payload: json!({}),
        not_before: None,
    }
}

/// Whose a usable link is. Looking does not use it: scanners open every link.
///
/// # Errors
/// [`Error::NotFound`] when it is not, or no more, usable.
pub async fn link_person(services: &Services, token: &Token) -> Result<Actor> {
    let mut session = services.store.read().await?;
    let owner = store::login::link_owner(&mut session, &token.hash()).await?.ok_or(Error::NotFound)?;
    let person = store::directory::people::by_id(&mut session, owner).await?.ok_or(Error::NotFound)?;
    Ok(Actor { id: person.id, name: person.name, email: person.email, admin: person.admin })
}

/// Asks for a link by mail. The answer is the same whoever asks; a message is written only for an active person.
///
/// # Errors
/// [`Error::TooMany`] after too many tries, through the limiter of log-in.
pub async fn request_reset(services: &Services, email: &str, origin: &Origin) -> Result<()> {
    let email = validate::email("email", email).map_err(|error| Error::Invalid(vec![error]))?;
    let buckets = Buckets::new(&format!("reset:{email}"), &origin.address);
    if let Some(blocked) = limiter::look(services, &buckets).await? {
        return Err(Error::TooMany(blocked.seconds));
    }
    let mut session = services.store.write().await?;
    if let Some(blocked) = limiter::count(&mut session, &buckets).await? {
        return Err(Error::TooMany(blocked.seconds));
    }
    let person = store::directory::people::by_email(&mut session, &email).await?.filter(|person| person.active);
    if let Some(person) = person {
        let message = Message {
            id: MessageId(store::new_id()),
            kind: "password_reset".to_owned(),
            request: None,
            recipient: person.id,
            payload: json!({}),
            not_before: None,
        };
        store::outbox::insert_many(&mut session, &[message]).await?;
    }
    session.commit().await?;
    services.ring();
    Ok(())
}
