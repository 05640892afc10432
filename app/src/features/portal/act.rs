//! What people do in the user portal. Each act is one use case.

use domain::request::{Announced, Verdict};
use std::collections::BTreeMap;

/// What a person does in the user portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortalAct {
    /// Ask for access.
    Submit {
        /// Under which flow; its id.
        flow: String,
        /// Why.
        reason: String,
        /// For how long, ISO 8601; empty when access is not timed.
        duration: String,
    },
    /// Take one's own request back.
    Withdraw {
        /// Which.
        number: i64,
    },
    /// Give access back before its time.
    GiveBack {
        /// Of which resource; its id.
        resource: String,
    },
    /// Vote as an assigned approver.
    Vote {
        /// On which request.
        number: i64,
        /// What.
        verdict: Verdict,
        /// Reason of a denial, comment of an approval.
        words: String,
        /// What the requester may do next.
        next_steps: String,
        /// For how long, ISO 8601; empty for what was asked.
        duration: String,
        /// What the screen said that the vote does.
        announced: Option<Announced>,
    },
}

impl PortalAct {
    /// Reads a form of the portal by its address and fields.
    #[must_use]
    pub fn from_form(path: &str, fields: &BTreeMap<String, String>) -> Option<Self> {
        let take = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let mut parts = path.strip_prefix("/portal/")?.split('/');
        match (parts.next()?, parts.next(), parts.next()) {
            ("requests", None, None) => {
                Some(Self::Submit { flow: take("flow"), reason: take("reason"), duration: take("duration") })
            }
            ("requests", Some(number), Some("withdraw")) => Some(Self::Withdraw { number: number.parse().ok()? }),
            ("applications", Some(resource), Some("give-back")) => {
                Some(Self::GiveBack { resource: resource.to_owned() })
            }
            ("approvals", Some(number), None) => {
                let verdict = Verdict::parse(&take("verdict"))?;
                let words = take(if verdict == Verdict::Deny { "reason" } else { "comment" });
                let (next_steps, duration) = (take("next_steps"), take("duration"));
                let announced = Announced::parse(&take("announced"));
                Some(Self::Vote { number: number.parse().ok()?, verdict, words, next_steps, duration, announced })
            }
            _ => None,
        }
    }

    /// The page on which the form stands.
    #[must_use]
    pub const fn home(&self) -> &'static str {
        match self {
            Self::Submit { .. } | Self::Withdraw { .. } => "/portal/requests",
            Self::GiveBack { .. } => "/portal",
            Self::Vote { .. } => "/portal/approvals",
        }
    }
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// In words.
    pub sentence: String,
    /// The request of one's own that it is about, to be shown.
    pub request: Option<i64>,
}

impl Done {
    fn said(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), request: None }
    }

    fn about(request: i64, sentence: String) -> Self {
        Self { sentence, request: Some(request) }
    }
}

/// Does it, and says what was done.
///
/// # Errors
/// As the use case.
pub async fn carry_out(
    services: &services::Services,
    actor: &domain::people::Actor,
    act: &PortalAct,
    origin: &services::Origin,
) -> services::Result<Done> {
    use domain::ids::{FlowId, RequestNumber};
    use services::requests::{Submit, Vote, submit, vote, withdraw};
    Ok(match act {
        PortalAct::Submit { flow, reason, duration } => {
            let flow: FlowId = flow.parse().map_err(|_| services::Error::NotFound)?;
            let given = Submit { flow, reason: reason.clone(), duration: duration.clone() };
            let done = submit(services, actor, &given, origin).await?;
            let number = done.number.0;
            let sentence = if done.existing {
                format!("You have an open request for this already: #{number}.")
            } else if let Some(resource) = done.given {
                format!("You have access to {resource} now: it is under Applications.")
            } else {
                format!("Request #{number} is on its way.")
            };
            Done::about(number, sentence)
        }
        PortalAct::Withdraw { number } => {
            withdraw(services, actor, RequestNumber(*number), origin).await?;
            Done::about(*number, format!("Request #{number} is withdrawn."))
        }
        PortalAct::GiveBack { resource } => {
            let resource = resource.parse().map_err(|_| services::Error::NotFound)?;
            services::grants::give_back(services, actor, resource, origin).await?;
            Done::said("It is given back.")
        }
        PortalAct::Vote { number, verdict, words, next_steps, duration, announced } => {
            let given = Vote {
                number: RequestNumber(*number),
                verdict: *verdict,
                comment: words.clone(),
                next_steps: next_steps.clone(),
                duration: duration.clone(),
                announced: *announced,
            };
            vote(services, actor, &given, origin).await?;
            let word = if *verdict == Verdict::Deny { "denied" } else { "approved" };
            Done::said(format!("You {word} request #{number}."))
        }
    })
}
