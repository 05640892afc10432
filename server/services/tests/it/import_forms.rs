//! The forms of a table: encodings, separators, line ends, quotes, headers, words and spellings.

use crate::support::{Bench, engines};
use services::Origin;
use services::import::{How, ImportError, Kind, Report, import};
use std::collections::HashMap;
use store::directory::people::{self, Person};

const WRITE: How = How { dry_run: false, invite: false, leave_out_unknown: false };
const LOOK: How = How { dry_run: true, ..WRITE };

async fn give(bench: &Bench, kind: Kind, bytes: &[u8], how: How) -> Result<Report, ImportError> {
    import(&bench.services, kind, bytes, how, None, &Origin::default()).await
}

/// The problems of a file, one a line.
async fn refused(bench: &Bench, kind: Kind, bytes: &[u8]) -> String {
    match give(bench, kind, bytes, LOOK).await {
        Err(ImportError::Problems(problems)) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        other => panic!("{other:?} of {:?}", String::from_utf8_lossy(bytes)),
    }
}

async fn everybody(bench: &Bench) -> HashMap<String, Person> {
    let mut session = bench.services.store().read().await.expect("read");
    people::all(&mut session).await.expect("people")
}

fn utf_16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_table_in_every_encoding_separator_and_line_end_is_the_same() {
    let plain = "email,name,department\nzo\u{eb}@x.test,Zo\u{eb} \u{5b57},K\u{fc}che\n";
    let with_mark = format!("\u{feff}{plain}");
    let big = |unit: u16| unit.to_be_bytes();
    let little = |unit: u16| unit.to_le_bytes();
    let mut files: Vec<Vec<u8>> = vec![
        plain.into(),
        with_mark.clone().into(),
        utf_16(&with_mark, little),
        utf_16(&with_mark, big),
        utf_16(plain, little),
        utf_16(plain, big),
        format!("sep=,\n{plain}").into(),
        format!("\u{feff}\"sep=,\"\r\n{plain}").into(),
        format!("\n\r\n{plain}\n\n,,\n").into(),
        plain.trim_end().into(),
        plain.replace("email,name,department", "\u{feff}\"email\",\"name\",\"department\"").into(),
        plain.replace("email,name,department", "E-Mail , NAME,Department,,").into(),
        plain.replace("che\n", "che,,\n").into(),
        plain.replace(',', ", ").into(),
    ];
    for separator in [";", "\t", "|"] {
        let text = plain.replace(',', separator);
        files.push(format!("sep={separator}\r\n{text}").into());
        if separator != "|" {
            files.push(text.into());
        }
    }
    for end in ["\r\n", "\r"] {
        files.push(plain.replace('\n', end).into());
        files.push(utf_16(&with_mark.replace('\n', end), little));
    }
    for bench in engines().await {
        assert_eq!(give(&bench, Kind::People, &files[0], WRITE).await.expect("imported").created, 1);
        let all = everybody(&bench).await;
        let zoe = &all["zo\u{eb}@x.test"];
        assert_eq!((zoe.name.as_str(), zoe.department.as_str()), ("Zo\u{eb} \u{5b57}", "K\u{fc}che"));
        for file in &files {
            let again = give(&bench, Kind::People, file, LOOK).await;
            assert_eq!(again.expect("read").unchanged, 1, "{}", String::from_utf8_lossy(file));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_known_is_refused_by_one_sentence() {
    let half = [&[0xff, 0xfe][..], &utf_16("email,name\na@x.test,A", u16::to_le_bytes), &[0x41]].concat();
    let lone =
        [&[0xfe, 0xff][..], &utf_16("email,name\na@x.test,", u16::to_be_bytes), &[0xd8, 0x00, 0x00, 0x41]].concat();
    let cases: [(&[u8], &str); 15] = [
        (b"email,name\r\na@x.test,Zo\xeb\r\n", "line 2: a character that is not UTF-8; older encodings"),
        (b"email,name\ra@x.test,A\rb@x.test,\xfc\r", "line 3: a character that is not UTF-8"),
        (b"email,name\na@x.test,A\0\n", "line 2: a NUL byte"),
        (&half, "line 2: the file ends in the middle of a character"),
        (&lone, "line 2: half a character of UTF-16"),
        (b"\xff\xfe\0\0e\0\0\0", "the file is written in UTF-32"),
        (b"PK\x03\x04\x14\0", "the file is an Excel workbook (.xlsx)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "the file is an old Excel workbook (.xls)"),
        (b"{\"people\": []}", "the file is JSON"),
        (b"<!DOCTYPE html><table>", "the file is HTML or XML"),
        (b"dn: cn=Ada,dc=x\nmail: a@x.test\n", "the file is LDIF"),
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "the file is empty"),
        (b"a@x.test,Ada\n", "there is no column for email"),
        (b"sep=;;,\nemail;name\n", "line 1: \"sep=;;,\" names no separator"),
    ];
    for bench in engines().await {
        for (file, sentence) in cases {
            let found = refused(&bench, Kind::People, file).await;
            assert!(found.starts_with(sentence) && found.lines().count() == 1, "{found}");
        }
        let only = give(&bench, Kind::People, b"email,name\r\n", LOOK).await.expect("read");
        assert_eq!((only.created, only.notices), (0, vec!["there are no rows below the header".to_owned()]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_quote_and_no_width_passes_in_silence() {
    const SWALLOWED: &str = "a text of several lines that look like rows of their own: is a quote open?";
    let cases: [(&str, &str); 11] = [
        ("email,name\na@x.test,\"A\n", "line 2, column 2 (cell): a quote opens here, and nothing closes it"),
        ("email,name\na@x.test, \"A\n", "line 2, column 2 (cell): a quote opens here"),
        ("email,\"name\na@x.test,A\n", "line 1, column 2 (cell): a quote opens here"),
        (
            "email,name\na@x.test,\"A\nb@x.test,\"B\"\n",
            "line 2, column 2 (cell): the quote that opens here closes in line 3 in the middle",
        ),
        ("email,name\na@x.test,\"A\" B\n", "line 2, column 2 (cell): the quote that opens here closes in the middle"),
        (
            "email,name,note\na@x.test,A,\"x\nb@x.test,B,y\nc@x.test,C,\"\nd@x.test,D,\n",
            &format!("line 2, column 3 (note): {SWALLOWED}"),
        ),
        ("email,name,team\na@x.test,\"A,Sales\nb@x.test,B\",Sales\n", &format!("line 2, column 2 (name): {SWALLOWED}")),
        ("email,name\na@x.test,A,B\n", "line 2: 3 cells, but the header has 2"),
        ("email,name,note\na@x.test,A\n", "line 2: 2 cells, but the header has 3"),
        ("email,name\na@x.test\n", "line 2: 1 cell, but the header has 2"),
        ("email,name\na@x.test,A\u{7}\n", "line 2, column 2 (name): contains a control character"),
    ];
    for bench in engines().await {
        for (file, sentence) in cases {
            for kind in [Kind::People, Kind::Groups, Kind::Resources] {
                // Groups and resources have their key in the second column here, and the same troubles.
                let found = refused(&bench, kind, file.as_bytes()).await;
                assert!(found.starts_with(sentence) && found.lines().count() == 1, "{kind:?}: {found}");
            }
        }
        let good = "email,name,title\na@x.test,\"A \"\"B\"\" C\",\"one,\r\ntwo\"\nb@x.test,5\" disk,\n";
        let report = give(&bench, Kind::People, good.as_bytes(), WRITE).await.expect("imported");
        assert_eq!(report.notices, ["line 2, column 3 (title): a text of several lines is read as one"]);
        let all = everybody(&bench).await;
        assert_eq!((all["a@x.test"].name.as_str(), all["a@x.test"].title.as_str()), ("A \"B\" C", "one, two"));
        assert_eq!(all["b@x.test"].name, "5\" disk");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_the_editors_whatever_ends_them() {
    for bench in engines().await {
        for end in ["\n", "\r\n", "\r"] {
            for before in ["", "sep=,\n", "\n\n"] {
                let text = format!("{before}email,name,title\n\na@x.test,A,\"one\ntwo\n\nfour\"\nno-email,B,\n");
                let line = 7 + before.matches('\n').count();
                let found = refused(&bench, Kind::People, text.replace('\n', end).as_bytes()).await;
                let why = format!("line {line}, column 1 (email): \"no-email\" is not an email address");
                assert_eq!(found, why, "{end:?} {before:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_headers_of_five_directories_are_read() {
    let files = [
        // JumpCloud.
        "firstname,lastname,username,email,department,jobTitle,state\nAda,Okafor,ada,ada@x.test,Finance,Head,SUSPENDED\n",
        // Google Workspace.
        "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Status [READ ONLY],Employee \
         Title,Department,New Primary Email [UPLOAD ONLY]\nAda,Okafor,ada@x.test,****,Suspended,Head,Finance,\n",
        "primaryEmail,name.givenName,name.familyName,suspended,archived,organizations.0.department,organizations.0.title\n\
         ada@x.test,Ada,Okafor,True,False,Finance,Head\n",
        // Entra: download of the portal, template for many, the admin centre of Microsoft 365.
        "userPrincipalName,displayName,surname,mail,givenName,id,jobTitle,department,accountEnabled,state\n\
         ada@upn.test,Ada Okafor,Okafor,ada@x.test,Ada,1,Head,Finance,False,TX\n",
        "version:v1.0,,,,\nName [displayName] Required,User name [userPrincipalName] Required,Block sign in (Yes/No) \
         [accountEnabled] Required,Job title [jobTitle],Department [department]\nAda Okafor,ada@x.test,Yes,Head,Finance\n",
        "Block credential,Department,Display name,Title,User principal name\nTrue,Finance,Ada Okafor,Head,ada@x.test\n",
        // Okta.
        "login,email,firstName,lastName,title,department,status\nada,ada@x.test,Ada,Okafor,Head,Finance,DEPROVISIONED\n",
        "user.login,user.email,user.firstName,user.lastName,user.title,user.department,user.status\n\
         ada,ada@x.test,Ada,Okafor,Head,Finance,Staged\n",
        // Active Directory, by PowerShell 5 and by csvde.
        "#TYPE Microsoft.ActiveDirectory.Management.ADUser\r\n\"DistinguishedName\",\"Enabled\",\"GivenName\",\"Surname\",\
         \"mail\",\"Department\",\"Title\"\r\n\"CN=Ada,DC=x\",\"False\",\"Ada\",\"Okafor\",\"ada@x.test\",\"Finance\",\"Head\"\r\n",
        "DN,objectClass,sn,givenName,department,title,userAccountControl,mail\n\
         \"CN=Ada,DC=x\",user,Okafor,Ada,Finance,Head,514,ada@x.test\n",
        // A title and an empty line before the header.
        "People of the field team\n\nemail;display name;Abteilung;department;title;active\n\
         ada@x.test;Ada Okafor;7;Finance;Head;FALSCH\n",
    ];
    for bench in engines().await {
        let first = give(&bench, Kind::People, files[0].as_bytes(), WRITE).await.expect("imported");
        assert_eq!(first.created, 1);
        let ada = everybody(&bench).await.remove("ada@x.test").expect("Ada");
        let facts = (ada.name.as_str(), ada.department.as_str(), ada.title.as_str(), ada.active);
        assert_eq!(facts, ("Ada Okafor", "Finance", "Head", false));
        for file in files {
            let report = give(&bench, Kind::People, file.as_bytes(), LOOK).await.expect(file);
            assert_eq!((report.unchanged, report.updated), (1, 0), "{file}: {:?}", report.changes);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_say_the_same_thing_must_agree() {
    for bench in engines().await {
        let twice = "email,name,Email\na@x.test,A,a@x.test\nb@x.test,B,\nc@x.test,C,d@x.test\n";
        let found = refused(&bench, Kind::People, twice.as_bytes()).await;
        assert_eq!(
            found,
            "line 4, column 1 (email): column 3 has the same name and says \"d@x.test\" instead of \"c@x.test\""
        );
        let text = "email,name,status,suspended,accountEnabled\n\
            a@x.test,A,Active,false,true\nb@x.test,B,Active,true,true\nc@x.test,C,,,\nd@x.test,D,Locked out,no,1\n";
        let report = give(&bench, Kind::People, text.as_bytes(), WRITE).await.expect("imported");
        assert_eq!(
            report.notices,
            ["line 3: status says \"Active\" and suspended says \"true\"; the person is not active"]
        );
        let all = everybody(&bench).await;
        let active = ["a@x.test", "b@x.test", "c@x.test", "d@x.test"].map(|email| all[email].active);
        assert_eq!(active, [true, false, true, true]);
        // A console's own column State, with a word that no console has.
        let found = refused(&bench, Kind::People, b"email,name,state\na@x.test,A,ACTIVATED\nb@x.test,B,ON\n").await;
        assert_eq!(found, "line 3, column 3 (state): \"ON\" is no known state of an account");
        let found = refused(&bench, Kind::People, b"email,name,suspended\na@x.test,A,perhaps\n").await;
        assert_eq!(found, "line 2, column 3 (suspended): \"perhaps\" is neither yes nor no");
        let found = refused(&bench, Kind::People, b"email,name,userAccountControl\na@x.test,A,on\n").await;
        assert_eq!(found, "line 2, column 3 (userAccountControl): \"on\" is no number of userAccountControl");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn yes_and_no_are_read_in_the_languages_of_spreadsheets() {
    for bench in engines().await {
        let mut text = String::from("email,name,active\n");
        let words = [
            ("TRUE", "FALSE"),
            ("Yes", "No"),
            ("y", "n"),
            ("1", "0"),
            ("on", "off"),
            ("WAHR", "FALSCH"),
            ("Ja", "Nein"),
            ("VRAI", "FAUX"),
            ("VERDADERO", "FALSO"),
            ("sí", "no"),
            ("VERO", "FALSO"),
            ("sim", "não"),
            ("WAAR", "ONWAAR"),
        ];
        for (at, (yes, no)) in words.iter().enumerate() {
            text.push_str(&format!("y{at}@x.test,Y,{yes}\nn{at}@x.test,N,{no}\n"));
        }
        give(&bench, Kind::People, text.as_bytes(), WRITE).await.expect("imported");
        for (email, person) in everybody(&bench).await {
            assert_eq!(person.active, email.starts_with('y'), "{email}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_are_found_in_every_spelling_that_the_file_resolves() {
    let text = "mail,displayName,givenName,sn,sAMAccountName,distinguishedName,manager\n\
        h@x.test,Hanna Roth,Hanna,Roth,hroth,\"CN=Roth\\, Hanna,OU=Finance,DC=x\",\n\
        a@x.test,A,,,a,,H@X.test\n\
        b@x.test,B,,,b,,HRoth\n\
        c@x.test,C,,,c,,\"cn=Roth\\, Hanna, ou=finance, dc=x\"\n\
        d@x.test,D,,,d,,\"Roth, Hanna\"\n\
        e@x.test,E,,,e,,hanna  ROTH\n\
        f@x.test,F,,,f,,\"CN=Hanna Roth,OU=Moved,DC=x\"\n";
    for bench in engines().await {
        give(&bench, Kind::People, text.as_bytes(), WRITE).await.expect("imported");
        let all = everybody(&bench).await;
        for email in ["a@x.test", "b@x.test", "c@x.test", "d@x.test", "e@x.test", "f@x.test"] {
            assert_eq!(all[email].manager, Some(all["h@x.test"].id), "{email}");
        }
        // A second Hanna Roth: no name tells them apart any more, and the directory's own count too.
        let twin = "email,name,manager\nh2@x.test,Hanna Roth,\ng@x.test,G,Hanna Roth\n";
        let found = refused(&bench, Kind::People, twin.as_bytes()).await;
        let why = "\"Hanna Roth\" fits h2@x.test and h@x.test: the email of one is needed";
        assert_eq!(found, format!("line 3, column 3 (manager): {why}"));
        for (spelled, why) in [
            ("who@x.test", "nobody with the email who@x.test is known"),
            ("Who Ever", "nobody in the file or the directory is called \"Who Ever\": an email is certain"),
            (
                "\"CN=Who,DC=x\"",
                "\"CN=Who,DC=x\" is a distinguished name, but the file has no column distinguishedName",
            ),
            ("g@x.test", "nobody is their own manager"),
        ] {
            let found =
                refused(&bench, Kind::People, format!("email,name,manager\ng@x.test,G,{spelled}\n").as_bytes()).await;
            assert!(found.starts_with(&format!("line 2, column 3 (manager): {why}")), "{found}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_is_one_whatever_the_spelling() {
    for bench in engines().await {
        let composed = "email,name\nzo\u{eb}@x.test,Zo\u{eb}\n";
        let decomposed = "email,name\nZOE\u{308}@X.test,Zo\u{eb}\n";
        give(&bench, Kind::People, composed.as_bytes(), WRITE).await.expect("imported");
        let report = give(&bench, Kind::People, decomposed.as_bytes(), WRITE).await.expect("imported");
        assert_eq!((report.created, report.unchanged), (0, 1));
        let both = format!("{composed}ZOE\u{308}@X.test,Zo\u{eb}\n");
        let found = refused(&bench, Kind::People, both.as_bytes()).await;
        assert_eq!(found, "line 3, column 1 (email): zo\u{eb}@x.test stands in line 2 already");
        let mut session = bench.services.store().read().await.expect("read");
        let found = people::by_email(&mut session, "ZOE\u{308}@x.test").await.expect("read").expect("there");
        assert_eq!(found.email, "zo\u{eb}@x.test");
        drop(session);
        let turned = "email,name\na@x.test,A\u{202e}B\n";
        let found = refused(&bench, Kind::People, turned.as_bytes()).await;
        assert_eq!(found, "line 2, column 2 (name): contains a mark that turns the direction of text");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_read_between_semicolons_commas_and_line_ends() {
    for bench in engines().await {
        give(&bench, Kind::People, b"email,name\na@x.test,A\nb@x.test,B\n", WRITE).await.expect("people");
        for (at, list) in ["a@x.test;B@x.test", "a@x.test, b@x.test;", "a@x.test\r\nb@x.test", "a@x.test;\nb@x.test,"]
            .iter()
            .enumerate()
        {
            let text = format!("name,members\n\"G, {at}\",\"{list}\"\n");
            let report = give(&bench, Kind::Groups, text.as_bytes(), WRITE).await.expect("groups");
            assert_eq!(report.changes, [format!("create group G, {at} with 2 members")], "{list:?}");
        }
        give(&bench, Kind::Groups, b"name\nH\nI\n", WRITE).await.expect("groups");
        for (at, list) in ["G, 0;h", "\"g, 0\ni\"", "\"H, I\"", "\"h;G, 1\""].iter().enumerate() {
            let list = if list.starts_with('"') { (*list).to_owned() } else { format!("\"{list}\"") };
            let text = format!("name,groups,owners\nR{at},{list},\"a@x.test,b@x.test\"\n");
            give(&bench, Kind::Resources, text.as_bytes(), WRITE).await.expect(&text);
            let mut session = bench.services.store().read().await.expect("read");
            let resource =
                store::directory::resources::by_name(&mut session, &format!("r{at}")).await.expect("read").expect("R");
            let groups = store::directory::resources::groups(&mut session, resource.id).await.expect("groups");
            let owners = store::directory::resources::all_owners(&mut session, resource.id).await.expect("owners");
            assert_eq!((groups.len(), owners.len()), (2, 2), "{text}");
        }
        let found = refused(&bench, Kind::Resources, b"name,groups\nR,\"H, J\"\n").await;
        assert_eq!(found, "line 2, column 2 (groups): there is no group J");
    }
}
