//! Counting again: what is missing is found, what is repaired goes on, and lists show who blocks now.

use crate::support::{House, actor, demo, flow, house, sound};
use domain::catalog::Access;
use domain::flow::{Approvers, Required, Step};
use domain::ids::RequestNumber;
use domain::request::{Refusal, Status, Verdict};
use domain::view::QueueRow;
use services::directory::{PersonDraft, person, save_person};
use services::requests::{Grant, Submit, Vote, grant, recount_open, repair, submit, vote};
use services::{Error, Origin};

/// The demo's stored lists say what a count says: otherwise the first change of the directory would touch every request.
#[tokio::test(flavor = "multi_thread")]
async fn a_count_of_an_untouched_organisation_changes_nothing() {
    for bench in demo(2000).await {
        let mut session = bench.services.store().write().await.expect("write");
        let counted = recount_open(&mut session, None, &Origin::default()).await.expect("count");
        assert_eq!(counted.changed, 0);
    }
}

async fn ask(house: &House, who: &str, flow: domain::ids::FlowId) -> RequestNumber {
    let who = actor(house, who).await;
    let given = Submit { flow, reason: "Needed".to_owned(), duration: String::new() };
    submit(&house.services, &who, &given, &Origin::default()).await.expect("asked").number
}

async fn row(house: &House, number: RequestNumber) -> QueueRow {
    let admin = actor(house, "ada@x.test").await;
    services::queue::detail(&house.services, &admin, number).await.expect("detail").row
}

async fn edit(house: &House, email: &str, change: impl FnOnce(&mut PersonDraft)) {
    let (admin, who) = (actor(house, "ada@x.test").await, actor(house, email).await);
    let mut draft = person(&house.services, &admin, who.id).await.expect("person").draft;
    change(&mut draft);
    save_person(&house.services, &admin, Some(who.id), &draft, &Origin::default()).await.expect("saved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_manager_blocks_from_now_on_and_hears_of_it() {
    for house in house(Access::Permanent).await {
        let number = ask(&house, "rita@x.test", house.flow).await;
        assert_eq!(row(&house, number).await.waiting_on.expect("waits").name, "Max Müller");
        edit(&house, "rita@x.test", |draft| draft.manager = "ben@x.test".to_owned()).await;
        assert_eq!(row(&house, number).await.waiting_on.expect("waits").name, "Ben Admin");
        let ben = actor(&house, "ben@x.test").await;
        let mut session = house.services.store().read().await.expect("read");
        let told = store::outbox::told(&mut session, number, &["approver_request_submitted"]).await.expect("told");
        assert!(told.contains(&ben.id));
        drop(session);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_data_is_repaired_in_place() {
    for house in house(Access::Permanent).await {
        let number = ask(&house, "rita@x.test", house.flow).await;
        edit(&house, "rita@x.test", |draft| draft.manager = String::new()).await;
        assert_eq!(row(&house, number).await.status, Status::MissingData);
        let (ada, rita) = (actor(&house, "ada@x.test").await, actor(&house, "rita@x.test").await);
        let origin = Origin::default();
        let try_with = |email: &'static str| {
            let (house, ada, origin) = (&house, &ada, &origin);
            async move { repair(&house.services, ada, number, email, origin).await }
        };
        for bad in ["", "nobody@x.test", "rita@x.test"] {
            assert!(matches!(try_with(bad).await, Err(Error::Invalid(_))), "{bad}");
        }
        let no = repair(&house.services, &rita, number, "max@x.test", &origin).await;
        assert!(matches!(no, Err(Error::Forbidden)));
        assert_eq!(try_with("max@x.test").await.expect("repaired").row.status, Status::Pending);
        assert!(matches!(try_with("max@x.test").await, Err(Error::Refused(Refusal::NotNow(Status::Pending), None))));
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_drops_out_of_all_and_the_last_approval_decides() {
    for house in house(Access::Permanent).await {
        let named = |email: &'static str, house: &House| {
            let services = house.services.clone();
            async move {
                let mut s = services.store().read().await.expect("read");
                let person = store::directory::people::by_email(&mut s, email).await.expect("read").expect("there");
                domain::flow::NamedPerson { id: person.id, name: person.name }
            }
        };
        let people = vec![named("max@x.test", &house).await, named("ben@x.test", &house).await];
        let steps = vec![Step { approvers: Approvers::People { people }, required: Required::All }];
        let mut s = house.services.store().write().await.expect("write");
        let (id, _) = flow(&mut s, "Vault", steps, Access::Permanent).await;
        s.commit().await.expect("commit");
        let number = ask(&house, "rita@x.test", id).await;
        let max = actor(&house, "max@x.test").await;
        let yes = Vote {
            number,
            verdict: Verdict::Approve,
            comment: "fine".to_owned(),
            next_steps: String::new(),
            duration: String::new(),
            announced: None,
        };
        vote(&house.services, &max, &yes, &Origin::default()).await.expect("voted");
        assert_eq!(row(&house, number).await.waiting_on.map(|on| (on.agreed, on.needed)), Some((1, 2)));
        edit(&house, "ben@x.test", |draft| draft.active = false).await;
        let ada = actor(&house, "ada@x.test").await;
        let detail = services::queue::detail(&house.services, &ada, number).await.expect("detail");
        assert_eq!(detail.row.status, Status::Approved);
        // Not whoever edited the directory.
        assert_eq!(detail.ended.expect("ended").by.as_deref(), Some("Max Müller"));
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_vote_again_gets_the_first_answer_even_with_the_page_of_before() {
    for house in house(Access::Permanent).await {
        let steps = vec![
            Step { approvers: Approvers::Administrator, required: Required::Any },
            Step { approvers: Approvers::Manager, required: Required::Any },
        ];
        let mut s = house.services.store().write().await.expect("write");
        let (id, _) = flow(&mut s, "Vault", steps, Access::Permanent).await;
        s.commit().await.expect("commit");
        let number = ask(&house, "rita@x.test", id).await;
        let ada = actor(&house, "ada@x.test").await;
        let click = Grant {
            number,
            version: Some(1),
            over: false,
            comment: String::new(),
            duration: String::new(),
            announced: None,
        };
        for _ in 0..2 {
            let row = grant(&house.services, &ada, &click, &Origin::default()).await.expect("granted").row;
            assert_eq!((row.status, row.version), (Status::Pending, 2));
        }
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_submit_at_once_get_one_request() {
    for house in house(Access::Permanent).await {
        let rita = actor(&house, "rita@x.test").await;
        let given = Submit { flow: house.flow, reason: "Needed".to_owned(), duration: String::new() };
        let origin = Origin::default();
        let tries = (0..6).map(|_| submit(&house.services, &rita, &given, &origin));
        let answers = futures::future::join_all(tries).await;
        let done: Vec<_> = answers.into_iter().map(|answer| answer.expect("an answer")).collect();
        assert_eq!(done.iter().filter(|done| !done.existing).count(), 1);
        assert!(done.iter().all(|one| one.number == done[0].number));
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_who_demote_each_other_leave_one() {
    for house in house(Access::Permanent).await {
        let (ada, ben) = (actor(&house, "ada@x.test").await, actor(&house, "ben@x.test").await);
        let demote = |by: domain::people::Actor, whom: domain::people::Actor| {
            let services = house.services.clone();
            async move {
                let mut draft = person(&services, &by, whom.id).await?.draft;
                draft.admin = false;
                save_person(&services, &by, Some(whom.id), &draft, &Origin::default()).await
            }
        };
        let answers = futures::future::join(demote(ada.clone(), ben.clone()), demote(ben, ada)).await;
        assert!(answers.0.is_ok() != answers.1.is_ok() || answers.0.is_err(), "{answers:?}");
        let mut s = house.services.store().read().await.expect("read");
        assert!(!store::directory::people::admins(&mut s).await.expect("admins").is_empty());
    }
}
