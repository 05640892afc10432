//! Who the approvers of a step are now.

use crate::support::{engines, world};
use domain::flow::{Approvers, NamedPerson};
use domain::ids::PersonId;
use store::directory::people::{self, Person};
use store::directory::{approvers, groups};

#[tokio::test]
async fn every_set_of_approvers_holds_the_active_only() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        groups::add_by_hand(&mut s, w.group.id, w.manager.id).await.expect("add");
        groups::add_by_hand(&mut s, w.group.id, w.requester.id).await.expect("add");
        let named = |id: PersonId| NamedPerson { id, name: "As it was then".to_owned() };
        let people = vec![named(w.admin.id), named(w.manager.id), named(PersonId(store::new_id()))];
        let sets = [
            (Approvers::Administrator, vec![w.admin.id], vec![w.admin.id]),
            (Approvers::Manager, vec![w.manager.id], vec![]),
            (Approvers::Owner, vec![w.manager.id], vec![]),
            (
                Approvers::Group { id: w.group.id, name: String::new() },
                vec![w.manager.id, w.requester.id],
                vec![w.requester.id],
            ),
            (Approvers::People { people }, vec![w.admin.id, w.manager.id], vec![w.admin.id]),
        ];
        for (set, all, _) in &sets {
            let found = approvers::of(&mut s, set, w.requester.id, w.resource.id).await.expect("approvers");
            assert_eq!(found.iter().map(|person| person.id).collect::<Vec<_>>(), *all, "{set:?}");
        }
        // Nobody is the manager of who has none.
        let none = approvers::of(&mut s, &Approvers::Manager, w.admin.id, w.resource.id).await.expect("approvers");
        assert_eq!(none, []);
        people::put(&mut s, &[Person { active: false, ..w.manager.clone() }]).await.expect("deactivate");
        for (set, _, rest) in &sets {
            let found = approvers::of(&mut s, set, w.requester.id, w.resource.id).await.expect("approvers");
            assert_eq!(found.iter().map(|person| person.id).collect::<Vec<_>>(), *rest, "{set:?}");
        }
    }
}
