//! For whom a form or a call was made. A page knows its person; sent under somebody else's log-in it does nothing, because it would
//! do it in a name that its sender does not mean (two people, one browser). What a form says here gives no right: it can only keep its
//! sender from acting, and decides to whom a text comes back that could not be sent.

use super::State;
use app::ctx;
use app::error::AppError;
use domain::ids::PersonId;

/// The field of a form that names its person.
pub(super) const FIELD: &str = app::form::PERSON_FIELD;
/// The header of a call that names its person.
pub(super) const HEADER: &str = app::wire::PERSON_HEADER;

/// Refuses what was made for another person than the one who is logged in. Looked at before anything is done, in this one place, for
/// forms and calls alike.
///
/// # Errors
/// 409 with the addresses of both; 400 when it names nobody; 503 when the database cannot be asked.
pub(super) async fn check(state: &State, context: Option<&ctx::Request>, made_for: &str) -> Result<(), AppError> {
    let Some(actor) = context.and_then(|context| context.actor.as_ref()) else { return Ok(()) };
    let Ok(person) = made_for.parse::<PersonId>() else { return Err(AppError::Malformed) };
    if person == actor.id {
        return Ok(());
    }
    match services::login::email_of(&state.services, person).await {
        Ok(made_for) => Err(AppError::OtherPerson {
            made_for: made_for.unwrap_or_else(|| "somebody who is not known here".to_owned()),
            logged_in: actor.email.clone(),
        }),
        Err(error) => Err(error.into()),
    }
}
