//! The clock: grants that end, and requests whose time has run out. What is due is carried out in batches; where a batch fails each
//! row is tried alone, so that one that cannot be read stops no other.

use super::carry::{Acting, carry};
use super::look_around;
use super::recount::{groups_of, recount_seats};
use crate::grants::{after_end, pairs_of};
use crate::health::Row;
use crate::targets::{Scope, compare};
use crate::{Error, Origin, Result, Services};
use domain::ids::{GrantId, RequestNumber};
use domain::request::{Applied, Event, apply};
use domain::time::Timestamp;
use store::Session;
use store::grants::Ended;

/// Requests expired in one transaction at most: few enough that a decision never waits long behind them.
const REQUESTS: i64 = 50;
/// Grants ended in one transaction at most.
const GRANTS: i64 = 250;

/// Ends the grants whose time is over and expires what is due; how many of both. Ends of access come first: what stays open too long
/// is worse than what is answered too late. Call again while it returns any.
///
/// # Errors
/// When the database fails. A row that cannot be read is no error: it is logged, counted ([`Services::faults`]) and passed over.
pub async fn expire_due(services: &Services) -> Result<usize> {
    let ended = end_grants(services).await;
    // Whatever is wrong with the grants is nothing to the requests.
    let expired = expire_requests(services).await;
    Ok(ended? + expired?)
}

async fn end_grants(services: &Services) -> Result<usize> {
    let (mut after, mut seen, mut nameless) = (None, Vec::new(), 0);
    loop {
        let mut read = services.store.read().await?;
        let now = read.now();
        let (due, unreadable) = store::grants::due(&mut read, after, GRANTS).await?;
        drop(read);
        nameless += unreadable;
        let full = due.len() + unreadable >= usize::try_from(GRANTS).unwrap_or(0);
        after = due.last().copied();
        seen.extend(due.iter().map(|(_, id)| Row::Grant(*id)));
        let awake: Vec<GrantId> =
            due.into_iter().map(|(_, id)| id).filter(|id| !services.health.rests(Row::Grant(*id), now)).collect();
        let done = end_some(services, &awake, now).await?;
        if done > 0 {
            return Ok(done);
        }
        if !full || after.is_none() {
            services.health.keep(|row| matches!(row, Row::Grant(_)), &seen);
            note_nameless(services, nameless);
            return Ok(0);
        }
    }
}

fn note_nameless(services: &Services, count: usize) {
    if count > 0 {
        tracing::error!(grants = count, "access whose time is over has an id that cannot be read, and does not end");
    }
    services.health.nameless(count);
}

/// Ends these grants, together or else each alone; how many ended.
async fn end_some(services: &Services, grants: &[GrantId], now: Timestamp) -> Result<usize> {
    if grants.is_empty() {
        return Ok(0);
    }
    let done = match end_together(services, grants).await {
        Ok(done) => done,
        Err(Error::Unavailable) => return Err(Error::Unavailable),
        Err(_) => {
            let mut done = 0;
            for id in grants {
                done += judged(services, Row::Grant(*id), now, end_together(services, &[*id]).await)?;
            }
            done
        }
    };
    if done > 0 {
        services.ring();
    }
    Ok(done)
}

async fn end_together(services: &Services, grants: &[GrantId]) -> Result<usize> {
    let origin = Origin::default();
    // Whoever loses access may lose a seat among approvers by it: nobody acts beside it.
    let mut session = services.store.write_directory().await?;
    let mut ended: Vec<Ended> = Vec::with_capacity(grants.len());
    for id in grants {
        ended.extend(store::grants::end_due(&mut session, *id).await?);
    }
    after_end(&mut session, &ended, "time_over", None, None, &origin).await?;
    recount_seats(&mut session, &groups_of(&ended), None, &origin).await?;
    compare(&mut session, Scope::Pairs(&pairs_of(&ended))).await?;
    session.commit().await?;
    Ok(ended.len())
}

async fn expire_requests(services: &Services) -> Result<usize> {
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let mut read = services.store.read().await?;
        let now = read.now();
        let due = store::requests::due(&mut read, after, REQUESTS).await?;
        drop(read);
        let full = due.len() >= usize::try_from(REQUESTS).unwrap_or(0);
        after = due.last().copied();
        seen.extend(due.iter().map(|(_, number)| Row::Request(*number)));
        let awake: Vec<RequestNumber> = due
            .into_iter()
            .map(|(_, number)| number)
            .filter(|number| !services.health.rests(Row::Request(*number), now))
            .collect();
        let done = expire_some(services, &awake, now).await?;
        if done > 0 {
            return Ok(done);
        }
        if !full {
            services.health.keep(|row| matches!(row, Row::Request(_)), &seen);
            return Ok(0);
        }
    }
}

/// Expires these requests, together or else each alone; how many expired.
async fn expire_some(services: &Services, numbers: &[RequestNumber], now: Timestamp) -> Result<usize> {
    if numbers.is_empty() {
        return Ok(0);
    }
    let done = match expire_together(services, numbers).await {
        Ok(done) => done,
        Err(Error::Unavailable) => return Err(Error::Unavailable),
        Err(_) => {
            let mut done = 0;
            for number in numbers {
                done += judged(services, Row::Request(*number), now, expire_together(services, &[*number]).await)?;
            }
            done
        }
    };
    if done > 0 {
        services.ring();
    }
    Ok(done)
}

async fn expire_together(services: &Services, numbers: &[RequestNumber]) -> Result<usize> {
    let mut session = services.store.write().await?;
    let mut done = 0;
    for number in numbers {
        done += usize::from(expire(&mut session, *number).await?);
    }
    session.commit().await?;
    Ok(done)
}

async fn expire(session: &mut Session, number: RequestNumber) -> Result<bool> {
    let Some(loaded) = store::requests::load(session, number, true).await? else { return Ok(false) };
    let around = look_around(session, &loaded.request).await?;
    let Ok(Applied::Changed(transition)) = apply(&loaded.request, &around.world, Event::Expire) else {
        return Ok(false);
    };
    let origin = Origin::default();
    carry(session, &loaded, &around, &transition, Acting::nobody(&origin)).await?;
    Ok(true)
}

/// What became of a row that was tried alone; how many that are.
fn judged(services: &Services, row: Row, now: Timestamp, result: Result<usize>) -> Result<usize> {
    match result {
        Ok(done) => {
            services.health.mended(row);
            Ok(done)
        }
        Err(Error::Unavailable) => Err(Error::Unavailable),
        // Another server was faster.
        Err(Error::Refused(..)) => Ok(0),
        Err(error) => {
            tracing::error!(%error, ?row, "what is due could not be carried on; the others are, and this one is tried again");
            services.health.failed(row, now);
            Ok(0)
        }
    }
}
