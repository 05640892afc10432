//! What the engines must keep whatever is done to them.

use crate::support::engines;
use futures::future::poll_immediate;
use std::pin::pin;
use store::settings;

/// trust.md C-7 and F1: a transaction whose beginning is dropped leaves no connection behind that swallows later writes.
#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_beginning_loses_no_later_write() {
    for bench in engines().await {
        for round in 0..100 {
            for polls in 0..4 {
                let mut beginning = pin!(bench.store.write());
                for _ in 0..polls {
                    if poll_immediate(&mut beginning).await.is_some() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
            let mut session = bench.store.write().await.expect("write");
            let mut after = settings::get(&mut session).await.expect("read");
            after.expiry_days = 1 + round;
            settings::put(&mut session, &after).await.expect("write");
            session.commit().await.expect("commit");
            // Another connection sees it.
            let (mut a, mut b) = (bench.store.read().await.expect("read"), bench.store.read().await.expect("read"));
            for session in [&mut a, &mut b] {
                assert_eq!(settings::get(session).await.expect("read").expiry_days, 1 + round, "{}", bench.url);
            }
        }
    }
}
