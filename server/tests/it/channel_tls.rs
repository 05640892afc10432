//! Channels over TLS: what is not trusted is told nothing.
//!
//! Which authorities are trusted is read from `SSL_CERT_FILE` when the client is made, so the worker runs in a process of its own.

use crate::house::{House, LOCAL, draft, house};
use crate::support::{Peer, START, outbound, own_process, reopened, sqlite};
use domain::ids::ChannelId;
use server::jobs::news::drain_once;
use services::channels::{ChannelDraft, Told};

/// How often a message is tried that does not arrive (`trust.md` 4.3).
const ATTEMPTS: i32 = 5;

/// The worker of the other process: sends what is due, and again when it is due again.
#[tokio::test]
#[ignore = "the other tests of this file run it, each in a process with its own trust"]
async fn worker() {
    let given = |name: &str| std::env::var(name).expect(name);
    let bench = reopened(given("TEST_DATABASE")).await;
    let outbound = outbound(LOCAL);
    let channel = ChannelId(given("TEST_CHANNEL").parse().expect("an id"));
    for _ in 0..ATTEMPTS {
        drain_once(&bench.services, &outbound, channel).await.expect("drained");
        bench.set(bench.rows().await.iter().map(|row| row.at).max().expect("a message"));
    }
}

/// What becomes of a message to a receiver whose certificate is for this host, and how many calls it took.
async fn sent(host: &str, state: &str, trusts: bool) -> Option<(Told, String)> {
    let dir = tempfile::tempdir().expect("temp dir");
    let mut peer = Peer::script("tls_receiver", &[dir.path().to_str().expect("a path"), host, state])?;
    let house: House = house(sqlite(START).await).await;
    let url = format!("https://localhost:{}/hooks/{{{{team}}}}", peer.port);
    let channel = house.channel(&ChannelDraft { url, ..draft("Chat", peer.port) }).await;
    let id = house.tell(channel, 1).await[0];
    let authority = trusts.then(|| dir.path().join("authority.pem"));
    let given = [("TEST_DATABASE", house.bench.url.clone()), ("TEST_CHANNEL", channel.to_string())];
    own_process("channel_tls::worker", &given, authority.as_deref());
    Some((house.told(channel, id).await, peer.told("how many calls?")))
}

#[tokio::test]
async fn a_receiver_that_is_trusted_is_told() {
    let Some((told, calls)) = sent("localhost", "valid", true).await else { return };
    assert_eq!((told.state.as_str(), told.attempts, calls.as_str()), ("delivered", 1, "1"), "{told:?}");
}

#[tokio::test]
async fn a_certificate_that_is_wrong_is_told_nothing_and_the_message_waits() {
    for (host, state, trusts, cause) in [
        ("localhost", "valid", false, "UnknownIssuer"),
        ("hooks.example", "valid", true, "not valid for name"),
        ("localhost", "expired", true, "expired"),
    ] {
        let Some((told, calls)) = sent(host, state, trusts).await else { return };
        assert_eq!((told.state.as_str(), told.attempts, calls.as_str()), ("waiting", ATTEMPTS, "0"), "{told:?}");
        let said = told.answered.error.as_deref().unwrap_or_default();
        assert!(said.starts_with("TLS: invalid peer certificate") && said.contains(cause), "no {cause:?} in {said:?}");
    }
}
