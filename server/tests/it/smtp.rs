//! What becomes of mail when the server refuses, goes away, hangs or breaks off: a real outbox on both engines, a scripted server.

use crate::smtp_peer::{Does, SmtpPeer};
use crate::support::{Bench, MINUTE, START, engines, letter};
use domain::ids::{MessageId, PersonId};
use domain::settings::Settings;
use domain::view::Delivery;
use serde_json::json;
use server::jobs::mail::{Drained, drain_once, run};
use server::mail::{MailTarget, Mailer};
use std::collections::HashSet;
use std::time::Duration;
use store::directory::people::Person;
use store::outbox::Message;
use tokio::sync::watch;

/// How often a fault is tried (`trust.md` 4.3).
const TWENTY: usize = 20;

fn mailer(port: u16) -> Mailer {
    let target = MailTarget::parse(&format!("smtp://127.0.0.1:{port}")).expect("target");
    Mailer::new(&target, "https://doorward.example").expect("mailer")
}

async fn drain(bench: &Bench, mailer: &Mailer) -> Drained {
    drain_once(&bench.services, mailer).await.expect("drained")
}

/// Waits for its next attempt after a first one, about a minute from now.
fn waits_a_minute(bench: &Bench, row: &Delivery) -> bool {
    let wait = row.at.0 - bench.now();
    row.state == "waiting" && row.attempts == 1 && (MINUTE..=MINUTE + MINUTE / 10).contains(&wait)
}

/// Whether the ledger has the server's own words.
fn tells(row: &Delivery, says: &str) -> bool {
    row.error.as_deref().is_some_and(|error| error.contains(&says[4..]))
}

fn states(rows: &[Delivery]) -> Vec<&str> {
    rows.iter().map(|row| row.state.as_str()).collect()
}

/// Refuses messages to those whose name begins with `no` at a step with these words; everything else is usual.
fn refuses(at: &'static str, says: &'static str) -> impl Fn(&str, &str) -> Does + Send {
    move |step, to| if step.starts_with(at) && to.starts_with("no") { Does::Says(says) } else { Does::Usual }
}

async fn letters(bench: &Bench, emails: &[String]) -> Vec<MessageId> {
    bench.letters(&emails.iter().map(String::as_str).collect::<Vec<_>>()).await
}

/// Messages to twenty who are refused, and in between to twenty who are not; drained once. Those of the first, and what the server
/// keeps.
async fn forty(bench: &Bench, at: &'static str, says: &'static str) -> (Vec<Delivery>, Vec<Delivery>) {
    let peer = SmtpPeer::start(refuses(at, says)).await;
    let emails: Vec<_> = (10..10 + TWENTY).flat_map(|n| [format!("no{n}@x.test"), format!("ok{n}@x.test")]).collect();
    let ids = letters(bench, &emails).await;
    let drained = drain(bench, &mailer(peer.port)).await;
    assert_eq!(drained, Drained { count: 2 * TWENTY, away: false }, "{says}");
    assert_eq!(peer.kept(), emails.into_iter().filter(|email| email.starts_with("ok")).collect::<Vec<_>>(), "{says}");
    let mut rows: Vec<_> = bench.rows().await.into_iter().filter(|row| ids.contains(&row.id)).collect();
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    let (refused, kept): (Vec<_>, Vec<_>) = rows.into_iter().enumerate().partition(|(index, _)| index % 2 == 0);
    let bare = |rows: Vec<(usize, Delivery)>| rows.into_iter().map(|(_, row)| row).collect();
    (bare(refused), bare(kept))
}

#[tokio::test]
async fn a_refusal_for_now_lets_one_message_wait_and_the_others_go() {
    for bench in engines().await {
        for (at, says) in [
            ("RCPT", "450 4.2.1 The mailbox is busy"),
            ("RCPT", "451 4.7.1 Greylisted, come back later"),
            ("RCPT", "452 4.5.3 Too many recipients"),
            (".", "451 4.3.0 Not now"),
            (".", "452 4.2.2 The disk is full"),
        ] {
            let (refused, kept) = forty(&bench, at, says).await;
            assert!(refused.iter().all(|row| waits_a_minute(&bench, row)), "{says}: {refused:?}");
            assert!(refused.iter().all(|row| tells(row, says)), "{refused:?}");
            assert!(kept.iter().all(|row| row.state == "delivered"), "{says}: {kept:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_for_good_ends_one_message_at_once_and_the_others_go() {
    for bench in engines().await {
        for (at, says) in [
            ("RCPT", "550 5.1.1 No such mailbox"),
            ("RCPT", "552 5.2.2 The mailbox is full"),
            ("RCPT", "554 5.7.1 Blocked"),
            (".", "550 5.7.1 This is spam"),
            (".", "552 5.3.4 Too big"),
            (".", "554 5.6.0 I do not like it"),
        ] {
            let (refused, kept) = forty(&bench, at, says).await;
            let ended = |row: &Delivery| (row.state.as_str(), row.attempts, row.at.0) == ("dead", 1, bench.now());
            assert!(refused.iter().all(ended), "{says}: {refused:?}");
            assert!(refused.iter().all(|row| tells(row, says)), "{refused:?}");
            assert!(kept.iter().all(|row| row.state == "delivered"), "{says}: {kept:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_of_everything_kills_no_message() {
    let sender =
        |says| move |step: &str, _: &str| if step.starts_with("MAIL") { Does::Says(says) } else { Does::Usual };
    type Script = Box<dyn Fn(&str, &str) -> Does + Send>;
    for bench in engines().await {
        let mut at = 0;
        for (people, script, says) in [
            (
                1,
                Box::new(|step: &str, _: &str| if step.is_empty() { Does::Says("554 Blocked") } else { Does::Usual })
                    as Script,
                "Blocked",
            ),
            (1, Box::new(sender("553 Bad sender")), "Bad sender"),
            (2, Box::new(sender("550 Not you")), "Not you"),
            // Only with the message itself it says that nobody may send more today.
            (
                1,
                Box::new(|step: &str, _: &str| match step {
                    "." => Does::Says("550 5.4.5 Daily user sending limit exceeded"),
                    _ => Does::Usual,
                }),
                "limit exceeded",
            ),
            (
                20,
                Box::new(|step: &str, _: &str| match step {
                    "." => Does::Says("554 Not from here"),
                    _ => Does::Usual,
                }),
                "Not from here",
            ),
        ] {
            let peer = SmtpPeer::start(script).await;
            let emails: Vec<String> = (at..at + people).map(|n| format!("p{n}@x.test")).collect();
            at += people;
            let ids = letters(&bench, &emails).await;
            let mailer = mailer(peer.port);
            assert_eq!(drain(&bench, &mailer).await, Drained { count: people, away: true }, "{says}");
            for id in &ids {
                let row = bench.row(*id).await;
                assert!(waits_a_minute(&bench, &row), "{says}: {row:?}");
                assert!(row.error.as_deref().is_some_and(|error| error.contains(says)), "{row:?}");
            }
            peer.does(|_, _| Does::Usual);
            bench.pass(2 * MINUTE);
            assert_eq!(drain(&bench, &mailer).await, Drained { count: people, away: false }, "{says}");
            assert_eq!(peer.kept().len(), people, "{says}");
        }
    }
}

#[tokio::test]
async fn one_that_is_refused_alone_dies_at_once() {
    for bench in engines().await {
        let peer = SmtpPeer::start(refuses("RCPT", "550 No such user here")).await;
        let id = bench.letters(&["no@x.test"]).await[0];
        assert_eq!(drain(&bench, &mailer(peer.port)).await, Drained { count: 1, away: false });
        assert_eq!(bench.row(id).await.state, "dead", "the server takes mail from this sender");
    }
}

#[tokio::test]
async fn a_sender_that_is_not_valid_kills_no_message() {
    for bench in engines().await {
        let peer = SmtpPeer::start(|_, _| Does::Usual).await;
        let mut session = bench.services.store().write().await.expect("write");
        let settings = store::settings::get(&mut session).await.expect("settings");
        let wrong = Settings { sender: "access@foo-.example".to_owned(), ..settings.clone() };
        store::settings::put(&mut session, &wrong).await.expect("saved");
        session.commit().await.expect("commit");
        let id = bench.letters(&["ann@x.test"]).await[0];
        assert_eq!(drain(&bench, &mailer(peer.port)).await, Drained { count: 1, away: true });
        let row = bench.row(id).await;
        assert!(waits_a_minute(&bench, &row), "{row:?}");
        assert_eq!(row.error.as_deref(), Some("the sender address in Settings is not valid"));
    }
}

#[tokio::test]
async fn one_message_that_takes_too_long_does_not_stop_the_others() {
    for bench in engines().await {
        let peer =
            SmtpPeer::start(|step, to| if step == "." && to == "no@x.test" { Does::Hangs } else { Does::Usual }).await;
        let ids = letters(&bench, &["no@x.test", "ann@x.test", "bob@x.test"].map(str::to_owned)).await;
        let (services, mailer) = (bench.services.clone(), mailer(peer.port));
        let task = tokio::spawn(async move { drain_once(&services, &mailer).await.expect("drained") });
        peer.hangs().await;
        peer.keeps(2).await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(61)).await;
        tokio::time::resume();
        assert_eq!(task.await.expect("the worker goes on"), Drained { count: 3, away: false });
        let row = bench.row(ids[0]).await;
        assert!(waits_a_minute(&bench, &row), "{row:?}");
        assert_eq!(row.error.as_deref(), Some("the mail server took too long for this message"));
    }
}

/// Eighty messages, of which no more than thirty-two are under way at once.
async fn eighty(bench: &Bench) -> Vec<String> {
    let emails: Vec<String> = (10..90).map(|n| format!("p{n}@x.test")).collect();
    letters(bench, &emails).await;
    emails
}

/// Nothing is lost while the server is away: what was not begun was given back, and is due at once.
async fn nothing_is_lost(bench: &Bench) {
    let rows = bench.rows().await;
    assert!(rows.iter().all(|row| row.state == "waiting"), "{rows:?}");
    let (tried, untried): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.attempts > 0);
    assert!((1..=32).contains(&tried.len()), "{} of {} were tried", tried.len(), rows.len());
    assert!(tried.iter().all(|row| waits_a_minute(bench, row)), "{tried:?}");
    assert!(untried.iter().all(|row| row.at == START && row.error.is_none()), "{untried:?}");
}

/// Everything arrives, each message once: what was given back at once, what was tried after its wait.
async fn everything_arrives(bench: &Bench, mailer: &Mailer, peer: &SmtpPeer, wanted: &[String]) {
    let untried = bench.rows().await.iter().filter(|row| row.attempts == 0).count();
    assert_eq!(drain(bench, mailer).await, Drained { count: untried, away: false });
    assert_eq!(peer.kept().len(), untried);
    bench.pass(2 * MINUTE);
    assert_eq!(drain(bench, mailer).await, Drained { count: wanted.len() - untried, away: false });
    assert_eq!(peer.kept(), wanted);
    assert!(bench.rows().await.iter().all(|row| row.state == "delivered"));
}

#[tokio::test]
async fn a_server_that_says_421_is_away_and_the_rest_is_given_back_untried() {
    for bench in engines().await {
        let wanted = eighty(&bench).await;
        let busy =
            |step: &str, _: &str| if step.is_empty() { Does::Says("421 4.3.2 Shutting down") } else { Does::Usual };
        let peer = SmtpPeer::start(busy).await;
        let mailer = mailer(peer.port);
        assert_eq!(drain(&bench, &mailer).await, Drained { count: 80, away: true });
        nothing_is_lost(&bench).await;
        peer.does(|_, _| Does::Usual);
        everything_arrives(&bench, &mailer, &peer, &wanted).await;
    }
}

#[tokio::test]
async fn a_refused_connection_loses_nothing_and_everything_arrives_when_the_server_is_back() {
    for bench in engines().await {
        let wanted = eighty(&bench).await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
        let port = listener.local_addr().expect("address").port();
        drop(listener);
        let mailer = mailer(port);
        assert_eq!(drain(&bench, &mailer).await, Drained { count: 80, away: true });
        nothing_is_lost(&bench).await;
        let refused = bench.rows().await.into_iter().find_map(|row| row.error).expect("a cause");
        assert!(refused.to_lowercase().contains("refused"), "{refused}");
        let peer = SmtpPeer::at(port, |_, _| Does::Usual).await;
        everything_arrives(&bench, &mailer, &peer, &wanted).await;
    }
}

#[tokio::test]
async fn each_of_twenty_times_that_the_server_is_away_everything_arrives_afterwards() {
    // On a new connection and on one that is open.
    let busy = |step: &str, _: &str| {
        let begins = step.is_empty() || step.starts_with("MAIL");
        if begins { Does::Says("421 4.3.2 Shutting down") } else { Does::Usual }
    };
    for bench in engines().await {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("bind").local_addr().expect("address").port();
        let gone = mailer(free);
        let peer = SmtpPeer::start(busy).await;
        let here = mailer(peer.port);
        for round in 0..TWENTY {
            let ids = letters(&bench, &["ann@x.test", "bob@x.test", "cy@x.test"].map(str::to_owned)).await;
            assert!(drain(&bench, &gone).await.away, "nobody listens, round {round}");
            bench.pass(2 * MINUTE);
            peer.does(busy);
            assert!(drain(&bench, &here).await.away, "421, round {round}");
            bench.pass(6 * MINUTE);
            peer.does(|_, _| Does::Usual);
            assert_eq!(drain(&bench, &here).await, Drained { count: 3, away: false }, "round {round}");
            for id in ids {
                assert_eq!(bench.row(id).await.state, "delivered", "round {round}");
            }
            assert_eq!(peer.mails().len(), 3 * (round + 1), "each once");
        }
    }
}

/// Drains while the server hangs, for longer than anybody's patience.
async fn drain_for_a_minute(bench: &Bench, mailer: &Mailer, peer: &SmtpPeer) -> Drained {
    let (services, mailer) = (bench.services.clone(), mailer.clone());
    let task = tokio::spawn(async move { drain_once(&services, &mailer).await.expect("drained") });
    peer.hangs().await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
    task.await.expect("the worker goes on")
}

#[tokio::test]
async fn a_server_that_hangs_is_away_and_everything_arrives_when_it_is_back() {
    for bench in engines().await {
        let steps = ["", "EHLO", "MAIL", "DATA", "."];
        for step in steps.into_iter().cycle().take(TWENTY) {
            let peer = SmtpPeer::start(move |line, _| {
                if line == step || (!step.is_empty() && line.starts_with(step)) { Does::Hangs } else { Does::Usual }
            })
            .await;
            let mailer = mailer(peer.port);
            let id = bench.letters(&["ann@x.test"]).await[0];
            let drained = drain_for_a_minute(&bench, &mailer, &peer).await;
            assert_eq!(drained, Drained { count: 1, away: true }, "at {step:?}");
            let row = bench.row(id).await;
            assert!(waits_a_minute(&bench, &row), "at {step:?}: {row:?}");
            assert_eq!(row.error.as_deref(), Some("the mail server took too long"));
            peer.does(|_, _| Does::Usual);
            bench.pass(2 * MINUTE);
            let again = tokio::time::timeout(Duration::from_secs(20), drain(&bench, &mailer)).await;
            assert_eq!(again.ok(), Some(Drained { count: 1, away: false }), "at {step:?}");
            assert_eq!((bench.row(id).await.state.as_str(), peer.kept().len()), ("delivered", 1), "at {step:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_not_taken_for_the_answer_to_another_message() {
    for bench in engines().await {
        let peer = SmtpPeer::start(|step, _| if step == "." { Does::Hangs } else { Does::Usual }).await;
        let mailer = mailer(peer.port);
        bench.letters(&["ann@x.test"]).await;
        assert!(drain_for_a_minute(&bench, &mailer, &peer).await.away);
        // Now the server keeps Ann's message after all, and says so to nobody; Bob's it refuses.
        peer.does(
            |step, to| {
                if step == "." && to == "bob@x.test" { Does::Says("550 5.7.1 Not this one") } else { Does::Usual }
            },
        );
        peer.wake();
        let id = bench.letters(&["bob@x.test"]).await[0];
        assert_eq!(drain(&bench, &mailer).await, Drained { count: 1, away: false });
        assert_eq!(bench.row(id).await.state, "dead", "a message that was refused does not count as delivered");
    }
}

#[tokio::test]
async fn a_connection_to_a_server_that_hangs_is_closed_in_the_end() {
    for bench in engines().await {
        let peer = SmtpPeer::start(|step, _| if step == "." { Does::Hangs } else { Does::Usual }).await;
        let mailer = mailer(peer.port);
        bench.letters(&["ann@x.test"]).await;
        assert!(drain_for_a_minute(&bench, &mailer, &peer).await.away);
        // With nothing else to do, the clock runs from one timer to the next.
        tokio::time::pause();
        let ended = tokio::time::timeout(Duration::from_secs(600), peer.ends()).await;
        tokio::time::resume();
        assert!(ended.is_ok(), "the server would run out of connections");
    }
}

#[tokio::test]
async fn a_connection_that_ends_before_the_answer_sends_again_with_the_same_id() {
    for bench in engines().await {
        let peer = SmtpPeer::start(|step, _| if step == "." { Does::Drops } else { Does::Usual }).await;
        let mailer = mailer(peer.port);
        let id = bench.letters(&["ann@x.test"]).await[0];
        assert_eq!(drain(&bench, &mailer).await, Drained { count: 1, away: true });
        let row = bench.row(id).await;
        assert!(waits_a_minute(&bench, &row), "{row:?}");
        peer.does(|_, _| Does::Usual);
        assert_eq!(drain(&bench, &mailer).await.count, 0, "it is not due yet");
        bench.pass(2 * MINUTE);
        assert_eq!(drain(&bench, &mailer).await, Drained { count: 1, away: false });
        let mails = peer.mails();
        assert_eq!(mails.iter().map(|mail| mail.kept).collect::<Vec<_>>(), [false, true]);
        assert_eq!(mails[0].id(), mails[1].id());
        assert!(mails[1].id().contains(&id.to_string()));
        let row = bench.row(id).await;
        assert_eq!((row.state.as_str(), row.attempts), ("delivered", 2));
    }
}

#[tokio::test]
async fn each_of_fifty_that_break_off_before_the_answer_is_sent_again_with_its_id() {
    for bench in engines().await {
        let emails: Vec<String> = (10..60).map(|n| format!("p{n}@x.test")).collect();
        let ids = letters(&bench, &emails).await;
        // Each is broken off once.
        let broken = std::sync::Mutex::new(HashSet::new());
        let peer = SmtpPeer::start(move |step, to| {
            let drops = step == "." && broken.lock().expect("a set").insert(to.to_owned());
            if drops { Does::Drops } else { Does::Usual }
        })
        .await;
        let mailer = mailer(peer.port);
        while bench.rows().await.iter().any(|row| row.state == "waiting") {
            while drain(&bench, &mailer).await.count > 0 {}
            bench.pass(2 * MINUTE);
        }
        let mails = peer.mails();
        assert_eq!(mails.len(), 100);
        for (id, email) in ids.iter().zip(&emails) {
            let sent: Vec<_> = mails.iter().filter(|mail| mail.to == *email).collect();
            assert_eq!(sent.iter().map(|mail| mail.kept).collect::<Vec<_>>(), [false, true], "{email}");
            assert!(sent.iter().all(|mail| mail.id().contains(&id.to_string())), "{email}");
        }
    }
}

#[tokio::test]
async fn a_hundred_poisoned_messages_delay_no_sound_one() {
    for bench in engines().await {
        let peer = SmtpPeer::start(|_, _| Does::Usual).await;
        let sound: Vec<_> = (10..10 + TWENTY).map(|n| Person::new(&format!("p{n}@x.test"), "Sue")).collect();
        bench.people(&sound).await;
        let poisoned: Vec<_> = (0..5 * TWENTY).map(|n| poison(sound[n % TWENTY].id, n)).collect();
        let bad = bench.write(poisoned).await;
        let good = bench.write(sound.iter().map(|person| letter(person.id)).collect()).await;
        let drained = drain(&bench, &mailer(peer.port)).await;
        assert_eq!(drained, Drained { count: 6 * TWENTY, away: false }, "all in the first batch");
        let rows = bench.rows().await;
        let all = |ids: &[MessageId], state: &str| {
            let of: Vec<_> = rows.iter().filter(|row| ids.contains(&row.id)).collect();
            assert!(of.len() == ids.len() && of.iter().all(|row| row.state == state), "{of:?}");
        };
        all(&bad, "dead");
        all(&good, "delivered");
        assert_eq!(peer.kept().len(), TWENTY);
    }
}

/// A message that cannot be sent, each time for another cause.
fn poison(recipient: PersonId, n: usize) -> Message {
    let sound = letter(recipient);
    match n % 4 {
        0 => Message { kind: "sent_by_pigeon".to_owned(), ..sound },
        1 => Message { payload: json!({ "request": "twelve" }), ..sound },
        2 => Message { payload: json!(null), ..sound },
        _ => Message { payload: json!({ "submitted_at": [i64::MAX] }), ..sound },
    }
}

#[tokio::test]
async fn the_worker_goes_on_by_itself_when_the_server_is_back() {
    for bench in engines().await {
        let busy =
            |step: &str, _: &str| if step.is_empty() { Does::Says("421 4.3.2 Shutting down") } else { Does::Usual };
        let peer = SmtpPeer::start(busy).await;
        let wanted = eighty(&bench).await;
        let (stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(run(bench.services.clone(), mailer(peer.port), stopped));
        peer.ends().await;
        peer.does(|_, _| Does::Usual);
        // The clock of the database stands still: those that were tried do not wait for their minute.
        let arrived = tokio::time::timeout(Duration::from_secs(30), peer.keeps(wanted.len())).await;
        assert!(arrived.is_ok(), "{} of {} arrived", peer.kept().len(), wanted.len());
        assert_eq!(peer.kept(), wanted, "each once");
        // A message that is written now rings the bell.
        bench.letters(&["late@x.test"]).await;
        bench.services.outbox_bell().notify_one();
        let arrived = tokio::time::timeout(Duration::from_secs(4), peer.keeps(wanted.len() + 1)).await;
        assert!(arrived.is_ok(), "sooner than the worker would look by itself");
        stop.send(true).expect("the worker listens");
        tokio::time::timeout(Duration::from_secs(10), worker).await.expect("it stops").expect("it stops well");
        assert!(bench.rows().await.iter().all(|row| row.state == "delivered"));
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_built_does_not_stop_the_others() {
    for bench in engines().await {
        let peer = SmtpPeer::start(|_, _| Does::Usual).await;
        let people = [
            Person::new("control@x.test", "Rita\r\nBcc: evil@x.test\u{1}\u{7f}"),
            Person::new("no address at all", "Nobody"),
            Person::new("kind@x.test", "Kim"),
            Person::new("payload@x.test", "Pat"),
            Person::new("sound@x.test", "Sue"),
        ];
        bench.people(&people).await;
        let mut messages: Vec<Message> = people.iter().map(|person| letter(person.id)).collect();
        messages[2].kind = "sent_by_pigeon".to_owned();
        messages[3].payload = json!({ "request": "twelve" });
        let ids = bench.write(messages).await;
        assert_eq!(drain(&bench, &mailer(peer.port)).await, Drained { count: 5, away: false });
        let mut rows = Vec::new();
        for id in &ids {
            rows.push(bench.row(*id).await);
        }
        assert_eq!(states(&rows), ["delivered", "dead", "dead", "dead", "delivered"], "{rows:?}");
        assert_eq!(rows[1].error.as_deref(), Some("the address is not valid"));
        assert_eq!(rows[2].error.as_deref(), Some("unknown kind sent_by_pigeon"));
        assert_eq!(peer.kept(), ["control@x.test", "sound@x.test"]);
        assert!(!peer.mails().iter().any(|mail| mail.data.lines().any(|line| line.starts_with("Bcc"))));
    }
}

#[tokio::test]
async fn an_address_that_the_server_cannot_carry_does_not_stop_the_others() {
    for bench in engines().await {
        // The server does not offer SMTPUTF8.
        let peer = SmtpPeer::start(|_, _| Does::Usual).await;
        let ids = bench.letters(&["jörg@x.test", "ann@x.test"]).await;
        let drained = drain(&bench, &mailer(peer.port)).await;
        let row = bench.row(ids[0]).await;
        assert_eq!(drained, Drained { count: 2, away: false }, "the server is there: {row:?}");
        assert_eq!(row.state, "dead");
        assert!(row.error.as_deref().is_some_and(|error| error.contains("SMTPUTF8")), "{row:?}");
        assert_eq!(peer.kept(), ["ann@x.test"]);
    }
}

#[tokio::test]
async fn whoever_leaves_between_the_writing_and_the_sending_gets_nothing() {
    for bench in engines().await {
        let peer = SmtpPeer::start(|_, _| Does::Usual).await;
        let [mut leaves, stays] = ["leaves@x.test", "stays@x.test"].map(|email| Person::new(email, "Rita"));
        bench.people(&[leaves.clone(), stays.clone()]).await;
        let ids = bench.write(vec![letter(leaves.id), letter(stays.id)]).await;
        leaves.active = false;
        bench.people(&[leaves]).await;
        assert_eq!(drain(&bench, &mailer(peer.port)).await, Drained { count: 2, away: false });
        let row = bench.row(ids[0]).await;
        assert_eq!(row.state, "suppressed");
        assert_eq!(row.error.as_deref(), Some("the recipient is not active any more"));
        assert_eq!(peer.kept(), ["stays@x.test"]);
    }
}

/// Tries until the message has an end; the waits between the attempts in minutes, and the end.
async fn waits(bench: &Bench, mailer: &Mailer, id: MessageId) -> (Vec<i64>, Delivery) {
    let mut waits = Vec::new();
    loop {
        assert_eq!(drain(bench, mailer).await.count, 1, "after {waits:?}");
        let row = bench.row(id).await;
        if row.state != "waiting" {
            return (waits, row);
        }
        let wait = row.at.0 - bench.now();
        bench.pass(wait - 1);
        assert_eq!(drain(bench, mailer).await.count, 0, "it is tried too early after {waits:?}");
        bench.pass(1);
        waits.push(wait / MINUTE);
    }
}

#[tokio::test]
async fn attempts_come_after_1_5_and_30_minutes_2_5_and_12_hours_and_end_after_days() {
    let schedule = [1, 5, 30, 120, 300, 720, 720, 720, 720, 720];
    for bench in engines().await {
        let peer = SmtpPeer::start(refuses("RCPT", "451 Not today")).await;
        let id = bench.letters(&["no@x.test"]).await[0];
        let (waits, row) = waits(&bench, &mailer(peer.port), id).await;
        assert_eq!(waits.len(), schedule.len(), "{waits:?}");
        for (wait, wanted) in waits.iter().zip(schedule) {
            assert!((wanted..=wanted + wanted / 10).contains(wait), "{waits:?}");
        }
        assert_eq!((row.state.as_str(), row.attempts), ("dead", 11));
        assert!(row.error.is_some_and(|error| error.contains("Not today")));
        let hours = (bench.now() - START.0) / (60 * MINUTE);
        assert!((67..=75).contains(&hours), "{hours} hours: about three days");
        assert_eq!(peer.mails(), []);
    }
}
