//! Deciding, on both engines, with the invariants proved afterwards.

use crate::support::{START, actor, demo, sound};
use domain::filter::{Filter, ListQuery};
use domain::request::{Lane, Refusal, Status};
use domain::time::Span;
use domain::view::QueuePage;
use futures::future::join_all;
use services::requests::{Deny, Grant, Submit};
use services::{Error, Origin};
use std::sync::atomic::Ordering;

async fn queue(bench: &crate::support::Bench, tab: Lane) -> QueuePage {
    let admin = actor(bench, "admin@demo.test").await;
    let query = ListQuery { filter: Filter { tab, ..Filter::default() }, ..ListQuery::default() };
    services::queue::page(&bench.services, &admin, &query, Vec::new()).await.expect("page")
}

fn grant(number: domain::ids::RequestNumber) -> Grant {
    Grant { number, version: None, over: true, comment: "ok".to_owned(), duration: String::new(), announced: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_deciders_at_once_exactly_one_wins() {
    for bench in demo(300).await {
        let admins = [actor(&bench, "admin@demo.test").await, actor(&bench, "second.admin@demo.test").await];
        let page = queue(&bench, Lane::Administrator).await;
        let before = page.counters.administrator;
        let number = page.rows.first().expect("a row").number;
        let deny = Deny {
            number,
            version: None,
            reason: "no".to_owned(),
            next_steps: String::new(),
            notes: "secret".to_owned(),
            announced: None,
        };
        let origin = Origin::default();
        let tries = (0..8).map(|index| {
            let (services, admin, deny, origin) = (&bench.services, &admins[index % 2], &deny, &origin);
            async move {
                if index % 2 == 0 {
                    services::requests::grant(services, admin, &grant(number), origin).await.map(|done| done.row.status)
                } else {
                    services::requests::deny(services, admin, deny, origin).await.map(|done| done.row.status)
                }
            }
        });
        let answers = join_all(tries).await;
        let won: Vec<Status> = answers.iter().filter_map(|answer| answer.as_ref().ok()).copied().collect();
        // The winner's repeated clicks get the winner's answer; nobody gets the other one.
        assert!(!won.is_empty() && won.iter().all(|status| *status == won[0]), "{answers:?}");
        assert!(
            answers
                .iter()
                .filter(|answer| answer.is_err())
                .all(|answer| matches!(answer, Err(Error::Refused(Refusal::Ended(_), Some(_)))))
        );
        assert_eq!(queue(&bench, Lane::Administrator).await.counters.administrator, before - 1);
        sound(&bench).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_on_their_own_request() {
    for bench in demo(120).await {
        let admin = actor(&bench, "admin@demo.test").await;
        let offer = services::portal::catalogue(&bench.services, &admin, "", None).await.expect("catalogue").entries;
        let manual = offer
            .iter()
            .find(|entry| {
                !entry.steps.is_empty() && entry.open.is_none() && !entry.held && entry.access.longest().is_none()
            })
            .expect("an offer");
        let submit = Submit { flow: manual.flow, reason: "mine".to_owned(), duration: String::new() };
        let submitted =
            services::requests::submit(&bench.services, &admin, &submit, &Origin::default()).await.expect("submitted");
        let answer =
            services::requests::grant(&bench.services, &admin, &grant(submitted.number), &Origin::default()).await;
        assert!(matches!(answer, Err(Error::Refused(Refusal::OwnRequest, _))), "{answer:?}");
        let again =
            services::requests::submit(&bench.services, &admin, &submit, &Origin::default()).await.expect("shown");
        assert_eq!((again.number, again.existing), (submitted.number, true));
        services::requests::withdraw(&bench.services, &admin, submitted.number, &Origin::default())
            .await
            .expect("withdrawn");
        sound(&bench).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_thirty_days_a_decision_is_too_late() {
    for bench in demo(300).await {
        let admin = actor(&bench, "admin@demo.test").await;
        let number = queue(&bench, Lane::Others).await.rows.first().expect("a row").number;
        bench.hand.store((START + Span::days(31)).0, Ordering::SeqCst);
        let answer = services::requests::grant(&bench.services, &admin, &grant(number), &Origin::default()).await;
        let Err(Error::Refused(Refusal::Expired, Some(late))) = answer else { panic!("{answer:?}") };
        assert_eq!(late.row.status, Status::Expired);
        while services::requests::expire_due(&bench.services).await.expect("expire") > 0 {}
        assert_eq!(queue(&bench, Lane::Others).await.counters.others, 0);
        sound(&bench).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_click_is_refused_and_a_reason_is_required() {
    for bench in demo(120).await {
        let admin = actor(&bench, "admin@demo.test").await;
        let row = queue(&bench, Lane::Others).await.rows.first().expect("a row").clone();
        let stale = Grant { version: Some(row.version + 1), ..grant(row.number) };
        let answer = services::requests::grant(&bench.services, &admin, &stale, &Origin::default()).await;
        assert!(matches!(answer, Err(Error::Refused(Refusal::Changed, _))), "{answer:?}");
        let deny = Deny {
            number: row.number,
            version: None,
            reason: " ".to_owned(),
            next_steps: String::new(),
            notes: String::new(),
            announced: None,
        };
        let answer = services::requests::deny(&bench.services, &admin, &deny, &Origin::default()).await;
        assert!(matches!(&answer, Err(Error::Invalid(fields)) if fields[0].field == "reason"), "{answer:?}");
        let member = actor(&bench, "requester@demo.test").await;
        let page = services::queue::page(&bench.services, &member, &ListQuery::default(), Vec::new()).await;
        assert!(matches!(page, Err(Error::Forbidden)));
    }
}
