//! Whose text it is, for whom a form was made, and where a message of success is told: over a real socket, without scripts.

use crate::contract::PERSON;
use crate::contract_access::number;
use crate::http::{FORM, JSON, Site, sites};
use axum::http::StatusCode;
use sqlx::AssertSqlSafe;

/// A request that the demo's administrator may decide.
const PENDING: &str = "SELECT number FROM requests WHERE status = 0 AND lane = 0 AND requester_email <> 'admin@demo.test' ORDER BY number LIMIT 1";
const CANARY: &str = "Written for nobody else";

async fn change(site: &Site, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    if site.database.starts_with("sqlite") {
        let mut c = <sqlx::SqliteConnection as sqlx::Connection>::connect(&site.database).await.expect("connect");
        sqlx::query(sql).execute(&mut c).await.expect("changed");
    } else {
        let mut c = <sqlx::PgConnection as sqlx::Connection>::connect(&site.database).await.expect("connect");
        sqlx::query(sql).execute(&mut c).await.expect("changed");
    }
}

/// Ends the sessions of somebody as their time does, so that it is still known whose they were.
async fn end_sessions(site: &Site, email: &str) {
    change(
        site,
        &format!("UPDATE sessions SET ends_at = 0 WHERE person_id = (SELECT id FROM people WHERE email = '{email}')"),
    )
    .await;
}

/// What a browser of somebody of the demo sends with a form.
async fn browser(site: &Site, email: &str) -> String {
    format!("{}{PERSON}", site.signed_in(email).await.replace(JSON, FORM))
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// The sealed form in a log-in page.
fn sealed(page: &str) -> Option<&str> {
    between(page, "name=\"resume\" value=\"", "\"")
}

/// For whom the forms of a page were made.
fn made_for(page: &str) -> &str {
    between(page, "name=\"person_of_form\" value=\"", "\"").expect("a form that says so")
}

/// Logs in with a sealed form, in a browser that holds nothing.
async fn log_in(site: &Site, email: &str, sealed: &str) -> (StatusCode, String) {
    let body = format!("email={}&password=doorward-demo&next=%2F&resume={sealed}", email.replace('@', "%40"));
    site.raw("POST /login", &format!("{}{FORM}{PERSON}", site.origin()), &body).await
}

/// The cookies that an answer sets, as a browser sends them, with what it sends besides.
fn with_cookies(site: &Site, answer: &str) -> String {
    let set = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    let cookies: Vec<&str> = set.filter_map(|cookie| cookie.split(';').next()).collect();
    format!("{}{PERSON}Cookie: {}\r\n", site.origin(), cookies.join("; "))
}

/// The form of a denial, as its page sends it.
fn denial(request: i64) -> String {
    format!(
        "return=%2Fadmin%2Frequests%2F{request}%3Fact%3Ddeny&input%5Bnumber%5D={request}&input%5Bact%5D=deny&input%5Breason%5D={}",
        CANARY.replace(' ', "+")
    )
}

fn location(answer: &str) -> &str {
    answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default().trim()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_comes_back_to_its_writer_and_to_nobody_else() {
    for site in sites().await {
        let request = number(&site, PENDING).await;
        let door = "POST /fn/decide";
        let body = format!("{}&input%5Bnotes%5D=internal", denial(request));
        let admin = browser(&site, "admin@demo.test").await;
        end_sessions(&site, "admin@demo.test").await;
        let (status, page) = site.raw(door, &admin, &body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{page}");
        assert!(page.contains("Your session has ended. Log in again; what you typed is kept."), "{page}");
        assert!(!page.contains(CANARY) && !page.contains("internal"), "sealed: {page}");
        let kept = sealed(&page).expect("a sealed form").to_owned();
        // Somebody else who logs in next.
        for other in ["manager@demo.test", "member@demo.test"] {
            let (status, answer) = log_in(&site, other, &kept).await;
            assert_eq!((status, location(&answer)), (StatusCode::SEE_OTHER, "/portal"), "{answer}");
            assert!(!answer.contains(CANARY), "{answer}");
            let (_, next) = site.raw("GET /portal", &with_cookies(&site, &answer), "").await;
            assert!(
                next.contains("is somebody else&#39;s, so it was left out") || next.contains("somebody else's"),
                "{next}"
            );
            assert!(!next.contains(CANARY) && !next.contains("internal"), "{next}");
        }
        // A wrong password loses nothing.
        let wrong = format!("email=admin%40demo.test&password=wrong&next=%2F&resume={kept}");
        let (_, again) = site.raw("POST /login", &format!("{}{FORM}{PERSON}", site.origin()), &wrong).await;
        assert_eq!(sealed(&again), Some(kept.as_str()), "{again}");
        let (status, answer) = log_in(&site, "admin@demo.test", &kept).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert!(answer.contains(CANARY) && answer.contains("internal"), "{answer}");
        assert!(answer.contains("You are logged in again."), "{answer}");
        // Changed, or of another server: told that it is gone.
        for gone in ["nothing", &format!("{}AAAA", &kept[..kept.len() - 4])] {
            let (status, answer) = log_in(&site, "admin@demo.test", gone).await;
            assert_eq!((status, location(&answer)), (StatusCode::SEE_OTHER, "/admin/requests"), "{answer}");
            let (_, next) = site.raw("GET /admin/requests", &with_cookies(&site, &answer), "").await;
            assert!(next.contains("is not kept any more"), "{next}");
        }
        assert_eq!(
            number(&site, &format!("SELECT CAST(status AS BIGINT) FROM requests WHERE number = {request}")).await,
            0
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_the_form_says_whose_it_is_or_nothing_is_kept() {
    for site in sites().await {
        let admin = browser(&site, "admin@demo.test").await;
        let (_, settings) = site.raw("GET /admin/settings", &admin, "").await;
        let person = made_for(&settings).to_owned();
        change(&site, "DELETE FROM sessions").await;
        let typed = "sender=typed%40x.test";
        let (status, page) = site.raw("POST /admin/settings", &admin, typed).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert!(sealed(&page).is_none() && !page.contains("typed@x.test"), "{page}");
        assert!(page.contains("could not be kept"), "{page}");
        assert!(page.contains("name=\"next\" value=\"/admin/settings\""), "the way back: {page}");
        let (_, page) = site.raw("POST /admin/settings", &admin, &format!("{typed}&person_of_form={person}")).await;
        let kept = sealed(&page).expect("a sealed form").to_owned();
        let (_, answer) = log_in(&site, "admin@demo.test", &kept).await;
        assert!(answer.contains("typed@x.test"), "{answer}");
        // Secrets are never in it.
        let channel = format!(
            "name=Chat&url=https%3A%2F%2Fx.test&headers=X-Canary%3A+1&secrets=canary%3D2&key=canary3&person_of_form={person}"
        );
        let (_, page) = site.raw("POST /admin/channels/new", &admin, &channel).await;
        let (_, answer) = log_in(&site, "admin@demo.test", sealed(&page).expect("a sealed form")).await;
        assert!(answer.contains("Chat"), "{answer}");
        assert!(!answer.to_lowercase().contains("canary"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_one_person_does_nothing_under_the_log_in_of_another() {
    for site in sites().await {
        let request = number(&site, PENDING).await;
        let (first, second) = (browser(&site, "admin@demo.test").await, browser(&site, "second.admin@demo.test").await);
        let screen = format!("GET /admin/requests/{request}?act=deny");
        let (_, page) = site.raw(&screen, &first, "").await;
        let person = made_for(&page).to_owned();
        let door = "POST /fn/decide";
        let body = format!("{}&person_of_form={person}", denial(request));
        let (status, answer) = site.raw(door, &second, &body).await;
        assert_eq!(status, StatusCode::CONFLICT, "{answer}");
        assert!(answer.contains("admin@demo.test") && answer.contains("second.admin@demo.test"), "{answer}");
        assert!(!answer.contains(CANARY), "sealed: {answer}");
        let kept = sealed(&answer).expect("a sealed form").to_owned();
        let (_, other) = log_in(&site, "second.admin@demo.test", &kept).await;
        assert!(!other.contains(CANARY), "{other}");
        let (_, own) = log_in(&site, "admin@demo.test", &kept).await;
        assert!(own.contains(CANARY), "{own}");
        // The same for a call, and for a form with a file.
        let calls = site.signed_in("second.admin@demo.test").await;
        let call = format!(r#"{{"input":{{"number":{request},"act":"deny","version":null,"reason":"x"}}}}"#);
        let headers = format!("{calls}X-Doorward-Person: {person}\r\n");
        let (status, answer) = site.raw("POST /fn/decide", &headers, &call).await;
        assert_eq!(status, StatusCode::CONFLICT, "{answer}");
        let named = r#"{"code":"other_person","made_for":"admin@demo.test","logged_in":"second.admin@demo.test"}"#;
        assert!(answer.ends_with(named), "{answer}");
        let (status, answer) = site.raw("POST /fn/whoami", &headers, "{}").await;
        assert_eq!(status, StatusCode::CONFLICT, "{answer}");
        let (status, answer) = site.raw("POST /fn/whoami", &calls, "{}").await;
        assert!(status == StatusCode::OK && answer.contains("second.admin@demo.test"), "{answer}");
        let multipart = "Content-Type: multipart/form-data; boundary=x\r\n";
        let file = format!(
            "--x\r\nContent-Disposition: form-data; name=\"person_of_form\"\r\n\r\n{person}\r\n--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\npeople\r\n--x--\r\n"
        );
        let (status, answer) = site.raw("POST /admin/directory/import", &second.replace(FORM, multipart), &file).await;
        assert_eq!(status, StatusCode::CONFLICT, "{answer}");
        assert_eq!(
            number(&site, &format!("SELECT CAST(status AS BIGINT) FROM requests WHERE number = {request}")).await,
            0
        );
        // One that names nobody is not understood, and one's own goes through.
        let (status, _) = site.raw(door, &second, &format!("{}&person_of_form=nobody", denial(request))).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let (status, answer) = site.raw(door, &first, &body).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_success_is_told_by_its_own_page_alone() {
    for site in sites().await {
        let member = browser(&site, "member@demo.test").await;
        let (status, first) = site.raw("POST /account", &member, "timezone=Europe%2FBerlin").await;
        assert_eq!((status, location(&first)), (StatusCode::SEE_OTHER, "/account"), "{first}");
        assert!(first.contains("Max-Age=60"), "{first}");
        let (_, second) = site.raw("POST /account", &member, "timezone=Europe%2FParis").await;
        let cookie = |answer: &str| {
            let set = answer.lines().find_map(|line| line.strip_prefix("set-cookie: flash-")).expect("a cookie");
            format!("flash-{}", set.split(';').next().expect("a value"))
        };
        assert_ne!(cookie(&first).split('=').next(), cookie(&second).split('=').next(), "none takes another's place");
        let held = member.lines().find(|line| line.starts_with("Cookie: ")).expect("a session").to_owned();
        let with = member.replace(&held, &format!("{held}; {}", cookie(&first)));
        for elsewhere in ["/portal", "/login", "/account?x=1", "/portal/requests"] {
            let (_, page) = site.raw(&format!("GET {elsewhere}"), &with, "").await;
            assert!(!page.contains("Saved.") && !page.contains("flash-"), "{elsewhere}: {page}");
        }
        let (_, page) = site.raw("POST /account", &with, "timezone=Mars").await;
        assert!(
            !page.contains("Saved.") && !page.contains("flash-"),
            "what answers a form is no page of its own: {page}"
        );
        let (_, page) = site.raw("GET /account", &with, "").await;
        assert!(page.contains("Saved.") && page.contains("Max-Age=0"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_kept_for_its_writer_until_it_is_sent() {
    for site in sites().await {
        let request = number(&site, PENDING).await;
        let (admin, other) = (site.signed_in("admin@demo.test").await, site.signed_in("second.admin@demo.test").await);
        let keep = format!(
            r#"{{"input":{{"form":"deny","object":"{request}","fields":{{"reason":"{CANARY}","password":"canary-secret"}}}}}}"#
        );
        let take = format!(r#"{{"input":{{"form":"deny","object":"{request}"}}}}"#);
        let (status, answer) = site.raw("POST /fn/keep_draft", &admin, &keep).await;
        assert!(status == StatusCode::OK && answer.ends_with("true"), "{answer}");
        let (_, answer) = site.raw("POST /fn/take_draft", &other, &take).await;
        assert!(answer.ends_with("null"), "{answer}");
        let (_, answer) = site.raw("POST /fn/take_draft", &admin, &take).await;
        assert!(answer.contains(CANARY) && !answer.contains("canary-secret"), "{answer}");
        // It stands in the second screen of the queue again, of its writer.
        let screen = format!("GET /admin/requests?open={request}&act=deny");
        let (_, page) = site.raw(&screen, &admin.replace(JSON, PERSON), "").await;
        assert!(page.contains(CANARY), "{page}");
        let (_, page) = site.raw(&screen, &other.replace(JSON, PERSON), "").await;
        assert!(!page.contains(CANARY), "{page}");
        for refused in [
            r#"{"input":{"form":"deny","nonsense":1}}"#,
            r#"{"input":{"form":""}}"#,
            &format!(r#"{{"input":{{"form":"{}"}}}}"#, "x".repeat(300)),
        ] {
            let (status, answer) = site.raw("POST /fn/keep_draft", &admin, refused).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        }
        let decide = format!(r#"{{"input":{{"number":{request},"act":"deny","version":null,"reason":"{CANARY}"}}}}"#);
        let (status, answer) = site.raw("POST /fn/decide", &admin, &decide).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let (_, answer) = site.raw("POST /fn/take_draft", &admin, &take).await;
        assert!(answer.ends_with("null"), "sent: {answer}");
    }
}
