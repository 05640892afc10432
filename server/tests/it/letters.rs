//! Every message, as text and as HTML.

use domain::ids::{MessageId, PersonId, RequestNumber};
use domain::message::KINDS;
use domain::time::Timestamp;
use serde_json::json;
use server::mail::{Letter, letter, preview};
use services::outbox::{Claimed, Now, Waiting};
use std::collections::BTreeMap;

const BASE: &str = "https://doorward.example";
const EVIL: &str = "<script>alert(1)</script><img src=//evil.example/x> \"quoted\" & http://evil.example/login";

/// Every preview by its file's name.
fn previews() -> BTreeMap<String, String> {
    let dir = tempfile::tempdir().expect("temp dir");
    let names = preview(dir.path()).expect("previews");
    let read = |name: String| {
        let text = std::fs::read_to_string(dir.path().join(&name)).expect("a preview");
        (name, text)
    };
    names.into_iter().map(read).collect()
}

/// The values of an attribute in HTML.
fn values<'h>(html: &'h str, attribute: &str) -> Vec<&'h str> {
    let begin = format!(" {attribute}=\"");
    html.match_indices(&begin).map(|(at, _)| html[at + begin.len()..].split('"').next().expect("its end")).collect()
}

#[test]
fn each_kind_of_message_has_a_preview_of_both_forms() {
    let previews = previews();
    let mut wanted: Vec<String> =
        KINDS.iter().flat_map(|kind| ["html", "txt"].map(|ending| format!("{}.{ending}", kind.name))).collect();
    wanted.sort();
    assert_eq!(previews.keys().cloned().collect::<Vec<_>>(), wanted);
    assert!(previews.values().all(|text| text.contains("Hello Ada Okafor,")));
}

#[test]
fn the_words_of_every_message_are_as_they_were_agreed() {
    for (name, text) in previews() {
        if let Some(kind) = name.strip_suffix(".txt") {
            insta::assert_snapshot!(format!("letter-{kind}"), text);
        }
    }
}

#[test]
fn html_loads_nothing_and_leads_only_to_doorward() {
    for (name, html) in previews().iter().filter(|(name, _)| name.ends_with(".html")) {
        assert!(html.contains("<meta name=\"color-scheme\" content=\"light dark\">"), "{name}");
        for tag in ["<img", "<link", "<script", "<iframe", "<form", "<svg", "<video", "<object", "<base", "@import"] {
            assert!(!html.contains(tag), "{name} has {tag}");
        }
        assert!(!html.contains("url(") && values(html, "src").is_empty(), "{name} loads something");
        let links = values(html, "href");
        assert!(links.iter().all(|link| link.starts_with(&format!("{BASE}/"))), "{name}: {links:?}");
        assert_eq!(html.matches("https://").count() + html.matches("http://").count(), links.len(), "{name}");
    }
}

#[test]
fn both_forms_of_a_message_say_the_same_and_lead_to_the_same() {
    let previews = previews();
    for kind in KINDS {
        let (html, text) = (&previews[&format!("{}.html", kind.name)], &previews[&format!("{}.txt", kind.name)]);
        for link in values(html, "href") {
            let link = link.replace("&#38;", "&");
            assert!(text.contains(&link), "{}: no {link} in {text}", kind.name);
        }
        let plain = html.replace("&#39;", "'").replace("&#38;", "&").replace("&#34;", "\"");
        let subject = text.lines().next().and_then(|line| line.strip_prefix("Subject: ")).expect("a subject");
        assert!(plain.contains(&format!("<title>{subject}</title>")), "{}: {subject}", kind.name);
        let intro = text.lines().nth(4).expect("an intro");
        assert!(!intro.is_empty() && plain.contains(intro), "{}: {intro}", kind.name);
    }
}

/// A message in which every word is from somebody who means ill.
fn ill_meant(kind: &str) -> Letter {
    let evil = format!("{EVIL}\r\nBcc: evil@x.test");
    let claimed = Claimed {
        id: MessageId::example(1),
        kind: kind.to_owned(),
        request: Some(RequestNumber(12)),
        recipient: PersonId::example(2),
        name: evil.clone(),
        email: "rita@x.test".to_owned(),
        active: true,
        admin: false,
        timezone: None,
        payload: json!({
            "request": 12, "requester": evil, "resource": evil, "flow": evil, "reason": evil, "submitted_at": 0, "expires_at": 0,
            "status": evil, "decided_by": evil, "decision_reason": evil, "next_steps": evil, "channel": evil, "name": evil,
            "cause": evil,
        }),
        attempts: 0,
        created_at: Timestamp(0),
        leased_until: Timestamp(0),
    };
    let waits = Waiting {
        admin: false,
        number: RequestNumber(13),
        requester: evil.clone(),
        resource: evil,
        submitted_at: Timestamp(0),
        expires_at: Timestamp(0),
    };
    let link = matches!(kind, "invitation" | "password_reset").then(|| format!("{BASE}/login/link/SAMPLE"));
    letter(&claimed, &Now { waiting: vec![waits], more: 1, ..Now::default() }, BASE, link).expect("a letter")
}

#[test]
fn what_users_write_is_escaped_and_makes_no_link_and_no_header() {
    for kind in KINDS {
        let letter = ill_meant(kind.name);
        let html = letter.html().expect("HTML");
        assert!(!html.contains("<script") && !html.contains("<img"), "{}: {html}", kind.name);
        assert!(html.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{}: {html}", kind.name);
        let links = values(&html, "href");
        assert!(links.iter().all(|link| link.starts_with(&format!("{BASE}/"))), "{}: {links:?}", kind.name);
        assert!(!letter.subject.contains(char::is_control), "{}: {:?}", kind.name, letter.subject);
    }
}

/// A link into a portal says for whom it was made; one that gets its holder in says nothing.
#[test]
fn links_say_for_whom_they_were_made() {
    for kind in KINDS {
        let letter = ill_meant(kind.name);
        let html = letter.html().expect("HTML");
        for link in values(&html, "href") {
            let portal = link.starts_with(&format!("{BASE}/portal")) || link.starts_with(&format!("{BASE}/admin"));
            assert_eq!(link.ends_with("for=rita%40x.test"), portal, "{}: {link}", kind.name);
        }
    }
}

#[test]
fn quoted_words_are_marked_as_words_of_a_user_in_every_line() {
    let text = ill_meant("request_denied").text().expect("text");
    let (_, quoted) = text.split_once("Reason (as written by a user):\n").expect("a quote");
    let lines: Vec<_> = quoted.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines.iter().all(|line| line.starts_with("> ")), "{text}");
}

/// The text of a message about a decision.
fn decided(kind: &str, by: Option<&str>, status: &str) -> String {
    let payload =
        json!({ "request": 12, "requester": "Rita", "resource": "NetSuite", "status": status, "decided_by": by });
    let claimed = Claimed {
        id: MessageId::example(1),
        kind: kind.to_owned(),
        request: Some(RequestNumber(12)),
        recipient: PersonId::example(2),
        name: "Rita".to_owned(),
        email: "rita@x.test".to_owned(),
        active: true,
        admin: false,
        timezone: None,
        payload,
        attempts: 0,
        created_at: Timestamp(0),
        leased_until: Timestamp(0),
    };
    letter(&claimed, &Now::default(), BASE, None).expect("a letter").text().expect("text")
}

#[test]
fn a_decision_is_told_with_its_outcome_and_with_who_took_it_if_anybody_did() {
    assert!(
        decided("request_overridden", Some("Ada"), "denied").contains("Ada denied this request as an administrator")
    );
    assert!(
        decided("request_overridden", Some("Ada"), "approved").contains("Ada granted this request as an administrator")
    );
    assert!(decided("request_approved", Some("Ada"), "approved").contains("Ada granted it."));
    let at_once = decided("request_approved", None, "approved");
    assert!(at_once.contains("You have access to NetSuite.") && !at_once.contains("granted it"), "{at_once}");
}
