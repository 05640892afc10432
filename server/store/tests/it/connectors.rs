//! Connectors, and the groups that they give.

use crate::support::{engines, world};
use domain::connector::ConnectorKind;
use domain::ids::{ConnectorId, GroupId};
use store::Error;
use store::connectors::{self, Bound, Connector, Giving, Secret};
use store::directory::groups::{self, Group};

#[tokio::test]
async fn a_connector_is_found_by_id_and_by_name() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let hook = Connector::new("Zürich", ConnectorKind::Webhook, "https://hook.x.test", Secret::new("whsec"));
        let mut scim = Connector::new("Okta", ConnectorKind::Scim, "https://scim.x.test", Secret::new("token"));
        connectors::put(&mut s, &hook).await.expect("put");
        connectors::put(&mut s, &scim).await.expect("put");
        assert_eq!(connectors::all(&mut s).await.expect("all"), [scim.clone(), hook.clone()]);
        assert_eq!(connectors::named(&mut s, " ZÜRICH ").await.expect("read"), Some(hook.id));
        assert_eq!(connectors::named(&mut s, "zur").await.expect("read"), None);
        (scim.name, scim.url, scim.active) = ("Azure".to_owned(), "https://azure.x.test".to_owned(), false);
        scim.secret = Secret::new("another");
        connectors::put(&mut s, &scim).await.expect("put");
        assert_eq!(connectors::by_id(&mut s, scim.id).await.expect("read"), Some(scim.clone()), "every field");
        assert_eq!(connectors::revision(&mut s, scim.id).await.expect("read"), Some(2), "one more with each change");
        assert_eq!(connectors::revision(&mut s, ConnectorId(store::new_id())).await.expect("read"), None);
        assert_eq!(connectors::named(&mut s, "okta").await.expect("read"), None, "renamed");
        assert_eq!(connectors::by_id(&mut s, ConnectorId(store::new_id())).await.expect("read"), None);
        assert!(!format!("{scim:?}").contains("another"), "a secret is not printed");
        s.commit().await.expect("commit");
        let mut s = bench.store.write().await.expect("write");
        let twin = connectors::put(&mut s, &Connector { name: "ZÜRICH".to_owned(), ..scim.clone() }).await;
        assert!(matches!(twin, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        assert_eq!(connectors::all(&mut s).await.expect("all"), [scim, hook]);
    }
}

#[tokio::test]
async fn a_group_is_given_by_its_connector_until_it_is_unbound() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let other = Group::new("Ärzte", "");
        groups::insert(&mut s, &other).await.expect("insert");
        let hook = Connector::new("Hook", ConnectorKind::Webhook, "https://hook.x.test", Secret::new("whsec"));
        connectors::put(&mut s, &hook).await.expect("put");
        let built_in = Some(Giving { active: true, bound: None });
        assert_eq!(connectors::giving(&mut s, w.group.id).await.expect("giving"), built_in);
        assert_eq!(connectors::giving(&mut s, GroupId(store::new_id())).await.expect("giving"), None);
        connectors::bind_group(&mut s, w.group.id, Some(hook.id), "ext-1").await.expect("bind");
        connectors::bind_group(&mut s, other.id, Some(hook.id), "").await.expect("bind");
        let bound =
            |active| Bound { connector: hook.id, name: "Hook".to_owned(), active, external_id: "ext-1".to_owned() };
        let giving = connectors::giving(&mut s, w.group.id).await.expect("giving");
        assert_eq!(giving, Some(Giving { active: true, bound: Some(bound(true)) }));
        connectors::put(&mut s, &Connector { active: false, ..hook.clone() }).await.expect("off");
        groups::set_active(&mut s, w.group.id, false).await.expect("off");
        let giving = connectors::giving(&mut s, w.group.id).await.expect("giving");
        assert_eq!(giving, Some(Giving { active: false, bound: Some(bound(false)) }));
        let given = connectors::groups(&mut s, hook.id).await.expect("groups");
        assert_eq!(given, [(other.id, "Ärzte".to_owned()), (w.group.id, "netsuite-users".to_owned())]);
        connectors::bind_group(&mut s, other.id, None, "").await.expect("unbind");
        assert_eq!(connectors::giving(&mut s, other.id).await.expect("giving"), built_in);
        groups::delete(&mut s, w.group.id).await.expect("delete");
        assert_eq!(connectors::giving(&mut s, w.group.id).await.expect("giving"), None, "gone");
        assert_eq!(connectors::groups(&mut s, hook.id).await.expect("groups"), []);
        s.commit().await.expect("commit");
        let mut s = bench.store.write().await.expect("write");
        let unknown = connectors::bind_group(&mut s, other.id, Some(ConnectorId(store::new_id())), "").await;
        assert!(matches!(unknown, Err(Error::Conflict(_))));
    }
}
