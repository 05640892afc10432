//! Logos, and what carries them.

use crate::support::{engines, world};
use domain::ids::{FlowId, ResourceId};
use store::Error;
use store::directory::resources;
use store::flows;
use store::logos::{self, Bearer};

#[tokio::test]
async fn a_logo_is_kept_once_and_given_to_what_is_there() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert_eq!(logos::get(&mut s, "hash").await.expect("get"), None);
        logos::put(&mut s, "hash", "image/png", b"\x89PNG\0\xff").await.expect("put");
        logos::put(&mut s, "hash", "image/gif", b"GIF").await.expect("again");
        let kept = logos::get(&mut s, "hash").await.expect("get");
        assert_eq!(kept, Some(("image/png".to_owned(), b"\x89PNG\0\xff".to_vec())), "the first stays");

        let mut s = bench.next(s, 4).await;
        assert!(logos::set(&mut s, Bearer::Resource(w.resource.id), Some("hash")).await.expect("set"));
        let found = resources::by_id(&mut s, w.resource.id).await.expect("read").expect("there");
        assert_eq!(found.logo.as_deref(), Some("hash"));
        assert_eq!(resources::revision(&mut s, w.resource.id).await.expect("read"), Some(2));
        let flow = flows::by_id(&mut s, w.flow.id).await.expect("read").expect("there");
        assert_eq!((flow.logo.clone(), flow.look().logo.as_deref()), (None, Some("hash")), "the resource's is shown");
        assert!(logos::set(&mut s, Bearer::Flow(w.flow.id), Some("hash")).await.expect("set"));
        assert!(logos::set(&mut s, Bearer::Resource(w.resource.id), None).await.expect("take away"));
        let found = resources::by_id(&mut s, w.resource.id).await.expect("read").expect("there");
        assert_eq!(found.logo, None);
        let flow = flows::by_id(&mut s, w.flow.id).await.expect("read").expect("there");
        assert_eq!(flow.logo.as_deref(), Some("hash"), "its own stays");

        let unknown = [Bearer::Resource(ResourceId(store::new_id())), Bearer::Flow(FlowId(store::new_id()))];
        for bearer in unknown {
            assert!(!logos::set(&mut s, bearer, Some("hash")).await.expect("set"), "{bearer:?}");
        }
        s.commit().await.expect("commit");
        let mut s = bench.store.write().await.expect("write");
        let missing = logos::set(&mut s, Bearer::Flow(w.flow.id), Some("no such logo")).await;
        assert!(matches!(missing, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        resources::remove(&mut s, w.resource.id).await.expect("remove");
        assert!(!logos::set(&mut s, Bearer::Resource(w.resource.id), Some("hash")).await.expect("set"), "removed");
        assert!(!logos::set(&mut s, Bearer::Flow(w.flow.id), None).await.expect("set"), "deleted with it");
    }
}
