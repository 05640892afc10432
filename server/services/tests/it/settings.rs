//! Every setting has an effect.

use crate::support::{House, START, actor, approval, house, sound};
use domain::catalog::Access;
use domain::ids::RequestNumber;
use domain::time::Span;
use services::requests::{Grant, Submit, grant, submit, vote};
use services::{Error, Origin, SettingsDraft, save_settings};

async fn set(house: &House, change: impl FnOnce(&mut SettingsDraft)) {
    let ada = actor(house, "ada@x.test").await;
    let before = SettingsDraft::of(&services::settings(&house.services).await.expect("settings"));
    let mut after = before.clone();
    change(&mut after);
    save_settings(&house.services, &ada, &before, &after, &Origin::default()).await.expect("saved");
}

async fn ask(house: &House) -> RequestNumber {
    let rita = actor(house, "rita@x.test").await;
    let given = Submit { flow: house.flow, reason: "Needed".to_owned(), duration: String::new() };
    submit(&house.services, &rita, &given, &Origin::default()).await.expect("asked").number
}

async fn approve(house: &House, number: RequestNumber) {
    let max = actor(house, "max@x.test").await;
    let yes = approval(number);
    vote(&house.services, &max, &yes, &Origin::default()).await.expect("voted");
}

async fn kinds(house: &House, number: RequestNumber) -> Vec<String> {
    let ada = actor(house, "ada@x.test").await;
    let detail = services::queue::detail(&house.services, &ada, number).await.expect("detail");
    let mut kinds: Vec<String> = detail.delivery.into_iter().map(|one| one.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_on_submission_on_receipt_and_on_decision() {
    for house in house(Access::Permanent).await {
        let all = ["admin_request_submitted", "approver_request_submitted", "request_approved", "request_received"];
        let number = ask(&house).await;
        approve(&house, number).await;
        assert_eq!(kinds(&house, number).await, all);
    }
    type Switch = fn(&mut SettingsDraft);
    let switches: [(Switch, &[&str]); 3] = [
        (|draft| draft.mail_approvers = false, &["request_approved", "request_received"]),
        (
            |draft| draft.mail_receipt = false,
            &["admin_request_submitted", "approver_request_submitted", "request_approved"],
        ),
        (
            |draft| draft.mail_decision = false,
            &["admin_request_submitted", "approver_request_submitted", "request_received"],
        ),
    ];
    for (switch, wanted) in switches {
        for house in house(Access::Permanent).await {
            set(&house, switch).await;
            let number = ask(&house).await;
            approve(&house, number).await;
            assert_eq!(kinds(&house, number).await, wanted);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_shown_to_requesters_or_not() {
    for house in house(Access::Permanent).await {
        let number = ask(&house).await;
        let rita = actor(&house, "rita@x.test").await;
        for shown in [true, false] {
            set(&house, |draft| draft.show_progress = shown).await;
            let mine = services::portal::my_requests(&house.services, &rita, None, "").await.expect("mine").requests;
            assert_eq!(mine[0].steps.is_some(), shown);
            let detail = services::queue::detail(&house.services, &rita, number).await.expect("detail");
            assert_eq!(detail.steps.is_some(), shown, "what is not shown is not sent, and not said to be absent");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn days_until_expiry_and_comments_on_overrides() {
    for house in house(Access::Permanent).await {
        set(&house, |draft| {
            draft.expiry_days = "5".to_owned();
            draft.comment_on_override = true;
        })
        .await;
        let number = ask(&house).await;
        let ada = actor(&house, "ada@x.test").await;
        let detail = services::queue::detail(&house.services, &ada, number).await.expect("detail");
        assert_eq!(detail.row.expires_at, Some(START + Span::days(5)));
        let mut over = Grant {
            number,
            version: None,
            over: true,
            comment: String::new(),
            duration: String::new(),
            announced: None,
        };
        let bare = grant(&house.services, &ada, &over, &Origin::default()).await;
        assert!(matches!(&bare, Err(Error::Invalid(fields)) if fields[0].field == "comment"), "{bare:?}");
        over.comment = "The owner is away".to_owned();
        grant(&house.services, &ada, &over, &Origin::default()).await.expect("granted");
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_asks_while_requests_are_off() {
    for house in house(Access::Permanent).await {
        set(&house, |draft| draft.requests_enabled = false).await;
        let rita = actor(&house, "rita@x.test").await;
        let given = Submit { flow: house.flow, reason: "Needed".to_owned(), duration: String::new() };
        let answer = submit(&house.services, &rita, &given, &Origin::default()).await;
        assert!(matches!(answer, Err(Error::Forbidden)));
        assert!(!services::portal::catalogue(&house.services, &rita, "", None).await.expect("catalogue").any);
    }
}

/// Where progress is not shown, nothing is said of it: neither that nobody has to agree, nor who is missing.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_is_not_told_wrongly() {
    for house in house(Access::Permanent).await {
        set(&house, |draft| draft.show_progress = false).await;
        let number = ask(&house).await;
        let rita = actor(&house, "rita@x.test").await;
        let detail = services::queue::detail(&house.services, &rita, number).await.expect("detail");
        assert!(detail.steps.is_none() && detail.missing.is_none() && !detail.sees_delivery);
        approve(&house, number).await;
        // Too late to withdraw: the answer does not say on whom it waited.
        let late = services::requests::withdraw(&house.services, &rita, number, &Origin::default()).await;
        let Err(Error::Refused(_, Some(late))) = late else { panic!("{late:?}") };
        assert_eq!(late.row.waiting_on, None);
    }
}

/// A request of others and one that is not there get the same answer, and the attempt is recorded for both.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_others_is_like_none() {
    for house in house(Access::Permanent).await {
        let number = ask(&house).await;
        let mut session = house.services.store().write().await.expect("write");
        let zoe = store::directory::people::Person::new("zoe@x.test", "Zoe");
        store::directory::people::put(&mut session, std::slice::from_ref(&zoe)).await.expect("person");
        session.commit().await.expect("commit");
        let zoe = actor(&house, "zoe@x.test").await;
        let refusals = async || {
            let mut session = house.services.store().read().await.expect("read");
            let wanted = store::audit::Wanted { kind: Some("refused".to_owned()), ..store::audit::Wanted::default() };
            store::audit::search(&mut session, &wanted, 99).await.expect("search").len()
        };
        for other in [number, domain::ids::RequestNumber(number.0 + 1000), domain::ids::RequestNumber(-1)] {
            let before = refusals().await;
            let seen = services::queue::detail(&house.services, &zoe, other).await;
            assert!(matches!(seen, Err(Error::NotFound)), "{seen:?}");
            let voted = vote(&house.services, &zoe, &approval(other), &Origin::default()).await;
            assert!(matches!(voted, Err(Error::NotFound)));
            let back = services::requests::withdraw(&house.services, &zoe, other, &Origin::default()).await;
            assert!(matches!(back, Err(Error::NotFound)));
            assert_eq!(refusals().await, before + 2, "{other}: each attempt is recorded, whether it is there or not");
        }
        // What stands in for a missing one is not touched.
        let ada = actor(&house, "ada@x.test").await;
        let detail = services::queue::detail(&house.services, &ada, number).await.expect("detail");
        assert_eq!((detail.row.version, detail.row.status), (1, domain::request::Status::Pending));
    }
}
