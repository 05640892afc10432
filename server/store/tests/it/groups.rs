//! Groups: written, found, deleted, and who is in them why.

use crate::support::{engines, grant, person, submit, submit_of, world};
use domain::ids::{GroupId, RequestNumber};
use store::Error;
use store::directory::groups::{self, Counted, Group};
use store::directory::resources;

#[tokio::test]
async fn a_group_is_found_by_id_and_by_name() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let mut other = Group::new("Ärzte", "Those who heal");
        groups::insert(&mut s, &other).await.expect("insert");
        assert_eq!(groups::by_id(&mut s, other.id).await.expect("read"), Some(other.clone()));
        assert_eq!(groups::by_name(&mut s, " ÄRZTE ").await.expect("read"), Some(other.clone()));
        assert_eq!(groups::by_name(&mut s, "Arzte").await.expect("read"), None, "another name");
        assert_eq!(groups::names(&mut s, 9).await.expect("names"), ["Ärzte", "netsuite-users"]);
        assert_eq!(groups::names(&mut s, 1).await.expect("names"), ["Ärzte"]);
        assert_eq!(groups::by_id(&mut s, GroupId(store::new_id())).await.expect("read"), None);
        assert_eq!(groups::by_name(&mut s, "arzt").await.expect("read"), None);
        (other.name, other.description, other.active) = ("Doctors".to_owned(), "Renamed".to_owned(), false);
        groups::update(&mut s, &other).await.expect("update");
        assert_eq!(groups::by_id(&mut s, other.id).await.expect("read"), Some(other.clone()));
        assert_eq!(groups::by_name(&mut s, "DOCTORS").await.expect("read"), Some(other.clone()));
        assert_eq!(groups::by_name(&mut s, "Ärzte").await.expect("read"), None, "the name is free");
        assert_eq!(
            groups::names(&mut s, 9).await.expect("names"),
            ["netsuite-users"],
            "an inactive group gives nothing"
        );
        s.commit().await.expect("commit");

        let mut s = bench.store.write().await.expect("write");
        let twin = Group::new("NETSUITE-users ", "");
        assert!(matches!(groups::insert(&mut s, &twin).await, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        other.name = "NetSuite-Users".to_owned();
        assert!(matches!(groups::update(&mut s, &other).await, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        assert_eq!(groups::by_name(&mut s, "netsuite-users").await.expect("read"), Some(w.group));
    }
}

#[tokio::test]
async fn the_revision_of_a_group_rises_with_each_change() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert_eq!(groups::revision(&mut s, w.group.id).await.expect("read"), Some(1));
        assert_eq!(groups::revision(&mut s, GroupId(store::new_id())).await.expect("read"), None);
        let mut s = bench.next(s, 5).await;
        groups::add_imported(&mut s, &[(w.group.id, w.admin.id)]).await.expect("add");
        assert_eq!(groups::revision(&mut s, w.group.id).await.expect("read"), Some(1), "a member is no edit");
        groups::update(&mut s, &w.group).await.expect("update");
        assert_eq!(groups::revision(&mut s, w.group.id).await.expect("read"), Some(2));
    }
}

#[tokio::test]
async fn groups_are_searched_in_the_order_of_their_folded_names() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let (first, mut last) = (Group::new("Ärzte", ""), Group::new("Zebra 100%_x", ""));
        last.active = false;
        groups::put(&mut s, &[last.clone(), first.clone()]).await.expect("put");
        groups::add_imported(&mut s, &[(first.id, w.admin.id), (first.id, w.manager.id), (last.id, w.admin.id)])
            .await
            .expect("add");
        let counted = |group: &Group, members| Counted { group: group.clone(), members };
        let all = [counted(&first, 2), counted(&w.group, 0), counted(&last, 0)];
        assert_eq!(groups::search(&mut s, "", "", 9).await.expect("search"), all, "nobody is in an inactive group");
        assert_eq!(groups::search(&mut s, "", "", 2).await.expect("search"), all[..2]);
        assert_eq!(groups::search(&mut s, "", "Ärzte", 9).await.expect("search"), all[1..], "after the first");
        assert_eq!(groups::search(&mut s, "rzt", "", 9).await.expect("search"), all[..1]);
        assert_eq!(groups::search(&mut s, "users, NetSuite", "", 9).await.expect("search"), all[1..2], "in any order");
        assert_eq!(groups::search(&mut s, "netsuite‑users", "", 9).await.expect("search"), all[1..2], "any hyphen");
        assert_eq!(groups::search(&mut s, "%_x", "", 9).await.expect("search"), all[2..], "as it is written");
        assert_eq!(groups::search(&mut s, "ar", "", 9).await.expect("search"), all[..1], "two letters: beginnings");
        assert_eq!(groups::search(&mut s, "rz", "", 9).await.expect("search"), []);
        assert_eq!(groups::search(&mut s, "a%e", "", 9).await.expect("search"), [], "no pattern");
        assert_eq!(groups::search(&mut s, "rzt", "Ärzte", 9).await.expect("search"), []);
    }
}

#[tokio::test]
async fn a_deleted_group_is_gone_and_its_name_begins_anew() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let other = Group::new("Others", "");
        groups::insert(&mut s, &other).await.expect("insert");
        groups::add_imported(&mut s, &[(w.group.id, w.admin.id), (other.id, w.admin.id)]).await.expect("add");
        groups::add_by_hand(&mut s, w.group.id, w.manager.id).await.expect("add");
        groups::delete(&mut s, w.group.id).await.expect("delete");
        assert_eq!(groups::by_id(&mut s, w.group.id).await.expect("read"), None);
        assert_eq!(groups::by_name(&mut s, "netsuite-users").await.expect("read"), None);
        assert_eq!(groups::is_active(&mut s, w.group.id).await.expect("read"), None);
        assert_eq!(groups::members(&mut s, w.group.id).await.expect("members"), []);
        assert_eq!(groups::imported_members(&mut s, w.group.id).await.expect("members"), []);
        assert_eq!(groups::of_person(&mut s, w.admin.id).await.expect("read"), [other.id], "the other group stays");
        assert_eq!(groups::names(&mut s, 9).await.expect("names"), ["Others"]);
        assert_eq!(groups::all(&mut s).await.expect("all").into_keys().collect::<Vec<_>>(), ["others"]);
        assert_eq!(groups::search(&mut s, "netsuite", "", 9).await.expect("search"), []);
        assert!(!groups::set_active(&mut s, w.group.id, true).await.expect("on"), "gone for ever");
        groups::update(&mut s, &w.group).await.expect("update");
        assert_eq!(groups::by_name(&mut s, "netsuite-users").await.expect("read"), None, "gone for ever");
        assert_eq!(groups::revision(&mut s, w.group.id).await.expect("read"), None);
        let again = Group::new("netsuite-users", "Another");
        groups::insert(&mut s, &again).await.expect("the name is free");
        assert_eq!(groups::by_name(&mut s, "netsuite-users").await.expect("read"), Some(again.clone()));
        assert_eq!(groups::member_count(&mut s, again.id).await.expect("count"), 0, "nothing is carried over");
        assert_eq!(groups::gives(&mut s, again.id).await.expect("gives"), Vec::<String>::new());
        // A second group of the name may be deleted as well.
        groups::delete(&mut s, again.id).await.expect("delete");
        assert_eq!(groups::all(&mut s).await.expect("all").len(), 1);
    }
}

#[tokio::test]
async fn members_come_with_their_cause() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let gone = person(&mut s, "gus@x.test", "Gus").await;
        assert!(groups::add_by_hand(&mut s, w.group.id, w.manager.id).await.expect("add"));
        assert!(!groups::add_by_hand(&mut s, w.group.id, w.manager.id).await.expect("add"), "by hand already");
        groups::add_imported(&mut s, &[(w.group.id, w.manager.id), (w.group.id, gone.id)]).await.expect("import");
        store::directory::people::put(&mut s, &[store::directory::people::Person { active: false, ..gone }])
            .await
            .expect("deactivate");
        let number = submit(&mut s, &w, "Month-end").await;
        assert_eq!(groups::live_grants(&mut s, w.group.id).await.expect("count"), 0, "pending gives nothing");
        let given = grant(&mut s, number, None).await;
        let own = submit_of(&mut s, &w, w.manager.id).await;
        let kept = grant(&mut s, own, None).await;
        assert_eq!(groups::live_grants(&mut s, w.group.id).await.expect("count"), 2);
        let causes = |members: Vec<groups::Member>| -> Vec<(String, bool, Option<RequestNumber>)> {
            members.into_iter().map(|member| (member.person.email, member.kept, member.granted)).collect()
        };
        let max = ("max@x.test".to_owned(), true, Some(own));
        let rita = ("rita@x.test".to_owned(), false, Some(number));
        let members = groups::members_with_cause(&mut s, w.group.id, "", 9).await.expect("members");
        assert_eq!(causes(members), [max.clone(), rita.clone()], "by name; the inactive are not in it");
        let members = groups::members_with_cause(&mut s, w.group.id, "", 1).await.expect("members");
        assert_eq!(causes(members), [max]);
        for text in ["orsted", "rita@"] {
            let members = groups::members_with_cause(&mut s, w.group.id, text, 9).await.expect("members");
            assert_eq!(causes(members), std::slice::from_ref(&rita), "{text}");
        }
        assert_eq!(groups::members_with_cause(&mut s, w.group.id, "ada", 9).await.expect("members"), []);

        store::grants::end(&mut s, kept, "test").await.expect("end");
        assert_eq!(groups::live_grants(&mut s, w.group.id).await.expect("count"), 1);
        let members = groups::members_with_cause(&mut s, w.group.id, "max", 9).await.expect("members");
        assert_eq!(causes(members), [("max@x.test".to_owned(), true, None)], "what is kept stays");
        assert!(groups::remove_kept(&mut s, w.group.id, w.manager.id).await.expect("remove"), "imported and by hand");
        assert!(!groups::remove_kept(&mut s, w.group.id, w.manager.id).await.expect("remove"), "nothing left");
        assert!(!groups::remove_kept(&mut s, w.group.id, w.requester.id).await.expect("remove"), "a grant stays");
        let members = groups::members_with_cause(&mut s, w.group.id, "", 9).await.expect("members");
        assert_eq!(causes(members), [rita]);
        store::grants::end(&mut s, given, "test").await.expect("end");
        assert_eq!(groups::members_with_cause(&mut s, w.group.id, "", 9).await.expect("members"), []);
    }
}

#[tokio::test]
async fn a_group_names_what_it_gives_and_a_person_their_groups() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let other = Group::new("Ärzte", "");
        groups::insert(&mut s, &other).await.expect("insert");
        let ward = resources::Resource::new("Ambulance", "Care");
        resources::insert(&mut s, &ward).await.expect("resource");
        resources::set_groups(&mut s, ward.id, &[w.group.id]).await.expect("groups");
        assert_eq!(groups::gives(&mut s, w.group.id).await.expect("gives"), ["Ambulance", "NetSuite"]);
        assert_eq!(groups::gives(&mut s, other.id).await.expect("gives"), Vec::<String>::new());
        resources::remove(&mut s, w.resource.id).await.expect("remove");
        assert_eq!(
            groups::gives(&mut s, w.group.id).await.expect("gives"),
            ["Ambulance"],
            "what is removed is not given"
        );

        groups::add_by_hand(&mut s, w.group.id, w.requester.id).await.expect("add");
        groups::add_by_hand(&mut s, other.id, w.requester.id).await.expect("add");
        let named = groups::named_of_person(&mut s, w.requester.id).await.expect("groups");
        assert_eq!(named, [(other.id, "Ärzte".to_owned()), (w.group.id, "netsuite-users".to_owned())]);
        groups::set_active(&mut s, other.id, false).await.expect("off");
        let named = groups::named_of_person(&mut s, w.requester.id).await.expect("groups");
        assert_eq!(named, [(w.group.id, "netsuite-users".to_owned())]);
        assert_eq!(groups::named_of_person(&mut s, w.admin.id).await.expect("groups"), []);
    }
}
