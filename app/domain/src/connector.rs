//! Connectors: how a grant is carried out in another system (`product.md` 1, provisioning).

use crate::request::ErrorCause;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a connector speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorKind {
    /// Signed POSTs after the Standard Webhooks scheme.
    Webhook,
    /// Membership in a group of a SCIM 2.0 target (RFC 7644).
    Scim,
}

impl ConnectorKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Webhook, Self::Scim];

    /// Stable spelling in storage and forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Scim => "scim",
        }
    }

    /// Reads [`ConnectorKind::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What a call asks a target for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallAction {
    /// Carry a grant out; its result ends the flight of the request.
    Grant,
    /// Undo what a failed grant may have done, before a denial; its result ends the flight.
    Undo,
    /// Take access back; nothing waits for the result.
    Revoke,
    /// Give again what a live grant says should be there, because its group is given by another connector since, or was switched
    /// on again; nothing waits for the result.
    Restore,
}

impl CallAction {
    /// Every action.
    pub const ALL: [Self; 4] = [Self::Grant, Self::Undo, Self::Revoke, Self::Restore];

    /// Stable spelling in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Undo => "undo",
            Self::Revoke => "revoke",
            Self::Restore => "restore",
        }
    }

    /// Reads [`CallAction::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }

    /// Whether the person is to be a member afterwards.
    #[must_use]
    pub const fn gives(self) -> bool {
        matches!(self, Self::Grant | Self::Restore)
    }

    /// Whether its result ends the flight of a request.
    #[must_use]
    pub const fn ends_flight(self) -> bool {
        matches!(self, Self::Grant | Self::Undo)
    }
}

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallResult {
    /// Done, and confirmed: seen in the target, or acknowledged by the receiver of a webhook.
    Done,
    /// The target said yes, but whether it did it cannot be seen in any way that it knows; which were tried.
    Unconfirmed(String),
    /// The target said no: trying again would give the same.
    Refused(String),
    /// No answer, or a failure that may pass.
    Failed(String),
}

/// How it was seen that somebody is in a group of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seen {
    /// The target lists the members of the group.
    List,
    /// The target finds the group by its member.
    Filter,
    /// The target names the group with the person.
    Person,
    /// The receiver of a webhook said that it is done; nobody else can see it.
    Acknowledged,
}

impl Seen {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::List, Self::Filter, Self::Person, Self::Acknowledged];

    /// Stable spelling in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Filter => "filter",
            Self::Person => "person",
            Self::Acknowledged => "acknowledged",
        }
    }

    /// Reads [`Seen::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|seen| seen.as_str() == text)
    }
}

/// What is known of a membership in a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provisioned {
    /// It was asked for; the target has not been asked yet.
    Wanted,
    /// It is there: confirmed.
    Present,
    /// It may be there: a call failed, or its effect cannot be seen.
    Unconfirmed,
    /// It is not there: confirmed.
    Absent,
}

impl Provisioned {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Wanted, Self::Present, Self::Unconfirmed, Self::Absent];

    /// Stable spelling in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Present => "present",
            Self::Unconfirmed => "unconfirmed",
            Self::Absent => "absent",
        }
    }

    /// Reads [`Provisioned::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// What came of one attempt, and what was learnt of the target on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    /// What came of it.
    pub result: CallResult,
    /// The target's own id of the person, if it became known.
    pub person: Option<String>,
    /// The target's own id of the group, if it became known.
    pub group: Option<String>,
    /// How the person was seen in the group, if they were.
    pub seen: Option<Seen>,
}

impl From<&CallResult> for Attempted {
    fn from(result: &CallResult) -> Self {
        Self { result: result.clone(), person: None, group: None, seen: None }
    }
}

impl From<CallResult> for Attempted {
    fn from(result: CallResult) -> Self {
        Self { result, person: None, group: None, seen: None }
    }
}

impl From<&Self> for Attempted {
    fn from(attempted: &Self) -> Self {
        attempted.clone()
    }
}

/// An id that a target gave, if it can be kept as it is: without control characters, not longer than what is kept of its words.
/// One that is changed on the way would name somebody else.
#[must_use]
pub fn kept_id(id: &str) -> Option<&str> {
    let sane = !id.is_empty() && id.len() <= crate::text::WORDS_MAX && !id.chars().any(char::is_control);
    sane.then_some(id)
}

/// How often a call is tried before it is given up.
pub const CALL_TRIES: u32 = 5;

/// What follows from an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallNext {
    /// It is over: done, or not and why.
    Over(Result<(), ErrorCause>),
    /// It is tried again after so many seconds.
    Again(i64),
}

/// How often access is tried to be taken back: once an hour for three days after the first tries.
pub const REVOKE_TRIES: u32 = CALL_TRIES + 72;

/// What follows from the result of an attempt, after so many attempts in all: a refusal ends it, a failure is tried again
/// after 2, 10, 60 and 300 seconds. Then it is over, so that people see that it failed; only what takes access back goes on
/// once an hour, because nobody waits and the access must not stay. What cannot be confirmed is over at once, as another try would
/// show no more: a grant is in Error then, a denial takes effect, and what may be left is shown as not confirmed.
#[must_use]
pub fn after_attempt(action: CallAction, result: &CallResult, attempts: u32) -> CallNext {
    const WAITS: [i64; CALL_TRIES as usize - 1] = [2, 10, 60, 300];
    match result {
        CallResult::Done => CallNext::Over(Ok(())),
        CallResult::Unconfirmed(_) if action == CallAction::Undo => CallNext::Over(Ok(())),
        CallResult::Unconfirmed(said) => CallNext::Over(Err(ErrorCause::Unconfirmed(said.clone()))),
        CallResult::Refused(said) => CallNext::Over(Err(ErrorCause::Target(said.clone()))),
        CallResult::Failed(said) => {
            let wait = attempts.checked_sub(1).and_then(|done| WAITS.get(usize::try_from(done).unwrap_or(usize::MAX)));
            match wait {
                Some(seconds) => CallNext::Again(*seconds),
                None if action == CallAction::Revoke && attempts < REVOKE_TRIES => CallNext::Again(3600),
                None => CallNext::Over(Err(ErrorCause::Unreachable(said.clone()))),
            }
        }
    }
}

/// A range of addresses that an operator allows as targets, as `10.0.0.0/8`, `fd00::/8`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads a range or an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (text, None),
        };
        let base: IpAddr = address.parse().ok()?;
        let whole = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(whole);
        (bits <= whole).then_some(Self { base, bits })
    }

    /// Whether an address lies in the range.
    #[must_use]
    pub fn holds(self, address: IpAddr) -> bool {
        match (self.base, unmapped(address)) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.bits);
                shift == 32 || u32::from(base) >> shift == u32::from(address) >> shift
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.bits);
                shift == 128 || u128::from(base) >> shift == u128::from(address) >> shift
            }
            _ => false,
        }
    }
}

fn unmapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// Whether an address may be called: a public one, or one that the operator allows (`trust.md` A74, A75).
#[must_use]
pub fn may_call(address: IpAddr, allowed: &[Network]) -> bool {
    allowed.iter().any(|network| network.holds(address)) || is_public(address)
}

/// Whether an address is one of the public internet. Everything with another purpose in the registries of special addresses
/// (RFC 6890 and its updates) is not, and neither is what carries an IPv4 address inside (mapped, 6to4, NAT64, Teredo) unless
/// that one is public.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    !(a == 0
        || v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_multicast()
        || v4.is_broadcast()
        || v4.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240)
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let s = v6.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    if let Some(mapped) = v6.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    match s {
        // NAT64 (RFC 6052), 6to4 (RFC 3056).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)),
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Documentation, Teredo, ORCHID, benchmarking.
        [0x2001, 0xdb8, ..] | [0x2001, 0..=0x1ff, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Only global unicast is public.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}
