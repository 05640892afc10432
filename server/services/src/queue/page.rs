//! A page of the queue with the counters.

use crate::{Error, Result, Services};
use domain::filter::{Dropped, ListQuery};
use domain::people::Actor;
use domain::view::{Counters, QueuePage};

/// The page that a query asks for. Admins only.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn page(services: &Services, actor: &Actor, query: &ListQuery, dropped: Vec<Dropped>) -> Result<QueuePage> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let mut session = services.store.read().await?;
    let page = store::requests::list(&mut session, query, actor.id).await?;
    let counters = store::requests::counters(&mut session).await?;
    Ok(QueuePage { query: query.clone(), dropped, rows: page.rows, next: page.next, counters, now: session.now() })
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
