//! Settings of the organisation (`product.md` 5).

use crate::message::Kind;
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// The settings that rules and messages depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Off: users do not see Requests and cannot ask.
    pub requests_enabled: bool,
    /// Mail to admins and approvers on submission.
    pub mail_approvers: bool,
    /// Mail to the requester on receipt.
    pub mail_receipt: bool,
    /// Mail to the requester on decision.
    pub mail_decision: bool,
    /// Show approval progress to requesters.
    pub show_progress: bool,
    /// A comment is obligatory on an overriding grant.
    pub comment_on_override: bool,
    /// Days without action until a request expires.
    pub expiry_days: u32,
    /// From whom mail comes; the server's own address when empty.
    pub sender: String,
    /// Where people find help, shown in both portals.
    pub support_link: Option<String>,
    /// Kinds of messages that the organisation does without, beside those that have a switch of their own.
    pub silent: Vec<String>,
    /// Time zone of the organisation, as in `Europe/Berlin`; UTC when empty.
    pub timezone: String,
    /// Days on which reminders are sent: Monday is 1, Sunday 7.
    pub working_days: Vec<u8>,
    /// Minute of the day from which no reminder is sent.
    pub quiet_from: u16,
    /// Minute of the day from which reminders are sent again.
    pub quiet_to: u16,
    /// Whether this is a demo organisation, whose accounts the log-in page names.
    pub demo: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            requests_enabled: true,
            mail_approvers: true,
            mail_receipt: true,
            mail_decision: true,
            show_progress: true,
            comment_on_override: false,
            expiry_days: 30,
            sender: String::new(),
            support_link: None,
            silent: Vec::new(),
            timezone: String::new(),
            working_days: vec![1, 2, 3, 4, 5],
            quiet_from: 20 * 60,
            quiet_to: 7 * 60,
            demo: false,
        }
    }
}

impl Settings {
    /// Whether the organisation sends a kind of message.
    #[must_use]
    pub fn sends(&self, kind: &Kind) -> bool {
        let by_switch = match kind.name {
            "admin_request_submitted" | "admin_turn" | "approver_request_submitted" => self.mail_approvers,
            "request_received" => self.mail_receipt,
            "request_approved" | "request_denied" | "request_delayed" => self.mail_decision,
            _ => true,
        };
        !kind.optional || (by_switch && !self.silent.iter().any(|silent| silent == kind.name))
    }

    /// Time without action after which a request expires (the seed: 30 days).
    #[must_use]
    pub const fn expiry(&self) -> Span {
        Span::days(self.expiry_days)
    }
}
