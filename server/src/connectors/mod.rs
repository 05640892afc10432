//! Connectors: how a call is carried out in a target.

mod hidden;
mod scim;
mod webhook;

use crate::outbound::{Answer, Outbound};
use domain::connector::{CallResult, ConnectorKind};
use domain::time::Timestamp;
use services::provisioning::Claimed;

/// Carries a call out.
pub async fn carry_out(outbound: &Outbound, call: &Claimed, now: Timestamp) -> CallResult {
    if call.secret.is_lost() {
        return CallResult::Failed(
            "the secret of the connector cannot be opened: an administrator must type it again".to_owned(),
        );
    }
    let result = match call.kind {
        ConnectorKind::Webhook => webhook::carry_out(outbound, call, now).await,
        ConnectorKind::Scim => scim::carry_out(outbound, call).await,
    };
    hidden::in_result(result, call.secret.reveal())
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
