//! Killed at the points of the outbox, fifty times each: nothing is lost, and twice is sent at most what was under way.

use crate::support::{MINUTE, letter, wall_clock};
use domain::ids::MessageId;
use server::jobs::mail::drain_once;
use server::mail::{MailTarget, Mailer};
use services::Services;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use store::directory::people;
use store::outbox::{Message, insert_many};
use store::{Clock, Options, Store};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Kills at each point.
const KILLS: usize = 50;
/// Messages that wait at each kill.
const WAITING: usize = 5;

/// How often each message arrived, by its Message-ID.
pub type Arrived = Arc<Mutex<BTreeMap<String, usize>>>;

/// An SMTP server that takes everything, over as many connections as come.
pub async fn sink() -> (u16, Arrived) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
    let port = listener.local_addr().expect("address").port();
    let arrived = Arrived::default();
    let kept = Arc::clone(&arrived);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take(stream, Arc::clone(&kept)));
        }
    });
    (port, arrived)
}

async fn take(stream: TcpStream, arrived: Arrived) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink\r\n").await.ok()?;
    let (mut id, mut reading) = (String::new(), false);
    while let Some(line) = lines.next_line().await.ok()? {
        let reply: &[u8] = match line.split(' ').next().unwrap_or_default() {
            "." if reading => {
                reading = false;
                // It has arrived before the peer knows.
                *arrived.lock().expect("the list").entry(std::mem::take(&mut id)).or_default() += 1;
                b"250 ok\r\n"
            }
            "Message-ID:" if reading => {
                id = line;
                continue;
            }
            _ if reading => continue,
            "DATA" => {
                reading = true;
                b"354 go on\r\n"
            }
            "QUIT" => return write.write_all(b"221 bye\r\n").await.ok(),
            _ => b"250 ok\r\n",
        };
        write.write_all(reply).await.ok()?;
    }
    Some(())
}

/// Runs the server until it is killed at a point; it is one of the outbox's, so it comes.
fn killed_at(url: &str, smtp: u16, point: &str, count: usize) {
    let out = Command::new(env!("CARGO_BIN_EXE_doorward"))
        .arg("serve")
        .env("DOORWARD_DATABASE", url)
        .env("DOORWARD_LISTEN", "127.0.0.1:0")
        .env("DOORWARD_BASE_URL", "http://127.0.0.1:3999")
        .env("DOORWARD_MAIL", format!("smtp://127.0.0.1:{smtp}"))
        .env("DOORWARD_LOG", "error")
        .env("DOORWARD_FAIL_AT", format!("{point}:{count}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the server");
    assert!(!out.success() && out.code().is_none(), "{point}: ended by a signal, not by itself: {out:?}");
}

/// Kills the server at a point, and lets another one go on.
async fn survives(point: &'static str, twice: bool) {
    let dir = tempfile::tempdir().expect("temp dir");
    let url = format!("sqlite://{}", dir.path().join("crash.db").display());
    let services = Services::new(Store::open(Options::new(url.clone())).await.expect("open"));
    let person = people::Person::new("rita@x.test", "Rita");
    let rita = person.id;
    let mut s = services.store().write().await.expect("write");
    people::put(&mut s, &[person]).await.expect("people");
    s.commit().await.expect("commit");
    let (clock, hand) = Clock::fixed(wall_clock());
    let options = Options { clock, ..Options::new(url.clone()) };
    let later = Services::new(Store::open(options).await.expect("open"));
    let (smtp, arrived) = sink().await;
    let target = MailTarget::parse(&format!("smtp://127.0.0.1:{smtp}")).expect("a target");
    let mailer = Mailer::new(&target, "http://127.0.0.1:3999").expect("a mailer");
    let mut all = Vec::new();
    for round in 0..KILLS {
        let messages: Vec<Message> = (0..WAITING).map(|_| letter(rita)).collect();
        let ids: Vec<MessageId> = messages.iter().map(|message| message.id).collect();
        let mut s = services.store().write().await.expect("write");
        insert_many(&mut s, &messages).await.expect("written");
        s.commit().await.expect("commit");
        // Not always at the first message.
        let count = if matches!(point, "after_250") { 1 + round % WAITING } else { 1 };
        let (at, smtp_url) = (url.clone(), smtp);
        tokio::task::spawn_blocking(move || killed_at(&at, smtp_url, point, count)).await.expect("killed");
        // Two minutes pass: the lease of the one that was killed ends.
        hand.store(wall_clock().0 + 2 * MINUTE, Ordering::SeqCst);
        while drain_once(&later, &mailer).await.expect("drained").count > 0 {}
        all.extend(ids);
    }
    let arrived = arrived.lock().expect("the list");
    assert_eq!(arrived.len(), KILLS * WAITING, "nothing is lost, and an id is never changed");
    for id in all {
        let (_, times) = arrived.iter().find(|(line, _)| line.contains(&id.to_string())).expect("its own Message-ID");
        assert!((1..=2).contains(times), "{id}: {times} times");
    }
    let twofold = arrived.values().filter(|times| **times == 2).count();
    // Each round's messages meet one kill only: what is twice there was under way at it.
    assert_eq!(twofold > 0, twice, "{point}: {twofold} twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_it_takes_messages() {
    survives("before_claim", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_it_took_messages() {
    survives("after_claim", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_server_took_a_message() {
    survives("after_250", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_it_marks_what_was_sent() {
    survives("before_mark", true).await;
}
