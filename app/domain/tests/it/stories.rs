//! Stories of requests, as tables: who does what, and where the request stands afterwards.
//!
//! A line is `WHO does WHAT => STANDING`. A standing is a status, and while it is open the waiting step (from 1) and its
//! tab; a refusal is `!` and its words; `=` means that nothing changes. Capitals are admins.

use crate::support::{Case, admin, member, person};
use domain::ids::PersonId;
use domain::request::{
    CancelCause, Decider, Effect, Entitlement, ErrorCause, Event, Lane, Notice, Refusal, Status, Verdict,
};
use domain::time::Span;

fn who(letter: char) -> Decider {
    if letter.is_uppercase() { admin(letter) } else { member(letter) }
}

fn standing(case: &Case) -> String {
    let request = &case.request;
    let status = request.state.status();
    let flight = if request.state.flight().is_some() { " granting" } else { "" };
    if status.is_terminal() {
        return status.as_str().to_owned();
    }
    let tab = if request.lane() == Lane::Administrator { "Administrator" } else { "Others" };
    let doubt = if request.state.doubt().is_some() { " to confirm" } else { "" };
    format!("{} {} {tab}{doubt}{flight}", status.as_str(), request.state.step() + 1)
}

fn event(case: &mut Case, act: &str) -> Option<Event> {
    let (subject, rest) = act.split_once(' ').unwrap_or((act, ""));
    let letter = subject.chars().next().expect("a subject");
    let by = who(letter);
    let text = || Some("because".to_owned());
    Some(match (subject, rest) {
        ("step", change) => {
            // `step 1 is abc`: its set has these people now. `step 1 is abc by r`: r made it so.
            let (step, people) = change.split_once(" is").expect("step N is …");
            let (people, by) = people.split_once(" by ").unwrap_or((people, ""));
            let step: usize = step.parse().expect("a number");
            case.world.living[step - 1] = people.trim().chars().map(person).collect::<Vec<PersonId>>();
            Event::Recount { cause: by.chars().next().map(person) }
        }
        ("active", people) => {
            case.world.active = people.chars().map(person).collect();
            return None;
        }
        (_, "got-in-by-their-link") => {
            case.world.let_in.push(by.id);
            return None;
        }
        (_, "got-another-address") => {
            case.world.readdressed.push((by.id, case.world.now));
            return None;
        }
        ("days", days) => {
            case.world.now = case.world.now + Span::days(days.parse().expect("days"));
            return None;
        }
        ("group", "breaks") => {
            case.world.entitlement = Entitlement::Broken(ErrorCause::GroupGone);
            return None;
        }
        ("group", "works") => {
            case.world.entitlement = Entitlement::BuiltIn;
            return None;
        }
        ("group", "is-remote") => {
            case.world.entitlement = Entitlement::Connector;
            return None;
        }
        ("settings", "demand-comments") => {
            case.world.comment_on_override = true;
            return None;
        }
        ("clock", "strikes") => Event::Expire,
        ("flow", "deleted") => Event::Cancel(CancelCause::FlowDeleted),
        ("person", "deactivated") => Event::Cancel(CancelCause::BeneficiaryRemoved),
        ("target", "succeeds") => Event::Provisioned(Ok(())),
        ("target", "fails") => Event::Provisioned(Err(ErrorCause::Target("no route".into()))),
        (_, "approves") => {
            Event::Vote { by, verdict: Verdict::Approve, comment: None, next_steps: None, duration: None }
        }
        (_, "rejects") => Event::Vote { by, verdict: Verdict::Deny, comment: text(), next_steps: None, duration: None },
        (_, "rejects-silently") => {
            Event::Vote { by, verdict: Verdict::Deny, comment: None, next_steps: None, duration: None }
        }
        (_, "grants") => Event::Grant { by, over: false, comment: None, duration: None },
        (_, "grants-over") => Event::Grant { by, over: true, comment: None, duration: None },
        (_, "grants-over-saying-why") => Event::Grant { by, over: true, comment: text(), duration: None },
        (_, "denies") => Event::Deny { by, reason: text(), next_steps: None },
        (_, "denies-silently") => Event::Deny { by, reason: None, next_steps: None },
        (_, "retries") => Event::Retry { by },
        (_, "withdraws") => Event::Withdraw { by: by.id },
        other => panic!("no such act: {other:?}"),
    })
}

fn tell(title: &str, flow: &str, begins: &str, acts: &[(&str, &str)]) -> Case {
    let mut case = Case::of(flow);
    assert_eq!(standing(&case), begins, "{title}: on submission");
    for (act, expected) in acts {
        let before = standing(&case);
        let Some(event) = event(&mut case, act) else {
            assert_eq!(*expected, "", "{title}: {act} is no event");
            continue;
        };
        let seen = match case.apply(event) {
            Err(refusal) => {
                assert_eq!(standing(&case), before, "{title}: a refusal changed the request");
                format!("! {refusal}")
            }
            Ok(false) => "=".to_owned(),
            Ok(true) => standing(&case),
        };
        assert_eq!(seen, *expected, "{title}: after {act:?}");
    }
    case
}

#[test]
fn who_agrees() {
    type Story<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)]);
    let stories: &[Story<'_>] = &[
        ("one of several is enough", "owner any ab", "pending 1 Others", &[("b approves", "approved")]),
        (
            "all are needed",
            "group all abc",
            "pending 1 Others",
            &[("a approves", "pending 1 Others"), ("b approves", "pending 1 Others"), ("c approves", "approved")],
        ),
        (
            "two of three",
            "people 2 of abc",
            "pending 1 Others",
            &[("c approves", "pending 1 Others"), ("a approves", "approved")],
        ),
        (
            "steps run in order",
            "manager any m; owner any o",
            "pending 1 Others",
            &[("o approves", "! another step waits"), ("m approves", "pending 2 Others"), ("o approves", "approved")],
        ),
        (
            "any denial ends it",
            "group all abc",
            "pending 1 Others",
            &[("a approves", "pending 1 Others"), ("b rejects", "denied"), ("c approves", "! already denied")],
        ),
        (
            "a denial needs a reason",
            "manager any m",
            "pending 1 Others",
            &[("m rejects-silently", "! a reason is required"), ("m rejects", "denied")],
        ),
        ("nobody is asked twice", "manager any m; owner any mo", "pending 1 Others", &[("m approves", "approved")]),
        (
            "an approval counts in a later step, not the whole of it",
            "manager any m; owner 2 of mo",
            "pending 1 Others",
            &[("m approves", "pending 2 Others"), ("m approves", "="), ("o approves", "approved")],
        ),
        (
            "the same vote again, the opposite vote",
            "group 2 of abc",
            "pending 1 Others",
            &[("a approves", "pending 1 Others"), ("a approves", "="), ("a rejects", "! already voted approve")],
        ),
        (
            "strangers do not vote",
            "manager any m",
            "pending 1 Others",
            &[("x approves", "! not an approver"), ("X approves", "! not an approver")],
        ),
        (
            "the manager step, then administrators",
            "manager any m; administrator any XY",
            "pending 1 Others",
            &[("m approves", "pending 2 Administrator"), ("m approves", "="), ("Y grants", "approved")],
        ),
        (
            "administrator steps are not voted on in the portal",
            "administrator any X",
            "pending 1 Administrator",
            &[("X approves", "! not an approver"), ("X grants", "approved")],
        ),
        (
            "two administrators",
            "administrator 2 of XYZ",
            "pending 1 Administrator",
            &[("X grants", "pending 1 Administrator"), ("X grants", "="), ("Y grants", "approved")],
        ),
        ("automatic", "", "approved", &[("X grants", "! already approved")]),
    ];
    for (title, flow, begins, acts) in stories {
        tell(title, flow, begins, acts);
    }
}

#[test]
fn nobody_decides_for_themselves() {
    for (title, flow) in [
        ("as manager", "manager 1 of rm"),
        ("as owner", "owner any ro"),
        ("as member", "group any rg"),
        ("named", "people any rp"),
    ] {
        tell(title, flow, "pending 1 Others", &[("r approves", "! own request"), ("r rejects", "! own request")]);
    }
    let mut case = Case::of("administrator any rX");
    for event in [
        Event::Grant { by: Decider { id: person('r'), admin: true }, over: false, comment: None, duration: None },
        Event::Grant { by: Decider { id: person('r'), admin: true }, over: true, comment: None, duration: None },
        Event::Deny { by: Decider { id: person('r'), admin: true }, reason: Some("x".into()), next_steps: None },
        Event::Retry { by: Decider { id: person('r'), admin: true } },
    ] {
        assert_eq!(case.apply(event), Err(Refusal::OwnRequest));
    }
    assert_eq!(case.request.state.status(), Status::Pending);
    // Beneficiary and creator are barred like the requester.
    for role in 0..2 {
        let mut case = Case::of("owner any ox");
        if role == 0 {
            case.request.beneficiary = person('o')
        } else {
            case.request.creator = person('o')
        }
        let vote =
            Event::Vote { by: member('o'), verdict: Verdict::Approve, comment: None, next_steps: None, duration: None };
        assert_eq!(case.apply(vote), Err(Refusal::OwnRequest));
    }
}

#[test]
fn who_leaves_and_who_joins() {
    tell(
        "who leaves drops out of all",
        "group all abc",
        "pending 1 Others",
        &[("a approves", "pending 1 Others"), ("b approves", "pending 1 Others"), ("step 1 is ab", "approved")],
    );
    tell(
        "who joins must agree too",
        "group all ab",
        "pending 1 Others",
        &[
            ("a approves", "pending 1 Others"),
            ("step 1 is abc", "="),
            ("b approves", "pending 1 Others"),
            ("c approves", "approved"),
        ],
    );
    tell(
        "who left can no longer decide",
        "group any ab",
        "pending 1 Others",
        &[("step 1 is b", "="), ("a approves", "! not an approver"), ("b approves", "approved")],
    );
    tell(
        "an approval goes with the one who gave it",
        "group 2 of abc",
        "pending 1 Others",
        &[
            ("a approves", "pending 1 Others"),
            ("step 1 is bc", "="),
            ("b approves", "pending 1 Others"),
            ("c approves", "approved"),
        ],
    );
    tell(
        "a passed step stays passed",
        "manager any m; owner any o",
        "pending 1 Others",
        &[("m approves", "pending 2 Others"), ("step 1 is", "="), ("o approves", "approved")],
    );
    tell(
        "nobody grants after the time by leaving",
        "group all ab",
        "pending 1 Others",
        &[("a approves", "pending 1 Others"), ("days 31", ""), ("step 1 is a", "="), ("clock strikes", "expired")],
    );
}

/// A grant that would come out of what a barred person did waits for an administrator (decisions of 2026-11-25).
#[test]
fn what_a_barred_person_caused_has_to_be_confirmed() {
    let case = tell(
        "the requester removes who had not agreed yet",
        "group all ab",
        "pending 1 Others",
        &[
            ("a approves", "pending 1 Others"),
            ("step 1 is a by r", "pending 1 Administrator to confirm"),
            ("step 1 is a", "="),
            ("step 1 is a by X", "="),
            ("a approves", "="),
            ("r grants", "! not an admin"),
            ("X grants", "approved"),
        ],
    );
    assert_eq!((case.decisions[0].by, case.decisions[0].overriding), (Some(person('X')), false));
    assert!(case.effects.contains(&Effect::Confirm));
    let case = tell(
        "and an administrator denies",
        "group all ab",
        "pending 1 Others",
        &[
            ("a approves", "pending 1 Others"),
            ("step 1 is a by r", "pending 1 Administrator to confirm"),
            ("X denies-silently", "! a reason is required"),
            ("X denies", "denied"),
        ],
    );
    assert!(!case.decisions[0].overriding);
    tell(
        "and nobody confirms",
        "group all ab",
        "pending 1 Others",
        &[
            ("a approves", "pending 1 Others"),
            ("step 1 is a by r", "pending 1 Administrator to confirm"),
            ("days 31", ""),
            ("X grants", "! expired"),
            ("clock strikes", "expired"),
        ],
    );
    tell(
        "a step is not passed by it either",
        "group all ab; owner any o",
        "pending 1 Others",
        &[
            ("a approves", "pending 1 Others"),
            ("step 1 is a by r", "pending 1 Administrator to confirm"),
            ("o approves", "! another step waits"),
            ("X grants", "pending 2 Others"),
            ("o approves", "approved"),
        ],
    );
    tell(
        "what is set right again needs nobody",
        "group all ab",
        "pending 1 Others",
        &[
            ("a approves", "pending 1 Others"),
            ("step 1 is a by r", "pending 1 Administrator to confirm"),
            ("step 1 is ab by r", "pending 1 Others"),
            ("b approves", "approved"),
        ],
    );
    tell(
        "a gap afterwards does not take the doubt away",
        "group all ab",
        "pending 1 Others",
        &[
            ("a approves", "pending 1 Others"),
            ("step 1 is a by r", "pending 1 Administrator to confirm"),
            ("step 1 is by r", "="),
            ("step 1 is a by X", "="),
        ],
    );
    let case = tell(
        "from Missing Data too",
        "manager any m; owner all o",
        "pending 1 Others",
        &[
            ("step 2 is by r", "missing-data 1 Others"),
            ("step 2 is m by r", "pending 1 Others"),
            ("m approves", "approved"),
        ],
    );
    assert_eq!(case.decisions[0].by, Some(person('m')), "a vote is no count");
    tell(
        "carried out by a connector",
        "group all ab",
        "pending 1 Others",
        &[
            ("group is-remote", ""),
            ("a approves", "pending 1 Others"),
            ("step 1 is a by r", "pending 1 Administrator to confirm"),
            ("X grants", "pending 1 Administrator to confirm granting"),
            ("Y grants", "! being granted"),
            ("target succeeds", "approved"),
        ],
    );
    tell(
        "anybody else's change needs nobody",
        "group all ab",
        "pending 1 Others",
        &[("a approves", "pending 1 Others"), ("step 1 is a by X", "approved")],
    );
}

#[test]
fn who_a_barred_person_let_in_does_not_count() {
    tell(
        "as an approver",
        "group any ab",
        "pending 1 Others",
        &[
            ("a got-in-by-their-link", ""),
            ("a approves", "! let in by the requester"),
            ("a rejects", "! let in by the requester"),
            ("b approves", "approved"),
        ],
    );
    tell(
        "and all are the others",
        "group all ab",
        "pending 1 Others",
        &[("a got-in-by-their-link", ""), ("b approves", "approved")],
    );
    tell(
        "as an admin",
        "manager any m",
        "pending 1 Others",
        &[
            ("X got-in-by-their-link", ""),
            ("X grants", "! let in by the requester"),
            ("X denies", "! let in by the requester"),
        ],
    );
}

#[test]
fn an_approval_after_a_barred_person_changed_the_address_has_to_be_confirmed() {
    tell(
        "the last approval",
        "group any ab",
        "pending 1 Others",
        &[
            ("a got-another-address", ""),
            ("a approves", "pending 1 Administrator to confirm"),
            ("b approves", "! another step waits"),
            ("X grants", "approved"),
        ],
    );
    tell(
        "an earlier one",
        "manager any m; owner any o",
        "pending 1 Others",
        &[
            ("m got-another-address", ""),
            ("m approves", "pending 2 Others"),
            ("o approves", "pending 2 Administrator to confirm"),
        ],
    );
    tell(
        "one that was given before",
        "group all ab",
        "pending 1 Others",
        &[
            ("a approves", "pending 1 Others"),
            ("days 1", ""),
            ("a got-another-address", ""),
            ("b approves", "approved"),
        ],
    );
    tell(
        "an administrator",
        "manager any m",
        "pending 1 Others",
        &[("X got-another-address", ""), ("X grants", "! address changed by the requester"), ("Y grants", "approved")],
    );
}

/// The decider of a count is the active person whose counted vote was last.
#[test]
fn a_count_is_decided_by_whose_counted_vote_was_last() {
    let case = tell(
        "not by one whose vote does not count any more",
        "group all abc",
        "pending 1 Others",
        &[
            ("a approves", "pending 1 Others"),
            ("b approves", "pending 1 Others"),
            ("step 1 is ac", "="),
            ("step 1 is a", "approved"),
        ],
    );
    assert_eq!(case.decisions[0].by, Some(person('a')));
    for (active, by) in [("mx", 'm'), ("x", 'x')] {
        let case = tell(
            "an earlier step's, while that person is active",
            "owner any x; manager any m; group all xy",
            "pending 1 Others",
            &[
                ("x approves", "pending 2 Others"),
                ("m approves", "pending 3 Others"),
                ("step 2 is", "="),
                (&format!("active {active}"), ""),
                ("step 3 is x", "approved"),
            ],
        );
        assert_eq!(case.decisions[0].by, Some(person(by)), "{active}");
    }
}

#[test]
fn missing_data_and_its_repair() {
    tell(
        "no manager, then one",
        "manager any",
        "missing-data 1 Others",
        &[("step 1 is m", "pending 1 Others"), ("m approves", "approved")],
    );
    tell(
        "only oneself",
        "owner any r",
        "missing-data 1 Others",
        &[("r approves", "! own request"), ("step 1 is ro", "pending 1 Others")],
    );
    tell(
        "fewer than required",
        "group 3 of ab",
        "missing-data 1 Others",
        &[("a approves", "! not possible while missing-data"), ("step 1 is abc", "pending 1 Others")],
    );
    tell(
        "a later step is short already",
        "manager any m; owner any",
        "missing-data 1 Others",
        &[
            ("step 2 is o", "pending 1 Others"),
            ("m approves", "pending 2 Others"),
            ("step 2 is", "missing-data 2 Others"),
            ("step 2 is o", "pending 2 Others"),
        ],
    );
    tell("all of nobody is not everybody", "group all", "missing-data 1 Others", &[("X grants", "approved")]);
    tell(
        "an admin may deny it",
        "manager any",
        "missing-data 1 Others",
        &[("X denies-silently", "! a reason is required"), ("X denies", "denied")],
    );
}

#[test]
fn admins_decide_over_approvers() {
    let case = tell("override", "manager any m; owner any o", "pending 1 Others", &[("X grants", "approved")]);
    assert!(case.decisions[0].overriding);
    assert!(case.effects.contains(&Effect::Notify(Notice::Overridden)));
    let case = tell("deny over", "manager any m", "pending 1 Others", &[("X denies", "denied")]);
    assert!(case.decisions[0].overriding);
    let case = tell("no override", "administrator any X", "pending 1 Administrator", &[("X grants", "approved")]);
    assert!(!case.decisions[0].overriding);
    let case = tell(
        "a vote, then the remaining steps",
        "administrator any X; owner any o",
        "pending 1 Administrator",
        &[("X grants", "pending 2 Others"), ("X grants", "approved")],
    );
    assert!(case.decisions[0].overriding, "over the owner");
    let case = tell(
        "at once",
        "administrator any X; owner any o",
        "pending 1 Administrator",
        &[("X grants-over", "approved")],
    );
    assert!(case.decisions[0].overriding);
    tell(
        "with a comment when Settings say so",
        "manager any m",
        "pending 1 Others",
        &[
            ("settings demand-comments", ""),
            ("X grants", "! a comment is required"),
            ("X grants-over-saying-why", "approved"),
        ],
    );
    tell(
        "not by others",
        "manager any m",
        "pending 1 Others",
        &[("m grants", "! not an admin"), ("x denies", "! not an admin"), ("x retries", "! not an admin")],
    );
    let case = tell(
        "who has approved may still deny, over the others",
        "administrator 2 of XY",
        "pending 1 Administrator",
        &[("X grants", "pending 1 Administrator"), ("X denies", "denied")],
    );
    assert!(case.decisions[0].overriding);
}

#[test]
fn two_clocks() {
    tell(
        "expires without action",
        "manager any m",
        "pending 1 Others",
        &[
            ("clock strikes", "! not possible while pending"),
            ("days 30", ""),
            ("m approves", "! expired"),
            ("X grants", "! expired"),
            ("clock strikes", "expired"),
            ("X denies", "! already expired"),
        ],
    );
    tell(
        "a vote restarts the clock",
        "group 2 of ab",
        "pending 1 Others",
        &[("days 29", ""), ("a approves", "pending 1 Others"), ("days 29", ""), ("b approves", "approved")],
    );
    tell(
        "missing data expires too",
        "manager any",
        "missing-data 1 Others",
        &[("days 30", ""), ("clock strikes", "expired")],
    );
    tell(
        "an error never expires",
        "manager any m",
        "pending 1 Others",
        &[
            ("group breaks", ""),
            ("m approves", "error 1 Others"),
            ("days 400", ""),
            ("clock strikes", "! not possible while error"),
            ("group works", ""),
            ("X retries", "approved"),
        ],
    );
}

#[test]
fn errors_and_retry() {
    let case = tell(
        "the group is gone, then repaired",
        "administrator any X",
        "pending 1 Administrator",
        &[
            ("group breaks", ""),
            ("X grants", "error 1 Administrator"),
            ("Y retries", "error 1 Administrator"),
            ("group works", ""),
            ("Y retries", "approved"),
        ],
    );
    assert_eq!(case.decisions.len(), 1, "only what was carried out counts as decided");
    assert_eq!(case.decisions[0].by, Some(person('Y')));
    let case = tell(
        "an override that failed stays one",
        "owner any o",
        "pending 1 Others",
        &[("group breaks", ""), ("X grants", "error 1 Others"), ("group works", ""), ("Y retries", "approved")],
    );
    assert!(case.decisions[0].overriding);
    let case = tell(
        "or is denied after all",
        "owner any o",
        "pending 1 Others",
        &[("group breaks", ""), ("o approves", "error 1 Others"), ("o approves", "="), ("X denies", "denied")],
    );
    assert!(!case.effects.contains(&Effect::Undo));
    tell("nothing to retry", "owner any o", "pending 1 Others", &[("X retries", "! not possible while pending")]);
}

#[test]
fn in_flight() {
    let case = tell(
        "everything waits for the result",
        "administrator any X",
        "pending 1 Administrator",
        &[
            ("group is-remote", ""),
            ("X grants", "pending 1 Administrator granting"),
            ("Y grants", "! being granted"),
            ("Y denies", "! being granted"),
            ("r withdraws", "! being granted"),
            ("days 60", ""),
            ("clock strikes", "! being granted"),
            ("step 1 is", "="),
            ("target succeeds", "approved"),
            ("target succeeds", "! already approved"),
        ],
    );
    assert_eq!(case.granted, 1);
    tell(
        "a failure is an error that can be tried again",
        "manager any m",
        "pending 1 Others",
        &[
            ("group is-remote", ""),
            ("m approves", "pending 1 Others granting"),
            ("target fails", "error 1 Others"),
            ("X retries", "error 1 Others granting"),
            ("target succeeds", "approved"),
        ],
    );
    let case = tell(
        "removal takes effect with the result",
        "manager any m",
        "pending 1 Others",
        &[
            ("group is-remote", ""),
            ("m approves", "pending 1 Others granting"),
            ("flow deleted", "pending 1 Others granting"),
            ("target succeeds", "canceled"),
        ],
    );
    assert_eq!(case.granted, 0);
    assert!(case.effects.contains(&Effect::Undo));
    let case = tell(
        "a denial from Error undoes first",
        "manager any m",
        "pending 1 Others",
        &[
            ("group is-remote", ""),
            ("m approves", "pending 1 Others granting"),
            ("target fails", "error 1 Others"),
            ("X denies", "error 1 Others granting"),
            ("X grants", "! being granted"),
            ("target fails", "error 1 Others"),
            ("X retries", "error 1 Others granting"),
            ("target succeeds", "denied"),
        ],
    );
    assert_eq!((case.granted, case.decisions.len()), (0, 1));
    tell(
        "no result without a grant",
        "manager any m",
        "pending 1 Others",
        &[("target succeeds", "! not possible while pending")],
    );
}

#[test]
fn ended_from_outside() {
    tell(
        "withdrawn",
        "manager any m",
        "pending 1 Others",
        &[
            ("m withdraws", "! not the requester"),
            ("r withdraws", "canceled"),
            ("r withdraws", "! already canceled"),
            ("m approves", "! already canceled"),
        ],
    );
    tell("flow deleted", "manager any", "missing-data 1 Others", &[("flow deleted", "canceled")]);
    tell(
        "person gone, grant failed",
        "manager any m",
        "pending 1 Others",
        &[("group breaks", ""), ("m approves", "error 1 Others"), ("person deactivated", "canceled")],
    );
    tell(
        "access that was granted stays when the flow goes",
        "manager any m",
        "pending 1 Others",
        &[("m approves", "approved"), ("flow deleted", "! already approved")],
    );
}
