//! Settings of the organisation (`product.md` 5).

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
            demo: false,
        }
    }
}

impl Settings {
    /// Time without action after which a request expires (the seed: 30 days).
    #[must_use]
    pub const fn expiry(&self) -> Span {
        Span::days(self.expiry_days)
    }
}
