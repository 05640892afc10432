//! The ledger: what became of messages, who was told, and what is sent again.

use crate::support::{START, channel, engines, mail, news, submit, submit_of, world};
use domain::ids::{ChannelId, MessageId, RequestNumber};
use domain::time::Timestamp;
use domain::view::Delivery;
use store::Session;
use store::channels::{self, Answered, News};
use store::deliveries::{self, Late, Wanted};
use store::outbox::{self, Message};

/// A message to a person that waits since the start.
fn letter(message: &Message, recipient: &str) -> Delivery {
    Delivery {
        id: message.id,
        request: message.request,
        channel: false,
        kind: message.kind.clone(),
        recipient: recipient.to_owned(),
        state: "waiting".to_owned(),
        attempts: 0,
        error: None,
        created_at: START,
        at: START,
    }
}

/// What became of it so many microseconds after the start.
fn became(before: Delivery, state: &str, attempts: i32, error: Option<&str>, after: i64) -> Delivery {
    let (error, at) = (error.map(str::to_owned), Timestamp(START.0 + after));
    Delivery { state: state.to_owned(), attempts, error, at, ..before }
}

async fn end(s: &mut Session, id: MessageId, state: &str) {
    let ended = outbox::finish(s, &[id], state, (state == "dead").then_some("550")).await.expect("finish");
    assert_eq!(ended.len(), 1);
}

async fn answer(s: &mut Session, news: &News, state: &str) {
    let error = (state != "delivered").then(|| "answered 500".to_owned());
    let answered = Answered { error, status: Some(500), ..Answered::default() };
    assert!(channels::answered(s, news.id, &answered, Err(state)).await.expect("answered"));
}

#[tokio::test]
async fn what_became_of_the_messages_about_a_request_is_listed() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        let other = submit_of(&mut s, &w, w.admin.id).await;
        assert_eq!(deliveries::of_request(&mut s, number).await.expect("messages"), []);
        let first = mail("request_submitted", Some(number), w.requester.id);
        let second = mail("your_turn", Some(number), w.manager.id);
        let elsewhere = [mail("your_turn", Some(other), w.manager.id), mail("invitation", None, w.manager.id)];
        outbox::insert_many(&mut s, &[first.clone(), second.clone()]).await.expect("insert");
        outbox::insert_many(&mut s, &elsewhere).await.expect("insert");
        let hook = channel(&mut s, "Hook", &[]).await;
        let told = news(&hook, "request_submitted", Some(number));
        channels::tell(&mut s, &[told.clone(), news(&hook, "voted", Some(other))]).await.expect("tell");
        let waiting = deliveries::of_request(&mut s, number).await.expect("messages");
        let first = letter(&first, "Rita Örsted");
        let second = letter(&second, "Max Müller");
        let third = Delivery { id: told.id, channel: true, recipient: "Hook".to_owned(), ..first.clone() };
        assert_eq!(waiting, [first.clone(), second.clone(), third.clone()], "oldest first, of this request only");
        let mut s = bench.next(s, 20).await;
        end(&mut s, first.id, "delivered").await;
        assert!(outbox::retry_at(&mut s, second.id, Timestamp(START.0 + 90), "451", false).await.expect("retry"));
        answer(&mut s, &told, "dead").await;
        let last = mail("request_approved", Some(number), w.requester.id);
        outbox::insert_many(&mut s, std::slice::from_ref(&last)).await.expect("later");
        let now = deliveries::of_request(&mut s, number).await.expect("messages");
        let last = Delivery { created_at: Timestamp(START.0 + 20), ..letter(&last, "Rita Örsted") };
        let expected = [
            became(first, "delivered", 1, None, 20),
            became(second, "waiting", 1, Some("451"), 90),
            became(third, "dead", 1, Some("answered 500"), 20),
            became(last, "waiting", 0, None, 20),
        ];
        assert_eq!(now, expected);
        assert_eq!(deliveries::of_request(&mut s, RequestNumber(99)).await.expect("messages"), []);
        channels::delete(&mut s, hook.id, hook.revision).await.expect("delete");
        let now = deliveries::of_request(&mut s, number).await.expect("messages");
        assert_eq!(now, expected, "a channel that was removed keeps its name here");
    }
}

async fn found(s: &mut Session, wanted: Wanted) -> Vec<MessageId> {
    deliveries::search(s, &wanted, 99).await.expect("search").into_iter().map(|one| one.id).collect()
}

#[tokio::test]
async fn the_ledger_is_narrowed_by_each_part_of_what_is_wanted() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let (number, other) = (submit(&mut s, &w, "Month-end").await, submit_of(&mut s, &w, w.admin.id).await);
        assert_eq!(found(&mut s, Wanted::default()).await, []);
        let (hook, chat) = (channel(&mut s, "Hook", &[]).await, channel(&mut s, "Chat", &[]).await);
        let m = [mail("your_turn", Some(number), w.manager.id), mail("invitation", None, w.manager.id)];
        outbox::insert_many(&mut s, &m).await.expect("insert");
        let mut s = bench.next(s, 10).await;
        let n = [news(&hook, "approved", Some(number)), news(&chat, "approved", Some(other))];
        channels::tell(&mut s, &n).await.expect("tell");
        let mut s = bench.next(s, 20).await;
        let last = mail("your_turn", Some(other), w.requester.id);
        outbox::insert_many(&mut s, std::slice::from_ref(&last)).await.expect("insert");
        end(&mut s, m[1].id, "delivered").await;
        end(&mut s, last.id, "dead").await;
        answer(&mut s, &n[0], "dead").await;
        answer(&mut s, &n[1], "suppressed").await;
        let all = [last.id, n[1].id, n[0].id, m[1].id, m[0].id];
        assert_eq!(found(&mut s, Wanted::default()).await, all, "newest first");

        let by = Wanted::default;
        let state = |state: &str| Some(state.to_owned());
        for (wanted, ids) in [
            ("waiting", vec![m[0].id]),
            ("delivered", vec![m[1].id]),
            ("dead", vec![last.id, n[0].id]),
            ("suppressed", vec![n[1].id]),
            ("lost", vec![]),
        ] {
            assert_eq!(found(&mut s, Wanted { state: state(wanted), ..by() }).await, ids, "{wanted}");
        }
        for (kind, ids) in [
            ("your_turn", vec![last.id, m[0].id]),
            ("approved", vec![n[1].id, n[0].id]),
            ("invitation", vec![m[1].id]),
            ("approve", vec![]),
        ] {
            assert_eq!(found(&mut s, Wanted { kind: Some(kind.to_owned()), ..by() }).await, ids, "{kind}");
        }
        assert_eq!(found(&mut s, Wanted { request: Some(number), ..by() }).await, [n[0].id, m[0].id]);
        assert_eq!(found(&mut s, Wanted { request: Some(RequestNumber(99)), ..by() }).await, []);
        for (people, ids) in [
            (vec![w.manager.id], vec![m[1].id, m[0].id]),
            (vec![w.requester.id, w.manager.id], vec![last.id, m[1].id, m[0].id]),
            (vec![w.admin.id], vec![]),
            (vec![], vec![]),
        ] {
            assert_eq!(found(&mut s, Wanted { to: Some((people.clone(), vec![])), ..by() }).await, ids, "{people:?}");
        }
        for (id, ids) in [(hook.id, vec![n[0].id]), (chat.id, vec![n[1].id]), (ChannelId(store::new_id()), vec![])] {
            assert_eq!(found(&mut s, Wanted { to: Some((vec![], vec![id])), ..by() }).await, ids, "{id:?}");
        }
        let both = Wanted { state: state("dead"), request: Some(number), ..by() };
        assert_eq!(found(&mut s, both).await, [n[0].id], "every part narrows");
        let either = Wanted { to: Some((vec![w.manager.id], vec![hook.id])), ..by() };
        assert_eq!(found(&mut s, either).await, [n[0].id, m[1].id, m[0].id]);
    }
}

#[tokio::test]
async fn the_next_page_of_the_ledger_begins_where_the_one_before_ended() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let messages: Vec<_> = (0..3).map(|_| mail("invitation", None, w.manager.id)).collect();
        outbox::insert_many(&mut s, &messages).await.expect("insert");
        let mut s = bench.next(s, 10).await;
        let hook = channel(&mut s, "Hook", &[]).await;
        let told = [news(&hook, "voted", None), news(&hook, "voted", None)];
        channels::tell(&mut s, &told).await.expect("tell");
        let mut left = vec![messages[0].id, messages[1].id, messages[2].id, told[0].id, told[1].id];
        let mut wanted = Wanted::default();
        while !left.is_empty() {
            let page = deliveries::search(&mut s, &wanted, 2).await.expect("search");
            let expected: Vec<_> = left.iter().rev().take(2).copied().collect();
            assert_eq!(page.iter().map(|one| one.id).collect::<Vec<_>>(), expected, "those of one moment, too");
            left.truncate(left.len() - page.len());
            wanted.before = page.last().map(|one| (one.created_at, one.id));
        }
        assert_eq!(found(&mut s, wanted.clone()).await, []);
        let to = Some((vec![w.manager.id], vec![]));
        let before = Some((Timestamp(START.0 + 10), told[0].id));
        let narrowed = found(&mut s, Wanted { to, before, ..Wanted::default() }).await;
        assert_eq!(narrowed, [messages[2].id, messages[1].id, messages[0].id], "with what else is wanted");
    }
}

#[tokio::test]
async fn mail_is_sent_again_only_when_it_never_arrived() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        let states = ["waiting", "delivered", "suppressed", "dead"];
        let messages = states.map(|_| mail("your_turn", Some(number), w.manager.id));
        outbox::insert_many(&mut s, &messages).await.expect("insert");
        for (message, state) in messages.iter().zip(states).skip(1) {
            end(&mut s, message.id, state).await;
        }
        assert_eq!(deliveries::dead(&mut s).await.expect("count"), 1);
        let mut s = bench.next(s, 50).await;
        for (message, state) in messages.iter().zip(states).take(3) {
            assert_eq!(deliveries::again(&mut s, message.id).await.expect("again"), None, "{state}");
        }
        assert_eq!(deliveries::again(&mut s, MessageId(store::new_id())).await.expect("again"), None, "unknown");
        let sent = deliveries::again(&mut s, messages[3].id).await.expect("again").expect("it was dead");
        let expected = letter(&messages[3], "Max Müller");
        assert_eq!(sent, became(expected, "waiting", 0, sent.error.as_deref(), 50));
        assert_eq!(deliveries::again(&mut s, messages[3].id).await.expect("again"), None, "it waits already");
        assert_eq!(deliveries::dead(&mut s).await.expect("count"), 0);
        let claimed = outbox::claim(&mut s, 9, 500).await.expect("claim");
        let seen: Vec<_> = claimed.iter().map(|one| (one.id, one.attempts)).collect();
        assert_eq!(seen, [(messages[0].id, 0), (messages[3].id, 0)], "as if it had never been tried");
        end(&mut s, messages[3].id, "dead").await;
        assert_eq!(deliveries::dead(&mut s).await.expect("count"), 1);
    }
}

#[tokio::test]
async fn a_channel_is_told_again_whatever_the_end_was() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let hook = channel(&mut s, "Hook", &[]).await;
        let states = ["waiting", "delivered", "suppressed", "dead"];
        let told = states.map(|_| news(&hook, "approved", None));
        channels::tell(&mut s, &told).await.expect("tell");
        assert_eq!(deliveries::dead(&mut s).await.expect("count"), 0);
        for (one, state) in told.iter().zip(states).skip(1) {
            answer(&mut s, one, state).await;
        }
        assert_eq!(deliveries::dead(&mut s).await.expect("count"), 1);
        let mut s = bench.next(s, 50).await;
        assert_eq!(deliveries::again(&mut s, told[0].id).await.expect("again"), None, "it waits already");
        for (one, state) in told.iter().zip(states).skip(1) {
            let sent = deliveries::again(&mut s, one.id).await.expect("again").expect(state);
            assert_eq!((sent.id, sent.channel, sent.recipient.as_str()), (one.id, true, "Hook"));
            assert_eq!((sent.state.as_str(), sent.attempts, sent.at), ("waiting", 0, Timestamp(START.0 + 50)));
            assert_eq!(deliveries::again(&mut s, one.id).await.expect("again"), None, "once");
        }
        assert_eq!(deliveries::dead(&mut s).await.expect("count"), 0);
        let claimed = channels::claim(&mut s, hook.id, 9, 500).await.expect("claim");
        let seen: Vec<_> = claimed.iter().map(|one| (one.id, one.attempts, &one.payload)).collect();
        assert_eq!(seen, told.each_ref().map(|one| (one.id, 0, &one.payload)), "the same, untried");
    }
}

#[tokio::test]
async fn the_message_that_waits_longest_counts_from_when_it_could_have_gone() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let at = |after: i64| Timestamp(START.0 + after);
        let late = |kind: &str, channel: Option<&str>, after: i64, error: Option<&str>| {
            let (kind, channel, last_error) = (kind.to_owned(), channel.map(str::to_owned), error.map(str::to_owned));
            Some(Late { kind, channel, due_at: START.0 + after, last_error })
        };
        assert_eq!(deliveries::oldest_due(&mut s, at(9_000)).await.expect("late"), None);
        let planned = Message { not_before: Some(at(300)), ..mail("reminder", None, w.manager.id) };
        outbox::insert_many(&mut s, std::slice::from_ref(&planned)).await.expect("insert");
        assert_eq!(deliveries::oldest_due(&mut s, at(300)).await.expect("late"), None, "not before its moment");
        assert_eq!(deliveries::oldest_due(&mut s, at(301)).await.expect("late"), late("reminder", None, 300, None));
        let mut s = bench.next(s, 100).await;
        let hook = channel(&mut s, "Hook", &[]).await;
        let told = news(&hook, "approved", None);
        channels::tell(&mut s, std::slice::from_ref(&told)).await.expect("tell");
        let answered = Answered { error: Some("no route".to_owned()), ..Answered::default() };
        assert!(channels::answered(&mut s, told.id, &answered, Ok(at(5_000))).await.expect("answered"));
        let oldest = deliveries::oldest_due(&mut s, at(9_000)).await.expect("late");
        assert_eq!(oldest, late("approved", Some("Hook"), 100, Some("no route")), "attempts do not make it younger");
        assert_eq!(deliveries::oldest_due(&mut s, at(100)).await.expect("late"), None);
        answer(&mut s, &told, "dead").await;
        let oldest = deliveries::oldest_due(&mut s, at(9_000)).await.expect("late");
        assert_eq!(oldest, late("reminder", None, 300, None), "what has ended does not wait");
        let mut s = bench.next(s, 700).await;
        assert!(deliveries::again(&mut s, told.id).await.expect("again").is_some());
        end(&mut s, planned.id, "delivered").await;
        assert_eq!(deliveries::oldest_due(&mut s, at(700)).await.expect("late"), None);
        let oldest = deliveries::oldest_due(&mut s, at(701)).await.expect("late").expect("it waits");
        assert_eq!((oldest.kind.as_str(), oldest.due_at), ("approved", START.0 + 700), "anew");
    }
}

#[tokio::test]
async fn whoever_was_told_of_a_request_is_known_by_the_kind() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let (number, other) = (submit(&mut s, &w, "Month-end").await, submit_of(&mut s, &w, w.admin.id).await);
        let messages = [
            mail("your_turn", Some(number), w.manager.id),
            mail("your_turn", Some(number), w.manager.id),
            mail("reminder", Some(number), w.admin.id),
            mail("request_submitted", Some(number), w.requester.id),
            mail("your_turn", Some(other), w.requester.id),
            mail("your_turn", None, w.requester.id),
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

#[tokio::test]
async fn who_heard_is_whom_a_message_reached() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        let (first, second) =
            (mail("your_turn", Some(number), w.manager.id), mail("reminder", Some(number), w.admin.id));
        outbox::insert_many(&mut s, &[first.clone(), second.clone()]).await.expect("insert");
        assert!(!outbox::heard(&mut s, number, w.manager.id, &["your_turn"]).await.expect("heard"), "it waits");
        end(&mut s, first.id, "delivered").await;
        end(&mut s, second.id, "dead").await;
        assert!(outbox::heard(&mut s, number, w.manager.id, &["reminder", "your_turn"]).await.expect("heard"));
        assert!(!outbox::heard(&mut s, number, w.manager.id, &["reminder"]).await.expect("heard"), "of another kind");
        assert!(!outbox::heard(&mut s, number, w.admin.id, &["reminder"]).await.expect("heard"), "it never arrived");
        assert!(!outbox::heard(&mut s, RequestNumber(99), w.manager.id, &["your_turn"]).await.expect("heard"));
    }
}
