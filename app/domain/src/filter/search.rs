//! Search of the queue: requester name and email, resource, flow, reason, number, regardless of case and accents.

use crate::ids::RequestNumber;
use crate::request::{ApprovalType, Lane, Status};
use crate::text::fold;
use crate::time::Timestamp;

/// What a filter or a sort looks at. The folded columns are made once, at submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Number of the request.
    pub number: RequestNumber,
    /// Its tab.
    pub lane: Lane,
    /// Its status.
    pub status: Status,
    /// Its approval type.
    pub approval_type: ApprovalType,
    /// Email of the requester, lower case.
    pub requester_email: String,
    /// Folded name of the requester.
    pub requester_fold: String,
    /// Folded name of the resource.
    pub resource_fold: String,
    /// Everything that three or more letters are looked for in; see [`Facts::search_text`].
    pub search: String,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl Facts {
    /// The text that search looks in, one part a line so that nothing matches over the seam.
    #[must_use]
    pub fn search_text(
        number: RequestNumber,
        name: &str,
        email: &str,
        resource: &str,
        flow: &str,
        reason: &str,
    ) -> String {
        let number = number.to_string();
        [name, email, resource, flow, reason, &number].map(|part| fold(part).trim().to_owned()).join("\n")
    }
}

/// A search, folded and classified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// One or two letters: beginnings of name, email and number.
    Prefix(String),
    /// Three or more: anywhere.
    Anywhere(String),
}

impl Search {
    /// Folds what was typed; nothing when nothing is left. A leading `#` before digits is how people write numbers.
    #[must_use]
    pub fn new(typed: &str) -> Option<Self> {
        let folded = fold(typed.trim());
        let folded = folded.trim();
        let term = match folded.strip_prefix('#') {
            Some(rest) if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()) => rest,
            _ => folded,
        };
        match term.chars().count() {
            0 => None,
            1 | 2 => Some(Self::Prefix(term.to_owned())),
            _ => Some(Self::Anywhere(term.to_owned())),
        }
    }

    /// Whether a request is found.
    #[must_use]
    pub fn matches(&self, facts: &Facts) -> bool {
        match self {
            Self::Prefix(term) => {
                facts.requester_fold.starts_with(term)
                    || fold(&facts.requester_email).starts_with(term)
                    || facts.number.to_string().starts_with(term)
            }
            Self::Anywhere(term) => facts.search.contains(term),
        }
    }
}
