//! Log-in.

use crate::support::{START, demo, engines};
use futures::future::join_all;
use services::login::{self, Password, Purpose, Token};
use services::{Error, Origin};
use std::sync::atomic::Ordering;

fn origin(address: &str) -> Origin {
    Origin { address: address.to_owned(), agent: "test".to_owned(), ..Origin::default() }
}

fn password(text: &str) -> Password {
    Password(text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn right_and_wrong_and_unknown() {
    for bench in demo(20).await {
        let services = &bench.services;
        let entered = login::log_in(services, "Admin@demo.test", &password("doorward-demo"), None, &origin("a"))
            .await
            .expect("in");
        let actor = login::authenticate(services, &entered.token, true).await.expect("read").expect("live").actor;
        assert!(actor.admin);
        for email in ["admin@demo.test", "nobody@demo.test"] {
            let answer = login::log_in(services, email, &password("wrong"), None, &origin("b")).await;
            assert!(matches!(answer, Err(Error::Unauthenticated)), "{email}");
        }
        login::log_out(services, &actor, &entered.token, &origin("a")).await.expect("out");
        assert!(login::authenticate(services, &entered.token, true).await.expect("read").is_none());
        assert!(login::authenticate(services, &Token::given("forged"), true).await.expect("read").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_is_idle() {
    for bench in demo(20).await {
        let entered = login::log_in(&bench.services, "admin@demo.test", &password("doorward-demo"), None, &origin(""))
            .await
            .expect("in");
        bench.hand.store(START.0 + 30_000_000, Ordering::SeqCst);
        assert!(login::authenticate(&bench.services, &entered.token, true).await.expect("read").is_some());
        bench.hand.store(START.0 + 31 * 60_000_000, Ordering::SeqCst);
        assert!(login::authenticate(&bench.services, &entered.token, true).await.expect("read").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_guesses_are_counted_and_delays_end_by_themselves() {
    for bench in demo(20).await {
        let services = &bench.services;
        let guesses = (0..12).map(|index| async move {
            login::log_in(services, "owner@demo.test", &password("guess"), None, &origin(&format!("10.0.0.{index}")))
                .await
        });
        let answers = join_all(guesses).await;
        let evaluated = answers.iter().filter(|answer| matches!(answer, Err(Error::Unauthenticated))).count();
        assert_eq!(evaluated, 5, "five free tries, whoever makes them");
        let right = login::log_in(services, "owner@demo.test", &password("doorward-demo"), None, &origin("c")).await;
        assert!(matches!(right, Err(Error::TooMany(_))), "a right password during the delay looks the same");
        bench.hand.store(START.0 + 600_000_000, Ordering::SeqCst);
        login::log_in(services, "owner@demo.test", &password("doorward-demo"), None, &origin("c"))
            .await
            .expect("the delay is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_sets_a_password_once() {
    for bench in demo(20).await {
        let services = &bench.services;
        let person = login::active_person(services, "member@demo.test").await.expect("read").expect("there");
        let token = login::mint_link(services, person, "member@demo.test", Purpose::Printed).await.expect("link");
        let (good, short) = (password("the quiet otter reads"), password("short"));
        let refused = login::set_password_by_link(services, &token, &short, &short, None, &origin("")).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "and the link stays usable");
        login::set_password_by_link(services, &token, &good, &good, None, &origin("")).await.expect("set");
        let again = login::set_password_by_link(services, &token, &good, &good, None, &origin("")).await;
        assert!(matches!(again, Err(Error::NotFound)), "once");
        login::log_in(services, "member@demo.test", &good, None, &origin("")).await.expect("in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_is_set_up_once() {
    for bench in engines().await {
        let services = &bench.services;
        assert!(login::setup_needed(services).await.expect("read"));
        let secret = password("the quiet otter reads");
        let tries = (0..4).map(|index| {
            let secret = secret.clone();
            async move {
                login::set_up_first_admin(services, "Ada", &format!("ada{index}@x.test"), &secret, None, &origin(""))
                    .await
            }
        });
        let done = join_all(tries).await.into_iter().filter(Result::is_ok).count();
        assert_eq!(done, 1);
        assert!(!login::setup_needed(services).await.expect("read"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_guesses_has_to_wait_and_others_do_not() {
    for bench in demo(20).await {
        let services = &bench.services;
        for guess in 0..12 {
            let email = format!("nobody{guess}@demo.test");
            let answer = login::log_in(services, &email, &password("guess"), None, &origin("10.9.9.9")).await;
            let waits = matches!(answer, Err(Error::TooMany(_)));
            assert_eq!(waits, guess >= 10, "ten tries over all accounts, then a delay: {guess}");
        }
        let right = async |address| {
            login::log_in(services, "owner@demo.test", &password("doorward-demo"), None, &origin(address)).await
        };
        assert!(matches!(right("10.9.9.9").await, Err(Error::TooMany(_))));
        right("10.9.9.8").await.expect("from elsewhere");
        bench.hand.store(START.0 + 600_000_000, Ordering::SeqCst);
        right("10.9.9.9").await.expect("the delay is over");
    }
}

/// What the record says of failed log-ins: whose, from where, and how often.
async fn recorded(bench: &crate::support::Bench) -> Vec<(String, String, u64)> {
    let mut session = bench.services.store().read().await.expect("read");
    let wanted = store::audit::Wanted { kind: Some("login_failed".to_owned()), ..store::audit::Wanted::default() };
    let mut lines = store::audit::search(&mut session, &wanted, 1000).await.expect("audit");
    lines.reverse();
    let times = |detail: &serde_json::Value| detail["times"].as_u64().unwrap_or(1);
    lines.into_iter().map(|line| (line.subject, line.address, times(&line.detail))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_log_ins_are_recorded_once_a_minute_and_every_one_is_counted() {
    for bench in demo(20).await {
        let services = &bench.services;
        let guess = async |email: &str, from: &str| {
            login::log_in(services, email, &password("guess"), None, &origin(from)).await
        };
        for _ in 0..5 {
            assert!(matches!(guess("owner@demo.test", "10.0.0.1").await, Err(Error::Unauthenticated)));
        }
        for _ in 0..40 {
            assert!(matches!(guess("owner@demo.test", "10.0.0.2").await, Err(Error::TooMany(_))));
        }
        assert_eq!(recorded(&bench).await, [], "not one transaction for each");
        services::write_notes(services, false).await.expect("written");
        let owner = "owner@demo.test".to_owned();
        let mut lines = recorded(&bench).await;
        lines.sort();
        assert_eq!(lines, [(owner.clone(), String::new(), 40), (owner.clone(), "10.0.0.1".to_owned(), 5)]);
        for _ in 0..7 {
            assert!(matches!(guess("owner@demo.test", "10.0.0.2").await, Err(Error::TooMany(_))));
        }
        services::write_notes(services, false).await.expect("written");
        assert_eq!(recorded(&bench).await.len(), 2, "a minute is not over");
        services::write_notes(services, true).await.expect("written");
        assert_eq!(
            recorded(&bench).await[2..],
            [(owner, String::new(), 7)],
            "at the end of the process all are written"
        );
    }
}

/// trust.md A03.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_parallel_failures_count_a_hundred() {
    for bench in demo(20).await {
        let services = &bench.services;
        let guesses = (0..100).map(|index| async move {
            let email = format!("nobody{index}@demo.test");
            login::log_in(services, &email, &password("guess"), None, &origin("10.0.0.9")).await
        });
        let answers = join_all(guesses).await;
        let evaluated = answers.iter().filter(|answer| matches!(answer, Err(Error::Unauthenticated))).count();
        assert_eq!(evaluated, 10, "ten tries of an address, and not one more");
        let mut session = services.store().write().await.expect("write");
        let counted = store::login::failures(&mut session, "address:10.0.0.9", i64::MAX / 2).await.expect("count");
        assert_eq!(counted.count, 10, "each that was looked at is counted, exactly");
        drop(session);
        services::write_notes(services, true).await.expect("written");
        assert_eq!(
            recorded(&bench).await.iter().map(|(.., times)| times).sum::<u64>(),
            100,
            "and all are in the record"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_log_in_does_not_need_the_writer() {
    for bench in demo(20).await {
        let services = &bench.services;
        for _ in 0..5 {
            let answer =
                login::log_in(services, "owner@demo.test", &password("guess"), None, &origin("10.0.0.1")).await;
            assert!(matches!(answer, Err(Error::Unauthenticated)));
        }
        // Somebody holds the writer, and the row of the account on PostgreSQL.
        let mut held = services.store().write().await.expect("write");
        store::login::failures(&mut held, "account:owner@demo.test", i64::MAX / 2).await.expect("locked");
        for _ in 0..20 {
            let answer =
                login::log_in(services, "owner@demo.test", &password("guess"), None, &origin("10.0.0.1")).await;
            assert!(matches!(answer, Err(Error::TooMany(_))), "{answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn uses_of_sessions_are_written_together_and_count_before_they_are() {
    const MINUTE: i64 = 60_000_000;
    for bench in demo(20).await {
        let services = &bench.services;
        let mut tokens = Vec::new();
        for email in ["admin@demo.test", "owner@demo.test"] {
            tokens.push(
                login::log_in(services, email, &password("doorward-demo"), None, &origin("")).await.expect("in").token,
            );
        }
        // Nothing is written while the writer is held, however many pages are opened.
        let held = services.store().write().await.expect("write");
        for minutes in [20, 40] {
            bench.hand.store(START.0 + minutes * MINUTE, Ordering::SeqCst);
            for token in &tokens {
                for _ in 0..50 {
                    let live = login::authenticate(services, token, true).await.expect("read");
                    assert!(live.is_some(), "used within half an hour, which is not written yet");
                }
            }
        }
        drop(held);
        assert_eq!(services::write_notes(services, false).await.expect("written"), 2, "one for each session");
        assert_eq!(services::write_notes(services, false).await.expect("written"), 0);
        bench.hand.store(START.0 + 69 * MINUTE, Ordering::SeqCst);
        let other = crate::support::second(&bench).await;
        for token in &tokens {
            assert!(login::authenticate(&other, token, false).await.expect("read").is_some(), "every server knows");
        }
        bench.hand.store(START.0 + 70 * MINUTE, Ordering::SeqCst);
        for token in &tokens {
            assert!(login::authenticate(services, token, true).await.expect("read").is_none(), "idle");
        }
    }
}
