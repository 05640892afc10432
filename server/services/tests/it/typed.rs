//! What people type: patterns of a reason, names to delete by, addresses of every script, names as long as their letters.

use crate::support::{House, START, actor, house};
use domain::catalog::Access;
use domain::flow::Draft;
use domain::people::Actor;
use domain::request::Refusal;
use domain::validate::{FieldCode, NAME_MAX};
use services::directory::{PersonDraft, save_person};
use services::flows::{Saved, copy, delete, open, save};
use services::login::{Password, log_in, set_up_first_admin};
use services::requests::{Submit, submit};
use services::{Error, Origin};
use std::sync::atomic::Ordering;

async fn changed(house: &House, change: impl FnOnce(&mut Draft)) -> services::Result<Saved> {
    let ada = actor(house, "ada@x.test").await;
    let mut opened = open(&house.services, &ada, house.flow).await.expect("opened");
    change(&mut opened.draft);
    save(&house.services, &ada, Some((house.flow, opened.revision)), &opened.draft, &Origin::default()).await
}

async fn ask(house: &House, reason: &str) -> services::Result<i64> {
    let rita = actor(house, "rita@x.test").await;
    let given = Submit { flow: house.flow, reason: reason.to_owned(), duration: String::new() };
    submit(&house.services, &rita, &given, &Origin::default()).await.map(|done| done.number.0)
}

fn code<T: std::fmt::Debug>(answer: services::Result<T>, field: &str) -> FieldCode {
    match answer {
        Err(Error::Invalid(fields)) => fields.into_iter().find(|one| one.field == field).expect(field).code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_is_tried_and_no_regular_expression() {
    for house in house(Access::Permanent).await {
        let regex = changed(&house, |draft| draft.reason_pattern = r"FIN-\d+".to_owned()).await;
        assert_eq!(code(regex, "reason_pattern"), FieldCode::Regex("FIN-#".to_owned()));
        let example = changed(&house, |draft| {
            draft.reason_pattern = "FIN-#".to_owned();
            draft.reason_example = "see HR-12".to_owned();
        });
        assert_eq!(code(example.await, "reason_example"), FieldCode::NoExample("FIN-#".to_owned()));
        let fits = changed(&house, |draft| {
            draft.reason_pattern = "FIN-#".to_owned();
            draft.reason_example = "see fin-12".to_owned();
        });
        assert!(matches!(fits.await, Ok(Saved::Done { .. })));
        assert_eq!(code(ask(&house, "for work").await, "reason"), FieldCode::Pattern("FIN-#".to_owned()));
        ask(&house, "for FIN-12").await.expect("asked");
    }
}

/// The pattern that held the writer for more than a hundred seconds: the answer comes while somebody else holds the writer, so it is
/// found before the transaction begins.
#[tokio::test(flavor = "multi_thread")]
async fn a_reason_is_matched_without_the_writer() {
    for house in house(Access::Permanent).await {
        changed(&house, |draft| draft.reason_pattern = "#### ####".to_owned()).await.expect("saved");
        let writer = house.services.store().write().await.expect("write");
        let refused = ask(&house, &"1".repeat(4_090)).await;
        assert_eq!(code(refused, "reason"), FieldCode::Pattern("#### ####".to_owned()));
        assert_eq!(code(ask(&house, " ").await, "reason"), FieldCode::Required);
        drop(writer);
        ask(&house, &format!("{} 1234", "1".repeat(4_000))).await.expect("asked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_under_another_pattern_than_was_read_is_not_written() {
    for house in house(Access::Permanent).await {
        // The reader sees the flow as it is before the other's commit; the writer sees it after.
        let rita = actor(&house, "rita@x.test").await;
        let ada = actor(&house, "ada@x.test").await;
        let mut opened = open(&house.services, &ada, house.flow).await.expect("opened");
        opened.draft.reason_pattern = "FIN-#".to_owned();
        let given = Submit { flow: house.flow, reason: "for work".to_owned(), duration: String::new() };
        let (services, origin) = (&house.services, Origin::default());
        let target = Some((house.flow, opened.revision));
        let (asked, saved) = futures::future::join(
            submit(services, &rita, &given, &origin),
            save(services, &ada, target, &opened.draft, &origin),
        )
        .await;
        saved.expect("saved");
        match asked {
            Ok(_) | Err(Error::Refused(Refusal::Changed, _)) => {}
            refused => assert_eq!(code(refused, "reason"), FieldCode::Pattern("FIN-#".to_owned())),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_is_deleted_by_what_a_keyboard_can_write() {
    for house in house(Access::Permanent).await {
        let ada = actor(&house, "ada@x.test").await;
        let name = "Rock\u{a0}’n’  Roll – Cafe\u{301}";
        changed(&house, |draft| draft.name = name.to_owned()).await.expect("saved");
        let wrong = delete(&house.services, &ada, house.flow, "rock n roll", &Origin::default()).await;
        assert_eq!(code(wrong, "typed"), FieldCode::NotTheName);
        delete(&house.services, &ada, house.flow, "rock 'n' roll - café", &Origin::default()).await.expect("deleted");
    }
}

fn draft(name: &str, email: &str) -> PersonDraft {
    PersonDraft { name: name.to_owned(), email: email.to_owned(), active: true, ..PersonDraft::default() }
}

async fn add(house: &House, ada: &Actor, name: &str, email: &str) -> services::Result<domain::ids::PersonId> {
    save_person(&house.services, ada, None, &draft(name, email), &Origin::default()).await.map(|(id, _)| id)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_whatever_the_spelling_of_their_address() {
    for house in house(Access::Permanent).await {
        let ada = actor(&house, "ada@x.test").await;
        let id = add(&house, &ada, "Zoë", "Zoë@XN--MNCHEN-3YA.example").await.expect("added");
        for spelling in ["zoë@münchen.example", "ZOE\u{308}@MÜNCHEN.EXAMPLE"] {
            assert_eq!(code(add(&house, &ada, "Another", spelling).await, "email"), FieldCode::Taken, "{spelling}");
            let found = services::login::active_person(&house.services, spelling).await.expect("looked");
            assert_eq!(found, Some(id), "{spelling}");
        }
        let view = services::directory::person(&house.services, &ada, id).await.expect("person");
        assert_eq!(view.draft.email, "zoë@münchen.example", "people see their own script");
        // A manager is found by the other spelling too.
        let rita = actor(&house, "rita@x.test").await;
        let mut of_rita = services::directory::person(&house.services, &ada, rita.id).await.expect("person").draft;
        of_rita.manager = "zoë@xn--mnchen-3ya.example".to_owned();
        save_person(&house.services, &ada, Some(rita.id), &of_rita, &Origin::default()).await.expect("saved");
    }
}

/// The zone that a person saved is before the one of their browser, and a filter says which it means.
#[tokio::test(flavor = "multi_thread")]
async fn days_are_those_of_the_viewer() {
    use domain::filter::{Filter, ListQuery};
    use domain::time::Day;
    use services::login::{MeDraft, save_me};
    use services::zones::settle;
    for house in house(Access::Permanent).await {
        let ada = actor(&house, "ada@x.test").await;
        let asked = |zone: Option<&str>| ListQuery {
            filter: Filter { from: Some(Day(20_000)), zone: zone.map(str::to_owned), ..Filter::default() },
            ..ListQuery::default()
        };
        let (services, origin) = (&house.services, Origin::default());
        for (browser, named, meant, viewer, lost) in [
            ("", None, "UTC", "UTC", 0),
            ("Asia/Tokyo", None, "Asia/Tokyo", "Asia/Tokyo", 0),
            ("No/Where", None, "UTC", "UTC", 0),
            ("Asia/Tokyo", Some("europe/berlin"), "Europe/Berlin", "Asia/Tokyo", 0),
            ("Asia/Tokyo", Some("Mars/Olympus"), "Asia/Tokyo", "Asia/Tokyo", 1),
        ] {
            let (mut query, mut dropped) = (asked(named), Vec::new());
            let zone = settle(services, &ada, browser, &mut query, &mut dropped).await.expect("settled");
            assert_eq!((query.filter.zone.as_deref(), zone.as_str()), (Some(meant), viewer), "{browser} {named:?}");
            assert_eq!(dropped.len(), lost);
            assert!(query.to_query().contains(&format!("zone={meant}")), "{}", query.to_query());
        }
        let draft = MeDraft { timezone: "America/New_York".to_owned(), silent: Vec::new(), digest: false };
        save_me(services, &ada, &draft, &origin).await.expect("saved");
        let mut query = asked(None);
        let zone = settle(services, &ada, "Asia/Tokyo", &mut query, &mut Vec::new()).await.expect("settled");
        assert_eq!((query.filter.zone.as_deref(), zone.as_str()), (Some("America/New_York"), "America/New_York"));
        let mut none = ListQuery::default();
        settle(services, &ada, "Asia/Tokyo", &mut none, &mut Vec::new()).await.expect("settled");
        assert_eq!(none.to_query(), "", "without days nothing is said");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_takes_every_spelling() {
    for bench in crate::support::engines().await {
        bench.hand.store(START.0, Ordering::SeqCst);
        let secret = Password("the quiet otter reads".to_owned());
        let origin = Origin::default();
        set_up_first_admin(&bench.services, "Иван", "ivan@пример.рф", &secret, None, &origin).await.expect("set up");
        for spelling in ["ivan@пример.рф", "IVAN@ПРИМЕР.РФ", "ivan@xn--e1afmkfd.xn--p1ai"] {
            let entered = log_in(&bench.services, spelling, &secret, None, &origin).await.expect(spelling);
            assert_eq!(entered.actor.email, "ivan@пример.рф");
        }
    }
}

/// No name, however it is made, is more than a word beside its field: neither the database's limit nor its index answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_as_long_as_its_letters() {
    for house in house(Access::Permanent).await {
        let ada = actor(&house, "ada@x.test").await;
        let marks = "e\u{301}".repeat(NAME_MAX);
        add(&house, &ada, &marks, "marks@x.test").await.expect("two hundred letters");
        for (name, email) in [("👨‍👩‍👧‍👦".repeat(NAME_MAX), "a@x.test"), ("\u{fdfa}".repeat(NAME_MAX), "b@x.test")]
        {
            assert!(matches!(code(add(&house, &ada, &name, email).await, "name"), FieldCode::TooManyBytes(_)));
        }
        let over = "e\u{301}".repeat(NAME_MAX + 1);
        assert_eq!(code(add(&house, &ada, &over, "c@x.test").await, "name"), FieldCode::TooLong(NAME_MAX));
        // A copy has room for its own word.
        changed(&house, |draft| draft.name = marks.clone()).await.expect("saved");
        let copy = copy(&house.services, &ada, house.flow, &Origin::default()).await.expect("copied");
        let name = open(&house.services, &ada, copy).await.expect("opened").draft.name;
        assert!(name.ends_with("e\u{301} (copy)") && domain::letters::count(&name) == NAME_MAX, "{name}");
    }
}
