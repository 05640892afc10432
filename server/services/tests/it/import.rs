//! Import of what other directories export.

use crate::support::{Bench, engines, sound};
use services::Origin;
use services::import::{How, ImportError, Kind, Report, import};
use std::fmt::Write as _;

const WRITE: How = How { dry_run: false, invite: true, leave_out_unknown: false };

async fn give(bench: &Bench, kind: Kind, bytes: &[u8]) -> Result<Report, ImportError> {
    import(&bench.services, kind, bytes, WRITE, None, &Origin::default()).await
}

fn problems(answer: Result<Report, ImportError>) -> Vec<String> {
    match answer {
        Err(ImportError::Problems(problems)) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_vendors_files_go_in_as_they_are() {
    let files: [&[u8]; 4] = [
        b"firstname,lastname,username,email,department,jobTitle,manager,state\r\nAda,Okafor,ada,ada@x.test,Finance,Head,,ACTIVATED\r\n",
        "\u{feff}First Name [Required],Last Name [Required],Email Address [Required],Status [READ ONLY],Manager Email\nBj\u{f6}rn,Lind,bjorn@x.test,Active,ada@x.test\n".as_bytes(),
        b"userPrincipalName;mail;displayName;jobTitle;accountEnabled;extra\nc@upn.test;C@x.test;\"Cleo \"\"C\"\" Park\";\"Line one\nline two\";true;7\n",
        b"login,email,firstName,lastName,title,department,managerEmail,status\nd@x.test,d@x.test,Dee,Doe,Analyst,Data,ada@x.test,SUSPENDED\n",
    ];
    for bench in engines().await {
        for file in files {
            assert_eq!(give(&bench, Kind::People, file).await.expect("imported").created, 1);
            assert_eq!(give(&bench, Kind::People, file).await.expect("again").unchanged, 1);
        }
        let mut session = bench.services.store().read().await.expect("read");
        let all = store::directory::people::all(&mut session).await.expect("people");
        assert_eq!(all["bjorn@x.test"].manager, Some(all["ada@x.test"].id));
        assert_eq!(all["c@x.test"].name, "Cleo \"C\" Park");
        assert!(!all["d@x.test"].active);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn utf_16_is_read_and_a_dry_run_writes_nothing() {
    for bench in engines().await {
        let text = "email,name\nzoe@x.test,Zo\u{eb}\n";
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let report =
            import(&bench.services, Kind::People, &bytes, How { dry_run: true, ..WRITE }, None, &Origin::default())
                .await
                .expect("read");
        assert_eq!(report.changes, ["create person zoe@x.test (Zo\u{eb})"]);
        assert_eq!(
            give(&bench, Kind::People, &bytes).await.expect("imported").created,
            1,
            "nothing was written before"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_named_and_nothing_is_written() {
    for bench in engines().await {
        let file = b"email,name,manager\na@x.test,A,b@x.test\nb@x.test,B,a@x.test\nnot-an-email,C,\na@x.test,Again,\nd@x.test,D,nobody@x.test\n";
        let found = problems(give(&bench, Kind::People, file).await);
        assert_eq!(
            found,
            [
                "line 2, column 3 (manager): managers form a circle: a@x.test → b@x.test",
                "line 4, column 1 (email): \"not-an-email\" is not an email address",
                "line 5, column 1 (email): a@x.test stands in line 2 already",
                "line 6, column 3 (manager): nobody with the email nobody@x.test is known",
            ]
        );
        let mut session = bench.services.store().read().await.expect("read");
        assert!(store::directory::people::all(&mut session).await.expect("people").is_empty());
        drop(session);
        let found = problems(give(&bench, Kind::People, b"email,name\nx@x.test,a\x07b\n").await);
        assert_eq!(found, ["line 2, column 2 (name): contains a control character"]);
        for (kind, file) in [
            (Kind::People, "email,name\nx@x.test,Ada \u{202e}nimda\n"),
            (Kind::People, "email,name,title\nx@x.test,Ada,Head\u{200f}\n"),
            (Kind::Groups, "name,description\nFinance,\u{2066}all\n"),
            (Kind::Resources, "name,category\nPay\u{61c}roll,Systems\n"),
        ] {
            let found = problems(give(&bench, kind, file.as_bytes()).await);
            assert!(found.iter().any(|said| said.contains("turns the direction of text")), "{file:?}: {found:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_resources_and_flows_hang_together() {
    for bench in engines().await {
        give(&bench, Kind::People, b"email,name,admin\na@x.test,A,yes\nb@x.test,B,no\n").await.expect("people");
        give(&bench, Kind::Groups, b"name,members\nusers,a@x.test;b@x.test\n").await.expect("groups");
        let report =
            give(&bench, Kind::Groups, b"name,member\nusers,a@x.test\napprovers,a@x.test\napprovers,b@x.test\n")
                .await
                .expect("groups");
        assert_eq!((report.created, report.updated), (1, 1));
        give(&bench, Kind::Resources, b"name,groups,owners,link\nNetSuite,users,b@x.test,https://n.example\n")
            .await
            .expect("resources");
        let bad =
            problems(give(&bench, Kind::Resources, b"name,groups,link\nOther,nobodies,javascript:alert(1)\n").await);
        assert_eq!(bad.len(), 2, "{bad:?}");
        let flows = br#"[{"name":"NetSuite","resource":"NetSuite","group":"users","approval_type":"manual",
            "steps":[{"approver":"manager"},{"approver":{"group":"approvers"},"required":2}],"access":{"choices":["P1D","P1W"]}}]"#;
        assert_eq!(give(&bench, Kind::Flows, flows).await.expect("flows").created, 1);
        assert_eq!(give(&bench, Kind::Flows, flows).await.expect("again").unchanged, 1);
        let zero = String::from_utf8_lossy(flows).replace("\"required\":2", "\"required\":0");
        assert_eq!(problems(give(&bench, Kind::Flows, zero.as_bytes()).await).len(), 1);
        let gone = problems(give(&bench, Kind::People, b"email,name,admin\na@x.test,A,no\n").await);
        assert_eq!(gone, ["line 1: no active administrator would be left"]);
        sound(&bench).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_people_go_in_at_once() {
    let mut file = String::from("email,name,department,manager\n");
    for index in 0..20_000 {
        let manager = if index == 0 { String::new() } else { format!("p{}@x.test", index / 10) };
        writeln!(file, "p{index}@x.test,Person {index},Department {},{manager}", index % 12).expect("text");
    }
    for bench in engines().await {
        let report = give(&bench, Kind::People, file.as_bytes()).await.expect("imported");
        assert_eq!(report.created, 20_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_people_are_invited_once() {
    let file = b"email,name,active\nana@x.test,Ana,yes\nben@x.test,Ben,true\ngone@x.test,Gone,no\n";
    for bench in engines().await {
        let invited = |report: Report| report.invited;
        let dry =
            import(&bench.services, Kind::People, file, How { dry_run: true, ..WRITE }, None, &Origin::default()).await;
        assert_eq!(dry.map(invited).expect("read"), 2, "a dry run says whom");
        assert_eq!(give(&bench, Kind::People, file).await.map(invited).expect("read"), 2, "active ones");
        assert_eq!(give(&bench, Kind::People, file).await.map(invited).expect("read"), 0, "known ones are not");
        let silent = How { invite: false, ..WRITE };
        let more =
            import(&bench.services, Kind::People, b"email,name\neva@x.test,Eva\n", silent, None, &Origin::default())
                .await;
        assert_eq!(more.map(invited).expect("read"), 0);
        let waiting = services::outbox::claim(&bench.services, 10).await.expect("claimed");
        let mut to: Vec<_> = waiting.iter().map(|message| (message.kind.as_str(), message.email.as_str())).collect();
        to.sort_unstable();
        assert_eq!(to, [("invitation", "ana@x.test"), ("invitation", "ben@x.test")]);
    }
}
