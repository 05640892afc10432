//! A target's result ends the flight of a request.

use super::carry::{Acting, carry};
use super::{look_around, recount_seats_since};
use crate::{Origin, Result};
use domain::ids::RequestNumber;
use domain::request::{Applied, ErrorCause, Event, apply};
use store::Session;

/// Applies the result of a call for a request, in the transaction that ends the call. A request that is not in flight any more
/// stays as it is.
pub(crate) async fn provisioned(
    session: &mut Session,
    number: RequestNumber,
    result: std::result::Result<(), ErrorCause>,
) -> Result<()> {
    let Some(loaded) = store::requests::load(session, number, true).await? else { return Ok(()) };
    let around = look_around(session, &loaded.request).await?;
    let Ok(Applied::Changed(transition)) = apply(&loaded.request, &around.world, Event::Provisioned(result)) else {
        return Ok(());
    };
    let origin = Origin::default();
    if let Some(group) = carry(session, &loaded, &around, &transition, Acting::nobody(&origin)).await? {
        let decided = loaded.request.state.flight().and_then(|flight| flight.decision.by);
        recount_seats_since(session, &[group], decided, &origin).await?;
    }
    Ok(())
}
