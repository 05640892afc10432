//! Approval flows: list, edit, copy, switch on and off, delete (`product.md` 4). Admins only.

mod draft;
mod list;
mod preview;
mod remove;
mod save;

pub use list::{FlowLine, FlowPage, list};
pub use preview::{find_group, find_people, preview};
pub use remove::{Consequences, consequences, delete};
pub use save::{Saved, copy, open, save, set_enabled};

use crate::{Error, Result};
use domain::people::Actor;

/// Flows are the admins' business.
pub(crate) const fn admin(actor: &Actor) -> Result<()> {
    if actor.admin { Ok(()) } else { Err(Error::Forbidden) }
}
