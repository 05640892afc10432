//! What the search, the filters and the sorts of the queue look at.

use crate::ids::{PersonId, RequestNumber};
use crate::request::{ApprovalType, Lane, Status};
use crate::search::keys;
use crate::time::Timestamp;

/// What a filter or a sort looks at. The folded names and the request's own keys are made once, at submission.
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
    /// The requester.
    pub requester: PersonId,
    /// Folded name of the requester.
    pub requester_fold: String,
    /// Folded name of the resource.
    pub resource_fold: String,
    /// The request's own keys; see [`Facts::search_text`].
    pub search: String,
    /// Keys of the name and the address that the requester has now; see [`Facts::person_text`].
    pub person: String,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl Facts {
    /// The keys that a search looks in: requester's name and email, number, resource, flow and reason, as frozen.
    #[must_use]
    pub fn search_text(
        number: RequestNumber,
        name: &str,
        email: &str,
        resource: &str,
        flow: &str,
        reason: &str,
    ) -> String {
        keys(&[name, email, &number.to_string()], &[resource, flow, reason])
    }

    /// The keys by which a person is found: name and email.
    #[must_use]
    pub fn person_text(name: &str, email: &str) -> String {
        keys(&[name, email], &[])
    }
}
