//! Channels hear of what they want, in the transaction of the change.

use crate::support::{Bench, House, actor, approval, house, sound};
use domain::catalog::Access;
use domain::ids::ChannelId;
use services::channels::{Call, ChannelDraft, answered, claim, due, one, remove, renew_key, save, test};
use services::connectors::fresh_key;
use services::requests::{Deny, Submit, deny, submit, vote};
use services::{Error, Origin};
use std::time::Duration;

fn draft(name: &str, events: &[&str]) -> ChannelDraft {
    ChannelDraft {
        name: name.to_owned(),
        url: "https://hooks.x.test/{{token}}".to_owned(),
        headers: "X-Key: {{key}}".to_owned(),
        secrets: "token=T1\nkey=K1".to_owned(),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        key: fresh_key(),
        active: true,
        revision: 1,
    }
}

async fn channel(bench: &Bench, draft: &ChannelDraft) -> ChannelId {
    let ada = actor(bench, "ada@x.test").await;
    save(&bench.services, &ada, None, draft, &Origin::default()).await.expect("saved")
}

async fn ask(house: &House) -> domain::ids::RequestNumber {
    let rita = actor(house, "rita@x.test").await;
    let given = Submit { flow: house.flow, reason: "Needed".to_owned(), duration: String::new() };
    submit(&house.services, &rita, &given, &Origin::default()).await.expect("asked").number
}

fn answer(status: u16) -> Call {
    Call { status: Some(status), took: Duration::from_millis(7), answer: "said".to_owned(), ..Call::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_hears_of_the_events_that_it_wants_under_one_correlation_id() {
    for house in house(Access::Permanent).await {
        let chat = channel(&house, &draft("Chat", &["request_submitted", "denied"])).await;
        let other = channel(&house, &draft("Other", &["expired"])).await;
        assert_eq!(due(&house.services).await.expect("due"), []);
        let number = ask(&house).await;
        let ada = actor(&house, "ada@x.test").await;
        let no = Deny {
            number,
            version: None,
            reason: "Not now".to_owned(),
            next_steps: String::new(),
            notes: "between us".to_owned(),
            announced: None,
        };
        deny(&house.services, &ada, &no, &Origin::default()).await.expect("denied");
        // An admin who denies on a manager's step overrides.
        assert_eq!(due(&house.services).await.expect("due"), [chat]);
        assert_eq!(claim(&house.services, other, 9).await.expect("claimed").expect("there").messages, []);
        let taken = claim(&house.services, chat, 9).await.expect("claimed").expect("there");
        assert_eq!((taken.url.reveal(), taken.headers[0].1.reveal()), ("https://hooks.x.test/T1", "K1"));
        let payloads: Vec<_> = taken.messages.iter().map(|message| &message.payload).collect();
        let kinds: Vec<_> = payloads.iter().map(|payload| payload["type"].as_str().expect("a type")).collect();
        assert_eq!(kinds, ["request_submitted"]);
        for payload in &payloads {
            assert_eq!(payload["version"], 1);
            assert_eq!(payload["correlation_id"], format!("request-{number}"));
            assert_eq!(payload["data"]["request"]["requester"]["email"], "rita@x.test");
            assert!(!payload.to_string().contains("between us"), "internal notes go nowhere");
        }
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_told_as_it_stands_after_it() {
    for house in house(Access::Permanent).await {
        let chat = channel(&house, &draft("Chat", &["approved", "overridden"])).await;
        let number = ask(&house).await;
        let max = actor(&house, "max@x.test").await;
        vote(&house.services, &max, &approval(number), &Origin::default()).await.expect("voted");
        let taken = claim(&house.services, chat, 9).await.expect("claimed").expect("there");
        let payload = &taken.messages[0].payload;
        assert_eq!(payload["type"], "approved");
        assert_eq!(payload["data"]["request"]["status"], "approved");
        assert_eq!(payload["data"]["request"]["ended"]["by"], "Max Müller");
        assert_eq!(payload["data"]["actor"]["name"], "Max Müller");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_gone_is_switched_off_and_admins_hear_of_it() {
    for house in house(Access::Permanent).await {
        let chat = channel(&house, &draft("Chat", &["request_submitted"])).await;
        let ada = actor(&house, "ada@x.test").await;
        test(&house.services, &ada, chat, &Origin::default()).await.expect("tested");
        ask(&house).await;
        let taken = claim(&house.services, chat, 9).await.expect("claimed").expect("there");
        let kinds: Vec<_> = taken.messages.iter().map(|message| message.kind.as_str()).collect();
        assert_eq!(kinds, ["channel_test", "request_submitted"]);
        assert!(answered(&house.services, chat, &taken.messages[0], &answer(200)).await.expect("marked"));
        assert!(!answered(&house.services, chat, &taken.messages[1], &answer(410)).await.expect("marked"));
        let seen = one(&house.services, &ada, chat).await.expect("one");
        assert!(!seen.channel.active && seen.channel.off_cause.contains("410"));
        let test = seen.history.iter().find(|told| told.kind == "channel_test").expect("the test");
        let shown =
            (test.state.as_str(), test.answered.status, test.answered.duration_ms, test.answered.answer.as_str());
        assert_eq!(shown, ("delivered", Some(200), 7, "said"));
        let mail = services::outbox::claim(&house.services, 20).await.expect("mail");
        assert_eq!(mail.iter().filter(|message| message.kind == "channel_off").count(), 2);
        // Off: it hears nothing, until an admin switches it on again.
        ask_again(&house).await;
        assert_eq!(due(&house.services).await.expect("due"), []);
        let on =
            ChannelDraft { revision: seen.channel.revision, secrets: String::new(), ..draft("Chat", &["withdrawn"]) };
        save(&house.services, &ada, Some(chat), &on, &Origin::default()).await.expect("saved");
        let seen = one(&house.services, &ada, chat).await.expect("one").channel;
        assert!(seen.active && seen.off_cause.is_empty());
        assert_eq!(seen.secrets, ["key", "token"], "kept, though they were not typed again");
        sound(&house).await;
    }
}

async fn ask_again(house: &House) {
    let rita = actor(house, "rita@x.test").await;
    let open = domain::ids::RequestNumber(1);
    services::requests::withdraw(&house.services, &rita, open, &Origin::default()).await.expect("withdrawn");
    ask(house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_five_days_without_one_message_a_channel_is_switched_off() {
    for house in house(Access::Permanent).await {
        let chat = channel(&house, &draft("Chat", &["request_submitted"])).await;
        let ada = actor(&house, "ada@x.test").await;
        ask(&house).await;
        let mut attempts = 0;
        while one(&house.services, &ada, chat).await.expect("one").channel.active {
            attempts += 1;
            assert!(attempts < 20);
            let taken = claim(&house.services, chat, 9).await.expect("claimed").expect("there");
            let goes_on = answered(&house.services, chat, &taken.messages[0], &answer(500)).await.expect("marked");
            assert!(!goes_on, "it is left alone after each failure");
            house.hand.fetch_add(86_400 * 1_000_000, std::sync::atomic::Ordering::SeqCst);
        }
        assert_eq!(attempts, 6, "on the sixth day");
        let seen = one(&house.services, &ada, chat).await.expect("one").channel;
        assert!(seen.off_cause.contains("five days"), "{}", seen.off_cause);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_renewed_without_losing_a_message_and_editors_do_not_overwrite_each_other() {
    for house in house(Access::Permanent).await {
        let chat = channel(&house, &draft("Chat", &["request_submitted"])).await;
        let (ada, rita) = (actor(&house, "ada@x.test").await, actor(&house, "rita@x.test").await);
        assert!(matches!(
            save(&house.services, &rita, None, &draft("Mine", &["denied"]), &Origin::default()).await,
            Err(Error::Forbidden)
        ));
        let fresh = renew_key(&house.services, &ada, chat, &Origin::default()).await.expect("renewed");
        let taken = claim(&house.services, chat, 9).await.expect("claimed").expect("there");
        assert_eq!(taken.keys.len(), 2);
        assert_eq!(taken.keys[0].reveal(), fresh);
        house.hand.fetch_add(86_400 * 1_000_000, std::sync::atomic::Ordering::SeqCst);
        let taken = claim(&house.services, chat, 9).await.expect("claimed").expect("there");
        assert_eq!(taken.keys.len(), 1, "a day later the key before does not sign any more");
        // The editor began before the key was renewed.
        let stale = save(&house.services, &ada, Some(chat), &draft("Renamed", &["denied"]), &Origin::default()).await;
        assert!(matches!(stale, Err(Error::Invalid(fields)) if fields[0].field == "name"));
        let twin = save(&house.services, &ada, None, &draft(" chat ", &["denied"]), &Origin::default()).await;
        assert!(matches!(twin, Err(Error::Invalid(fields)) if fields[0].field == "name"));
        assert_eq!(remove(&house.services, &ada, chat, &Origin::default()).await.expect("removed"), "Chat");
        assert!(matches!(one(&house.services, &ada, chat).await, Err(Error::NotFound)));
        channel(&house, &draft("Chat", &["denied"])).await;
        sound(&house).await;
    }
}

#[test]
fn the_events_of_channels_are_events_of_the_record() {
    for event in domain::channel::EVENTS {
        assert!(services::audit::KINDS.contains(event), "{event}");
    }
}
