//! Type-ahead over people, for the filter by requester.

use crate::{Error, Result, Services};
use domain::people::{Actor, PersonRef};
use domain::search::keys;
use store::Session;

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

/// People among whom one of exactly the typed name is looked for.
const NAMESAKES: i64 = 50;

/// The one person whom a text means: the only one who fits, or the only one of exactly this name.
///
/// # Errors
/// When the database fails.
pub(crate) async fn one_person(session: &mut Session, typed: &str) -> Result<Option<PersonRef>> {
    let mut found = store::directory::people::suggest(session, typed, NAMESAKES).await?;
    if found.len() > 1 {
        let name = keys(&[typed], &[]);
        found.retain(|person| keys(&[&person.name], &[]) == name);
    }
    Ok(if found.len() == 1 { found.pop() } else { None })
}
