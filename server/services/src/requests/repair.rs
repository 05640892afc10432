//! Repair in place: what a request lacks is written into the directory, and the request goes on by itself.

use super::decide::refused;
use super::{Outcome, look_around, recount_open};
use crate::directory;
use crate::{Error, Origin, Result, Right, Services};
use domain::flow::{ApproverKind, Approvers};
use domain::ids::RequestNumber;
use domain::people::Actor;
use domain::policy;
use domain::request::{Act, Decider, Refusal, State};
use domain::validate::{FieldCode, FieldError};
use serde_json::json;
use store::audit::Event;
use store::directory::{groups, people, resources};

/// Names who fills the gap of a request with missing data: the manager of its beneficiary, another owner of its resource, another
/// member of its approver group.
///
/// # Errors
/// Forbidden, not found, the field, or refused: nothing is missing any more, or the request is one's own.
pub async fn repair(
    services: &Services,
    actor: &Actor,
    number: RequestNumber,
    email: &str,
    origin: &Origin,
) -> Result<Outcome> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let invalid = |code| Error::Invalid(vec![FieldError::new("person", code)]);
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let loaded = store::requests::load(&mut session, number, true).await?.ok_or(Error::NotFound)?;
    let request = &loaded.request;
    let around = look_around(&mut session, request).await?;
    let who = Decider { id: actor.id, admin: actor.admin };
    if let Err(refusal) = policy::may(request, &around.world, who, Act::Repair) {
        // Who may not decide does not choose who does either.
        refused(&mut session, actor, number, json!(refusal), origin).await?;
        session.commit().await?;
        return Err(Error::Refused(refusal, None));
    }
    let State::MissingData { missing, .. } = &request.state else {
        return Err(Error::Refused(Refusal::NotNow(request.state.status()), None));
    };
    if email.trim().is_empty() {
        return Err(invalid(FieldCode::Required));
    }
    let person = people::by_email(&mut session, email).await?;
    let person = person.filter(|person| person.active).ok_or_else(|| invalid(FieldCode::Unknown))?;
    if request.excluded(&around.world).contains(&person.id) {
        return Err(invalid(FieldCode::NotAllowed));
    }
    let (kind, subject) = match (missing.approvers, request.definition.steps.get(missing.step).map(|s| &s.approvers)) {
        (ApproverKind::Manager, _) => {
            let of = people::by_id(&mut session, request.beneficiary).await?.ok_or(Error::NotFound)?;
            let mut errors = Vec::new();
            let manager = directory::manager(&mut session, &mut errors, &of, email).await?;
            if let Some(error) = errors.first() {
                return Err(invalid(error.code.clone()));
            }
            let email = of.email.clone();
            people::update(&mut session, &people::Person { manager, ..of }).await?;
            ("person_changed", email)
        }
        (ApproverKind::Owner, _) => {
            let mut owners = resources::all_owners(&mut session, request.resource).await?;
            owners.push(person.id);
            resources::set_owners(&mut session, request.resource, &owners).await?;
            ("resource_changed", loaded.resource_name.clone())
        }
        (ApproverKind::Group, Some(Approvers::Group { id, name })) => {
            groups::add_by_hand(&mut session, *id, person.id).await?;
            ("group_changed", name.clone())
        }
        _ => return Err(Error::Refused(Refusal::NotNow(request.state.status()), None)),
    };
    let event = Event {
        kind,
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        request: Some(number),
        subject: &subject,
        detail: json!({ "repair": missing, "person": person.email }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    recount_open(&mut session, Some(actor), origin).await?;
    let row = store::requests::row(&mut session, number, actor.id).await?.ok_or(Error::NotFound)?;
    session.commit().await?;
    services.ring();
    Ok(Outcome { row })
}
