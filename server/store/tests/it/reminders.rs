//! What is planned to be said about a request.

use crate::support::{START, engines, submit, submit_as, submit_of, withdraw, world};
use domain::ids::RequestNumber;
use domain::request::{Decision, DecisionKind, Flight, State};
use domain::time::{Span, Timestamp};
use domain::view::Planned;
use std::pin::pin;
use store::reminders::{self, Due};
use store::requests::NewRequest;
use store::{Error, Session};

fn at(after: i64) -> Timestamp {
    Timestamp(START.0 + after)
}

fn line(kind: &str, after: i64) -> Planned {
    Planned { kind: kind.to_owned(), at: at(after) }
}

fn due(request: RequestNumber, kind: &str, after: i64) -> Due {
    Due { request, kind: kind.to_owned(), at: at(after) }
}

async fn planned(s: &mut Session, number: RequestNumber) -> Vec<Planned> {
    reminders::planned(s, number).await.expect("planned")
}

async fn take(s: &mut Session) -> Vec<Due> {
    reminders::take_due(s, 9).await.expect("take")
}

#[tokio::test]
async fn a_plan_takes_the_place_of_what_was_planned_of_its_kind_and_not_said() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let (number, other) = (submit(&mut s, &w, "Month-end").await, submit_of(&mut s, &w, w.admin.id).await);
        assert_eq!(planned(&mut s, number).await, []);
        reminders::plan(&mut s, number, "reminder", &[at(300), at(100)]).await.expect("plan");
        reminders::plan(&mut s, number, "access_ending", &[at(200)]).await.expect("plan");
        reminders::plan(&mut s, other, "reminder", &[at(150)]).await.expect("plan");
        let all = [line("reminder", 100), line("access_ending", 200), line("reminder", 300)];
        assert_eq!(planned(&mut s, number).await, all, "the next first, of this request only");

        let mut s = bench.next(s, 100).await;
        assert_eq!(take(&mut s).await, [due(number, "reminder", 100)]);
        reminders::plan(&mut s, number, "reminder", &[at(100), at(400)]).await.expect("plan anew");
        let anew = [line("reminder", 100), line("access_ending", 200), line("reminder", 400)];
        assert_eq!(planned(&mut s, number).await, anew, "another kind stays");
        assert_eq!(planned(&mut s, other).await, [line("reminder", 150)], "another request stays");
        assert_eq!(take(&mut s).await, [due(number, "reminder", 100)], "the new one, not what was said");
        reminders::plan(&mut s, number, "reminder", &[]).await.expect("plan nothing");
        assert_eq!(planned(&mut s, number).await, [line("access_ending", 200)]);
        assert_eq!(planned(&mut s, RequestNumber(99)).await, []);
        s.commit().await.expect("commit");
        let mut s = bench.store.write().await.expect("write");
        let unknown = reminders::plan(&mut s, RequestNumber(99), "reminder", &[at(100)]).await;
        assert!(matches!(unknown, Err(Error::Conflict(_))));
    }
}

#[tokio::test]
async fn what_is_added_to_a_plan_takes_nobodys_place() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let (number, other) = (submit(&mut s, &w, "Month-end").await, submit_of(&mut s, &w, w.admin.id).await);
        reminders::plan(&mut s, number, "reminder", &[at(100)]).await.expect("plan");
        reminders::add(&mut s, number, "reminder", &[at(300), at(200)]).await.expect("add");
        reminders::add(&mut s, number, "reminder", &[]).await.expect("add nothing");
        let all = [line("reminder", 100), line("reminder", 200), line("reminder", 300)];
        assert_eq!(planned(&mut s, number).await, all);
        assert_eq!(planned(&mut s, other).await, []);
    }
}

#[tokio::test]
async fn requests_that_wait_and_of_which_nothing_was_ever_planned_are_known() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert_eq!(reminders::unplanned(&mut s, None, 9).await.expect("read"), []);
        let first = submit(&mut s, &w, "Month-end").await;
        let mut s = bench.next(s, 50).await;
        let second = submit_of(&mut s, &w, w.admin.id).await;
        let ends = START + Span::days(30);
        let both = [(second, at(50), ends), (first, at(0), ends)];
        assert_eq!(reminders::unplanned(&mut s, None, 9).await.expect("read"), both, "the newest first");
        assert_eq!(reminders::unplanned(&mut s, None, 1).await.expect("read"), both[..1], "the limit holds");
        assert_eq!(reminders::unplanned(&mut s, Some(second), 9).await.expect("read"), both[1..], "below");
        reminders::plan(&mut s, first, "reminder", &[at(60)]).await.expect("plan");
        assert_eq!(reminders::unplanned(&mut s, None, 9).await.expect("read"), both[..1]);
        let mut s = bench.next(s, 60).await;
        assert_eq!(take(&mut s).await, [due(first, "reminder", 60)]);
        assert_eq!(reminders::unplanned(&mut s, None, 9).await.expect("read"), both[..1], "what was said was planned");
        withdraw(&mut s, second).await;
        assert_eq!(reminders::unplanned(&mut s, None, 9).await.expect("read"), [], "what has ended does not wait");
        let decision = Decision {
            kind: DecisionKind::Grant,
            by: Some(w.manager.id),
            at: at(60),
            reason: None,
            next_steps: None,
            overriding: false,
            duration: None,
        };
        let flying = State::Pending { step: 0, flight: Some(Flight { decision, cancel: None }) };
        submit_as(&mut s, &w, |new| {
            (new.requester, new.beneficiary, new.creator) = (w.admin.id, w.admin.id, w.admin.id);
            new.state = &flying;
        })
        .await;
        assert_eq!(reminders::unplanned(&mut s, None, 9).await.expect("read"), [], "what is decided waits for nobody");
        let of_manager = |new: &mut NewRequest<'_>| {
            (new.requester, new.beneficiary, new.creator) = (w.manager.id, w.manager.id, w.manager.id);
            new.expires_at = at(90);
        };
        let third = submit_as(&mut s, &w, of_manager).await;
        assert_eq!(reminders::unplanned(&mut s, None, 9).await.expect("read"), [(third, at(60), at(90))]);
        let mut s = bench.next(s, 90).await;
        assert_eq!(reminders::unplanned(&mut s, None, 9).await.expect("read"), [], "its time is over");
    }
}

#[tokio::test]
async fn what_is_planned_is_dropped_by_its_kind_or_as_a_whole() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let (number, other) = (submit(&mut s, &w, "Month-end").await, submit_of(&mut s, &w, w.admin.id).await);
        for request in [number, other] {
            reminders::plan(&mut s, request, "reminder", &[at(100), at(300)]).await.expect("plan");
            reminders::plan(&mut s, request, "access_ending", &[at(200)]).await.expect("plan");
        }
        let whole = planned(&mut s, other).await;
        assert_eq!(whole.len(), 3);
        reminders::drop_planned(&mut s, number, Some("digest")).await.expect("drop");
        assert_eq!(planned(&mut s, number).await, whole, "none of this kind");
        reminders::drop_planned(&mut s, number, Some("reminder")).await.expect("drop");
        assert_eq!(planned(&mut s, number).await, [line("access_ending", 200)]);
        reminders::plan(&mut s, number, "reminder", &[at(100)]).await.expect("plan");
        reminders::drop_planned(&mut s, number, None).await.expect("drop");
        assert_eq!(planned(&mut s, number).await, []);
        assert_eq!(planned(&mut s, other).await, whole, "another request keeps its own");
        let mut s = bench.next(s, 1_000).await;
        let expected = [due(other, "reminder", 100), due(other, "access_ending", 200), due(other, "reminder", 300)];
        assert_eq!(take(&mut s).await, expected, "what was dropped is not said");
    }
}

#[tokio::test]
async fn what_is_due_is_taken_once() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let (number, other) = (submit(&mut s, &w, "Month-end").await, submit_of(&mut s, &w, w.admin.id).await);
        assert!(!reminders::any_due(&mut s).await.expect("due"), "nothing is planned");
        reminders::plan(&mut s, number, "reminder", &[at(300), at(100)]).await.expect("plan");
        reminders::plan(&mut s, other, "access_ending", &[at(200)]).await.expect("plan");
        let mut s = bench.next(s, 99).await;
        assert!(!reminders::any_due(&mut s).await.expect("due"));
        assert_eq!(take(&mut s).await, [], "not before");
        let mut s = bench.next(s, 100).await;
        assert!(reminders::any_due(&mut s).await.expect("due"));
        let mut s = bench.next(s, 300).await;
        let first = reminders::take_due(&mut s, 1).await.expect("take");
        assert_eq!(first, [due(number, "reminder", 100)], "the limit holds, the oldest first");
        assert_eq!(planned(&mut s, number).await, [line("reminder", 300)]);
        let mut s = bench.again(s).await;
        let all = [due(number, "reminder", 100), due(other, "access_ending", 200), due(number, "reminder", 300)];
        assert_eq!(take(&mut s).await, all, "what was not committed was not said");

        let mut elsewhere = pin!(async {
            let mut s = bench.store.write().await.expect("write");
            take(&mut s).await
        });
        let meanwhile = bench.meanwhile(elsewhere.as_mut()).await;
        s.commit().await.expect("commit");
        let meanwhile = match meanwhile {
            Some(taken) => taken,
            None => elsewhere.await,
        };
        assert_eq!(meanwhile, [], "another server passes over them: {}", bench.url);
        let mut s = bench.store.write().await.expect("write");
        assert!(!reminders::any_due(&mut s).await.expect("due"));
        assert_eq!(take(&mut s).await, []);
        assert_eq!(planned(&mut s, number).await, []);
        reminders::drop_planned(&mut s, number, None).await.expect("nothing to drop");
    }
}

#[tokio::test]
async fn that_nothing_is_left_to_be_said_is_kept_and_is_no_plan() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        reminders::nothing(&mut s, number, "reminder").await.expect("kept");
        assert_eq!(reminders::unplanned(&mut s, None, 9).await.expect("read"), []);
        assert_eq!((planned(&mut s, number).await, take(&mut s).await), (vec![], vec![]));
    }
}
