//! One's own account.

use crate::{Error, Origin, Result, Services};
use domain::people::Actor;
use domain::validate::{self, FieldCode, FieldError};
use serde_json::json;
use store::audit::{self, Event};
use store::directory::people;

/// Who somebody is in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// Display name.
    pub name: String,
    /// Email.
    pub email: String,
    /// Department; empty when unknown.
    pub department: String,
    /// Name of the manager.
    pub manager: Option<String>,
    /// IANA name of the time zone, if known.
    pub timezone: Option<String>,
}

/// The actor's own account.
///
/// # Errors
/// When the database fails.
pub async fn me(services: &Services, actor: &Actor) -> Result<Me> {
    let mut session = services.store.read().await?;
    let person = people::by_id(&mut session, actor.id).await?.ok_or(Error::NotFound)?;
    let manager = match person.manager {
        Some(id) => people::by_id(&mut session, id).await?.map(|manager| manager.name),
        None => None,
    };
    Ok(Me { name: person.name, email: person.email, department: person.department, manager, timezone: person.timezone })
}

/// Sets one's own time zone; an empty text clears it.
///
/// # Errors
/// The field, when there is no such zone; or the database fails.
pub async fn set_timezone(services: &Services, actor: &Actor, typed: &str, origin: &Origin) -> Result<()> {
    let zone = validate::line("timezone", typed).map_err(|error| Error::Invalid(vec![error]))?;
    if !zone.is_empty() && jiff::tz::TimeZone::get(&zone).is_err() {
        return Err(Error::Invalid(vec![FieldError::new("timezone", FieldCode::Zone)]));
    }
    let mut session = services.store.write().await?;
    let before = people::by_id(&mut session, actor.id).await?.and_then(|person| person.timezone);
    let after = (!zone.is_empty()).then_some(zone.as_str());
    people::set_timezone(&mut session, actor.id, after).await?;
    let event = Event {
        kind: "person_changed",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        subject: &actor.email,
        detail: json!({ "before": { "timezone": before }, "after": { "timezone": after } }),
        ..Event::default()
    };
    audit::record(&mut session, &event).await?;
    Ok(session.commit().await?)
}

/// The names of time zones to choose from.
#[must_use]
pub fn zones() -> Vec<String> {
    let mut names: Vec<String> =
        jiff::tz::db().available().map(|name| name.to_string()).filter(|name| name.contains('/')).collect();
    names.sort_unstable();
    names.dedup();
    names
}
