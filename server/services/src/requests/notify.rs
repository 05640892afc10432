//! Who is told what: messages into the outbox, in the transaction of the change.

use super::Around;
use crate::Result;
use crate::reminders::REMINDER;
use domain::flow::ApproverKind;
use domain::ids::{MessageId, PersonId, RequestNumber};
use domain::people::Actor;
use domain::request::{DecisionKind, Notice, State, Transition, Vote};
use serde::Serialize;
use store::Session;
use store::outbox::Message;
use store::requests::{Change, Loaded};

/// Somebody asked: for administrators whose turn it is not.
pub(super) const SUBMITTED: &str = "admin_request_submitted";
/// It is the administrators' turn.
pub(crate) const ADMIN_TURN: &str = "admin_turn";
/// It is an assigned approver's turn.
pub(crate) const APPROVER_TURN: &str = "approver_request_submitted";
/// An administrator decided over the recipient.
const OVERRIDDEN: &str = "request_overridden";
/// Giving the access failed: for administrators, with the cause.
const FAILED: &str = "request_error";

/// What every message about a request says of it. Never a secret, never internal notes.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Subject {
    request: RequestNumber,
    #[serde(skip)]
    requester_id: PersonId,
    #[serde(skip)]
    kinds: Vec<ApproverKind>,
    #[serde(skip)]
    ended: bool,
    /// It was in error before: who waits for it knows.
    #[serde(skip)]
    was_error: bool,
    /// What failed was to take the access back, before a denial.
    undo: bool,
    status: &'static str,
    requester: String,
    resource: String,
    flow: String,
    reason: String,
    submitted_at: i64,
    expires_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_steps: Option<String>,
    overridden: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_ends_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<domain::request::ErrorCause>,
}

impl Subject {
    pub(super) fn new(loaded: &Loaded, change: &Change<'_>, transition: &Transition) -> Self {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        let end = change.decision.as_ref();
        Self {
            request: loaded.request.number,
            requester_id: loaded.request.requester,
            kinds: loaded.request.definition.steps.iter().map(|step| step.approvers.kind()).collect(),
            ended: transition.state.status().is_terminal(),
            was_error: matches!(loaded.request.state, State::Error { .. }),
            undo: matches!(&transition.state, State::Error { attempt, .. } if attempt.decision.kind == DecisionKind::Deny),
            status: transition.state.status().as_str(),
            requester: loaded.requester_name.clone(),
            resource: loaded.resource_name.clone(),
            flow: loaded.flow_name.clone(),
            reason: loaded.reason.clone(),
            submitted_at: loaded.request.submitted_at.0,
            expires_at: change.expires_at.0,
            decided_by: end.and_then(|end| some(&end.by)),
            decision_reason: end.and_then(|end| some(&end.reason)),
            next_steps: end.and_then(|end| some(&end.next_steps)),
            overridden: end.is_some_and(|end| end.overridden),
            access_ends_at: end.and_then(|end| end.access_ends_at).map(|at| at.0),
            error: match &transition.state {
                State::Error { attempt, .. } => Some(attempt.cause.clone()),
                _ => None,
            },
        }
    }
}

/// The messages of one transition.
pub(super) struct Messages<'a> {
    pub(super) around: &'a Around,
    pub(super) subject: &'a Subject,
    pub(super) acting: Option<&'a Actor>,
    /// Who decided, now or before it was carried out.
    pub(super) decider: Option<PersonId>,
    pub(super) votes: &'a [Vote],
    /// After a count: who was told before that it is their turn is not told again.
    pub(super) recount: bool,
}

impl Messages<'_> {
    /// Writes them. Nobody is told about their own act.
    pub(super) async fn write(
        &self,
        session: &mut Session,
        barred: &[PersonId],
        step: usize,
        notices: &[Notice],
    ) -> Result<()> {
        let mut messages = Vec::new();
        let payload = serde_json::to_value(self.subject).map_err(|error| crate::Error::Internal(error.to_string()))?;
        // What a target answered is for administrators.
        let mut bare = payload.clone();
        if let Some(facts) = bare.as_object_mut() {
            facts.remove("error");
        }
        let again = self.recount && notices.contains(&Notice::YourTurn);
        let mut told = Vec::new();
        for kind in [ADMIN_TURN, APPROVER_TURN] {
            if again {
                let known = store::outbox::told(session, self.subject.request, &[kind]).await?;
                told.extend(known.into_iter().map(|person| (person, kind)));
            }
        }
        for notice in notices {
            for (recipient, kind) in self.recipients(session, *notice, barred, step).await? {
                let known = *notice == Notice::YourTurn && told.contains(&(recipient, kind));
                if known || self.acting.is_some_and(|actor| actor.id == recipient) {
                    continue;
                }
                messages.push(Message {
                    id: MessageId(store::new_id()),
                    kind: kind.to_owned(),
                    request: Some(self.subject.request),
                    recipient,
                    payload: if *notice == Notice::Error && kind == FAILED { payload.clone() } else { bare.clone() },
                    not_before: None,
                });
            }
        }
        messages.extend(self.over(session, &messages, &bare).await?);
        Ok(store::outbox::insert_many(session, &messages).await?)
    }

    /// Those who were told that it is their turn hear that it is over, unless they did it or hear of it otherwise.
    async fn over(
        &self,
        session: &mut Session,
        others: &[Message],
        payload: &serde_json::Value,
    ) -> Result<Vec<Message>> {
        if !self.subject.ended {
            return Ok(Vec::new());
        }
        let number = self.subject.request;
        let told = store::outbox::told(session, number, &[ADMIN_TURN, APPROVER_TURN, REMINDER]).await?;
        let knows = if self.subject.overridden && !told.is_empty() {
            store::outbox::told(session, number, &[OVERRIDDEN]).await?
        } else {
            Vec::new()
        };
        let hears =
            |person: &PersonId| knows.contains(person) || others.iter().any(|message| message.recipient == *person);
        let did = |person: &PersonId| {
            self.acting.is_some_and(|actor| actor.id == *person)
                || self.decider == Some(*person)
                || self.votes.iter().any(|vote| vote.person == *person)
        };
        Ok(told
            .into_iter()
            .filter(|person| !hears(person) && !did(person))
            .map(|recipient| Message {
                id: MessageId(store::new_id()),
                kind: "request_decided".to_owned(),
                request: Some(self.subject.request),
                recipient,
                payload: payload.clone(),
                not_before: None,
            })
            .collect())
    }

    async fn recipients(
        &self,
        session: &mut Session,
        notice: Notice,
        barred: &[PersonId],
        step: usize,
    ) -> Result<Vec<(PersonId, &'static str)>> {
        let settings = &self.around.settings;
        let requester = |kind: &'static str| vec![(self.subject.requester_id, kind)];
        Ok(match notice {
            Notice::YourTurn if !settings.mail_approvers => Vec::new(),
            Notice::YourTurn => {
                if self.subject.kinds.get(step) == Some(&ApproverKind::Administrator) {
                    admins(session, barred, ADMIN_TURN).await?
                } else {
                    self.living(step, barred, APPROVER_TURN)
                }
            }
            Notice::Approved if settings.mail_decision => requester("request_approved"),
            Notice::Denied if settings.mail_decision => requester("request_denied"),
            Notice::Approved | Notice::Denied => Vec::new(),
            Notice::Expired => requester("request_expired"),
            Notice::Canceled => requester("request_canceled"),
            Notice::Overridden => self.overridden(step, barred),
            // Nobody else can: the organisation's choice to tell approvers does not ask about it.
            Notice::NeedsConfirmation => admins(session, barred, ADMIN_TURN).await?,
            Notice::MissingData => admins(session, barred, "request_missing_data").await?,
            Notice::Error => {
                let mut all = admins(session, barred, FAILED).await?;
                // After a denial the requester waits for nothing.
                if settings.mail_decision && !self.subject.was_error && !self.subject.undo {
                    all.push((self.subject.requester_id, "request_delayed"));
                }
                all
            }
        })
    }

    fn living(&self, step: usize, barred: &[PersonId], kind: &'static str) -> Vec<(PersonId, &'static str)> {
        let people = self.around.people.get(step).map_or(&[][..], |set| set.as_slice());
        people.iter().filter(|person| !barred.contains(&person.id)).map(|person| (person.id, kind)).collect()
    }

    /// Those whose turn it was and those who had voted, once each.
    fn overridden(&self, step: usize, barred: &[PersonId]) -> Vec<(PersonId, &'static str)> {
        let mut out = match self.subject.kinds.get(step) {
            None | Some(ApproverKind::Administrator) => Vec::new(),
            Some(_) => self.living(step, barred, OVERRIDDEN),
        };
        for vote in self.votes {
            if !out.iter().any(|(person, _)| *person == vote.person) {
                out.push((vote.person, OVERRIDDEN));
            }
        }
        out
    }
}

/// All active admins but those who are barred.
pub(super) async fn admins(
    session: &mut Session,
    barred: &[PersonId],
    kind: &'static str,
) -> Result<Vec<(PersonId, &'static str)>> {
    let admins = store::directory::people::admins(session).await?;
    Ok(admins.into_iter().filter(|admin| !barred.contains(&admin.id)).map(|admin| (admin.id, kind)).collect())
}
