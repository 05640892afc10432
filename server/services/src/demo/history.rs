//! Two years of requests: every status, votes by the people who may vote, decisions with reasons a person would write.

use super::company::{ADMINS, Company, DemoFlow};
use super::words::{COMMENTS, DENIALS, REASONS};
use domain::catalog::Access;
use domain::flow::{Approvers, Missing, needed};
use domain::ids::{MessageId, PersonId, RequestNumber};
use domain::request::{ApprovalType, Attempt, CancelCause, Decision, DecisionKind, ErrorCause, State, Verdict, Vote};
use domain::time::{Span, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, seq::IndexedRandom};
use std::collections::HashSet;
use store::bulk::History;
use store::requests::{Frozen, Waiting};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// Age from which nothing is open any more: well below the thirty days until expiry.
const OPEN_DAYS: i64 = 27;

/// How a request is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Approved,
    Denied,
    Canceled,
    Expired,
    Error,
    Overridden,
}

/// Tells one request after the other, oldest first.
pub(super) struct Teller<'c> {
    company: &'c Company,
    rng: &'c mut StdRng,
    now: Timestamp,
    count: i64,
    told: i64,
    open: HashSet<(usize, usize)>,
    longest: i64,
}

impl<'c> Teller<'c> {
    pub(super) fn new(company: &'c Company, rng: &'c mut StdRng, now: Timestamp, count: u64) -> Self {
        let count = i64::try_from(count).unwrap_or(i64::MAX).max(1);
        Self { company, rng, now, count, told: 0, open: HashSet::new(), longest: 30 * DAY }
    }

    /// The longest time between submission and expiry, in microseconds.
    pub(super) const fn longest_wait(&self) -> i64 {
        self.longest
    }

    pub(super) fn next(&mut self) -> History {
        self.told += 1;
        let age = 730 * DAY / self.count * (self.count - self.told)
            + self.rng.random_range(0..(730 * DAY / self.count).max(2)) / 2
            + 60_000_000;
        let age = self.staged_age(age);
        let submitted = Timestamp(self.now.0 - age);
        let staged = self.staged();
        let requester = staged.map_or_else(|| self.requester(), |_| 5);
        let flow_index = self.rng.random_range(0..self.company.flows.len());
        let flow_index = staged.unwrap_or(flow_index);
        let company = self.company;
        let flow = &company.flows[flow_index];
        let approvers = self.approvers(flow, requester);
        let mut fate = if staged.is_some() { Fate::Open } else { self.fate(age) };
        let missing = missing(flow, &approvers);
        let taken = self.open.contains(&(requester, flow.resource));
        if taken && matches!(fate, Fate::Open | Fate::Error) {
            fate = Fate::Canceled;
        }
        if flow.definition.approval_type == ApprovalType::Automatic {
            fate = if fate == Fate::Error { Fate::Error } else { Fate::Approved };
        } else if missing.is_some() && fate == Fate::Approved {
            fate = Fate::Overridden;
        } else if missing.is_some() && fate == Fate::Denied {
            fate = if age > 31 * DAY { Fate::Expired } else { Fate::Canceled };
        }
        if matches!(fate, Fate::Open | Fate::Error) {
            self.open.insert((requester, flow.resource));
        }
        let mut history = self.begin(requester, flow, submitted);
        self.happen(&mut history, flow, &approvers, missing, fate, age);
        history
    }

    /// The last requests of all are open, and so of the last days even when only a few are spread over two years.
    fn staged_age(&self, age: i64) -> i64 {
        let left = self.count - self.told;
        if left < 6 { age.min(left * 2 * DAY + 7 * 60_000_000) } else { age }
    }

    /// The last requests of all are the demo requester's, and wait on the demo manager, owner, member and admins, so that each
    /// account has something to do.
    const fn staged(&self) -> Option<usize> {
        match self.count - self.told {
            2 => Some(2),
            3 => Some(5),
            4 => Some(6),
            5 => Some(11),
            _ => None,
        }
    }

    fn requester(&mut self) -> usize {
        if self.told % 97 == 0 {
            return 5;
        }
        loop {
            let person = self.rng.random_range(6..self.company.people.len());
            if self.company.people[person].active {
                return person;
            }
        }
    }

    /// Indexes of those who may vote on each step, the requester taken out.
    fn approvers(&self, flow: &DemoFlow, requester: usize) -> Vec<Vec<usize>> {
        let company = self.company;
        let active = |person: &usize| *person != requester && company.people[*person].active;
        flow.definition
            .steps
            .iter()
            .map(|step| {
                let set: Vec<usize> = match &step.approvers {
                    Approvers::Administrator => ADMINS.to_vec(),
                    Approvers::Manager => company.managers[requester].into_iter().collect(),
                    Approvers::Owner => company.owners[flow.resource].clone(),
                    Approvers::Group { .. } => company.members[flow.approvers].clone(),
                    Approvers::People { people } => people
                        .iter()
                        .filter_map(|named| company.people.iter().position(|person| person.id == named.id))
                        .collect(),
                };
                set.into_iter().filter(active).collect()
            })
            .collect()
    }

    fn fate(&mut self, age: i64) -> Fate {
        let roll = self.rng.random_range(0..1000);
        if age < OPEN_DAYS * DAY {
            return match roll {
                0..420 => Fate::Open,
                420..790 => Fate::Approved,
                790..900 => Fate::Denied,
                900..940 => Fate::Overridden,
                940..985 => Fate::Canceled,
                _ => Fate::Error,
            };
        }
        match roll {
            0..640 => Fate::Approved,
            640..800 => Fate::Denied,
            800..850 => Fate::Overridden,
            850..898 => Fate::Canceled,
            898..998 if age > 31 * DAY => Fate::Expired,
            898..998 => Fate::Denied,
            _ => Fate::Error,
        }
    }

    fn begin(&mut self, requester: usize, flow: &DemoFlow, submitted: Timestamp) -> History {
        let company = self.company;
        let person = &company.people[requester];
        let resource = &company.resources[flow.resource];
        let manager =
            company.managers[requester].map(|manager| company.people[manager].email.clone()).unwrap_or_default();
        let number = RequestNumber(self.told);
        let ticket = format!(
            "{}-{}",
            ["FIN", "OPS", "SEC", "IT"].choose(self.rng).copied().unwrap_or("IT"),
            self.rng.random_range(100..9999)
        );
        let reason = REASONS
            .choose(self.rng)
            .copied()
            .unwrap_or_default()
            .replace("{ticket}", &ticket)
            .replace("{dept}", &person.department);
        let requested = match &flow.definition.access {
            Access::Permanent => None,
            Access::Fixed(span) => Some(*span),
            Access::Choices(spans) => spans.choose(self.rng).copied(),
        };
        let actor = Some((person.id, person.name.clone()));
        let mail = MessageId(store::id_from(self.rng.random()));
        History {
            number,
            version: 1,
            requester: person.id,
            resource: resource.id,
            flow: flow.id,
            flow_version: flow.version,
            group: flow.definition.group,
            lane: flow.definition.lane(0),
            approval_type: flow.definition.approval_type,
            state: State::Pending { step: 0, flight: None },
            names: [
                person.name.clone(),
                person.email.clone(),
                person.department.clone(),
                manager,
                resource.name.clone(),
                resource.category.clone(),
                flow.name.clone(),
                flow.definition.group_name.clone(),
            ],
            reason,
            requested,
            submitted_at: submitted,
            expires_at: submitted + Span::days(30),
            waiting: Waiting::default(),
            decision: None,
            end: None,
            votes: Vec::new(),
            grant: None,
            audit: vec![(submitted, "request_submitted", actor, Some(1))],
            mails: vec![(mail, "admin_request_submitted", company.people[ADMINS[0]].id, submitted)],
        }
    }

    fn happen(
        &mut self,
        history: &mut History,
        flow: &DemoFlow,
        approvers: &[Vec<usize>],
        missing: Option<Missing>,
        fate: Fate,
        age: i64,
    ) {
        let steps = flow.definition.steps.len();
        // Votes until the step at which the fate strikes; each takes some hours.
        let until = match fate {
            Fate::Approved => steps,
            Fate::Error if missing.is_none() => steps,
            _ if missing.is_some() => 0,
            _ => self.rng.random_range(0..steps.max(1)),
        };
        let mut at = history.submitted_at.0;
        // A vote restarts the clock, so all of them together stay well within what is left.
        let slice = (age.min(20 * DAY) / 40).max(2);
        let mut step = 0;
        while step < until {
            let count = needed(flow.definition.steps[step].required, approvers[step].len()) as usize;
            for voter in approvers[step].iter().take(count) {
                let voter = self.company.people[*voter].clone();
                if history.votes.iter().any(|(vote, _)| vote.person == voter.id) {
                    continue;
                }
                at += self.rng.random_range(1..slice);
                self.vote(history, &voter, step, Timestamp(at), Verdict::Approve);
            }
            step += 1;
        }
        at += self.rng.random_range(1..slice);
        let waiting = step.min(steps.saturating_sub(1));
        history.lane = flow.definition.lane(waiting);
        history.waiting = self.waiting(history, flow, approvers, waiting);
        self.end(history, flow, approvers, missing, fate, waiting, Timestamp(at));
    }

    fn vote(
        &mut self,
        history: &mut History,
        voter: &store::directory::people::Person,
        step: usize,
        at: Timestamp,
        verdict: Verdict,
    ) {
        let comment =
            if self.rng.random_ratio(1, 3) { COMMENTS.choose(self.rng).map(|text| (*text).to_owned()) } else { None };
        history.version += 1;
        history.expires_at = at + Span::days(30);
        self.longest = self.longest.max(history.expires_at.0 - history.submitted_at.0);
        history.audit.push((at, "voted", Some((voter.id, voter.name.clone())), Some(history.version)));
        history.votes.push((Vote { person: voter.id, verdict, step, at, comment }, voter.name.clone()));
    }

    fn waiting(&self, history: &History, flow: &DemoFlow, approvers: &[Vec<usize>], step: usize) -> Waiting {
        let Some(at) = flow.definition.steps.get(step) else { return Waiting::default() };
        let agreed = approvers[step]
            .iter()
            .filter(|person| history.votes.iter().any(|(vote, _)| vote.person == self.company.people[**person].id))
            .count();
        let name = match (&at.approvers, approvers[step].as_slice()) {
            (Approvers::Group { name, .. }, _) => name.clone(),
            (Approvers::Administrator, _) => String::new(),
            (_, [only]) => self.company.people[*only].name.clone(),
            _ => String::new(),
        };
        let count = |n: usize| i32::try_from(n).unwrap_or(0);
        Waiting {
            kind: at.approvers.kind().as_str(),
            name,
            agreed: count(agreed),
            needed: i32::try_from(needed(at.required, approvers[step].len())).unwrap_or(1),
            step: count(step),
            steps: count(flow.definition.steps.len()),
        }
    }

    fn end(
        &mut self,
        history: &mut History,
        flow: &DemoFlow,
        approvers: &[Vec<usize>],
        missing: Option<Missing>,
        fate: Fate,
        step: usize,
        at: Timestamp,
    ) {
        let admin = self.company.people[ADMINS[self.rng.random_range(0..2)]].clone();
        match fate {
            Fate::Open => match missing {
                Some(missing) => history.state = State::MissingData { step, missing, flight: None },
                None => history.state = State::Pending { step, flight: None },
            },
            Fate::Approved => self.approve(history, step, at),
            Fate::Overridden => {
                self.close(history, "overridden", Some((admin.id, admin.name.clone())), at);
                history.state = State::Approved { step };
                self.grant(history, at, Some((admin.id, &admin.name)), true);
            }
            Fate::Denied => {
                let (reason, next) = DENIALS.choose(self.rng).copied().unwrap_or(DENIALS[0]);
                let denier = approvers.get(step).and_then(|people| {
                    people
                        .iter()
                        .map(|person| &self.company.people[*person])
                        .find(|person| !history.votes.iter().any(|(vote, _)| vote.person == person.id))
                });
                let denier = denier.cloned().unwrap_or(admin);
                history.votes.push((
                    Vote { person: denier.id, verdict: Verdict::Deny, step, at, comment: Some(reason.to_owned()) },
                    denier.name.clone(),
                ));
                self.close(history, "denied", Some((denier.id, denier.name.clone())), at);
                history.state = State::Denied { step };
                history.end = Some(("denied", Some(denier.id), None));
                history.decision = Some(frozen(at, &denier.name, reason, next));
                self.mail(history, "request_denied", at);
            }
            Fate::Canceled => {
                let name = history.names[0].clone();
                self.close(history, "withdrawn", Some((history.requester, name.clone())), at);
                history.state = State::Canceled { step, cause: CancelCause::Withdrawn };
                history.end = Some(("canceled", None, Some("withdrawn")));
                history.decision = Some(frozen(at, &name, "", ""));
            }
            Fate::Expired => {
                let at = history.expires_at;
                self.close(history, "expired", None, at);
                history.state = State::Expired { step };
                history.end = Some(("expired", None, None));
                history.decision = Some(frozen(at, "", "", ""));
                self.mail(history, "request_expired", at);
            }
            Fate::Error => {
                self.close(history, "error", None, at);
                let decision = Decision {
                    kind: DecisionKind::Grant,
                    by: history.votes.last().map(|(vote, _)| vote.person),
                    at,
                    reason: None,
                    next_steps: None,
                    overriding: flow.definition.approval_type == ApprovalType::Manual && history.votes.is_empty(),
                    duration: history.requested,
                };
                history.state = State::Error {
                    step,
                    attempt: Attempt { decision, cause: ErrorCause::GroupInactive },
                    flight: None,
                };
            }
        }
    }

    /// Granted by the last vote, or at once.
    fn approve(&mut self, history: &mut History, step: usize, at: Timestamp) {
        let last = history.votes.last().map(|(vote, name)| (vote.person, name.clone(), vote.at));
        match &last {
            // The last vote *is* the approval: one transition, one line of the record.
            Some((_, _, voted)) => {
                if let Some(line) = history.audit.last_mut() {
                    line.1 = "approved";
                }
                history.state = State::Approved { step };
                self.grant(history, *voted, last.as_ref().map(|(id, name, _)| (*id, name.as_str())), false);
            }
            None => {
                self.close(history, "approved", None, at);
                history.state = State::Approved { step };
                self.grant(history, at, None, false);
            }
        }
    }

    fn grant(&mut self, history: &mut History, at: Timestamp, by: Option<(PersonId, &str)>, overridden: bool) {
        let ends = history.requested.map(|span| at + span);
        let age = self.now.0 - at.0;
        let ended = match ends {
            Some(ends) if ends.0 <= self.now.0 => Some(ends),
            Some(_) => None,
            None if age > 60 * DAY && self.rng.random_ratio(2, 3) => {
                Some(Timestamp(at.0 + self.rng.random_range(DAY..age - DAY)))
            }
            None => None,
        };
        history.grant = Some((store::id_from(self.rng.random()), at, ends, ended));
        history.end = Some(("approved", by.map(|(id, _)| id), None));
        let mut decision = frozen(at, by.map_or("", |(_, name)| name), "", "");
        decision.overridden = overridden;
        decision.granted = history.requested;
        decision.access_ends_at = ends;
        history.decision = Some(decision);
        self.mail(history, "request_approved", at);
    }

    fn close(&mut self, history: &mut History, kind: &'static str, actor: Option<(PersonId, String)>, at: Timestamp) {
        history.version += 1;
        history.audit.push((at, kind, actor, Some(history.version)));
    }

    fn mail(&mut self, history: &mut History, kind: &'static str, at: Timestamp) {
        history.mails.push((MessageId(store::id_from(self.rng.random())), kind, history.requester, at));
    }
}

fn frozen(at: Timestamp, by: &str, reason: &str, next_steps: &str) -> Frozen {
    Frozen {
        at,
        by: by.to_owned(),
        reason: reason.to_owned(),
        next_steps: next_steps.to_owned(),
        overridden: false,
        granted: None,
        access_ends_at: None,
    }
}

/// The first step that has too few approvers, if there is one.
fn missing(flow: &DemoFlow, approvers: &[Vec<usize>]) -> Option<Missing> {
    flow.definition.steps.iter().zip(approvers).enumerate().find_map(|(index, (step, people))| {
        let needed = needed(step.required, people.len());
        ((people.len() as u64) < u64::from(needed)).then(|| Missing {
            step: index,
            approvers: step.approvers.kind(),
            living: u32::try_from(people.len()).unwrap_or(0),
            needed,
        })
    })
}
