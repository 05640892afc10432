//! Who hears what, and whether it is still right when it is sent.

use crate::support::{Bench, House, START, actor, approval, flow, house, second, sound};
use domain::catalog::Access;
use domain::flow::{Approvers, Required, Step};
use domain::ids::{FlowId, RequestNumber};
use domain::request::Verdict;
use domain::time::{Span, Timestamp};
use services::deliveries::{Asked, ledger, look_after, send_again, send_all_again};
use services::login::MeDraft;
use services::outbox::{Attempt, Claimed, Now, claim, look, mark};
use services::reminders::{digests_due, say_due};
use services::requests::{Grant, Submit, Vote, grant, submit, vote, withdraw};
use services::{Origin, SettingsDraft, save_settings};
use std::sync::atomic::Ordering;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1440 * MINUTE;

async fn ask(house: &House, flow: FlowId) -> RequestNumber {
    ask_for(house, flow, "").await
}

async fn ask_for(house: &House, flow: FlowId, duration: &str) -> RequestNumber {
    let rita = actor(house, "rita@x.test").await;
    let given = Submit { flow, reason: "Needed".to_owned(), duration: duration.to_owned() };
    submit(&house.services, &rita, &given, &Origin::default()).await.expect("asked").number
}

async fn approve(house: &House, who: &str, number: RequestNumber) {
    let who = actor(house, who).await;
    vote(&house.services, &who, &approval(number), &Origin::default()).await.expect("voted");
}

async fn settings(house: &House, change: impl FnOnce(&mut SettingsDraft)) {
    let ada = actor(house, "ada@x.test").await;
    let before = SettingsDraft::of(&services::settings(&house.services).await.expect("settings"));
    let mut after = before.clone();
    change(&mut after);
    save_settings(&house.services, &ada, &before, &after, &Origin::default()).await.expect("saved");
}

async fn wish(house: &House, who: &str, silent: &[&str], digest: bool) {
    let who = actor(house, who).await;
    let silent = silent.iter().map(|kind| (*kind).to_owned()).collect();
    let draft = MeDraft { timezone: String::new(), silent, digest };
    services::login::save_me(&house.services, &who, &draft, &Origin::default()).await.expect("saved");
}

/// Everything that is due, as a worker sees it.
async fn due(bench: &Bench) -> Vec<(Claimed, Now)> {
    let batch = claim(&bench.services, 100).await.expect("claimed");
    let looks = look(&bench.services, &batch).await.expect("looked");
    batch.into_iter().zip(looks).collect()
}

/// Kind and recipient of what is sent, in order; what is suppressed is marked so.
async fn sent(bench: &Bench) -> Vec<(String, String)> {
    let due = due(bench).await;
    let end = |now: &Now| now.suppressed.clone().map_or(Attempt::Delivered, Attempt::Suppressed);
    let ends: Vec<_> = due.iter().map(|(message, now)| (message.clone(), end(now))).collect();
    mark(&bench.services, &ends).await.expect("marked");
    let mut sent: Vec<_> = due
        .into_iter()
        .filter(|(_, now)| now.suppressed.is_none())
        .map(|(message, _)| (message.kind, message.email.trim_end_matches("@x.test").to_owned()))
        .collect();
    sent.sort();
    sent
}

fn at(house: &House, after: i64) {
    house.hand.store(START.0 + after, Ordering::SeqCst);
}

fn pairs(given: &[(String, String)]) -> Vec<(&str, &str)> {
    given.iter().map(|(kind, who)| (kind.as_str(), who.as_str())).collect()
}

async fn causes(house: &House, number: RequestNumber) -> Vec<(String, String)> {
    let ada = actor(house, "ada@x.test").await;
    let detail = services::queue::detail(&house.services, &ada, number).await.expect("detail");
    let suppressed = detail.delivery.into_iter().filter(|one| one.state == "suppressed");
    suppressed.map(|one| (one.kind, one.error.unwrap_or_default())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_when_it_is_sent_is_not_sent() {
    for house in house(Access::Permanent).await {
        let number = ask(&house, house.flow).await;
        let rita = actor(&house, "rita@x.test").await;
        withdraw(&house.services, &rita, number, &Origin::default()).await.expect("withdrawn");
        assert_eq!(pairs(&sent(&house).await), [("request_received", "rita")]);
        let mut causes = causes(&house, number).await;
        causes.dedup();
        let expected = [
            ("admin_request_submitted", "the request is decided"),
            ("approver_request_submitted", "the request is decided"),
            ("request_decided", "the recipient never heard of the request"),
        ];
        causes.sort();
        assert_eq!(causes, expected.map(|(kind, cause)| (kind.to_owned(), cause.to_owned())));
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_their_turn_or_their_office_is_passed_over() {
    for house in house(Access::Permanent).await {
        let number = ask(&house, house.flow).await;
        let mut s = house.services.store().write().await.expect("write");
        for (email, change) in [
            ("rita@x.test", (|person, ada| person.manager = Some(ada)) as fn(&mut store::directory::people::Person, _)),
            ("ben@x.test", |person, _| person.admin = false),
        ] {
            let ada = store::directory::people::by_email(&mut s, "ada@x.test").await.expect("read").expect("there");
            let mut person = store::directory::people::by_email(&mut s, email).await.expect("read").expect("there");
            change(&mut person, ada.id);
            store::directory::people::put(&mut s, &[person]).await.expect("put");
        }
        s.commit().await.expect("commit");
        let sent = sent(&house).await;
        assert_eq!(pairs(&sent), [("admin_request_submitted", "ada"), ("request_received", "rita")]);
        let mut causes = causes(&house, number).await;
        causes.sort();
        assert_eq!(causes[0].1, "the recipient is not an administrator any more");
        assert_eq!(causes[1].1, "it is not the recipient's turn any more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_says_what_was_given_at_once() {
    for house in house(Access::Permanent).await {
        let mut s = house.services.store().write().await.expect("write");
        let (wiki, _) = flow(&mut s, "Wiki", Vec::new(), Access::Permanent).await;
        s.commit().await.expect("commit");
        let rita = actor(&house, "rita@x.test").await;
        for (flow, given) in [(wiki, Some("Wiki")), (house.flow, None)] {
            let asked = Submit { flow, reason: "Needed".to_owned(), duration: String::new() };
            let done = submit(&house.services, &rita, &asked, &Origin::default()).await.expect("asked");
            assert_eq!(done.given.as_deref(), given);
        }
    }
}

/// Two of a group are asked, one decides.
async fn pair(house: &House) -> FlowId {
    let mut s = house.services.store().write().await.expect("write");
    for email in ["max@x.test", "ben@x.test"] {
        let person = store::directory::people::by_email(&mut s, email).await.expect("read").expect("there");
        assert!(store::directory::groups::add_by_hand(&mut s, house.group, person.id).await.expect("added"));
    }
    let approvers = Approvers::Group { id: house.group, name: "NetSuite users".to_owned() };
    let (id, _) = flow(&mut s, "Payroll", vec![Step { approvers, required: Required::Any }], Access::Permanent).await;
    s.commit().await.expect("commit");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_asked_too_hears_that_it_is_over() {
    for house in house(Access::Permanent).await {
        let flow = pair(&house).await;
        let number = ask(&house, flow).await;
        sent(&house).await;
        approve(&house, "max@x.test", number).await;
        let sent = sent(&house).await;
        assert_eq!(pairs(&sent), [("request_approved", "rita"), ("request_decided", "ben")], "and not who did it");
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_was_asked_to_decide_hears_that_another_did() {
    let step = |approvers| Step { approvers, required: Required::Any };
    for house in house(Access::Permanent).await {
        let mut s = house.services.store().write().await.expect("write");
        let steps = vec![step(Approvers::Manager), step(Approvers::Administrator)];
        let (flow, _) = flow(&mut s, "Payroll", steps, Access::Permanent).await;
        s.commit().await.expect("commit");
        let [denied, granted] = [ask(&house, flow).await, ask(&house, house.flow).await];
        sent(&house).await;
        // Here they were only told of the request: the step of the administrators was not reached.
        let max = actor(&house, "max@x.test").await;
        let denial = Vote { verdict: Verdict::Deny, comment: "Not now".to_owned(), ..approval(denied) };
        vote(&house.services, &max, &denial, &Origin::default()).await.expect("denied");
        approve(&house, "max@x.test", granted).await;
        assert_eq!(pairs(&sent(&house).await), [("request_approved", "rita"), ("request_denied", "rita")]);
        // Here it was their turn.
        let number = ask(&house, flow).await;
        approve(&house, "max@x.test", number).await;
        sent(&house).await;
        let ben = actor(&house, "ben@x.test").await;
        let given = Grant {
            number,
            version: None,
            over: false,
            comment: String::new(),
            duration: String::new(),
            announced: None,
        };
        grant(&house.services, &ben, &given, &Origin::default()).await.expect("granted");
        // Max voted: what becomes of it he sees where he voted.
        let expected = [("request_approved", "rita"), ("request_decided", "ada")];
        assert_eq!(pairs(&sent(&house).await), expected);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organisation_and_each_person_may_do_without_a_kind() {
    for house in house(Access::Permanent).await {
        let flow = pair(&house).await;
        wish(&house, "max@x.test", &["approver_request_submitted"], false).await;
        wish(&house, "rita@x.test", &["request_received"], false).await;
        let number = ask(&house, flow).await;
        let expected = [
            ("admin_request_submitted", "ada"),
            ("admin_request_submitted", "ben"),
            ("approver_request_submitted", "ben"),
        ];
        assert_eq!(pairs(&sent(&house).await), expected);
        // Switched off between the writing and the sending.
        approve(&house, "max@x.test", number).await;
        settings(&house, |draft| draft.silent = vec!["request_decided".to_owned()]).await;
        assert_eq!(pairs(&sent(&house).await), [("request_approved", "rita")]);
        let causes = causes(&house, number).await;
        assert!(
            causes.contains(&("request_decided".to_owned(), "the organisation does not send this kind".to_owned()))
        );
        assert!(causes.contains(&("request_received".to_owned(), "the recipient does not want this kind".to_owned())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reminders_are_planned_in_sight_and_said_to_those_who_block_then() {
    for house in house(Access::Permanent).await {
        let number = ask(&house, house.flow).await;
        sent(&house).await;
        let ada = actor(&house, "ada@x.test").await;
        let detail = services::queue::detail(&house.services, &ada, number).await.expect("detail");
        let planned: Vec<_> =
            detail.planned.iter().map(|one| (one.kind.as_str(), (one.at.0 - START.0) / MINUTE)).collect();
        // Monday, 10:00: day 7.5 is 22:00, so the morning after; day 24 is a Thursday.
        let expected = [("reminder", 7 * 1440 + 21 * 60), ("reminder", 15 * 1440), ("reminder", 24 * 1440)];
        assert_eq!(planned, expected);
        at(&house, 8 * DAY);
        let other = second(&house).await;
        let (here, there) = tokio::join!(say_due(&house.services), say_due(&other));
        assert_eq!(here.expect("said") + there.expect("said"), 1, "of two servers one says it");
        let due = due(&house).await;
        let [(message, now)] = due.as_slice() else { panic!("{due:?}") };
        assert_eq!((message.kind.as_str(), message.email.as_str()), ("reminder", "max@x.test"));
        assert_eq!(now.waiting.iter().map(|one| one.number).collect::<Vec<_>>(), [number]);
        approve(&house, "max@x.test", number).await;
        let detail = services::queue::detail(&house.services, &ada, number).await.expect("detail");
        assert_eq!(detail.planned, [], "what is over is not planned");
        at(&house, 25 * DAY);
        assert_eq!(say_due(&house.services).await.expect("said"), 0);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notice_comes_before_access_ends_unless_it_was_extended() {
    let access = Access::Choices(vec![Span::days(8), Span::days(30)]);
    for house in house(access).await {
        let number = ask_for(&house, house.flow, "P8D").await;
        approve(&house, "max@x.test", number).await;
        sent(&house).await;
        // A quarter of eight days before the end: day 6, a Sunday, so Monday morning.
        at(&house, 7 * DAY - 3 * 60 * MINUTE - MINUTE);
        assert_eq!(say_due(&house.services).await.expect("said"), 0);
        at(&house, 7 * DAY - 3 * 60 * MINUTE);
        assert_eq!(say_due(&house.services).await.expect("said"), 1);
        let batch = claim(&house.services, 9).await.expect("claimed");
        assert_eq!((batch[0].kind.as_str(), batch[0].email.as_str()), ("access_ending", "rita@x.test"));
        assert_eq!(batch[0].payload["access_ends_at"], START.0 + 8 * DAY);
        assert_eq!(look(&house.services, &batch).await.expect("looked")[0].suppressed, None);
        let more = ask_for(&house, house.flow, "P30D").await;
        approve(&house, "max@x.test", more).await;
        let looked = look(&house.services, &batch).await.expect("looked");
        assert_eq!(looked[0].suppressed.as_deref(), Some("the access does not end then any more"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daily_list_takes_the_place_of_single_messages() {
    for house in house(Access::Permanent).await {
        wish(&house, "max@x.test", &[], true).await;
        let number = ask(&house, house.flow).await;
        assert!(!pairs(&sent(&house).await).contains(&("approver_request_submitted", "max")));
        assert!(
            causes(&house, number)
                .await
                .contains(&("approver_request_submitted".to_owned(), "it is in the recipient's daily list".to_owned()))
        );
        assert_eq!(digests_due(&house.services).await.expect("lists"), 0);
        // The next morning at eight.
        at(&house, 22 * 60 * MINUTE);
        assert_eq!(digests_due(&house.services).await.expect("lists"), 1);
        assert_eq!(digests_due(&house.services).await.expect("lists"), 0, "once a day");
        let list = due(&house).await;
        let [(message, now)] = list.as_slice() else { panic!("{list:?}") };
        assert_eq!((message.kind.as_str(), now.suppressed.as_deref()), ("digest", None));
        assert_eq!(now.waiting[0].resource, "NetSuite");
        mark(&house.services, &[(message.clone(), Attempt::Delivered)]).await.expect("marked");
        approve(&house, "max@x.test", number).await;
        sent(&house).await;
        at(&house, 2 * DAY);
        assert_eq!(digests_due(&house.services).await.expect("lists"), 1);
        assert_eq!(due(&house).await[0].1.suppressed.as_deref(), Some("nothing waits for the recipient"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_daily_lists_in_the_organisation_each_message_is_sent() {
    for house in house(Access::Permanent).await {
        wish(&house, "max@x.test", &[], true).await;
        settings(&house, |draft| draft.silent = vec!["digest".to_owned()]).await;
        ask(&house, house.flow).await;
        assert!(pairs(&sent(&house).await).contains(&("approver_request_submitted", "max")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_the_administrators_is_in_their_lists() {
    for house in house(Access::Permanent).await {
        wish(&house, "ada@x.test", &[], true).await;
        let mut s = house.services.store().write().await.expect("write");
        let steps = vec![Step { approvers: Approvers::Administrator, required: Required::Any }];
        let (flow, _) = flow(&mut s, "Payroll", steps, Access::Permanent).await;
        s.commit().await.expect("commit");
        let number = ask(&house, flow).await;
        assert_eq!(pairs(&sent(&house).await), [("admin_turn", "ben"), ("request_received", "rita")]);
        at(&house, 22 * 60 * MINUTE);
        assert_eq!(digests_due(&house.services).await.expect("lists"), 1);
        let list = due(&house).await;
        let [(message, now)] = list.as_slice() else { panic!("{list:?}") };
        assert_eq!((message.kind.as_str(), now.suppressed.as_deref()), ("digest", None));
        let waits: Vec<_> = now.waiting.iter().map(|one| (one.number, one.admin)).collect();
        assert_eq!(waits, [(number, true)]);
        mark(&house.services, &[(message.clone(), Attempt::Delivered)]).await.expect("marked");
        // Who heard of it in a list hears that it is over, too.
        let ben = actor(&house, "ben@x.test").await;
        let given = Grant {
            number,
            version: None,
            over: false,
            comment: String::new(),
            duration: String::new(),
            announced: None,
        };
        grant(&house.services, &ben, &given, &Origin::default()).await.expect("granted");
        assert_eq!(pairs(&sent(&house).await), [("request_approved", "rita"), ("request_decided", "ada")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reminders_of_the_same_hour_are_one() {
    for house in house(Access::Permanent).await {
        let flow = pair(&house).await;
        let [first, second] = [ask(&house, house.flow).await, ask(&house, flow).await];
        sent(&house).await;
        at(&house, 8 * DAY);
        assert_eq!(say_due(&house.services).await.expect("said"), 2);
        let list = due(&house).await;
        let of_max: Vec<_> = list.iter().filter(|(message, _)| message.email == "max@x.test").collect();
        let causes: Vec<_> = of_max.iter().map(|(_, now)| now.suppressed.as_deref()).collect();
        assert_eq!(causes, [None, Some("it is in another reminder of this hour")]);
        let named: Vec<_> = of_max[0].1.waiting.iter().map(|one| one.number).collect();
        assert_eq!(named, [first, second], "all that waits is in the one");
    }
}

/// Makes what the database keeps of a flow unreadable.
async fn spoil(house: &House, flow: FlowId) {
    const SQL: &str = "UPDATE flow_versions SET definition = '{}' WHERE flow_id = $1";
    if house.url.starts_with("sqlite") {
        let pool = sqlx::SqlitePool::connect(&house.url).await.expect("connect");
        sqlx::query(SQL).bind(flow.0).execute(&pool).await.expect("spoilt");
    } else {
        let pool = sqlx::PgPool::connect(&house.url).await.expect("connect");
        sqlx::query(SQL).bind(flow.0).execute(&pool).await.expect("spoilt");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_cannot_be_read_stops_neither_messages_nor_reminders() {
    for house in house(Access::Permanent).await {
        let flow = pair(&house).await;
        let [bad, good] = [ask(&house, flow).await, ask(&house, house.flow).await];
        spoil(&house, flow).await;
        let due = due(&house).await;
        let unreadable: Vec<_> =
            due.iter().filter(|(_, now)| now.unreadable.is_some()).map(|(message, _)| message.request).collect();
        assert!(unreadable.contains(&Some(bad)) && !unreadable.contains(&Some(good)), "{unreadable:?}");
        at(&house, 8 * DAY);
        assert_eq!(say_due(&house.services).await.expect("said"), 2);
        let batch = claim(&house.services, 99).await.expect("claimed");
        let reminders: Vec<_> = batch.iter().filter(|one| one.kind == "reminder").map(|one| one.request).collect();
        assert_eq!(reminders, [Some(good)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_notice_comes_of_an_end_that_was_extended() {
    let access = Access::Choices(vec![Span::days(8), Span::days(30)]);
    for house in house(access).await {
        for days in [8, 30] {
            let number = ask_for(&house, house.flow, &format!("P{days}D")).await;
            approve(&house, "max@x.test", number).await;
        }
        sent(&house).await;
        at(&house, 7 * DAY);
        assert_eq!(say_due(&house.services).await.expect("said"), 1, "the moment has come");
        assert_eq!(pairs(&sent(&house).await), []);
        at(&house, 28 * DAY);
        assert_eq!(say_due(&house.services).await.expect("said"), 1);
        assert_eq!(pairs(&sent(&house).await), [("access_ending", "rita")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_for_good_stands_in_the_ledger_and_is_sent_again() {
    for house in house(Access::Permanent).await {
        let number = ask(&house, house.flow).await;
        let (ada, rita) = (actor(&house, "ada@x.test").await, actor(&house, "rita@x.test").await);
        let batch = claim(&house.services, 9).await.expect("claimed");
        let receipt = batch.iter().find(|message| message.kind == "request_received").expect("a receipt").clone();
        mark(&house.services, &[(receipt.clone(), Attempt::Dead("550 no such user".to_owned()))])
            .await
            .expect("marked");
        let asked =
            |text: &str, state: &str| Asked { text: text.to_owned(), state: state.to_owned(), ..Asked::default() };
        let found = ledger(&house.services, &ada, &asked("rita", "dead")).await.expect("ledger");
        assert_eq!((found.dead, found.page.lines.len()), (1, 1));
        assert_eq!(found.page.lines[0].error.as_deref(), Some("550 no such user"));
        assert!(ledger(&house.services, &rita, &asked("", "")).await.is_err(), "not for everybody");
        let by_number = ledger(&house.services, &ada, &asked(&format!("#{number}"), "")).await.expect("ledger");
        assert_eq!(by_number.page.lines.len(), 4);
        assert_eq!(ledger(&house.services, &ada, &asked("nobody", "")).await.expect("ledger").page.lines, []);
        let (nobody, everybody) = (asked("nobody", ""), asked("", "delivered"));
        assert!(send_all_again(&house.services, &rita, &everybody, &Origin::default()).await.is_err());
        assert_eq!(send_all_again(&house.services, &ada, &nobody, &Origin::default()).await.expect("none"), 0);
        send_again(&house.services, &ada, receipt.id, &Origin::default()).await.expect("again");
        assert!(send_again(&house.services, &ada, receipt.id, &Origin::default()).await.is_err(), "it waits already");
        let again = claim(&house.services, 9).await.expect("claimed");
        assert_eq!(again.iter().map(|message| (message.id, message.attempts)).collect::<Vec<_>>(), [(receipt.id, 0)]);
        let lost: Vec<_> = batch.iter().cloned().map(|message| (message, Attempt::Dead("554".to_owned()))).collect();
        mark(&house.services, &lost).await.expect("marked");
        let count = send_all_again(&house.services, &ada, &everybody, &Origin::default()).await.expect("again");
        assert_eq!(count, lost.len(), "whatever is dead, and nothing else");
        assert_eq!(claim(&house.services, 9).await.expect("claimed").len(), lost.len());
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_five_minutes_admins_hear_that_nothing_goes_out() {
    for house in house(Access::Permanent).await {
        ask(&house, house.flow).await;
        look_after(&house.services).await.expect("looked");
        assert_eq!(house.services.degraded(), None);
        let batch = claim(&house.services, 9).await.expect("claimed");
        let away = Attempt::Away("connection refused".to_owned());
        let failed: Vec<_> = batch.into_iter().map(|message| (message, away.clone())).collect();
        mark(&house.services, &failed).await.expect("marked");
        at(&house, 5 * MINUTE);
        look_after(&house.services).await.expect("looked");
        assert_eq!(house.services.degraded(), None, "not yet");
        at(&house, 5 * MINUTE + 1);
        look_after(&house.services).await.expect("looked");
        let degraded = house.services.degraded().expect("degraded");
        assert_eq!((degraded.since, degraded.cause.as_deref()), (Timestamp(START.0), Some("connection refused")));
        assert_eq!(sent(&house).await.len(), 4);
        look_after(&house.services).await.expect("looked");
        assert_eq!(house.services.degraded(), None);
    }
}
