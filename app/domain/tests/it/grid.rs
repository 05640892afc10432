//! The whole grid of states and events, as a snapshot: a change of the rules shows as a change of this table, and the
//! reviewer compares it with `product.md` 2.1.

use crate::support::{Case, START, admin, member, person};
use domain::flow::{ApproverKind, Missing};
use domain::request::{
    Attempt, CancelCause, Decision, DecisionKind, Doubt, ErrorCause, Event, Flight, State, Verdict, Vote,
};
use domain::time::Span;
use std::fmt::Write as _;

fn decision() -> Decision {
    Decision {
        kind: DecisionKind::Grant,
        by: Some(person('X')),
        at: START,
        reason: None,
        next_steps: None,
        overriding: false,
        duration: None,
    }
}

fn states() -> Vec<(&'static str, State)> {
    let flight = || Some(Flight { decision: decision(), cancel: None });
    let missing = Missing { step: 1, approvers: ApproverKind::Group, living: 1, needed: 2 };
    let attempt = Attempt { decision: decision(), cause: ErrorCause::GroupGone };
    vec![
        ("pending", State::Pending { step: 1, flight: None }),
        ("pending in flight", State::Pending { step: 1, flight: flight() }),
        ("unconfirmed", State::Unconfirmed { step: 1, doubt: Doubt::Directory(person('r')), flight: None }),
        (
            "unconfirmed in flight",
            State::Unconfirmed { step: 1, doubt: Doubt::Directory(person('r')), flight: flight() },
        ),
        ("missing data", State::MissingData { step: 1, missing: missing.clone(), flight: None }),
        ("missing in flight", State::MissingData { step: 1, missing, flight: flight() }),
        ("error", State::Error { step: 1, attempt: attempt.clone(), flight: None }),
        ("error in flight", State::Error { step: 1, attempt, flight: flight() }),
        ("approved", State::Approved { step: 1 }),
        ("denied", State::Denied { step: 1 }),
        ("canceled", State::Canceled { step: 1, cause: CancelCause::Withdrawn }),
        ("expired", State::Expired { step: 1 }),
    ]
}

type Prepare = fn(&mut Case);

fn events() -> Vec<(&'static str, Prepare, Event)> {
    fn as_is(_: &mut Case) {}
    fn one_has_voted(case: &mut Case) {
        let vote = Vote { person: person('c'), verdict: Verdict::Approve, step: 1, at: START, comment: None };
        case.request.votes.push(vote);
    }
    fn all_left_have_voted(case: &mut Case) {
        for letter in ['a', 'b'] {
            let vote = Vote { person: person(letter), verdict: Verdict::Approve, step: 1, at: START, comment: None };
            case.request.votes.push(vote);
        }
    }
    fn nobody_left(case: &mut Case) {
        case.world.living[1].clear();
    }
    fn target_has_been_asked(case: &mut Case) {
        case.world.partly_done = true;
    }
    fn target_has_been_asked_to_undo(case: &mut Case) {
        target_has_been_asked(case);
        let deny = || Decision { kind: DecisionKind::Deny, reason: Some("why".into()), ..decision() };
        match &mut case.request.state {
            State::Pending { flight: Some(flight), .. }
            | State::Unconfirmed { flight: Some(flight), .. }
            | State::MissingData { flight: Some(flight), .. }
            | State::Error { flight: Some(flight), .. } => flight.decision = deny(),
            State::Error { attempt, .. } => attempt.decision = deny(),
            _ => {}
        }
    }
    fn time_is_over(case: &mut Case) {
        case.world.now = case.world.now + Span::days(31);
    }
    let vote = |verdict| Event::Vote {
        by: member('b'),
        verdict,
        comment: Some("why".into()),
        next_steps: None,
        duration: None,
    };
    let grant = |over| Event::Grant { by: admin('X'), over, comment: None, duration: None };
    vec![
        ("approve vote, more needed", as_is, vote(Verdict::Approve)),
        ("approve vote, the last needed", one_has_voted, vote(Verdict::Approve)),
        ("deny vote", as_is, vote(Verdict::Deny)),
        ("admin grants", as_is, grant(false)),
        ("admin grants over", as_is, grant(true)),
        ("admin denies", as_is, Event::Deny { by: admin('X'), reason: Some("why".into()), next_steps: None }),
        (
            "admin denies what a target may hold",
            target_has_been_asked,
            Event::Deny { by: admin('X'), reason: Some("why".into()), next_steps: None },
        ),
        ("retry", as_is, Event::Retry { by: admin('X') }),
        ("retry of a denial", target_has_been_asked_to_undo, Event::Retry { by: admin('X') }),
        ("data found missing", nobody_left, Event::Recount { cause: None }),
        ("data repaired", as_is, Event::Recount { cause: None }),
        ("who had not agreed leaves", all_left_have_voted, Event::Recount { cause: None }),
        ("the requester removes them", all_left_have_voted, Event::Recount { cause: Some(person('r')) }),
        ("admin grants what all agreed to", all_left_have_voted, grant(false)),
        ("time runs out", time_is_over, Event::Expire),
        ("expiry before time", as_is, Event::Expire),
        ("vote after time", time_is_over, vote(Verdict::Approve)),
        ("grant after time", time_is_over, grant(false)),
        ("flow removed", as_is, Event::Cancel(CancelCause::FlowDeleted)),
        ("requester withdraws", as_is, Event::Withdraw { by: person('r') }),
        ("flow removed, a target may hold it", target_has_been_asked, Event::Cancel(CancelCause::FlowDeleted)),
        ("target succeeds", as_is, Event::Provisioned(Ok(()))),
        ("target has undone", target_has_been_asked_to_undo, Event::Provisioned(Ok(()))),
        (
            "target fails to undo",
            target_has_been_asked_to_undo,
            Event::Provisioned(Err(ErrorCause::Unreachable("no answer".into()))),
        ),
        ("target fails", as_is, Event::Provisioned(Err(ErrorCause::Target("no route".into())))),
    ]
}

#[test]
fn every_state_meets_every_event() {
    let mut grid = String::new();
    for (event_name, prepare, event) in events() {
        let _ = writeln!(grid, "{event_name}");
        for (state_name, state) in states() {
            let mut case = Case::of("manager any m; group 2 of abc").put(state);
            prepare(&mut case);
            let before = case.request.clone();
            let answer = match case.apply(event.clone()) {
                Err(refusal) => format!("refused: {refusal}"),
                Ok(false) => "nothing changes".to_owned(),
                Ok(true) => {
                    let state = &case.request.state;
                    let flight = match state.flight() {
                        Some(flight) if flight.cancel.is_some() => ", in flight, to be canceled",
                        Some(_) => ", in flight",
                        None => "",
                    };
                    let granted = if case.granted > 0 { ", access begins" } else { "" };
                    let undo = case.effects.contains(&domain::request::Effect::Undo);
                    format!(
                        "{}{} at step {}{flight}{granted}{}",
                        state.status().as_str(),
                        if state.doubt().is_some() { ", to confirm," } else { "" },
                        state.step() + 1,
                        if undo { ", undone" } else { "" }
                    )
                }
            };
            if before.state.status().is_terminal() {
                assert_eq!(before, case.request, "{state_name} is for ever, but {event_name} changed it");
            }
            let _ = writeln!(grid, "    {state_name:<22} {answer}");
        }
    }
    insta::assert_snapshot!(grid);
}
