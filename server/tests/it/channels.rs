//! What channels are told, and what becomes of it when they refuse, hang or are gone: both engines, scripted and real receivers.

use crate::house::{House, KEY, SECOND, draft, flow, house, houses};
use crate::http_peer::{Call, HttpPeer, Says, status};
use crate::support::{MINUTE, Peer, START, outbound, sqlite, wall_clock};
use domain::ids::{ChannelId, MessageId};
use domain::people::Actor;
use domain::time::Timestamp;
use server::jobs::news::{drain_once, run};
use server::outbound::sign;
use services::channels::ChannelDraft;
use services::requests::{Grant, Submit};
use services::{Error, Origin};
use std::collections::BTreeSet;
use std::time::Duration;
use store::directory::people::Person;
use tokio::sync::watch;

pub const DAY: i64 = 24 * 60 * MINUTE;

pub fn about(wait: i64, wanted: i64) -> bool {
    (wanted..=wanted + wanted / 10).contains(&wait)
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_key_changes_receivers_with_the_old_and_the_new_one_verify() {
    let house = house(sqlite(wall_clock()).await).await;
    let Some(old) = Peer::receiver(KEY) else { return };
    let channel = house.channel(&draft("Chat", old.port)).await;
    house.test(channel).await;
    house.drain(channel).await;
    let key = house.renew(channel).await;
    house.test(channel).await;
    house.drain(channel).await;
    let new = Peer::receiver(&key).expect("a receiver");
    let revision = house.seen(channel).await.channel.revision;
    house.saved(Some(channel), &ChannelDraft { revision, ..draft("Chat", new.port) }).await.expect("saved");
    house.test(channel).await;
    house.drain(channel).await;
    for (peer, count) in [(old, 2), (new, 1)] {
        let calls = peer.get("/calls").await;
        let calls = calls.as_array().expect("a list");
        assert_eq!(calls.len(), count);
        assert!(calls.iter().all(|call| call["verified"] == true), "{calls:?}");
        assert!(calls.iter().all(|call| call["payload"]["type"] == "channel_test"), "{calls:?}");
    }
    assert!(house.seen(channel).await.history.iter().all(|told| told.answered.status == Some(200)));
}

#[tokio::test]
async fn the_old_key_signs_for_a_day_after_the_new_one() {
    for house in houses().await {
        let peer = HttpPeer::start(|_| status(204)).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let key = house.renew(channel).await;
        house.bench.pass(DAY - 1);
        house.sent(channel).await;
        house.bench.pass(1);
        house.sent(channel).await;
        let calls = peer.calls();
        let signed = |call: &Call, keys: &[&str]| {
            let at = call.header("webhook-timestamp").parse().expect("seconds");
            sign(keys, call.header("webhook-id"), at, &call.body)
        };
        assert_eq!(calls[0].header("webhook-signature"), signed(&calls[0], &[&key, KEY]));
        assert_eq!(calls[1].header("webhook-signature"), signed(&calls[1], &[&key]));
        assert_eq!(calls[1].header("webhook-timestamp"), ((START.0 + DAY) / SECOND).to_string());
    }
}

#[tokio::test]
async fn secrets_reach_the_receiver_and_are_never_in_what_is_kept() {
    let echoes: [fn(&Call) -> String; 4] = [
        |call| format!("no {} for {} at http://127.0.0.1{}", call.header("x-token"), call.header("host"), call.path),
        |_| "the token s3cr3t-value is not valid".to_owned(),
        |call| format!("nothing at {}", call.path),
        // Where the answer is cut, a part of a secret is not kept either.
        |call| format!("{} {}", "x".repeat(1010), call.header("x-token")),
    ];
    for house in houses().await {
        let peer = HttpPeer::start(|_| status(204)).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        for echo in echoes {
            peer.says(move |call| status(200).body(&echo(call)));
            let told = house.sent(channel).await;
            assert_eq!(told.state, "delivered");
            let kept = told.answered.answer;
            assert!(!["s3cr", "T1-a", "whsec_"].iter().any(|secret| kept.contains(secret)), "kept: {kept}");
            assert!(kept.contains('…'), "{kept}");
        }
        let call = &peer.calls()[0];
        assert_eq!((call.path.as_str(), call.header("x-token")), ("/hooks/T1-alpha", "Bearer s3cr3t-value"));
        assert_eq!(call.header("content-type"), "application/json");
        let seen = format!("{:?}", house.seen(channel).await);
        assert!(!seen.contains("s3cr3t-value") && !seen.contains("T1-alpha") && !seen.contains(KEY), "{seen}");
    }
}

#[tokio::test]
async fn what_arrives_is_kept_with_its_status_its_duration_and_its_answer() {
    for house in houses().await {
        let peer = HttpPeer::start(|_| status(202).body("{\"kept\":\n  true}").late()).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let id = house.tell(channel, 1).await[0];
        let (services, outbound) = (house.bench.services.clone(), house.outbound.clone());
        let task = tokio::spawn(async move { drain_once(&services, &outbound, channel).await });
        peer.came(1).await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_millis(700)).await;
        tokio::time::resume();
        peer.wake();
        task.await.expect("drained").expect("drained");
        let told = house.told(channel, id).await;
        assert_eq!((told.state.as_str(), told.attempts, told.at), ("delivered", 1, START));
        assert_eq!((told.answered.status, told.answered.answer.as_str()), (Some(202), "{\"kept\": true}"));
        assert!((700..15_000).contains(&told.answered.duration_ms), "{told:?}");
        assert_eq!(told.answered.error, None);
    }
}

#[tokio::test]
async fn a_refusal_is_tried_again_with_the_same_id_for_three_days_and_then_given_up() {
    let schedule = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
    for house in houses().await {
        let peer = HttpPeer::start(|_| status(500).body("out of order")).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let id = house.tell(channel, 1).await[0];
        for wanted in schedule {
            house.drain(channel).await;
            let told = house.told(channel, id).await;
            assert!(about(house.wait(&told), wanted), "{wanted}: {told:?}");
            assert_eq!((told.answered.status, told.answered.error.as_deref()), (Some(500), Some("answered 500")));
            let calls = peer.calls().len();
            house.bench.set(Timestamp(told.at.0 - 1));
            house.drain(channel).await;
            assert_eq!(peer.calls().len(), calls, "it is tried too early");
            house.bench.pass(1);
        }
        house.drain(channel).await;
        let told = house.told(channel, id).await;
        assert_eq!((told.state.as_str(), told.attempts), ("dead", 10));
        let ids: BTreeSet<String> = peer.calls().iter().map(|call| call.header("webhook-id").to_owned()).collect();
        assert_eq!(ids, BTreeSet::from([id.to_string()]));
        assert!(house.seen(channel).await.channel.active, "three days are not five");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for house in houses().await {
        let peer = HttpPeer::start(|_| status(307).header("location", "/elsewhere")).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let told = house.sent(channel).await;
        assert!(about(house.wait(&told), 5), "{told:?}");
        assert_eq!(told.answered.error.as_deref(), Some("answered 307: redirects are not followed"));
        assert_eq!(peer.calls().iter().map(|call| call.path.as_str()).collect::<Vec<_>>(), ["/hooks/T1-alpha"]);
    }
}

#[tokio::test]
async fn an_answer_that_asks_for_time_is_given_it() {
    for house in houses().await {
        let peer = HttpPeer::start(|_| status(429).header("retry-after", "3600")).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let told = house.sent(channel).await;
        assert!(about(house.wait(&told), 3600), "{told:?}");
        peer.says(|_| status(204));
        house.bench.set(told.at);
        house.drain(channel).await;
        assert_eq!(house.told(channel, told.id).await.state, "delivered");
    }
}

/// The channel is off, every administrator is told, and what waited is not sent any more.
pub async fn is_off(house: &House, channel: ChannelId, cause: &str, waited: &[MessageId]) {
    let seen = house.seen(channel).await.channel;
    assert_eq!((seen.active, seen.off_cause.as_str()), (false, cause));
    let rows = house.bench.rows().await;
    let told: BTreeSet<&str> =
        rows.iter().filter(|row| row.kind == "channel_off").map(|row| row.recipient.as_str()).collect();
    assert_eq!(told, BTreeSet::from(["Ada Admin", "Ben Admin"]));
    for id in waited {
        let told = house.told(channel, *id).await;
        assert_eq!((told.state.as_str(), told.attempts), ("suppressed", 0), "{told:?}");
    }
}

pub async fn second_admin(house: &House) {
    let ben = Person { admin: true, ..Person::new("ben@x.test", "Ben Admin") };
    house.bench.people(&[ben, Person::new("rita@x.test", "Rita")]).await;
}

#[tokio::test]
async fn a_receiver_that_is_gone_for_good_is_switched_off_at_once() {
    for house in houses().await {
        second_admin(&house).await;
        let peer = HttpPeer::start(|_| status(410)).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let ids = house.tell(channel, 3).await;
        house.drain(channel).await;
        assert_eq!(peer.calls().len(), 1);
        let told = house.told(channel, ids[0]).await;
        assert_eq!((told.state.as_str(), told.answered.status), ("dead", Some(410)));
        is_off(&house, channel, "it answered 410: the address is gone for good", &ids[1..]).await;
    }
}

#[tokio::test]
async fn a_receiver_that_takes_nothing_for_five_days_is_switched_off() {
    for house in houses().await {
        second_admin(&house).await;
        let peer = HttpPeer::start(|_| status(204)).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        peer.says(|_| status(503));
        house.sent(channel).await;
        // One that arrives ends the count.
        house.bench.pass(4 * DAY);
        peer.says(|_| status(204));
        house.drain(channel).await;
        peer.says(|_| status(503));
        house.sent(channel).await;
        house.bench.pass(5 * DAY - 1);
        house.drain(channel).await;
        assert!(house.seen(channel).await.channel.active, "not yet");
        house.bench.pass(1);
        let ids = house.tell(channel, 3).await;
        house.drain(channel).await;
        is_off(&house, channel, "no message arrived for five days", &ids[1..]).await;
    }
}

/// Refuses what it is told of one event with this status.
fn dislikes(refuses: u16) -> impl Fn(&Call) -> Says + Send {
    move |call| status(if call.json()["type"] == "grant_begun" { refuses } else { 204 })
}

#[tokio::test]
async fn a_message_that_the_receiver_does_not_take_stops_no_other() {
    const EVENTS: &[&str] = &["grant_begun", "approved", "voted", "denied"];
    for house in houses().await {
        // What is wrong with the message is said of the message; a receiver that breaks at it is left alone for five seconds.
        for (refuses, pause) in [(400, 0), (422, 0), (500, 5)] {
            let peer = HttpPeer::start(dislikes(refuses)).await;
            let channel = house.channel(&draft(&format!("Chat {refuses}"), peer.port)).await;
            let ids = house.tell_of(channel, EVENTS).await;
            house.drain(channel).await;
            house.bench.pass(pause * SECOND);
            house.drain(channel).await;
            for id in &ids[1..] {
                assert_eq!(house.told(channel, *id).await.state, "delivered", "{refuses}");
            }
            // At its later attempts, too, what came meanwhile goes first and nothing waits longer than that.
            for _ in 0..3 {
                house.bench.set(house.told(channel, ids[0]).await.at);
                let later = house.tell_of(channel, &["approved"]).await[0];
                house.drain(channel).await;
                assert_eq!(house.told(channel, later).await.state, "delivered", "{refuses}");
            }
            let poison = house.told(channel, ids[0]).await;
            assert_eq!((poison.state.as_str(), poison.attempts), ("waiting", 4), "{refuses}: {poison:?}");
            house.bench.pass(DAY);
        }
    }
}

#[tokio::test]
async fn after_an_outage_whatever_waits_goes_with_the_first_that_arrives() {
    for house in houses().await {
        let peer = HttpPeer::start(|_| status(503)).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let ids = house.tell(channel, 5).await;
        for _ in 0..6 {
            house.drain(channel).await;
            house.bench.pass(60 * MINUTE);
        }
        peer.says(|_| status(204));
        // The test button is enough.
        house.test(channel).await;
        house.drain(channel).await;
        house.drain(channel).await;
        for id in ids {
            assert_eq!(house.told(channel, id).await.state, "delivered");
        }
    }
}

#[tokio::test]
async fn what_failed_before_does_not_count_when_nothing_of_it_is_left() {
    for house in houses().await {
        let peer = HttpPeer::start(|_| status(500)).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let id = house.tell(channel, 1).await[0];
        while house.told(channel, id).await.state == "waiting" {
            house.drain(channel).await;
            house.bench.set(house.told(channel, id).await.at);
        }
        // Three days later it is dead; a week after it is the next to be said, and fails once. A test that fails says nothing.
        house.bench.pass(7 * DAY);
        house.test(channel).await;
        house.drain(channel).await;
        house.bench.pass(5 * DAY);
        house.sent(channel).await;
        assert!(house.seen(channel).await.channel.active, "it failed once");
    }
}

#[tokio::test]
async fn a_kept_secret_goes_to_no_other_server() {
    for house in houses().await {
        let peer = HttpPeer::start(|_| status(204)).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let thief = HttpPeer::start(|_| status(204)).await;
        let moved = |secrets: &str| ChannelDraft { secrets: secrets.to_owned(), ..draft("Chat", thief.port) };
        for secrets in ["", "team=T1-alpha"] {
            let refused = house.saved(Some(channel), &moved(secrets)).await;
            let Err(Error::Invalid(errors)) = refused else { panic!("{refused:?}") };
            assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["secrets"]);
        }
        // On the same server the path may change; elsewhere all of them are typed again.
        let url = format!("http://127.0.0.1:{}/other/{{{{team}}}}", peer.port);
        let here = ChannelDraft { url, secrets: String::new(), ..draft("Chat", peer.port) };
        house.saved(Some(channel), &here).await.expect("saved");
        let typed = ChannelDraft { revision: 2, ..moved("team=T2\ntoken=other") };
        house.saved(Some(channel), &typed).await.expect("saved");
        house.sent(channel).await;
        assert_eq!(thief.calls()[0].header("x-token"), "Bearer other");
    }
}

#[tokio::test]
async fn a_key_that_is_renewed_twice_still_signs_for_its_day() {
    for house in houses().await {
        let peer = HttpPeer::start(|_| status(204)).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let second = house.renew(channel).await;
        let third = house.renew(channel).await;
        house.sent(channel).await;
        let call = &peer.calls()[0];
        let at = call.header("webhook-timestamp").parse().expect("seconds");
        let signed = sign(&[&third, &second, KEY], call.header("webhook-id"), at, &call.body);
        assert_eq!(call.header("webhook-signature"), signed);
    }
}

#[tokio::test]
async fn an_address_inside_is_refused_when_it_is_saved_and_when_it_is_called() {
    for mut house in houses().await {
        let peer = HttpPeer::start(|_| status(204)).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let by_name = ChannelDraft { url: format!("http://localhost:{}/", peer.port), ..draft("Named", peer.port) };
        let named = house.channel(&by_name).await;
        house.outbound = outbound(&[]);
        for channel in [channel, named] {
            let told = house.sent(channel).await;
            assert!(about(house.wait(&told), 5), "{told:?}");
            assert!(told.answered.error.as_deref().is_some_and(|error| error.contains("not public")), "{told:?}");
        }
        assert!(peer.calls().is_empty(), "nothing arrives");
        house.bench.services = house.bench.services.allowing(Vec::new());
        let refused = house.saved(None, &draft("Other", peer.port)).await;
        let Err(Error::Invalid(errors)) = refused else { panic!("{refused:?}") };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["url"]);
    }
}

#[tokio::test]
async fn channels_that_hang_delay_no_other() {
    for house in houses().await {
        let slow = HttpPeer::start(|_| status(204).late()).await;
        let quick = HttpPeer::start(|_| status(204)).await;
        let mut hang = Vec::new();
        for n in 0..20 {
            let channel = house.channel(&draft(&format!("Slow {n}"), slow.port)).await;
            house.tell(channel, 3).await;
            hang.push(channel);
        }
        let other = house.channel(&draft("Quick", quick.port)).await;
        let (stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(run(house.bench.services.clone(), house.outbound.clone(), stopped));
        slow.came(hang.len()).await;
        for count in 1..=3 {
            house.test(other).await;
            let told = tokio::time::timeout(Duration::from_secs(4), quick.came(count)).await;
            assert!(told.is_ok(), "the other channel waits behind those that hang");
        }
        assert_eq!(slow.calls().len(), hang.len(), "one after the other, in their order");
        // What is under way when the server stops is finished.
        stop.send(true).expect("the worker listens");
        slow.says(|_| status(204));
        slow.wake();
        tokio::time::timeout(Duration::from_secs(10), worker).await.expect("it stops").expect("it stops well");
        for channel in hang {
            let history = house.seen(channel).await.history;
            assert!(history.iter().any(|told| told.state == "delivered"), "{history:?}");
        }
    }
}

#[tokio::test]
async fn what_is_sent_again_has_the_same_id() {
    for house in houses().await {
        let peer = HttpPeer::start(|_| status(204)).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let told = house.sent(channel).await;
        house.bench.pass(MINUTE);
        services::deliveries::send_again(&house.bench.services, &house.admin, told.id, &Origin::default())
            .await
            .expect("again");
        house.drain(channel).await;
        let calls = peer.calls();
        let ids: Vec<_> = calls.iter().map(|call| call.header("webhook-id")).collect();
        assert_eq!(ids, [told.id.to_string(), told.id.to_string()]);
        assert_eq!(calls[0].body, calls[1].body);
        assert_ne!(calls[0].header("webhook-timestamp"), calls[1].header("webhook-timestamp"));
    }
}

#[tokio::test]
async fn all_events_of_one_request_have_one_correlation_id() {
    for house in houses().await {
        let peer = HttpPeer::start(|_| status(204)).await;
        let channel = house.channel(&draft("Chat", peer.port)).await;
        let services = &house.bench.services;
        let rita = Person::new("rita@x.test", "Rita Örsted");
        house.bench.people(std::slice::from_ref(&rita)).await;
        let rita = Actor { id: rita.id, name: rita.name, email: rita.email, admin: false };
        let submit = Submit { flow: flow(&house.bench).await, reason: "Month end".to_owned(), duration: String::new() };
        let number =
            services::requests::submit(services, &rita, &submit, &Origin::default()).await.expect("submitted").number;
        house.drain(channel).await;
        let grant = Grant {
            number,
            version: None,
            over: false,
            comment: "ok".to_owned(),
            duration: String::new(),
            announced: None,
        };
        services::requests::grant(services, &house.admin, &grant, &Origin::default()).await.expect("granted");
        house.drain(channel).await;
        let events: Vec<_> = peer.calls().iter().map(Call::json).collect();
        let kinds: BTreeSet<_> = events.iter().filter_map(|event| event["type"].as_str()).collect();
        assert!(kinds.is_superset(&BTreeSet::from(["request_submitted", "approved", "grant_begun"])), "{kinds:?}");
        assert!(events.iter().all(|event| event["correlation_id"] == format!("request-{number}")), "{events:?}");
        assert_eq!(events.iter().filter(|event| event["type"] == "request_submitted").count(), 1);
        let ids: BTreeSet<_> = peer.calls().iter().map(|call| call.header("webhook-id").to_owned()).collect();
        assert_eq!(ids.len(), events.len(), "each event has an id of its own");
    }
}
