//! Counting open requests again after people, groups or owners changed.

use super::carry::{Acting, carry};
use super::look_around;
use crate::{Origin, Result};
use domain::ids::RequestNumber;
use domain::people::Actor;
use domain::request::{Applied, Event, Status, apply};
use store::Session;

/// Open requests looked at in one read.
const BATCH: i64 = 500;

/// What a count changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recounted {
    /// Requests that changed in any way.
    pub changed: usize,
    /// Requests that became Missing Data.
    pub missing: Vec<RequestNumber>,
}

/// Counts every open request again, in the transaction of the change: what is missing now becomes Missing Data, what was
/// repaired goes back to Pending by itself.
///
/// # Errors
/// When the database fails.
pub async fn recount_open(session: &mut Session, actor: Option<&Actor>, origin: &Origin) -> Result<Recounted> {
    let mut after = RequestNumber(0);
    let mut counted = Recounted::default();
    loop {
        let numbers = store::requests::open_numbers(session, after, BATCH).await?;
        let Some(last) = numbers.last() else { return Ok(counted) };
        after = *last;
        for number in numbers {
            let Some(status) = recount(session, number, actor, origin).await? else { continue };
            counted.changed += 1;
            if status == Status::MissingData {
                counted.missing.push(number);
            }
        }
    }
}

async fn recount(
    session: &mut Session,
    number: RequestNumber,
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<Option<Status>> {
    let Some(loaded) = store::requests::load(session, number, true).await? else { return Ok(None) };
    let request = &loaded.request;
    let around =
        look_around(session, &request.definition, request.beneficiary, request.resource, request.group).await?;
    match apply(request, &around.world, Event::Recount) {
        Ok(Applied::Changed(transition)) => {
            let acting = Acting { actor, recount: true, ..Acting::nobody(origin) };
            carry(session, &loaded, &around, &transition, acting).await?;
            Ok(Some(transition.state.status()))
        }
        _ => Ok(None),
    }
}
