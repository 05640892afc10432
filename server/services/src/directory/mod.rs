//! The directory: people, groups and resources, created and edited by admins (`product.md` 5).

mod changed;
mod groups;
mod people;
mod resources;

pub(crate) use changed::person_changed;
pub use groups::{GroupDraft, GroupView, Usage, add_member, delete_group, group, groups, remove_member, save_group};
pub(crate) use people::manager;
pub use people::{Leaving, PersonDraft, PersonView, deactivate_person, leaving, people, person, save_person};
pub use resources::{ResourceDraft, ResourceView, remove_resource, resource, resources, save_resource};

use crate::{Error, Origin, Result};
use domain::people::Actor;
use domain::validate::{FieldCode, FieldError};
use serde_json::Value;
use store::Session;
use store::audit::Event;

/// Lines of a page.
const SHOWN: i64 = 50;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The lines.
    pub lines: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page out of one line more than it shows.
    pub(crate) fn of(mut found: Vec<T>, shown: i64, key: impl Fn(&T) -> String) -> Self {
        let shown = usize::try_from(shown).unwrap_or(50);
        let more = found.len() > shown;
        found.truncate(shown);
        let next = if more { found.last().map(key) } else { None };
        Self { lines: found, next }
    }
}

/// Nobody else saved it since the editor was opened.
fn unchanged(seen: Option<i64>, written: Option<i64>) -> Result<()> {
    if seen.is_some() && seen != written {
        return Err(Error::Invalid(vec![FieldError::new("seen", FieldCode::ChangedMeanwhile)]));
    }
    Ok(())
}

/// Somebody else has the name or the address.
fn taken(field: &str) -> Error {
    Error::Invalid(vec![FieldError::new(field, FieldCode::Taken)])
}

/// The directory is the admins' business.
const fn admin(actor: &Actor) -> Result<()> {
    if actor.admin { Ok(()) } else { Err(Error::Forbidden) }
}

/// Keeps a checked value, or what is wrong with it.
fn keep<T: Default>(errors: &mut Vec<FieldError>, given: std::result::Result<T, FieldError>) -> T {
    given.unwrap_or_else(|error| {
        errors.push(error);
        T::default()
    })
}

async fn record(
    session: &mut Session,
    actor: &Actor,
    kind: &str,
    subject: &str,
    detail: Value,
    origin: &Origin,
) -> Result<()> {
    let event = Event {
        kind,
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        subject,
        detail,
        ..Event::default()
    };
    crate::record::record(session, &event).await
}
