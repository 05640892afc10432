//! Words by which other programs say yes, no and what the state of an account is.

/// Letters and digits of a header or a word, in lower case.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Yes, in the languages in which spreadsheets write their own TRUE, and as people write it.
const YES: [&str; 21] = [
    "true",
    "yes",
    "y",
    "1",
    "on",
    "wahr",
    "ja",
    "vrai",
    "oui",
    "verdadero",
    "si",
    "sí",
    "vero",
    "sì",
    "verdadeiro",
    "sim",
    "waar",
    "prawda",
    "tak",
    "sand",
    "sant",
];
/// No, likewise.
const NO: [&str; 19] = [
    "false", "no", "n", "0", "off", "falsch", "nein", "faux", "non", "falso", "não", "nao", "onwaar", "nee", "fałsz",
    "nie", "falsk", "nej", "falskt",
];
/// States of the consoles of JumpCloud, Google Workspace, Entra and Okta, on screen and in their APIs, whose accounts are in use.
/// Whoever is locked out or must set a new password is in use (`decisions`, *Statuses of a console*).
const IN_USE: [&str; 7] =
    ["active", "activated", "enabled", "passwordreset", "recovery", "passwordexpired", "lockedout"];
/// States whose accounts are not in use (yet, or any more).
const NOT_IN_USE: [&str; 12] = [
    "inactive",
    "disabled",
    "suspended",
    "deactivated",
    "deprovisioned",
    "deleted",
    "archived",
    "staged",
    "provisioned",
    "pendinguseraction",
    "pendingactivation",
    "pending",
];

/// A switch; nothing when it is neither yes nor no.
pub(super) fn switch(text: &str) -> Option<bool> {
    let word = plain(text);
    if YES.contains(&word.as_str()) {
        Some(true)
    } else if NO.contains(&word.as_str()) {
        Some(false)
    } else {
        None
    }
}

/// The state of an account by a word of a console; nothing for every other word, yes and no among them.
pub(super) fn state(text: &str) -> Option<bool> {
    let word = plain(text);
    if IN_USE.contains(&word.as_str()) {
        Some(true)
    } else if NOT_IN_USE.contains(&word.as_str()) {
        Some(false)
    } else {
        None
    }
}

/// Whether an account is in use by a number of Active Directory's `userAccountControl`: bit 2 disables it.
pub(super) fn account_control(text: &str) -> Option<bool> {
    text.trim().parse::<u32>().ok().map(|flags| flags & 2 == 0)
}
