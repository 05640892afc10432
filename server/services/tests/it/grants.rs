//! The life of a grant: begin, extend, give back, revoke, end by the clock; counted for each entitlement.

use crate::support::{House as Bench, START, actor, house, sound};
use domain::catalog::Access;
use domain::ids::RequestNumber;
use domain::people::Actor;
use domain::request::{Status, Verdict};
use domain::time::Span;
use domain::validate::FieldCode;
use services::requests::{Submit, Vote, expire_due, submit, vote};
use services::{Error, Origin};
use std::sync::atomic::Ordering;

async fn ask(bench: &Bench, who: &Actor, flow: domain::ids::FlowId, days: u32) -> services::Result<RequestNumber> {
    let duration = if days == 0 { String::new() } else { Span::days(days).to_string() };
    let given = Submit { flow, reason: "Month-end close".to_owned(), duration };
    submit(&bench.services, who, &given, &Origin::default()).await.map(|done| done.number)
}

async fn approve(bench: &Bench, who: &Actor, number: RequestNumber, duration: &str) -> services::Result<Status> {
    let given = Vote {
        number,
        verdict: Verdict::Approve,
        comment: String::new(),
        next_steps: String::new(),
        duration: duration.to_owned(),
        announced: None,
    };
    vote(&bench.services, who, &given, &Origin::default()).await.map(|done| done.row.status)
}

fn at(bench: &Bench, days: u32) {
    bench.hand.store((START + Span::days(days)).0, Ordering::SeqCst);
}

async fn has(bench: &Bench, who: &Actor) -> bool {
    !services::portal::applications(&bench.services, who).await.expect("tiles").0.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn timed_access_begins_with_the_approval_and_ends_by_itself() {
    for bench in house(Access::Choices(vec![Span::days(7), Span::days(30)])).await {
        let (rita, max) = (actor(&bench, "rita@x.test").await, actor(&bench, "max@x.test").await);
        let number = ask(&bench, &rita, bench.flow, 30).await.expect("asked");
        at(&bench, 3);
        // The decider may give less than asked, never more than the flow allows.
        let more = approve(&bench, &max, number, "P31D").await;
        assert!(matches!(&more, Err(Error::Invalid(fields)) if fields[0].code == FieldCode::NotAllowed), "{more:?}");
        assert_eq!(approve(&bench, &max, number, "P7D").await.expect("approved"), Status::Approved);
        let (tiles, now) = services::portal::applications(&bench.services, &rita).await.expect("tiles");
        assert_eq!(tiles[0].ends_at, Some(now + Span::days(7)));
        assert!(tiles[0].can_give_back && tiles[0].extend == Some(bench.flow));
        at(&bench, 9);
        while expire_due(&bench.services).await.expect("clock") > 0 {}
        assert!(has(&bench, &rita).await);
        // Also when the server was down at the moment itself.
        at(&bench, 12);
        while expire_due(&bench.services).await.expect("clock") > 0 {}
        assert!(!has(&bench, &rita).await);
        sound(&bench).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_time_is_asked_for_under_the_same_flow_and_covers_the_end_of_the_first() {
    for bench in house(Access::Fixed(Span::days(7))).await {
        let (rita, max) = (actor(&bench, "rita@x.test").await, actor(&bench, "max@x.test").await);
        let first = ask(&bench, &rita, bench.flow, 7).await.expect("asked");
        approve(&bench, &max, first, "").await.expect("approved");
        at(&bench, 5);
        let second = ask(&bench, &rita, bench.flow, 7).await.expect("an extension");
        assert_ne!(first, second);
        let entry = &services::portal::catalogue(&bench.services, &rita, "", None).await.expect("catalogue").entries[0];
        assert_eq!((entry.held, entry.open), (true, Some(second)));
        approve(&bench, &max, second, "").await.expect("approved");
        at(&bench, 8);
        while expire_due(&bench.services).await.expect("clock") > 0 {}
        assert!(has(&bench, &rita).await, "the second grant covers the person");
        at(&bench, 12);
        while expire_due(&bench.services).await.expect("clock") > 0 {}
        assert!(!has(&bench, &rita).await);
        sound(&bench).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_has_without_an_end_is_not_asked_for_again_and_is_given_back() {
    for bench in house(Access::Permanent).await {
        let (rita, max) = (actor(&bench, "rita@x.test").await, actor(&bench, "max@x.test").await);
        let number = ask(&bench, &rita, bench.flow, 0).await.expect("asked");
        approve(&bench, &max, number, "").await.expect("approved");
        let again = ask(&bench, &rita, bench.flow, 0).await;
        assert!(matches!(&again, Err(Error::Invalid(fields)) if fields[0].code == FieldCode::AlreadyHeld), "{again:?}");
        let resource = services::portal::applications(&bench.services, &rita).await.expect("tiles").0[0].id;
        let given = services::grants::give_back(&bench.services, &rita, resource, &Origin::default()).await;
        assert_eq!(given.expect("given back"), 1);
        let twice = services::grants::give_back(&bench.services, &rita, resource, &Origin::default()).await;
        assert!(matches!(twice, Err(Error::NotFound)));
        assert!(!has(&bench, &rita).await);
        ask(&bench, &rita, bench.flow, 0).await.expect("may ask anew");
        sound(&bench).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_revokes_with_a_reason_and_the_person_is_told() {
    for bench in house(Access::Permanent).await {
        let (rita, max) = (actor(&bench, "rita@x.test").await, actor(&bench, "max@x.test").await);
        let ada = actor(&bench, "ada@x.test").await;
        let number = ask(&bench, &rita, bench.flow, 0).await.expect("asked");
        approve(&bench, &max, number, "").await.expect("approved");
        let asked = services::grants::Asked { text: "örsted".to_owned(), ..Default::default() };
        assert!(matches!(services::grants::live(&bench.services, &rita, &asked).await, Err(Error::Forbidden)));
        let found = services::grants::live(&bench.services, &ada, &asked).await.expect("list").page.lines;
        assert_eq!((found.len(), found[0].request), (1, number.0));
        let id = domain::ids::GrantId(found[0].id);
        let origin = Origin::default();
        let bare = services::grants::revoke(&bench.services, &ada, id, " ", &origin).await;
        assert!(matches!(bare, Err(Error::Invalid(_))));
        services::grants::revoke(&bench.services, &ada, id, "Moved to Sales", &origin).await.expect("revoked");
        assert!(!has(&bench, &rita).await);
        let mut session = bench.services.store().read().await.expect("read");
        let told = store::outbox::told(&mut session, number, &["access_revoked"]).await.expect("outbox");
        assert_eq!(told, [rita.id]);
        drop(session);
        sound(&bench).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_begins_or_ends_counts_approvers_again() {
    for bench in house(Access::Fixed(Span::days(7))).await {
        // The group that the flow gives approves another one: whoever is in it by a grant approves there.
        let other = bench.flow_approved_by_group().await;
        let (rita, max) = (actor(&bench, "rita@x.test").await, actor(&bench, "max@x.test").await);
        let waits = ask(&bench, &max, other, 0).await.expect("asked");
        let status = |number| status_of(&bench, number);
        assert_eq!(status(waits).await, Status::MissingData);
        let number = ask(&bench, &rita, bench.flow, 7).await.expect("asked");
        approve(&bench, &max, number, "").await.expect("approved");
        assert_eq!(status(waits).await, Status::Pending, "repaired by a grant");
        at(&bench, 8);
        while expire_due(&bench.services).await.expect("clock") > 0 {}
        assert_eq!(status(waits).await, Status::MissingData, "found when the grant ended");
        sound(&bench).await;
    }
}

async fn status_of(bench: &Bench, number: RequestNumber) -> Status {
    let mut session = bench.services.store().read().await.expect("read");
    store::requests::load(&mut session, number, false).await.expect("read").expect("there").request.state.status()
}
