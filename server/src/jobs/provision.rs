//! The worker that makes targets what they should be: it makes calls, writes what came of them, and looks at the targets.
//!
//! Each connector has a task of its own while something is due for it, so that one that hangs delays none of the others. A call is
//! taken when it is made, what takes access back first.

use crate::connectors::{carry_out, look_at};
use crate::outbound::Outbound;
use domain::ids::ConnectorId;
use services::Services;
use services::provisioning::{Claimed, claim_of, due, finish, seconds_until_due};
use services::targets::{looked, looks_due, repair, take_look};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

/// Calls under way at once at one target.
const PARALLEL: usize = 4;
/// The floor under a bell that was missed, and the time after which another server's calls are looked at, in seconds.
const POLL: u64 = 15;
/// How often everything that is kept is compared with what should be, and looked for groups of targets to look at.
const REPAIR: Duration = Duration::from_secs(60);

/// Runs until told to stop; what is under way is finished.
pub async fn run(services: Services, outbound: Outbound, mut stop: watch::Receiver<bool>) {
    let bell = services.calls_bell();
    let mut tasks = JoinSet::new();
    let mut busy: HashMap<Id, ConnectorId> = HashMap::new();
    let mut compared: Option<Instant> = None;
    loop {
        if compared.is_none_or(|at| at.elapsed() >= REPAIR) {
            compared = Some(Instant::now());
            if let Err(error) = repair(&services).await {
                tracing::warn!(%error, "what was provisioned was not compared");
            }
        }
        match connectors(&services).await {
            Ok(connectors) => {
                for connector in connectors {
                    if busy.values().all(|one| *one != connector) {
                        let (services, outbound, stop) = (services.clone(), outbound.clone(), stop.clone());
                        let task = tasks.spawn(async move { serve(&services, &outbound, connector, &stop).await });
                        busy.insert(task.id(), connector);
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "calls to targets were not looked at"),
        }
        let wait = seconds_until_due(&services).await.ok().flatten().map_or(POLL, |seconds| seconds.clamp(1, POLL));
        tokio::select! {
            () = bell.notified() => {}
            () = tokio::time::sleep(Duration::from_secs(wait)) => {}
            Some(ended) = tasks.join_next_with_id() => {
                let id = match &ended {
                    Ok((id, ())) => *id,
                    Err(error) => error.id(),
                };
                busy.remove(&id);
            }
            _ = stop.changed() => break,
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// The connectors for which something is due.
async fn connectors(services: &Services) -> services::Result<BTreeSet<ConnectorId>> {
    let mut all: BTreeSet<ConnectorId> = due(services).await?.into_iter().collect();
    all.extend(looks_due(services).await?);
    Ok(all)
}

/// Makes the calls of one connector that are due, then looks at its target.
async fn serve(services: &Services, outbound: &Outbound, connector: ConnectorId, stop: &watch::Receiver<bool>) {
    loop {
        let done = match drain(services, outbound, connector, stop).await {
            Ok(_) if *stop.borrow() => return,
            Ok(calls) => look_once(services, outbound, connector).await.map(|looked| looked || calls > 0),
            Err(error) => Err(error),
        };
        match done {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, %connector, "a target was not served");
                // Whatever is wrong with the database takes a while.
                return tokio::time::sleep(Duration::from_secs(POLL)).await;
            }
        }
    }
}

/// Makes the calls that are due, at each target one after the other as far as one membership is concerned; how many.
///
/// # Errors
/// When the database fails.
pub async fn drain_once(services: &Services, outbound: &Outbound) -> services::Result<usize> {
    let (_goes_on, stop) = watch::channel(false);
    let all = due(services).await?;
    let drained = all.into_iter().map(|connector| drain(services, outbound, connector, &stop));
    let counts = futures::future::join_all(drained).await;
    counts.into_iter().sum()
}

/// Looks at everything that is due to be looked at; how many groups.
///
/// # Errors
/// When the database fails.
pub async fn look_at_all(services: &Services, outbound: &Outbound) -> services::Result<usize> {
    let mut count = 0;
    for connector in looks_due(services).await? {
        while look_once(services, outbound, connector).await? {
            count += 1;
        }
    }
    Ok(count)
}

/// Each call is a task of its own: one that writes what came of it holds the writer, for which the next that is taken waits.
async fn drain(
    services: &Services,
    outbound: &Outbound,
    connector: ConnectorId,
    stop: &watch::Receiver<bool>,
) -> services::Result<usize> {
    let mut under_way = JoinSet::new();
    let mut count = 0;
    let mut failed = None;
    loop {
        while under_way.len() < PARALLEL && failed.is_none() && !*stop.borrow() {
            match claim_of(services, connector, 1).await.map(|mut calls| calls.pop()) {
                Ok(Some(call)) => {
                    count += 1;
                    let (services, outbound) = (services.clone(), outbound.clone());
                    under_way.spawn(async move { make(&services, &outbound, call).await });
                }
                Ok(None) => break,
                Err(error) => failed = Some(error),
            }
        }
        if under_way.join_next().await.is_none() {
            return failed.map_or(Ok(count), Err);
        }
    }
}

async fn make(services: &Services, outbound: &Outbound, call: Claimed) {
    let attempted = match services.now().await {
        Ok(now) => carry_out(outbound, &call, now).await,
        Err(error) => return tracing::warn!(%error, "a call was not made"),
    };
    if let Err(error) = finish(services, &call, &attempted).await {
        // The lease ends by itself and the call is made again, with the same key.
        tracing::warn!(%error, call = %call.id, "what came of a call was not written");
    }
}

async fn look_once(services: &Services, outbound: &Outbound, connector: ConnectorId) -> services::Result<bool> {
    let Some(look) = take_look(services, connector).await? else { return Ok(false) };
    let sights = look_at(outbound, &look).await;
    looked(services, &look, &sights).await?;
    Ok(true)
}
