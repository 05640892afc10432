//! The first admin.

use super::log_in::{LoggedIn, begin, end_held};
use super::secret::{self, Caller, Password, Token};
use super::strength::weakness;
use crate::directory::person_changed;
use crate::requests::recount_open;
use crate::{Error, Origin, Result, Services};
use domain::people::Actor;
use domain::validate::{self, FieldError};
use serde_json::json;
use store::audit::Event;
use store::directory::people::{self, Person};

/// Whether there is no active admin, so that the set-up page stands open.
///
/// # Errors
/// When the database fails.
pub async fn setup_needed(services: &Services) -> Result<bool> {
    let mut session = services.store.read().await?;
    Ok(people::admins(&mut session).await?.is_empty())
}

/// Makes a person an admin, whether known or not. For the command line.
///
/// # Errors
/// Invalid fields, or the database fails.
pub async fn create_admin(services: &Services, email: &str, name: &str) -> Result<Actor> {
    let email = validate::email("email", email).map_err(|error| Error::Invalid(vec![error]))?;
    let name = validate::line("name", name).map_err(|error| Error::Invalid(vec![error]))?;
    let mut session = services.store.write_directory().await?;
    let known = people::by_email(&mut session, &email).await?;
    let mut person = known.clone().unwrap_or_else(|| Person::new(&email, if name.is_empty() { &email } else { &name }));
    person.admin = true;
    person.active = true;
    people::put(&mut session, std::slice::from_ref(&person)).await?;
    person_changed(&mut session, known.as_ref(), &person, None).await?;
    recount_open(&mut session, None, &Origin::default()).await?;
    let event = Event {
        kind: "person_changed",
        subject: &person.email,
        detail: json!({ "admin": true, "by": "command line" }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    session.commit().await?;
    Ok(Actor { id: person.id, name: person.name, email: person.email, admin: true })
}

/// Sets the first admin up. Exactly one such call ever succeeds.
///
/// # Errors
/// [`Error::NotFound`] when there is an admin already; invalid fields. Nothing is hashed for either.
pub async fn set_up_first_admin(
    services: &Services,
    name: &str,
    email: &str,
    password: &Password,
    held: Option<&Token>,
    origin: &Origin,
) -> Result<LoggedIn> {
    if !setup_needed(services).await? {
        return Err(Error::NotFound);
    }
    let mut errors = Vec::new();
    let email = validate::email("email", email).unwrap_or_else(|error| {
        errors.push(error);
        String::new()
    });
    let name = validate::name("name", name).unwrap_or_else(|error| {
        errors.push(error);
        String::new()
    });
    if let Some(code) = weakness(password, &name, &email) {
        errors.push(FieldError::new("password", code));
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let phc = secret::hash(services, Caller::Stranger, password.clone()).await?;
    let mut session = services.store.write_directory().await?;
    // One at a time: the settings row is the lock on both engines.
    let settings = store::settings::get(&mut session).await?;
    store::settings::put(&mut session, &settings).await?;
    if !people::admins(&mut session).await?.is_empty() {
        return Err(Error::NotFound);
    }
    let known = people::by_email(&mut session, &email).await?;
    let mut person = known.clone().unwrap_or_else(|| Person::new(&email, &name));
    person.admin = true;
    person.active = true;
    people::put(&mut session, std::slice::from_ref(&person)).await?;
    person_changed(&mut session, known.as_ref(), &person, None).await?;
    recount_open(&mut session, None, origin).await?;
    store::login::set_password(&mut session, person.id, &phc, None).await?;
    let actor = Actor { id: person.id, name: person.name, email: person.email, admin: true };
    let event = Event {
        kind: "person_changed",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        subject: &actor.email,
        detail: json!({ "admin": true, "by": "set-up page" }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    end_held(&mut session, held).await?;
    let entered = begin(&mut session, actor.id, origin).await?;
    session.commit().await?;
    Ok(entered)
}

/// An active person by email, for the command line.
///
/// # Errors
/// When the database fails.
pub async fn active_person(services: &Services, email: &str) -> Result<Option<domain::ids::PersonId>> {
    let Ok(email) = validate::email("email", email) else { return Ok(None) };
    let mut session = services.store.read().await?;
    let person = people::by_email(&mut session, &email).await?;
    Ok(person.filter(|person| person.active).map(|person| person.id))
}
