//! The words for what the rules call by codes; one spelling everywhere.

use domain::catalog::Access;
use domain::flow::{ApproverKind, Required};
use domain::request::{ApprovalType, CancelCause, Doubt, ErrorCause, Lane, Status};
use domain::time::Span;
use domain::view::{QueueRow, Unconfirmed};

/// A status, as on a badge.
#[must_use]
pub const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Pending => "Pending",
        Status::Approved => "Approved",
        Status::Denied => "Denied",
        Status::Canceled => "Canceled",
        Status::Error => "Error",
        Status::Expired => "Expired",
        Status::MissingData => "Missing Data",
    }
}

/// A tab.
#[must_use]
pub const fn lane_word(lane: Lane) -> &'static str {
    match lane {
        Lane::Administrator => "Administrator",
        Lane::Others => "Others",
    }
}

/// An approval type.
#[must_use]
pub const fn type_word(kind: ApprovalType) -> &'static str {
    match kind {
        ApprovalType::Manual => "Manual",
        ApprovalType::Automatic => "Automatic",
    }
}

/// A kind of approvers.
#[must_use]
pub const fn approver_word(kind: ApproverKind) -> &'static str {
    match kind {
        ApproverKind::Administrator => "Administrator",
        ApproverKind::Manager => "Requester's manager",
        ApproverKind::Owner => "Resource owner",
        ApproverKind::Group => "User group",
        ApproverKind::People => "Named people",
    }
}

/// How many must agree, of how many.
#[must_use]
pub fn required_words(required: Required) -> String {
    match required {
        Required::Any => "any one".to_owned(),
        Required::All => "all".to_owned(),
        Required::AtLeast(count) => format!("{count} of them"),
    }
}

/// A span in words: `30 days`, `8 hours`, `1 day 12 hours`.
#[must_use]
pub fn span_words(span: Span) -> String {
    let minutes = span.as_minutes();
    let parts = [(minutes / 1440, "day"), (minutes / 60 % 24, "hour"), (minutes % 60, "minute")];
    let words: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    words.join(" ")
}

/// The durations that a decider chooses from: the flow's own, and shorter ones.
#[must_use]
pub fn offered_spans(access: &Access, longest: Span) -> Vec<Span> {
    let mut spans = match access {
        Access::Choices(spans) => spans.clone(),
        Access::Fixed(_) | Access::Permanent => vec![longest],
    };
    for days in [1, 7, 30, 90] {
        let span = Span::days(days);
        if span < longest && !spans.contains(&span) {
            spans.push(span);
        }
    }
    spans.sort_unstable();
    spans
}

/// What is said of a request whose time runs out over a weekend.
pub const UNREMINDED: &str = "Nobody is reminded before: what is left of its time lies outside of working hours.";

/// Who blocks a request now.
#[must_use]
pub fn waits_on(row: &QueueRow) -> String {
    let Some(on) = &row.waiting_on else { return "others".to_owned() };
    if on.name.is_empty() { approver_word(on.kind).to_lowercase() } else { on.name.clone() }
}

/// Why a grant failed, as a person understands it.
#[must_use]
pub fn cause_words(cause: &ErrorCause) -> String {
    match cause {
        ErrorCause::GroupGone => "The group that gives this access no longer exists.".to_owned(),
        ErrorCause::GroupInactive => {
            "The group that gives this access is inactive. Activate it, then retry.".to_owned()
        }
        ErrorCause::ConnectorOff(name) => format!("The connector {name} is switched off. Switch it on, then retry."),
        ErrorCause::Target(said) => format!("The target refused: {said}"),
        ErrorCause::Unreachable(said) => format!("The target could not be reached, as often as it was tried: {said}"),
        ErrorCause::Unconfirmed(said) => format!("Could not be confirmed: {said}"),
    }
}

/// That a grant failed, as everybody but an administrator reads it: what a target answers is not for them.
pub const FAILED: &str = "Granted, but giving the access failed; the administrators know.";

/// That nobody can pass a step, as everybody but an administrator reads it.
pub const STUCK: &str = "Nobody can approve it as things stand; the administrators know.";

/// Why a request was canceled.
#[must_use]
pub const fn cancel_words(cause: CancelCause) -> &'static str {
    match cause {
        CancelCause::FlowDeleted => "its approval flow was deleted",
        CancelCause::ResourceRemoved => "the resource was removed",
        CancelCause::BeneficiaryRemoved => "the person left",
        CancelCause::Withdrawn => "the requester withdrew it",
    }
}

/// Why what the approvers agreed to has to be confirmed, and what becomes of it.
#[must_use]
pub fn unconfirmed_words(why: &Unconfirmed) -> String {
    let person = &why.person;
    let cause = match why.doubt {
        Doubt::Directory(_) => format!(
            "{person}, who has a part in this request, changed who has to agree. Without that change somebody else would still be asked."
        ),
        Doubt::Address(_) => {
            format!("{person} approved this after somebody who has a part in the request had changed their address.")
        }
    };
    let next = if why.others == 0 {
        "Nobody could do this now: it waits for another administrator, or expires."
    } else {
        "An administrator who has no part in it confirms by granting, or denies."
    };
    format!("Needs confirmation. {cause} {next}")
}

/// Why messages do not go out.
#[cfg(feature = "ssr")]
#[must_use]
pub fn degraded_words(degraded: &services::deliveries::Degraded) -> String {
    let what = match &degraded.channel {
        Some(name) => format!("Messages to the channel {name} do not arrive"),
        None => "Mail does not go out".to_owned(),
    };
    let since = super::time::absolute(degraded.since);
    match &degraded.cause {
        Some(cause) => format!("{what}: the oldest waits since {since}. The last attempt said: {}", said(cause)),
        None => format!("{what}: the oldest waits since {since} and was not tried yet."),
    }
}

/// How targets differ from what should be, if they do.
#[cfg(feature = "ssr")]
#[must_use]
pub fn differing_words(differing: services::targets::Differing) -> Option<String> {
    let many = |n: i64, one: &str, more: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {more}")),
    };
    let parts: Vec<String> = [
        many(
            differing.remaining,
            "access that has ended could not be taken back in its target, or not be confirmed to be gone",
            "accesses that have ended could not be taken back in their targets, or not be confirmed to be gone",
        ),
        many(differing.missing, "access is missing in its target", "accesses are missing in their targets"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| format!("{}.", parts.join("; ")))
}

/// What a connection said when it failed, without the number that the operating system has for it.
#[cfg(feature = "ssr")]
#[must_use]
pub fn said(cause: &str) -> &str {
    cause.split_once(" (os error ").map_or(cause, |(words, _)| words)
}

/// The state of a message, for people.
#[must_use]
pub fn message_state_word(state: &str) -> &str {
    match state {
        "waiting" => "Waiting",
        "delivered" => "Delivered",
        "dead" => "Failed for good",
        "suppressed" => "Not sent",
        other => other,
    }
}

/// A kind of message, or an event that a channel is told of, as administrators read of it.
#[must_use]
pub fn message_word(kind: &str) -> String {
    domain::message::find(kind).map_or_else(|| sentence(kind), |kind| kind.ledger.to_owned())
}

/// A name with underscores as words.
fn sentence(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::said;

    #[test]
    fn what_a_connection_said_is_for_people() {
        assert_eq!(said("Connection refused (os error 111)"), "Connection refused");
        assert_eq!(said("550 no such user"), "550 no such user");
    }
}
