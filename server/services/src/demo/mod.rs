//! A believable company in an empty database: same seed, same data; times are relative to the moment of filling.

mod company;
mod history;
mod words;

use crate::{Error, Result, Services};
use company::Company;
use rand::SeedableRng;
use rand::rngs::StdRng;
use store::bulk;

/// Password of every demo account.
pub const PASSWORD: &str = "doorward-demo";

/// Accounts to log in with, and what they are.
pub const ACCOUNTS: [(&str, &str); 6] = [
    ("admin@demo.test", "administrator"),
    ("second.admin@demo.test", "administrator"),
    ("manager@demo.test", "manager of the requester"),
    ("owner@demo.test", "owner of resources"),
    ("member@demo.test", "member of an approver group"),
    ("requester@demo.test", "requester"),
];

/// Requests written in one transaction.
const BATCH: u64 = 20_000;
/// From so many requests on, indexes are built after the load.
const LARGE: u64 = 20_000;

/// Whether the organisation is a demo: its first account is there, at a domain that nobody can have.
///
/// # Errors
/// When the database fails.
pub async fn is_there(services: &Services) -> Result<bool> {
    let mut session = services.store.read().await?;
    let [(first, _), ..] = ACCOUNTS;
    Ok(store::directory::people::by_email(&mut session, first).await?.is_some())
}

/// Fills an empty database with exactly so many requests.
///
/// # Errors
/// [`Error::Internal`] when the database is not empty.
pub async fn fill(services: &Services, requests: u64, seed: u64, say: &(dyn Fn(&str) + Sync)) -> Result<()> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut session = services.store.write().await?;
    if !bulk::is_empty(&mut session).await? {
        return Err(Error::Internal("the database is not empty; a demo fills an empty one only".to_owned()));
    }
    let now = session.now();
    say("Making the company …");
    let company = Company::make(&mut rng, requests);
    let phc = tokio::task::spawn_blocking(|| crate::login::hash_for_demo(PASSWORD))
        .await
        .map_err(|error| Error::Internal(error.to_string()))??;
    company.write(&mut session, &phc).await?;
    let prepared = if requests >= LARGE { Some(bulk::prepare(&mut session).await?) } else { None };
    session.commit().await?;
    let mut teller = history::Teller::new(&company, &mut rng, now, requests);
    let mut done = 0;
    while done < requests {
        let count = BATCH.min(requests - done);
        let batch: Vec<_> = (0..count).map(|_| teller.next()).collect();
        let mut session = services.store.write().await?;
        bulk::load(&mut session, &batch).await?;
        session.commit().await?;
        done += count;
        if requests >= LARGE {
            say(&format!("{done} of {requests} requests"));
        }
    }
    let lag = teller.longest_wait();
    finish(services, requests, lag, prepared, say).await
}

async fn finish(
    services: &Services,
    requests: u64,
    lag: i64,
    prepared: Option<bulk::Prepared>,
    say: &(dyn Fn(&str) + Sync),
) -> Result<()> {
    if let Some(prepared) = &prepared {
        for step in 0..bulk::steps(prepared) {
            say(&format!("Building index {} of {}", step + 1, bulk::steps(prepared)));
            let mut session = services.store.write().await?;
            bulk::restore(&mut session, prepared, step).await?;
            session.commit().await?;
        }
    }
    let mut session = services.store.write().await?;
    bulk::set_sequences(&mut session, i64::try_from(requests).unwrap_or(i64::MAX), lag).await?;
    store::requests::recount(&mut session).await?;
    let settings = domain::settings::Settings { demo: true, ..Default::default() };
    store::settings::put(&mut session, &settings).await?;
    session.commit().await?;
    Ok(services.store.analyse().await?)
}
