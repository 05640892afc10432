//! Type-ahead over people, for the filter by requester.

use crate::{Error, Result, Services};
use domain::people::{Actor, PersonRef};
use domain::text::fold;

/// People shown at once.
const SHOWN: i64 = 10;

/// People whose name or email begins with what was typed. Admins only.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn suggest_requesters(services: &Services, actor: &Actor, typed: &str) -> Result<Vec<PersonRef>> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let prefix = fold(typed.trim());
    if prefix.is_empty() || prefix.chars().count() > 100 {
        return Ok(Vec::new());
    }
    let mut session = services.store.read().await?;
    Ok(store::directory::people::suggest(&mut session, &prefix, SHOWN).await?)
}
