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
        let entered =
            login::log_in(services, "Admin@demo.test", &password("doorward-demo"), &origin("a")).await.expect("in");
        let actor = login::authenticate(services, &entered.token, true).await.expect("read").expect("live").actor;
        assert!(actor.admin);
        for email in ["admin@demo.test", "nobody@demo.test"] {
            let answer = login::log_in(services, email, &password("wrong"), &origin("b")).await;
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
        let entered = login::log_in(&bench.services, "admin@demo.test", &password("doorward-demo"), &origin(""))
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
            login::log_in(services, "owner@demo.test", &password("guess"), &origin(&format!("10.0.0.{index}"))).await
        });
        let answers = join_all(guesses).await;
        let evaluated = answers.iter().filter(|answer| matches!(answer, Err(Error::Unauthenticated))).count();
        assert_eq!(evaluated, 5, "five free tries, whoever makes them");
        let right = login::log_in(services, "owner@demo.test", &password("doorward-demo"), &origin("c")).await;
        assert!(matches!(right, Err(Error::TooMany(_))), "a right password during the delay looks the same");
        bench.hand.store(START.0 + 600_000_000, Ordering::SeqCst);
        login::log_in(services, "owner@demo.test", &password("doorward-demo"), &origin("c"))
            .await
            .expect("the delay is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_sets_a_password_once() {
    for bench in demo(20).await {
        let services = &bench.services;
        let person = login::active_person(services, "member@demo.test").await.expect("read").expect("there");
        let token = login::mint_link(services, person, Purpose::Printed).await.expect("link");
        let (good, short) = (password("the quiet otter reads"), password("short"));
        let refused = login::set_password_by_link(services, &token, &short, &short, &origin("")).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "and the link stays usable");
        login::set_password_by_link(services, &token, &good, &good, &origin("")).await.expect("set");
        let again = login::set_password_by_link(services, &token, &good, &good, &origin("")).await;
        assert!(matches!(again, Err(Error::NotFound)), "once");
        login::log_in(services, "member@demo.test", &good, &origin("")).await.expect("in");
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
                login::set_up_first_admin(services, "Ada", &format!("ada{index}@x.test"), &secret, &origin("")).await
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
            let answer = login::log_in(services, &email, &password("guess"), &origin("10.9.9.9")).await;
            let waits = matches!(answer, Err(Error::TooMany(_)));
            assert_eq!(waits, guess >= 10, "ten tries over all accounts, then a delay: {guess}");
        }
        let right = async |address| {
            login::log_in(services, "owner@demo.test", &password("doorward-demo"), &origin(address)).await
        };
        assert!(matches!(right("10.9.9.9").await, Err(Error::TooMany(_))));
        right("10.9.9.8").await.expect("from elsewhere");
        bench.hand.store(START.0 + 600_000_000, Ordering::SeqCst);
        right("10.9.9.9").await.expect("the delay is over");
    }
}
