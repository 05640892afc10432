//! The machine against a reference model: maps and sets, written from `product.md` 2 and knowing nothing of the machine's types
//! but what goes in and what comes out.

use crate::support::{Case, admin, definition, member, person, world};
use domain::flow::{Approvers, NamedPerson, Required, Step};
use domain::ids::{GroupId, PersonId};
use domain::request::{Event, Status, Verdict};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The requester is `r`; capitals are administrators.
const PEOPLE: [char; 8] = ['r', 'a', 'b', 'c', 'd', 'e', 'X', 'Y'];

/// How many must agree, in the model's own words.
#[derive(Clone, Copy, Debug)]
enum Need {
    One,
    Everybody,
    So(usize),
}

/// What a request looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Waits(usize),
    Missing(usize),
    /// Somebody has to confirm: the requester changed who is asked.
    Doubt(usize),
    Granted,
    Refused,
}

/// The reference: who stands in each step's set now, who said what, and where the request stands.
#[derive(Clone, Debug)]
struct Model {
    admins: Vec<bool>,
    needs: Vec<Need>,
    sets: Vec<BTreeSet<char>>,
    said: BTreeMap<char, bool>,
    at: Seen,
}

impl Model {
    fn new(admins: Vec<bool>, needs: Vec<Need>, sets: Vec<BTreeSet<char>>) -> Self {
        let mut model = Self { admins, needs, sets, said: BTreeMap::new(), at: Seen::Waits(0) };
        model.settle(0);
        model
    }

    /// Everybody in the set but the requester.
    fn living(&self, step: usize) -> BTreeSet<char> {
        self.sets[step].iter().copied().filter(|who| *who != 'r').collect()
    }

    fn needed(&self, step: usize) -> usize {
        match self.needs[step] {
            Need::One => 1,
            Need::Everybody => self.living(step).len().max(1),
            Need::So(count) => count.max(1),
        }
    }

    fn agreed(&self, step: usize) -> usize {
        self.living(step).iter().filter(|who| self.said.get(who) == Some(&true)).count()
    }

    fn possible(&self, step: usize) -> bool {
        self.living(step).len() >= self.needed(step)
    }

    fn passed(&self, step: usize) -> bool {
        self.possible(step) && self.agreed(step) >= self.needed(step)
    }

    /// Where the request stands when nothing before `from` counts any more.
    fn settle(&mut self, from: usize) {
        let steps = self.needs.len();
        let Some(first) = (from..steps).find(|step| !self.passed(*step)) else {
            // Nobody is given anything without an approval.
            self.at = if self.said.values().any(|yes| *yes) { Seen::Granted } else { self.at };
            return;
        };
        self.at = if (first..steps).all(|step| self.possible(step)) { Seen::Waits(first) } else { Seen::Missing(from) };
    }

    /// The step at which a request that lacks something goes on: what it has passed since stays passed.
    fn reached(&self, from: usize) -> usize {
        (from..self.needs.len()).find(|step| self.agreed(*step) < self.needed(*step)).unwrap_or(from)
    }

    fn vote(&mut self, who: char, yes: bool) {
        let Seen::Waits(step) = self.at else { return };
        let may = !self.admins[step] && self.living(step).contains(&who) && !self.said.contains_key(&who);
        if !may {
            return;
        }
        self.said.insert(who, yes);
        if !yes {
            self.at = Seen::Refused;
            return;
        }
        self.settle(step);
        if let Seen::Missing(_) = self.at {
            self.at = Seen::Missing(self.reached(step));
        }
    }

    fn grant(&mut self, who: char, over: bool) {
        match self.at {
            Seen::Granted | Seen::Refused => {}
            Seen::Waits(step) if self.admins[step] => {
                if !over && self.said.contains_key(&who) {
                    return;
                }
                if over {
                    self.at = Seen::Granted;
                    return;
                }
                self.said.insert(who, true);
                self.settle(step);
                if let Seen::Missing(_) = self.at {
                    self.at = Seen::Missing(self.reached(step));
                }
            }
            Seen::Waits(_) | Seen::Missing(_) => self.at = Seen::Granted,
            Seen::Doubt(step) => {
                let first = (step..self.needs.len()).find(|step| !self.passed(*step));
                let goes_on = first.filter(|first| *first != step && !over);
                let possible = |from: usize| (from..self.needs.len()).all(|step| self.possible(step));
                self.at = goes_on.filter(|first| possible(*first)).map_or(Seen::Granted, Seen::Waits);
            }
        }
    }

    fn deny(&mut self) {
        if matches!(self.at, Seen::Waits(_) | Seen::Missing(_) | Seen::Doubt(_)) {
            self.at = Seen::Refused;
        }
    }

    fn people(&mut self, step: usize, set: BTreeSet<char>, by_requester: bool) {
        if let Some(place) = self.sets.get_mut(step) {
            *place = set;
        }
        match self.at {
            Seen::Waits(from) | Seen::Missing(from) => {
                self.settle(from);
                let gains = match self.at {
                    Seen::Granted => true,
                    Seen::Waits(now) => now != from,
                    _ => false,
                };
                if by_requester && gains {
                    self.at = Seen::Doubt(from);
                }
            }
            Seen::Doubt(from) => {
                self.settle(from);
                if self.at != Seen::Waits(from) {
                    self.at = Seen::Doubt(from);
                }
            }
            Seen::Granted | Seen::Refused => {}
        }
    }
}

/// What happens.
#[derive(Clone, Debug)]
enum Move {
    Vote(char, bool),
    Grant(char, bool),
    Deny(char),
    People(usize, BTreeSet<char>, bool),
}

fn set() -> impl Strategy<Value = BTreeSet<char>> {
    prop::sample::subsequence(PEOPLE.to_vec(), 0..=PEOPLE.len()).prop_map(|list| list.into_iter().collect())
}

fn moves() -> impl Strategy<Value = Move> {
    let anyone = || prop::sample::select(PEOPLE.to_vec());
    let an_admin = || prop::sample::select(vec!['X', 'Y']);
    prop_oneof![
        8 => (anyone(), prop::bool::weighted(0.9)).prop_map(|(who, yes)| Move::Vote(who, yes)),
        2 => (an_admin(), prop::bool::weighted(0.2)).prop_map(|(who, over)| Move::Grant(who, over)),
        1 => an_admin().prop_map(Move::Deny),
        3 => (0..5_usize, set(), any::<bool>()).prop_map(|(step, set, own)| Move::People(step, set, own)),
    ]
}

fn seen(case: &Case) -> Seen {
    let step = case.request.state.step();
    match case.request.state.status() {
        Status::Pending if case.request.state.doubt().is_some() => Seen::Doubt(step),
        Status::Pending => Seen::Waits(step),
        Status::MissingData => Seen::Missing(step),
        Status::Approved => Seen::Granted,
        Status::Denied => Seen::Refused,
        other => panic!("{other:?} was not asked for"),
    }
}

fn ids(set: &BTreeSet<char>) -> Vec<PersonId> {
    set.iter().map(|letter| person(*letter)).collect()
}

fn flow() -> impl Strategy<Value = Vec<(bool, Need, BTreeSet<char>)>> {
    let need = prop_oneof![Just(Need::One), Just(Need::Everybody), (1..4_usize).prop_map(Need::So)];
    prop::collection::vec((prop::bool::weighted(0.25), need, set()), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_machine_agrees_with_the_model(flow in flow(), moves in prop::collection::vec(moves(), 0..14)) {
        // The set of an administrator step is the administrators.
        let sets: Vec<BTreeSet<char>> = flow
            .iter()
            .map(|(admins, _, set)| if *admins { BTreeSet::from(['X', 'Y']) } else { set.clone() })
            .collect();
        let steps = flow
            .iter()
            .enumerate()
            .map(|(index, (admins, need, _))| Step {
                approvers: match (admins, index % 3) {
                    (true, _) => Approvers::Administrator,
                    (false, 0) => Approvers::Owner,
                    (false, 1) => Approvers::Group { id: GroupId::example(7), name: "Approvers".into() },
                    _ => Approvers::People { people: vec![NamedPerson { id: person('a'), name: "A".into() }] },
                },
                required: match need {
                    Need::One => Required::Any,
                    Need::Everybody => Required::All,
                    Need::So(count) => Required::AtLeast(u32::try_from(*count).expect("small")),
                },
            })
            .collect();
        let living = sets.iter().map(ids).collect();
        let mut case = Case::submit(definition(steps), world(living), None).expect("submitted");
        let admins: Vec<bool> = flow.iter().map(|(admins, ..)| *admins).collect();
        let mut model = Model::new(admins.clone(), flow.iter().map(|(_, need, _)| *need).collect(), sets);
        prop_assert_eq!(seen(&case), model.at, "on submission");
        for one in moves {
            let event = match &one {
                Move::Vote(who, yes) => {
                    model.vote(*who, *yes);
                    let verdict = if *yes { Verdict::Approve } else { Verdict::Deny };
                    Event::Vote { by: member(*who), verdict, comment: Some("why".into()), next_steps: None, duration: None }
                }
                Move::Grant(who, over) => {
                    model.grant(*who, *over);
                    Event::Grant { by: admin(*who), over: *over, comment: None, duration: None }
                }
                Move::Deny(who) => {
                    model.deny();
                    Event::Deny { by: admin(*who), reason: Some("why".into()), next_steps: None }
                }
                Move::People(step, set, own) => {
                    if admins.get(*step) != Some(&false) {
                        continue;
                    }
                    case.world.living[*step] = ids(set);
                    model.people(*step, set.clone(), *own);
                    Event::Recount { cause: own.then(|| person('r')) }
                }
            };
            let _ = case.apply(event);
            prop_assert_eq!(seen(&case), model.at, "after {:?}", one);
        }
    }
}
