//! The act that a screen announced is the act that happens.

use crate::support::{Case, admin, member, person};
use domain::catalog::Access;
use domain::request::{Act, Announced, Applied, Decider, Event, Refusal, Verdict, Vote, apply_announced, foresee};
use domain::time::Span;

fn approves(letter: char, duration: Option<Span>) -> Event {
    Event::Vote { by: member(letter), verdict: Verdict::Approve, comment: None, next_steps: None, duration }
}

fn grants(letter: char, over: bool) -> Event {
    Event::Grant { by: who(letter), over, comment: None, duration: None }
}

fn who(letter: char) -> Decider {
    if letter.is_uppercase() { admin(letter) } else { member(letter) }
}

fn foreseen(case: &Case, letter: char, act: Act) -> Option<Announced> {
    foresee(&case.request, &case.world, who(letter), act)
}

/// What a screen says is what the same act does, whatever the flow and whoever voted before.
#[test]
fn what_is_foreseen_is_what_happens() {
    for (flow, letter, act, expected) in [
        ("manager any m", 'm', Act::Vote, Some(Announced::Last)),
        ("manager any m; group 1 of a", 'm', Act::Vote, Some(Announced::Step)),
        ("group 2 of abc", 'a', Act::Vote, Some(Announced::Step)),
        ("group 1 of a", 'b', Act::Vote, None),
        ("administrator any XY", 'X', Act::Grant, Some(Announced::Last)),
        // Two of them must agree, so one is not the last, although no other step follows.
        ("administrator all XY", 'X', Act::Grant, Some(Announced::Step)),
        ("administrator all XY", 'X', Act::GrantOver, Some(Announced::Override)),
        ("manager any m", 'X', Act::Grant, Some(Announced::Override)),
        ("manager any m", 'X', Act::Deny, Some(Announced::Override)),
        ("administrator any XY", 'X', Act::Deny, Some(Announced::Last)),
        ("administrator any XY", 'm', Act::Grant, None),
    ] {
        let mut case = Case::of(flow);
        assert_eq!(foreseen(&case, letter, act), expected, "{flow}: {letter} {act:?}");
        let event = match act {
            Act::Vote => approves(letter, None),
            Act::Grant | Act::GrantOver => grants(letter, act == Act::GrantOver),
            _ => Event::Deny { by: who(letter), reason: Some("why".into()), next_steps: None },
        };
        let done = case.apply(event);
        assert_eq!(done.is_ok(), expected.is_some(), "{flow}: {letter}");
        let ended = case.decisions.first().map(|decision| decision.overriding);
        let was = match expected {
            None | Some(Announced::Step) => None,
            Some(one) => Some(one == Announced::Override),
        };
        assert_eq!(ended, was, "{flow}: {letter} {act:?}");
    }
}

/// Earlier approvals count in later steps: the first approver of the last step may be the last there is.
#[test]
fn a_vote_that_passes_several_steps_is_the_last() {
    let mut case = Case::of("manager any m; group 2 of mab");
    let vote = Vote { person: person('a'), verdict: Verdict::Approve, step: 1, at: case.world.now, comment: None };
    case.request.votes.push(vote);
    assert_eq!(foreseen(&case, 'm', Act::Vote), Some(Announced::Last));
}

#[test]
fn what_would_do_something_else_meanwhile_does_nothing() {
    let announced = |case: &Case, event: Event, said| apply_announced(&case.request, &case.world, event, Some(said));
    // Of two approvers who are needed the other one approves while the screen is open: this vote became the last.
    let mut case = Case::of("group 2 of ab");
    assert_eq!(case.apply(approves('a', None)), Ok(true));
    let answer = announced(&case, approves('b', None), Announced::Step);
    assert_eq!(answer, Err(Refusal::OtherEffect(Announced::Last)));
    assert!(matches!(announced(&case, approves('b', None), Announced::Last), Ok(Applied::Changed(_))));
    // The other way round: somebody joined, so that more approvals are needed.
    let mut case = Case::of("group all of ab".replace("all of", "all").as_str());
    case.apply(approves('a', None)).expect("voted");
    case.world.living[0].push(person('c'));
    let answer = announced(&case, approves('b', None), Announced::Last);
    assert_eq!(answer, Err(Refusal::OtherEffect(Announced::Step)));
    // The administrators' step is passed meanwhile, and others wait: a grant became an override, with or without the comment that
    // an override needs.
    let mut case = Case::of("administrator any XY; manager any m");
    case.world.comment_on_override = true;
    case.apply(grants('Y', false)).expect("voted");
    let answer = announced(&case, grants('X', false), Announced::Step);
    assert_eq!(answer, Err(Refusal::OtherEffect(Announced::Override)));
    let deny = Event::Deny { by: admin('X'), reason: Some("why".into()), next_steps: None };
    assert_eq!(announced(&case, deny, Announced::Last), Err(Refusal::OtherEffect(Announced::Override)));
    // The same click again gives the first answer again, whatever it would do now.
    let mut case = Case::of("group 2 of ab");
    case.apply(approves('a', None)).expect("voted");
    assert_eq!(announced(&case, approves('a', None), Announced::Last), Ok(Applied::Unchanged));
    // Who lost the right hears that, and learns nothing of the request.
    let case = Case::of("group 1 of a");
    assert_eq!(announced(&case, approves('b', None), Announced::Step), Err(Refusal::NotApprover));
}

/// A duration that a vote cannot give is refused, not dropped.
#[test]
fn a_chosen_duration_is_never_lost() {
    let timed = |flow: &str| {
        let mut case = Case::of(flow);
        case.request.definition.access = Access::Choices(vec![Span::days(7), Span::days(30)]);
        case.request.requested = Some(Span::days(30));
        case
    };
    let (week, month) = (Some(Span::days(7)), Some(Span::days(30)));
    assert_eq!(timed("group 2 of ab").apply(approves('a', week)), Err(Refusal::DurationNotYet));
    assert_eq!(timed("group 2 of ab").apply(approves('a', month)), Ok(true), "what was asked is no choice");
    let mut last = timed("group 1 of ab");
    assert_eq!(last.apply(approves('a', week)), Ok(true));
    assert_eq!(last.decisions[0].duration, week);
    assert_eq!(timed("group 1 of ab").apply(approves('a', Some(Span::days(31)))), Err(Refusal::DurationNotAllowed));
    let admins = Event::Grant { by: admin('X'), over: false, comment: None, duration: week };
    assert_eq!(timed("administrator all XY").apply(admins), Err(Refusal::DurationNotYet));
}

#[test]
fn announcements_are_read_back() {
    for one in [Announced::Step, Announced::Last, Announced::Override] {
        assert_eq!(Announced::parse(one.as_str()), Some(one));
    }
    assert_eq!(Announced::parse("grant"), None);
}
