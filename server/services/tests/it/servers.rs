//! Two servers on one database: each thing is done once.

use crate::support::{START, actor, approval, house, second, sound};
use domain::catalog::Access;
use domain::request::{Status, Verdict};
use domain::time::Span;
use services::Origin;
use services::requests::{Grant, Submit, Vote, expire_due, grant, submit, vote};
use std::sync::atomic::Ordering;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_ends_once_whoever_looks() {
    for house in house(Access::Fixed(Span::days(7))).await {
        let other = second(&house).await;
        let rita = actor(&house, "rita@x.test").await;
        let max = actor(&house, "max@x.test").await;
        let given = Submit { flow: house.flow, reason: "Needed".to_owned(), duration: Span::days(7).to_string() };
        let number = submit(&house.services, &rita, &given, &Origin::default()).await.expect("asked").number;
        let waits = submit(&house.services, &actor(&house, "ben@x.test").await, &given, &Origin::default()).await;
        let waits = waits.expect("asked").number;
        let yes = approval(number);
        vote(&other, &max, &yes, &Origin::default()).await.expect("voted");
        house.hand.store((START + Span::days(40)).0, Ordering::SeqCst);
        let looks = (0..8).map(|index| {
            let services = if index % 2 == 0 { house.services.clone() } else { other.clone() };
            async move { expire_due(&services).await.expect("clock") }
        });
        let done: usize = futures::future::join_all(looks).await.into_iter().sum();
        assert_eq!(done, 2, "one request expires and one grant ends, once each");
        let ada = actor(&house, "ada@x.test").await;
        let row = services::queue::detail(&other, &ada, waits).await.expect("detail").row;
        assert_eq!(row.status, Status::Expired);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_vote_and_another_at_once_give_one_outcome() {
    for _ in 0..10 {
        for house in house(Access::Permanent).await {
            let other = second(&house).await;
            let rita = actor(&house, "rita@x.test").await;
            let given = Submit { flow: house.flow, reason: "Needed".to_owned(), duration: String::new() };
            let number = submit(&house.services, &rita, &given, &Origin::default()).await.expect("asked").number;
            let (max, ada) = (actor(&house, "max@x.test").await, actor(&house, "ada@x.test").await);
            let no = Vote {
                number,
                verdict: Verdict::Deny,
                comment: "No".to_owned(),
                next_steps: String::new(),
                duration: String::new(),
                announced: None,
            };
            let over = Grant {
                number,
                version: None,
                over: true,
                comment: "Yes".to_owned(),
                duration: String::new(),
                announced: None,
            };
            let origin = Origin::default();
            let (denied, granted) =
                futures::future::join(vote(&house.services, &max, &no, &origin), grant(&other, &ada, &over, &origin))
                    .await;
            assert!(denied.is_ok() != granted.is_ok(), "{denied:?} {granted:?}");
            let row = services::queue::detail(&other, &ada, number).await.expect("detail").row;
            assert_eq!(row.status, if denied.is_ok() { Status::Denied } else { Status::Approved });
            sound(&house).await;
        }
    }
}

/// A message that one server writes wakes the worker of the other.
#[tokio::test(flavor = "multi_thread")]
async fn messages_of_one_server_wake_the_other() {
    for house in house(Access::Permanent).await {
        if house.url.starts_with("sqlite") {
            assert!(house.services.store().listen().await.expect("no listener").is_none());
            continue;
        }
        let other = second(&house).await;
        let mut listener = other.store().listen().await.expect("listening").expect("a listener");
        let rita = actor(&house, "rita@x.test").await;
        let given = Submit { flow: house.flow, reason: "Needed".to_owned(), duration: String::new() };
        submit(&house.services, &rita, &given, &Origin::default()).await.expect("asked");
        tokio::time::timeout(std::time::Duration::from_secs(10), listener.heard())
            .await
            .expect("woken")
            .expect("heard");
        assert!(!services::outbox::claim(&other, 9).await.expect("claimed").is_empty());
    }
}
