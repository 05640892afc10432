//! Rights are those of the moment of acting (`trust.md` F15): the last byte of a body may come long after the head was admitted.

use crate::program::{Program, answer};
use sqlx::{Connection as _, SqliteConnection};
use std::io::Write;

async fn run(database: &str, sql: &'static str) {
    let mut c = SqliteConnection::connect(database).await.expect("connect");
    sqlx::query(sql).execute(&mut c).await.expect(sql);
}

/// A body whose last byte is held back while something happens.
async fn held_back(sql: &'static str, path: &str, body: &str, wanted: u16) {
    let dir = tempfile::tempdir().expect("temp dir");
    let database = format!("sqlite://{}", dir.path().join("d.db").display());
    let server = Program::demo(&database, &dir.path().join("mail"), 60);
    let headers = server.signed_in("admin@demo.test");
    let mut c = SqliteConnection::connect(&database).await.expect("connect");
    let number: i64 = sqlx::query_scalar(
        "SELECT number FROM requests WHERE status = 0 AND requester_email <> 'admin@demo.test' LIMIT 1",
    )
    .fetch_one(&mut c)
    .await
    .expect("a pending request");
    let body = body.replace("NUMBER", &number.to_string());
    let (most, last) = body.split_at(body.len() - 1);
    let mut stream = server.connect();
    stream.write_all(server.head(path, &headers, body.len()).as_bytes()).expect("head");
    stream.write_all(most.as_bytes()).expect("most of the body");
    // Others are served meanwhile, so the head has been read before the right is gone.
    for _ in 0..20 {
        server.raw("GET /livez", "", "");
    }
    run(&database, sql).await;
    stream.write_all(last.as_bytes()).expect("the last byte");
    let (status, text) = answer(&mut stream).expect("an answer");
    assert_eq!(status, wanted, "{sql}: {text}");
    assert!(!text.contains("@demo.test"), "{text}");
    let status: i64 = sqlx::query_scalar("SELECT status FROM requests WHERE number = $1")
        .bind(number)
        .fetch_one(&mut c)
        .await
        .expect("the request");
    assert_eq!(status, 0, "{sql}: nothing was decided");
}

const GRANT: &str = r#"{"input":{"number":NUMBER,"act":"grant","version":null}}"#;
const LOOK: &str = r#"{"query":"","asked":"program"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_whose_last_byte_comes_after_a_deactivation() {
    held_back("UPDATE people SET active = 0 WHERE email = 'admin@demo.test'", "POST /fn/decide", GRANT, 401).await;
}

/// The session ends with the mark: who was an admin logs in anew, as what they are now.
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_whose_last_byte_comes_after_a_demotion() {
    held_back("UPDATE people SET admin = 0 WHERE email = 'admin@demo.test'", "POST /fn/decide", GRANT, 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_whose_last_byte_comes_after_the_session_ended() {
    held_back("DELETE FROM sessions", "POST /fn/decide", GRANT, 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_asked_for_after_a_demotion() {
    held_back("UPDATE people SET admin = 0 WHERE email = 'admin@demo.test'", "POST /fn/queue_page", LOOK, 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_asked_for_after_the_session_ended() {
    held_back("DELETE FROM sessions", "POST /fn/queue_page", LOOK, 401).await;
}
