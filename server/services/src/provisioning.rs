//! The worker's use cases for calls to targets: take them, and carry out what follows from their results.

use crate::requests::provisioned;
use crate::targets::{compare, tell_failed};
use crate::{Result, Services};
use domain::connector::{Attempted, CALL_TRIES, CallAction, CallNext, CallResult, Provisioned, after_attempt, kept_id};
use domain::ids::ConnectorId;
use domain::request::ErrorCause;
use domain::text::words_of_others;
use domain::time::Timestamp;
use serde_json::json;
use std::time::Duration;
use store::Session;
use store::audit::Event;
use store::provisioned::{self as kept, Key, Note, Scope};
use store::provisioning as table;

pub use store::connectors::Secret;
pub use store::provisioning::{Claimed, Kept};

const SECOND: i64 = 1_000_000;
/// How long one call may take in all, whatever the target is asked.
pub const CALL_LIMIT: Duration = Duration::from_secs(90);
/// How long a worker may hold a call before another takes it over: longer than [`CALL_LIMIT`], as a call is taken when it is made.
const LEASE: i64 = 120 * SECOND;
/// How long a call waits for a connector that is switched off; switching it on ends the wait.
const OFF: i64 = 300 * SECOND;
/// After how long what could not be taken back is tried again, once it was given up.
const REPAIR: i64 = 6 * 3_600 * SECOND;

/// Takes due calls that are still wanted. Those that are not end here: nothing is given that was canceled meanwhile, and nothing is
/// taken back that something else covers by now.
///
/// # Errors
/// When the database fails.
pub async fn claim(services: &Services, limit: i64) -> Result<Vec<Claimed>> {
    take(services, None, limit).await
}

/// As [`claim`], of one connector.
///
/// # Errors
/// When the database fails.
pub async fn claim_of(services: &Services, connector: ConnectorId, limit: i64) -> Result<Vec<Claimed>> {
    take(services, Some(connector), limit).await
}

async fn take(services: &Services, connector: Option<ConnectorId>, limit: i64) -> Result<Vec<Claimed>> {
    let mut read = services.store.read().await?;
    let due = table::due_connectors(&mut read).await?;
    drop(read);
    if connector.map_or(due.is_empty(), |connector| !due.contains(&connector)) {
        return Ok(Vec::new());
    }
    let mut session = services.store.write().await?;
    let mut wanted = Vec::new();
    for call in table::claim(&mut session, connector, limit, LEASE).await? {
        if is_wanted(&mut session, &call).await? {
            if call.action.gives() {
                kept::tried(&mut session, &Key::of(&call)).await?;
            }
            wanted.push(call);
        }
    }
    session.commit().await?;
    services.ring();
    Ok(wanted)
}

/// The connectors that have calls to make now.
///
/// # Errors
/// When the database fails.
pub async fn due(services: &Services) -> Result<Vec<ConnectorId>> {
    let mut read = services.store.read().await?;
    Ok(table::due_connectors(&mut read).await?)
}

/// In how many seconds the next call is due.
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
            if kept::should_be(session, &Key::of(call)).await? {
                return drop_call(session, call, "something else gives it").await;
            }
            if !call.active {
                return wait(session, call).await;
            }
        }
        CallAction::Restore => {
            if !kept::should_be(session, &Key::of(call)).await? {
                drop_call(session, call, "not wanted any more").await?;
                compare(session, Scope::Pairs(&[(call.group, call.person)])).await?;
                return Ok(false);
            }
            if !call.active {
                return wait(session, call).await;
            }
        }
        CallAction::Grant => {
            let loaded = store::requests::load(session, call.request, false).await?;
            let flight = loaded.as_ref().and_then(|loaded| loaded.request.state.flight());
            if flight.is_none_or(|flight| flight.cancel.is_some()) {
                drop_call(session, call, "not wanted any more").await?;
                let cause = ErrorCause::Target("not wanted any more".to_owned());
                provisioned(session, call.request, Err(cause)).await?;
                compare(session, Scope::Pairs(&[(call.group, call.person)])).await?;
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

async fn drop_call(session: &mut Session, call: &Claimed, why: &str) -> Result<bool> {
    table::finish(session, (call.id, call.leased_until), "dropped", false, Some(why)).await?;
    Ok(false)
}

async fn wait(session: &mut Session, call: &Claimed) -> Result<bool> {
    let at = Timestamp(session.now().0 + OFF);
    table::again_at(session, (call.id, call.leased_until), at, false, "the connector is switched off").await?;
    Ok(false)
}

async fn off(session: &mut Session, call: &Claimed) -> Result<bool> {
    table::finish(session, (call.id, call.leased_until), "failed", false, Some("the connector is switched off"))
        .await?;
    let loaded = store::connectors::by_id(session, call.connector).await?;
    let name = loaded.map(|connector| connector.name).unwrap_or_default();
    provisioned(session, call.request, Err(ErrorCause::ConnectorOff(name))).await?;
    compare(session, Scope::Pairs(&[(call.group, call.person)])).await?;
    Ok(false)
}

/// Writes what came of an attempt, and what follows, in one transaction: the request is granted, denied or in Error, what is in the
/// target is kept and compared with what should be, or the call waits for its next attempt. The result of a worker that does not
/// hold the call any more changes nothing.
///
/// # Errors
/// When the database fails; the lease ends by itself then, and the call is made again with the same key.
pub async fn finish(services: &Services, call: &Claimed, attempted: impl Into<Attempted>) -> Result<()> {
    let attempted = clean(attempted.into());
    let mut session = services.store.write().await?;
    let attempts = call.attempts + 1;
    let held = (call.id, call.leased_until);
    match after_attempt(call.action, &attempted.result, attempts) {
        CallNext::Again(seconds) => {
            let said = said(&attempted.result).unwrap_or_default();
            let at = Timestamp(session.now().0 + seconds * SECOND);
            if !table::again_at(&mut session, held, at, true, said).await? {
                return Ok(());
            }
            keep(&mut session, call, &attempted, false).await?;
            // It is tried on, but what is given would be given up by now, and people would see that it failed.
            if attempts >= CALL_TRIES {
                tell_failed(&mut session, call, said, false).await?;
            }
        }
        CallNext::Over(over) => {
            let state = match &attempted.result {
                CallResult::Done => "done",
                CallResult::Refused(_) => "refused",
                CallResult::Failed(_) => "failed",
                CallResult::Unconfirmed(_) => "unconfirmed",
            };
            let said = said(&attempted.result);
            if !table::finish(&mut session, held, state, true, said).await? {
                return Ok(());
            }
            record(&mut session, call, state, attempts, said).await?;
            if call.action.ends_flight() {
                // Before what is kept: requests are locked before what was provisioned for them.
                provisioned(&mut session, call.request, over).await?;
            }
            keep(&mut session, call, &attempted, true).await?;
            let unconfirmed = state == "unconfirmed";
            // Of a grant or a denial that failed administrators hear with the request.
            let tells = !call.action.ends_flight() || (call.action == CallAction::Undo && unconfirmed);
            if let Some(said) = said.filter(|_| tells) {
                tell_failed(&mut session, call, said, unconfirmed).await?;
            }
            compare(&mut session, Scope::Pairs(&[(call.group, call.person)])).await?;
        }
    }
    session.commit().await?;
    services.ring();
    Ok(())
}

/// What another system said may be stored and shown; an id of its own that may not be stored is none.
fn clean(attempted: Attempted) -> Attempted {
    let id = |id: Option<String>| id.filter(|id| kept_id(id).is_some());
    let result = match attempted.result {
        CallResult::Done => CallResult::Done,
        CallResult::Unconfirmed(said) => CallResult::Unconfirmed(words_of_others(&said)),
        CallResult::Refused(said) => CallResult::Refused(words_of_others(&said)),
        CallResult::Failed(said) => CallResult::Failed(words_of_others(&said)),
    };
    Attempted { result, person: id(attempted.person), group: id(attempted.group), seen: attempted.seen }
}

fn said(result: &CallResult) -> Option<&str> {
    match result {
        CallResult::Done => None,
        CallResult::Refused(said) | CallResult::Failed(said) | CallResult::Unconfirmed(said) => Some(said),
    }
}

/// Keeps what is in the target now, as far as the attempt says.
async fn keep(session: &mut Session, call: &Claimed, attempted: &Attempted, over: bool) -> Result<()> {
    let gives = call.action.gives();
    let failed = over && !gives && attempted.result != CallResult::Done;
    let note = Note {
        state: match &attempted.result {
            CallResult::Done if gives => Some(Provisioned::Present),
            CallResult::Done => Some(Provisioned::Absent),
            CallResult::Unconfirmed(_) => Some(Provisioned::Unconfirmed),
            CallResult::Refused(_) | CallResult::Failed(_) => None,
        },
        person: attempted.person.as_deref(),
        group: attempted.group.as_deref(),
        seen: attempted.seen,
        said: said(&attempted.result),
        repair_at: if failed { session.now().0 + REPAIR } else { 0 },
    };
    Ok(kept::note(session, &Key::of(call), &note).await?)
}

async fn record(session: &mut Session, call: &Claimed, state: &str, attempts: u32, said: Option<&str>) -> Result<()> {
    let event = Event {
        kind: if state == "done" { "provisioned" } else { "provisioning_failed" },
        request: Some(call.request),
        subject: &call.email,
        detail: json!({ "call": call.id, "action": call.action, "group": call.group_name, "key": call.key, "attempts": attempts,
            "state": state, "said": said }),
        ..Event::default()
    };
    crate::record::record(session, &event).await
}
