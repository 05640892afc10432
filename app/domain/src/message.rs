//! Kinds of messages: who gets them, and what must still be true when they are sent (`product.md` 7).

use serde::{Deserialize, Serialize};

/// Whom a kind is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Administrators.
    Admins,
    /// Assigned approvers.
    Approvers,
    /// The person who asked.
    Requester,
    /// Whoever has an account.
    Anybody,
}

/// What must be true when a message is sent; the recipient must be active, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum While {
    /// Nothing else.
    Always,
    /// It still is the recipient's turn on an open request.
    Turn,
    /// The request is open, and the recipient an administrator.
    Open,
    /// The recipient is an administrator.
    Admin,
    /// The recipient heard that it was their turn.
    Told,
    /// The recipient still has access until the moment that the message tells.
    Held,
    /// Nothing at all: it is sent even to somebody who is not active any more.
    Anyway,
}

/// A kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// As in the outbox.
    pub name: &'static str,
    /// For its recipient.
    pub label: &'static str,
    /// For administrators, who read of other people's messages.
    pub ledger: &'static str,
    /// For whom.
    pub audience: Audience,
    /// What must be true when it is sent.
    pub holds: While,
    /// Whether the organisation and the recipient may do without it.
    pub optional: bool,
}

const fn kind(name: &'static str, labels: [&'static str; 2], audience: Audience, holds: While, optional: bool) -> Kind {
    let [label, ledger] = labels;
    Kind { name, label, ledger, audience, holds, optional }
}

/// To an old address: it is not the account's any more.
pub const ADDRESS_CHANGED: &str = "address_changed";

/// Every kind, in the order in which people are asked about them. Kinds that retired stay readable in the ledger.
pub const KINDS: &[Kind] = &[
    kind("admin_request_submitted", ["A request was submitted", "New request"], Audience::Admins, While::Open, true),
    kind(
        "admin_turn",
        ["It is the administrators' turn", "Turn of the administrators"],
        Audience::Admins,
        While::Turn,
        true,
    ),
    kind(
        "request_missing_data",
        ["Nobody can approve a request", "Nobody can approve a request"],
        Audience::Admins,
        While::Open,
        true,
    ),
    kind("request_error", ["Giving access failed", "Giving access failed"], Audience::Admins, While::Open, true),
    kind(
        "revoke_failed",
        ["Taking access back failed", "Taking access back failed"],
        Audience::Admins,
        While::Admin,
        true,
    ),
    kind(
        "target_differs",
        ["A target differs from what was granted", "Target differs"],
        Audience::Admins,
        While::Admin,
        true,
    ),
    kind("channel_off", ["A channel was switched off", "Channel switched off"], Audience::Admins, While::Admin, true),
    kind(
        "approver_request_submitted",
        ["It is my turn to approve", "Turn to approve"],
        Audience::Approvers,
        While::Turn,
        true,
    ),
    kind(
        "reminder",
        ["A request still waits for me", "Reminder of a waiting request"],
        Audience::Approvers,
        While::Turn,
        true,
    ),
    kind("request_decided", ["Somebody else decided", "Somebody else decided"], Audience::Approvers, While::Told, true),
    kind(
        "request_overridden",
        ["An administrator decided over me", "An administrator decided over the approvers"],
        Audience::Approvers,
        While::Always,
        true,
    ),
    kind(
        "digest",
        ["Once a day: what waits for me", "Daily list of what waits"],
        Audience::Approvers,
        While::Always,
        true,
    ),
    kind("request_received", ["My request was received", "Request received"], Audience::Requester, While::Always, true),
    kind("request_approved", ["My request was granted", "Request granted"], Audience::Requester, While::Always, true),
    kind("request_denied", ["My request was denied", "Request denied"], Audience::Requester, While::Always, true),
    kind(
        "request_delayed",
        ["Giving me access is delayed", "Giving access is delayed"],
        Audience::Requester,
        While::Always,
        true,
    ),
    kind("request_expired", ["My request expired", "Request expired"], Audience::Requester, While::Always, true),
    kind("request_canceled", ["My request was canceled", "Request canceled"], Audience::Requester, While::Always, true),
    kind("access_ending", ["My access ends soon", "Access ends soon"], Audience::Requester, While::Held, true),
    kind("access_revoked", ["My access was revoked", "Access revoked"], Audience::Requester, While::Always, true),
    kind("invitation", ["Invitation", "Invitation"], Audience::Anybody, While::Always, false),
    kind("password_reset", ["New password", "New password"], Audience::Anybody, While::Always, false),
    kind(
        ADDRESS_CHANGED,
        ["My address was changed", "Address changed, told to the old one"],
        Audience::Anybody,
        While::Anyway,
        false,
    ),
];

/// The kind of a name; nothing for kinds that retired.
#[must_use]
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The orders of need ([`need`]), the first to be sent first.
pub const NEEDS: [i16; 3] = [0, 1, 2];

/// In which order messages of a kind are sent when many are due: who stands at the door comes first (0), what is said as well some
/// time later comes last (2).
#[must_use]
pub fn need(kind: &str) -> i16 {
    match kind {
        "invitation" | "password_reset" | ADDRESS_CHANGED => 0,
        "reminder" | "digest" | "access_ending" | "request_decided" | "request_overridden" => 2,
        _ => 1,
    }
}

/// What a person wants to hear.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Kinds that the person does without.
    pub silent: Vec<String>,
    /// One list a day in the place of a message for each request.
    pub digest: bool,
}

impl Preferences {
    /// Whether the person wants a kind, each as its own message.
    #[must_use]
    pub fn wants(&self, kind: &Kind) -> bool {
        !kind.optional || !self.silent.iter().any(|silent| silent == kind.name)
    }

    /// Whether a kind goes into the daily list in the place of a message.
    #[must_use]
    pub fn bundles(&self, kind: &Kind) -> bool {
        self.digest && kind.holds == While::Turn
    }
}

#[cfg(test)]
mod tests {
    use super::{Audience, KINDS, NEEDS, Preferences, find, need};
    use std::collections::BTreeSet;

    #[test]
    fn each_kind_has_its_order_of_need() {
        assert!(KINDS.iter().all(|kind| NEEDS.contains(&need(kind.name))));
        assert!(KINDS.iter().all(|kind| (need(kind.name) == NEEDS[0]) == (kind.audience == Audience::Anybody)));
        assert!(need("approver_request_submitted") < need("reminder"));
    }

    #[test]
    fn each_kind_has_one_name() {
        assert_eq!(KINDS.iter().map(|kind| kind.name).collect::<BTreeSet<_>>().len(), KINDS.len());
    }

    #[test]
    fn what_gets_people_in_cannot_be_done_without() {
        let all = Preferences { silent: KINDS.iter().map(|kind| kind.name.to_owned()).collect(), digest: true };
        let wanted: Vec<_> = KINDS.iter().filter(|kind| all.wants(kind)).map(|kind| kind.name).collect();
        assert_eq!(wanted, ["invitation", "password_reset", "address_changed"]);
    }

    #[test]
    fn the_daily_list_takes_the_place_of_turns_only() {
        let digest = Preferences { digest: true, ..Preferences::default() };
        let bundled: Vec<_> = KINDS.iter().filter(|kind| digest.bundles(kind)).map(|kind| kind.name).collect();
        assert_eq!(bundled, ["admin_turn", "approver_request_submitted", "reminder"]);
        assert!(find("sent_by_pigeon").is_none());
    }
}
