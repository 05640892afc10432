//! Flows: written, found, deleted, and what is open under them.

use crate::support::{World, engines, person, submit, submit_of, submit_under, withdraw, world};
use domain::flow::{Approvers, Definition, NamedPerson, Required, Step};
use domain::ids::{FlowId, FlowVersionId, GroupId};
use domain::request::ApprovalType;
use std::pin::pin;
use store::directory::groups::{self, Group};
use store::directory::resources::{self, Resource};
use store::flows::{self, Flow};
use store::{Error, Session};

fn names(flows: &[Flow]) -> Vec<&str> {
    flows.iter().map(|flow| flow.name.as_str()).collect()
}

/// What the world's flow says, with one step of other approvers.
fn approved_by(w: &World, approvers: Approvers) -> Definition {
    Definition { steps: vec![Step { approvers, required: Required::Any }], ..w.flow.definition.clone() }
}

async fn other_resource(s: &mut Session) -> Resource {
    let other = Resource { colour: Some("#123456".to_owned()), ..Resource::new("Äpfel", "Food") };
    resources::insert(s, &other).await.expect("resource");
    other
}

#[tokio::test]
async fn a_new_flow_has_everything_that_was_said_of_it() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let draft = Flow {
            name: "NetSuite, automatic".to_owned(),
            description: "At once".to_owned(),
            enabled: false,
            category: "Books".to_owned(),
            colour: Some("#abcdef".to_owned()),
            definition: Definition {
                approval_type: ApprovalType::Automatic,
                steps: Vec::new(),
                ..w.flow.definition.clone()
            },
            ..w.flow.clone()
        };
        let id = flows::create(&mut s, &draft).await.expect("create");
        assert_ne!(id, w.flow.id);
        let made = flows::by_id(&mut s, id).await.expect("read").expect("there");
        assert_ne!(made.version_id, w.flow.version_id, "a version of its own");
        assert_eq!(made, Flow { id, version_id: made.version_id, revision: 1, version: 1, ..draft.clone() });
        assert_eq!((made.shown_category(), made.look().colour.as_deref()), ("Books", Some("#abcdef")));

        let (given, version) = (FlowId(store::new_id()), FlowVersionId(store::new_id()));
        let definition = &w.flow.definition;
        flows::insert_with(&mut s, given, version, "Demo", "Made up", w.resource.id, definition).await.expect("insert");
        let demo = flows::by_id(&mut s, given).await.expect("read").expect("there");
        assert_eq!((demo.version_id, demo.enabled, demo.description.as_str()), (version, true, "Made up"));
        assert_eq!(flows::definition(&mut s, version).await.expect("read").as_ref(), Some(definition));
        assert_eq!(
            names(&flows::all(&mut s).await.expect("all")),
            ["Demo", "NetSuite, automatic", "NetSuite, two steps"]
        );
        s.commit().await.expect("commit");

        let mut s = bench.store.write().await.expect("write");
        let twin = flows::create(&mut s, &Flow { name: "DEMO".to_owned(), ..draft }).await;
        assert!(matches!(twin, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        let (id, version) = (FlowId(store::new_id()), FlowVersionId(store::new_id()));
        let twin = flows::insert_with(&mut s, id, version, " demo", "", w.resource.id, definition).await;
        assert!(matches!(twin, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        assert_eq!(flows::all(&mut s).await.expect("all").len(), 3);
    }
}

#[tokio::test]
async fn a_deleted_flow_is_gone_and_its_version_stays() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let renamed = Flow { description: "Two steps".to_owned(), ..w.flow.clone() };
        let now = flows::update(&mut s, &w.flow, &renamed).await.expect("update");
        let stale = flows::delete(&mut s, w.flow.id, w.flow.revision).await;
        assert!(matches!(stale, Err(Error::Stale)), "somebody else edited it meanwhile");
        assert_eq!(flows::hold(&mut s, w.flow.id).await.expect("hold").as_ref(), Some(&now));
        flows::delete(&mut s, w.flow.id, now.revision).await.expect("delete");
        assert_eq!(flows::hold(&mut s, w.flow.id).await.expect("hold"), None);
        assert_eq!(flows::by_id(&mut s, w.flow.id).await.expect("read"), None);
        assert_eq!(flows::by_name(&mut s, &w.flow.name).await.expect("read"), None);
        assert_eq!(flows::all(&mut s).await.expect("all"), []);
        assert_eq!(flows::of_resource(&mut s, w.resource.id).await.expect("flows"), []);
        assert_eq!(flows::search(&mut s, "", "", 9).await.expect("search"), []);
        assert_eq!(flows::offers(&mut s).await.expect("offers"), []);
        let kept = flows::definition(&mut s, w.flow.version_id).await.expect("read");
        assert_eq!(kept, Some(w.flow.definition.clone()), "what requests stand under");
        for revision in [now.revision, now.revision + 1] {
            let again = flows::delete(&mut s, w.flow.id, revision).await;
            assert!(matches!(again, Err(Error::Stale)), "once only");
        }
        assert!(matches!(flows::update(&mut s, &now, &renamed).await, Err(Error::Stale)), "nothing comes back");
        let again = flows::create(&mut s, &w.flow).await.expect("the name is free");
        assert_ne!(again, w.flow.id);
    }
}

#[tokio::test]
async fn flows_are_searched_by_their_name_and_their_resource() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let other = other_resource(&mut s).await;
        flows::insert(&mut s, "Öffnung", "", other.id, false, &w.flow.definition).await.expect("flow");
        flows::insert(&mut s, "Äpfel, at once", "", other.id, true, &w.flow.definition).await.expect("flow");
        let found = flows::search(&mut s, "", "", 9).await.expect("search");
        assert_eq!(names(&found), ["Äpfel, at once", "NetSuite, two steps", "Öffnung"]);
        assert_eq!(names(&flows::search(&mut s, "", "", 1).await.expect("search")), ["Äpfel, at once"]);
        let rest = flows::search(&mut s, "", "Äpfel, at once", 9).await.expect("search");
        assert_eq!(names(&rest), ["NetSuite, two steps", "Öffnung"]);
        assert_eq!(names(&flows::search(&mut s, "offn", "", 9).await.expect("search")), ["Öffnung"]);
        let of_resource = flows::search(&mut s, "apfel", "", 9).await.expect("search");
        assert_eq!(names(&of_resource), ["Äpfel, at once", "Öffnung"], "by the resource as well");
        for nothing in ["two%", "zz", "o_fnung"] {
            assert_eq!(flows::search(&mut s, nothing, "", 9).await.expect("search"), [], "{nothing}");
        }
        let flows_of = flows::of_resource(&mut s, other.id).await.expect("flows");
        assert_eq!(names(&flows_of), ["Äpfel, at once", "Öffnung"]);
        assert_eq!(flows_of[0].shown_category(), "Food", "the resource's");
        assert_eq!(flows_of[0].look().colour.as_deref(), Some("#123456"));
        assert_eq!(flows::of_resource(&mut s, w.resource.id).await.expect("flows"), [w.flow]);
    }
}

#[tokio::test]
async fn open_requests_of_a_flow_are_counted_by_version() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let (zoe, yves) = (person(&mut s, "zoe@x.test", "Zoë").await, person(&mut s, "yves@x.test", "Yves").await);
        assert_eq!(flows::open_requests(&mut s, w.flow.id).await.expect("count"), []);
        assert_eq!(flows::open_numbers(&mut s, w.flow.id).await.expect("open"), []);
        let (one, two) = (submit(&mut s, &w, "Month-end").await, submit_of(&mut s, &w, zoe.id).await);
        let mut after = w.flow.clone();
        after.definition.steps.truncate(1);
        let now = flows::update(&mut s, &w.flow, &after).await.expect("update");
        let three = submit_under(&mut s, &w, yves.id, now.version_id, now.version).await;
        assert_eq!(flows::open_requests(&mut s, w.flow.id).await.expect("count"), [(1, 2), (2, 1)]);
        assert_eq!(flows::open_numbers(&mut s, w.flow.id).await.expect("open"), [one, two, three]);
        withdraw(&mut s, one).await;
        withdraw(&mut s, three).await;
        assert_eq!(flows::open_requests(&mut s, w.flow.id).await.expect("count"), [(1, 1)]);
        assert_eq!(flows::open_numbers(&mut s, w.flow.id).await.expect("open"), [two]);
        let unknown = FlowId(store::new_id());
        assert_eq!(flows::open_requests(&mut s, unknown).await.expect("count"), []);
        assert_eq!(flows::open_numbers(&mut s, unknown).await.expect("open"), []);
    }
}

#[tokio::test]
async fn a_group_approves_open_requests_under_the_version_they_stand_under() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let zoe = person(&mut s, "zoe@x.test", "Zoë").await;
        let (board, other) = (Group::new("Board", ""), Group::new("Others", ""));
        groups::put(&mut s, &[board.clone(), other.clone()]).await.expect("groups");
        let by_board = approved_by(&w, Approvers::Group { id: board.id, name: "Board".to_owned() });
        let after = Flow { definition: by_board, ..w.flow.clone() };
        let second = flows::update(&mut s, &w.flow, &after).await.expect("update");
        let old = submit(&mut s, &w, "Under the first version").await;
        assert!(!flows::approves_open(&mut s, &[board.id, other.id]).await.expect("approves"), "not under the first");
        assert_eq!(flows::open_under(&mut s, board.id).await.expect("flows"), Vec::<String>::new());
        let new = submit_under(&mut s, &w, zoe.id, second.version_id, 2).await;
        // The flow goes on to somebody else; what was submitted does not.
        let person = NamedPerson { id: w.admin.id, name: "Ada".to_owned() };
        let after = Flow { definition: approved_by(&w, Approvers::People { people: vec![person] }), ..second.clone() };
        flows::update(&mut s, &second, &after).await.expect("update");
        assert!(flows::approves_open(&mut s, &[other.id, board.id]).await.expect("approves"));
        assert!(!flows::approves_open(&mut s, &[other.id]).await.expect("approves"));
        assert!(!flows::approves_open(&mut s, &[]).await.expect("approves"));
        assert_eq!(flows::open_under(&mut s, board.id).await.expect("flows"), ["NetSuite, two steps"]);
        assert_eq!(flows::open_under(&mut s, other.id).await.expect("flows"), Vec::<String>::new());
        assert!(!flows::approves_open(&mut s, &[GroupId(store::new_id())]).await.expect("approves"));
        withdraw(&mut s, new).await;
        assert!(!flows::approves_open(&mut s, &[board.id]).await.expect("approves"), "nothing waits any more");
        assert_eq!(flows::open_under(&mut s, board.id).await.expect("flows"), Vec::<String>::new());
        assert_eq!(flows::open_numbers(&mut s, w.flow.id).await.expect("open"), [old]);
    }
}

/// Whoever holds a flow and submits under it is seen by whoever deletes the flow, and the other way round.
#[tokio::test]
async fn nobody_submits_behind_the_back_of_who_deletes_the_flow() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let mut s = bench.next(s, 0).await;
        assert_eq!(flows::hold(&mut s, w.flow.id).await.expect("hold").as_ref(), Some(&w.flow));
        let mut other = pin!(async {
            let mut s = bench.store.write().await.expect("write");
            flows::delete(&mut s, w.flow.id, w.flow.revision).await.expect("delete");
            (flows::open_numbers(&mut s, w.flow.id).await.expect("open"), s)
        });
        assert!(bench.meanwhile(other.as_mut()).await.is_none(), "it is held: {}", bench.url);
        let number = submit(&mut s, &w, "Month-end").await;
        s.commit().await.expect("commit");
        let (open, s) = other.await;
        assert_eq!(open, [number]);

        let mut other = pin!(async {
            let mut s = bench.store.write().await.expect("write");
            flows::hold(&mut s, w.flow.id).await.expect("hold")
        });
        assert!(bench.meanwhile(other.as_mut()).await.is_none(), "nobody knows yet: {}", bench.url);
        s.commit().await.expect("commit");
        assert_eq!(other.await, None);
    }
}
