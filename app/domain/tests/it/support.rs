//! A request in a small world whose people are single letters; the requester is `r`.

use domain::catalog::Access;
use domain::flow::{Approvers, Definition, NamedPerson, Required, Step};
use domain::ids::{FlowId, GroupId, PersonId, RequestNumber, ResourceId};
use domain::request::{
    Applied, ApprovalType, Decider, Decision, Effect, Entitlement, Event, Refusal, Request, State, Submission, World,
    apply, submit,
};
use domain::time::{Span, Timestamp};

/// The moment at which every story begins.
pub const START: Timestamp = Timestamp(1_763_000_000_000_000);

/// The person of a letter.
pub fn person(letter: char) -> PersonId {
    PersonId::example(u128::from(u32::from(letter)))
}

/// Steps as `manager any m; group 2 of abc; administrator all xy`, each with the letters who stand in its set.
pub fn steps(text: &str) -> (Vec<Step>, Vec<Vec<PersonId>>) {
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let mut words = part.split_whitespace();
            let kind = words.next().unwrap_or_default();
            let required = match words.next() {
                Some("any") => Required::Any,
                Some("all") => Required::All,
                Some(count) => {
                    assert_eq!(words.next(), Some("of"), "{part}");
                    Required::AtLeast(count.parse().expect("a count"))
                }
                None => panic!("{part}"),
            };
            let living: Vec<PersonId> = words.next().unwrap_or_default().chars().map(person).collect();
            let approvers = match kind {
                "administrator" => Approvers::Administrator,
                "manager" => Approvers::Manager,
                "owner" => Approvers::Owner,
                "group" => Approvers::Group { id: GroupId::example(7), name: "Approvers".into() },
                "people" => Approvers::People {
                    people: living.iter().map(|id| NamedPerson { id: *id, name: format!("{id}") }).collect(),
                },
                other => panic!("no approver type {other}"),
            };
            (Step { approvers, required }, living)
        })
        .unzip()
}

/// A Manual flow of these steps; Automatic when there are none.
pub fn definition(steps: Vec<Step>) -> Definition {
    Definition {
        approval_type: if steps.is_empty() { ApprovalType::Automatic } else { ApprovalType::Manual },
        group: GroupId::example(1),
        group_name: "Entitled".into(),
        visible_to: Vec::new(),
        steps,
        access: Access::Permanent,
        reason_pattern: None,
    }
}

/// A world in which built-in membership works and 30 days pass until expiry.
pub fn world(living: Vec<Vec<PersonId>>) -> World {
    World {
        now: START,
        living,
        entitlement: Entitlement::BuiltIn,
        expiry: Span::days(30),
        comment_on_override: false,
        partly_done: false,
        let_in: Vec::new(),
        readdressed: Vec::new(),
        active: Vec::new(),
    }
}

/// A request and what has become of it.
pub struct Case {
    pub request: Request,
    pub world: World,
    /// Every decision that was recorded.
    pub decisions: Vec<Decision>,
    /// How often access began.
    pub granted: usize,
    /// What the last event brought.
    pub effects: Vec<Effect>,
}

impl Case {
    /// Submits a request under a flow.
    pub fn submit(definition: Definition, world: World, requested: Option<Span>) -> Result<Self, Refusal> {
        let barred = [person('r'); 3];
        let first = submit(&Submission { definition: definition.clone(), barred, requested }, &world)?;
        let request = Request {
            number: RequestNumber(1),
            version: 1,
            requester: person('r'),
            beneficiary: person('r'),
            creator: person('r'),
            resource: ResourceId::example(1),
            flow: FlowId::example(1),
            group: definition.group,
            definition,
            state: first.state,
            requested,
            submitted_at: world.now,
            expires_at: world.now + world.expiry,
            votes: Vec::new(),
        };
        let mut case = Self { request, world, decisions: Vec::new(), granted: 0, effects: Vec::new() };
        case.carry_out(first.effects);
        Ok(case)
    }

    /// A request under a flow of these steps.
    pub fn of(flow: &str) -> Self {
        let (steps, living) = steps(flow);
        Self::submit(definition(steps), world(living), None).expect("submitted")
    }

    /// Puts the request into a state.
    pub fn put(mut self, state: State) -> Self {
        self.request.state = state;
        self
    }

    /// Applies an event and what follows from it, as a use case does.
    pub fn apply(&mut self, event: Event) -> Result<bool, Refusal> {
        match apply(&self.request, &self.world, event)? {
            Applied::Unchanged => Ok(false),
            Applied::Changed(transition) => {
                self.request.state = transition.state;
                self.request.version += 1;
                self.carry_out(transition.effects);
                Ok(true)
            }
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in &effects {
            match effect {
                Effect::RecordVote(vote) => self.request.votes.push(vote.clone()),
                Effect::RecordDecision(decision) => self.decisions.push(decision.clone()),
                Effect::ExpireAt(at) => self.request.expires_at = *at,
                Effect::BeginGrant { .. } => self.granted += 1,
                Effect::Provision => self.world.partly_done = true,
                Effect::Undo | Effect::Confirm | Effect::RecordCancel(_) | Effect::Notify(_) => {}
            }
        }
        self.effects = effects;
    }
}

/// An admin of this letter.
pub fn admin(letter: char) -> Decider {
    Decider { id: person(letter), admin: true }
}

/// An ordinary person of this letter.
pub fn member(letter: char) -> Decider {
    Decider { id: person(letter), admin: false }
}
