//! Asking and withdrawing have a limit for each person, the same on every server.

use crate::support::{START, actor, house, second};
use domain::catalog::Access;
use services::requests::{Submit, submit, withdraw};
use services::{Error, Origin};
use std::sync::atomic::Ordering;

const SECOND: i64 = 1_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn thirty_acts_at_once_and_then_one_in_twenty_seconds() {
    for house in house(Access::Permanent).await {
        let (rita, ben) = (actor(&house, "rita@x.test").await, actor(&house, "ben@x.test").await);
        let other = second(&house).await;
        let given = Submit { flow: house.flow, reason: "Needed".to_owned(), duration: String::new() };
        let origin = Origin::default();
        for _ in 0..15 {
            let number = submit(&house.services, &rita, &given, &origin).await.expect("asked").number;
            withdraw(&other, &rita, number, &origin).await.expect("withdrawn");
        }
        for services in [&house.services, &other] {
            let refused = submit(services, &rita, &given, &origin).await;
            assert!(matches!(refused, Err(Error::TooMany(20..=21))), "{refused:?}");
        }
        submit(&other, &ben, &given, &origin).await.expect("others ask");
        house.hand.store(START.0 + 20 * SECOND, Ordering::SeqCst);
        let number = submit(&house.services, &rita, &given, &origin).await.expect("one more").number;
        let shown = submit(&house.services, &rita, &given, &origin).await.expect("shown");
        assert!(shown.existing, "what is open is shown, however often");
        let refused = withdraw(&other, &rita, number, &origin).await;
        assert!(matches!(refused, Err(Error::TooMany(_))), "{refused:?}");
        house.hand.store(START.0 + 40 * SECOND, Ordering::SeqCst);
        withdraw(&other, &rita, number, &origin).await.expect("withdrawn");
    }
}
