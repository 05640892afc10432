//! What must hold whatever people do, in whatever order, under whatever flow.

use crate::support::{Case, admin, definition, member, person, world};
use domain::flow::{Approvers, NamedPerson, Outcome, Required, Step, evaluate, needed};
use domain::ids::{GroupId, PersonId};
use domain::policy;
use domain::request::{
    Act, CancelCause, Decider, DecisionKind, Effect, Entitlement, ErrorCause, Event, Status, Verdict,
};
use domain::time::Span;
use proptest::prelude::*;

const PEOPLE: [char; 7] = ['r', 'a', 'b', 'c', 'd', 'X', 'Y'];

fn anyone() -> impl Strategy<Value = char> {
    prop::sample::select(PEOPLE.to_vec())
}

fn who(letter: char) -> Decider {
    if letter.is_uppercase() { admin(letter) } else { member(letter) }
}

fn set() -> impl Strategy<Value = Vec<PersonId>> {
    prop::sample::subsequence(PEOPLE.to_vec(), 0..=PEOPLE.len())
        .prop_map(|letters| letters.into_iter().map(person).collect())
}

fn step() -> impl Strategy<Value = Step> {
    let required = prop_oneof![Just(Required::Any), Just(Required::All), (1_u32..4).prop_map(Required::AtLeast)];
    let approvers = prop_oneof![
        Just(Approvers::Administrator),
        Just(Approvers::Manager),
        Just(Approvers::Owner),
        Just(Approvers::Group { id: GroupId::example(7), name: "Approvers".into() }),
        Just(Approvers::People { people: vec![NamedPerson { id: person('a'), name: "A".into() }] }),
    ];
    (approvers, required).prop_map(|(approvers, required)| Step { approvers, required })
}

/// Something that happens: an event, or a change of the world.
#[derive(Clone, Debug)]
enum Happens {
    Vote(char, bool),
    Grant(char, bool),
    Deny(char),
    Retry(char),
    Recount(usize, Vec<PersonId>, Option<char>),
    Expire,
    Cancel,
    Withdraw(char),
    Provisioned(bool),
    Days(u32),
    Readdressed(char),
    Entitlement(u8),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        6 => (anyone(), prop::bool::weighted(0.85)).prop_map(|(by, yes)| Happens::Vote(by, yes)),
        2 => (anyone(), any::<bool>()).prop_map(|(by, over)| Happens::Grant(by, over)),
        1 => anyone().prop_map(Happens::Deny),
        2 => anyone().prop_map(Happens::Retry),
        3 => (0..3_usize, set(), prop::option::of(anyone()))
            .prop_map(|(step, people, by)| Happens::Recount(step, people, by)),
        1 => anyone().prop_map(Happens::Readdressed),
        1 => Just(Happens::Expire),
        1 => Just(Happens::Cancel),
        1 => anyone().prop_map(Happens::Withdraw),
        2 => any::<bool>().prop_map(Happens::Provisioned),
        1 => (1..20_u32).prop_map(Happens::Days),
        2 => (0..3_u8).prop_map(Happens::Entitlement),
    ]
}

fn event(case: &mut Case, happens: Happens) -> Option<Event> {
    Some(match happens {
        Happens::Vote(by, yes) => {
            let verdict = if yes { Verdict::Approve } else { Verdict::Deny };
            Event::Vote { by: who(by), verdict, comment: Some("why".into()), next_steps: None, duration: None }
        }
        Happens::Grant(by, over) => Event::Grant { by: who(by), over, comment: None, duration: None },
        Happens::Deny(by) => Event::Deny { by: who(by), reason: Some("why".into()), next_steps: None },
        Happens::Retry(by) => Event::Retry { by: who(by) },
        Happens::Readdressed(whose) => {
            case.world.readdressed.push((person(whose), case.world.now));
            return None;
        }
        Happens::Recount(step, people, by) => {
            if let Some(set) = case.world.living.get_mut(step) {
                *set = people;
            }
            Event::Recount { cause: by.map(person) }
        }
        Happens::Expire => Event::Expire,
        Happens::Cancel => Event::Cancel(CancelCause::ResourceRemoved),
        Happens::Withdraw(by) => Event::Withdraw { by: person(by) },
        Happens::Provisioned(true) => Event::Provisioned(Ok(())),
        Happens::Provisioned(false) => Event::Provisioned(Err(ErrorCause::Target("no".into()))),
        Happens::Days(days) => {
            case.world.now = case.world.now + Span::days(days);
            return None;
        }
        Happens::Entitlement(kind) => {
            case.world.entitlement = match kind {
                0 => Entitlement::BuiltIn,
                1 => Entitlement::Broken(ErrorCause::GroupInactive),
                _ => Entitlement::Connector,
            };
            return None;
        }
    })
}

/// The person whose act an event is, and the act.
fn act(event: &Event) -> Option<(Decider, Act)> {
    Some(match event {
        Event::Vote { by, .. } => (*by, Act::Vote),
        Event::Grant { by, over: false, .. } => (*by, Act::Grant),
        Event::Grant { by, over: true, .. } => (*by, Act::GrantOver),
        Event::Deny { by, .. } => (*by, Act::Deny),
        Event::Retry { by } => (*by, Act::Retry),
        Event::Withdraw { by } => (Decider { id: *by, admin: false }, Act::Withdraw),
        Event::Recount { .. } | Event::Expire | Event::Cancel(_) | Event::Provisioned(_) => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens(
        steps in prop::collection::vec(step(), 0..4),
        sets in prop::collection::vec(set(), 3),
        story in prop::collection::vec(happens(), 1..24),
    ) {
        let living = sets.into_iter().take(steps.len()).collect();
        let mut case = Case::submit(definition(steps), world(living), None).expect("no duration, none offered");
        for happening in story {
            let Some(event) = event(&mut case, happening) else { continue };
            let before = case.request.clone();
            let decided = case.decisions.len();
            let asked = act(&event).map(|(by, act)| (by, act, policy::may(&before, &case.world, by, act)));
            let answer = case.apply(event.clone());
            let changed = matches!(answer, Ok(true));
            let after = &case.request;

            // Terminal for ever; a refusal and a repetition change nothing.
            if before.state.status().is_terminal() {
                prop_assert!(!changed, "{event:?} changed {:?}", before.state);
            }
            if !changed {
                prop_assert_eq!(&before, after);
                prop_assert_eq!(decided, case.decisions.len());
                continue;
            }
            // The button and the act say the same: what changed something had been allowed.
            if let Some((by, act, allowed)) = asked {
                prop_assert_eq!(allowed, Ok(()), "{:?}", act);
                if act != Act::Withdraw {
                    prop_assert!(!before.barred().contains(&by.id), "{event:?} by a barred person");
                }
            }
            // A request never goes back a step, and its version always rises.
            prop_assert!(after.state.step() >= before.state.step());
            prop_assert!(after.version > before.version);
            // In flight nothing but the result, or a removal that waits for it, happens.
            if before.state.flight().is_some() {
                prop_assert!(matches!(event, Event::Provisioned(_) | Event::Cancel(_)), "{event:?} in flight");
            }
            // One decision and one grant at most, and they agree with the status.
            let grants = case.decisions.iter().filter(|decision| decision.kind == DecisionKind::Grant).count();
            prop_assert!(case.decisions.len() <= 1);
            prop_assert_eq!(case.granted, grants);
            prop_assert_eq!(after.state.status() == Status::Approved, grants == 1);
            prop_assert_eq!(after.state.status() == Status::Denied, case.decisions.len() > grants);
            // One vote per person, never a barred one.
            for (index, vote) in after.votes.iter().enumerate() {
                prop_assert!(!after.votes[..index].iter().any(|other| other.person == vote.person));
                prop_assert!(!after.barred().contains(&vote.person));
            }
            // What a barred person changed gives nothing, and passes no step.
            if matches!(event, Event::Recount { cause: Some(by) } if before.barred().contains(&by)) {
                prop_assert_eq!((case.granted, case.decisions.len()), (0, decided));
                prop_assert_eq!(before.state.step(), after.state.step());
            }
            // Nor does anybody but an administrator end a doubt by giving.
            if before.state.doubt().is_some() && after.state.status() == Status::Approved {
                prop_assert!(matches!(event, Event::Grant { .. } | Event::Provisioned(_)), "{event:?}");
            }
            // Without an override and without a failure before, a grant had every step's approval.
            let now = case.effects.iter().any(|effect| matches!(effect, Effect::BeginGrant { .. }));
            if now && before.state.status() == Status::Pending && before.state.flight().is_none() {
                let decision = &case.decisions[0];
                let step = before.state.step();
                let counted = evaluate(&after.definition, &case.world.living, &after.barred(), &after.votes, step);
                prop_assert!(decision.overriding || counted.outcome == Outcome::Complete, "{:?}", counted);
            }
        }
    }

    #[test]
    fn a_step_never_needs_nobody(count in 0_u32..5, living in 0_usize..20) {
        for required in [Required::Any, Required::All, Required::AtLeast(count)] {
            prop_assert!(needed(required, living) >= 1);
        }
    }

    #[test]
    fn the_order_of_votes_does_not_matter(
        required in 1_u32..4,
        order in Just(vec!['a', 'b', 'c', 'd']).prop_shuffle(),
    ) {
        let mut case = Case::of(&format!("people {required} of abcd"));
        for (index, letter) in order.into_iter().enumerate() {
            let done = index as u32 >= required;
            let vote = Event::Vote { by: member(letter), verdict: Verdict::Approve, comment: None, next_steps: None, duration: None };
            prop_assert_eq!(case.apply(vote).is_err(), done);
        }
        prop_assert_eq!(case.request.state.status(), Status::Approved);
        prop_assert_eq!(case.request.votes.len() as u32, required);
    }
}
