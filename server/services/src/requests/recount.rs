//! Counting open requests again after people, groups or owners changed.

use super::carry::{Acting, carry};
use super::look_around;
use crate::{Origin, Result};
use domain::ids::RequestNumber;
use domain::people::Actor;
use domain::request::{Applied, Event, apply};
use store::Session;

/// Open requests looked at in one read.
const BATCH: i64 = 500;

/// Counts every open request again, in the transaction of the change: what is missing now becomes Missing Data, what was
/// repaired goes back to Pending by itself. How many changed.
///
/// # Errors
/// When the database fails.
pub async fn recount_open(session: &mut Session, actor: Option<&Actor>, origin: &Origin) -> Result<usize> {
    let mut after = RequestNumber(0);
    let mut changed = 0;
    loop {
        let numbers = store::requests::open_numbers(session, after, BATCH).await?;
        let Some(last) = numbers.last() else { return Ok(changed) };
        after = *last;
        for number in numbers {
            changed += usize::from(recount(session, number, actor, origin).await?);
        }
    }
}

async fn recount(session: &mut Session, number: RequestNumber, actor: Option<&Actor>, origin: &Origin) -> Result<bool> {
    let Some(loaded) = store::requests::load(session, number, true).await? else { return Ok(false) };
    let request = &loaded.request;
    let around =
        look_around(session, &request.definition, request.beneficiary, request.resource, request.group).await?;
    match apply(request, &around.world, Event::Recount) {
        Ok(Applied::Changed(transition)) => {
            let acting = Acting { actor, recount: true, ..Acting::nobody(origin) };
            carry(session, &loaded, &around, &transition, acting).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}
