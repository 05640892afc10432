//! Faults of receivers, twenty channels at a time (`trust.md` 4.3): their schedule is kept, nobody else waits, what is mended hears
//! everything with the same ids, and what is not is switched off after five days.

use crate::channels::{DAY, about, is_off, second_admin};
use crate::house::{House, SECOND, draft, houses};
use crate::http_peer::{HttpPeer, status};
use crate::raw_peer::{Does, RawPeer, TAKES};
use domain::ids::{ChannelId, MessageId};
use futures::future::join_all;
use server::jobs::news::drain_once;
use services::channels::{ChannelDraft, Told};
use std::collections::BTreeMap;
use std::time::Duration;

const TWENTY: usize = 20;

/// A fault, and what becomes of a message.
#[derive(Clone, Copy)]
struct Fault {
    does: Does,
    scheme: &'static str,
    host: &'static str,
    /// Words of the cause.
    says: &'static str,
    status: Option<u16>,
    /// Seconds until the next attempt.
    wait: i64,
    /// Whether it lasts until the worker's patience ends.
    slow: bool,
    /// Whether the receiver is called.
    called: bool,
    /// Whether it can read what it is told.
    heard: bool,
}

const fn fault(does: Does, says: &'static str, status: Option<u16>) -> Fault {
    Fault { does, scheme: "http", host: "127.0.0.1", says, status, wait: 5, slow: false, called: true, heard: true }
}

impl Fault {
    const fn slow(self) -> Self {
        Self { slow: true, ..self }
    }

    fn draft(self, name: &str, port: u16) -> ChannelDraft {
        let url = format!("{}://{}:{port}/hooks/{{{{team}}}}", self.scheme, self.host);
        ChannelDraft { url, ..draft(name, port) }
    }

    /// Sends to each of these channels what is due, and the time passes that it takes; meanwhile the good one is told something.
    async fn strikes(self, house: &House, channels: &[ChannelId], peer: &RawPeer, good: ChannelId) {
        let before = peer.ids().len();
        let tasks: Vec<_> = channels
            .iter()
            .map(|channel| {
                let (services, outbound, channel) = (house.bench.services.clone(), house.outbound.clone(), *channel);
                tokio::spawn(async move { drain_once(&services, &outbound, channel).await.expect("drained") })
            })
            .collect();
        if self.slow {
            peer.came(before + channels.len()).await;
        }
        assert_eq!(house.sent(good).await.state, "delivered", "another channel is not delayed");
        if self.slow {
            assert!(tasks.iter().all(|task| !task.is_finished()), "they are still waited for: {}", self.says);
            tokio::time::pause();
            for _ in 0..16 {
                tokio::time::advance(Duration::from_secs(1)).await;
            }
            tokio::time::resume();
        }
        for ended in join_all(tasks).await {
            assert!(!ended.expect("a worker"), "after a failure a channel is left alone");
        }
    }

    fn told(self, house: &House, told: &Told) {
        assert_eq!((told.attempts, told.answered.status), (1, self.status.map(i32::from)), "{}: {told:?}", self.says);
        assert!(about(house.wait(told), self.wait), "{}: {told:?}", self.says);
        let cause = told.answered.error.as_deref().unwrap_or_default();
        // Where no name server answers, nobody can say that there is no such name.
        let unanswered = !self.called && cause == "no connection within 10 seconds";
        assert!(cause.contains(self.says) || unanswered, "no {:?} in {cause:?}", self.says);
        assert!(!cause.contains("T1-alpha") && !told.answered.answer.contains("T1-alpha"), "{told:?}");
        let took = told.answered.duration_ms;
        assert_eq!((15_000..20_000).contains(&took), self.slow, "{}: {took} ms", self.says);
    }
}

/// A message to each of these channels.
async fn one_each(house: &House, channels: &[ChannelId]) -> Vec<MessageId> {
    let mut ids = Vec::new();
    for channel in channels {
        ids.extend(house.tell(*channel, 1).await);
    }
    ids
}

async fn strikes_twenty(fault: Fault) {
    for house in houses().await {
        second_admin(&house).await;
        let peer = RawPeer::start(fault.does).await;
        let sound = HttpPeer::start(|_| status(204)).await;
        let good = house.channel(&draft("Good", sound.port)).await;
        let mut channels = Vec::new();
        for n in 0..TWENTY {
            channels.push(house.channel(&fault.draft(&format!("Bad {n}"), peer.port)).await);
        }
        let ids = one_each(&house, &channels).await;
        fault.strikes(&house, &channels, &peer, good).await;
        assert_eq!(peer.ids().len(), if fault.called { TWENTY } else { 0 }, "each is called once");
        for (channel, id) in channels.iter().zip(&ids) {
            fault.told(&house, &house.told(*channel, *id).await);
        }
        // Half of them are mended in time, at their end or at ours.
        let (mended, left) = channels.split_at(TWENTY / 2);
        house.bench.pass((fault.wait + fault.wait / 10 + 1) * SECOND);
        for channel in mended {
            let revision = house.seen(*channel).await.channel.revision;
            let draft = ChannelDraft { revision, ..draft(&format!("Mended {channel}"), peer.port) };
            house.saved(Some(*channel), &draft).await.expect("mended");
        }
        peer.does(TAKES);
        for (channel, id) in mended.iter().zip(&ids) {
            house.drain(*channel).await;
            let told = house.told(*channel, *id).await;
            assert_eq!((told.state.as_str(), told.attempts, told.answered.status), ("delivered", 2, Some(204)));
        }
        let mut heard = BTreeMap::<String, usize>::new();
        for id in peer.ids() {
            *heard.entry(id).or_default() += 1;
        }
        let times = |id: &MessageId| heard.get(&id.to_string()).copied().unwrap_or_default();
        let before = usize::from(fault.heard);
        assert!(ids[..mended.len()].iter().all(|id| times(id) == before + 1), "with the same id: {heard:?}");
        assert!(ids[mended.len()..].iter().all(|id| times(id) == before), "not before their time: {heard:?}");
        // The others are not.
        peer.does(fault.does);
        house.bench.pass(5 * DAY);
        let fresh = one_each(&house, left).await;
        fault.strikes(&house, left, &peer, good).await;
        for ((channel, id), fresh) in left.iter().zip(&ids[mended.len()..]).zip(fresh) {
            is_off(&house, *channel, "no message arrived for five days", &[]).await;
            for id in [*id, fresh] {
                assert_eq!(house.told(*channel, id).await.state, "suppressed");
            }
        }
        let told = house.bench.rows().await.into_iter().filter(|row| row.kind == "channel_off").count();
        assert_eq!(told, 2 * left.len(), "each administrator hears once of each channel");
        assert!(peer.said() < 2_000_000_000, "of ten gigabytes each, {} bytes were taken in all", peer.said());
    }
}

#[tokio::test]
async fn twenty_hang() {
    strikes_twenty(fault(Does::Hangs, "no answer within 15 seconds", None).slow()).await;
}

#[tokio::test]
async fn twenty_drip_before_they_say_anything() {
    let does = Does::Drips("HTTP/1.1 200 OK\r\nx-slow: ");
    strikes_twenty(fault(does, "no answer within 15 seconds", None).slow()).await;
}

#[tokio::test]
async fn twenty_drip_after_they_refused() {
    let does = Does::Drips("HTTP/1.1 500 Out of order\r\ncontent-length: 100000\r\n\r\n");
    strikes_twenty(fault(does, "answered 500", Some(500)).slow()).await;
}

#[tokio::test]
async fn twenty_send_ten_gigabytes() {
    let does = Does::Floods("HTTP/1.1 500 Out of order\r\ncontent-length: 10000000000\r\n\r\n");
    strikes_twenty(fault(does, "answered 500", Some(500))).await;
}

#[tokio::test]
async fn twenty_send_a_head_of_ten_gigabytes() {
    strikes_twenty(fault(Does::Floods("HTTP/1.1 200 OK\r\nx-long: "), "too large", None)).await;
}

#[tokio::test]
async fn twenty_reset_the_connection() {
    strikes_twenty(fault(Does::Resets, "reset", None)).await;
}

#[tokio::test]
async fn twenty_close_in_the_middle_of_a_word() {
    strikes_twenty(fault(Does::Says("HTTP/1.1 20"), "closed", None)).await;
}

#[tokio::test]
async fn twenty_send_elsewhere() {
    let does = Does::Says("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n");
    strikes_twenty(fault(does, "answered 302: redirects are not followed", Some(302))).await;
}

#[tokio::test]
async fn twenty_ask_for_time() {
    let does = Does::Says("HTTP/1.1 429 Slow down\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n");
    strikes_twenty(Fault { wait: 3600, ..fault(does, "answered 429", Some(429)) }).await;
}

#[tokio::test]
async fn twenty_are_out_of_order() {
    let does = Does::Says("HTTP/1.1 500 Out of order\r\ncontent-length: 0\r\n\r\n");
    strikes_twenty(fault(does, "answered 500", Some(500))).await;
}

#[tokio::test]
async fn twenty_do_not_speak_tls() {
    let does = Does::Says("HTTP/1.1 400 This is not HTTPS\r\ncontent-length: 0\r\n\r\n");
    strikes_twenty(Fault { scheme: "https", heard: false, ..fault(does, "TLS: ", None) }).await;
}

#[tokio::test]
async fn twenty_have_a_name_that_leads_nowhere() {
    // RFC 6761: nobody has this name.
    strikes_twenty(Fault {
        scheme: "https",
        host: "nowhere.invalid",
        called: false,
        heard: false,
        ..fault(TAKES, "the name nowhere.invalid was not found", None)
    })
    .await;
}

#[tokio::test]
async fn twenty_are_gone_for_good() {
    for house in houses().await {
        second_admin(&house).await;
        let peer = RawPeer::start(Does::Says("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n")).await;
        let mut channels = Vec::new();
        for n in 0..TWENTY {
            channels.push(house.channel(&draft(&format!("Bad {n}"), peer.port)).await);
        }
        one_each(&house, &channels).await;
        let waiting = one_each(&house, &channels).await;
        for (channel, id) in channels.iter().zip(waiting) {
            house.drain(*channel).await;
            is_off(&house, *channel, "it answered 410: the address is gone for good", &[id]).await;
        }
        assert_eq!(peer.ids().len(), TWENTY, "nothing more is sent");
    }
}
