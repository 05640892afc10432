//! One-time links and addresses: where a link goes, when it ends, and who is told.

use crate::support::{START, actor, demo, house, second, sound};
use domain::catalog::Access;
use domain::ids::PersonId;
use domain::people::Actor;
use domain::time::Timestamp;
use futures::future::join_all;
use services::directory::{PersonDraft, person, save_person};
use services::import::{How, Kind, import};
use services::login::{self, Password, Purpose, Token};
use services::{Error, Origin, Services};
use std::sync::atomic::Ordering;
use store::outbox::Claimed;

const HOUR: i64 = 3_600_000_000;

fn origin() -> Origin {
    Origin::default()
}

fn from(address: &str) -> Origin {
    Origin { address: address.to_owned(), agent: "test".to_owned(), ..Origin::default() }
}

fn good() -> Password {
    Password("the quiet otter reads".to_owned())
}

async fn edit(services: &Services, by: &Actor, who: PersonId, change: impl FnOnce(&mut PersonDraft)) {
    let mut draft = person(services, by, who).await.expect("person").draft;
    change(&mut draft);
    save_person(services, by, Some(who), &draft, &origin()).await.expect("saved");
}

async fn enter(services: &Services, link: &Token) -> services::Result<login::LoggedIn> {
    login::set_password_by_link(services, link, &good(), &good(), None, &origin()).await
}

async fn waiting(services: &Services) -> Vec<Claimed> {
    services::outbox::claim(services, 100).await.expect("claim")
}

/// A typo is corrected: whoever got the link at the wrong address has nothing, and hears that it is not the account's any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_typo_takes_the_link_and_tells_the_old_address() {
    for house in house(Access::Permanent).await {
        let services = &house.services;
        let (ada, rita) = (actor(&house, "ada@x.test").await, actor(&house, "rita@x.test").await);
        let link =
            login::mint_link(services, rita.id, "rita@x.test", Purpose::Invitation).await.expect("a link by mail");
        login::link_person(services, &link).await.expect("usable");
        edit(services, &ada, rita.id, |draft| draft.email = "rita.oersted@x.test".to_owned()).await;
        assert!(matches!(login::link_person(services, &link).await, Err(Error::NotFound)));
        assert!(matches!(enter(services, &link).await, Err(Error::NotFound)));
        let mail = waiting(services).await;
        assert_eq!(mail.len(), 1, "{mail:?}");
        assert_eq!((mail[0].kind.as_str(), mail[0].email.as_str()), ("address_changed", "rita@x.test"));
        assert!(!mail[0].payload.to_string().contains("oersted"), "where it went is not the old address's business");
        // Back again does not revive it, and each change is told.
        edit(services, &ada, rita.id, |draft| draft.email = "rita@x.test".to_owned()).await;
        assert!(matches!(enter(services, &link).await, Err(Error::NotFound)));
        assert_eq!(waiting(services).await[0].email, "rita.oersted@x.test");
        // A link is made for the address that it goes to, or not at all.
        let late = login::mint_link(services, rita.id, "rita.oersted@x.test", Purpose::Reset).await;
        assert!(matches!(late, Err(Error::NotFound)));
        sound(&house).await;
    }
}

/// Also when the person leaves in the same act: the old address hears of it.
#[tokio::test(flavor = "multi_thread")]
async fn the_old_address_is_told_even_of_somebody_who_left() {
    for house in house(Access::Permanent).await {
        let services = &house.services;
        let (ada, rita) = (actor(&house, "ada@x.test").await, actor(&house, "rita@x.test").await);
        edit(services, &ada, rita.id, |draft| {
            draft.email = "gone@x.test".to_owned();
            draft.active = false;
        })
        .await;
        let mail = waiting(services).await;
        let looked = services::outbox::look(services, &mail).await.expect("look");
        let told = mail.iter().zip(&looked).filter(|(_, now)| now.suppressed.is_none());
        assert_eq!(told.map(|(one, _)| one.email.as_str()).collect::<Vec<_>>(), ["rita@x.test"]);
    }
}

/// By form, by import and by the command line; and coming back brings nothing back.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_changes_activity_or_admin_mark_ends_links_and_where_rights_fall_sessions() {
    for house in house(Access::Permanent).await {
        let services = &house.services;
        let ada = actor(&house, "ada@x.test").await;
        let how = How { dry_run: false, invite: false, leave_out_unknown: false };
        let (max, ben) = (actor(&house, "max@x.test").await, actor(&house, "ben@x.test").await);
        let file = async |text: &str| {
            import(services, Kind::People, text.as_bytes(), how, None, &origin()).await.expect("imported");
        };
        for way in ["form: leaves", "import: leaves", "form: demoted", "import: demoted", "command line: promoted"] {
            let who = if way.ends_with("demoted") { &ben } else { &max };
            let first = login::mint_link(services, who.id, &who.email, Purpose::Printed).await.expect("link");
            let session = enter(services, &first).await.expect("in").token;
            let link = login::mint_link(services, who.id, &who.email, Purpose::Invitation).await.expect("link");
            match way {
                "form: leaves" => edit(services, &ada, who.id, |draft| draft.active = false).await,
                "import: leaves" => file("email,active\nmax@x.test,no\n").await,
                "form: demoted" => edit(services, &ada, who.id, |draft| draft.admin = false).await,
                "import: demoted" => file("email,admin\nben@x.test,no\n").await,
                _ => drop(login::create_admin(services, &who.email, "").await.expect("made")),
            }
            let live = login::authenticate(services, &session, false).await.expect("read").is_some();
            assert_eq!(live, way.ends_with("promoted"), "{way}");
            file("email,active,admin\nmax@x.test,yes,no\nben@x.test,yes,yes\n").await;
            assert!(matches!(enter(services, &link).await, Err(Error::NotFound)), "{way}");
            assert!(login::authenticate(services, &session, false).await.expect("read").is_none(), "{way}");
        }
        sound(&house).await;
    }
}

/// Used twice at once, on two servers: one use, one session.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_used_twice_at_once_is_used_once() {
    for house in house(Access::Permanent).await {
        let rita = actor(&house, "rita@x.test").await;
        let other = second(&house).await;
        for _ in 0..3 {
            let link = login::mint_link(&house.services, rita.id, "rita@x.test", Purpose::Reset).await.expect("link");
            let tries = [&house.services, &other, &house.services, &other].map(|services| enter(services, &link));
            let answers = join_all(tries).await;
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
            assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(Error::NotFound))), "{answers:?}");
        }
    }
}

/// The rule of the screen: only while nobody gets mail, only for somebody who was never in and is no admin, for an hour, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_shown_only_where_nothing_else_reaches_somebody_new() {
    for house in house(Access::Permanent).await {
        let (ada, ben) = (actor(&house, "ada@x.test").await, actor(&house, "ben@x.test").await);
        let (max, rita) = (actor(&house, "max@x.test").await, actor(&house, "rita@x.test").await);
        let mails = &house.services;
        let files = mails.clone().with_mail_in_files(true);
        let refused = |answer: services::Result<Token>| matches!(answer, Err(Error::Invalid(fields)) if fields[0].field == "link");
        assert!(refused(login::show_link(mails, &ada, rita.id, &origin()).await), "mail is sent");
        assert!(matches!(login::show_link(&files, &rita, max.id, &origin()).await, Err(Error::Forbidden)));
        assert!(refused(login::show_link(&files, &ada, ben.id, &origin()).await), "an administrator");
        assert!(login::may_show_link(&files, &ada, rita.id).await.expect("read"));
        assert!(!login::may_show_link(mails, &ada, rita.id).await.expect("read"));
        let link = login::show_link(&files, &ada, rita.id, &origin()).await.expect("shown");
        let asked = services::audit::Asked { kind: "link_shown".to_owned(), ..Default::default() };
        let page = services::audit::events(mails, &ada, &asked).await.expect("audit");
        let line = page.lines.first().expect("in the record");
        assert_eq!((line.actor.as_str(), line.subject.as_str()), ("Ada Admin", "rita@x.test"));
        house.hand.store(START.0 + HOUR, Ordering::SeqCst);
        assert!(matches!(enter(&files, &link).await, Err(Error::NotFound)), "an hour is over");
        let link = login::show_link(&files, &ada, rita.id, &origin()).await.expect("again");
        house.hand.store(START.0 + 2 * HOUR - 1, Ordering::SeqCst);
        enter(&files, &link).await.expect("in time");
        assert!(matches!(enter(&files, &link).await, Err(Error::NotFound)), "once");
        assert!(refused(login::show_link(&files, &ada, rita.id, &origin()).await), "was in");
        assert!(!login::may_show_link(&files, &ada, rita.id).await.expect("read"));
        sound(&house).await;
    }
}

/// Thirteen in ten minutes, from everywhere: three messages, and the same answer each time.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_gets_three_resets_an_hour_and_nobody_is_told_which() {
    for house in house(Access::Permanent).await {
        let (services, other) = (&house.services, second(&house).await);
        let ask = async |services: &Services, index: usize| {
            login::request_reset(services, "Rita@x.test", &from(&format!("10.0.0.{index}"))).await
        };
        let tries = (0..13).map(|index| ask(if index % 2 == 0 { services } else { &other }, index));
        for answer in join_all(tries).await {
            answer.expect("the same answer");
        }
        let rita = actor(&house, "rita@x.test").await;
        let written = async |since: i64| {
            let mut s = services.store().read().await.expect("read");
            store::outbox::written(&mut s, rita.id, "password_reset", Timestamp(since)).await.expect("count")
        };
        assert_eq!(written(0).await, 3);
        house.hand.store(START.0 + HOUR - 1, Ordering::SeqCst);
        ask(services, 20).await.expect("the same answer");
        assert_eq!(written(0).await, 3, "not yet");
        house.hand.store(START.0 + HOUR, Ordering::SeqCst);
        ask(services, 21).await.expect("the same answer");
        assert_eq!(written(START.0).await, 1, "an hour later");
        // Nobody gets more out of an address that nobody has.
        for index in 0..5 {
            let asked = login::request_reset(services, "nobody@x.test", &from(&format!("10.0.1.{index}"))).await;
            asked.expect("the same answer");
        }
        // One place that asks for many accounts has to wait.
        let mut waits = 0;
        for index in 0..14 {
            let asked = login::request_reset(services, &format!("nobody{index}@x.test"), &from("10.9.9.9")).await;
            waits += usize::from(matches!(asked, Err(Error::TooMany(_))));
        }
        assert_eq!(waits, 4);
    }
}

/// Whoever logs in leaves the session that the browser held, whosever it was.
#[tokio::test(flavor = "multi_thread")]
async fn the_session_that_the_browser_held_ends_with_a_log_in() {
    for bench in demo(20).await {
        let services = &bench.services;
        let word = Password("doorward-demo".to_owned());
        let enter = async |email: &str, held: Option<&Token>| {
            login::log_in(services, email, &word, held, &origin()).await.expect("in").token
        };
        let first = enter("owner@demo.test", None).await;
        let aside = enter("owner@demo.test", None).await;
        let second = enter("member@demo.test", Some(&first)).await;
        let live = async |token: &Token| login::authenticate(services, token, false).await.expect("read").is_some();
        assert!(!live(&first).await, "held until then");
        assert!(live(&aside).await && live(&second).await, "another browser's stays");
        // A wrong password ends nothing.
        let wrong = Password("something else".to_owned());
        login::log_in(services, "owner@demo.test", &wrong, Some(&second), &origin()).await.expect_err("wrong");
        assert!(live(&second).await);
        let person = login::active_person(services, "manager@demo.test").await.expect("read").expect("there");
        let link = login::mint_link(services, person, "manager@demo.test", Purpose::Reset).await.expect("link");
        login::set_password_by_link(services, &link, &good(), &good(), Some(&second), &origin()).await.expect("in");
        assert!(!live(&second).await, "nor behind a link");
    }
}

/// How many rounds a race runs: few by default, as many as `DOORWARD_ROUNDS` says.
fn rounds() -> usize {
    std::env::var("DOORWARD_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// A log-in that looks at the old password while a link replaces it: who knows the old one is out, in whatever order both end. On
/// PostgreSQL two servers.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_with_the_old_password_never_outlives_a_reset() {
    for house in house(Access::Permanent).await {
        let rita = actor(&house, "rita@x.test").await;
        let (first, other) = (house.services.clone(), second(&house).await);
        let mut refused = 0;
        let words = ["the quiet otter reads", "vier Dachziegel im Mai"].map(|word| Password(word.to_owned()));
        let link = login::mint_link(&first, rita.id, "rita@x.test", Purpose::Reset).await.expect("link");
        login::set_password_by_link(&first, &link, &words[0], &words[0], None, &origin()).await.expect("set");
        for round in 0..rounds() {
            let (old, new) = (&words[round % 2], &words[(round + 1) % 2]);
            let link = login::mint_link(&first, rita.id, "rita@x.test", Purpose::Reset).await.expect("link");
            let log_in = async {
                // Begins a little later each round, so that it meets the other at every place.
                for _ in 0..round {
                    tokio::task::yield_now().await;
                }
                login::log_in(&other, "rita@x.test", old, None, &origin()).await
            };
            let nowhere = origin();
            let reset = login::set_password_by_link(&first, &link, new, new, None, &nowhere);
            let (entered, set) = futures::future::join(log_in, reset).await;
            let set = set.expect("set");
            match entered {
                // It was there first; the reset has ended it.
                Ok(entered) => {
                    let live = login::authenticate(&first, &entered.token, false).await.expect("read");
                    assert!(live.is_none(), "round {round}: the old password holds a session");
                }
                Err(Error::Unauthenticated) => refused += 1,
                Err(other) => panic!("round {round}: {other}"),
            }
            assert!(login::authenticate(&first, &set.token, false).await.expect("read").is_some(), "round {round}");
            // The count of refused tries begins anew.
            house.hand.fetch_add(HOUR, Ordering::SeqCst);
        }
        println!("{}: {} rounds, {refused} log-ins refused", house.url.split(':').next().unwrap_or(""), rounds());
        sound(&house).await;
    }
}

/// The same with somebody who is deactivated while their password is looked at, and with two who change a password at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_never_outlives_a_deactivation_and_one_of_two_changes_wins() {
    for house in house(Access::Permanent).await {
        let (ada, rita) = (actor(&house, "ada@x.test").await, actor(&house, "rita@x.test").await);
        let (first, other) = (house.services.clone(), second(&house).await);
        let link = login::mint_link(&first, rita.id, "rita@x.test", Purpose::Reset).await.expect("link");
        enter(&first, &link).await.expect("set");
        for round in 0..rounds().min(20) {
            let (word, nowhere) = (good(), origin());
            let leaves = edit(&first, &ada, rita.id, |draft| draft.active = false);
            let log_in = login::log_in(&other, "rita@x.test", &word, None, &nowhere);
            let (entered, ()) = futures::future::join(log_in, leaves).await;
            if let Ok(entered) = entered {
                let live = login::authenticate(&first, &entered.token, false).await.expect("read");
                assert!(live.is_none(), "round {round}: somebody who left holds a session");
            }
            sound(&house).await;
            edit(&first, &ada, rita.id, |draft| draft.active = true).await;
            // The count of tries begins anew.
            house.hand.fetch_add(HOUR, Ordering::SeqCst);
        }
        let words = ["vier Dachziegel im Mai", "ein Wagen voll Kies 83"].map(|word| Password(word.to_owned()));
        let current = good();
        let tries = words.each_ref().map(|word| {
            let (other, rita, current) = (&other, &rita, &current);
            async move { login::change_password(other, rita, current, word, word, &origin()).await }
        });
        let answers = join_all(tries).await;
        let won: Vec<usize> = (0..2).filter(|index| answers[*index].is_ok()).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        login::log_in(&first, "rita@x.test", &words[won[0]], None, &origin()).await.expect("the winner's");
    }
}

/// What cannot be is refused before anything is hashed or written.
#[tokio::test(flavor = "multi_thread")]
async fn passwords_that_cannot_be_cost_nothing_and_common_ones_are_refused_everywhere() {
    for house in house(Access::Permanent).await {
        let services = &house.services;
        let rita = actor(&house, "rita@x.test").await;
        let lines = async || {
            let ada = actor(&house, "ada@x.test").await;
            services::write_notes(services, true).await.expect("written");
            let asked = services::audit::Asked { kind: "login_failed".to_owned(), ..Default::default() };
            services::audit::events(services, &ada, &asked).await.expect("audit").lines.len()
        };
        for (email, word) in
            [("rita@x.test", String::new()), ("rita@x.test", "x".repeat(1 << 20)), ("no address", "wrong".to_owned())]
        {
            let answer = login::log_in(services, email, &Password(word), None, &from("10.0.0.1")).await;
            assert!(matches!(answer, Err(Error::Unauthenticated)));
        }
        assert_eq!(lines().await, 0, "nothing was looked at");
        let link = login::mint_link(services, rita.id, "rita@x.test", Purpose::Reset).await.expect("link");
        for word in ["aaaaaaaaaaaaaaaa", "passwordpassword", "RitaOerstedRita1", "qwertyuiopasdfgh"] {
            let word = Password(word.to_owned());
            let refused = login::set_password_by_link(services, &link, &word, &word, None, &origin()).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{word:?}");
        }
        let entered = enter(services, &link).await.expect("in");
        let common = Password("passwordpassword".to_owned());
        let refused = login::change_password(services, &entered.actor, &good(), &common, &common, &origin()).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
        // There is an administrator: the first set-up does not even look at what was typed.
        let again = login::set_up_first_admin(services, "", "", &common, None, &origin()).await;
        assert!(matches!(again, Err(Error::NotFound)));
    }
    for bench in crate::support::engines().await {
        for word in ["aaaaaaaaaaaaaaaa", "passwordpassword", "ada.okafor@x.test", "Ada Okafor 2026!"] {
            let word = Password(word.to_owned());
            let services = &bench.services;
            let refused =
                login::set_up_first_admin(services, "Ada Okafor", "ada.okafor@x.test", &word, None, &origin()).await;
            assert!(
                matches!(&refused, Err(Error::Invalid(fields)) if fields[0].field == "password"),
                "{word:?}: {refused:?}"
            );
        }
    }
}
