//! Identities. They are made by the server only (`UUIDv7`) and never accepted from a client as a right.

use serde::{Deserialize, Serialize};
use std::fmt;
pub use uuid::Error as ParseError;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = ParseError;
            fn from_str(text: &str) -> Result<Self, ParseError> {
                text.parse().map(Self)
            }
        }
        impl $name {
            /// A readable id for tests and examples; never used for stored data.
            #[must_use]
            pub const fn example(n: u128) -> Self {
                Self(Uuid::from_u128(n))
            }
        }
    )+};
}

ids! {
    /// A person of the directory. Never reused, never changed by a rename.
    PersonId;
    /// A group. A group that is deleted and made again has another id, so no right is carried over.
    GroupId;
    /// A resource.
    ResourceId;
    /// An approval flow, over all its versions.
    FlowId;
    /// One version of an approval flow.
    FlowVersionId;
    /// One grant.
    GrantId;
    /// One message of the outbox; constant over attempts.
    MessageId;
    /// A connector, which carries grants out in another system.
    ConnectorId;
    /// One call to a target; constant over attempts.
    CallId;
    /// A channel, which tells another system of events.
    ChannelId;
}

/// The number of a request: its identity, and the name people use for it. Counted from 1, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestNumber(pub i64);

impl fmt::Display for RequestNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
