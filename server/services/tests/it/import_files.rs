//! Files of invented people in the shapes that real directories and spreadsheets write (`cases/`), and what must come of each.

use crate::support::{Bench, actor, demo, engines, sound};
use services::Origin;
use services::import::{How, ImportError, Kind, Report, import};
use std::collections::HashMap;
use store::directory::people::Person;
use store::directory::{groups, people};

const WRITE: How = How { dry_run: false, invite: true, leave_out_unknown: false };

fn case(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/it/cases/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).expect(&path)
}

async fn give(bench: &Bench, kind: Kind, name: &str, how: How) -> Result<Report, ImportError> {
    import(&bench.services, kind, &case(name), how, None, &Origin::default()).await
}

fn problems(answer: Result<Report, ImportError>) -> Vec<String> {
    match answer {
        Err(ImportError::Problems(problems)) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

async fn everybody(bench: &Bench) -> HashMap<String, Person> {
    let mut session = bench.services.store().read().await.expect("read");
    people::all(&mut session).await.expect("people")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_quote_is_refused_by_its_line() {
    for bench in engines().await {
        let found = problems(give(&bench, Kind::People, "unclosed-quote.csv", WRITE).await);
        assert_eq!(found, ["line 3, column 2 (cell): a quote opens here, and nothing closes it"]);
        assert!(everybody(&bench).await.is_empty(), "nothing is written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_another_width_is_named_with_both_counts() {
    const QUOTES: &str = "a text that holds a separator stands in quotes";
    for bench in engines().await {
        let found = problems(give(&bench, Kind::People, "unquoted-comma-silent.csv", WRITE).await);
        assert_eq!(found, [format!("line 2: 5 cells, but the header has 4: {QUOTES}")]);
        let found = problems(give(&bench, Kind::People, "unquoted-comma.csv", WRITE).await);
        let line = |line: u8, count: u8| format!("line {line}: {count} cells, but the header has 5: {QUOTES}");
        assert_eq!(found, [line(2, 6), line(4, 7)]);
        assert!(everybody(&bench).await.is_empty(), "nothing is written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_differ_in_an_accent_are_four_groups() {
    for bench in engines().await {
        give(&bench, Kind::People, "people.csv", WRITE).await.expect("people");
        let report = give(&bench, Kind::Groups, "groups-accents.csv", WRITE).await.expect("groups");
        assert_eq!(report.created, 4);
        assert_eq!(give(&bench, Kind::Groups, "groups-accents.csv", WRITE).await.expect("again").unchanged, 4);
        let mut session = bench.services.store().read().await.expect("read");
        for (name, member) in [
            ("Résumé reviewers", "ana.cv@field.test"),
            ("Resume reviewers", "bo.backlog@field.test"),
            ("Straße 7 keys", "cy.road@field.test"),
            ("Strasse 7 keys", "di.rad@field.test"),
        ] {
            let group = groups::by_name(&mut session, name).await.expect("read").expect(name);
            let members = groups::members(&mut session, group.id).await.expect("members");
            let emails: Vec<_> = members.iter().map(|person| person.email.as_str()).collect();
            assert_eq!((group.name.as_str(), emails), (name, vec![member]));
        }
        drop(session);
        sound(&bench).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_are_found_by_user_principal_name() {
    for bench in engines().await {
        assert_eq!(give(&bench, Kind::People, "entra-managers.csv", WRITE).await.expect("imported").created, 3);
        let all = everybody(&bench).await;
        let hanna = Some(all["hanna.roth@field.test"].id);
        assert_eq!(all["ivo.keller@field.test"].manager, hanna, "by login");
        assert_eq!(all["jmeier@field.onmicrosoft.example"].manager, hanna, "by email");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_that_the_file_does_not_resolve_are_said_or_left_out() {
    const WHY: [&str; 2] = [
        "line 3, column 4 (manager): \"CN=Roth\\\\, Hanna,OU=Finance,DC=field,DC=test\" is a distinguished name, but the file has no \
         column distinguishedName, and nobody is called \"Roth, Hanna\" (perhaps hanna.roth@field.test is meant)",
        "line 4, column 4 (manager): nobody in the file or the directory is called \"Roth, Hanna\" (perhaps \
         hanna.roth@field.test is meant): an email is certain",
    ];
    for bench in engines().await {
        let answer = give(&bench, Kind::People, "ad-managers-dn.csv", WRITE).await;
        assert!(matches!(&answer, Err(ImportError::Problems(found)) if found.iter().all(|problem| problem.unknown)));
        assert_eq!(problems(answer), WHY);
        let how = How { leave_out_unknown: true, ..WRITE };
        let dry = give(&bench, Kind::People, "ad-managers-dn.csv", How { dry_run: true, ..how }).await.expect("read");
        assert_eq!(dry.left_out, WHY.map(|why| format!("{why}; left out")));
        assert!(everybody(&bench).await.is_empty());
        let report = give(&bench, Kind::People, "ad-managers-dn.csv", how).await.expect("imported");
        assert_eq!((report.created, report.left_out.len()), (3, 2));
        assert!(everybody(&bench).await.values().all(|person| person.manager.is_none()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_states_of_a_console_say_who_is_active_and_who_is_invited() {
    for bench in engines().await {
        let report = give(&bench, Kind::People, "okta-status.csv", WRITE).await.expect("imported");
        assert_eq!((report.created, report.invited), (8, 4));
        let mut active: Vec<String> =
            everybody(&bench).await.into_values().filter(|person| person.active).map(|person| person.name).collect();
        active.sort();
        assert_eq!(active, ["Pia Sommer", "Rosa Uhl", "Sven Vogt", "Tara Wolf"]);
        let text = String::from_utf8(case("okta-status.csv")).expect("text").replace("Locked out", "Gone fishing");
        let answer = import(&bench.services, Kind::People, text.as_bytes(), WRITE, None, &Origin::default()).await;
        let why = "line 6, column 8 (status): \"Gone fishing\" is no known state of an account, nor yes or no";
        assert_eq!(problems(answer), [why]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_switches_nobody_on_or_off() {
    for bench in demo(0).await {
        for (file, value, created) in [("province-state.csv", "NO", 2), ("province-state-refused.csv", "TX", 2)] {
            let report = give(&bench, Kind::People, file, WRITE).await.expect("imported");
            assert_eq!((report.created, report.losses.len()), (created, 0));
            let notice = format!(
                "column State is ignored: {value:?} is no state of an account, so it is taken for a part of an address"
            );
            assert!(report.notices.contains(&notice), "{:?}", report.notices);
        }
        let all = everybody(&bench).await;
        for email in
            ["gina.novara@field.test", "owen.toronto@field.test", "tess.austin@field.test", "manager@demo.test"]
        {
            assert!(all[email].active, "{email}");
        }
        assert_eq!(
            all["manager@demo.test"].name,
            actor(&bench, "manager@demo.test").await.name,
            "an empty name is none"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn zones_of_windows_are_mapped_and_unknown_ones_keep_nobody_out() {
    for bench in engines().await {
        let report = give(&bench, Kind::People, "windows-zones.csv", WRITE).await.expect("imported");
        assert_eq!(
            report.notices,
            [
                "line 5, column 3 (timezone): there is no time zone \"(UTC+01:00) Amsterdam, Berlin, Rome\"; the person goes in \
              without one"
            ]
        );
        let all = everybody(&bench).await;
        let zone = |email: &str| all[email].timezone.clone();
        assert_eq!(zone("w.one@field.test").as_deref(), Some("Europe/Berlin"));
        assert_eq!(zone("w.two@field.test").as_deref(), Some("America/Los_Angeles"));
        assert!(matches!(zone("w.three@field.test").as_deref(), Some("Europe/Kiev" | "Europe/Kyiv")));
        assert_eq!(zone("w.four@field.test"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_in_which_excel_names_its_separator_is_none_of_the_table() {
    for bench in engines().await {
        assert_eq!(give(&bench, Kind::People, "sep-line.csv", WRITE).await.expect("imported").created, 1);
        let all = everybody(&bench).await;
        let xenia = &all["xenia.alt@field.test"];
        assert_eq!((xenia.name.as_str(), xenia.department.as_str()), ("Xenia Alt", "Küche"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_resources_and_flows_of_the_cases_go_into_the_demo() {
    for bench in demo(0).await {
        for (kind, file) in
            [(Kind::Groups, "F-groups.csv"), (Kind::Resources, "F-resources.csv"), (Kind::Flows, "F-flows.json")]
        {
            let report = give(&bench, kind, file, WRITE).await.expect(file);
            assert!(report.created > 0 && report.updated == 0, "{file}: {report:?}");
            let again = give(&bench, kind, file, WRITE).await.expect(file);
            assert_eq!((again.created, again.updated, again.unchanged), (0, 0, report.created), "{file}");
        }
        sound(&bench).await;
    }
}
