//! Clients that are slow, silent, many or unknown: they end, and others are served. Over raw sockets, with short limits.

use server::config::Config;
use server::listener::{Limits, serve};
use server::mail::MailTarget;
use services::Services;
use std::time::Duration;
use store::{Options, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

/// Longer than anything here takes, however busy the machine is.
const EVER: Duration = Duration::from_secs(40);
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

struct Site {
    port: u16,
    services: Services,
    _stop: watch::Sender<bool>,
    _dir: tempfile::TempDir,
}

/// Limits that nobody reaches.
fn wide() -> Limits {
    let long = Duration::from_secs(3600);
    Limits { head: long, idle: long, gap: long, body: long, write: long, whole: long, ..Limits::default() }
}

fn short() -> Duration {
    Duration::from_millis(200)
}

async fn site(requests: u64, limits: Limits) -> Site {
    let dir = tempfile::tempdir().expect("temp dir");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
    let address = listener.local_addr().expect("address");
    let config = Config {
        key: None,
        database: format!("sqlite://{}", dir.path().join("t.db").display()),
        listen: address,
        base_url: format!("http://{address}").parse().expect("url"),
        mail: MailTarget::Files(dir.path().join("mail")),
        log: "warn".to_owned(),
        trusted_proxies: Vec::new(),
        allow_targets: Vec::new(),
    };
    let services = Services::new(Store::open(Options::new(config.database.clone())).await.expect("open"));
    services::demo::fill(&services, requests, 1, &|_| {}).await.expect("demo");
    let router = server::web::router(&services, &config).await.expect("router");
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(serve(listener, router, limits, Vec::new(), stopped));
    Site { port: address.port(), services, _stop: stop, _dir: dir }
}

impl Site {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.expect("connect")
    }

    /// The head of a request of this site's own pages.
    fn head(&self, line: &str, headers: &str) -> String {
        let port = self.port;
        format!("{line} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n{headers}\r\n")
    }

    async fn said(&self, text: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.expect("write");
        stream
    }

    /// The whole answer to a request.
    async fn asked(&self, line: &str, headers: &str, body: &str) -> String {
        let headers = format!("Connection: close\r\nContent-Length: {}\r\n{headers}", body.len());
        answer(&mut self.said(&format!("{}{body}", self.head(line, &headers))).await).await
    }

    async fn serves_others(&self) {
        let answer = self.asked("GET /livez", "", "").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }

    /// The cookie of somebody of the demo.
    async fn signed_in(&self, email: &str) -> String {
        let body = format!("email={}&password=doorward-demo", email.replace('@', "%40"));
        let answer = self.asked("POST /login", FORM, &body).await;
        let cookies = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        let session = cookies.filter_map(|cookie| cookie.split(';').next()).next().expect("a session");
        format!("Cookie: {session}\r\n")
    }

    /// Begins to read an export, and stops after its head.
    async fn unread_export(&self, cookie: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small window");
        let address = format!("127.0.0.1:{}", self.port).parse().expect("address");
        let mut stream = socket.connect(address).await.expect("connect");
        let head = self
            .head("GET /admin/requests/export.json?tab=others&status=approved&status=denied&status=pending", cookie);
        stream.write_all(head.as_bytes()).await.expect("write");
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.expect("read");
        assert_eq!(&first, b"HTTP/1.1 200");
        stream
    }
}

/// What comes until the connection ends; it does.
async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is an end too.
    let _ = timeout(EVER, stream.read_to_end(&mut answer)).await.expect("the server ends the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_do_not_come_are_not_waited_for() {
    let site = site(10, Limits { head: short(), ..wide() }).await;
    let mut silent = site.connect().await;
    let mut half = site.said("GET /login HTTP/1.1\r\nHost: 127.").await;
    // Each byte counts from the first on, not from the last.
    let mut drips = site.said("GET /login HTTP/1.1\r\nX: ").await;
    let dripped = async {
        while drips.write_all(b"x").await.is_ok() {
            site.serves_others().await;
        }
    };
    timeout(EVER, dripped).await.expect("it is not let drip for ever");
    assert_eq!(answer(&mut silent).await, "");
    assert_eq!(answer(&mut half).await, "");
    site.serves_others().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let head = format!("Content-Length: 1000\r\n{FORM}");
    let site_of_gaps = site(10, Limits { gap: short(), ..wide() }).await;
    let mut half = site_of_gaps.said(&format!("{}email=", site_of_gaps.head("POST /login", &head))).await;
    assert_eq!(answer(&mut half).await, "");
    site_of_gaps.serves_others().await;
    // What comes byte by byte is told that it is too slow.
    let site = site(10, Limits { body: short(), ..wide() }).await;
    let mut drips = site.said(&site.head("POST /login", &head)).await;
    let dripped = async {
        let mut first = [0; 12];
        loop {
            tokio::select! {
                read = drips.read_exact(&mut first) => break read.map(|_| first),
                () = site.serves_others() => {}
            }
            let _ = drips.write_all(b"x").await;
        }
    };
    let said = timeout(EVER, dripped).await.expect("an end").expect("an answer");
    assert_eq!(&said, b"HTTP/1.1 408");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_kept_between_requests_but_not_for_ever() {
    let site = site(10, Limits { idle: short(), ..wide() }).await;
    let ask = site.head("GET /livez", "");
    let mut kept = site.said(&format!("{ask}{ask}")).await;
    let said = answer(&mut kept).await;
    assert_eq!(said.matches("HTTP/1.1 200").count(), 2, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_have_a_size_and_only_one_protocol_is_spoken() {
    let site = site(10, wide()).await;
    let large = format!("X: {}\r\nConnection: close\r\n", "x".repeat(40_000));
    let said = answer(&mut site.said(&site.head("GET /livez", &large)).await).await;
    assert!(said.starts_with("HTTP/1.1 431 ") || said.is_empty(), "{said}");
    let said = answer(&mut site.said("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await).await;
    assert!(!said.contains("200"), "{said}");
    site.serves_others().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_there_may_be_cut_those_that_wait_longest() {
    let site = site(10, Limits { connections: 40, ..wide() }).await;
    let cookie = site.signed_in("admin@demo.test").await;
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(site.connect().await);
    }
    let queue = site.asked("GET /admin/requests", &cookie, "").await;
    assert!(queue.starts_with("HTTP/1.1 200 "), "{}", queue.lines().next().unwrap_or_default());
    for old in &mut idle[..100] {
        assert_eq!(answer(old).await, "");
    }
    site.serves_others().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_that_nobody_reads_give_back_what_they_held() {
    // More than the buffers of both sides take.
    let site = site(15_000, Limits { write: Duration::from_secs(3), ..wide() }).await;
    let cookie = site.signed_in("admin@demo.test").await;
    let (mut one, mut two) = (site.unread_export(&cookie).await, site.unread_export(&cookie).await);
    let export = async || site.asked("GET /admin/requests/export.csv", &cookie, "").await;
    let said = export().await;
    assert!(said.starts_with("HTTP/1.1 429 "), "two are all there may be: {said}");
    // They are given back although their readers are still there.
    let goes_on = async {
        loop {
            let said = export().await;
            if !said.starts_with("HTTP/1.1 429 ") {
                break said;
            }
        }
    };
    let said = timeout(EVER, goes_on).await.expect("exports go on");
    assert!(said.starts_with("HTTP/1.1 200 "), "{}", said.lines().next().unwrap_or_default());
    // One of them was cut before anybody read on, and is not taken for the whole.
    let whole = [answer(&mut one).await, answer(&mut two).await].map(|said| said.ends_with("\r\n0\r\n\r\n"));
    assert_ne!(whole, [true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_is_known_before_a_byte_of_a_large_body_is_read() {
    let site = site(10, wide()).await;
    let member = site.signed_in("requester@demo.test").await;
    let admin = site.signed_in("admin@demo.test").await;
    let resource = "00000000-0000-4000-8000-000000000000";
    let multipart = "Content-Type: multipart/form-data; boundary=x\r\n";
    let doors = [
        ("POST /admin/directory/import".to_owned(), multipart, 413),
        ("POST /admin/directory/import/write".to_owned(), FORM, 413),
        (format!("POST /admin/directory/resources/{resource}/logo"), multipart, 413),
        (format!("POST /admin/flows/{resource}/logo"), multipart, 413),
    ];
    for (door, kind, too_large) in doors {
        for (who, wanted) in [("", 303), (member.as_str(), 403), (admin.as_str(), too_large)] {
            // Not one byte of the body is ever sent, and the answer comes all the same.
            let head = site.head(&door, &format!("Connection: close\r\nContent-Length: 100000000\r\n{kind}{who}"));
            let said = answer(&mut site.said(&head).await).await;
            assert!(
                said.starts_with(&format!("HTTP/1.1 {wanted} ")),
                "{door} of {who:?}: {}",
                said.lines().next().unwrap_or_default()
            );
        }
    }
    // Who sends all the same gets to read the answer.
    let head = site.head("POST /admin/directory/import", &format!("Content-Length: 2000000\r\n{multipart}"));
    let mut sends = site.said(&head).await;
    let _ = sends.write_all(&vec![b'x'; 2_000_000]).await;
    let said = answer(&mut sends).await;
    assert!(said.starts_with("HTTP/1.1 303 "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_failed_is_said_to_everybody_by_its_name_alone() {
    let site = site(10, wide()).await;
    let ready = async || site.asked("GET /readyz", "", "").await;
    assert!(ready().await.ends_with("\r\n\r\nready\n"));
    site.services.note_job("clock", false);
    let said = ready().await;
    assert!(said.starts_with("HTTP/1.1 200 "), "the balancer goes on: {said}");
    assert!(said.ends_with("\r\n\r\ndegraded\na background job failed and is started again: clock\n"), "{said}");
    site.services.note_job("clock", true);
    assert!(ready().await.ends_with("\r\n\r\nready\n"));
}
