//! Fresh databases of both engines with a clock that stands still, and the programs that the tests talk to.

use domain::connector::Network;
use domain::ids::{MessageId, PersonId};
use domain::people::Actor;
use domain::time::Timestamp;
use domain::view::Delivery;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use server::outbound::{Guard, Outbound};
use services::Services;
use services::keys::Key;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::deliveries::{Wanted, search};
use store::directory::people::{self, Person};
use store::outbox::{Message, insert_many};
use store::{Clock, Options, Store, new_id};

/// The moment at which every test begins: 2026-11-23T10:00:00Z.
pub const START: Timestamp = Timestamp(1_795_428_000_000_000);
/// In microseconds.
pub const MINUTE: i64 = 60_000_000;

pub struct Bench {
    pub services: Services,
    pub url: String,
    hand: Arc<AtomicI64>,
    _dir: Option<tempfile::TempDir>,
}

/// One empty database on each engine; PostgreSQL when `DOORWARD_TEST_POSTGRES` names a cluster.
pub async fn engines() -> Vec<Bench> {
    let mut out = vec![sqlite(START).await];
    if let Ok(url) = std::env::var("DOORWARD_TEST_POSTGRES") {
        out.push(open(empty(&url).await, START, None).await);
    }
    out
}

/// A database of its own in a cluster of PostgreSQL.
pub async fn empty(cluster: &str) -> String {
    let name = format!("t{}", new_id().simple());
    let mut admin = PgConnection::connect(cluster).await.expect("PostgreSQL of the tests");
    let sql = format!("CREATE DATABASE {name}");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut admin).await.expect("create database");
    let (base, _) = cluster.rsplit_once('/').expect("URL with a database");
    format!("{base}/{name}")
}

/// Changes the database behind the services' back, as a defect or an operator might.
pub async fn tamper(bench: &Bench, sql: &'static str) {
    if bench.url.starts_with("sqlite") {
        let mut c = SqliteConnection::connect(&bench.url).await.expect("connect");
        sqlx::query(sql).execute(&mut c).await.expect("changed");
    } else {
        let mut c = PgConnection::connect(&bench.url).await.expect("connect");
        sqlx::query(sql).execute(&mut c).await.expect("changed");
    }
}

/// Everything that the database keeps, as text: the bytes of the files of SQLite, every row of every table of PostgreSQL.
pub async fn kept(bench: &Bench) -> String {
    if let Some(path) = bench.url.strip_prefix("sqlite://") {
        let files = ["", "-wal"].map(|ending| std::fs::read(format!("{path}{ending}")).expect("read"));
        return String::from_utf8_lossy(&files.concat()).into_owned();
    }
    let mut c = PgConnection::connect(&bench.url).await.expect("connect");
    let tables = "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut c).await.expect("tables");
    let mut out = String::new();
    for table in tables {
        let sql = AssertSqlSafe(format!("SELECT CAST(t AS TEXT) FROM {table} t"));
        let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut c).await.expect("rows");
        out.push_str(&rows.concat());
    }
    out
}

/// An empty SQLite database, at a moment.
pub async fn sqlite(at: Timestamp) -> Bench {
    let dir = tempfile::tempdir().expect("temp dir");
    open(format!("sqlite://{}", dir.path().join("test.db").display()), at, Some(dir)).await
}

/// A database that is there, at the moment at which every test begins.
pub async fn reopened(url: String) -> Bench {
    open(url, START, None).await
}

/// The key of a database: PostgreSQL is given one, SQLite makes its own beside the file.
pub fn key(url: &str) -> Option<Key> {
    url.starts_with("postgres").then(|| Key::parse(&"0f".repeat(32)).expect("a key"))
}

async fn open(url: String, at: Timestamp, dir: Option<tempfile::TempDir>) -> Bench {
    let (clock, hand) = Clock::fixed(at);
    let mut options = Options::new(url.clone());
    (options.clock, options.connections, options.key) = (clock, 6, key(&url));
    let store = Store::open(options).await.expect("open");
    Bench { services: Services::new(store), url, hand, _dir: dir }
}

impl Bench {
    pub fn now(&self) -> i64 {
        self.hand.load(Ordering::SeqCst)
    }

    /// Sets the clock forward.
    pub fn pass(&self, micros: i64) {
        self.hand.fetch_add(micros, Ordering::SeqCst);
    }

    pub fn set(&self, at: Timestamp) {
        self.hand.store(at.0, Ordering::SeqCst);
    }

    /// Writes people as an import would, without looking at their names.
    pub async fn people(&self, people: &[Person]) {
        let mut session = self.services.store().write().await.expect("write");
        people::put(&mut session, people).await.expect("people");
        session.commit().await.expect("commit");
    }

    /// An administrator.
    pub async fn admin(&self, email: &str) -> Actor {
        let person = Person { admin: true, ..Person::new(email, "Ada Admin") };
        self.people(std::slice::from_ref(&person)).await;
        Actor { id: person.id, name: person.name, email: person.email, admin: true }
    }

    /// A message to each of these people, who are made when they are not there; the messages.
    pub async fn letters(&self, emails: &[&str]) -> Vec<MessageId> {
        let mut session = self.services.store().read().await.expect("read");
        let known = people::all(&mut session).await.expect("people");
        drop(session);
        let recipient = |email: &&str| known.get(*email).cloned().unwrap_or_else(|| Person::new(email, "Rita Örsted"));
        let recipients: Vec<_> = emails.iter().map(recipient).collect();
        self.people(&recipients).await;
        self.write(recipients.iter().map(|person| letter(person.id)).collect()).await
    }

    /// Writes messages.
    pub async fn write(&self, messages: Vec<Message>) -> Vec<MessageId> {
        let mut session = self.services.store().write().await.expect("write");
        insert_many(&mut session, &messages).await.expect("messages");
        session.commit().await.expect("commit");
        messages.into_iter().map(|message| message.id).collect()
    }

    /// Every message, the oldest first.
    pub async fn rows(&self) -> Vec<Delivery> {
        let mut session = self.services.store().read().await.expect("read");
        let mut rows = search(&mut session, &Wanted::default(), 1000).await.expect("messages");
        rows.reverse();
        rows
    }

    pub async fn row(&self, id: MessageId) -> Delivery {
        self.rows().await.into_iter().find(|row| row.id == id).expect("the message")
    }
}

/// A message that is always true.
pub fn letter(recipient: PersonId) -> Message {
    Message {
        id: MessageId(new_id()),
        kind: "request_denied".to_owned(),
        request: None,
        recipient,
        payload: json!({ "request": 12, "requester": "Rita", "resource": "NetSuite", "flow": "F", "decided_by": "Max" }),
        not_before: None,
    }
}

/// Runs a test that others leave out, in a process of its own that trusts the authorities of this file and no others.
pub fn own_process(test: &str, given: &[(&str, String)], trusted: Option<&Path>) {
    let mut command = Command::new(std::env::current_exe().expect("the tests"));
    command.args(["--exact", test, "--ignored"]).envs(given.iter().cloned());
    command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
    if let Some(file) = trusted {
        command.env("SSL_CERT_FILE", file);
    }
    let output = command.output().expect("a process");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// A program that ends with the test.
pub struct Peer {
    child: Child,
    words: Option<ChildStdin>,
    lines: BufReader<std::process::ChildStdout>,
    pub port: u16,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn python() -> Option<String> {
    let found = std::env::var("DOORWARD_TEST_PYTHON").ok().filter(|path| std::path::Path::new(path).exists());
    assert!(found.is_some() || std::env::var("CI").is_err(), "make test installs the peers");
    found
}

impl Peer {
    /// A script of `tests/peers`, which prints its port first.
    pub fn script(name: &str, given: &[&str]) -> Option<Self> {
        let script = format!("{}/tests/peers/{name}.py", env!("CARGO_MANIFEST_DIR"));
        let mut peer = Self::start(Command::new(python()?).arg("-B").arg(script).args(given));
        peer.port = peer.line().parse().expect("a port");
        Some(peer)
    }

    /// A receiver of webhooks that verifies with this key.
    pub fn receiver(key: &str) -> Option<Self> {
        Self::script("receiver", &[key])
    }

    pub fn scim() -> Option<Self> {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("bind").local_addr().expect("address").port();
        let program = std::path::Path::new(&python()?).with_file_name("scim2-server");
        let port = free.to_string();
        let mut command = Command::new(program);
        let mut peer =
            Self::start(command.args(["--hostname", "127.0.0.1", "--port", &port, "--bearer-token", "s3cret"]));
        while !peer.line().contains("Serving SCIM") {}
        peer.port = free;
        Some(peer)
    }

    fn start(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a peer");
        let words = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, words, lines, port: 0 }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.lines.read_line(&mut line).expect("a line") > 0, "the peer ended");
        line.trim().to_owned()
    }

    /// Says a word to the program; what it says back.
    pub fn told(&mut self, word: &str) -> String {
        let words = self.words.as_mut().expect("its input");
        writeln!(words, "{word}").expect("written");
        words.flush().expect("flushed");
        self.line()
    }

    /// The next answer of the receiver.
    pub fn answers(&mut self, word: &str) {
        assert_eq!(self.told(word), "noted");
    }

    pub async fn get(&self, path: &str) -> Value {
        let client = client();
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        client.get(url).bearer_auth("s3cret").send().await.expect("sent").json().await.expect("JSON")
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        self.sent(Method::POST, path, body).await.json().await.expect("JSON")
    }

    /// Changes what stands at a path.
    pub async fn patch(&self, path: &str, body: &Value) {
        let answer = self.sent(Method::PATCH, path, body).await;
        let (status, said) = (answer.status(), answer.text().await);
        assert!(status.is_success(), "{status}: {said:?}");
    }

    async fn sent(&self, method: Method, path: &str, body: &Value) -> Response {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let request = client().request(method, url).bearer_auth("s3cret");
        let request = request.header("content-type", "application/scim+json").body(body.to_string());
        request.send().await.expect("sent")
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

pub fn networks(allowed: &[&str]) -> Vec<Network> {
    allowed.iter().map(|text| Network::parse(text).expect("a range")).collect()
}

/// Calls public addresses and these.
pub fn outbound(allowed: &[&str]) -> Outbound {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Outbound::new(Guard::new(networks(allowed))).expect("a client")
}

#[expect(clippy::disallowed_methods, reason = "the receiver checks the timestamp against its own clock")]
pub fn wall_clock() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    Timestamp(i64::try_from(since.as_micros()).expect("this age"))
}
