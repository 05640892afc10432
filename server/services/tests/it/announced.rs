//! The act that a screen announced is the act that happens, and no request lapses unreminded over a weekend without saying so.

use crate::support::{House, START, actor, approval, flow, house, sound};
use domain::catalog::Access;
use domain::flow::{Approvers, NamedPerson, Required, Step};
use domain::ids::{FlowId, RequestNumber};
use domain::people::Actor;
use domain::request::{Announced, Refusal, Status};
use domain::time::{Span, Timestamp};
use domain::validate::FieldCode;
use services::requests::{Deny, Grant, Outcome, Submit, Vote, deny, grant, submit, vote};
use services::{Error, Origin, SettingsDraft, save_settings};
use std::sync::atomic::Ordering;

const HOUR: i64 = 3_600 * 1_000_000;

/// A flow in which these people approve by name.
async fn flow_of(house: &House, name: &str, people: &[&str], required: Required) -> FlowId {
    let mut named = Vec::new();
    for email in people {
        let who = actor(house, email).await;
        named.push(NamedPerson { id: who.id, name: who.name });
    }
    let steps = vec![Step { approvers: Approvers::People { people: named }, required }];
    add(house, name, steps).await
}

async fn add(house: &House, name: &str, steps: Vec<Step>) -> FlowId {
    let mut session = house.services.store().write().await.expect("write");
    let access = Access::Choices(vec![Span::days(7), Span::days(30)]);
    let (id, _) = flow(&mut session, name, steps, access).await;
    session.commit().await.expect("commit");
    id
}

async fn ask(house: &House, flow: FlowId, duration: &str) -> RequestNumber {
    let rita = actor(house, "rita@x.test").await;
    let given = Submit { flow, reason: "Needed".to_owned(), duration: duration.to_owned() };
    submit(&house.services, &rita, &given, &Origin::default()).await.expect("asked").number
}

async fn says(house: &House, who: &Actor, number: RequestNumber) -> Option<Announced> {
    let page = services::portal::approvals(&house.services, who).await.expect("page");
    page.waiting.into_iter().find(|one| one.row.number == number).expect("it waits").does
}

fn other(answer: &services::Result<Outcome>) -> Option<Announced> {
    match answer {
        Err(Error::Refused(Refusal::OtherEffect(now), Some(_))) => Some(*now),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_that_became_the_last_asks_again_with_the_duration() {
    for house in house(Access::Permanent).await {
        let flow = flow_of(&house, "Payroll", &["max@x.test", "ben@x.test"], Required::All).await;
        let number = ask(&house, flow, "P30D").await;
        let (max, ben) = (actor(&house, "max@x.test").await, actor(&house, "ben@x.test").await);
        // Max has the screen open; meanwhile Ben approves.
        assert_eq!(says(&house, &max, number).await, Some(Announced::Step));
        vote(&house.services, &ben, &approval(number), &Origin::default()).await.expect("voted");
        let stale = Vote { announced: Some(Announced::Step), comment: "Fine".to_owned(), ..approval(number) };
        let answer = vote(&house.services, &max, &stale, &Origin::default()).await;
        assert_eq!(other(&answer), Some(Announced::Last), "{answer:?}");
        assert_eq!(
            says(&house, &max, number).await,
            Some(Announced::Last),
            "nothing was done, and the screen says what now"
        );
        let fresh = Vote { announced: Some(Announced::Last), duration: "P7D".to_owned(), ..stale.clone() };
        let row = vote(&house.services, &max, &fresh, &Origin::default()).await.expect("voted").row;
        assert_eq!(row.status, Status::Approved);
        let detail = services::queue::detail(&house.services, &max, number).await.expect("detail");
        assert_eq!(detail.ended.and_then(|end| end.granted), Some(Span::days(7)));
        // The same click again, with the page of before.
        vote(&house.services, &max, &stale, &Origin::default()).await.expect("the first answer again");
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duration_that_cannot_be_given_is_refused_beside_its_field() {
    for house in house(Access::Permanent).await {
        let flow = flow_of(&house, "Payroll", &["max@x.test", "ben@x.test"], Required::All).await;
        let number = ask(&house, flow, "P30D").await;
        let max = actor(&house, "max@x.test").await;
        for (duration, code) in
            [("P7D", FieldCode::NotYet), ("P31D", FieldCode::NotAllowed), ("a week", FieldCode::Duration)]
        {
            let given = Vote { duration: duration.to_owned(), ..approval(number) };
            let answer = vote(&house.services, &max, &given, &Origin::default()).await;
            let fits =
                |fields: &[domain::validate::FieldError]| fields[0].field == "duration" && fields[0].code == code;
            assert!(matches!(&answer, Err(Error::Invalid(fields)) if fits(fields)), "{duration}: {answer:?}");
        }
        assert_eq!(says(&house, &max, number).await, Some(Announced::Step), "nothing was done");
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_became_an_override_asks_again() {
    for house in house(Access::Permanent).await {
        let step = |approvers| Step { approvers, required: Required::Any };
        let flow = add(&house, "Payroll", vec![step(Approvers::Administrator), step(Approvers::Manager)]).await;
        let number = ask(&house, flow, "P30D").await;
        let (ada, ben) = (actor(&house, "ada@x.test").await, actor(&house, "ben@x.test").await);
        let shown = services::queue::detail(&house.services, &ada, number).await.expect("detail").permissions;
        assert_eq!(shown.grant_does, Some(Announced::Step));
        assert_eq!((shown.grant_over_does, shown.deny_does), (Some(Announced::Override), Some(Announced::Last)));
        let none = String::new;
        let click =
            |announced| Grant { number, version: None, over: false, comment: none(), duration: none(), announced };
        grant(&house.services, &ben, &click(shown.grant_does), &Origin::default()).await.expect("granted");
        let answer = grant(&house.services, &ada, &click(shown.grant_does), &Origin::default()).await;
        assert_eq!(other(&answer), Some(Announced::Override), "{answer:?}");
        let no = Deny {
            number,
            version: None,
            reason: "No".to_owned(),
            next_steps: none(),
            notes: none(),
            announced: shown.deny_does,
        };
        let answer = deny(&house.services, &ada, &no, &Origin::default()).await;
        assert_eq!(other(&answer), Some(Announced::Override), "{answer:?}");
        let now = services::queue::detail(&house.services, &ada, number).await.expect("detail");
        assert_eq!((now.row.status, now.permissions.grant_does), (Status::Pending, Some(Announced::Override)));
        grant(&house.services, &ada, &click(Some(Announced::Override)), &Origin::default()).await.expect("granted");
        sound(&house).await;
    }
}

/// Two administrators must agree: the grant of one of them gives nothing, although no other step follows.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_administrators_is_not_told_that_access_follows() {
    for house in house(Access::Permanent).await {
        let flow =
            add(&house, "Payroll", vec![Step { approvers: Approvers::Administrator, required: Required::All }]).await;
        let number = ask(&house, flow, "P30D").await;
        let ada = actor(&house, "ada@x.test").await;
        let shown = services::queue::detail(&house.services, &ada, number).await.expect("detail").permissions;
        assert_eq!(shown.grant_does, Some(Announced::Step));
        sound(&house).await;
    }
}

async fn expiry(house: &House, days: u32) {
    let ada = actor(house, "ada@x.test").await;
    let before = SettingsDraft::of(&services::settings(&house.services).await.expect("settings"));
    let after = SettingsDraft { expiry_days: days.to_string(), ..before.clone() };
    save_settings(&house.services, &ada, &before, &after, &Origin::default()).await.expect("saved");
}

/// Asked on a Friday at ten: the reminder comes on that day, however short the time is. Asked in its evening none can come: every page
/// of the request says so.
#[tokio::test(flavor = "multi_thread")]
async fn no_request_lapses_over_a_weekend_without_a_reminder_or_a_word() {
    let friday = Timestamp(START.0 + 4 * 24 * HOUR);
    for house in house(Access::Permanent).await {
        let (ada, max) = (actor(&house, "ada@x.test").await, actor(&house, "max@x.test").await);
        let rita = actor(&house, "rita@x.test").await;
        for days in 1..=3 {
            for (hour, comes) in [(0, true), (11, days == 3)] {
                let asked = Timestamp(friday.0 + hour * HOUR);
                house.hand.store(asked.0, Ordering::SeqCst);
                expiry(&house, days).await;
                let number = ask(&house, house.flow, "").await;
                let detail = services::queue::detail(&house.services, &ada, number).await.expect("detail");
                let planned: Vec<_> = detail.planned.iter().map(|planned| planned.at).collect();
                let within = planned.iter().all(|at| asked < *at && *at < asked + Span::days(days));
                assert!(within && planned.is_empty() != comes, "{days} days from hour {hour}: {planned:?}");
                assert_eq!(detail.unreminded, !comes, "{days} days from hour {hour}");
                let approvals = services::portal::approvals(&house.services, &max).await.expect("page").waiting;
                assert_eq!(approvals[0].unreminded, !comes);
                let mine =
                    services::portal::my_requests(&house.services, &rita, None, "").await.expect("mine").requests;
                assert_eq!(mine[0].unreminded, !comes);
                if hour == 0 {
                    // It is said, to who must decide.
                    house.hand.store(planned[0].0, Ordering::SeqCst);
                    assert_eq!(services::reminders::say_due(&house.services).await.expect("said"), 1);
                    let mut session = house.services.store().read().await.expect("read");
                    let told = store::outbox::told(&mut session, number, &["reminder"]).await.expect("told");
                    assert_eq!(told, [max.id]);
                }
                services::requests::withdraw(&house.services, &rita, number, &Origin::default())
                    .await
                    .expect("withdrawn");
            }
        }
        sound(&house).await;
    }
}
