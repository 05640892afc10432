//! Messages to channels: their leases, their attempts and their history.

use crate::support::{START, channel, engines, mail, news, submit, world};
use domain::ids::{ChannelId, MessageId, RequestNumber};
use domain::time::Timestamp;
use std::pin::pin;
use store::channels::{self, Answered, Channel, Claimed, News, Told};
use store::connectors::Secret;
use store::{Error, Session, outbox};

fn at(after: i64) -> Timestamp {
    Timestamp(START.0 + after)
}

async fn claim(s: &mut Session, channel: &Channel) -> Vec<MessageId> {
    channels::claim(s, channel.id, 9, 100).await.expect("claim").into_iter().map(|one| one.id).collect()
}

async fn due(s: &mut Session) -> Vec<ChannelId> {
    let mut due = channels::due(s).await.expect("due");
    due.sort();
    due
}

fn said(status: i32, error: Option<&str>) -> Answered {
    let (answer, error) = (format!("answer {status}"), error.map(str::to_owned));
    Answered { status: Some(status), duration_ms: 12, answer, error }
}

/// A message in a channel's history that was written at the start.
fn told(news: &News, state: &str, attempts: i32, after: i64, answered: Answered) -> Told {
    let (id, kind, request, state) = (news.id, news.kind.clone(), news.request, state.to_owned());
    Told { id, kind, request, state, attempts, created_at: START, at: at(after), answered }
}

#[tokio::test]
async fn messages_are_claimed_for_one_channel_until_the_lease_ends() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        let (hook, chat) = (channel(&mut s, "Hook", &[]).await, channel(&mut s, "Chat", &[]).await);
        outbox::insert_many(&mut s, &[mail("reminder", Some(number), w.manager.id)]).await.expect("insert");
        assert_eq!(due(&mut s).await, [], "mail is nothing to a channel");
        assert_eq!(claim(&mut s, &hook).await, []);
        let first = news(&hook, "approved", Some(number));
        channels::tell(&mut s, std::slice::from_ref(&first)).await.expect("tell");
        let mut s = bench.next(s, 10).await;
        let second = news(&hook, "denied", None);
        let third = news(&chat, "approved", Some(number));
        channels::tell(&mut s, &[second.clone(), third.clone()]).await.expect("tell");
        assert_eq!(due(&mut s).await, [hook.id, chat.id]);

        let claimed = channels::claim(&mut s, hook.id, 1, 100).await.expect("claim");
        let payload = serde_json::json!({ "kind": "approved" });
        let (kind, leased_until) = ("approved".to_owned(), Timestamp(START.0 + 110));
        let expected = Claimed {
            id: first.id,
            kind,
            request: Some(number),
            payload,
            attempts: 0,
            created_at: START,
            leased_until,
        };
        assert_eq!(claimed, [expected], "the limit holds, the oldest first");
        assert_eq!(claim(&mut s, &hook).await, [], "one after the other, whoever sends");
        assert_eq!(due(&mut s).await, [chat.id], "another channel is not");
        assert_eq!(claim(&mut s, &Channel::new("Unknown", "", Secret::new(""))).await, []);
        let mut s = bench.next(s, 109).await;
        assert_eq!(claim(&mut s, &hook).await, []);
        let mut s = bench.next(s, 110).await;
        assert_eq!(claim(&mut s, &hook).await, [first.id, second.id], "the lease is over");
        outbox::release(&mut s, &[second.id], Timestamp(START.0 + 210)).await.expect("release");
        assert_eq!(claim(&mut s, &hook).await, [], "the first is under way");
        outbox::release(&mut s, &[first.id], Timestamp(START.0 + 210)).await.expect("release");
        assert_eq!(claim(&mut s, &hook).await, [first.id, second.id], "given back untried");
        assert_eq!(claim(&mut s, &chat).await, [third.id]);
        assert_eq!(due(&mut s).await, []);
        let letters = outbox::claim(&mut s, 9, 100).await.expect("claim");
        assert_eq!(letters.iter().map(|one| one.recipient).collect::<Vec<_>>(), [w.manager.id], "mail waits apart");
    }
}

#[tokio::test]
async fn two_workers_claim_no_message_to_a_channel_twice() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let hook = channel(&mut s, "Hook", &[]).await;
        channels::tell(&mut s, &[news(&hook, "approved", None), news(&hook, "denied", None)]).await.expect("tell");
        let mut s = bench.next(s, 0).await;
        assert_eq!(claim(&mut s, &hook).await.len(), 2);
        let mut other = pin!(async {
            let mut s = bench.store.write().await.expect("write");
            claim(&mut s, &hook).await
        });
        let meanwhile = bench.meanwhile(other.as_mut()).await;
        s.commit().await.expect("commit");
        let meanwhile = match meanwhile {
            Some(claimed) => claimed,
            None => other.await,
        };
        assert_eq!(meanwhile, [], "{}", bench.url);
    }
}

#[tokio::test]
async fn a_message_to_a_channel_waits_for_its_next_attempt_and_ends_once() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let hook = channel(&mut s, "Hook", &[]).await;
        let one = news(&hook, "approved", None);
        channels::tell(&mut s, std::slice::from_ref(&one)).await.expect("tell");
        assert_eq!(claim(&mut s, &hook).await, [one.id]);
        let failed = said(500, Some("answered 500"));
        assert!(channels::answered(&mut s, one.id, &failed, Ok(at(5_000))).await.expect("answered"));
        let history = channels::history(&mut s, hook.id, 9).await.expect("history");
        assert_eq!(history, [told(&one, "waiting", 1, 5_000, failed)]);
        let mut s = bench.next(s, 4_999).await;
        assert_eq!((claim(&mut s, &hook).await, due(&mut s).await), (vec![], vec![]), "not before");
        let mut s = bench.next(s, 5_000).await;
        assert_eq!(due(&mut s).await, [hook.id]);
        let claimed = channels::claim(&mut s, hook.id, 9, 100).await.expect("claim");
        assert_eq!(claimed.iter().map(|one| (one.id, one.attempts)).collect::<Vec<_>>(), [(one.id, 1)]);
        assert!(channels::answered(&mut s, one.id, &said(204, None), Err("delivered")).await.expect("answered"));
        let over = [told(&one, "delivered", 2, 5_000, said(204, None))];
        assert_eq!(channels::history(&mut s, hook.id, 9).await.expect("history"), over);

        let mut s = bench.next(s, 9_000).await;
        for next in [Ok(at(9_500)), Err("dead"), Err("delivered")] {
            let late = channels::answered(&mut s, one.id, &said(500, Some("late")), next).await.expect("answered");
            assert!(!late, "an end is an end: {next:?}");
        }
        let unknown = MessageId(store::new_id());
        assert!(!channels::answered(&mut s, unknown, &said(204, None), Err("dead")).await.expect("answered"));
        assert_eq!(channels::history(&mut s, hook.id, 9).await.expect("history"), over);
        assert_eq!((claim(&mut s, &hook).await, due(&mut s).await), (vec![], vec![]));
    }
}

#[tokio::test]
async fn the_history_of_a_channel_begins_with_the_newest() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let w = world(&mut s).await;
        let number = submit(&mut s, &w, "Month-end").await;
        let (hook, chat) = (channel(&mut s, "Hook", &[]).await, channel(&mut s, "Chat", &[]).await);
        assert_eq!(channels::history(&mut s, hook.id, 9).await.expect("history"), []);
        let first = [news(&hook, "approved", Some(number)), news(&hook, "denied", None)];
        channels::tell(&mut s, &first).await.expect("tell");
        channels::tell(&mut s, &[news(&chat, "voted", Some(number))]).await.expect("tell");
        outbox::insert_many(&mut s, &[mail("reminder", Some(number), w.manager.id)]).await.expect("insert");
        let mut s = bench.next(s, 20).await;
        let last = news(&hook, "expired", Some(number));
        channels::tell(&mut s, std::slice::from_ref(&last)).await.expect("tell");
        let silent = Answered { error: Some("no route".to_owned()), ..Answered::default() };
        assert!(channels::answered(&mut s, first[0].id, &silent, Err("dead")).await.expect("answered"));
        let last = Told { created_at: at(20), ..told(&last, "waiting", 0, 20, Answered::default()) };
        let all = [last, told(&first[1], "waiting", 0, 0, Answered::default()), told(&first[0], "dead", 1, 20, silent)];
        assert_eq!(channels::history(&mut s, hook.id, 9).await.expect("history"), all, "of this channel only");
        assert_eq!(channels::history(&mut s, hook.id, 2).await.expect("history"), all[..2], "the limit holds");
        assert_eq!(channels::history(&mut s, ChannelId(store::new_id()), 9).await.expect("history"), []);
    }
}

#[tokio::test]
async fn many_messages_are_written_at_once_and_what_waits_is_suppressed() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let (hook, chat) = (channel(&mut s, "Hook", &[]).await, channel(&mut s, "Chat", &[]).await);
        channels::tell(&mut s, &[]).await.expect("nothing to tell");
        let number = Some(RequestNumber(7));
        let many: Vec<_> = (0..1_001).map(|_| news(&hook, "approved", number)).collect();
        channels::tell(&mut s, &many).await.expect("tell");
        channels::tell(&mut s, &[news(&chat, "approved", number)]).await.expect("tell");
        assert!(channels::answered(&mut s, many[0].id, &said(204, None), Err("delivered")).await.expect("answered"));
        assert_eq!(claim(&mut s, &hook).await.len(), 9);
        let mut s = bench.next(s, 10).await;
        assert_eq!(channels::suppress(&mut s, hook.id, "enough").await.expect("suppress"), 1_000, "claimed ones, too");
        assert_eq!(channels::suppress(&mut s, hook.id, "again").await.expect("suppress"), 0, "an end is an end");
        let history = channels::history(&mut s, hook.id, 2_000).await.expect("history");
        assert_eq!(history.len(), 1_001);
        let (last, others) = history.split_last().expect("many");
        assert_eq!(*last, told(&many[0], "delivered", 1, 0, said(204, None)));
        let enough = Answered { error: Some("enough".to_owned()), ..Answered::default() };
        assert_eq!(others[0], told(&many[1_000], "suppressed", 0, 10, enough));
        assert!(others.iter().all(|one| one.state == "suppressed"));
        assert!(!channels::answered(&mut s, many[1].id, &said(204, None), Err("delivered")).await.expect("answered"));
        assert_eq!(due(&mut s).await, [chat.id], "another channel goes on");
        s.commit().await.expect("commit");
        let mut s = bench.store.write().await.expect("write");
        let unknown = Channel::new("Unknown", "", Secret::new(""));
        let untold = channels::tell(&mut s, &[news(&unknown, "approved", None)]).await;
        assert!(matches!(untold, Err(Error::Conflict(_))), "{untold:?}");
    }
}

#[tokio::test]
async fn what_waits_for_a_channel_can_be_postponed_and_nothing_else() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let (hook, chat) = (channel(&mut s, "Hook", &[]).await, channel(&mut s, "Chat", &[]).await);
        let (first, second) = (news(&hook, "approved", None), news(&hook, "denied", None));
        let other = news(&chat, "approved", None);
        channels::tell(&mut s, &[first.clone(), second.clone(), other.clone()]).await.expect("tell");
        channels::answered(&mut s, first.id, &said(200, None), Err("delivered")).await.expect("answered");
        channels::postpone(&mut s, hook.id, at(50)).await.expect("postpone");
        channels::postpone(&mut s, hook.id, at(20)).await.expect("never earlier");
        assert_eq!(due(&mut s).await, [chat.id]);
        let mut s = bench.next(s, 49).await;
        assert_eq!(claim(&mut s, &hook).await, []);
        let mut s = bench.next(s, 50).await;
        assert_eq!(claim(&mut s, &hook).await, [second.id]);
        assert_eq!(claim(&mut s, &chat).await, [other.id]);
    }
}

#[tokio::test]
async fn what_was_tried_least_is_claimed_first_and_all_of_it_when_the_channel_is_back() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let hook = channel(&mut s, "Hook", &[]).await;
        assert!(!channels::waits(&mut s, hook.id).await.expect("waits"));
        let [poison, sound] = ["approved", "denied"].map(|kind| news(&hook, kind, None));
        channels::tell(&mut s, &[poison.clone(), sound.clone()]).await.expect("tell");
        assert!(channels::waits(&mut s, hook.id).await.expect("waits"));
        channels::answered(&mut s, poison.id, &said(500, Some("500")), Ok(at(50))).await.expect("answered");
        let mut s = bench.next(s, 50).await;
        assert_eq!(claim(&mut s, &hook).await, [sound.id, poison.id]);
        for one in [&poison, &sound] {
            channels::answered(&mut s, one.id, &said(500, Some("500")), Ok(at(9_000))).await.expect("answered");
        }
        assert_eq!(due(&mut s).await, []);
        let held = channels::hold(&mut s, hook.id).await.expect("held").expect("there");
        assert_eq!(held.id, hook.id);
        channels::hasten(&mut s, hook.id).await.expect("hasten");
        assert_eq!(claim(&mut s, &hook).await, [sound.id, poison.id]);
    }
}
