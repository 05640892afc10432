//! Keeps the secret of a connector out of what its target says.

use domain::connector::CallResult;

/// A result without the secret in the target's words.
pub(super) fn in_result(result: CallResult, secret: &str) -> CallResult {
    match result {
        CallResult::Done => CallResult::Done,
        CallResult::Unconfirmed(said) => CallResult::Unconfirmed(hidden(said, secret)),
        CallResult::Refused(said) => CallResult::Refused(hidden(said, secret)),
        CallResult::Failed(said) => CallResult::Failed(hidden(said, secret)),
    }
}

/// What a target says may repeat what it was sent: the secret is not kept in it, nor the beginning of it where the words were cut.
pub(super) fn hidden(said: String, secret: &str) -> String {
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
