//! Messages about a request: what became of them, and who was told.

use crate::support::{START, engines, submit, submit_of, world};
use domain::ids::{MessageId, PersonId, RequestNumber};
use domain::time::Timestamp;
use domain::view::Delivery;
use store::outbox::{self, Message};

fn message(kind: &str, request: Option<RequestNumber>, recipient: PersonId) -> Message {
    Message {
        id: MessageId(store::new_id()),
        kind: kind.to_owned(),
        request,
        recipient,
        payload: serde_json::json!({}),
        not_before: None,
    }
}

fn delivery(kind: &str, recipient: &str, state: &str, attempts: i32, error: Option<&str>, after: i64) -> Delivery {
    Delivery {
        kind: kind.to_owned(),
        recipient: recipient.to_owned(),
        state: state.to_owned(),
        attempts,
        error: error.map(str::to_owned),
        at: Timestamp(START.0 + after),
    }
}

#[tokio::test]
async fn what_became_of_the_messages_about_a_request_is_listed() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        let other = submit_of(&mut s, &w, w.admin.id).await;
        assert_eq!(outbox::of_request(&mut s, number).await.expect("messages"), []);
        let first = message("request_submitted", Some(number), w.requester.id);
        let second = message("your_turn", Some(number), w.manager.id);
        let elsewhere = [message("your_turn", Some(other), w.manager.id), message("invitation", None, w.manager.id)];
        outbox::insert_many(&mut s, &[first.clone(), second.clone()]).await.expect("insert");
        outbox::insert_many(&mut s, &elsewhere).await.expect("insert");
        let waiting = outbox::of_request(&mut s, number).await.expect("messages");
        let expected = [
            delivery("request_submitted", "Rita Örsted", "waiting", 0, None, 0),
            delivery("your_turn", "Max Müller", "waiting", 0, None, 0),
        ];
        assert_eq!(waiting, expected, "oldest first, of this request only");
        let mut s = bench.next(s, 20).await;
        outbox::finish(&mut s, &[first.id], "delivered", None).await.expect("finish");
        assert!(outbox::retry_at(&mut s, second.id, Timestamp(START.0 + 90), "451").await.expect("retry"));
        outbox::insert_many(&mut s, &[message("request_approved", Some(number), w.requester.id)]).await.expect("later");
        let now = outbox::of_request(&mut s, number).await.expect("messages");
        let expected = [
            delivery("request_submitted", "Rita Örsted", "delivered", 1, None, 20),
            delivery("your_turn", "Max Müller", "waiting", 1, Some("451"), 90),
            delivery("request_approved", "Rita Örsted", "waiting", 0, None, 20),
        ];
        assert_eq!(now, expected);
        assert_eq!(outbox::of_request(&mut s, RequestNumber(99)).await.expect("messages"), []);
    }
}

#[tokio::test]
async fn whoever_was_told_of_a_request_is_known_by_the_kind() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let (number, other) = (submit(&mut s, &w, "Month-end").await, submit_of(&mut s, &w, w.admin.id).await);
        let messages = [
            message("your_turn", Some(number), w.manager.id),
            message("your_turn", Some(number), w.manager.id),
            message("reminder", Some(number), w.admin.id),
            message("request_submitted", Some(number), w.requester.id),
            message("your_turn", Some(other), w.requester.id),
            message("your_turn", None, w.requester.id),
        ];
        outbox::insert_many(&mut s, &messages).await.expect("insert");
        let told = outbox::told(&mut s, number, &["your_turn"]).await.expect("told");
        assert_eq!(told, [w.manager.id], "each once");
        let mut told = outbox::told(&mut s, number, &["your_turn", "reminder"]).await.expect("told");
        told.sort();
        let mut expected = [w.manager.id, w.admin.id];
        expected.sort();
        assert_eq!(told, expected);
        assert_eq!(outbox::told(&mut s, number, &["request_denied"]).await.expect("told"), []);
        // Whatever became of the message.
        outbox::finish(&mut s, &[messages[2].id], "dead", Some("550")).await.expect("finish");
        assert_eq!(outbox::told(&mut s, number, &["reminder"]).await.expect("told"), [w.admin.id]);
        assert_eq!(outbox::told(&mut s, RequestNumber(99), &["your_turn"]).await.expect("told"), []);
    }
}
