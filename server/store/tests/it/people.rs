//! People: written, found, and kept from being changed.

use crate::support::{START, engines, grant, person, submit, world};
use domain::flow::{Approvers, Definition, NamedPerson, Required, Step};
use domain::ids::PersonId;
use domain::time::Timestamp;
use std::pin::pin;
use store::Error;
use store::directory::holdings::{self, Holdings};
use store::directory::people::{self, Person};
use store::directory::{groups, resources};

fn emails(people: &[Person]) -> Vec<&str> {
    people.iter().map(|person| person.email.as_str()).collect()
}

#[tokio::test]
async fn a_person_is_written_with_every_field_and_one_email_is_one_person() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let mut person = Person {
            department: "Finance".to_owned(),
            title: "Clerk".to_owned(),
            manager: Some(w.manager.id),
            timezone: Some("Europe/Vienna".to_owned()),
            ..Person::new("zoe@x.test", "Zoë")
        };
        people::insert(&mut s, &person).await.expect("insert");
        assert_eq!(people::by_id(&mut s, person.id).await.expect("read"), Some(person.clone()));
        person = Person { id: person.id, active: false, admin: true, ..Person::new("zoe.new@x.test", "Zoë Neu") };
        people::update(&mut s, &person).await.expect("update");
        assert_eq!(people::by_email(&mut s, "zoe.new@x.test").await.expect("read"), Some(person.clone()));
        assert_eq!(people::by_email(&mut s, "zoe@x.test").await.expect("read"), None);
        assert_eq!(people::by_id(&mut s, PersonId(store::new_id())).await.expect("read"), None);
        let mut s = bench.next(s, 0).await;
        let twin = people::insert(&mut s, &Person::new("rita@x.test", "Another Rita")).await;
        assert!(matches!(twin, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        let taken = people::update(&mut s, &Person { email: "rita@x.test".to_owned(), ..person.clone() }).await;
        assert!(matches!(taken, Err(Error::Conflict(_))));
        let mut s = bench.again(s).await;
        assert_eq!(people::by_email(&mut s, "rita@x.test").await.expect("read"), Some(w.requester));
        assert_eq!(people::by_id(&mut s, person.id).await.expect("read"), Some(person), "nothing was written");
    }
}

#[tokio::test]
async fn a_time_zone_is_set_and_cleared_and_the_revision_rises() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert_eq!(people::revision(&mut s, w.requester.id).await.expect("read"), Some(1));
        assert_eq!(people::revision(&mut s, PersonId(store::new_id())).await.expect("read"), None);
        let mut s = bench.next(s, 7).await;
        people::set_timezone(&mut s, w.requester.id, Some("Europe/Vienna")).await.expect("set");
        let found = people::by_id(&mut s, w.requester.id).await.expect("read").expect("there");
        assert_eq!(found, Person { timezone: Some("Europe/Vienna".to_owned()), ..w.requester.clone() });
        assert_eq!(people::revision(&mut s, w.requester.id).await.expect("read"), Some(2));
        assert_eq!(people::revision(&mut s, w.manager.id).await.expect("read"), Some(1), "nobody else");
        people::set_timezone(&mut s, w.requester.id, None).await.expect("clear");
        assert_eq!(people::by_id(&mut s, w.requester.id).await.expect("read"), Some(w.requester));
    }
}

#[tokio::test]
async fn people_are_searched_in_pages_of_one_order() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        // The same folded name twice, so that only the id tells where a page ended.
        let (one, two) =
            (person(&mut s, "m1@x.test", "MAX MULLER").await, person(&mut s, "m2@x.test", "Max Muller").await);
        people::update(&mut s, &Person { active: false, ..two.clone() }).await.expect("deactivate");
        let found = people::search(&mut s, "", None, None, 9).await.expect("search");
        assert_eq!(emails(&found), ["ada@x.test", "max@x.test", "m1@x.test", "m2@x.test", "rita@x.test"]);
        let active = people::search(&mut s, "", Some(true), None, 9).await.expect("search");
        assert_eq!(emails(&active), ["ada@x.test", "max@x.test", "m1@x.test", "rita@x.test"]);
        let others = people::search(&mut s, "", Some(false), None, 9).await.expect("search");
        assert_eq!(emails(&others), ["m2@x.test"]);
        let first = people::search(&mut s, "muller", None, None, 2).await.expect("search");
        assert_eq!(emails(&first), ["max@x.test", "m1@x.test"]);
        let after = Some(("max muller", one.id));
        assert_eq!(emails(&people::search(&mut s, "muller", None, after, 9).await.expect("search")), ["m2@x.test"]);
        let after = Some(("max muller", two.id));
        assert_eq!(people::search(&mut s, "muller", None, after, 9).await.expect("search"), []);
        assert_eq!(people::search(&mut s, "rita@", None, None, 9).await.expect("search"), [w.requester], "by email");
        assert_eq!(people::search(&mut s, "muller", Some(false), None, 9).await.expect("search").len(), 1);
        assert_eq!(people::search(&mut s, "%", None, None, 9).await.expect("search").len(), 5, "nothing to search for");
        assert_eq!(
            emails(&people::search(&mut s, "muller, max@", None, None, 9).await.expect("search")),
            ["max@x.test"]
        );
        for nobody in ["zz", "%%%", "m_x", "rita muller"] {
            assert_eq!(people::search(&mut s, nobody, None, None, 9).await.expect("search"), [], "{nobody}");
        }
    }
}

/// Whatever path a change takes, what was before is kept, found, and told apart from what is now.
#[tokio::test]
async fn people_are_found_under_their_former_names_and_addresses() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert_eq!(people::former(&mut s, w.requester.id).await.expect("former"), []);
        let same = Person { department: "Finance".to_owned(), ..w.requester.clone() };
        people::update(&mut s, &same).await.expect("update");
        assert_eq!(people::former(&mut s, w.requester.id).await.expect("former"), [], "nothing of it changed");
        // By an import, which knows people by their email.
        let mut s = bench.next(s, 10).await;
        let married = Person { name: "Rita Ærø".to_owned(), ..w.requester.clone() };
        people::put(&mut s, std::slice::from_ref(&married)).await.expect("put");
        // By a form.
        let mut s = bench.next(s, 20).await;
        let moved = Person { email: "rita@new.test".to_owned(), ..married.clone() };
        people::update(&mut s, &moved).await.expect("update");
        let former = |name: &str, until| people::Former {
            name: name.to_owned(),
            email: "rita@x.test".to_owned(),
            until: START.0 + until,
        };
        let expected = [former("Rita Ærø", 20), former("Rita Örsted", 10)];
        assert_eq!(people::former(&mut s, w.requester.id).await.expect("former"), expected);
        for text in ["orsted", "Örsted Rita", "rita@x.test", "aero rita@new", "rita@x orsted aero", "\"rita ørsted\""]
        {
            let found = people::search(&mut s, text, None, None, 9).await.expect("search");
            assert_eq!(emails(&found), ["rita@new.test"], "{text}");
        }
        for typed in ["orst", "rita@x", "rita", "ærø rit"] {
            let found = people::suggest(&mut s, typed, 9).await.expect("suggest");
            assert_eq!(found.iter().map(|person| person.id).collect::<Vec<_>>(), [w.requester.id], "{typed}");
            assert_eq!((found[0].name.as_str(), found[0].email.as_str()), ("Rita Ærø", "rita@new.test"), "as now");
        }
        assert_eq!(people::suggest(&mut s, "sted", 9).await.expect("suggest"), [], "no beginning");

        // Who has an address now, else who had it last.
        let ever = |found: Option<domain::people::PersonRef>| found.map(|person| person.id);
        for (email, who) in
            [("rita@new.test", Some(w.requester.id)), ("rita@x.test", Some(w.requester.id)), ("no@x.test", None)]
        {
            assert_eq!(ever(people::by_email_ever(&mut s, email).await.expect("read")), who, "{email}");
        }
        let mut s = bench.next(s, 30).await;
        let second = person(&mut s, "rita@x.test", "Rita Two").await;
        assert_eq!(ever(people::by_email_ever(&mut s, "rita@x.test").await.expect("read")), Some(second.id), "has it");
        let gone = Person { email: "two@x.test".to_owned(), ..second.clone() };
        people::update(&mut s, &gone).await.expect("update");
        assert_eq!(
            ever(people::by_email_ever(&mut s, "rita@x.test").await.expect("read")),
            Some(second.id),
            "had it last"
        );
        // Back and forth: the last time counts, and nothing stands twice.
        let mut s = bench.next(s, 40).await;
        for email in ["rita@x.test", "rita@new.test"] {
            people::update(&mut s, &Person { email: email.to_owned(), ..moved.clone() }).await.expect("update");
        }
        assert_eq!(ever(people::by_email_ever(&mut s, "rita@x.test").await.expect("read")), Some(w.requester.id));
        assert_eq!(people::former(&mut s, w.requester.id).await.expect("former").len(), 3);
    }
}

#[tokio::test]
async fn only_somebody_who_is_there_and_active_is_held_active() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert!(people::hold_active(&mut s, w.requester.id).await.expect("hold"));
        people::update(&mut s, &Person { active: false, ..w.requester.clone() }).await.expect("deactivate");
        assert!(!people::hold_active(&mut s, w.requester.id).await.expect("hold"));
        assert!(!people::hold_active(&mut s, PersonId(store::new_id())).await.expect("hold"), "unknown");
        assert_eq!(people::hold_admins(&mut s).await.expect("hold"), [w.admin.id]);
        let other = Person { admin: true, ..w.manager.clone() };
        people::update(&mut s, &other).await.expect("promote");
        let mut both = [w.admin.id, w.manager.id];
        both.sort();
        assert_eq!(people::hold_admins(&mut s).await.expect("hold"), both);
        people::update(&mut s, &Person { active: false, ..other }).await.expect("deactivate");
        assert_eq!(people::hold_admins(&mut s).await.expect("hold"), [w.admin.id], "an inactive admin is none");
    }
}

/// Whoever holds somebody active and acts for them is seen by whoever switches them off, and the other way round.
#[tokio::test]
async fn nobody_asks_behind_the_back_of_who_deactivates_them() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let mut s = bench.next(s, 0).await;
        assert!(people::hold_active(&mut s, w.requester.id).await.expect("hold"));
        let mut other = pin!(async {
            let mut s = bench.store.write().await.expect("write");
            people::update(&mut s, &Person { active: false, ..w.requester.clone() }).await.expect("deactivate");
            (store::requests::open_of(&mut s, w.requester.id).await.expect("open"), s)
        });
        assert!(bench.meanwhile(other.as_mut()).await.is_none(), "they are held: {}", bench.url);
        let number = submit(&mut s, &w, "Month-end").await;
        s.commit().await.expect("commit");
        let (open, s) = other.await;
        assert_eq!(open, [number]);

        let mut other = pin!(async {
            let mut s = bench.store.write().await.expect("write");
            people::hold_active(&mut s, w.requester.id).await.expect("hold")
        });
        assert!(bench.meanwhile(other.as_mut()).await.is_none(), "nobody knows yet: {}", bench.url);
        s.commit().await.expect("commit");
        assert!(!other.await);
    }
}

/// Two admins who take each other's rights away at once: one of them stays.
#[tokio::test]
async fn the_last_admin_stays() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let second = Person { admin: true, ..w.manager.clone() };
        people::update(&mut s, &second).await.expect("promote");
        let mut s = bench.next(s, 0).await;
        assert_eq!(people::hold_admins(&mut s).await.expect("hold").len(), 2);
        let mut other = pin!(async {
            let mut s = bench.store.write().await.expect("write");
            people::hold_admins(&mut s).await.expect("hold")
        });
        assert!(bench.meanwhile(other.as_mut()).await.is_none(), "they are held: {}", bench.url);
        people::update(&mut s, &Person { admin: false, ..second }).await.expect("demote");
        s.commit().await.expect("commit");
        assert_eq!(other.await, [w.admin.id], "the last");
    }
}

/// An import locks whom it changes: an edit of somebody else waits, and is read by whoever comes later.
#[tokio::test]
async fn whoever_an_import_changes_is_held() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert!(!people::hold_many(&mut s, &[]).await.expect("hold"), "nobody to wait for");
        let alone = bench.url.starts_with("sqlite");
        for noun in 0..3 {
            s = bench.next(s, 0).await;
            let held = match noun {
                0 => people::hold_many(&mut s, &[w.requester.id, w.manager.id]).await,
                1 => groups::hold_many(&mut s, &[w.group.id]).await,
                _ => resources::hold_many(&mut s, &[w.resource.id]).await,
            };
            assert_eq!(held.expect("hold"), !alone, "one writer has nobody beside it");
            let mut other = pin!(async {
                let mut s = bench.store.write().await.expect("write");
                match noun {
                    0 => people::update(&mut s, &w.requester).await.expect("update"),
                    1 => groups::update(&mut s, &w.group).await.expect("update"),
                    _ => resources::update(&mut s, &w.resource).await.expect("update"),
                }
                s
            });
            assert!(bench.meanwhile(other.as_mut()).await.is_none(), "{noun} is held: {}", bench.url);
            s.commit().await.expect("commit");
            s = other.await;
        }
    }
}

#[tokio::test]
async fn what_hangs_on_a_person_is_counted() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        groups::add_by_hand(&mut s, w.group.id, w.manager.id).await.expect("add");
        let named = NamedPerson { id: w.admin.id, name: w.admin.name.clone() };
        let by_name = Step { approvers: Approvers::People { people: vec![named] }, required: Required::Any };
        let by_group = Step {
            approvers: Approvers::Group { id: w.group.id, name: w.group.name.clone() },
            required: Required::Any,
        };
        for (name, step) in [("By name", by_name), ("By group", by_group)] {
            let definition = Definition { steps: vec![step], ..w.flow.definition.clone() };
            store::flows::insert(&mut s, name, "", w.resource.id, true, &definition).await.expect("flow");
        }
        let given = submit(&mut s, &w, "Month-end").await;
        grant(&mut s, given, None).await;
        let number = submit(&mut s, &w, "Another").await;
        let all = [w.requester.id, w.manager.id, w.admin.id, PersonId(store::new_id())];
        let held = holdings::of(&mut s, &all).await.expect("read");
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let group = names(&[w.group.name.as_str()]);
        let requester = Holdings {
            groups: group.clone(),
            approves: names(&["By group"]),
            grants: 1,
            open: vec![number],
            ..Holdings::default()
        };
        let manager = Holdings {
            groups: group,
            approves: names(&["By group"]),
            owns: names(&["NetSuite"]),
            reports: 1,
            ..Holdings::default()
        };
        let admin = Holdings { approves: names(&["By name"]), ..Holdings::default() };
        assert_eq!(held.get(&w.requester.id), Some(&requester));
        assert_eq!(held.get(&w.manager.id), Some(&manager));
        assert_eq!(held.get(&w.admin.id), Some(&admin));
        assert_eq!(held.len(), 3, "nobody else");
    }
}

/// Somebody who is held is not changed meanwhile, and who comes later sees what they are then.
#[tokio::test]
async fn a_person_is_held_with_every_field() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let mut s = bench.next(s, 0).await;
        assert_eq!(people::hold(&mut s, w.requester.id).await.expect("hold"), Some(w.requester.clone()));
        let moved = Person { email: "rita.new@x.test".to_owned(), ..w.requester.clone() };
        let mut other = pin!(async {
            let mut s = bench.store.write().await.expect("write");
            people::update(&mut s, &moved).await.expect("update");
            s.commit().await.expect("commit");
        });
        assert!(bench.meanwhile(other.as_mut()).await.is_none(), "they are held: {}", bench.url);
        s.commit().await.expect("commit");
        other.await;
        let mut s = bench.store.write().await.expect("write");
        assert_eq!(people::hold(&mut s, moved.id).await.expect("hold"), Some(moved.clone()));
        assert_eq!(people::hold(&mut s, PersonId(store::new_id())).await.expect("hold"), None);
    }
}

#[tokio::test]
async fn who_changed_an_address_is_known_for_a_while() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let since = async |s: &mut store::Session, moment: i64| {
            people::influence(s, Timestamp(moment)).await.expect("read").readdressed
        };
        assert_eq!(since(&mut s, 0).await, []);
        people::note_address_change(&mut s, w.manager.id, Some(w.admin.id)).await.expect("note");
        people::note_address_change(&mut s, w.requester.id, None).await.expect("note");
        assert_eq!(since(&mut s, START.0 - 1).await, [(w.manager.id, w.admin.id, START)]);
        assert_eq!(since(&mut s, START.0).await, [], "not since then");
        // Who changed it last answers for it.
        people::note_address_change(&mut s, w.manager.id, None).await.expect("note");
        assert_eq!(since(&mut s, 0).await, []);
    }
}

#[tokio::test]
async fn the_active_ones_of_some_people() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        people::update(&mut s, &Person { active: false, ..w.manager.clone() }).await.expect("deactivate");
        let asked = [w.manager.id, w.requester.id, PersonId(store::new_id())];
        assert_eq!(people::active_of(&mut s, &asked).await.expect("read"), [w.requester.id]);
        assert_eq!(people::active_of(&mut s, &[]).await.expect("read"), []);
    }
}
