//! The permanent record.

use crate::support::{START, engines, submit, world};
use domain::ids::{PersonId, RequestNumber};
use domain::search::Search;
use domain::time::Timestamp;
use store::Error;
use store::audit::{self, Event, Recorded, Wanted};
use store::directory::people::{self, Person};

fn kinds(events: &[Recorded]) -> Vec<&str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

#[tokio::test]
async fn an_event_is_recorded_with_everything_that_was_said() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        let event = Event {
            kind: "request_submitted",
            actor: Some((w.requester.id, "Rita Örsted")),
            address: "192.0.2.7",
            request: Some(number),
            request_version: Some(1),
            subject: "rita@x.test",
            detail: serde_json::json!({ "after": "pending", "nested": [1, null, "ö"] }),
            internal_notes: Some("Seen by few"),
        };
        audit::record(&mut s, &event).await.expect("record");
        audit::record(&mut s, &Event { kind: "swept", ..Event::default() }).await.expect("record");
        let found = audit::search(&mut s, &Wanted::default(), 9).await.expect("search");
        let [swept, submitted] = found.as_slice() else { panic!("{found:?}") };
        assert!(swept.id > submitted.id, "newest first");
        let expected = Recorded {
            id: submitted.id,
            at: START,
            kind: "request_submitted".to_owned(),
            actor: "Rita Örsted".to_owned(),
            address: "192.0.2.7".to_owned(),
            request: Some(number),
            subject: "rita@x.test".to_owned(),
            detail: event.detail.clone(),
            internal_notes: Some("Seen by few".to_owned()),
        };
        assert_eq!(*submitted, expected);
        assert_eq!((swept.actor.as_str(), swept.request, swept.internal_notes.as_deref()), ("", None, None));
        s.commit().await.expect("commit");
        let mut s = bench.store.write().await.expect("write");
        let twice = audit::record(&mut s, &Event { kind: "approved", ..event }).await;
        assert!(matches!(twice, Err(Error::Conflict(_))), "a version has one event");
    }
}

#[tokio::test]
async fn the_record_is_searched_by_everything_at_once() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let ada = Some((w.admin.id, "Ada Admin"));
        let event = |kind, subject, request: Option<i64>| Event {
            kind,
            actor: ada,
            subject,
            request: request.map(RequestNumber),
            ..Event::default()
        };
        let first = [
            event("login", "", None),
            event("approved", "", Some(1)),
            Event { actor: Some((w.manager.id, "Max")), ..event("person_changed", "ada@x.test", None) },
        ];
        audit::record_all(&mut s, &first).await.expect("record");
        let mut s = bench.next(s, 10).await;
        let clock = Event { actor: None, ..event("expired", "", Some(2)) };
        audit::record_all(&mut s, &[clock, event("approved", "", Some(2))]).await.expect("record");

        let all = audit::search(&mut s, &Wanted::default(), 9).await.expect("search");
        assert_eq!(kinds(&all), ["approved", "expired", "person_changed", "approved", "login"], "in their order");
        let wanted = Wanted::default;
        let about = || vec!["ada@x.test".to_owned()];
        for (wanted, expected) in [
            (Wanted { actor: Some(w.admin.id), ..wanted() }, vec!["approved", "approved", "login"]),
            (Wanted { about: about(), ..wanted() }, vec!["person_changed"]),
            (
                Wanted { actor: Some(w.admin.id), about: about(), ..wanted() },
                vec!["approved", "person_changed", "approved", "login"],
            ),
            (
                Wanted { actor: Some(w.admin.id), about: about(), to: Some(Timestamp(START.0 + 10)), ..wanted() },
                vec!["person_changed", "approved", "login"],
            ),
            (Wanted { request: Some(RequestNumber(2)), ..wanted() }, vec!["approved", "expired"]),
            (Wanted { kind: Some("approved".to_owned()), ..wanted() }, vec!["approved", "approved"]),
            (
                Wanted { kind: Some("approved".to_owned()), request: Some(RequestNumber(1)), ..wanted() },
                vec!["approved"],
            ),
            (Wanted { from: Some(Timestamp(START.0 + 10)), ..wanted() }, vec!["approved", "expired"]),
            (Wanted { from: Some(Timestamp(START.0 + 11)), ..wanted() }, vec![]),
            (Wanted { to: Some(Timestamp(START.0 + 10)), ..wanted() }, vec!["person_changed", "approved", "login"]),
            (Wanted { from: Some(START), to: Some(START), ..wanted() }, vec![]),
            (Wanted { actor: Some(PersonId(store::new_id())), ..wanted() }, vec![]),
            // What is about nobody is not about somebody without a name.
            (Wanted { about: vec![String::new()], ..wanted() }, vec![]),
            (Wanted { about: vec!["ada".to_owned()], ..wanted() }, vec![]),
            (Wanted { before: Some(all[2].id), ..wanted() }, vec!["approved", "login"]),
            (Wanted { before: Some(all[4].id), ..wanted() }, vec![]),
        ] {
            let found = audit::search(&mut s, &wanted, 9).await.expect("search");
            assert_eq!(kinds(&found), expected, "{wanted:?}");
        }
        let page = audit::search(&mut s, &Wanted::default(), 2).await.expect("search");
        assert_eq!(page, all[..2]);
        let next = Wanted { before: Some(page[1].id), ..Wanted::default() };
        assert_eq!(audit::search(&mut s, &next, 2).await.expect("search"), all[2..4]);
    }
}

/// The words of a name find who did it and whom it was about, under the names and addresses of before too, be they few or many.
#[tokio::test]
async fn the_record_is_searched_by_the_names_of_people() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let event =
            |kind, actor: Option<(PersonId, &'static str)>, subject| Event { kind, actor, subject, ..Event::default() };
        let rita = Some((w.requester.id, "Rita"));
        audit::record_all(
            &mut s,
            &[
                event("login", rita, ""),
                event("person_changed", Some((w.admin.id, "Ada")), "rita@x.test"),
                event("login_failed", None, "rita@x.test"),
                event("login", Some((w.manager.id, "Max")), ""),
            ],
        )
        .await
        .expect("record");
        let moved = Person { name: "Rita Berg".to_owned(), email: "berg@x.test".to_owned(), ..w.requester.clone() };
        people::update(&mut s, &moved).await.expect("update");
        let of = |typed: &str| Wanted { people: Search::new(typed), ..Wanted::default() };
        for round in ["few", "many"] {
            for (typed, expected) in [
                ("orsted", vec!["login_failed", "person_changed", "login"]),
                ("Berg, Rita", vec!["login_failed", "person_changed", "login"]),
                ("ber", vec!["login_failed", "person_changed", "login"]),
                ("max@x", vec!["login"]),
                ("nobody", vec![]),
            ] {
                let found = audit::search(&mut s, &of(typed), 9).await.expect("search");
                assert_eq!(kinds(&found), expected, "{typed}, {round}");
            }
            let all = audit::search(&mut s, &of("x.test"), 9).await.expect("search");
            assert_eq!(all.len(), 4, "{round}");
            let kind = Wanted { kind: Some("login".to_owned()), ..of("x.test") };
            assert_eq!(audit::search(&mut s, &kind, 9).await.expect("search").len(), 2, "{round}");
            // More people of the same words, who did nothing.
            for index in 0..60 {
                let name = "Rita Orsted Berg Ber Max@x";
                people::insert(&mut s, &Person::new(&format!("{round}{index}@x.test"), name)).await.expect("person");
            }
        }
    }
}
