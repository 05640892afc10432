//! The binary as a process: it ends in time whatever hangs, and has fewer connections than files.

use crate::support::{START, sqlite};
use server::jobs::kept;
use services::Services;
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::{Options, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// Longer than anything here takes, however busy the machine is.
const EVER: Duration = Duration::from_secs(40);
/// The promise is ten seconds; the rest is the machine's.
const ENDS: Duration = Duration::from_secs(12);

struct Process {
    child: Child,
    port: u16,
    database: String,
    _dir: tempfile::TempDir,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server over a demo, begun by a shell that first runs `limit`.
async fn process(requests: u64, limit: &str) -> Process {
    let dir = tempfile::tempdir().expect("temp dir");
    let database = format!("sqlite://{}", dir.path().join("t.db").display());
    let services = Services::new(Store::open(Options::new(database.clone())).await.expect("open"));
    services::demo::fill(&services, requests, 1, &|_| {}).await.expect("demo");
    services.store().close().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let child = Command::new("sh")
        .args(["-c", &format!("{limit}\nexec \"$0\" serve"), env!("CARGO_BIN_EXE_doorward")])
        .env("DOORWARD_DATABASE", &database)
        .env("DOORWARD_LISTEN", format!("127.0.0.1:{port}"))
        .env("DOORWARD_BASE_URL", format!("http://127.0.0.1:{port}"))
        .env("DOORWARD_MAIL", format!("file:{}", dir.path().join("mail").display()))
        .env("DOORWARD_LOG", "error")
        .stdout(Stdio::null())
        .spawn()
        .expect("the server");
    let process = Process { child, port, database, _dir: dir };
    let ready = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
        while !process.asked("GET /readyz", "", "").await.starts_with("HTTP/1.1 200 ") {}
    };
    timeout(EVER, ready).await.expect("ready");
    process
}

impl Process {
    fn head(&self, line: &str, headers: &str) -> String {
        let port = self.port;
        format!("{line} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n{headers}\r\n")
    }

    async fn said(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.expect("connect");
        stream.write_all(text.as_bytes()).await.expect("write");
        stream
    }

    async fn asked(&self, line: &str, headers: &str, body: &str) -> String {
        let headers = format!("Connection: close\r\nContent-Length: {}\r\n{headers}", body.len());
        let mut stream = self.said(&format!("{}{body}", self.head(line, &headers))).await;
        answer(&mut stream).await
    }

    async fn signed_in(&self, email: &str) -> String {
        let body = format!("email={}&password=doorward-demo", email.replace('@', "%40"));
        let form = "Content-Type: application/x-www-form-urlencoded\r\n";
        let answer = self.asked("POST /login", form, &body).await;
        let cookies = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        let session = cookies.filter_map(|cookie| cookie.split(';').next()).next().expect("a session");
        format!("Cookie: {session}\r\n")
    }

    fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
    }

    /// Waits for the process's end.
    async fn ended(mut self) -> (ExitStatus, Self) {
        tokio::task::spawn_blocking(move || {
            let status = self.child.wait().expect("an end");
            (status, self)
        })
        .await
        .expect("waited")
    }
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = timeout(EVER, stream.read_to_end(&mut answer)).await.expect("the server ends the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_it_in_time_under_everything_that_hangs_and_a_decision_is_finished() {
    let process = process(15_000, "").await;
    let cookie = process.signed_in("admin@demo.test").await;
    // Two exports that nobody reads, half a head, half a body, a connection that is silent and one that is kept.
    let mut exports = Vec::new();
    for _ in 0..2 {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small window");
        let address = format!("127.0.0.1:{}", process.port).parse().expect("address");
        let mut stream = socket.connect(address).await.expect("connect");
        let head = process.head("GET /admin/audit/export.json", &cookie);
        stream.write_all(head.as_bytes()).await.expect("write");
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.expect("read");
        assert_eq!(&first, b"HTTP/1.1 200");
        exports.push(stream);
    }
    let third = process.asked("GET /admin/audit/export.json", &cookie, "").await;
    assert!(third.starts_with("HTTP/1.1 429 "), "both are under way");
    let _half_a_head = process.said("GET /login HTTP/1.1\r\nHost: 127.").await;
    let form = "Content-Length: 1000\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let _half_a_body = process.said(&process.head("POST /login", form)).await;
    let _silent = process.said("").await;
    let mut kept = process.said(&process.head("GET /livez", "")).await;
    let mut first = [0; 12];
    kept.read_exact(&mut first).await.expect("an answer");

    // A log-in fails, which is only noted so far.
    let wrong = "email=nobody%40demo.test&password=guess";
    let refused = process.asked("POST /login", "Content-Type: application/x-www-form-urlencoded\r\n", wrong).await;
    assert!(refused.starts_with("HTTP/1.1 401 "), "{}", refused.lines().next().unwrap_or_default());

    // A decision waits for the database, which somebody else holds, when the signal comes.
    let mut database = SqliteConnection::connect(&process.database).await.expect("connect");
    const PENDING: &str =
        "SELECT number FROM requests WHERE status = 0 AND lane = 0 AND requester_email <> 'admin@demo.test' LIMIT 1";
    let number: i64 = sqlx::query_scalar(PENDING).fetch_one(&mut database).await.expect("a pending request");
    database.execute("BEGIN IMMEDIATE").await.expect("begin");
    let body = format!(r#"{{"input":{{"number":{number},"act":"deny","version":null,"reason":"No."}}}}"#);
    let headers = format!("Content-Length: {}\r\nContent-Type: application/json\r\n{cookie}", body.len());
    let mut decides = process.said(&format!("{}{body}", process.head("POST /fn/decide", &headers))).await;
    for _ in 0..50 {
        process.asked("GET /livez", "", "").await;
    }
    process.terminate();
    let (port, file) = (process.port, process.database.clone());
    let refused = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    let ending = timeout(ENDS, process.ended());
    let released = async {
        timeout(EVER, refused).await.expect("no more connections are taken");
        database.execute("ROLLBACK").await.expect("rollback");
        let mut first = [0; 12];
        decides.read_exact(&mut first).await.expect("an answer");
        assert_eq!(&first, b"HTTP/1.1 200", "the decision is answered");
    };
    let (ended, ()) = tokio::join!(ending, released);
    let (status, _process) = ended.expect("it ends, whatever hangs");
    assert!(status.success(), "{status}");
    let mut database = SqliteConnection::connect(&file).await.expect("connect");
    let decided: i64 = sqlx::query_scalar("SELECT status FROM requests WHERE number = ?")
        .bind(number)
        .fetch_one(&mut database)
        .await
        .expect("the request");
    assert_ne!(decided, 0, "what was acknowledged is there");
    let failed: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit WHERE kind = 'login_failed'")
        .fetch_one(&mut database)
        .await
        .expect("the record");
    assert_eq!(failed, 1, "what was noted is written at the end");
    drop(exports);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_few_files_idle_connections_lock_nobody_out() {
    let process = process(30, "ulimit -n 256").await;
    let cookie = process.signed_in("admin@demo.test").await;
    let mut idle = Vec::new();
    for _ in 0..400 {
        idle.push(process.said("GET /login HTTP/1.1\r\nX").await);
    }
    for _ in 0..20 {
        let queue = process.asked("GET /admin/requests", &cookie, "").await;
        assert!(queue.starts_with("HTTP/1.1 200 "), "{}", queue.lines().next().unwrap_or_default());
    }
    for old in &mut idle[..200] {
        assert_eq!(answer(old).await, "", "those that wait longest made room");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_of_files_is_raised() {
    let process = process(10, "ulimit -S -n 256").await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.child.id())).expect("its limits");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a line");
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[3], words[4], "as far as it goes: {line}");
}

#[tokio::test]
async fn a_job_that_panics_is_started_again_and_said_until_it_runs_well() {
    let bench = sqlite(START).await;
    let services = bench.services.clone();
    tokio::time::pause();
    let (stop, stopped) = watch::channel(false);
    let (begun, mut begins) = mpsc::unbounded_channel();
    let runs = Arc::new(AtomicUsize::new(0));
    let job = move |_: Services, mut stop: server::jobs::Stop| {
        let run = runs.fetch_add(1, Ordering::SeqCst);
        begun.send(run).expect("heard");
        async move {
            assert!(run >= 2, "damaged");
            let _ = stop.wait_for(|stop| *stop).await;
        }
    };
    let kept = tokio::spawn(kept("clock", services.clone(), stopped, job));
    for run in 0..3 {
        assert_eq!(begins.recv().await, Some(run), "it is started again, after a pause");
    }
    assert_eq!(services.faults().jobs, ["clock"]);
    tokio::time::advance(Duration::from_secs(301)).await;
    while !services.faults().jobs.is_empty() {
        tokio::task::yield_now().await;
    }
    stop.send(true).expect("heard");
    kept.await.expect("ended");
}

/// A page whose client hangs up is rendered to its end: what it is made of must not be dropped under the parts that are still read.
#[tokio::test(flavor = "multi_thread")]
async fn pages_whose_clients_hang_up_end_quietly() {
    let mut process = process(200, "exec 2>\"${DOORWARD_DATABASE#sqlite://}.stderr\"").await;
    let cookie = process.signed_in("admin@demo.test").await;
    let open = format!("GET /admin/requests?open={}", 7);
    let pages = ["GET /admin/requests", open.as_str(), "GET /admin/requests/7?act=deny", "GET /portal"];
    let rounds: usize = std::env::var("DOORWARD_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20);
    for round in 0..rounds * 20 {
        let stream = process.said(&process.head(pages[round % pages.len()], &cookie)).await;
        if round % 3 == 0 {
            // Some hang up before the server has read the head, some while it renders.
            stream.readable().await.expect("an answer begins");
        }
        drop(stream);
    }
    let stderr = format!("{}.stderr", process.database.trim_start_matches("sqlite://"));
    process.terminate();
    let (status, ended) = process.ended().await;
    process = ended;
    assert!(status.success(), "{status:?}");
    let said = std::fs::read_to_string(stderr).expect("what the server said");
    assert!(!said.contains("panicked") && !said.contains("disposed"), "{said}");
    drop(process);
}

/// `cargo nextest run -p server --release --run-ignored only -E 'test(slow_connections)' --no-capture`: what a queue page takes
/// while so many connections send a byte of a head and no more.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn slow_connections_measured() {
    let process = process(20_000, "").await;
    let cookie = process.signed_in("admin@demo.test").await;
    let head = process.head("GET /admin/requests", &cookie);
    for connections in [0_usize, 5_000, 10_000] {
        let mut slow = Vec::new();
        for _ in 0..connections {
            slow.push(process.said("G").await);
        }
        let mut took = Vec::new();
        for _ in 0..300 {
            // A fresh connection for each page: the worst that a browser meets.
            let begin = tokio::time::Instant::now();
            let close = head.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
            let said = answer(&mut process.said(&close).await).await;
            assert!(said.starts_with("HTTP/1.1 200 "), "{}", said.lines().next().unwrap_or_default());
            took.push(begin.elapsed());
        }
        took.sort();
        println!("{connections} slow connections: p50 {:?}, p99 {:?}", took[149], took[296]);
    }
}
