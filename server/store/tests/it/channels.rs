//! Channels: how they are kept, removed and switched off, and what the settings know of them.

use crate::support::{Bench, START, channel, engines, key, news};
use domain::channel::Subscription;
use domain::ids::{ChannelId, MessageId};
use domain::settings::Settings;
use domain::time::Timestamp;
use sqlx::types::Uuid;
use std::pin::pin;
use store::channels::{self, Channel, News};
use store::connectors::Secret;
use store::{Error, Options, Session, Store, outbox, settings};

fn at(after: i64) -> Timestamp {
    Timestamp(START.0 + after)
}

async fn read(s: &mut Session, id: ChannelId) -> Channel {
    channels::by_id(s, id).await.expect("read").expect("there")
}

/// The messages of a channel, oldest first: which, in what state, and what was said.
async fn states(s: &mut Session, id: ChannelId) -> Vec<(MessageId, String, Option<String>)> {
    let told = channels::history(s, id, 99).await.expect("history");
    told.into_iter().rev().map(|told| (told.id, told.state, told.answered.error)).collect()
}

fn line(news: &News, state: &str, said: Option<&str>) -> (MessageId, String, Option<String>) {
    (news.id, state.to_owned(), said.map(str::to_owned))
}

fn wants(channel: &Channel) -> Subscription {
    Subscription { channel: channel.id, events: channel.events.clone() }
}

#[tokio::test]
async fn a_channel_is_kept_whole_and_found_by_id_and_by_name() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        assert_eq!(channels::all(&mut s).await.expect("all"), []);
        let hook = channel(&mut s, "Zürich", &["approved", "denied"]).await;
        assert_eq!(read(&mut s, hook.id).await, hook, "as it was written");
        let mut chat = Channel::new("Okta", "https://chat.x.test", Secret::new("key"));
        channels::put(&mut s, &chat).await.expect("put");
        assert_eq!(channels::all(&mut s).await.expect("all"), [chat.clone(), hook.clone()], "by name");
        assert_eq!(channels::named(&mut s, " ZÜRICH ").await.expect("read"), Some(hook.id));
        assert_eq!(channels::named(&mut s, "zur").await.expect("read"), None);

        (chat.name, chat.url) = ("Ärger".to_owned(), "https://{{team}}.x.test".to_owned());
        chat.headers = vec![("X-B".to_owned(), "{{team}}".to_owned()), ("X-A".to_owned(), "ä".to_owned())];
        chat.secrets = [("team".to_owned(), Secret::new("hidden"))].into();
        chat.events = vec!["voted".to_owned()];
        (chat.key, chat.old_keys) = (Secret::new("new"), vec![(Secret::new("key"), at(500))]);
        (chat.active, chat.failing_since, chat.off_cause) = (false, Some(at(-5)), "it answered 410".to_owned());
        channels::put(&mut s, &chat).await.expect("put");
        chat.revision = 2;
        assert_eq!(read(&mut s, chat.id).await, chat, "every field, and the revision rises");
        assert_eq!(channels::named(&mut s, "okta").await.expect("read"), None, "renamed");
        assert_eq!(channels::all(&mut s).await.expect("all"), [chat.clone(), hook]);
        assert_eq!(channels::by_id(&mut s, ChannelId(store::new_id())).await.expect("read"), None);
        for secret in ["hidden", "new\"", "\"key"] {
            assert!(!format!("{chat:?}").contains(secret), "a secret is not printed");
        }
    }
}

#[tokio::test]
async fn whoever_saves_a_channel_late_is_told_and_a_taken_name_refused() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let (hook, chat) = (channel(&mut s, "Zürich", &[]).await, channel(&mut s, "Chat", &[]).await);
        let saved = Channel { url: "https://first.x.test".to_owned(), ..hook.clone() };
        channels::put(&mut s, &saved).await.expect("put");
        let late = channels::put(&mut s, &Channel { url: "https://late.x.test".to_owned(), ..hook.clone() }).await;
        assert!(matches!(late, Err(Error::Stale)), "{late:?}");
        let early = channels::put(&mut s, &Channel { revision: 3, ..saved.clone() }).await;
        assert!(matches!(early, Err(Error::Stale)), "{early:?}");
        assert!(matches!(channels::delete(&mut s, hook.id, 1).await, Err(Error::Stale)));
        let unknown = channels::delete(&mut s, ChannelId(store::new_id()), 1).await;
        assert!(matches!(unknown, Err(Error::Stale)));
        let saved = Channel { revision: 2, ..saved };
        assert_eq!(read(&mut s, hook.id).await, saved, "the first stays");

        let mut s = bench.next(s, 0).await;
        let twin = channels::put(&mut s, &Channel::new("ZÜRICH ", "https://x.test", Secret::new("key"))).await;
        assert!(matches!(twin, Err(Error::Conflict(_))), "{twin:?}");
        let mut s = bench.again(s).await;
        let renamed = channels::put(&mut s, &Channel { name: "zürich".to_owned(), ..chat.clone() }).await;
        assert!(matches!(renamed, Err(Error::Conflict(_))), "{renamed:?}");
        let mut s = bench.again(s).await;
        assert_eq!(channels::all(&mut s).await.expect("all"), [chat.clone(), saved]);
        channels::delete(&mut s, hook.id, 2).await.expect("delete");
        channels::put(&mut s, &Channel { name: "zürich".to_owned(), ..chat }).await.expect("the name is free");
        let removed = channels::put(&mut s, &Channel { revision: 2, ..hook.clone() }).await;
        assert!(matches!(removed, Err(Error::Stale)), "what was removed does not come back: {removed:?}");
        assert!(matches!(channels::delete(&mut s, hook.id, 2).await, Err(Error::Stale)), "once");
    }
}

/// What the database keeps of a channel: address, key, keys before, headers, secrets.
async fn kept(bench: &Bench, id: ChannelId) -> (String, String, String, String, String) {
    const SQL: &str = "SELECT url, key, CAST(old_keys AS TEXT), CAST(headers AS TEXT), CAST(secrets AS TEXT) FROM channels WHERE id = $1";
    let id: Uuid = id.0;
    if bench.url.starts_with("sqlite") {
        let pool = sqlx::SqlitePool::connect(&bench.url).await.expect("connect");
        sqlx::query_as(SQL).bind(id).fetch_one(&pool).await.expect("kept")
    } else {
        let pool = sqlx::PgPool::connect(&bench.url).await.expect("connect");
        sqlx::query_as(SQL).bind(id).fetch_one(&pool).await.expect("kept")
    }
}

#[tokio::test]
async fn a_channel_that_is_removed_leaves_no_secret_and_nothing_that_waits() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let mut hook = channel(&mut s, "Hook", &["approved"]).await;
        let other = channel(&mut s, "Other", &["approved"]).await;
        hook.headers = vec![("Authorization".to_owned(), "Bearer {{token}}".to_owned())];
        hook.old_keys = vec![(Secret::new("before"), at(500))];
        channels::put(&mut s, &hook).await.expect("put");
        let told = [news(&hook, "approved", None), news(&hook, "denied", None), news(&other, "approved", None)];
        channels::tell(&mut s, &told).await.expect("tell");
        outbox::finish(&mut s, &[told[0].id], "delivered", None).await.expect("finish");
        let s = bench.next(s, 10).await;
        let (url, key, old_keys, headers, secrets) = kept(&bench, hook.id).await;
        assert_eq!(url, hook.url);
        for sealed in [&key, &old_keys, &headers, &secrets] {
            assert!(sealed.starts_with("sealed.1."), "{sealed}");
        }
        let mut s = bench.next(s, 10).await;
        channels::delete(&mut s, hook.id, 2).await.expect("delete");
        assert_eq!(channels::by_id(&mut s, hook.id).await.expect("read"), None);
        assert_eq!(channels::named(&mut s, "Hook").await.expect("read"), None);
        assert_eq!(channels::all(&mut s).await.expect("all"), std::slice::from_ref(&other));
        assert_eq!(settings::subscriptions(&mut s).await.expect("read"), [wants(&other)]);
        let said = Some("the channel was removed");
        let lines = [line(&told[0], "delivered", None), line(&told[1], "suppressed", said)];
        assert_eq!(states(&mut s, hook.id).await, lines);
        assert_eq!(channels::history(&mut s, hook.id, 9).await.expect("history")[0].at, at(10), "its end");
        assert_eq!(channels::due(&mut s).await.expect("due"), [other.id], "another channel goes on");
        assert!(channels::claim(&mut s, hook.id, 9, 100).await.expect("claim").is_empty());
        assert!(!channels::switch_off(&mut s, hook.id, "gone").await.expect("off"), "there is nothing to switch off");
        s.commit().await.expect("commit");
        assert_eq!(kept(&bench, hook.id).await, Default::default(), "nothing");
        assert_eq!(read(&mut bench.store.read().await.expect("read"), other.id).await.key, Secret::new("whsec"));
    }
}

#[tokio::test]
async fn the_key_before_signs_until_its_moment() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let hook = channel(&mut s, "Hook", &[]).await;
        assert_eq!(hook.keys(at(0)), ["whsec"]);
        let old_keys = vec![(hook.key.clone(), at(500))];
        channels::put(&mut s, &Channel { key: Secret::new("fresh"), old_keys, ..hook.clone() }).await.expect("put");
        let rotated = read(&mut s, hook.id).await;
        assert_eq!(rotated.keys(at(0)), ["fresh", "whsec"], "the newest first");
        assert_eq!(rotated.keys(at(499)), ["fresh", "whsec"]);
        assert_eq!(rotated.keys(at(500)), ["fresh"], "over");
        let old_keys = [vec![(rotated.key.clone(), at(900))], rotated.old_keys.clone()].concat();
        channels::put(&mut s, &Channel { key: Secret::new("newest"), old_keys, ..rotated }).await.expect("put");
        let twice = read(&mut s, hook.id).await;
        assert_eq!(twice.keys(at(0)), ["newest", "fresh", "whsec"], "each until its own moment");
        assert_eq!(twice.keys(at(500)), ["newest", "fresh"]);
        assert_eq!(twice.keys(at(900)), ["newest"]);
    }
}

#[tokio::test]
async fn the_settings_know_what_each_channel_that_is_on_wants_to_hear() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        assert_eq!(settings::subscriptions(&mut s).await.expect("read"), []);
        let hook = channel(&mut s, "Hook", &["approved", "denied"]).await;
        assert_eq!(settings::subscriptions(&mut s).await.expect("read"), [wants(&hook)], "in the same session");
        assert_eq!(settings::get(&mut s).await.expect("read"), Settings::default());
        let chat = channel(&mut s, "Chat", &["voted"]).await;
        channel(&mut s, "Nothing", &[]).await;
        let off = channel(&mut s, "Off", &["voted"]).await;
        channels::put(&mut s, &Channel { active: false, ..off }).await.expect("off");
        let changed = Settings { expiry_days: 7, ..Settings::default() };
        settings::put(&mut s, &changed).await.expect("put");
        let both = [wants(&chat), wants(&hook)];
        assert_eq!(settings::subscriptions(&mut s).await.expect("read"), both, "other settings leave it alone");
        let hook = Channel { events: vec!["expired".to_owned()], ..hook };
        channels::put(&mut s, &hook).await.expect("put");
        assert_eq!(settings::get(&mut s).await.expect("read"), changed, "it leaves other settings alone");
        s.commit().await.expect("commit");

        // A server whose clock is the engine's reads them with the time.
        let elsewhere =
            Store::open(Options { key: key(&bench.url), ..Options::new(bench.url.clone()) }).await.expect("open");
        let mut s = elsewhere.read().await.expect("read");
        assert_eq!(settings::subscriptions(&mut s).await.expect("read"), [wants(&chat), wants(&hook)]);
        assert_eq!(settings::get(&mut s).await.expect("read"), changed);
        drop(s);
        elsewhere.close().await;
        let mut s = bench.store.write().await.expect("write");
        channels::put(&mut s, &Channel { active: false, ..chat }).await.expect("off");
        assert_eq!(settings::subscriptions(&mut s).await.expect("read"), [wants(&hook)]);
        channels::delete(&mut s, hook.id, 2).await.expect("delete");
        assert_eq!(settings::subscriptions(&mut s).await.expect("read"), []);
        let mut s = bench.again(s).await;
        assert_eq!(settings::subscriptions(&mut s).await.expect("read").len(), 2, "what was not committed is not so");
    }
}

#[tokio::test]
async fn channels_that_are_saved_at_the_same_time_all_hear() {
    for bench in engines().await {
        for names in [["a", "b"], ["c", "d"]] {
            let mut s = bench.store.write().await.expect("write");
            channel(&mut s, names[0], &["approved"]).await;
            let mut other = pin!(async {
                let mut s = bench.store.write().await.expect("write");
                channel(&mut s, names[1], &["approved"]).await;
                s.commit().await.expect("commit");
            });
            let meanwhile = bench.meanwhile(other.as_mut()).await;
            s.commit().await.expect("commit");
            if meanwhile.is_none() {
                other.await;
            }
        }
        let mut s = bench.store.read().await.expect("read");
        let expected: Vec<_> = channels::all(&mut s).await.expect("all").iter().map(wants).collect();
        assert_eq!(expected.len(), 4);
        assert_eq!(settings::subscriptions(&mut s).await.expect("read"), expected, "{}", bench.url);
    }
}

#[tokio::test]
async fn a_channel_is_switched_off_by_itself_once() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let (hook, other) = (channel(&mut s, "Hook", &["voted"]).await, channel(&mut s, "Other", &["voted"]).await);
        let told = [news(&hook, "voted", None), news(&hook, "voted", None), news(&other, "voted", None)];
        channels::tell(&mut s, &told).await.expect("tell");
        outbox::finish(&mut s, &[told[0].id], "dead", Some("410")).await.expect("finish");
        let mut s = bench.next(s, 10).await;
        assert!(channels::switch_off(&mut s, hook.id, "it answered 410").await.expect("off"));
        let off = Channel { active: false, off_cause: "it answered 410".to_owned(), revision: 2, ..hook.clone() };
        assert_eq!(read(&mut s, hook.id).await, off, "its secrets stay");
        assert_eq!(settings::subscriptions(&mut s).await.expect("read"), [wants(&other)]);
        let said = Some("the channel was switched off");
        let lines = [line(&told[0], "dead", Some("410")), line(&told[1], "suppressed", said)];
        assert_eq!(states(&mut s, hook.id).await, lines);
        assert_eq!(states(&mut s, other.id).await, [line(&told[2], "waiting", None)]);
        assert_eq!(channels::due(&mut s).await.expect("due"), [other.id]);

        assert!(!channels::switch_off(&mut s, hook.id, "another").await.expect("off"), "it is off");
        assert_eq!(read(&mut s, hook.id).await, off);
        assert!(!channels::switch_off(&mut s, ChannelId(store::new_id()), "gone").await.expect("off"), "unknown");
        let late = channels::put(&mut s, &hook).await;
        assert!(matches!(late, Err(Error::Stale)), "whoever edits it must see that: {late:?}");
        channels::put(&mut s, &Channel { active: true, off_cause: String::new(), ..off }).await.expect("on");
        assert_eq!(settings::subscriptions(&mut s).await.expect("read"), [wants(&hook), wants(&other)]);
        assert!(channels::switch_off(&mut s, hook.id, "again").await.expect("off"), "it was on");
    }
}

#[tokio::test]
async fn messages_fail_since_the_first_that_did_until_one_arrives() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        let (hook, other) = (channel(&mut s, "Hook", &[]).await, channel(&mut s, "Other", &[]).await);
        assert_eq!(channels::note_health(&mut s, hook.id, true).await.expect("health"), None);
        assert_eq!(read(&mut s, hook.id).await, hook, "it was well");
        for after in [10, 20] {
            s = bench.next(s, after).await;
            assert_eq!(channels::note_health(&mut s, hook.id, false).await.expect("health"), Some(at(10)));
        }
        let failing = Channel { failing_since: Some(at(10)), ..hook.clone() };
        assert_eq!(read(&mut s, hook.id).await, failing, "nobody's edit is stale by it");
        assert_eq!(read(&mut s, other.id).await, other, "another channel is well");
        let mut s = bench.next(s, 30).await;
        assert_eq!(channels::note_health(&mut s, hook.id, true).await.expect("health"), None);
        assert_eq!(read(&mut s, hook.id).await, hook);
        let mut s = bench.next(s, 40).await;
        assert_eq!(channels::note_health(&mut s, hook.id, false).await.expect("health"), Some(at(40)), "anew");
        let unknown = ChannelId(store::new_id());
        assert_eq!(channels::note_health(&mut s, unknown, false).await.expect("health"), None);
    }
}

#[tokio::test]
async fn settings_that_are_held_are_read_as_whoever_was_first_left_them() {
    for bench in engines().await {
        let mut s = bench.store.write().await.expect("write");
        settings::hold(&mut s).await.expect("hold");
        let mine = Settings { sender: "access@x.test".to_owned(), ..settings::get(&mut s).await.expect("read") };
        settings::put(&mut s, &mine).await.expect("put");
        let mut other = pin!(async {
            let mut s = bench.store.write().await.expect("write");
            settings::get(&mut s).await.expect("read");
            settings::hold(&mut s).await.expect("hold");
            settings::get(&mut s).await.expect("read")
        });
        assert_eq!(bench.meanwhile(other.as_mut()).await, None, "the other waits");
        s.commit().await.expect("commit");
        assert_eq!(other.await, mine);
    }
}
