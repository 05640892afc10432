//! What is known of people that takes weight from their word on some requests: whom an admin let in by a link on the screen, and
//! whose address an admin changed. It counts on the requests of that admin only.

use crate::Result;
use domain::ids::PersonId;
use domain::request::World;
use domain::time::Timestamp;
use store::Session;
use store::directory::people::{self, Influence};

/// How long after a change of address an approval has to be confirmed, in microseconds: 30 days. The old address was told of the
/// change; whoever reads it has that long to say that it was not theirs.
const WATCHED: i64 = 30 * 86_400 * 1_000_000;

/// What was read of all people, in one transaction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust(Influence);

impl Trust {
    /// Reads it: few rows, if any.
    pub(crate) async fn read(session: &mut Session) -> Result<Self> {
        let since = Timestamp(session.now().0 - WATCHED);
        Ok(Self(people::influence(session, since).await?))
    }

    /// Writes what of it counts on a request of these people into its world.
    pub(crate) fn weigh(&self, world: &mut World, barred: &[PersonId]) {
        let of = |by: &PersonId| barred.contains(by);
        world.let_in = self.0.let_in.iter().filter(|(_, by)| of(by)).map(|(person, _)| *person).collect();
        world.readdressed =
            self.0.readdressed.iter().filter(|(_, by, _)| of(by)).map(|(person, _, at)| (*person, *at)).collect();
    }
}
