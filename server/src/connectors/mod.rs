//! Connectors: how a call is carried out in a target.

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
    match result {
        CallResult::Done => CallResult::Done,
        CallResult::Refused(said) => CallResult::Refused(hidden(said, call.secret.reveal())),
        CallResult::Failed(said) => CallResult::Failed(hidden(said, call.secret.reveal())),
    }
}

/// What a target says may repeat what it was sent: the secret is not kept in it, nor the beginning of it where the words were cut.
fn hidden(said: String, secret: &str) -> String {
    /// A shorter beginning says nothing of a secret, and may be a word.
    const TOLD: usize = 6;
    if secret.is_empty() {
        return said;
    }
    let mut said = said.replace(secret, "…");
    let cuts = secret.char_indices().map(|(end, _)| &secret[..end]).filter(|part| part.len() >= TOLD);
    if let Some(part) = cuts.rev().find(|part| said.ends_with(part)) {
        said.truncate(said.len() - part.len());
        said.push('…');
    }
    said
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn a_secret_is_not_repeated() {
        let hide = |said: &str| hidden(said.to_owned(), "s3cret-token");
        assert_eq!(hide("no s3cret-token, not s3cret-token"), "no …, not …");
        assert_eq!(hide("Bearer s3cret-to"), "Bearer …", "cut in the middle of it");
        assert_eq!(hide("Bearer s3c"), "Bearer s3c");
        assert_eq!(hide("forbidden (status 403)"), "forbidden (status 403)");
        assert_eq!(hidden("said".to_owned(), ""), "said");
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
