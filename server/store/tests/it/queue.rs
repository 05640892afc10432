//! The queue: its pages, its rows, and the requests of one person.

use crate::support::{START, engines, person, submit, submit_as, submit_of, withdraw, world};
use domain::filter::{Filter, ListQuery, PageSize};
use domain::flow::ApproverKind;
use domain::ids::RequestNumber;
use domain::request::{Lane, State, Status, Verdict, Vote};
use domain::time::Span;
use domain::view::{QueueRow, WaitingOn};
use sqlx::{AssertSqlSafe, Row};
use store::requests::{self, Waiting};

fn numbers(rows: &[QueueRow]) -> Vec<i64> {
    rows.iter().map(|row| row.number.0).collect()
}

fn pending(tab: Lane) -> ListQuery {
    ListQuery { filter: Filter { tab, ..Filter::default() }, size: PageSize::Small, ..ListQuery::default() }
}

#[tokio::test]
async fn a_list_comes_in_pages_of_its_tab() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        for index in 0..26 {
            let who = person(&mut s, &format!("p{index}@x.test"), "P").await.id;
            submit_of(&mut s, &w, who).await;
        }
        let gone = submit(&mut s, &w, "Withdrawn").await;
        withdraw(&mut s, gone).await;
        let first = requests::list(&mut s, &pending(Lane::Others), w.admin.id).await.expect("list");
        assert_eq!(numbers(&first.rows), (2..=26).rev().collect::<Vec<_>>(), "newest first, pending only");
        let next = ListQuery { after: first.next, ..pending(Lane::Others) };
        assert!(next.after.is_some());
        let last = requests::list(&mut s, &next, w.admin.id).await.expect("list");
        assert_eq!((numbers(&last.rows), last.next), (vec![1], None));
        let other = requests::list(&mut s, &pending(Lane::Administrator), w.admin.id).await.expect("list");
        assert_eq!((other.rows, other.next), (vec![], None));
    }
}

/// The statement that is shown to benches is one that the engine takes, and gives the rows of the page.
#[tokio::test]
async fn the_statement_of_a_list_gives_its_rows() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        submit(&mut s, &w, "Month-end").await;
        submit_of(&mut s, &w, w.manager.id).await;
        let mut queries = [pending(Lane::Others), pending(Lane::Administrator)];
        queries[1].filter = Filter::cleared(Lane::Others);
        let statements = queries.each_ref().map(|query| requests::list_statement(&s, query));
        s.commit().await.expect("commit");
        let mut s = bench.store.read().await.expect("read");
        for (query, sql) in queries.iter().zip(statements) {
            let page = requests::list(&mut s, query, w.admin.id).await.expect("list");
            assert_eq!(numbers(&page.rows), [2, 1]);
            let sql = AssertSqlSafe(sql);
            let given: Vec<i64> = if bench.url.starts_with("sqlite") {
                let pool = sqlx::SqlitePool::connect(&bench.url).await.expect("connect");
                let rows = sqlx::query(sql).fetch_all(&pool).await.expect("rows");
                rows.iter().map(|row| row.get("number")).collect()
            } else {
                let pool = sqlx::PgPool::connect(&bench.url).await.expect("connect");
                let rows = sqlx::query(sql).fetch_all(&pool).await.expect("rows");
                rows.iter().map(|row| row.get("number")).collect()
            };
            assert_eq!(given, [2, 1], "{query:?}");
        }
    }
}

#[tokio::test]
async fn a_row_says_who_blocks_and_whose_it_is() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let waiting = Waiting { kind: "group", name: "Board".to_owned(), agreed: 1, needed: 2, step: 1, steps: 3 };
        let number = submit_as(&mut s, &w, |new| {
            (new.creator, new.waiting) = (w.manager.id, waiting);
        })
        .await;
        let row = requests::row(&mut s, number, w.admin.id).await.expect("row").expect("there");
        let waiting_on =
            WaitingOn { kind: ApproverKind::Group, name: "Board".to_owned(), agreed: 1, needed: 2, step: 2, steps: 3 };
        assert_eq!(row.waiting_on, Some(waiting_on));
        assert_eq!((row.number, row.version, row.status, row.lane), (number, 1, Status::Pending, Lane::Others));
        assert_eq!((row.submitted_at, row.expires_at), (START, Some(START + Span::days(30))));
        assert_eq!((row.requester.as_str(), row.resource.as_str()), ("Rita Örsted", "NetSuite"));
        assert!(!row.own && !row.in_flight);
        for viewer in [w.requester.id, w.manager.id] {
            assert!(requests::row(&mut s, number, viewer).await.expect("row").expect("there").own, "asked or typed it");
        }
        assert_eq!(requests::row(&mut s, RequestNumber(99), w.admin.id).await.expect("row"), None);
        withdraw(&mut s, number).await;
        let row = requests::row(&mut s, number, w.admin.id).await.expect("row").expect("there");
        let ended = (row.version, row.status, row.waiting_on, row.expires_at);
        assert_eq!(ended, (2, Status::Canceled, None, None), "nobody blocks what has ended");
    }
}

#[tokio::test]
async fn the_open_requests_of_a_person_come_newest_first() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let other = store::directory::resources::Resource::new("Vault", "Security");
        store::directory::resources::insert(&mut s, &other).await.expect("resource");
        let zoe = person(&mut s, "zoe@x.test", "Zoë").await;
        assert_eq!(requests::open_by_requester(&mut s, w.requester.id).await.expect("open"), []);
        let one = submit(&mut s, &w, "Month-end").await;
        let missing = domain::flow::Missing { step: 0, approvers: ApproverKind::Manager, living: 0, needed: 1 };
        let stuck = State::MissingData { step: 0, missing, flight: None };
        let resource = other.id;
        let two = {
            // What waits for repair is open as well.
            let before = submit_as(&mut s, &w, |new| new.resource = resource).await;
            let loaded = requests::load(&mut s, before, true).await.expect("load").expect("there").request;
            let change = requests::Change {
                state: &stuck,
                lane: Lane::Others,
                waiting: Waiting { kind: "manager", needed: 1, steps: 2, ..Waiting::default() },
                expires_at: loaded.expires_at,
                decision: None,
            };
            requests::save(&mut s, &loaded, &change).await.expect("save");
            before
        };
        // Asked by them for somebody else.
        let for_zoe = submit_as(&mut s, &w, |new| (new.requester, new.beneficiary) = (w.requester.id, zoe.id)).await;
        let open = requests::open_by_requester(&mut s, w.requester.id).await.expect("open");
        assert_eq!(numbers(&open), [for_zoe.0, two.0, one.0]);
        assert_eq!(open[1].status, Status::MissingData);
        assert!(open.iter().all(|row| row.own));
        withdraw(&mut s, one).await;
        let open = requests::open_by_requester(&mut s, w.requester.id).await.expect("open");
        assert_eq!(numbers(&open), [for_zoe.0, two.0]);
        assert_eq!(requests::open_by_requester(&mut s, zoe.id).await.expect("open"), [], "by who asked");
    }
}

#[tokio::test]
async fn whoever_voted_once_has_voted_for_ever() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        assert!(!requests::ever_voted(&mut s, w.manager.id).await.expect("voted"));
        let vote = Vote { person: w.manager.id, verdict: Verdict::Approve, step: 0, at: START, comment: None };
        requests::record_vote(&mut s, number, &vote, "Max").await.expect("vote");
        assert!(requests::ever_voted(&mut s, w.manager.id).await.expect("voted"));
        withdraw(&mut s, number).await;
        assert!(requests::ever_voted(&mut s, w.manager.id).await.expect("voted"), "whatever became of it");
        assert!(!requests::ever_voted(&mut s, w.requester.id).await.expect("voted"), "nobody else");
    }
}
