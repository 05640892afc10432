//! The one error that crosses the wire: public codes and facts, never internals.

use crate::wire::JsonText;
use domain::request::{Announced, Refusal};
use domain::time::Timestamp;
use domain::validate::{FieldCode, FieldError};
use domain::view::QueueRow;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum AppError {
    /// There is no live session: 401.
    Unauthenticated,
    /// The session ended before a form was sent: 401.
    SessionOver,
    /// The session ended before a form was sent, and nobody can tell whose text it holds: 401.
    NothingKept,
    /// Logged in again after that; nothing is wrong: 200.
    LoggedInAgain,
    /// Made for another person than the one who is logged in: 409.
    OtherPerson {
        /// Email of the person for whom the page was made.
        made_for: String,
        /// Email of the person who is logged in.
        logged_in: String,
    },
    /// Not allowed: 403.
    Forbidden,
    /// Sent by a page of another site, or by nobody knows whom: 403.
    CrossSite,
    /// Not there: 404.
    NotFound,
    /// Fields that cannot be accepted: 422.
    Invalid {
        /// Which, and why.
        fields: Vec<FieldError>,
    },
    /// The rules refuse it: 403 or 409.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The request as it now is.
        row: Option<Box<QueueRow>>,
        /// Who decided.
        decided_by: Option<String>,
        /// When.
        decided_at: Option<Timestamp>,
    },
    /// Too many tries: 429.
    TooMany {
        /// Seconds to wait.
        seconds: u64,
    },
    /// Could not be understood: 400.
    Malformed,
    /// A body of another type than is read here: 415.
    WrongType,
    /// A body that is too large: 413.
    TooLarge {
        /// Largest size in KiB; 0 when it is not known any more.
        kib: usize,
    },
    /// Not now: 503.
    Unavailable,
    /// A defect, with the number under which the log has it: 500.
    Internal {
        /// Incident id.
        incident: String,
    },
}

impl AppError {
    /// Somebody saved it meanwhile.
    #[must_use]
    pub const fn changed() -> Self {
        Self::Refused { refusal: Refusal::Changed, decided_by: None, decided_at: None, row: None }
    }

    /// The status of the HTTP contract (`trust.md` 2.4).
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Unauthenticated | Self::SessionOver | Self::NothingKept => 401,
            Self::LoggedInAgain => 200,
            Self::Forbidden
            | Self::CrossSite
            | Self::Refused {
                refusal:
                    Refusal::OwnRequest
                    | Refusal::LetIn
                    | Refusal::Readdressed
                    | Refusal::NotAdmin
                    | Refusal::NotApprover
                    | Refusal::NotRequester,
                ..
            } => 403,
            Self::NotFound => 404,
            Self::OtherPerson { .. } | Self::Refused { .. } => 409,
            Self::Invalid { .. } => 422,
            Self::TooMany { .. } => 429,
            Self::Malformed => 400,
            Self::WrongType => 415,
            Self::TooLarge { .. } => 413,
            Self::Unavailable => 503,
            Self::Internal { .. } => 500,
        }
    }

    /// What to tell the person.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::SessionOver => "Your session has ended. Log in again; what you typed is kept.".to_owned(),
            Self::NothingKept => {
                "Your session has ended. Log in again; what you typed could not be kept: it cannot be told whose it is."
                    .to_owned()
            }
            Self::OtherPerson { made_for, logged_in } => {
                format!("This was made for {made_for}, and {logged_in} is logged in now. Nothing was done.")
            }
            Self::LoggedInAgain => {
                "You are logged in again. What you typed is here; send it when it is right.".to_owned()
            }
            Self::Unauthenticated => "Your session has ended. Log in again; what you typed is kept.".to_owned(),
            Self::Forbidden => "You may not do this.".to_owned(),
            Self::CrossSite => "This was not sent by a page of Doorward, so nothing was done.".to_owned(),
            Self::NotFound => "There is no such thing, or you may not see it.".to_owned(),
            Self::Invalid { .. } => "Please look at the marked fields.".to_owned(),
            Self::Refused { refusal, decided_by, decided_at, row } => {
                refused(refusal, decided_by.as_deref(), *decided_at, row.as_deref())
            }
            Self::TooMany { seconds } => format!("Too many tries. Wait {seconds} seconds and try again."),
            Self::Malformed => "This could not be understood.".to_owned(),
            Self::WrongType => "This type of content is not read here.".to_owned(),
            Self::TooLarge { kib: 0 } => "This is too large.".to_owned(),
            Self::TooLarge { kib } => format!("This is too large: at most {kib} KiB."),
            Self::Unavailable => {
                "The database cannot be reached right now. Nothing was done; try again in a moment.".to_owned()
            }
            Self::Internal { incident } => format!("Something went wrong on our side. Incident {incident}."),
        }
    }
}

fn refused(refusal: &Refusal, by: Option<&str>, at: Option<Timestamp>, row: Option<&QueueRow>) -> String {
    use crate::ui::words::status_word;
    use domain::request::Verdict;
    match refusal {
        Refusal::OwnRequest => "You cannot decide on your own request, whatever role you have.".to_owned(),
        Refusal::LetIn => "You got in by a link that the requester showed you, so your word does not count on their requests. Set a new password by a link in your mail first.".to_owned(),
        Refusal::Readdressed => "The requester changed your address within the last 30 days: another administrator has to do this.".to_owned(),
        Refusal::NotAdmin => "Only administrators may do this.".to_owned(),
        Refusal::NotApprover => "You are not an approver of this request.".to_owned(),
        Refusal::NotYourTurn => "Another step has to be passed first.".to_owned(),
        Refusal::NotRequester => "Only the requester may do this.".to_owned(),
        Refusal::Ended(status) => {
            let word = status_word(*status);
            let when = at.map(|at| format!(" on {}", crate::ui::time::absolute(at))).unwrap_or_default();
            by.map_or_else(
                || format!("Too late: the request is {word}{}.", when.replacen(" on", " since", 1)),
                |by| format!("Too late: {by} decided{when}. The request is {word}."),
            )
        }
        Refusal::NotNow(status) => format!("This cannot be done while the request is {}.", status_word(*status)),
        Refusal::Changed => {
            let Some(row) = row else { return "Somebody changed this meanwhile. Look again.".to_owned() };
            let now = status_word(row.status);
            format!("Somebody acted on this request since you opened it ({now} now). Look again before you decide.")
        }
        Refusal::OtherEffect(now) => other_effect(*now).to_owned(),
        Refusal::InFlight => "The access is being granted right now.".to_owned(),
        Refusal::Expired => "Too late: the request has expired.".to_owned(),
        Refusal::Voted(Verdict::Approve) => "You have approved this request already.".to_owned(),
        Refusal::Voted(Verdict::Deny) => "You have denied this request already.".to_owned(),
        Refusal::ReasonRequired => "A denial needs a reason.".to_owned(),
        Refusal::CommentRequired => "An overriding grant needs a comment here.".to_owned(),
        Refusal::DurationNotAllowed => "The flow does not allow this duration.".to_owned(),
        Refusal::DurationNotYet => DURATION_NOT_YET.to_owned(),
    }
}

/// Why a duration is not taken from an approval that is not the last.
const DURATION_NOT_YET: &str =
    "More approvals are needed after this one: whoever approves last chooses how long the access lasts.";

/// What an act would do now, in the place of what its screen announced.
const fn other_effect(now: Announced) -> &'static str {
    match now {
        Announced::Step => {
            "This changed while the screen was open: more approvals are needed after yours now, so it would not end the request. \
             Nothing was done. Read what it does now, then send it again or cancel."
        }
        Announced::Last => {
            "This changed while the screen was open: yours would be the last word now, and end the request at once. Nothing was \
             done. Read what it does now, choose how long the access lasts where that is asked, then send it again or cancel."
        }
        Announced::Override => {
            "This changed while the screen was open: it would override the approvers now. Nothing was done. Read what it does now, \
             then send it again or cancel."
        }
    }
}

/// What a reason must contain, explained by an example.
#[must_use]
pub fn must_contain(pattern: &str) -> String {
    let anything = if pattern.contains('*') { ", * for anything" } else { "" };
    let number = if pattern.contains('#') { "# stands for a number" } else { "" };
    let signs = format!("{number}{anything}");
    let signs = signs.trim_start_matches(", ");
    if signs.is_empty() {
        return format!("Must contain {pattern}.");
    }
    format!("Must contain {pattern} ({signs}), as in {}.", domain::pattern::example(pattern))
}

/// What to say beside a field.
#[must_use]
pub fn field_sentence(code: &FieldCode, field: &str) -> String {
    match code {
        FieldCode::Required if field == "reason" => "Write why, so that others know what to do next.".to_owned(),
        FieldCode::Required => "Please fill this in.".to_owned(),
        FieldCode::TooLong(max) => format!("Too long: at most {max} characters."),
        FieldCode::TooManyBytes(max) => {
            format!("Too long: its characters take more room than others, and more than the {max} bytes there are.")
        }
        FieldCode::TooShort(min) => format!("Too short: at least {min} characters."),
        FieldCode::ControlCharacter => "Contains characters that cannot be seen; type it anew.".to_owned(),
        FieldCode::Malformed if matches!(field, "email" | "sender" | "person" | "member") => {
            "This is not an email address.".to_owned()
        }
        FieldCode::Malformed => "This is not of the expected form.".to_owned(),
        FieldCode::Unknown if matches!(field, "manager" | "member" | "person" | "requester" | "sample") => {
            "Nobody has this address.".to_owned()
        }
        FieldCode::Unknown => "There is no such thing.".to_owned(),
        FieldCode::UnknownField => "This field is not known here.".to_owned(),
        FieldCode::NotAllowed if field == "person" => {
            "They ask for it themselves, so they cannot approve it.".to_owned()
        }
        FieldCode::NotAllowed if field == "link" => {
            "A link is shown only while mail goes to files, for somebody who never logged in, has no password and is no administrator.".to_owned()
        }
        FieldCode::NotAllowed => "The flow does not allow this.".to_owned(),
        FieldCode::NotYet => DURATION_NOT_YET.to_owned(),
        FieldCode::Pattern(pattern) => must_contain(pattern),
        FieldCode::Regex(meant) => {
            let instead = if meant.is_empty() { String::new() } else { format!(" Write {meant} instead.") };
            format!(
                "This looks like a regular expression. Here # stands for a number and * for anything; every other sign stands for \
                 itself.{instead}"
            )
        }
        FieldCode::NoExample(pattern) => format!("This would be refused: it does not contain {pattern}."),
        FieldCode::AlreadyHeld => "You have this already.".to_owned(),
        FieldCode::TypeAgain => {
            "The address leads to another server: type the secrets again, as what is kept goes nowhere else.".to_owned()
        }
        FieldCode::Mismatch => "The two passwords differ.".to_owned(),
        FieldCode::NotTheName => {
            "This is not its name. Capitals, accents and the kind of hyphens, apostrophes and spaces do not matter."
                .to_owned()
        }
        FieldCode::SigningKey => "A signing key is whsec_ and the base64 of at least 24 random bytes.".to_owned(),
        FieldCode::NoKey => {
            "Nothing was saved: this server has no key to seal secrets under. Set DOORWARD_KEY on every server \
            (doorward key new prints one), start them again, and save again."
                .to_owned()
        }
        FieldCode::PrivateTarget => {
            "This address is not public. The operator can allow it with DOORWARD_ALLOW_TARGETS.".to_owned()
        }
        FieldCode::NotOfResource => "This group does not give the resource.".to_owned(),
        FieldCode::Zone => "There is no such time zone. Write it as in Europe/Berlin.".to_owned(),
        FieldCode::Image => "This is not an image that can be shown: PNG, JPEG, WebP or GIF.".to_owned(),
        FieldCode::TooLarge(kib) => format!("Too large: at most {kib} KiB."),
        FieldCode::ChangedMeanwhile => {
            "Somebody saved this while you edited it. What you typed is still here; save again to write it over theirs."
                .to_owned()
        }
        FieldCode::TooCommon => "Too easy to guess.".to_owned(),
        FieldCode::Wrong => "This is not your current password.".to_owned(),
        FieldCode::Taken if field == "email" => "Somebody has this address already.".to_owned(),
        FieldCode::Taken => "This name is taken.".to_owned(),
        FieldCode::NoApprovers => "Name at least one person who can approve.".to_owned(),
        FieldCode::AboveMembers(0) => "Nobody is in it: no count can be reached.".to_owned(),
        FieldCode::AboveMembers(members) => format!("Only {members} could approve; ask for at most that many."),
        FieldCode::Duration => {
            "Write durations in ISO 8601, such as PT8H, P1D, P2W: weeks, days, hours, minutes, at most ten years."
                .to_owned()
        }
        FieldCode::Link => "A link begins with https:// (or http:// on loopback).".to_owned(),
        FieldCode::Colour => "A colour is written #rgb or #rrggbb.".to_owned(),
        FieldCode::Cycle => "This would make somebody their own manager.".to_owned(),
        FieldCode::LastAdmin => "This is the last active administrator; make another one first.".to_owned(),
        FieldCode::Range(low, high) => format!("Choose a number from {low} to {high}."),
        FieldCode::UnknownName(name) => format!("There is no {name}."),
        FieldCode::InUse => "It is used, so it stays: see where below.".to_owned(),
        FieldCode::JoinedBy(flow) => format!("The flow {flow} joins a group that is not here; change the flow first."),
        FieldCode::Ambiguous => "Several fit; choose one.".to_owned(),
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonText;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            #[cfg(feature = "ssr")]
            ServerFnErrorErr::Args(said) | ServerFnErrorErr::Deserialization(said) => {
                crate::wire::refused_field(&said).map_or(Self::Malformed, |field| Self::Invalid { fields: vec![field] })
            }
            #[cfg(not(feature = "ssr"))]
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::Deserialization(_) => Self::Malformed,
            ServerFnErrorErr::MissingArg(_) => Self::Malformed,
            ServerFnErrorErr::Request(_) => Self::Unavailable,
            _ => Self::Internal { incident: String::new() },
        }
    }
}

#[cfg(feature = "ssr")]
impl From<services::Error> for AppError {
    fn from(error: services::Error) -> Self {
        match error {
            services::Error::NotFound => Self::NotFound,
            services::Error::Unauthenticated => Self::Unauthenticated,
            services::Error::Forbidden => Self::Forbidden,
            services::Error::Invalid(fields) => Self::Invalid { fields },
            services::Error::Refused(refusal, late) => {
                let late = late.map(|late| *late);
                Self::Refused {
                    refusal,
                    decided_by: late.as_ref().and_then(|late| late.decided_by.clone()),
                    decided_at: late.as_ref().and_then(|late| late.decided_at),
                    row: late.map(|late| Box::new(late.row)),
                }
            }
            services::Error::TooMany(seconds) => Self::TooMany { seconds },
            services::Error::Unavailable => Self::Unavailable,
            services::Error::Internal(cause) => {
                let incident = services::incident();
                tracing::error!(%incident, %cause, "internal error");
                Self::Internal { incident }
            }
        }
    }
}
