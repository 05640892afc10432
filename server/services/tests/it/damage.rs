//! One row that cannot be read, or carried on, stops no other.

use crate::support::{House, START, actor, flow, house, tamper};
use domain::catalog::Access;
use domain::flow::{Approvers, Required, Step};
use domain::ids::{FlowId, RequestNumber};
use domain::request::Status;
use domain::time::Span;
use services::directory::{PersonDraft, person, save_person};
use services::requests::{Submit, expire_due, submit};
use services::{Faults, Origin};
use std::sync::atomic::Ordering;

const MINUTE: i64 = 60_000_000;

async fn ask(house: &House, who: &str, flow: FlowId, days: u32) -> RequestNumber {
    let who = actor(house, who).await;
    let duration = if days == 0 { String::new() } else { Span::days(days).to_string() };
    let given = Submit { flow, reason: "Needed".to_owned(), duration };
    submit(&house.services, &who, &given, &Origin::default()).await.expect("asked").number
}

async fn tick(house: &House) -> usize {
    let mut all = 0;
    loop {
        match expire_due(&house.services).await.expect("the clock") {
            0 => return all,
            done => all += done,
        }
    }
}

async fn status(house: &House, number: RequestNumber) -> Status {
    let admin = actor(house, "ada@x.test").await;
    services::queue::detail(&house.services, &admin, number).await.expect("detail").row.status
}

/// A flow that gives access for a week at once.
async fn at_once(house: &House, name: &str) -> FlowId {
    let mut s = house.services.store().write().await.expect("write");
    let (id, _) = flow(&mut s, name, Vec::new(), Access::Fixed(Span::days(7))).await;
    s.commit().await.expect("commit");
    id
}

async fn has(house: &House, who: &str) -> usize {
    let who = actor(house, who).await;
    services::portal::applications(&house.services, &who).await.expect("tiles").0.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_cannot_be_read_stops_no_expiry() {
    for house in house(Access::Permanent).await {
        let first = ask(&house, "rita@x.test", house.flow, 0).await;
        let second = ask(&house, "ben@x.test", house.flow, 0).await;
        let third = ask(&house, "ada@x.test", house.flow, 0).await;
        assert_eq!([first.0, second.0, third.0], [1, 2, 3]);
        tamper(&house, "CREATE TABLE kept AS SELECT state FROM requests WHERE number = 1").await;
        tamper(&house, "UPDATE requests SET state = '{\"damaged\":true}', version = version + 1 WHERE number = 1")
            .await;
        house.hand.store((START + Span::days(31)).0, Ordering::SeqCst);
        assert_eq!(tick(&house).await, 2, "the others expire");
        assert_eq!([status(&house, second).await, status(&house, third).await], [Status::Expired; 2]);
        assert_eq!(house.services.faults(), Faults { jobs: Vec::new(), rows: 1 }, "and it is said");
        // Mended: it is tried again a quarter of an hour later.
        tamper(&house, "UPDATE requests SET version = version + 1, state = (SELECT state FROM kept) WHERE number = 1")
            .await;
        assert_eq!(tick(&house).await, 0, "not again at once");
        house.hand.fetch_add(16 * MINUTE, Ordering::SeqCst);
        assert_eq!(tick(&house).await, 1);
        assert_eq!(status(&house, first).await, Status::Expired);
        assert_eq!(house.services.faults(), Faults::default());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_cannot_be_read_stops_no_end_of_access_and_no_change_of_the_directory() {
    for house in house(Access::Fixed(Span::days(7))).await {
        // Whoever has the access of the first flow approves in the second, so that each end of it counts all open requests again.
        let given = at_once(&house, "Ledger").await;
        let mut s = house.services.store().write().await.expect("write");
        let of = store::flows::by_id(&mut s, given).await.expect("read").expect("the flow").definition.group;
        let approvers = Approvers::Group { id: of, name: "Ledger users".to_owned() };
        let steps = vec![Step { approvers, required: Required::Any }];
        let (approved, _) = flow(&mut s, "Payroll", steps, Access::Permanent).await;
        s.commit().await.expect("commit");
        ask(&house, "rita@x.test", given, 7).await;
        assert_eq!(has(&house, "rita@x.test").await, 1);
        let open = ask(&house, "max@x.test", approved, 0).await;
        let other = ask(&house, "ben@x.test", approved, 0).await;
        assert_eq!(open.0, 2);
        tamper(&house, "UPDATE requests SET state = '{\"damaged\":true}', version = version + 1 WHERE number = 2")
            .await;
        house.hand.store((START + Span::days(8)).0, Ordering::SeqCst);
        assert_eq!(tick(&house).await, 1);
        assert_eq!(has(&house, "rita@x.test").await, 0, "access has ended");
        assert_eq!(status(&house, other).await, Status::MissingData, "and what can be read was counted again");
        let (ada, max) = (actor(&house, "ada@x.test").await, actor(&house, "max@x.test").await);
        let draft = person(&house.services, &ada, max.id).await.expect("person").draft;
        let draft = PersonDraft { department: "Finance".to_owned(), ..draft };
        save_person(&house.services, &ada, Some(max.id), &draft, &Origin::default())
            .await
            .expect("the directory goes on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_cannot_be_ended_stops_no_other() {
    for house in house(Access::Permanent).await {
        let flow = at_once(&house, "Ledger").await;
        for who in ["rita@x.test", "max@x.test", "ben@x.test"] {
            ask(&house, who, flow, 7).await;
        }
        let waits = ask(&house, "rita@x.test", house.flow, 0).await;
        if house.url.starts_with("sqlite") {
            tamper(&house, "CREATE TRIGGER broken BEFORE UPDATE ON grants WHEN OLD.request = 1 BEGIN SELECT RAISE(ABORT, 'broken'); END")
                .await;
        } else {
            tamper(&house, "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$")
                .await;
            tamper(&house, "CREATE TRIGGER broken BEFORE UPDATE ON grants FOR EACH ROW WHEN (OLD.request = 1) EXECUTE FUNCTION broken()")
                .await;
        }
        house.hand.store((START + Span::days(31)).0, Ordering::SeqCst);
        assert_eq!(tick(&house).await, 3, "two ends of access and the expiry");
        assert_eq!(
            [has(&house, "max@x.test").await, has(&house, "ben@x.test").await, has(&house, "rita@x.test").await],
            [0, 0, 1]
        );
        assert_eq!(status(&house, waits).await, Status::Expired);
        assert_eq!(house.services.faults().rows, 1);
        let drop =
            if house.url.starts_with("sqlite") { "DROP TRIGGER broken" } else { "DROP TRIGGER broken ON grants" };
        tamper(&house, drop).await;
        assert_eq!(tick(&house).await, 0, "not again at once");
        house.hand.fetch_add(16 * MINUTE, Ordering::SeqCst);
        assert_eq!(tick(&house).await, 1);
        assert_eq!(house.services.faults(), Faults::default());
    }
}
