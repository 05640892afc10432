//! Connectors: how a call is carried out in a target, and how a target is looked at.

mod hidden;
mod scim;
mod webhook;

use crate::outbound::{Answer, Outbound};
use domain::connector::{Attempted, CallResult, ConnectorKind, Seen};
use domain::time::Timestamp;
use services::provisioning::{CALL_LIMIT, Claimed};
use services::targets::{Look, Sights};

/// Carries a call out, within [`CALL_LIMIT`]. What was learnt of the target's ids until then is kept.
pub async fn carry_out(outbound: &Outbound, call: &Claimed, now: Timestamp) -> Attempted {
    if call.secret.is_lost() {
        return CallResult::Failed(
            "the secret of the connector cannot be opened: an administrator must type it again".to_owned(),
        )
        .into();
    }
    let attempted = attempt(outbound, call, now).await;
    Attempted { result: hidden::in_result(attempted.result, call.secret.reveal()), ..attempted }
}

async fn attempt(outbound: &Outbound, call: &Claimed, now: Timestamp) -> Attempted {
    match call.kind {
        ConnectorKind::Webhook => {
            let result = webhook::carry_out(outbound, call, now).await;
            // The receiver's word is all there is.
            let seen = (result == CallResult::Done && call.action.gives()).then_some(Seen::Acknowledged);
            Attempted { seen, ..Attempted::from(result) }
        }
        ConnectorKind::Scim => match scim::Call::new(outbound, call) {
            Err(result) => result.into(),
            Ok(mut scim) => {
                let result = match tokio::time::timeout(CALL_LIMIT, scim.carry_out()).await {
                    Ok(result) => result,
                    Err(_) => CallResult::Failed(format!("not done within {} seconds", CALL_LIMIT.as_secs())),
                };
                Attempted { result, ..scim.learnt }
            }
        },
    }
}

/// Looks at a group of a target, within [`CALL_LIMIT`].
pub async fn look_at(outbound: &Outbound, look: &Look) -> Sights {
    match tokio::time::timeout(CALL_LIMIT, scim::look(outbound, look)).await {
        Ok(sights) => {
            let said = sights.said.map(|said| hidden::hidden(said, look.secret.reveal()));
            Sights { said, ..sights }
        }
        Err(_) => {
            Sights { said: Some(format!("not seen within {} seconds", CALL_LIMIT.as_secs())), ..Sights::default() }
        }
    }
}

/// What an answer that is no success means: some failures pass by themselves, a refusal does not.
fn unsuccessful(answer: &Answer, reason: &str) -> CallResult {
    let status = answer.status;
    let said = if reason.is_empty() { format!("status {status}") } else { format!("{reason} (status {status})") };
    match status {
        408 | 425 | 429 | 500..=599 => CallResult::Failed(said),
        300..=399 => CallResult::Refused(format!("the target redirects (status {status}), which is not followed")),
        _ => CallResult::Refused(said),
    }
}
