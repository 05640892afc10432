//! Resources: written, found, removed, and who owns them.

use crate::support::{engines, person, submit, submit_of, withdraw, world};
use domain::ids::ResourceId;
use store::Error;
use store::directory::people::{self, Person};
use store::directory::resources::{self, Resource};
use store::flows;

fn names(resources: &[Resource]) -> Vec<&str> {
    resources.iter().map(|resource| resource.name.as_str()).collect()
}

#[tokio::test]
async fn a_resource_is_found_by_id_and_by_name() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let mut other = Resource {
            description: "Where it is safe".to_owned(),
            link: Some("https://vault.x.test".to_owned()),
            colour: Some("#123456".to_owned()),
            ..Resource::new("Válve", "Security")
        };
        resources::insert(&mut s, &other).await.expect("insert");
        assert_eq!(resources::by_id(&mut s, other.id).await.expect("read"), Some(other.clone()));
        assert_eq!(resources::by_name(&mut s, " VÁLVE ").await.expect("read"), Some(other.clone()));
        assert_eq!(resources::names(&mut s, 9).await.expect("names"), ["NetSuite", "Válve"]);
        assert_eq!(resources::names(&mut s, 1).await.expect("names"), ["NetSuite"]);
        other = Resource { id: other.id, ..Resource::new("Vault", "Sécrets") };
        resources::update(&mut s, &other).await.expect("update");
        assert_eq!(resources::by_id(&mut s, other.id).await.expect("read"), Some(other.clone()), "every field");
        assert_eq!(resources::by_name(&mut s, "Válve").await.expect("read"), None, "the name is free");
        assert_eq!(resources::by_id(&mut s, ResourceId(store::new_id())).await.expect("read"), None);
        s.commit().await.expect("commit");

        let mut s = bench.store.write().await.expect("write");
        let twin = resources::insert(&mut s, &Resource::new(" NETSUITE", "")).await;
        assert!(matches!(twin, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        let taken = resources::update(&mut s, &Resource { name: "netsuite".to_owned(), ..other.clone() }).await;
        assert!(matches!(taken, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        let imported = Resource { description: "Books".to_owned(), ..Resource::new("NETSUITE", "Accounts") };
        let known = Resource { id: w.resource.id, ..imported.clone() };
        resources::put(&mut s, &known).await.expect("put");
        assert_eq!(resources::by_id(&mut s, w.resource.id).await.expect("read"), Some(known));
        assert!(matches!(resources::put(&mut s, &imported).await, Err(Error::Conflict(_))), "another of the name");
    }
}

#[tokio::test]
async fn resources_are_searched_by_name_and_category() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        world(&mut s).await;
        let vault = Resource::new("Vault", "Sécurité");
        resources::insert(&mut s, &vault).await.expect("insert");
        resources::insert(&mut s, &Resource::new("Äpfel", "Finance")).await.expect("insert");
        let found = resources::search(&mut s, "", "", 9).await.expect("search");
        assert_eq!(names(&found), ["Äpfel", "NetSuite", "Vault"]);
        assert_eq!(names(&resources::search(&mut s, "", "", 2).await.expect("search")), ["Äpfel", "NetSuite"]);
        assert_eq!(names(&resources::search(&mut s, "", "NetSuite", 9).await.expect("search")), ["Vault"]);
        assert_eq!(names(&resources::search(&mut s, "finan", "Äpfel", 9).await.expect("search")), ["NetSuite"]);
        assert_eq!(names(&resources::search(&mut s, "securite", "", 9).await.expect("search")), ["Vault"]);
        let moved = Resource { category: "Ämter".to_owned(), ..vault };
        resources::update(&mut s, &moved).await.expect("update");
        assert_eq!(names(&resources::search(&mut s, "amter", "", 9).await.expect("search")), ["Vault"]);
        for nothing in ["securite", "v%t", "_ault"] {
            assert_eq!(resources::search(&mut s, nothing, "", 9).await.expect("search"), [], "{nothing}");
        }
        resources::remove(&mut s, moved.id).await.expect("remove");
        assert_eq!(resources::search(&mut s, "vault", "", 9).await.expect("search"), []);
    }
}

#[tokio::test]
async fn a_removed_resource_takes_its_flows_along_and_frees_its_name() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let other = Resource::new("Vault", "Security");
        resources::insert(&mut s, &other).await.expect("insert");
        let kept = flows::insert(&mut s, "Vault", "", other.id, true, &w.flow.definition).await.expect("flow");
        let mut s = bench.next(s, 9).await;
        resources::remove(&mut s, w.resource.id).await.expect("remove");
        assert_eq!(resources::by_id(&mut s, w.resource.id).await.expect("read"), None);
        assert_eq!(resources::by_name(&mut s, "NetSuite").await.expect("read"), None);
        assert_eq!(resources::names(&mut s, 9).await.expect("names"), ["Vault"]);
        assert_eq!(resources::all(&mut s).await.expect("all").into_keys().collect::<Vec<_>>(), ["vault"]);
        assert_eq!(resources::revision(&mut s, w.resource.id).await.expect("read"), Some(2));
        assert_eq!(resources::owned_by(&mut s, w.manager.id).await.expect("owned"), Vec::<String>::new());
        assert_eq!(flows::by_id(&mut s, w.flow.id).await.expect("read"), None, "its flow went with it");
        assert!(flows::by_id(&mut s, kept).await.expect("read").is_some(), "no other did");
        let again = Resource::new("NetSuite", "Finance");
        resources::insert(&mut s, &again).await.expect("the name is free");
        assert_eq!(resources::groups(&mut s, again.id).await.expect("groups"), []);
        flows::insert(&mut s, "NetSuite, two steps", "", again.id, true, &w.flow.definition)
            .await
            .expect("free as well");
    }
}

#[tokio::test]
async fn the_revision_of_a_resource_rises_with_each_change() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert_eq!(resources::revision(&mut s, w.resource.id).await.expect("read"), Some(1));
        assert_eq!(resources::revision(&mut s, ResourceId(store::new_id())).await.expect("read"), None);
        let mut s = bench.next(s, 3).await;
        resources::update(&mut s, &w.resource).await.expect("update");
        assert_eq!(resources::revision(&mut s, w.resource.id).await.expect("read"), Some(2));
    }
}

#[tokio::test]
async fn owners_are_replaced_and_the_inactive_among_them_remembered() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert_eq!(resources::owned_by(&mut s, w.manager.id).await.expect("owned"), ["NetSuite"]);
        assert_eq!(resources::owned_by(&mut s, w.admin.id).await.expect("owned"), Vec::<String>::new());
        resources::set_owners(&mut s, w.resource.id, &[w.admin.id, w.requester.id, w.admin.id]).await.expect("set");
        people::put(&mut s, &[Person { active: false, ..w.requester.clone() }]).await.expect("deactivate");
        let mut all = resources::all_owners(&mut s, w.resource.id).await.expect("owners");
        all.sort();
        let mut expected = [w.admin.id, w.requester.id];
        expected.sort();
        assert_eq!(all, expected);
        let active = resources::owners(&mut s, w.resource.id).await.expect("owners");
        assert_eq!(active.iter().map(|owner| owner.id).collect::<Vec<_>>(), [w.admin.id]);
        assert_eq!(resources::owned_by(&mut s, w.manager.id).await.expect("owned"), Vec::<String>::new(), "no more");
        let other = Resource::new("Äpfel", "Food");
        resources::insert(&mut s, &other).await.expect("insert");
        resources::set_owners(&mut s, other.id, &[w.admin.id]).await.expect("set");
        assert_eq!(resources::owned_by(&mut s, w.admin.id).await.expect("owned"), ["Äpfel", "NetSuite"]);
        let many = resources::owners_of_many(&mut s, &[w.resource.id, other.id, ResourceId(store::new_id())]).await;
        let many = many.expect("owners");
        assert_eq!(many.len(), 2, "none for one that is not there");
        assert_eq!(many[&w.resource.id], active);
        assert_eq!(many[&other.id].iter().map(|owner| owner.id).collect::<Vec<_>>(), [w.admin.id]);
        resources::set_owners(&mut s, w.resource.id, &[]).await.expect("set");
        assert_eq!(resources::all_owners(&mut s, w.resource.id).await.expect("owners"), []);
    }
}

#[tokio::test]
async fn open_requests_for_a_resource_are_known_by_their_numbers() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let zoe = person(&mut s, "zoe@x.test", "Zoë").await;
        assert_eq!(resources::open_numbers(&mut s, w.resource.id).await.expect("open"), []);
        let (one, two) = (submit(&mut s, &w, "Month-end").await, submit_of(&mut s, &w, zoe.id).await);
        assert_eq!(resources::open_numbers(&mut s, w.resource.id).await.expect("open"), [one, two]);
        withdraw(&mut s, one).await;
        assert_eq!(resources::open_numbers(&mut s, w.resource.id).await.expect("open"), [two]);
        assert_eq!(resources::open_numbers(&mut s, ResourceId(store::new_id())).await.expect("open"), []);
    }
}
