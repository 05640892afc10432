//! Who may do what at which door, and what they are told.

use crate::contract::{PERSON, PROGRAM, filled, is_anonymous};
use crate::http::{FORM, JSON, Site, sites};
use axum::http::Method;
use server::web::{Reads, table};
use sqlx::AssertSqlSafe;

/// One number that the database holds.
pub async fn number(site: &Site, sql: &str) -> i64 {
    if site.database.starts_with("sqlite") {
        let mut c = <sqlx::SqliteConnection as sqlx::Connection>::connect(&site.database).await.expect("connect");
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut c).await.expect("a number")
    } else {
        let mut c = <sqlx::PgConnection as sqlx::Connection>::connect(&site.database).await.expect("connect");
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut c).await.expect("a number")
    }
}

/// What acts change, counted: everything but the record of refusals and of log-ins.
const STATE: &str = "SELECT (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM decisions) * 1000 \
    + (SELECT COUNT(*) FROM people) * 7 + (SELECT COUNT(*) FROM flows) * 11 + (SELECT COUNT(*) FROM grants) * 13 \
    + (SELECT COUNT(*) FROM audit WHERE kind NOT IN ('refused', 'login', 'login_failed')) * 17";

fn session(signed_in: &str) -> String {
    signed_in.replace(JSON, "")
}

fn is_page(answer: &str) -> bool {
    answer.to_ascii_lowercase().contains("content-type: text/html")
}

/// Every door of the admin portal, as somebody who is no administrator.
#[tokio::test(flavor = "multi_thread")]
async fn the_admin_portal_is_closed_to_everybody_else() {
    for site in sites().await {
        let member = session(&site.signed_in("requester@demo.test").await);
        let before = number(&site, STATE).await;
        for door in table().iter().filter(|door| door.path.starts_with("/admin/") && !is_anonymous(door)) {
            let path = filled(door.path);
            let head = format!("{} {path}", door.method);
            if door.method == Method::GET {
                if matches!(door.path, "/admin/directory") {
                    continue;
                }
                let (status, answer) = site.raw(&head, &format!("{member}{PROGRAM}"), "").await;
                assert_eq!(status.as_u16(), 403, "{head}: {answer}");
                assert!(answer.ends_with(r#"{"code":"forbidden"}"#), "{head}: {answer}");
                let (status, answer) = site.raw(&head, &format!("{member}{PERSON}"), "").await;
                assert_eq!(status.as_u16(), 403, "{head}: {answer}");
                assert!(is_page(&answer) && answer.contains("This is not open to you"), "{head}: {answer}");
                continue;
            }
            let (kind, body) = match door.reads {
                Reads::Files(_) => {
                    let part = "--x\r\nContent-Disposition: form-data; name=\"do\"\r\n\r\nremove\r\n--x--\r\n";
                    let file = "--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\npeople\r\n--x--\r\n";
                    let body = if door.path.ends_with("/logo") { part } else { file };
                    ("Content-Type: multipart/form-data; boundary=x\r\n", body)
                }
                _ => (FORM, ""),
            };
            let (status, answer) = site.raw(&head, &format!("{member}{PROGRAM}{kind}"), body).await;
            assert!(matches!(status.as_u16(), 403 | 404 | 422), "{head}: {answer}");
        }
        for (name, given) in
            [("queue_page", r#"{"query":"","asked":"person"}"#), ("suggest_requesters", r#"{"typed":"ad"}"#)]
        {
            let (status, answer) = site.raw(&format!("POST /fn/{name}"), &format!("{member}{JSON}"), given).await;
            assert_eq!(status.as_u16(), 403, "{name}: {answer}");
        }
        assert_eq!(number(&site, STATE).await, before, "nothing was done");
    }
}

/// What is refused is a page for people and JSON for programs: 401, 403, 404, 422.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_a_page_for_people_and_data_for_programs() {
    let site = sites().await.remove(0);
    let admin = session(&site.signed_in("admin@demo.test").await);
    let member = session(&site.signed_in("requester@demo.test").await);
    for (who, head, status, words, code) in [
        (&member, "GET /admin/requests/export.csv", 403, "This is not open to you", "forbidden"),
        (&member, "GET /admin/audit/export.json", 403, "This is not open to you", "forbidden"),
        (&admin, "GET /admin/requests/export.csv?status=nonsense", 422, "This cannot be read", "status"),
        (&admin, "GET /admin/requests/export.csv?for=numbers", 422, "This cannot be read", "for"),
        (&admin, "GET /admin/requests/export.json?for=excel", 422, "This cannot be read", "for"),
        (&admin, "GET /admin/audit/export.csv?type=nothing", 422, "This cannot be read", "kind"),
        (&admin, "GET /admin/audit/export.pdf", 404, "There is no such page", "not_found"),
        (&admin, "GET /admin/requests?q=%00", 422, "This cannot be read", "q"),
        (&admin, "GET /not/there", 404, "There is no such page", "not_found"),
    ] {
        let (answered, answer) = site.raw(head, &format!("{who}{PERSON}"), "").await;
        assert_eq!(answered.as_u16(), status, "{head}: {answer}");
        assert!(is_page(&answer) && answer.contains(words), "{head}: {answer}");
        let (answered, answer) = site.raw(head, &format!("{who}{PROGRAM}"), "").await;
        assert_eq!(answered.as_u16(), status, "{head}: {answer}");
        assert!(!is_page(&answer) && answer.contains(code), "{head}: {answer}");
    }
}

/// Too many tries are a page for people too, and say when to come again.
#[tokio::test(flavor = "multi_thread")]
async fn too_many_tries_are_a_page_for_people_and_data_for_programs() {
    let site = sites().await.remove(0);
    let own = site.origin();
    let body = "email=owner%40demo.test&password=wrong";
    for _ in 0..40 {
        let (status, answer) = site.raw("POST /login", &format!("{own}{PERSON}{FORM}"), body).await;
        if status.as_u16() != 429 {
            assert_eq!(status.as_u16(), 401, "{answer}");
            continue;
        }
        assert!(is_page(&answer) && answer.contains("retry-after: ") && answer.contains("Too many tries"), "{answer}");
        let (status, answer) = site.raw("POST /login", &format!("{own}{PROGRAM}{FORM}"), body).await;
        assert_eq!(status.as_u16(), 429, "{answer}");
        assert!(!is_page(&answer) && answer.contains("retry-after: ") && answer.contains("too_many"), "{answer}");
        return;
    }
    panic!("nobody was told to wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_file_leads_over_the_log_in_to_the_file() {
    for site in sites().await {
        let own = site.origin();
        for file in ["/admin/requests/export.csv?tab=others&status=", "/admin/audit/export.csv?type=login"] {
            let (status, answer) = site.raw(&format!("GET {file}"), &format!("{own}{PERSON}"), "").await;
            assert_eq!(status.as_u16(), 303, "{answer}");
            let place = answer.lines().find_map(|line| line.strip_prefix("location: ")).expect("a place").to_owned();
            let next = place.strip_prefix("/login?next=").expect("the log-in").to_owned();
            let (status, answer) = site.raw(&format!("GET {place}"), &format!("{own}{PERSON}"), "").await;
            assert_eq!(status.as_u16(), 200);
            assert!(answer.contains(&format!("name=\"next\" value=\"{}\"", file.replace('&', "&amp;"))), "{answer}");
            let body = format!("email=admin%40demo.test&password=doorward-demo&next={next}");
            let (status, answer) = site.raw("POST /login", &format!("{own}{PERSON}{FORM}"), &body).await;
            assert_eq!(status.as_u16(), 303, "{answer}");
            assert!(answer.contains(&format!("location: {file}\r\n")), "{answer}");
            let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a session");
            let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap_or_default());
            let (status, answer) = site.raw(&format!("GET {file}"), &format!("{own}{cookie}{PERSON}"), "").await;
            assert_eq!(status.as_u16(), 200);
            assert!(answer.contains("content-disposition: attachment"), "{answer}");
        }
        // The page names no file to the browser, which would save the log-in under that name.
        let admin = session(&site.signed_in("admin@demo.test").await);
        for page in ["/admin/requests", "/admin/audit"] {
            let (_, answer) = site.raw(&format!("GET {page}"), &format!("{admin}{PERSON}"), "").await;
            assert!(answer.contains("CSV for Excel") && !answer.contains("download=\""), "{page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_has_a_mark_only_for_excel() {
    const MARK: &str = "\u{feff}";
    let site = sites().await.remove(0);
    let admin = session(&site.signed_in("admin@demo.test").await);
    for (file, begin) in [("/admin/requests/export.csv", "number,status"), ("/admin/audit/export.csv", "number,at")] {
        let (_, plain) = site.raw(&format!("GET {file}"), &admin, "").await;
        assert!(plain.contains(begin) && !plain.contains(MARK), "{file}");
        let (_, marked) = site.raw(&format!("GET {file}?for=excel"), &admin, "").await;
        let (_, body) = marked.split_once("\r\n\r\n").expect("a body");
        // The mark is a chunk of its own: three bytes.
        assert!(body.starts_with(&format!("3\r\n{MARK}\r\n")) && body.contains(begin), "{file}: {}", &body[..200]);
        assert_eq!(marked.matches(MARK).count(), 1, "{file}: at the beginning only");
    }
}

/// A text without a number, where it stands for itself: `#31` and `=31`, but not in `=31536000`.
fn without(text: &str, number: i64) -> String {
    let number = number.to_string();
    let mut out = String::new();
    let mut parts = text.split(number.as_str()).peekable();
    while let Some(part) = parts.next() {
        out.push_str(part);
        let Some(next) = parts.peek() else { continue };
        let inside = next.starts_with(|c: char| c.is_ascii_alphanumeric())
            || !(part.ends_with(['#', '=', '/', '"']) || part.is_empty());
        out.push_str(if inside { &number } else { "N" });
    }
    out
}

/// Whether a request is there is told to nobody who may not know of it: the same answers, and the same line in the record.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_others_is_like_one_that_is_not_there() {
    for site in sites().await {
        let others = "SELECT COALESCE(MAX(number), 0) FROM requests WHERE requester_email <> 'requester@demo.test'";
        let hidden = number(&site, others).await;
        assert!(hidden > 0, "there is a request of somebody else");
        let missing = number(&site, "SELECT MAX(number) FROM requests").await + 1;
        assert_eq!(hidden.to_string().len(), missing.to_string().len(), "answers are compared by their letters");
        let member = session(&site.signed_in("requester@demo.test").await);
        // Without what differs in every answer, and without the number that was asked for.
        let strip = |answer: &str, number: i64| -> String {
            let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            let mut parts = body.split("nonce=\"");
            let mut out = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                out.push_str(part.split_once('"').map_or(part, |(_, rest)| rest));
            }
            without(&out, number)
        };
        let count = "SELECT COUNT(*) FROM audit WHERE kind = 'refused'";
        for (head, kind, body, records) in [
            ("POST /fn/request_detail", JSON, r#"{"number":N,"asked":"person"}"#, 0),
            ("POST /fn/decide", JSON, r#"{"input":{"number":N,"act":"deny","version":null,"reason":"No."}}"#, 1),
            ("POST /fn/decide", FORM, "input%5Bnumber%5D=N&input%5Bact%5D=deny&input%5Breason%5D=No.", 1),
            ("POST /portal/requests/N/withdraw", FORM, "", 1),
            ("POST /portal/approvals/N", FORM, "verdict=approve", 1),
            ("GET /admin/requests/N", PERSON, "", 0),
            ("GET /portal/approvals?open=N", PERSON, "", 0),
            ("GET /portal/requests?withdraw=N", PERSON, "", 0),
        ] {
            let mut answers = Vec::new();
            for number_asked in [hidden, missing] {
                let before = number(&site, count).await;
                let (head, body) =
                    (head.replace('N', &number_asked.to_string()), body.replace('N', &number_asked.to_string()));
                let (status, answer) = site.raw(&head, &format!("{member}{kind}"), &body).await;
                let recorded = number(&site, count).await - before;
                answers.push((status, strip(&answer, number_asked), recorded));
            }
            assert_eq!(answers[0], answers[1], "{head}");
            let allowed = matches!(answers[0].0.as_u16(), 403 | 404) || head.starts_with("GET /portal");
            assert!(allowed, "{head}: {}", answers[0].0);
            assert!(answers[0].2 <= records, "{head}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_whether_it_is_ready_learns_no_names() {
    let house = crate::house::house(crate::support::sqlite(crate::support::START).await).await;
    let draft = crate::house::draft("Payroll of ACME", 9);
    let channel = house.channel(&draft).await;
    house.tell(channel, 1).await;
    house.bench.pass(20 * crate::support::MINUTE);
    services::deliveries::look_after(&house.bench.services).await.expect("looked");
    assert!(house.bench.services.degraded().expect("degraded").channel.is_some());
    let site = crate::http::serving_as_it_is(house.bench.services.clone(), house.bench.url.clone()).await;
    let (status, answer) = site.raw("GET /readyz", "", "").await;
    assert_eq!(status.as_u16(), 200, "a channel that fails takes no server out of the balancer");
    assert!(answer.ends_with("degraded\nmessages to a channel do not arrive\n"), "{answer}");
    assert!(!answer.contains("Payroll"), "{answer}");
}
