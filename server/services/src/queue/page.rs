//! A page of the queue with the counters.

use crate::{Error, Result, Services};
use domain::filter::{Dropped, ListQuery};
use domain::people::Actor;
use domain::text::fold;
use domain::view::{Counters, QueuePage};
use store::Session;
use store::directory::people;

/// The page that a query asks for. Admins only.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn page(services: &Services, actor: &Actor, query: &ListQuery, dropped: Vec<Dropped>) -> Result<QueuePage> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let mut session = services.store.read().await?;
    let (query, dropped) = with_requester(&mut session, query, dropped).await?;
    let page = store::requests::list(&mut session, &query, actor.id).await?;
    let counters = store::requests::counters(&mut session).await?;
    Ok(QueuePage { query, dropped, rows: page.rows, next: page.next, counters, now: session.now() })
}

/// A requester who was typed by name, where only one person has it: without scripts nobody offers the email.
async fn with_requester(
    session: &mut Session,
    query: &ListQuery,
    mut dropped: Vec<Dropped>,
) -> Result<(ListQuery, Vec<Dropped>)> {
    let mut query = query.clone();
    if let Some(at) = dropped.iter().position(|part| part.name == "requester")
        && let [only] = people::suggest(session, &fold(dropped[at].value.trim()), 2).await?.as_slice()
    {
        query.filter.requester = Some(only.email.clone());
        dropped.remove(at);
    }
    Ok((query, dropped))
}

/// The counters alone, for the navigation.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn counters(services: &Services, actor: &Actor) -> Result<Counters> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let mut session = services.store.read().await?;
    Ok(store::requests::counters(&mut session).await?)
}
