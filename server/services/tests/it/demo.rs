//! The demo organisation, of any size.

use crate::support::{demo, sound};
use store::requests;

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_of_any_size_is_sound_and_nothing_open_is_too_old() {
    for size in [1, 4, 30, 700] {
        for bench in demo(size).await {
            sound(&bench).await;
            let mut session = bench.services.store().read().await.expect("read");
            assert_eq!(requests::due(&mut session, 5).await.expect("read"), [], "{size} requests");
            drop(session);
            let claimed = services::outbox::claim(&bench.services, 5).await.expect("read");
            assert!(claimed.is_empty(), "the past sends no mail: {size} requests");
        }
    }
}
