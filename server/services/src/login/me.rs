//! One's own account.

use crate::reminders::Hours;
use crate::{Error, Origin, Result, Right, Services};
use domain::message::{Audience, KINDS, Kind, Preferences};
use domain::people::Actor;
use domain::validate::{self, FieldCode, FieldError};
use serde_json::json;
use store::audit::Event;
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
    /// What the person wants to hear.
    pub preferences: Preferences,
    /// The kinds that the person may do without, of those that the organisation sends.
    pub kinds: Vec<&'static Kind>,
}

/// One's own account, typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeDraft {
    /// Time zone; empty when it is not known.
    pub timezone: String,
    /// Kinds that the person does without.
    pub silent: Vec<String>,
    /// One list a day in the place of a message for each request.
    pub digest: bool,
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
    let preferences = store::preferences::of(&mut session, actor.id).await?;
    let settings = store::settings::get(&mut session).await?;
    let mine =
        |kind: &&Kind| kind.optional && settings.sends(kind) && (actor.admin || kind.audience != Audience::Admins);
    Ok(Me {
        name: person.name,
        email: person.email,
        department: person.department,
        manager,
        timezone: person.timezone,
        preferences,
        kinds: KINDS.iter().filter(mine).filter(|kind| kind.name != crate::reminders::DIGEST).collect(),
    })
}

/// Saves one's own time zone, and what one wants to hear.
///
/// # Errors
/// The field, when there is no such zone; or the database fails.
pub async fn save_me(services: &Services, actor: &Actor, draft: &MeDraft, origin: &Origin) -> Result<()> {
    let zone = validate::line("timezone", &draft.timezone).map_err(|error| Error::Invalid(vec![error]))?;
    if !zone.is_empty() && jiff::tz::TimeZone::get(&zone).is_err() {
        return Err(Error::Invalid(vec![FieldError::new("timezone", FieldCode::Zone)]));
    }
    let (mut session, actor) = services.write(actor, Right::Person, origin).await?;
    let actor = &actor;
    let zone_before = people::by_id(&mut session, actor.id).await?.and_then(|person| person.timezone);
    let before = store::preferences::of(&mut session, actor.id).await?;
    let zone = (!zone.is_empty()).then_some(zone.as_str());
    let known = |name: &&String| domain::message::find(name).is_some_and(|kind| kind.optional);
    let after = Preferences { silent: draft.silent.iter().filter(known).cloned().collect(), digest: draft.digest };
    people::set_timezone(&mut session, actor.id, zone).await?;
    let hours = Hours::of(&store::settings::get(&mut session).await?);
    let digest_at = after.digest.then(|| hours.next_digest(session.now(), zone));
    store::preferences::put(&mut session, actor.id, &after, digest_at).await?;
    let event = Event {
        kind: "person_changed",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        subject: &actor.email,
        detail: json!({
            "before": { "timezone": zone_before, "messages": before },
            "after": { "timezone": zone, "messages": after },
        }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
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
