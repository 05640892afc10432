//! Type-ahead over people, for the filter by requester.

use crate::{Error, Result, Services};
use domain::people::{Actor, PersonRef};

/// People shown at once.
const SHOWN: i64 = 10;

/// People of whom each typed word begins the name, a word in it or the email, those of before too. Admins only.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn suggest_requesters(services: &Services, actor: &Actor, typed: &str) -> Result<Vec<PersonRef>> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    if typed.chars().count() > 100 {
        return Ok(Vec::new());
    }
    let mut session = services.store.read().await?;
    Ok(store::directory::people::suggest(&mut session, typed, SHOWN).await?)
}
