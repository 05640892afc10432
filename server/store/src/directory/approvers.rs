//! Who the approvers of a flow version are now.

use super::{groups, people, resources};
use crate::Session;
use crate::error::Result;
use domain::flow::{Approvers, Definition};
use domain::ids::{PersonId, ResourceId};
use domain::people::PersonRef;

/// The active people of each step's set, barred ones included: they are taken out by the rules.
///
/// # Errors
/// When the database fails.
pub async fn living(
    session: &mut Session,
    definition: &Definition,
    beneficiary: PersonId,
    resource: ResourceId,
) -> Result<Vec<Vec<PersonRef>>> {
    let mut out = Vec::with_capacity(definition.steps.len());
    for step in &definition.steps {
        out.push(of(session, &step.approvers, beneficiary, resource).await?);
    }
    Ok(out)
}

/// The active people of one approver set.
///
/// # Errors
/// When the database fails.
pub async fn of(
    session: &mut Session,
    approvers: &Approvers,
    beneficiary: PersonId,
    resource: ResourceId,
) -> Result<Vec<PersonRef>> {
    Ok(match approvers {
        Approvers::Administrator => people::admins(session).await?,
        Approvers::Manager => manager(session, beneficiary).await?,
        Approvers::Owner => resources::owners(session, resource).await?,
        Approvers::Group { id, .. } => groups::members(session, *id).await?,
        Approvers::People { people } => {
            let mut named = Vec::new();
            for person in people {
                named.extend(active(session, person.id).await?);
            }
            named
        }
    })
}

async fn manager(session: &mut Session, person: PersonId) -> Result<Vec<PersonRef>> {
    const SQL: &str =
        "SELECT m.id, m.name, m.email FROM people p JOIN people m ON m.id = p.manager_id AND m.active WHERE p.id = $1";
    let raws: Vec<people::RawRef> = on!(session, c => sqlx::query_as(SQL).bind(person.0).fetch_all(&mut *c).await?);
    Ok(raws.into_iter().map(PersonRef::from).collect())
}

async fn active(session: &mut Session, person: PersonId) -> Result<Option<PersonRef>> {
    let found = people::by_id(session, person).await?.filter(|person| person.active);
    Ok(found.map(|person| PersonRef { id: person.id, name: person.name, email: person.email }))
}
