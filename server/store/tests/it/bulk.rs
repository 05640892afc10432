//! Bulk loading: what is taken away for it comes back, and what was loaded is found.

use crate::support::{START, World, engines, submit, submit_as, world};
use domain::filter::{Filter, ListQuery, Sort, SortKey};
use domain::ids::{MessageId, PersonId, RequestNumber};
use domain::request::{ApprovalType, Lane, State, Verdict, Vote};
use domain::time::{Span, Timestamp};
use store::audit::{self, Wanted};
use store::bulk::{self, History};
use store::requests::{self, Frozen, Waiting};
use store::{Error, Session, deliveries, grants, login};

/// A request that was approved with everything that happened to it.
fn approved(w: &World, number: i64, reason: &str) -> History {
    let names = ["Rita Örsted", "rita@x.test", "Finance", "max@x.test", "NetSuite", "Finance", "Flow", "Group"];
    let decision = Frozen {
        at: START,
        by: "Max".to_owned(),
        reason: "Fine".to_owned(),
        next_steps: String::new(),
        overridden: false,
        granted: None,
        access_ends_at: None,
    };
    let vote = Vote { person: w.manager.id, verdict: Verdict::Approve, step: 0, at: START, comment: None };
    History {
        number: RequestNumber(number),
        version: 2,
        requester: w.requester.id,
        resource: w.resource.id,
        flow: w.flow.id,
        flow_version: w.flow.version_id,
        group: w.group.id,
        lane: Lane::Others,
        approval_type: ApprovalType::Manual,
        state: State::Approved { step: 0 },
        names: names.map(str::to_owned),
        reason: reason.to_owned(),
        requested: None,
        submitted_at: Timestamp(START.0 + number),
        expires_at: Timestamp(START.0 + number) + Span::days(30),
        waiting: Waiting::default(),
        decision: Some(decision),
        end: Some(("approved", Some(w.manager.id), None)),
        votes: vec![(vote, "Max".to_owned())],
        grant: Some((store::new_id(), START, None, None)),
        audit: vec![
            (START, "request_submitted", Some((w.requester.id, "Rita".to_owned())), Some(1)),
            (START, "approved", Some((w.manager.id, "Max".to_owned())), Some(2)),
        ],
        mails: vec![(MessageId(store::new_id()), "request_approved", w.requester.id, START)],
    }
}

async fn found(s: &mut Session, filter: Filter, key: SortKey) -> Vec<i64> {
    let query = ListQuery { filter, sort: Sort { key, descending: true }, ..ListQuery::default() };
    let page = requests::list(s, &query, PersonId::example(9)).await.expect("list");
    page.rows.iter().map(|row| row.number.0).collect()
}

#[tokio::test]
async fn what_is_taken_away_for_a_load_comes_back() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        assert!(bulk::is_empty(&mut s).await.expect("empty"));
        let w = world(&mut s).await;
        assert!(!bulk::is_empty(&mut s).await.expect("empty"), "people are there");
        let prepared = bulk::prepare(&mut s).await.expect("prepare");
        let steps = bulk::steps(&prepared);
        assert!(steps > 10, "{steps}");
        assert_eq!(bulk::steps(&bulk::prepare(&mut s).await.expect("prepare")), 1, "all are away");
        let loaded = [approved(&w, 1, "Zebra crossing"), approved(&w, 2, "Month-end")];
        bulk::load(&mut s, &loaded).await.expect("load");
        for step in 0..steps {
            bulk::restore(&mut s, &prepared, step).await.expect("restore");
        }
        s.commit().await.expect("commit");

        let mut s = bench.store.write().await.expect("write");
        let searched = |term: &str| Filter { search: Some(term.to_owned()), ..Filter::cleared(Lane::Others) };
        let submitted = SortKey::Submitted;
        assert_eq!(found(&mut s, Filter::cleared(Lane::Others), submitted).await, [2, 1]);
        assert_eq!(found(&mut s, searched("zebra"), submitted).await, [1], "by the search index");
        assert_eq!(found(&mut s, searched("giraffe"), submitted).await, Vec::<i64>::new());
        assert_eq!(store::check::run(&mut s).await.expect("check"), [], "everything hangs together");
        assert_eq!(grants::live_of(&mut s, w.requester.id).await.expect("count"), 2);
        assert_eq!(deliveries::of_request(&mut s, RequestNumber(2)).await.expect("messages").len(), 1);
        let of = Wanted { request: Some(RequestNumber(2)), ..Wanted::default() };
        assert_eq!(audit::search(&mut s, &of, 9).await.expect("search").len(), 2);
        // What comes later is found as well: whatever fed the search index does so again.
        bulk::set_sequences(&mut s, 2, 1).await.expect("sequences");
        let later = submit(&mut s, &w, "Giraffe").await;
        assert_eq!(found(&mut s, searched("giraffe"), submitted).await, [later.0]);
        let prepared = bulk::prepare(&mut s).await.expect("prepare");
        assert_eq!(bulk::steps(&prepared), steps, "all had come back");
    }
}

#[tokio::test]
async fn numbers_go_on_after_a_load_and_lists_know_how_long_requests_wait() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        bulk::load(&mut s, &[approved(&w, 41, "Month-end")]).await.expect("load");
        let until_today = || Filter { to: Some(START.day()), ..Filter::cleared(Lane::Others) };
        assert_eq!(found(&mut s, until_today(), SortKey::Expires).await, [41], "nothing is known yet");
        bulk::set_sequences(&mut s, 41, 1).await.expect("sequences");
        assert_eq!(found(&mut s, until_today(), SortKey::Expires).await, Vec::<i64>::new(), "too short");
        bulk::set_sequences(&mut s, 41, Span::days(30).micros()).await.expect("sequences");
        assert_eq!(found(&mut s, until_today(), SortKey::Expires).await, [41], "replaced");
        assert_eq!(requests::next_number(&mut s).await.expect("number"), RequestNumber(42));
        // What waits longer than anything before it widens the bound.
        let long = submit_as(&mut s, &w, |new| new.expires_at = START + Span::days(90)).await;
        assert_eq!(found(&mut s, until_today(), SortKey::Expires).await, [long.0, 41]);
    }
}

#[tokio::test]
async fn passwords_are_given_to_many_at_once() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        bulk::passwords(&mut s, &[], "$phc$").await.expect("nobody");
        bulk::passwords(&mut s, &[w.admin.id, w.manager.id], "$phc$").await.expect("passwords");
        for person in [w.admin.id, w.manager.id] {
            assert_eq!(login::password(&mut s, person).await.expect("read").as_deref(), Some("$phc$"));
        }
        assert_eq!(login::password(&mut s, w.requester.id).await.expect("read"), None);
        s.commit().await.expect("commit");
        let mut s = bench.store.write().await.expect("write");
        let again = bulk::passwords(&mut s, &[w.requester.id, w.admin.id], "$other$").await;
        assert!(matches!(again, Err(Error::Conflict(_))), "nobody's password is replaced");
        let mut s = bench.again(s).await;
        assert_eq!(login::password(&mut s, w.admin.id).await.expect("read").as_deref(), Some("$phc$"));
        assert_eq!(login::password(&mut s, w.requester.id).await.expect("read"), None);
    }
}
