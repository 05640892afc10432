//! A page of the queue with the counters.

use super::suggest::one_person;
use crate::{Error, Result, Services};
use domain::filter::{Dropped, ListQuery, Requester};
use domain::people::{Actor, PersonRef};
use domain::search::Search;
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
    let (query, dropped, requester) = understood(&mut session, query, dropped).await?;
    let search = query.filter.search.as_deref().map(Search::read);
    let search_note = search.and_then(|search| search.note("name, email and number"));
    let page = store::requests::list(&mut session, &query, actor.id).await?;
    let counters = store::requests::counters(&mut session).await?;
    let (rows, next, now) = (page.rows, page.next, session.now());
    // Whose day it is the door knows, which knows the browser.
    let (zone, today) = (crate::zones::UTC.to_owned(), now.day());
    Ok(QueuePage { query, requester, dropped, search_note, rows, next, counters, now, zone, today })
}

/// A query whose requester is a person, where that can be found out, and who that is. What was typed as a name means the one person
/// who has it: without scripts nobody offers the person.
pub(super) async fn understood(
    session: &mut Session,
    query: &ListQuery,
    mut dropped: Vec<Dropped>,
) -> Result<(ListQuery, Vec<Dropped>, Option<PersonRef>)> {
    let mut query = query.clone();
    let mut found = match &query.filter.requester {
        None => None,
        Some(Requester::Person(id)) => people::by_id(session, *id).await?.map(|person| PersonRef {
            id: person.id,
            name: person.name,
            email: person.email,
        }),
        Some(Requester::Email(email)) => people::by_email_ever(session, email).await?,
    };
    if let Some(at) = dropped.iter().position(|part| part.name == "requester")
        && let Some(only) = one_person(session, &dropped[at].value).await?
    {
        found = Some(only);
        dropped.remove(at);
    }
    if let Some(person) = &found {
        query.filter.requester = Some(Requester::Person(person.id));
    }
    Ok((query, dropped, found))
}

/// Whether a search holds nothing that can be searched for, which a page tells of and shows everything; for who reads no page that
/// would widen what was asked for in silence.
#[must_use]
pub fn unsearchable(query: &ListQuery) -> Option<Dropped> {
    let typed = query.filter.search.as_deref()?;
    Search::new(typed).is_none().then(|| Dropped { name: "q".to_owned(), value: typed.to_owned() })
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
