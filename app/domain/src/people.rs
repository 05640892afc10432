//! People, as the rules see them.

use crate::ids::PersonId;
use serde::{Deserialize, Serialize};

/// Who acts. Made from a live session by the server, never from anything a client says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The person.
    pub id: PersonId,
    /// Display name.
    pub name: String,
    /// Email address, the key of the directory.
    pub email: String,
    /// Whether the person is an admin now.
    pub admin: bool,
}

/// A person as named in a list of approvers or beside an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRef {
    /// The person.
    pub id: PersonId,
    /// Display name.
    pub name: String,
    /// Email address.
    pub email: String,
}
