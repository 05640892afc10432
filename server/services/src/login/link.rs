//! One-time links: the way in for everybody who has no password, or forgot it.

use super::limiter::{self, Buckets};
use super::secret::Token;
use crate::{Error, Origin, Result, Right, Services};
use domain::ids::{MessageId, PersonId};
use domain::people::Actor;
use domain::time::{Span, Timestamp};
use domain::validate::{self, FieldCode, FieldError};
use serde_json::json;
use store::Session;
use store::audit::Event;
use store::directory::people::{self, Person};
use store::outbox::Message;

/// Resets of an account within an hour, whoever asks for them.
const RESETS: i64 = 3;
const HOUR: i64 = 3_600 * 1_000_000;
/// The message that carries a link after one was asked for.
const RESET: &str = "password_reset";

/// What a link is for, and so how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// First way in, by mail: seven days.
    Invitation,
    /// Forgotten password, by mail: one hour.
    Reset,
    /// Printed by `doorward link`: one hour.
    Printed,
    /// On the screen of an admin ([`show_link`]): one hour.
    Shown,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::Printed => "printed",
            Self::Shown => "shown",
        }
    }

    fn life(self) -> Span {
        match self {
            Self::Invitation => Span::days(7),
            Self::Reset | Self::Printed | Self::Shown => Span::minutes(60).unwrap_or(Span::days(1)),
        }
    }
}

/// Makes a link for a person, bound to the address that it goes to; earlier ones end. For mail this is called when the message is
/// sent, so that no secret ever lies in the outbox.
///
/// # Errors
/// [`Error::NotFound`] when the person is not active, or not at this address any more; or the database fails.
pub async fn mint_link(services: &Services, person: PersonId, address: &str, purpose: Purpose) -> Result<Token> {
    let address = validate::email("email", address).map_err(|_| Error::NotFound)?;
    let mut session = services.store.write().await?;
    let person = people::hold(&mut session, person).await?.filter(|person| person.active && person.email == address);
    let person = person.ok_or(Error::NotFound)?;
    let token = make(&mut session, &person, purpose, None).await?;
    let event = Event {
        kind: "link_created",
        detail: json!({ "person": person.id, "purpose": purpose.as_str() }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    session.commit().await?;
    Ok(token)
}

/// Makes a link and hands it to an admin, for somebody whom mail does not reach: only while mail is written to files, and only for a
/// person who never logged in, has no password and is no admin. It is known who showed it: on that admin's own requests the person
/// decides nothing (decisions of 2026-11-25).
///
/// # Errors
/// Forbidden, not found, [`FieldCode::NotAllowed`] at `link` when one of these does not hold, or the database fails.
pub async fn show_link(services: &Services, actor: &Actor, person: PersonId, origin: &Origin) -> Result<Token> {
    let (mut session, actor) = services.write(actor, Right::Admin, origin).await?;
    let person = people::hold(&mut session, person).await?.filter(|person| person.active).ok_or(Error::NotFound)?;
    let known = person.admin || store::login::ever_in(&mut session, person.id).await?;
    if known || !services.mail_in_files {
        return Err(Error::Invalid(vec![FieldError::new("link", FieldCode::NotAllowed)]));
    }
    let token = make(&mut session, &person, Purpose::Shown, Some(actor.id)).await?;
    let event = Event {
        kind: "link_shown",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        subject: &person.email,
        detail: json!({ "person": person.id }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    session.commit().await?;
    Ok(token)
}

/// Whether a link may be shown for a person ([`show_link`]), so that a page offers it.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn may_show_link(services: &Services, actor: &Actor, person: PersonId) -> Result<bool> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    if !services.mail_in_files {
        return Ok(false);
    }
    let mut session = services.store.read().await?;
    let Some(person) = people::by_id(&mut session, person).await? else { return Ok(false) };
    Ok(person.active && !person.admin && !store::login::ever_in(&mut session, person.id).await?)
}

async fn make(session: &mut Session, person: &Person, purpose: Purpose, by: Option<PersonId>) -> Result<Token> {
    let token = Token::fresh();
    let link = store::login::NewLink {
        person: person.id,
        email: &person.email,
        purpose: purpose.as_str(),
        shown_by: by,
        ends_at: session.now() + purpose.life(),
    };
    store::login::put_link(session, &token.hash(), link).await?;
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
    let person = people::by_id(&mut session, owner).await?.ok_or(Error::NotFound)?;
    Ok(Actor { id: person.id, name: person.name, email: person.email, admin: person.admin })
}

/// Asks for a link by mail. The answer is the same whoever asks; a message is written only for an active person, and at most
/// [`RESETS`] within an hour.
///
/// # Errors
/// [`Error::TooMany`] after too many tries from one address.
pub async fn request_reset(services: &Services, email: &str, origin: &Origin) -> Result<()> {
    let email = validate::email("email", email).map_err(|error| Error::Invalid(vec![error]))?;
    let buckets = Buckets::of_address(&origin.address);
    if let Some(blocked) = limiter::look(services, &buckets).await? {
        return Err(Error::TooMany(blocked.seconds));
    }
    let mut session = services.store.write().await?;
    if let Some(blocked) = limiter::count(&mut session, &buckets).await? {
        return Err(Error::TooMany(blocked.seconds));
    }
    // One at a time for each address, so that they are counted exactly; also where nobody has it.
    store::login::failures(&mut session, &format!("reset:{email}"), HOUR).await?;
    let person = people::by_email(&mut session, &email).await?.filter(|person| person.active);
    if let Some(person) = person {
        let since = Timestamp(session.now().0 - HOUR);
        if store::outbox::written(&mut session, person.id, RESET, since).await? < RESETS {
            let message = Message {
                id: MessageId(store::new_id()),
                kind: RESET.to_owned(),
                request: None,
                recipient: person.id,
                payload: json!({}),
                not_before: None,
            };
            store::outbox::insert_many(&mut session, &[message]).await?;
        }
    }
    session.commit().await?;
    services.ring();
    Ok(())
}
