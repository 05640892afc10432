//! Messages.

use crate::support::{START, channel, engines, mail, news, submit, world};
use domain::ids::MessageId;
use domain::time::Timestamp;
use std::sync::atomic::Ordering;
use store::channels;
use store::directory::people::{self, Person};
use store::outbox::{self, Message};

#[tokio::test]
async fn a_message_is_claimed_once_until_its_lease_ends() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        assert!(!outbox::any_due(&mut s).await.expect("due"));
        let message = |not_before| Message {
            id: MessageId(store::new_id()),
            kind: "request_approved".to_owned(),
            request: None,
            recipient: w.requester.id,
            payload: serde_json::json!({"request": 1}),
            not_before,
        };
        outbox::insert_many(&mut s, &[message(None), message(Some(Timestamp(START.0 + 1_000)))]).await.expect("insert");
        s.commit().await.expect("commit");
        let mut s = bench.store.write().await.expect("write");
        let claimed = outbox::claim(&mut s, 10, 500).await.expect("claim");
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].email, "rita@x.test");
        assert!(claimed[0].active && !claimed[0].admin);
        assert!(outbox::claim(&mut s, 10, 500).await.expect("claim").is_empty(), "leased");
        s.commit().await.expect("commit");
        bench.hand.store(START.0 + 600, Ordering::SeqCst);
        let mut s = bench.store.write().await.expect("write");
        let again = outbox::claim(&mut s, 10, 500).await.expect("claim");
        assert_eq!(again[0].id, claimed[0].id, "the lease is over");
        outbox::retry_at(&mut s, again[0].id, Timestamp(START.0 + 5_000), "451", false).await.expect("retry");
        assert!(outbox::claim(&mut s, 10, 500).await.expect("claim").is_empty());
        s.commit().await.expect("commit");
        bench.hand.store(START.0 + 5_000, Ordering::SeqCst);
        let mut s = bench.store.write().await.expect("write");
        let both = outbox::claim(&mut s, 10, 500).await.expect("claim");
        assert_eq!(both.len(), 2);
        let first = both.iter().find(|message| message.id == claimed[0].id).expect("there");
        assert_eq!(first.attempts, 1);
        let ids: Vec<MessageId> = both.iter().map(|message| message.id).collect();
        outbox::release(&mut s, &ids, Timestamp(START.0 + 5_400)).await.expect("release");
        assert!(outbox::claim(&mut s, 10, 500).await.expect("claim").is_empty(), "held by another");
        outbox::release(&mut s, &ids, both[0].leased_until).await.expect("release");
        assert_eq!(outbox::claim(&mut s, 10, 500).await.expect("claim").len(), 2, "given back untried");
        let ended = outbox::finish(&mut s, &ids, "delivered", None).await.expect("finish");
        assert_eq!(ended, ids.iter().copied().collect());
        let again = outbox::finish(&mut s, &ids, "dead", Some("550")).await.expect("finish");
        assert!(again.is_empty(), "an end is an end");
        assert!(!outbox::retry_at(&mut s, ids[0], START, "451", false).await.expect("retry"));
        assert!(!outbox::any_due(&mut s).await.expect("due"));
    }
}

#[tokio::test]
async fn a_message_is_claimed_with_what_its_recipient_is_now() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let messages = [mail("request_error", None, w.admin.id), mail("your_turn", None, w.manager.id)];
        outbox::insert_many(&mut s, &messages).await.expect("insert");
        let manager = Person { active: false, timezone: Some("Europe/Berlin".to_owned()), ..w.manager.clone() };
        people::update(&mut s, &manager).await.expect("deactivate");
        let claimed = outbox::claim(&mut s, 10, 500).await.expect("claim");
        let seen: Vec<_> =
            claimed.iter().map(|one| (one.recipient, one.active, one.admin, one.timezone.as_deref())).collect();
        let expected = [(w.admin.id, true, true, None), (w.manager.id, false, false, Some("Europe/Berlin"))];
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn a_message_to_a_channel_is_no_mail() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        let hook = channel(&mut s, "Hook", &["approved"]).await;
        channels::tell(&mut s, &[news(&hook, "reminder", Some(number))]).await.expect("tell");
        assert!(!outbox::any_due(&mut s).await.expect("due"));
        assert!(outbox::claim(&mut s, 10, 500).await.expect("claim").is_empty());
        assert_eq!(outbox::told(&mut s, number, &["reminder"]).await.expect("told"), [], "nobody");
        let letter = mail("reminder", Some(number), w.manager.id);
        outbox::insert_many(&mut s, std::slice::from_ref(&letter)).await.expect("insert");
        assert!(outbox::any_due(&mut s).await.expect("due"));
        let claimed = outbox::claim(&mut s, 10, 500).await.expect("claim");
        assert_eq!(claimed.iter().map(|one| one.id).collect::<Vec<_>>(), [letter.id]);
        assert_eq!(outbox::told(&mut s, number, &["reminder"]).await.expect("told"), [w.manager.id]);
        assert!(!outbox::any_due(&mut s).await.expect("due"), "leased");
    }
}

#[tokio::test]
async fn messages_are_claimed_in_the_order_of_need() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let kinds = ["reminder", "request_approved", "invitation", "digest", "password_reset", "request_denied"];
        let messages: Vec<_> = kinds.iter().map(|kind| mail(kind, None, w.requester.id)).collect();
        outbox::insert_many(&mut s, &messages).await.expect("insert");
        let mut claimed = outbox::claim(&mut s, 3, 500).await.expect("claim");
        claimed.extend(outbox::claim(&mut s, 3, 500).await.expect("claim"));
        let order: Vec<_> = claimed.iter().map(|message| message.kind.as_str()).collect();
        let expected = ["invitation", "password_reset", "request_approved", "request_denied", "reminder", "digest"];
        assert_eq!(order, expected);
    }
}

#[tokio::test]
async fn what_found_no_server_is_due_when_it_is_back() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let [away, refused] = ["request_approved", "reminder"].map(|kind| mail(kind, None, w.requester.id));
        outbox::insert_many(&mut s, &[away.clone(), refused.clone()]).await.expect("insert");
        outbox::retry_at(&mut s, away.id, Timestamp(START.0 + 900), "refused", true).await.expect("retry");
        outbox::retry_at(&mut s, refused.id, Timestamp(START.0 + 900), "451", false).await.expect("retry");
        assert_eq!(outbox::hasten(&mut s).await.expect("hasten"), 1);
        let claimed = outbox::claim(&mut s, 9, 500).await.expect("claim");
        assert_eq!(claimed.iter().map(|message| (message.id, message.attempts)).collect::<Vec<_>>(), [(away.id, 1)]);
        assert_eq!(outbox::hasten(&mut s).await.expect("hasten"), 0, "once");
    }
}

#[tokio::test]
async fn whom_a_kind_has_reached_since_a_moment_is_known() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let [said, lost] = ["digest", "reminder"].map(|kind| mail(kind, None, w.manager.id));
        outbox::insert_many(&mut s, &[said.clone(), lost.clone()]).await.expect("insert");
        assert!(!outbox::reached(&mut s, w.manager.id, "digest", START).await.expect("read"), "not yet");
        outbox::finish(&mut s, &[said.id], "delivered", None).await.expect("finish");
        outbox::finish(&mut s, &[lost.id], "dead", Some("550")).await.expect("finish");
        assert!(outbox::reached(&mut s, w.manager.id, "digest", START).await.expect("read"));
        assert!(!outbox::reached(&mut s, w.manager.id, "reminder", START).await.expect("read"), "it never arrived");
        assert!(!outbox::reached(&mut s, w.admin.id, "digest", START).await.expect("read"), "another person");
        let later = Timestamp(START.0 + 1);
        assert!(!outbox::reached(&mut s, w.manager.id, "digest", later).await.expect("read"), "before");
    }
}

/// A message that goes elsewhere than where its recipient is.
#[tokio::test]
async fn a_message_to_another_address_goes_there() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let message = Message {
            id: MessageId(store::new_id()),
            kind: "address_changed".to_owned(),
            request: None,
            recipient: w.requester.id,
            payload: serde_json::json!({}),
            not_before: None,
        };
        outbox::insert_to(&mut s, &message, "old@x.test").await.expect("insert");
        let claimed = outbox::claim(&mut s, 10, 500).await.expect("claim");
        assert_eq!((claimed[0].recipient, claimed[0].email.as_str()), (w.requester.id, "old@x.test"));
        let ledger = store::deliveries::search(&mut s, &store::deliveries::Wanted::default(), 5).await.expect("ledger");
        assert_eq!(ledger[0].recipient, format!("{} (old@x.test)", w.requester.name));
    }
}

#[tokio::test]
async fn messages_of_a_kind_are_counted_since_a_moment() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let message = |kind: &str| Message {
            id: MessageId(store::new_id()),
            kind: kind.to_owned(),
            request: None,
            recipient: w.requester.id,
            payload: serde_json::json!({}),
            not_before: None,
        };
        let all = [message("password_reset"), message("password_reset"), message("invitation")];
        outbox::insert_many(&mut s, &all).await.expect("insert");
        let written = async |s: &mut store::Session, who, since| {
            outbox::written(s, who, "password_reset", Timestamp(since)).await.expect("count")
        };
        assert_eq!(written(&mut s, w.requester.id, START.0 - 1).await, 2);
        assert_eq!(written(&mut s, w.requester.id, START.0).await, 0, "only later ones");
        assert_eq!(written(&mut s, w.admin.id, 0).await, 0);
    }
}

#[tokio::test]
async fn whoever_is_alone_ends_all_leases() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let hook = channel(&mut s, "Hook", &["approved"]).await;
        channels::tell(&mut s, &[news(&hook, "approved", None)]).await.expect("tell");
        outbox::insert_many(&mut s, &[mail("request_error", None, w.admin.id)]).await.expect("insert");
        assert_eq!(outbox::end_leases(&mut s).await.expect("nothing is leased"), 0);
        let letters = outbox::claim(&mut s, 9, 500).await.expect("claim");
        let told = channels::claim(&mut s, hook.id, 9, 500).await.expect("claim");
        assert_eq!((letters.len(), told.len()), (1, 1));
        assert!(!outbox::any_due(&mut s).await.expect("due"));
        assert_eq!(outbox::end_leases(&mut s).await.expect("ended"), 2);
        let again = outbox::claim(&mut s, 9, 500).await.expect("claim");
        assert_eq!(again.iter().map(|one| (one.id, one.attempts)).collect::<Vec<_>>(), [(letters[0].id, 0)]);
        let again = channels::claim(&mut s, hook.id, 9, 500).await.expect("claim");
        assert_eq!(again.iter().map(|one| (one.id, one.attempts)).collect::<Vec<_>>(), [(told[0].id, 0)]);
        // What has ended stays as it is.
        outbox::finish(&mut s, &[letters[0].id], "delivered", None).await.expect("finish");
        assert_eq!(outbox::end_leases(&mut s).await.expect("ended"), 1);
    }
}
