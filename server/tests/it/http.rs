//! The HTTP contract, over a real socket.

use axum::http::StatusCode;
use server::config::Config;
use server::mail::MailTarget;
use services::Services;
use sqlx::Connection as _;
use store::{Options, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub struct Site {
    pub port: u16,
    pub database: String,
    _stop: tokio::sync::watch::Sender<bool>,
    _dir: Option<tempfile::TempDir>,
}

pub async fn site() -> Site {
    let dir = tempfile::tempdir().expect("temp dir");
    let database = format!("sqlite://{}", dir.path().join("t.db").display());
    let store = Store::open(Options::new(database.clone())).await.expect("open");
    serving(Services::new(store), database, Some(dir)).await
}

/// The same on each engine.
pub async fn sites() -> Vec<Site> {
    let mut out = vec![site().await];
    if let Ok(url) = std::env::var("DOORWARD_TEST_POSTGRES") {
        let name = format!("t{}", store::new_id().simple());
        let mut admin = sqlx::PgConnection::connect(&url).await.expect("PostgreSQL of the tests");
        let sql = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(sql).execute(&mut admin).await.expect("create database");
        let (base, _) = url.rsplit_once('/').expect("URL with a database");
        let database = format!("{base}/{name}");
        let store = Store::open(Options { connections: 6, ..Options::new(database.clone()) }).await.expect("open");
        out.push(serving(Services::new(store), database, None).await);
    }
    out
}

async fn serving(services: Services, database: String, dir: Option<tempfile::TempDir>) -> Site {
    services::demo::fill(&services, 30, 1, &|_| {}).await.expect("demo");
    Site { _dir: dir, ..serving_as_it_is(services, database).await }
}

/// A site over what is there.
pub async fn serving_as_it_is(services: Services, database: String) -> Site {
    let mails = tempfile::tempdir().expect("temp dir");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
    let address = listener.local_addr().expect("address");
    let config = Config {
        key: None,
        database: database.clone(),
        listen: address,
        base_url: format!("http://{address}").parse().expect("url"),
        mail: MailTarget::Files(mails.path().join("mail")),
        log: "warn".to_owned(),
        trusted_proxies: Vec::new(),
        allow_targets: Vec::new(),
    };
    let router = server::web::router(&services, &config).await.expect("router");
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let limits = server::listener::Limits::default();
    tokio::spawn(server::listener::serve(listener, router, limits, Vec::new(), stopped));
    Site { port: address.port(), database, _stop: stop, _dir: None }
}

impl Site {
    /// Sends a request as it stands; the status and the whole answer.
    pub async fn raw(&self, head: &str, headers: &str, body: &str) -> (StatusCode, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.expect("connect");
        let host = if headers.to_lowercase().contains("host:") {
            String::new()
        } else {
            format!("Host: 127.0.0.1:{}\r\n", self.port)
        };
        let text = format!(
            "{head} HTTP/1.1\r\n{host}Connection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        stream.write_all(text.as_bytes()).await.expect("write");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("read");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let code = answer.split(' ').nth(1).and_then(|code| code.parse::<u16>().ok()).expect("a status");
        (StatusCode::from_u16(code).expect("a status"), answer)
    }

    /// Headers of a script that acts for somebody of the demo.
    pub async fn signed_in(&self, email: &str) -> String {
        let own = self.origin();
        let body = format!("email={}&password=doorward-demo", email.replace('@', "%40"));
        let (_, answer) = self.raw("POST /login", &format!("{own}{FORM}"), &body).await;
        let cookies = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        let session = cookies.filter_map(|cookie| cookie.split(';').next()).next().expect("a session");
        format!("{own}{JSON}Cookie: {session}\r\n")
    }

    pub fn origin(&self) -> String {
        format!("Origin: http://127.0.0.1:{}\r\n", self.port)
    }
}

pub const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
/// A request that the demo's administrator may decide.
const PENDING: &str =
    "SELECT number FROM requests WHERE status = 0 AND lane = 0 AND requester_email <> 'admin@demo.test' LIMIT 1";
pub const JSON: &str = "Content-Type: application/json\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn doors_answer_by_the_contract() {
    let site = site().await;
    let own = site.origin();
    let decide = r#"{"input":{"number":1,"act":"grant","version":null}}"#;
    let cases: Vec<(&str, String, &str, u16)> = vec![
        ("GET /livez", String::new(), "", 200),
        ("GET /readyz", String::new(), "", 200),
        ("GET /admin/requests", String::new(), "", 303),
        ("GET /admin/requests/export.csv", String::new(), "", 401),
        ("GET /nothing/here", String::new(), "", 401),
        ("GET /login", "Host: evil.example\r\n".to_owned(), "", 421),
        ("POST /fn/decide", format!("{own}{JSON}"), decide, 401),
        ("POST /fn/decide", JSON.to_owned(), decide, 403),
        ("POST /fn/decide", format!("Origin: https://evil.example\r\n{JSON}"), decide, 403),
        ("POST /fn/decide", format!("Origin: null\r\n{JSON}"), decide, 403),
        // Nobody learns what is wrong with a call before they are somebody.
        ("POST /fn/decide", format!("{own}Content-Type: text/plain\r\n"), decide, 401),
        ("POST /fn/unknown", format!("{own}{JSON}"), "{}", 401),
        ("POST /fn/decide", format!("{own}{JSON}"), "{", 401),
        ("GET /fn/decide", String::new(), "", 401),
        ("POST /login", format!("{own}{FORM}"), "email=nobody%40x.test&password=x", 401),
        ("DELETE /login", own.clone(), "", 405),
    ];
    for (head, headers, body, wanted) in cases {
        let (status, answer) = site.raw(head, &headers, body).await;
        assert_eq!(status.as_u16(), wanted, "{head} with {headers:?}: {}", answer.lines().next().unwrap_or_default());
        assert!(answer.contains("frame-ancestors 'none'"), "{head} has no policy");
    }
    let large = format!("email={}", "x".repeat(70_000));
    let (status, _) = site.raw("POST /login", &format!("{own}{FORM}"), &large).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_leads_to_local_places_only() {
    let site = site().await;
    let own = site.origin();
    for (next, wanted) in [("%2F%2Fevil.example", "location: /\r\n"), ("%2Fportal", "location: /portal\r\n")] {
        let body = format!("email=admin%40demo.test&password=doorward-demo&next={next}");
        let (status, answer) = site.raw("POST /login", &format!("{own}{FORM}"), &body).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(answer.contains(wanted), "{answer}");
        assert!(answer.contains("HttpOnly") && answer.contains("SameSite=Lax"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_function_never_redirects() {
    let site = site().await;
    let headers = format!("{}{JSON}Accept: text/html\r\nReferer: https://evil.example/\r\n", site.origin());
    let (status, answer) = site.raw("POST /fn/queue_page", &headers, r#"{"query":"","asked":"program"}"#).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(!answer.to_lowercase().contains("location:"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_written_is_said_and_nothing_is_half_done() {
    use sqlx::{Connection, Executor, Row, SqliteConnection};
    let site = site().await;
    let headers = site.signed_in("admin@demo.test").await;
    let mut other = SqliteConnection::connect(&site.database).await.expect("connect");
    let number: i64 = sqlx::query_scalar(PENDING).fetch_one(&mut other).await.expect("a pending request");
    let count = "SELECT (SELECT COUNT(*) FROM audit), (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM decisions)";
    let before = other.fetch_one(count).await.expect("counts");

    // Somebody else holds the database for longer than anybody waits.
    other.execute("BEGIN IMMEDIATE").await.expect("begin");
    let decide = format!(r#"{{"input":{{"number":{number},"act":"deny","version":null,"reason":"No."}}}}"#);
    let (status, answer) = site.raw("POST /fn/decide", &headers, &decide).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
    assert!(answer.contains("retry-after: "), "{answer}");
    other.execute("ROLLBACK").await.expect("rollback");
    let after = other.fetch_one(count).await.expect("counts");
    for column in 0..3 {
        assert_eq!(before.get::<i64, _>(column), after.get::<i64, _>(column));
    }

    // And then it goes on.
    let (status, answer) = site.raw("POST /fn/decide", &headers, &decide).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_told_apart() {
    use sqlx::{Connection, SqliteConnection};
    let site = site().await;
    let headers = site.signed_in("admin@demo.test").await;
    let mut database = SqliteConnection::connect(&site.database).await.expect("connect");
    let number: i64 = sqlx::query_scalar(PENDING).fetch_one(&mut database).await.expect("a pending request");
    let decide = |number: i64, act: &str, reason: &str| {
        format!(r#"{{"input":{{"number":{number},"act":"{act}","version":null,"reason":"{reason}"}}}}"#)
    };
    let member = site.signed_in("requester@demo.test").await;
    let cases = [
        ("POST /fn/decide", &headers, decide(999_999, "grant", ""), 404, "not_found"),
        ("POST /fn/decide", &headers, decide(number, "deny", ""), 422, "reason"),
        ("POST /fn/decide", &member, decide(number, "deny", "No."), 403, "forbidden"),
        ("POST /fn/decide", &headers, decide(number, "deny", "No."), 200, ""),
        ("POST /fn/decide", &headers, decide(number, "grant", ""), 409, "denied"),
        ("POST /fn/queue_page", &headers, r#"{"query":"status=nonsense","asked":"program"}"#.to_owned(), 422, "status"),
        ("GET /admin/requests/999999", &headers, String::new(), 404, ""),
        ("GET /admin/requests/export.csv?status=nonsense", &headers, String::new(), 422, "status"),
        ("GET /admin/requests?status=nonsense", &headers, String::new(), 200, "nonsense"),
        // Nothing of it can be searched for: a page says so, others are refused rather than given everything.
        ("GET /admin/requests?q=%26", &headers, String::new(), 200, "not searched for: “&amp;”"),
        ("POST /fn/queue_page", &headers, r#"{"query":"q=%26","asked":"program"}"#.to_owned(), 422, "\"q\""),
        ("GET /admin/requests/export.csv?q=%26", &headers, String::new(), 422, "\"q\""),
    ];
    for (head, headers, body, wanted, word) in cases {
        let (status, answer) = site.raw(head, headers, &body).await;
        assert_eq!(status.as_u16(), wanted, "{head} {body}: {answer}");
        let text = answer.to_lowercase();
        assert!(text.contains(word), "{head} {body}: no {word} in {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_has_its_own_nonce_and_every_script_carries_it() {
    let site = site().await;
    let headers = site.signed_in("admin@demo.test").await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (_, answer) = site.raw("GET /admin/requests", &headers, "").await;
        let (_, rest) = answer.split_once("'nonce-").expect("a nonce in the policy");
        let nonce = rest.split('\'').next().expect("its end").to_owned();
        let scripts: Vec<_> = answer.match_indices("<script").map(|(at, _)| &answer[at..]).collect();
        assert!(!scripts.is_empty());
        for script in scripts {
            let tag = script.split('>').next().unwrap_or_default();
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{tag}");
        }
        let policy = answer.lines().find(|line| line.starts_with("content-security-policy: ")).expect("a policy");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        for header in ["x-content-type-options: nosniff", "referrer-policy: same-origin"] {
            assert!(answer.contains(header), "no {header}");
        }
        seen.push(nonce);
    }
    assert_ne!(seen[0], seen[1]);
}

/// trust.md F2: hyper drops a handler whose client has gone; what was begun is to be done all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_does_not_stop_its_decision() {
    use sqlx::{Connection, Executor, SqliteConnection};
    let site = site().await;
    let headers = site.signed_in("admin@demo.test").await;
    let mut database = SqliteConnection::connect(&site.database).await.expect("connect");
    let number: i64 = sqlx::query_scalar(PENDING).fetch_one(&mut database).await.expect("a pending request");
    let body = format!(r#"{{"input":{{"number":{number},"act":"deny","version":null,"reason":"No."}}}}"#);
    database.execute("BEGIN IMMEDIATE").await.expect("begin");
    let mut stream = TcpStream::connect(("127.0.0.1", site.port)).await.expect("connect");
    let text = format!(
        "POST /fn/decide HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        site.port,
        body.len()
    );
    stream.write_all(text.as_bytes()).await.expect("write");
    // Others are served meanwhile, so the server has read the decision before its client goes, and seen it go before the
    // database is free.
    for _ in 0..50 {
        site.raw("GET /livez", "", "").await;
    }
    drop(stream);
    for _ in 0..50 {
        site.raw("GET /livez", "", "").await;
    }
    database.execute("ROLLBACK").await.expect("rollback");
    let decided = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        loop {
            let status: i64 = sqlx::query_scalar("SELECT status FROM requests WHERE number = ?")
                .bind(number)
                .fetch_one(&mut database)
                .await
                .expect("the request");
            if status != 0 {
                break status;
            }
            site.raw("GET /livez", "", "").await;
        }
    })
    .await
    .expect("decided although nobody waits");
    assert_ne!(decided, 0);
}

/// Nobody else stays behind in a browser.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_ends_the_session_that_the_browser_held() {
    let site = site().await;
    let first = site.signed_in("owner@demo.test").await;
    let aside = site.signed_in("owner@demo.test").await;
    let (status, _) = site.raw("GET /portal", &first, "").await;
    assert_eq!(status, StatusCode::OK);
    let headers = first.replace(JSON, FORM);
    let (status, _) = site.raw("POST /login", &headers, "email=member%40demo.test&password=doorward-demo").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(site.raw("GET /portal", &first, "").await.0, StatusCode::SEE_OTHER, "over");
    assert_eq!(site.raw("GET /portal", &aside, "").await.0, StatusCode::OK, "another browser's stays");
}

/// A link stands on the answer to the form and nowhere else, and what a page may not offer its door does not do.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_shown_once_for_somebody_new() {
    use sqlx::{Connection, SqliteConnection};
    let site = site().await;
    let admin = site.signed_in("admin@demo.test").await.replace(JSON, FORM);
    let new = "name=Nora+New&email=nora%40demo.test&active=1";
    assert_eq!(site.raw("POST /admin/directory/people/new", &admin, new).await.0, StatusCode::SEE_OTHER);
    let mut database = SqliteConnection::connect(&site.database).await.expect("connect");
    let mut page = async |email: &str| {
        let hex: String = sqlx::query_scalar("SELECT lower(hex(id)) FROM people WHERE email = ?")
            .bind(email)
            .fetch_one(&mut database)
            .await
            .expect("a person");
        let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        format!("/admin/directory/people/{}", parts.join("-"))
    };
    let (nora, member) = (page("nora@demo.test").await, page("member@demo.test").await);
    let (_, shown) = site.raw(&format!("GET {nora}"), &admin, "").await;
    assert!(shown.contains("Show a one-time link") && !shown.contains("/login/link/"), "{shown}");
    let (status, shown) = site.raw(&format!("POST {nora}/link"), &admin, "").await;
    assert_eq!(status, StatusCode::OK, "{shown}");
    let link = shown.split("/login/link/").nth(1).and_then(|rest| rest.split('<').next()).expect("a link").to_owned();
    assert!(!shown.to_lowercase().contains("set-cookie"), "not in a cookie");
    let (_, again) = site.raw(&format!("GET {nora}"), &admin, "").await;
    assert!(!again.contains(&link), "once");
    let own = site.origin();
    let word = "password=the+quiet+otter+reads&again=the+quiet+otter+reads";
    let enter = async || site.raw(&format!("POST /login/link/{link}"), &format!("{own}{FORM}"), word).await.0;
    assert_eq!(enter().await, StatusCode::SEE_OTHER);
    assert_eq!(enter().await, StatusCode::NOT_FOUND, "once");
    let (_, shown) = site.raw(&format!("GET {member}"), &admin, "").await;
    assert!(!shown.contains("Show a one-time link"), "has a password");
    let (status, _) = site.raw(&format!("POST {member}/link"), &admin, "").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}
