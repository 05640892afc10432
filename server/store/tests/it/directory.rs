//! People, groups, resources, approvers.

use crate::support::{engines, world};
use domain::ids::GroupId;
use store::directory::{approvers, groups, people, resources};

#[tokio::test]
async fn people_are_written_and_found() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let mut changed = w.requester.clone();
        changed.department = "Finance".to_owned();
        people::put(&mut s, std::slice::from_ref(&changed)).await.expect("update");
        assert_eq!(people::by_email(&mut s, "rita@x.test").await.expect("read"), Some(changed.clone()));
        assert_eq!(people::by_id(&mut s, changed.id).await.expect("read"), Some(changed));
        assert_eq!(people::all(&mut s).await.expect("read").len(), 3);
        let admins = people::admins(&mut s).await.expect("read");
        assert_eq!(admins.iter().map(|admin| admin.id).collect::<Vec<_>>(), [w.admin.id]);
        let found = people::suggest(&mut s, "rit", 5).await.expect("read");
        assert_eq!(found.len(), 1);
        assert_eq!(people::suggest(&mut s, "ada@", 5).await.expect("read").len(), 1);
        assert!(people::suggest(&mut s, "zz", 5).await.expect("read").is_empty());
    }
}

#[tokio::test]
async fn membership_counts_imported_and_granted_people_who_are_active() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        groups::add_imported(&mut s, &[(w.group.id, w.manager.id), (w.group.id, w.admin.id)]).await.expect("add");
        groups::add_imported(&mut s, &[(w.group.id, w.manager.id)]).await.expect("again");
        assert_eq!(groups::member_count(&mut s, w.group.id).await.expect("count"), 2);
        assert_eq!(groups::imported_members(&mut s, w.group.id).await.expect("read").len(), 2);
        let mut gone = w.manager.clone();
        gone.active = false;
        people::put(&mut s, &[gone]).await.expect("deactivate");
        let members = groups::members(&mut s, w.group.id).await.expect("members");
        assert_eq!(members.iter().map(|member| member.id).collect::<Vec<_>>(), [w.admin.id]);
        assert_eq!(groups::of_person(&mut s, w.admin.id).await.expect("read"), [w.group.id]);
        assert_eq!(groups::is_active(&mut s, w.group.id).await.expect("read"), Some(true));
        assert!(groups::set_active(&mut s, w.group.id, false).await.expect("off"));
        assert_eq!(groups::is_active(&mut s, w.group.id).await.expect("read"), Some(false));
        assert_eq!(groups::member_count(&mut s, w.group.id).await.expect("count"), 0);
        assert_eq!(groups::is_active(&mut s, GroupId(store::new_id())).await.expect("read"), None);
        groups::clear_imported(&mut s, w.group.id).await.expect("clear");
        assert!(groups::imported_members(&mut s, w.group.id).await.expect("read").is_empty());
        assert_eq!(groups::all(&mut s).await.expect("all").len(), 1);
    }
}

#[tokio::test]
async fn resources_have_groups_and_active_owners() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert_eq!(resources::groups(&mut s, w.resource.id).await.expect("groups"), [w.group.id]);
        assert_eq!(resources::owners(&mut s, w.resource.id).await.expect("owners").len(), 1);
        assert_eq!(resources::all(&mut s).await.expect("all")["netsuite"], w.resource);
        let living =
            approvers::living(&mut s, &w.flow.definition, w.requester.id, w.resource.id).await.expect("living");
        assert_eq!(
            living.iter().map(|step| step.iter().map(|p| p.id).collect()).collect::<Vec<Vec<_>>>(),
            [vec![w.manager.id], vec![w.admin.id]]
        );
    }
}

#[tokio::test]
async fn a_flow_keeps_its_versions() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let mut after = w.flow.clone();
        after.definition.steps.truncate(1);
        store::flows::update(&mut s, &w.flow, &after).await.expect("update");
        let now = store::flows::by_name(&mut s, "NETSUITE, two steps").await.expect("read").expect("there");
        assert_eq!((now.version, now.definition.steps.len()), (2, 1));
        let old = store::flows::definition(&mut s, w.flow.version_id).await.expect("read").expect("kept");
        assert_eq!(old.steps.len(), 2);
        assert!(matches!(store::flows::update(&mut s, &w.flow, &after).await, Err(store::Error::Stale)));
        let offers = store::flows::offers(&mut s).await.expect("list");
        assert_eq!(offers.len(), 1);
        assert_eq!((offers[0].id, offers[0].resource), (w.flow.id, w.resource.id));
        assert_eq!((offers[0].resource_name.as_str(), offers[0].name.as_str()), ("NetSuite", "NetSuite, two steps"));
        assert_eq!((offers[0].resource_fold.as_str(), offers[0].category.as_str()), ("netsuite", "Finance"));
        assert_eq!(offers[0].visible_to, []);
        let mut hidden = now.clone();
        (hidden.definition.visible_to, hidden.category) = (vec![w.group.id], "Books".to_owned());
        let hidden = store::flows::update(&mut s, &now, &hidden).await.expect("update");
        let offers = store::flows::offers(&mut s).await.expect("list");
        assert_eq!((offers[0].visible_to.as_slice(), offers[0].category.as_str()), ([w.group.id].as_slice(), "Books"));
        let unknown = domain::ids::FlowId(store::new_id());
        let found = store::flows::by_ids(&mut s, &[unknown, w.flow.id]).await.expect("read");
        assert_eq!(found, std::slice::from_ref(&hidden));
        let off = store::flows::Flow { enabled: false, ..hidden.clone() };
        store::flows::update(&mut s, &hidden, &off).await.expect("update");
        assert_eq!(store::flows::offers(&mut s).await.expect("list"), []);
    }
}

#[tokio::test]
async fn settings_are_kept() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        assert_eq!(store::settings::get(&mut s).await.expect("get"), domain::settings::Settings::default());
        let changed = domain::settings::Settings { expiry_days: 7, ..Default::default() };
        store::settings::put(&mut s, &changed).await.expect("put");
        s.commit().await.expect("commit");
        let mut s = bench.store.read().await.expect("read");
        assert_eq!(store::settings::get(&mut s).await.expect("get"), changed);
    }
}
