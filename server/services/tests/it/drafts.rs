//! What somebody typed comes back to them alone, for twelve hours, and no secret is ever in it.

use crate::support::{Bench, START, actor, demo, second};
use domain::time::Timestamp;
use services::Origin;
use services::drafts::{self, Fields, Opened, SECRET_FIELDS};
use services::login::{self, Password};
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use std::sync::atomic::Ordering;

const HOUR: i64 = 3_600_000_000;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What lies in the table, behind the services' back.
async fn contents(bench: &Bench) -> Vec<String> {
    const SQL: &str = "SELECT content FROM drafts";
    if bench.url.starts_with("sqlite") {
        let mut c = SqliteConnection::connect(&bench.url).await.expect("connect");
        sqlx::query_scalar(SQL).fetch_all(&mut c).await.expect("rows")
    } else {
        let mut c = PgConnection::connect(&bench.url).await.expect("connect");
        sqlx::query_scalar(SQL).fetch_all(&mut c).await.expect("rows")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_form_opens_for_its_writer_for_twelve_hours() {
    for bench in demo(20).await {
        let services = &bench.services;
        let (admin, owner) = (actor(&bench, "admin@demo.test").await, actor(&bench, "owner@demo.test").await);
        let typed = fields(&[("reason", "Because of Friday"), ("notes", "")]);
        let place = "/admin/requests/7?act=deny";
        let sealed = drafts::seal(services, admin.id, place, &typed).await.expect("sealed").expect("small enough");
        assert!(!sealed.contains("Friday") && !sealed.contains("deny"));
        let own = Opened::Own { form: place.to_owned(), fields: typed.clone() };
        assert_eq!(drafts::open(services, admin.id, &sealed).await.expect("read"), own);
        assert_eq!(drafts::open(services, owner.id, &sealed).await.expect("read"), Opened::Anothers);
        bench.hand.store(START.0 + 12 * HOUR - 1, Ordering::SeqCst);
        assert_eq!(drafts::open(services, admin.id, &sealed).await.expect("read"), own);
        bench.hand.store(START.0 + 12 * HOUR, Ordering::SeqCst);
        for person in [admin.id, owner.id] {
            assert_eq!(drafts::open(services, person, &sealed).await.expect("read"), Opened::Gone, "its time is over");
        }
        for changed in ["", "x", &sealed[..sealed.len() - 1]] {
            assert_eq!(drafts::open(services, admin.id, changed).await.expect("read"), Opened::Gone);
        }
        let large = fields(&[("reason", &"x".repeat(64 * 1024))]);
        assert_eq!(drafts::seal(services, admin.id, place, &large).await.expect("read"), None, "too large to carry");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_ever_kept() {
    for bench in demo(20).await {
        let services = &bench.services;
        let admin = actor(&bench, "admin@demo.test").await;
        let mut typed: Fields = SECRET_FIELDS.iter().map(|name| ((*name).to_owned(), "canary".to_owned())).collect();
        typed.insert("name".to_owned(), "Chat".to_owned());
        let left = fields(&[("name", "Chat")]);
        let sealed = drafts::seal(services, admin.id, "/x", &typed).await.expect("sealed").expect("small enough");
        let opened = drafts::open(services, admin.id, &sealed).await.expect("read");
        assert_eq!(opened, Opened::Own { form: "/x".to_owned(), fields: left.clone() });
        drafts::keep(services, &admin, "channel", "7", &typed, &Origin::default()).await.expect("kept");
        assert_eq!(drafts::take(services, &admin, "channel", "7").await.expect("read"), Some(left));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_lies_sealed_until_it_is_sent_or_its_time_is_over() {
    for bench in demo(20).await {
        let services = &bench.services;
        let (admin, owner) = (actor(&bench, "admin@demo.test").await, actor(&bench, "owner@demo.test").await);
        let origin = Origin::default();
        let take = async |who: &domain::people::Actor, object: &str| {
            drafts::take(services, who, "deny", object).await.expect("read")
        };
        for text in ["Because", "Because of Friday"] {
            let kept = drafts::keep(services, &admin, "deny", "7", &fields(&[("reason", text)]), &origin).await;
            assert_eq!(kept.expect("kept"), Some(Timestamp(START.0 + 12 * HOUR)));
        }
        let typed = Some(fields(&[("reason", "Because of Friday")]));
        assert_eq!(take(&admin, "7").await, typed, "the last of it");
        assert_eq!(take(&admin, "7").await, typed, "until it is sent");
        assert_eq!((take(&owner, "7").await, take(&admin, "8").await), (None, None), "by person and object");
        let lies = contents(&bench).await;
        assert!(lies.len() == 1 && lies[0].starts_with("sealed.") && !lies[0].contains("Friday"), "{lies:?}");
        // Another server with the same key has it too, and a change of the key leaves it readable.
        let other = second(&bench).await;
        assert_eq!(drafts::take(&other, &admin, "deny", "7").await.expect("read"), typed);
        let key = services::keys::Key::fresh().expect("a key");
        services::keys::rotate(services, &key).await.expect("rotated");
        assert_eq!(take(&admin, "7").await, typed);
        drafts::forget(services, &admin, "deny", "7", &origin).await.expect("forgotten");
        assert_eq!(take(&admin, "7").await, None, "sent");
        drafts::keep(services, &admin, "deny", "7", &fields(&[("reason", "x")]), &origin).await.expect("kept");
        assert_eq!(drafts::sweep(services).await.expect("swept"), 0);
        bench.hand.store(START.0 + 12 * HOUR, Ordering::SeqCst);
        assert_eq!(take(&admin, "7").await, None, "over");
        assert_eq!(drafts::sweep(services).await.expect("swept"), 1);
        assert_eq!(contents(&bench).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_session_still_says_whose_it_was() {
    for bench in demo(20).await {
        let services = &bench.services;
        let password = Password("doorward-demo".to_owned());
        let entered =
            login::log_in(services, "admin@demo.test", &password, None, &Origin::default()).await.expect("in");
        bench.hand.store(START.0 + 2 * HOUR, Ordering::SeqCst);
        assert!(login::authenticate(services, &entered.token, false).await.expect("read").is_none(), "idle");
        let owner = login::session_owner(services, &entered.token).await.expect("read");
        assert_eq!(owner, Some(entered.actor.id));
        assert_eq!(
            login::email_of(services, entered.actor.id).await.expect("read").as_deref(),
            Some("admin@demo.test")
        );
        let none = login::session_owner(services, &login::Token::given("forged")).await.expect("read");
        assert_eq!(none, None);
    }
}
