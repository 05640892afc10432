//! What a screen announces, whose days a filter means, and for whom a link was made: in pages, without scripts.

use crate::contract::PERSON;
use crate::http::{FORM, JSON, Site, site};
use axum::http::StatusCode;
use sqlx::{Connection, SqliteConnection};

/// Requests of an administrator's step, and of others' steps, that the demo's administrator may decide.
const ADMINISTRATORS: &str = "SELECT number FROM requests WHERE status = 0 AND lane = 0 AND requester_email <> 'admin@demo.test' ORDER BY number LIMIT 1";
const OTHERS: &str = "SELECT number FROM requests WHERE status = 0 AND lane = 1 AND requester_email <> 'admin@demo.test' ORDER BY number LIMIT 1";

async fn number(site: &Site, sql: &'static str) -> i64 {
    let mut database = SqliteConnection::connect(&site.database).await.expect("connect");
    sqlx::query_scalar(sql).fetch_one(&mut database).await.expect("a pending request")
}

/// Headers of a form of somebody of the demo.
async fn form_of(site: &Site, email: &str) -> String {
    site.signed_in(email).await.replace(JSON, FORM)
}

/// What stands between two texts.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// What the second screen of the queue, or the form of a vote, announces.
fn announced(page: &str) -> Option<&str> {
    let named = |name: &str| between(page, &format!("name=\"{name}\" value=\""), "\"");
    named("input[announced]").or_else(|| named("announced"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_would_do_something_else_asks_again() {
    let site = site().await;
    let headers = form_of(&site, "admin@demo.test").await;
    let number = number(&site, OTHERS).await;
    let (status, screen) = site.raw(&format!("GET /admin/requests/{number}?act=grant"), &headers, "").await;
    assert_eq!((status, announced(&screen)), (StatusCode::OK, Some("override")), "{screen}");
    // The screen said that this is the last approval of the administrators' step, which others passed meanwhile.
    let form = |announced: &str, comment: &str| {
        format!(
            "return=%2Fadmin%2Frequests%2F{number}%3Fact%3Dgrant&next=%2Fadmin%2Frequests%2F{number}&input%5Bnumber%5D={number}\
             &input%5Bact%5D=grant&input%5Bannounced%5D={announced}&input%5Bcomment%5D={comment}"
        )
    };
    let person = format!("{headers}{PERSON}");
    let body = form("last", "Because+of+Friday");
    let (status, again) = site.raw("POST /fn/decide", &person, &body).await;
    assert_eq!(status, StatusCode::CONFLICT, "{again}");
    assert!(again.contains("it would override the approvers now. Nothing was done."), "{again}");
    assert_eq!(announced(&again), Some("override"), "the screen says what it does now");
    assert!(again.contains("Because of Friday"), "what was typed is there: {again}");
    let decide = format!(r#"{{"input":{{"number":{number},"act":"grant","version":null,"announced":"last"}}}}"#);
    let program = site.signed_in("admin@demo.test").await;
    let (status, answer) = site.raw("POST /fn/decide", &program, &decide).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(answer.contains("other_effect"), "{answer}");
    let (status, answer) = site.raw("POST /fn/decide", &person, &form("override", "x")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let to = format!("location: /admin/requests/{number}\r\n");
    assert!(answer.to_ascii_lowercase().contains(&to), "{answer}");
}

/// A form names the page that it comes back to; that opens no page which its sender may not see, and none without acts.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_opens_no_other_page() {
    let site = site().await;
    let number = number(&site, OTHERS).await;
    let denial = format!("input%5Bnumber%5D={number}&input%5Bact%5D=deny&input%5Breason%5D=No.");
    let member = format!("{}{PERSON}", form_of(&site, "requester@demo.test").await);
    for page in ["%2Fadmin%2Fsettings", "%2Fadmin%2Frequests", "%2Fadmin%2Fflows%2Fnew", "%2Fportal", "%2Flogin"] {
        let (status, answer) = site.raw("POST /fn/decide", &member, &format!("return={page}&{denial}")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{page}: {answer}");
        assert!(answer.contains("This is not open to you"), "{page}: {answer}");
    }
    let admin = format!("{}{PERSON}", form_of(&site, "admin@demo.test").await);
    let empty = denial.replace("No.", "");
    let (status, answer) = site.raw("POST /fn/decide", &admin, &format!("return=%2Fadmin%2Fsettings&{empty}")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.contains("This cannot be read") && !answer.contains("Working days"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_that_would_do_something_else_asks_again() {
    let site = site().await;
    let headers = form_of(&site, "manager@demo.test").await;
    let (_, page) = site.raw("GET /portal/approvals", &headers, "").await;
    let number = between(&page, "id=\"approval-", "\"").expect("something waits on the manager").to_owned();
    let here = format!("GET /portal/approvals?open={number}&act=approve");
    let (_, screen) = site.raw(&here, &headers, "").await;
    let said = announced(&screen).expect("an announcement").to_owned();
    let other = if said == "last" { "step" } else { "last" };
    let body = format!("verdict=approve&comment=Seen+it&announced={other}");
    let (status, again) = site.raw(&format!("POST /portal/approvals/{number}"), &headers, &body).await;
    assert_eq!(status, StatusCode::CONFLICT, "{again}");
    assert!(again.contains("Nothing was done.") && again.contains("Seen it"), "{again}");
    assert_eq!(announced(&again), Some(said.as_str()));
    let body = format!("verdict=approve&announced={said}");
    let (status, answer) = site.raw(&format!("POST /portal/approvals/{number}"), &headers, &body).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_says_whose_days_it_means() {
    let site = site().await;
    let headers = site.signed_in("admin@demo.test").await;
    let berlin = headers.replace("Cookie: ", "Cookie: zone=Europe%2FBerlin; ");
    for (headers, zone) in [(&headers, "UTC"), (&berlin, "Europe/Berlin")] {
        let (status, page) = site.raw("GET /admin/requests?from=2026-01-01", headers, "").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains(&format!("from 2026-01-01 ({zone})")), "{zone}: {page}");
        assert!(page.contains(&format!("name=\"zone\" value=\"{zone}\"")), "{zone}: {page}");
        assert!(page.contains(&format!("export.csv?from=2026-01-01&amp;zone={zone}")), "{zone}: {page}");
        let (_, audit) = site.raw("GET /admin/audit?from=2026-01-01", headers, "").await;
        assert!(audit.contains(&format!("Days of {zone}")), "{audit}");
        assert!(audit.contains(&zone.replace('/', "%2F")), "{audit}");
    }
    // A link that names its zone keeps it, wherever it is opened; a cookie that lies means nothing.
    let (_, page) = site.raw("GET /admin/requests?from=2026-01-01&zone=Asia/Tokyo", &berlin, "").await;
    assert!(page.contains("from 2026-01-01 (Asia/Tokyo)"), "{page}");
    let lies = headers.replace("Cookie: ", "Cookie: zone=%3Cscript%3E; ");
    let (_, page) = site.raw("GET /admin/requests?from=2026-01-01", &lies, "").await;
    assert!(page.contains("from 2026-01-01 (UTC)"), "{page}");
    let (_, page) = site.raw("GET /admin/requests?from=2026-01-01&zone=Mars/Olympus", &berlin, "").await;
    assert!(page.contains("there is no time zone Mars/Olympus"), "{page}");
    for head in [
        "GET /admin/requests/export.csv?from=2026-01-01&zone=Mars/Olympus",
        "GET /admin/audit/export.csv?from=2026-01-01&zone=Mars/Olympus",
    ] {
        let (status, answer) = site.raw(head, &headers, "").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{head}");
        assert!(answer.contains("zone"), "{answer}");
    }
    let (status, _) = site.raw("GET /admin/requests/export.csv?from=2026-01-01&zone=Asia/Tokyo", &headers, "").await;
    assert_eq!(status, StatusCode::OK);
    // The first page tells the browser's zone to the server.
    let (_, login) = site.raw("GET /login", "", "").await;
    assert!(login.contains("resolvedOptions().timeZone"), "{login}");
}

/// The page says which account the link was made for, and the same whether or not there is what it leads to.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_says_which_account_it_was_made_for() {
    let site = site().await;
    let there = number(&site, ADMINISTRATORS).await;
    let headers = site.signed_in("requester@demo.test").await;
    let mut pages = Vec::new();
    for number in [there, 999_999] {
        let head = format!("GET /admin/requests/{number}?for=admin%40demo.test");
        let (status, page) = site.raw(&head, &headers, "").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        for word in ["This link was made for", "admin@demo.test", "requester@demo.test"] {
            assert!(page.contains(word), "{word}: {page}");
        }
        pages.push(between(&page, "<main", "</main>").expect("a page").to_owned());
    }
    assert_eq!(pages[0], pages[1]);
    for (head, said) in [
        ("GET /portal/approvals?open=1&for=manager%40demo.test", true),
        ("GET /portal/requests?for=MANAGER%40demo.test", true),
        ("GET /portal/approvals?open=1&for=requester%40demo.test", false),
        ("GET /portal/approvals?open=1", false),
        ("GET /portal/approvals?open=1&for=%3Cscript%3Ealert%3C%2Fscript%3E", false),
    ] {
        let (_, page) = site.raw(head, &headers, "").await;
        assert_eq!(page.contains("This link was made for"), said, "{head}: {page}");
    }
    let admin = site.signed_in("admin@demo.test").await;
    let (status, page) = site.raw("GET /admin/requests/999999?for=second.admin%40demo.test", &admin, "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("second.admin@demo.test"), "{page}");
    // Who is not logged in hears it where they log in.
    let (_, page) = site.raw("GET /login?next=%2Fadmin%2Frequests%2F7%3Ffor%3Dada%2540demo.test", "", "").await;
    assert!(page.contains("made for <b>ada@demo.test</b>"), "{page}");
}
