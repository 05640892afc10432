//! Grants: begun, ended, listed, and what they cover.

use crate::support::{START, World, engines, grant, person, submit, submit_as, submit_of, world};
use domain::ids::{FlowId, GrantId, GroupId, PersonId, RequestNumber, ResourceId};
use domain::time::Timestamp;
use store::directory::groups;
use store::directory::resources::{self, Resource};
use store::grants::{self, Coverage, Live, Order};
use store::{Error, Session};

fn at(after: i64) -> Timestamp {
    Timestamp(START.0 + after)
}

fn numbers(live: &[Live]) -> Vec<i64> {
    live.iter().map(|grant| grant.request).collect()
}

/// A second resource that the same group gives.
async fn other_resource(s: &mut Session, w: &World) -> ResourceId {
    let other = Resource::new("Vault", "Security");
    resources::insert(s, &other).await.expect("resource");
    resources::set_groups(s, other.id, &[w.group.id]).await.expect("groups");
    other.id
}

#[tokio::test]
async fn a_grant_ends_once() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        assert_eq!(grants::end_of(&mut s, number).await.expect("read"), None);
        let id = grant(&mut s, number, Some(at(700))).await;
        assert_eq!(grants::end_of(&mut s, number).await.expect("read"), Some(at(700)));
        assert_eq!(grants::live_of(&mut s, w.requester.id).await.expect("count"), 1);
        assert_eq!(grants::end(&mut s, GrantId(store::new_id()), "test").await.expect("end"), None, "unknown");
        let ended = grants::end(&mut s, id, "given_back").await.expect("end").expect("live");
        let expected = (id, number, w.requester.id, w.group.id);
        assert_eq!((ended.id, ended.request, ended.beneficiary, ended.group), expected);
        assert_eq!(grants::end(&mut s, id, "given_back").await.expect("end"), None, "an end is an end");
        assert_eq!(grants::end_of(&mut s, number).await.expect("read"), None, "it is not live");
        assert_eq!(grants::live_of(&mut s, w.requester.id).await.expect("count"), 0);
        assert_eq!(grants::live_by_id(&mut s, id).await.expect("read"), None);
        s.commit().await.expect("commit");
        let mut s = bench.store.write().await.expect("write");
        let again = grants::begin(&mut s, number, w.requester.id, w.resource.id, w.group.id, None).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "one request, one grant");
    }
}

#[tokio::test]
async fn what_somebody_has_of_a_resource_ends_and_nothing_else() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let other = other_resource(&mut s, &w).await;
        let mine = submit(&mut s, &w, "Month-end").await;
        let vault = submit_as(&mut s, &w, |new| new.resource = other).await;
        let managers = submit_of(&mut s, &w, w.manager.id).await;
        let ids =
            [grant(&mut s, mine, None).await, grant(&mut s, vault, None).await, grant(&mut s, managers, None).await];
        let ended = grants::end_of_resource(&mut s, w.requester.id, w.resource.id, "given_back").await.expect("end");
        assert_eq!(ended.iter().map(|ended| (ended.id, ended.request)).collect::<Vec<_>>(), [(ids[0], mine)]);
        let again = grants::end_of_resource(&mut s, w.requester.id, w.resource.id, "given_back").await.expect("end");
        assert_eq!(again, []);
        assert!(grants::live_by_id(&mut s, ids[1]).await.expect("read").is_some(), "another resource");
        assert!(grants::live_by_id(&mut s, ids[2]).await.expect("read").is_some(), "another person");
        assert_eq!(grants::live_of(&mut s, w.requester.id).await.expect("count"), 1);
        // The other grant gives the same group, so both resources are still held; only one of them can be given back.
        let held = grants::held_by(&mut s, w.requester.id).await.expect("held");
        let held: Vec<_> = held.iter().map(|held| (held.name.as_str(), held.granted)).collect();
        assert_eq!(held, [("NetSuite", 0), ("Vault", 1)]);
    }
}

#[tokio::test]
async fn grants_whose_time_is_over_are_due() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let none = (Vec::new(), 0);
        assert_eq!(grants::due(&mut s, None, 5).await.expect("due"), none);
        let (zoe, number) = (person(&mut s, "zoe@x.test", "Zoë").await, submit(&mut s, &w, "Month-end").await);
        let unlimited = submit_of(&mut s, &w, zoe.id).await;
        let (timed, kept) = (grant(&mut s, number, Some(at(10))).await, grant(&mut s, unlimited, None).await);
        assert_eq!(grants::due(&mut s, None, 5).await.expect("due"), none);
        let mut s = bench.next(s, 9).await;
        assert_eq!(grants::due(&mut s, None, 5).await.expect("due"), none, "not before its end");
        assert_eq!(grants::end_due(&mut s, timed).await.expect("end"), None, "not before its end");
        let mut s = bench.next(s, 10).await;
        assert_eq!(grants::due(&mut s, None, 5).await.expect("due"), (vec![(at(10), timed)], 0));
        let after = grants::due(&mut s, Some((at(10), timed)), 5).await.expect("due");
        assert_eq!(after, none, "after the last one");
        assert_eq!(grants::end_due(&mut s, kept).await.expect("end"), None);
        let ended = grants::end_due(&mut s, timed).await.expect("end");
        assert_eq!(ended.map(|ended| ended.id), Some(timed));
        assert_eq!(grants::end_due(&mut s, timed).await.expect("end"), None, "once");
        assert_eq!(grants::due(&mut s, None, 5).await.expect("due"), none);
        assert!(grants::live_by_id(&mut s, kept).await.expect("read").is_some(), "nothing ends that has no end");
    }
}

#[tokio::test]
async fn coverage_is_what_keeps_somebody_in_a_group() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let other = other_resource(&mut s, &w).await;
        let none = grants::coverage(&mut s, w.requester.id, w.group.id).await.expect("coverage");
        assert_eq!((none, none.is_any(), none.end()), (Coverage::default(), false, None));
        let timed = submit(&mut s, &w, "Month-end").await;
        let timed = grant(&mut s, timed, Some(at(100))).await;
        let some = grants::coverage(&mut s, w.requester.id, w.group.id).await.expect("coverage");
        assert_eq!(some, Coverage { ends_at: Some(at(100)), ..Coverage::default() });
        assert_eq!((some.is_any(), some.end()), (true, Some(at(100))));
        let longer = submit_as(&mut s, &w, |new| new.resource = other).await;
        let longer = grant(&mut s, longer, Some(at(200))).await;
        let some = grants::coverage(&mut s, w.requester.id, w.group.id).await.expect("coverage");
        assert_eq!(some.end(), Some(at(200)), "the last of them");
        grants::end(&mut s, longer, "test").await.expect("end");
        groups::add_by_hand(&mut s, w.group.id, w.requester.id).await.expect("add");
        let kept = grants::coverage(&mut s, w.requester.id, w.group.id).await.expect("coverage");
        assert_eq!(kept, Coverage { kept: true, unlimited: false, ends_at: Some(at(100)) });
        assert_eq!(kept.end(), None);
        groups::remove_kept(&mut s, w.group.id, w.requester.id).await.expect("remove");
        grants::end(&mut s, timed, "test").await.expect("end");
        assert!(!grants::coverage(&mut s, w.requester.id, w.group.id).await.expect("coverage").is_any());

        let unlimited = submit_of(&mut s, &w, w.manager.id).await;
        grant(&mut s, unlimited, None).await;
        let all = grants::coverage(&mut s, w.manager.id, w.group.id).await.expect("coverage");
        assert_eq!((all, all.end()), (Coverage { unlimited: true, ..Coverage::default() }, None));
        let elsewhere = grants::coverage(&mut s, w.manager.id, GroupId(store::new_id())).await.expect("coverage");
        assert!(!elsewhere.is_any());
    }
}

#[tokio::test]
async fn a_live_grant_is_shown_with_the_names_of_its_request() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        let id = grant(&mut s, number, Some(at(10))).await;
        // People are shown by the name of now, everything else as it was when it was asked for.
        let renamed = store::directory::people::Person { name: "Rita Neu".to_owned(), ..w.requester.clone() };
        store::directory::people::update(&mut s, &renamed).await.expect("rename");
        resources::update(&mut s, &Resource { name: "Oracle".to_owned(), ..w.resource.clone() }).await.expect("rename");
        let live = grants::live_by_id(&mut s, id).await.expect("read").expect("live");
        let expected = Live {
            id: id.0,
            request: number.0,
            person: "Rita Neu".to_owned(),
            email: "rita@x.test".to_owned(),
            resource_name: "NetSuite".to_owned(),
            group_name: "netsuite-users".to_owned(),
            began_at: START.0,
            ends_at: Some(START.0 + 10),
        };
        assert_eq!(live, expected);
        assert_eq!(grants::live_by_id(&mut s, GrantId(store::new_id())).await.expect("read"), None);
        assert_eq!(grants::live(&mut s, Order::Newest, None, None, 9).await.expect("live"), [expected]);
    }
}

/// Six grants: 1 and 2 began at once, then one after the other; 6 has ended.
async fn six(bench: &crate::support::Bench) -> (Session, World, ResourceId, Vec<GrantId>, Vec<PersonId>) {
    let mut s = bench.store.write().await.expect("write");
    let w = world(&mut s).await;
    let other = other_resource(&mut s, &w).await;
    let (mut ids, mut people) = (Vec::new(), Vec::new());
    for (index, ends) in [Some(50), Some(30), None, Some(40), Some(40), Some(20)].into_iter().enumerate() {
        let who = person(&mut s, &format!("p{index}@x.test"), "P").await.id;
        let number = submit_as(&mut s, &w, |new| {
            (new.requester, new.beneficiary, new.creator) = (who, who, who);
            if index % 2 == 1 {
                new.resource = other;
            }
        })
        .await;
        assert_eq!(number, RequestNumber(i64::try_from(index).expect("small") + 1));
        ids.push(grant(&mut s, number, ends.map(at)).await);
        people.push(who);
        s = bench.next(s, i64::try_from(index).expect("small")).await;
    }
    grants::end(&mut s, ids[5], "test").await.expect("end");
    (s, w, other, ids, people)
}

#[tokio::test]
async fn live_grants_are_listed_in_pages_of_either_order() {
    for bench in engines().await {
        let (mut s, _, _, _, _) = six(&bench).await;
        for (order, expected) in [(Order::Newest, vec![5, 4, 3, 2, 1]), (Order::EndingSoon, vec![2, 4, 5, 1])] {
            let all = grants::live(&mut s, order, None, None, 9).await.expect("live");
            assert_eq!(numbers(&all), expected, "{order:?}");
            // Page by page, wherever a page ends.
            let (mut paged, mut after) = (Vec::new(), None);
            loop {
                let page = grants::live(&mut s, order, None, after, 1).await.expect("live");
                let Some(last) = page.last() else { break };
                let moment = if order == Order::Newest { Some(last.began_at) } else { last.ends_at };
                after = Some((Timestamp(moment.expect("has one")), GrantId(last.id)));
                paged.extend(numbers(&page));
            }
            assert_eq!(paged, expected, "{order:?}");
        }
    }
}

#[tokio::test]
async fn live_grants_are_searched_like_the_queue_and_by_former_names() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let other = other_resource(&mut s, &w).await;
        let zoe = person(&mut s, "zoe@x.test", "Zoë").await;
        let first = submit(&mut s, &w, "Month-end").await;
        let second = submit_as(&mut s, &w, |new| {
            (new.requester, new.beneficiary, new.creator) = (zoe.id, zoe.id, zoe.id);
            (new.requester_name, new.requester_email) = ("Zoë", "zoe@x.test");
            (new.resource, new.resource_name, new.flow_name) = (other, "GitHub 東京", "GitHub");
        })
        .await;
        let mut ids = Vec::new();
        for number in [first, second] {
            ids.push(grant(&mut s, number, Some(at(30))).await);
        }
        // Twice, so that one name is neither of now nor on the request.
        for (name, email) in [("Zoë Middle", "zoe@x.test"), ("Zoë Berg", "berg@x.test")] {
            let changed =
                store::directory::people::Person { name: name.to_owned(), email: email.to_owned(), ..zoe.clone() };
            store::directory::people::update(&mut s, &changed).await.expect("update");
        }
        for order in [Order::Newest, Order::EndingSoon] {
            for (typed, expected) in [
                ("netsuite", vec![1]),
                ("netsuite rita", vec![1]),
                ("rita, github", vec![]),
                ("github zoe", vec![2]),
                ("berg github", vec![2]),
                ("middle berg@ 東", vec![2]),
                ("zo", vec![2]),
                ("be", vec![2]),
                ("#1", vec![1]),
                ("nobody", vec![]),
                ("%%%", vec![]),
            ] {
                let search = domain::search::Search::new(typed).expect("words");
                let found = grants::live(&mut s, order, Some(&search), None, 9).await.expect("live");
                assert_eq!(numbers(&found), expected, "{typed} {order:?}");
            }
        }
        grants::end(&mut s, ids[1], "test").await.expect("end");
        let search = domain::search::Search::new("berg").expect("words");
        let found = grants::live(&mut s, Order::Newest, Some(&search), None, 9).await.expect("live");
        assert_eq!(found, [], "an ended grant is not live");
        assert_eq!(grants::live_of(&mut s, zoe.id).await.expect("count"), 0);
        assert_eq!(grants::live_of(&mut s, w.requester.id).await.expect("count"), 1);
    }
}

#[tokio::test]
async fn live_grants_of_a_flow_are_counted() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert_eq!(grants::live_of_flow(&mut s, w.flow.id).await.expect("count"), 0);
        let number = submit(&mut s, &w, "Month-end").await;
        assert_eq!(grants::live_of_flow(&mut s, w.flow.id).await.expect("count"), 0, "pending gives nothing");
        let id = grant(&mut s, number, None).await;
        assert_eq!(grants::live_of_flow(&mut s, w.flow.id).await.expect("count"), 1);
        assert_eq!(grants::live_of_flow(&mut s, FlowId(store::new_id())).await.expect("count"), 0);
        grants::end(&mut s, id, "test").await.expect("end");
        assert_eq!(grants::live_of_flow(&mut s, w.flow.id).await.expect("count"), 0);
    }
}
