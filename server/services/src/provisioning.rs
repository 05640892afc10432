//! The worker's use cases for calls to targets: take them, and carry out what follows from their results.

use crate::requests::provisioned;
use crate::{Result, Services};
use domain::connector::{CallAction, CallNext, CallResult, after_attempt};
use domain::request::ErrorCause;
use domain::time::Timestamp;
use serde_json::json;
use store::Session;
use store::audit::Event;
use store::provisioning as table;

pub use store::connectors::Secret;
pub use store::provisioning::Claimed;

const SECOND: i64 = 1_000_000;
/// How long a worker may take for one batch before another takes it over: longer than the slowest call.
const LEASE: i64 = 120 * SECOND;

/// Takes due calls that are still wanted. Those that are not end here: nothing is given that was canceled meanwhile, and nothing is
/// taken back that something else covers by now.
///
/// # Errors
/// When the database fails.
pub async fn claim(services: &Services, limit: i64) -> Result<Vec<Claimed>> {
    let mut read = services.store.read().await?;
    let due = table::next_due(&mut read).await?.is_some_and(|at| at <= read.now());
    drop(read);
    if !due {
        return Ok(Vec::new());
    }
    let mut session = services.store.write().await?;
    let mut wanted = Vec::new();
    for call in table::claim(&mut session, limit, LEASE).await? {
        if is_wanted(&mut session, &call).await? {
            wanted.push(call);
        }
    }
    session.commit().await?;
    services.ring();
    Ok(wanted)
}

/// When the next call is due.
///
/// # Errors
/// When the database fails.
pub async fn seconds_until_due(services: &Services) -> Result<Option<u64>> {
    let mut read = services.store.read().await?;
    let now = read.now().0;
    let due = table::next_due(&mut read).await?;
    Ok(due.map(|at| u64::try_from((at.0 - now).max(0) / SECOND + 1).unwrap_or(1)))
}

async fn is_wanted(session: &mut Session, call: &Claimed) -> Result<bool> {
    match call.action {
        CallAction::Revoke => {
            if store::grants::coverage(session, call.person, call.group).await?.is_any() {
                table::finish(session, call.id, "dropped", false, Some("something else gives it")).await?;
                return Ok(false);
            }
            if !call.active {
                let at = Timestamp(session.now().0 + 300 * SECOND);
                table::again_at(session, call.id, at, "the connector is switched off").await?;
                return Ok(false);
            }
        }
        CallAction::Grant => {
            let loaded = store::requests::load(session, call.request, false).await?;
            let flight = loaded.as_ref().and_then(|loaded| loaded.request.state.flight());
            if flight.is_none_or(|flight| flight.cancel.is_some()) {
                table::finish(session, call.id, "dropped", false, Some("not wanted any more")).await?;
                let cause = ErrorCause::Target("not wanted any more".to_owned());
                provisioned(session, call.request, Err(cause)).await?;
                return Ok(false);
            }
            if !call.active {
                return off(session, call).await;
            }
        }
        CallAction::Undo if !call.active => return off(session, call).await,
        CallAction::Undo => {}
    }
    Ok(true)
}

async fn off(session: &mut Session, call: &Claimed) -> Result<bool> {
    table::finish(session, call.id, "failed", false, Some("the connector is switched off")).await?;
    let loaded = store::connectors::by_id(session, call.connector).await?;
    let name = loaded.map(|connector| connector.name).unwrap_or_default();
    provisioned(session, call.request, Err(ErrorCause::ConnectorOff(name))).await?;
    Ok(false)
}

/// Writes what came of an attempt, and what follows, in one transaction: the request is granted, denied or in Error, or the call
/// waits for its next attempt. A result that comes after the lease was lost, and the call ended, changes nothing.
///
/// # Errors
/// When the database fails; the lease ends by itself then, and the call is made again with the same key.
pub async fn finish(services: &Services, call: &Claimed, result: &CallResult) -> Result<()> {
    let mut session = services.store.write().await?;
    let attempts = call.attempts + 1;
    match after_attempt(call.action, result, attempts) {
        CallNext::Again(seconds) => {
            let said = said(result);
            let at = Timestamp(session.now().0 + seconds * SECOND);
            table::again_at(&mut session, call.id, at, &said).await?;
        }
        CallNext::Over(over) => {
            let (state, said) = match (&over, result) {
                (Ok(()), _) => ("done", None),
                (Err(_), CallResult::Refused(_)) => ("refused", Some(said(result))),
                (Err(_), _) => ("failed", Some(said(result))),
            };
            if !table::finish(&mut session, call.id, state, true, said.as_deref()).await? {
                return Ok(());
            }
            record(&mut session, call, state, attempts, said.as_deref()).await?;
            if call.action != CallAction::Revoke {
                provisioned(&mut session, call.request, over).await?;
            }
        }
    }
    session.commit().await?;
    services.ring();
    Ok(())
}

fn said(result: &CallResult) -> String {
    match result {
        CallResult::Done => String::new(),
        CallResult::Refused(said) | CallResult::Failed(said) => said.clone(),
    }
}

async fn record(session: &mut Session, call: &Claimed, state: &str, attempts: u32, said: Option<&str>) -> Result<()> {
    let event = Event {
        kind: if state == "done" { "provisioned" } else { "provisioning_failed" },
        request: Some(call.request),
        subject: &call.email,
        detail: json!({ "call": call.id, "action": call.action, "group": call.group_name, "key": call.key, "attempts": attempts, "said": said }),
        ..Event::default()
    };
    crate::record::record(session, &event).await
}
