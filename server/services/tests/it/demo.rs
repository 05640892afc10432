//! The demo organisation, of any size.

use crate::support::{Bench, demo, sound};
use domain::filter::{Filter, ListQuery};
use domain::request::Lane;
use store::requests;

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_of_any_size_is_sound_and_nothing_open_is_too_old() {
    for size in [1, 4, 30, 700] {
        for bench in demo(size).await {
            sound(&bench).await;
            let mut session = bench.services.store().read().await.expect("read");
            assert_eq!(requests::due(&mut session, None, 5).await.expect("read"), [], "{size} requests");
            drop(session);
            let claimed = services::outbox::claim(&bench.services, 5).await.expect("read");
            assert!(claimed.is_empty(), "the past sends no mail: {size} requests");
        }
    }
}

/// Every exported field of every request.
async fn told(bench: &Bench) -> Vec<String> {
    let mut session = bench.services.store().read().await.expect("read");
    let query = ListQuery { filter: Filter::cleared(Lane::Others), ..ListQuery::default() };
    let chunk = requests::export_chunk(&mut session, &query).await.expect("chunk");
    chunk.rows().map(|row| row.expect("row").fields().join("|")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_requests_on_both_engines() {
    let mut all = Vec::new();
    for bench in demo(60).await.iter().chain(&demo(60).await) {
        all.push(told(bench).await);
    }
    assert!(all[0].len() > 5, "{}", all[0].len());
    assert!(all.iter().all(|told| *told == all[0]));
}
