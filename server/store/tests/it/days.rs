//! Days of a zone, names as long as people write them, and addresses however they are spelled.

use crate::support::{START, engines, submit_of, world};
use domain::filter::{Filter, ListQuery};
use domain::request::Lane;
use domain::time::{Day, Timestamp};
use domain::validate::{NAME_BYTES, NAME_MAX, name};
use std::sync::atomic::Ordering;
use store::days;
use store::directory::people::{self, Person};
use store::requests;

const HOUR: i64 = 3_600 * 1_000_000;

/// A request of 23:30 UTC is of the next day in Berlin and of the same one in New York: each filter finds it there, and only there.
#[tokio::test]
async fn a_day_of_a_filter_is_the_day_of_its_zone() {
    for bench in engines().await {
        let late = Timestamp(START.day().start().0 + 23 * HOUR + HOUR / 2);
        bench.hand.store(late.0, Ordering::SeqCst);
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit_of(&mut s, &w, w.requester.id).await;
        let today = START.day();
        for (zone, day) in [
            (None, today),
            (Some("UTC"), today),
            (Some("America/New_York"), today),
            (Some("Europe/Berlin"), today.next()),
            (Some("Asia/Kathmandu"), today.next()),
        ] {
            assert_eq!(days::of(late, zone), day, "{zone:?}");
            for (from, to, found) in [
                (Some(day), Some(day), true),
                (Some(day), None, true),
                (None, Some(day), true),
                (Some(day.next()), None, false),
                (None, Some(Day(day.0 - 1)), false),
            ] {
                let zone = zone.map(str::to_owned);
                let filter = Filter { from, to, zone, ..Filter::cleared(Lane::Others) };
                let query = ListQuery { filter, ..ListQuery::default() };
                let page = requests::list(&mut s, &query, w.admin.id).await.expect("list");
                let numbers: Vec<_> = page.rows.iter().map(|row| row.number).collect();
                let expected: &[_] = if found { &[number] } else { &[] };
                assert_eq!(numbers, expected, "{:?}", query.filter);
                let mut exported = 0;
                for row in requests::export_chunk(&mut s, &query).await.expect("export").rows() {
                    row.expect("a row");
                    exported += 1;
                }
                assert_eq!(exported, expected.len(), "{:?}", query.filter);
            }
        }
        assert_eq!(days::start(today, Some("Europe/Berlin")), Timestamp(today.start().0 - HOUR));
        assert_eq!(days::zone("europe/berlin").as_deref(), Some("Europe/Berlin"));
    }
}

/// What the rules let through the database keeps: letters of many code points, and signs that fold into many letters.
#[tokio::test]
async fn a_name_that_is_allowed_is_kept() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let names = [
            "e\u{301}".repeat(NAME_MAX),
            "👨‍👩‍👧‍👦".repeat(NAME_BYTES / 25),
            "\u{fdfa}".repeat(NAME_BYTES / 33),
            "字".repeat(NAME_MAX),
            "x".repeat(NAME_MAX),
        ];
        for (index, given) in names.iter().enumerate() {
            let name = name("name", given).expect("allowed");
            let person = Person::new(&format!("p{index}@x.test"), &name);
            people::insert(&mut s, &person).await.expect("kept");
            let group = store::directory::groups::Group::new(&name, "");
            store::directory::groups::put(&mut s, &[group]).await.expect("kept");
            let resource = store::directory::resources::Resource::new(&name, "");
            store::directory::resources::put(&mut s, &resource).await.expect("kept");
            assert_eq!(people::by_id(&mut s, person.id).await.expect("read"), Some(person));
        }
        s.commit().await.expect("commit");
    }
}

#[tokio::test]
async fn a_person_is_found_by_every_spelling_of_their_address() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let person = Person::new("josé@münchen.example", "José");
        people::insert(&mut s, &person).await.expect("insert");
        for spelling in [
            "josé@münchen.example",
            "JOSÉ@MÜNCHEN.EXAMPLE",
            "josé@xn--mnchen-3ya.example",
            " jose\u{301}@mu\u{308}nchen.example ",
        ] {
            let found = people::by_email(&mut s, spelling).await.expect("read");
            assert_eq!(found.map(|found| found.id), Some(person.id), "{spelling}");
        }
        for other in ["jose@münchen.example", "josé@munchen.example", "josé"] {
            assert_eq!(people::by_email(&mut s, other).await.expect("read"), None, "{other}");
        }
    }
}
