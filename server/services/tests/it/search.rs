//! Search and the filter by requester, through the use cases of pages and exports.

use crate::support::{House, actor, house, sound};
use domain::catalog::Access;
use domain::filter::{Filter, ListQuery, Requester, decode_pairs};
use domain::people::Actor;
use domain::request::Lane;
use domain::view::QueuePage;
use futures::{StreamExt, pin_mut};
use services::directory::PersonDraft;
use services::requests::{Submit, submit};
use services::{Error, Format, Origin};
use store::directory::people::{self, Person};

async fn ask(house: &House, email: &str, reason: &str) -> i64 {
    let who = actor(house, email).await;
    let given = Submit { flow: house.flow, reason: reason.to_owned(), duration: String::new() };
    submit(&house.services, &who, &given, &Origin::default()).await.expect("asked").number.0
}

/// Saves a person as the form of the directory does.
async fn rename(house: &House, ada: &Actor, email: &str, to_email: &str, to_name: &str) {
    let id = actor(house, email).await.id;
    let view = services::directory::person(&house.services, ada, id).await.expect("person");
    let draft = PersonDraft { email: to_email.to_owned(), name: to_name.to_owned(), seen: None, ..view.draft };
    services::directory::save_person(&house.services, ada, Some(id), &draft, &Origin::default()).await.expect("saved");
}

async fn queue(house: &House, ada: &Actor, query: &str) -> QueuePage {
    let pairs = decode_pairs(&format!("tab=others&status=&type=&{query}"));
    let (query, dropped) = ListQuery::parse(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    services::queue::page(&house.services, ada, &query, dropped).await.expect("page")
}

fn numbers(page: &QueuePage) -> Vec<i64> {
    page.rows.iter().map(|row| row.number.0).collect()
}

async fn exported(house: &House, ada: &Actor, filter: Filter) -> services::Result<usize> {
    let query = ListQuery { filter, ..ListQuery::default() };
    let export = services::queue::export(&house.services, ada, &query, Format::Csv, &Origin::default()).await?;
    let stream = export.into_stream();
    pin_mut!(stream);
    let mut bytes = Vec::new();
    while let Some(part) = stream.next().await {
        bytes.extend_from_slice(&part?);
    }
    Ok(String::from_utf8(bytes).expect("UTF-8").lines().count() - 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requester_is_followed_through_changes_of_name_and_address() {
    for house in house(Access::Permanent).await {
        let ada = actor(&house, "ada@x.test").await;
        let rita = actor(&house, "rita@x.test").await.id;
        let first = ask(&house, "rita@x.test", "Month-end close").await;
        rename(&house, &ada, "rita@x.test", "rita@new.test", "Rita Berg").await;
        let other = ask(&house, "ben@x.test", "Audit of the year").await;

        // By the person, by the address of now, by the one of before, by a name; what the page writes is the person.
        for typed in [&rita.to_string(), "rita@new.test", "RITA@x.test", "berg", "Örsted, Rita"] {
            let page = queue(&house, &ada, &format!("requester={typed}")).await;
            assert_eq!(numbers(&page), [first], "{typed}");
            assert_eq!(page.dropped, [], "{typed}");
            assert_eq!(page.requester.as_ref().map(|person| person.name.as_str()), Some("Rita Berg"), "{typed}");
            assert_eq!(page.query.filter.requester, Some(Requester::Person(rita)), "{typed}");
            assert!(page.query.to_query().contains(&format!("requester={rita}")), "{typed}");
        }
        let nobody = queue(&house, &ada, "requester=nobody@x.test").await;
        assert_eq!((numbers(&nobody), nobody.requester, nobody.dropped.len()), (vec![], None, 0), "shows nothing");
        let several = queue(&house, &ada, "requester=a").await;
        assert_eq!(several.dropped.len(), 1, "not one person: left out and said");

        // Once somebody else has the address, it means them; a saved link to the person still means the person.
        rename(&house, &ada, "ben@x.test", "rita@x.test", "Ben Admin").await;
        assert_eq!(numbers(&queue(&house, &ada, "requester=rita@x.test").await), [other]);
        assert_eq!(numbers(&queue(&house, &ada, &format!("requester={rita}")).await), [first]);

        // The export reads an address alike.
        for (requester, rows) in [
            (Requester::Email("rita@new.test".to_owned()), 1),
            (Requester::Email("ben@x.test".to_owned()), 1),
            (Requester::Email("nobody@x.test".to_owned()), 0),
            (Requester::Person(rita), 1),
        ] {
            let filter = Filter { requester: Some(requester.clone()), ..Filter::cleared(Lane::Others) };
            assert_eq!(exported(&house, &ada, filter).await.expect("export"), rows, "{requester}");
        }
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_found_by_what_their_requester_is_called_then_and_now() {
    for house in house(Access::Permanent).await {
        let ada = actor(&house, "ada@x.test").await;
        let first = ask(&house, "rita@x.test", "Für den Jahresabschluß – 東京支社").await;
        for (email, name) in [("rita@x.test", "Rita O’Neill"), ("rita@new.test", "Rita O’Neill-Berg")] {
            rename(&house, &ada, "rita@x.test", email, name).await;
        }
        for found in [
            "örsted",
            "o'neill",
            "O'NEILL‑BERG",
            "rita@x",
            "rita@new",
            "netsuite rita",
            "berg, netsuite",
            "jahresabschluss",
            "\"fur den\" berg",
            "京",
            "支社 berg",
            "#1",
            "ri",
            "1",
            "berg 東",
            "netsuite & berg",
            "\u{a0}rita\u{3000}netsuite",
            "\"neill-berg",
            "de berg",
        ] {
            let typed = domain::filter::encode_pairs(&[("q", found)]);
            assert_eq!(numbers(&queue(&house, &ada, &typed).await), [first], "{found}");
            let filter = Filter { search: Some(found.trim().to_owned()), ..Filter::cleared(Lane::Others) };
            assert_eq!(exported(&house, &ada, filter).await.expect("export"), 1, "{found}");
        }
        for missed in ["orsted nobody", "\"rita netsuite\"", "it", "2", "西", "en berg"] {
            let typed = domain::filter::encode_pairs(&[("q", missed)]);
            assert_eq!(numbers(&queue(&house, &ada, &typed).await), Vec::<i64>::new(), "{missed}");
        }
        assert!(queue(&house, &ada, "q=rita").await.search_note.is_none());
        let page = queue(&house, &ada, "q=ri%20%26").await;
        let note = page.search_note.expect("a note");
        assert!(note.contains("“ri”") && note.contains("Not searched for: “&”"), "{note}");
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_searched_for_widens_no_export() {
    for house in house(Access::Permanent).await {
        let ada = actor(&house, "ada@x.test").await;
        ask(&house, "rita@x.test", "Month-end close").await;
        let page = queue(&house, &ada, "q=%26").await;
        assert_eq!((page.rows.len(), page.search_note.is_some()), (1, true), "a page says so and shows everything");
        let filter = Filter { search: Some("&".to_owned()), ..Filter::cleared(Lane::Others) };
        let refused = exported(&house, &ada, filter).await;
        assert!(matches!(&refused, Err(Error::Invalid(fields)) if fields[0].field == "q"), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lists_around_the_queue_search_alike() {
    for house in house(Access::Permanent).await {
        let ada = actor(&house, "ada@x.test").await;
        let first = ask(&house, "rita@x.test", "Month-end close").await;
        let rita = actor(&house, "rita@x.test").await;
        rename(&house, &ada, "rita@x.test", "rita@new.test", "Rita Berg").await;
        let services = &house.services;
        for (typed, found) in [("berg rita", 1), ("Örsted", 1), ("rita@x.test", 1), ("berg max", 0), ("", 4)] {
            let page = services::directory::people(services, &ada, typed, false, "").await.expect("people");
            assert_eq!(page.lines.len(), found, "{typed}");
        }
        for typed in ["orst", "Berg Ri", "rita@x"] {
            let found = services::queue::suggest_requesters(services, &ada, typed).await.expect("suggest");
            assert_eq!(found.iter().map(|person| person.id).collect::<Vec<_>>(), [rita.id], "{typed}");
        }
        let person = services::directory::person(services, &ada, rita.id).await.expect("person");
        assert_eq!(person.former, ["Rita Örsted (rita@x.test)"]);
        for (typed, found) in [("users netsuite", 1), ("netsuite nobody", 0), ("ne", 1), ("et", 0)] {
            let page = services::directory::groups(services, &ada, typed, "").await.expect("groups");
            assert_eq!(page.lines.len(), found, "{typed}");
            let catalogue =
                services::portal::catalogue(services, &rita, &typed.replace("users", "systems"), None).await;
            assert_eq!(catalogue.expect("catalogue").entries.len(), found, "{typed}");
        }
        for (typed, found) in [("systems, NetSuite", 1), ("netsuite gone", 0)] {
            let page = services::directory::resources(services, &ada, typed, "").await.expect("resources");
            assert_eq!(page.lines.len(), found, "{typed}");
        }
        for (typed, found) in [("close netsuite", 1), ("month‐end", 1), ("year", 0), ("#1", 1), ("", 1)] {
            let mine = services::portal::my_requests(services, &rita, None, typed).await.expect("mine").requests;
            assert_eq!(mine.iter().map(|one| one.row.number.0).collect::<Vec<_>>(), vec![first; found], "{typed}");
        }
        // The record, by whom and about whom, under either name and address.
        for typed in ["rita@x.test", "rita@new.test", "Örsted", "berg rita"] {
            let asked = services::audit::Asked { person: typed.to_owned(), ..services::audit::Asked::default() };
            let events = services::audit::events(services, &ada, &asked).await.expect("events");
            let kinds: Vec<&str> = events.lines.iter().map(|line| line.kind.as_str()).collect();
            assert_eq!(kinds, ["person_changed", "request_submitted"], "{typed}");
        }
    }
}

/// An import keeps what was before as a form does.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_an_import_changes_is_kept() {
    for house in house(Access::Permanent).await {
        let mut s = house.services.store().write().await.expect("write");
        let rita = people::by_email(&mut s, "rita@x.test").await.expect("read").expect("there");
        people::put(&mut s, &[Person { name: "Rita Berg".to_owned(), ..rita.clone() }]).await.expect("put");
        s.commit().await.expect("commit");
        let ada = actor(&house, "ada@x.test").await;
        let page = services::directory::people(&house.services, &ada, "orsted", false, "").await.expect("people");
        assert_eq!(page.lines.iter().map(|person| person.id).collect::<Vec<_>>(), [rita.id]);
    }
}
