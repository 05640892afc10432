//! Requests: saving conditionally, counters, lists against the evaluation in memory.

use crate::support::{Bench, START, World, engines, submit, world};
use domain::filter::{Facts, Filter, ListQuery, PageSize, Requester, Sort, SortKey};
use domain::ids::{PersonId, RequestNumber};
use domain::request::{ApprovalType, Doubt, Lane, State, Status, Verdict, Vote};
use domain::text::fold;
use domain::time::{Day, Span, Timestamp};
use proptest::prelude::*;
use store::bulk::{self, History};
use store::directory::people::{self, Person};
use store::requests::{self, Change, Effort, Waiting};
use store::{Error, Session};

fn denied(state: &State) -> Change<'_> {
    Change {
        state,
        lane: Lane::Others,
        waiting: Waiting::default(),
        expires_at: START + Span::days(30),
        decision: Some(requests::Frozen {
            at: START,
            by: "Max".to_owned(),
            reason: "No".to_owned(),
            next_steps: String::new(),
            overridden: false,
            granted: None,
            access_ends_at: None,
        }),
    }
}

#[tokio::test]
async fn a_request_is_saved_once_for_each_version_and_never_leaves_its_end() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        assert_eq!(requests::counters(&mut s).await.expect("counters").others, 1);
        assert_eq!(requests::open_for(&mut s, w.requester.id, w.resource.id).await.expect("open"), Some(number));
        assert_eq!(requests::open_by_resource(&mut s, w.requester.id).await.expect("open"), [(w.resource.id, number)]);
        assert_eq!(
            requests::load_open(&mut s, RequestNumber(0), 9).await.expect("open").loaded[0].request.number,
            number
        );
        assert_eq!(requests::open_of(&mut s, w.requester.id).await.expect("open"), [number]);
        assert_eq!(
            requests::waiting_candidates(&mut s, w.manager.id, &[], RequestNumber(0), 9).await.expect("waiting"),
            [number]
        );
        let before = requests::load(&mut s, number, true).await.expect("load").expect("there").request;
        let vote =
            Vote { person: w.manager.id, verdict: Verdict::Deny, step: 0, at: START, comment: Some("No".to_owned()) };
        requests::record_vote(&mut s, number, &vote, "Max").await.expect("vote");
        let end = State::Denied { step: 0 };
        requests::save(&mut s, &before, &denied(&end)).await.expect("save");
        requests::record_decision(&mut s, number, "denied", Some(&decision(w.manager.id)), None)
            .await
            .expect("decision");
        assert!(matches!(requests::save(&mut s, &before, &denied(&end)).await, Err(Error::Stale)));
        s.commit().await.expect("commit");

        let mut s = bench.store.write().await.expect("write");
        let after = requests::load(&mut s, number, false).await.expect("load").expect("there");
        assert_eq!((after.request.version, after.request.votes.len()), (2, 1));
        assert_eq!(requests::decider(&mut s, number).await.expect("decider"), Some(w.manager.id));
        assert_eq!(requests::counters(&mut s).await.expect("counters").others, 0);
        assert_eq!(requests::approvals(&mut s, w.manager.id, 5).await.expect("voted").len(), 1);
        assert_eq!(
            requests::by_requester(&mut s, w.requester.id, None, RequestNumber(i64::MAX), 5).await.expect("mine").len(),
            1
        );
        let full = requests::full_row(&mut s, number, w.requester.id).await.expect("row").expect("there");
        assert!(full.row.own && full.end.is_some_and(|end| end.by.as_deref() == Some("Max")));
        // The trigger holds even against code that does not ask.
        let pending = State::Pending { step: 0, flight: None };
        let forced = requests::save(&mut s, &after.request, &Change { decision: None, ..denied(&pending) }).await;
        assert!(forced.is_err(), "a terminal state was left");
    }
}

fn decision(by: PersonId) -> domain::request::Decision {
    domain::request::Decision {
        kind: domain::request::DecisionKind::Deny,
        by: Some(by),
        at: START,
        reason: Some("No".to_owned()),
        next_steps: None,
        overriding: false,
        duration: None,
    }
}

/// What has to be confirmed waits for administrators, and lists say so.
#[tokio::test]
async fn what_has_to_be_confirmed_is_counted_with_the_administrators() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        let counted = requests::counters(&mut s).await.expect("counters");
        assert_eq!((counted.administrator, counted.others), (0, 1));
        let before = requests::load(&mut s, number, true).await.expect("load").expect("there").request;
        let state = State::Unconfirmed { step: 0, doubt: Doubt::Directory(w.requester.id), flight: None };
        let lane = state.lane(&before.definition);
        requests::save(&mut s, &before, &Change { decision: None, lane, ..denied(&state) }).await.expect("save");
        let counted = requests::counters(&mut s).await.expect("counters");
        assert_eq!((counted.administrator, counted.others), (1, 0));
        let row = requests::row(&mut s, number, w.admin.id).await.expect("row").expect("there");
        assert!(row.needs_confirmation);
        assert_eq!((row.status, row.lane), (Status::Pending, Lane::Administrator));
        let after = requests::load(&mut s, number, true).await.expect("load").expect("there").request;
        assert_eq!((after.state.clone(), after.lane()), (state, Lane::Administrator));
        let pending = State::Pending { step: 0, flight: None };
        let back = Change { decision: None, lane: Lane::Others, ..denied(&pending) };
        requests::save(&mut s, &after, &back).await.expect("save");
        assert_eq!(requests::counters(&mut s).await.expect("counters").administrator, 0);
        assert!(!requests::row(&mut s, number, w.admin.id).await.expect("row").expect("there").needs_confirmation);
    }
}

#[tokio::test]
async fn one_open_request_per_beneficiary_and_resource() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "once").await;
        let loaded = requests::load(&mut s, number, false).await.expect("load").expect("there");
        assert_eq!(loaded.reason, "once");
        assert_eq!(requests::due(&mut s, None, 5).await.expect("due"), []);
        for asked in [-7, 0, number.0, number.0 + 1, i64::MAX] {
            let found = requests::nearest(&mut s, domain::ids::RequestNumber(asked)).await.expect("nearest");
            assert_eq!(found, Some(number), "{asked}: the one below it, else the oldest");
        }
        s.commit().await.expect("commit");
        bench.hand.store((START + Span::days(30)).0, std::sync::atomic::Ordering::SeqCst);
        let mut s = bench.store.read().await.expect("read");
        let due = requests::due(&mut s, None, 5).await.expect("due");
        assert_eq!(due, [(START + Span::days(30), number)]);
        assert_eq!(requests::due(&mut s, due.last().copied(), 5).await.expect("due"), [], "after the last one");
    }
}

#[tokio::test]
async fn a_grant_is_a_membership_until_it_ends() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "grant").await;
        let ends = Timestamp(START.0 + 10);
        store::grants::begin(&mut s, number, w.requester.id, w.resource.id, w.group.id, Some(ends))
            .await
            .expect("begin");
        let held = store::grants::held_by(&mut s, w.requester.id).await.expect("held");
        assert_eq!((held.len(), held[0].ends_at), (1, Some(ends.0)));
        store::directory::groups::add_imported(&mut s, &[(w.group.id, w.requester.id)]).await.expect("import");
        assert_eq!(store::grants::held_by(&mut s, w.requester.id).await.expect("held")[0].ends_at, None);
        s.commit().await.expect("commit");
        bench.hand.store(ends.0, std::sync::atomic::Ordering::SeqCst);
        let mut s = bench.store.write().await.expect("write");
        let (due, _) = store::grants::due(&mut s, None, 5).await.expect("due");
        assert!(store::grants::end_due(&mut s, due[0].1).await.expect("end").is_some());
        assert_eq!(store::grants::end_all_of(&mut s, w.requester.id, "test").await.expect("none left"), []);
        assert_eq!(store::grants::held_by(&mut s, w.requester.id).await.expect("held").len(), 1, "the import stays");
    }
}

/// What a generated request is made of.
#[derive(Clone, Debug)]
struct Made {
    lane: Lane,
    status: Status,
    kind: ApprovalType,
    name: usize,
    resource: usize,
    day: i64,
    wait: i64,
    reason: String,
}

const NAMES: [&str; 6] = ["Ärik Öst", "anna", "Anna Berg", "Zoë", "東 京子", "Юрий О’Нил"];
const RESOURCES: [&str; 3] = ["NetSuite", "netbox", "Vault 100%_x"];

fn made() -> impl Strategy<Value = Made> {
    let status = prop::sample::select(Status::ALL.to_vec());
    let lane = prop::sample::select(Lane::ALL.to_vec());
    let kind = prop::sample::select(ApprovalType::ALL.to_vec());
    (lane, status, kind, 0..NAMES.len(), 0..RESOURCES.len(), 0..20_i64, 1..40_i64, "[a-cÄÖ%_ 東京’-]{3,8}").prop_map(
        |(lane, status, kind, name, resource, day, wait, reason)| Made {
            lane,
            status,
            kind,
            name,
            resource,
            day,
            wait,
            reason,
        },
    )
}

/// Words, phrases, what stands in two parts of a row, scripts of one sign a word, beginnings, names of now and of before, and what is
/// not searched for.
const SEARCHES: [&str; 35] = [
    "an",
    "net",
    "ÄRIK",
    "abc",
    "1",
    "12",
    "%_x",
    "rik@",
    "ost",
    "z",
    "anna net",
    "net, ANNA",
    "\"anna berg\"",
    "\"berg anna",
    "berg anna vault",
    "東",
    "東京 net",
    "京",
    "子 vault",
    "юр",
    "юрий о'нил",
    "о’н",
    "& net",
    "&",
    "a-b",
    "b'c",
    "neu",
    "neumann",
    "anna neumann",
    "old@x.test",
    "neumann netsuite abc",
    "zo 1",
    "a vault",
    "b net 1",
    "n netsuite",
];

fn queries() -> impl Strategy<Value = ListQuery> {
    let search = prop::option::of(prop::sample::select(SEARCHES.to_vec()));
    let days = (prop::option::of(0..20_i64), prop::option::of(0..20_i64));
    let sets = (
        prop::collection::btree_set(prop::sample::select(Status::ALL.to_vec()), 0..4),
        prop::collection::btree_set(prop::sample::select(ApprovalType::ALL.to_vec()), 0..3),
    );
    let sort = (prop::sample::select(SortKey::ALL.to_vec()), any::<bool>());
    (prop::sample::select(Lane::ALL.to_vec()), search, days, sets, sort, prop::option::of(0..NAMES.len())).prop_map(
        |(tab, search, (from, to), (status, kinds), (key, descending), requester)| ListQuery {
            filter: Filter {
                tab,
                search: search.map(str::to_owned),
                status: status.into_iter().collect(),
                approval_type: kinds.into_iter().collect(),
                requester: requester.map(|name| Requester::Person(id(name))),
                from: from.map(day),
                to: to.map(day),
                zone: None,
            },
            sort: Sort { key, descending },
            after: None,
            size: PageSize::Small,
        },
    )
}

fn email(name: usize) -> String {
    ["arik@x.test", "anna@x.test", "ab@x.test", "zoe.old@x.test", "azuma@x.test", "yuri@x.test"][name].to_owned()
}

fn id(name: usize) -> PersonId {
    PersonId::example(100 + name as u128)
}

/// What somebody is called and where they are written to now, after the requests.
fn present(name: usize) -> (String, String) {
    match name {
        2 => ("Anna Neumann".to_owned(), email(name)),
        3 => ("Zoë".to_owned(), "neu@x.test".to_owned()),
        _ => (NAMES[name].to_owned(), email(name)),
    }
}

/// Those who ask: everybody as on the requests, and then some of them changed.
async fn people(s: &mut Session) {
    let before: Vec<Person> =
        (0..NAMES.len()).map(|name| Person { id: id(name), ..Person::new(&email(name), NAMES[name]) }).collect();
    people::put(s, &before).await.expect("people");
    for (index, person) in before.into_iter().enumerate() {
        let (name, email) = present(index);
        people::update(s, &Person { name, email, ..person }).await.expect("update");
    }
}

fn day(back: i64) -> Day {
    Day(START.day().0 - back)
}

fn history(w: &World, index: usize, made: &Made) -> (History, Facts) {
    let number = RequestNumber(i64::try_from(index).expect("small") + 1);
    let submitted_at = Timestamp(START.0 - made.day * 86_400_000_000 + number.0);
    let expires_at = submitted_at + Span::days(u32::try_from(made.wait).expect("positive"));
    let state = state(made.status);
    let (name, resource) = (NAMES[made.name], RESOURCES[made.resource]);
    let facts = Facts {
        number,
        lane: made.lane,
        status: made.status,
        approval_type: made.kind,
        requester: id(made.name),
        requester_fold: fold(name),
        resource_fold: fold(resource),
        search: Facts::search_text(number, name, &email(made.name), resource, "Flow", &made.reason),
        person: Facts::person_text(&present(made.name).0, &present(made.name).1),
        submitted_at,
        expires_at,
    };
    let frozen = made.status.is_terminal().then(|| denied(&state).decision).flatten();
    let names = [name, &email(made.name), "D", "", resource, "C", "Flow", "G"].map(str::to_owned);
    // One open request per beneficiary and resource is a rule of the schema; lists do not look at either.
    let history = History {
        number,
        version: 1,
        requester: id(made.name),
        resource: w.resource.id,
        flow: w.flow.id,
        flow_version: w.flow.version_id,
        group: w.group.id,
        lane: made.lane,
        approval_type: made.kind,
        state,
        names,
        reason: made.reason.clone(),
        requested: None,
        submitted_at,
        expires_at,
        waiting: Waiting::default(),
        decision: frozen,
        end: None,
        votes: Vec::new(),
        grant: None,
        audit: Vec::new(),
        mails: Vec::new(),
    };
    (history, facts)
}

fn state(status: Status) -> State {
    use domain::request::{Attempt, CancelCause, ErrorCause};
    match status {
        Status::Pending => State::Pending { step: 0, flight: None },
        Status::Approved => State::Approved { step: 0 },
        Status::Denied => State::Denied { step: 0 },
        Status::Canceled => State::Canceled { step: 0, cause: CancelCause::Withdrawn },
        Status::Expired => State::Expired { step: 0 },
        Status::Error => State::Error {
            step: 0,
            attempt: Attempt { decision: decision(PersonId::example(1)), cause: ErrorCause::GroupGone },
            flight: None,
        },
        Status::MissingData => State::MissingData {
            step: 0,
            missing: domain::flow::Missing {
                step: 0,
                approvers: domain::flow::ApproverKind::Manager,
                living: 0,
                needed: 1,
            },
            flight: None,
        },
    }
}

async fn all_pages(bench: &Bench, query: &ListQuery, effort: Effort) -> Vec<RequestNumber> {
    let mut s = bench.store.read().await.expect("read");
    let mut query = query.clone();
    let mut out = Vec::new();
    loop {
        let page = requests::list_within(&mut s, &query, PersonId::example(9), effort).await.expect("list");
        out.extend(page.rows.iter().map(|row| row.number));
        match page.next {
            Some(cursor) => query.after = Some(cursor),
            None => return out,
        }
    }
}

async fn exported(bench: &Bench, query: &ListQuery) -> Vec<RequestNumber> {
    let mut s = bench.store.read().await.expect("read");
    let chunk = requests::export_chunk(&mut s, query).await.expect("chunk");
    let numbers: Vec<_> = chunk.rows().map(|row| row.expect("row").number()).collect();
    assert!(chunk.next().expect("next").is_none());
    assert!(requests::export_votes(&mut s, &numbers).await.expect("votes").is_empty());
    numbers
}

/// Both engines, the export and the evaluation in memory give the same rows in the same order, whatever is asked.
#[test]
fn lists_agree_with_the_evaluation_in_memory() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("runtime");
    let config = ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(all in prop::collection::vec(made(), 1..90), asked in prop::collection::vec(queries(), 25))| {
        runtime.block_on(async {
            for bench in engines().await {
                let mut s = bench.store.write().await.expect("write");
                let w = world(&mut s).await;
                people(&mut s).await;
                drop_open_rule(&mut s).await;
                // Submissions are in the order of their numbers.
                let mut all = all.clone();
                all.sort_by_key(|made| std::cmp::Reverse(made.day));
                let (histories, facts): (Vec<_>, Vec<_>) = all.iter().enumerate().map(|(index, made)| history(&w, index, made)).unzip();
                bulk::load(&mut s, &histories).await.expect("load");
                requests::recount(&mut s).await.expect("recount");
                s.commit().await.expect("commit");
                for query in &asked {
                    let mut expected: Vec<&Facts> = facts.iter().filter(|facts| query.filter.matches(facts)).collect();
                    expected.sort_by(|a, b| query.sort.compare(a, b));
                    let expected: Vec<_> = expected.iter().map(|facts| facts.number).collect();
                    // Few rows are found the first way; the others are gone with less effort.
                    for (look, far, few, days) in [(2000, 20_000, 3000, 4000), (2, 4, 3, 3), (2, 30, 0, 0), (2, 30, 90, 0)] {
                        let effort = Effort { look, far, few, days };
                        assert_eq!(all_pages(&bench, query, effort).await, expected, "{query:?} {effort:?}");
                    }
                    assert_eq!(exported(&bench, query).await, expected, "{query:?}");
                }
            }
        });
    });
}

/// Lets one person have many open requests, which the generated rows need.
async fn drop_open_rule(s: &mut Session) {
    bulk::drop_open_rule_for_tests(s).await.expect("drop");
}
