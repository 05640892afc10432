//! What a barred person caused gives nothing until an administrator who is not barred confirms it, on every way there is.

use crate::support::{House, actor, flow, house, sound, tamper};
use domain::catalog::Access;
use domain::filter::{Filter, ListQuery};
use domain::flow::{Approvers, NamedPerson, Required, Step};
use domain::ids::{FlowId, GroupId, RequestNumber};
use domain::people::Actor;
use domain::request::{Announced, Lane, Refusal, Status, Verdict};
use domain::view::{Permission, RequestDetail};
use services::directory::{self, PersonDraft};
use services::import::{How, Kind, import};
use services::login::{self, Password};
use services::requests::{self, Deny, Grant, Submit, Vote};
use services::{Error, Origin};
use std::sync::atomic::Ordering;
use store::directory::{groups, people, resources};

fn origin() -> Origin {
    Origin::default()
}

async fn named(house: &House, email: &str) -> NamedPerson {
    let who = actor(house, email).await;
    NamedPerson { id: who.id, name: who.name }
}

/// A flow that asks all of these.
async fn all_of(house: &House, name: &str, approvers: Approvers) -> (FlowId, GroupId) {
    let mut s = house.services.store().write().await.expect("write");
    let made = flow(&mut s, name, vec![Step { approvers, required: Required::All }], Access::Permanent).await;
    s.commit().await.expect("commit");
    made
}

async fn ask(house: &House, who: &Actor, flow: FlowId) -> RequestNumber {
    let given = Submit { flow, reason: "Needed".to_owned(), duration: String::new() };
    requests::submit(&house.services, who, &given, &origin()).await.expect("asked").number
}

async fn approve(house: &House, email: &str, number: RequestNumber) -> services::Result<requests::Outcome> {
    let none = String::new;
    let yes = Vote {
        number,
        verdict: Verdict::Approve,
        comment: "fine".to_owned(),
        next_steps: none(),
        duration: none(),
        announced: None,
    };
    requests::vote(&house.services, &actor(house, email).await, &yes, &origin()).await
}

fn grant_of(number: RequestNumber, version: Option<i64>) -> Grant {
    Grant { number, version, over: false, comment: String::new(), duration: String::new(), announced: None }
}

async fn detail(house: &House, viewer: &Actor, number: RequestNumber) -> RequestDetail {
    services::queue::detail(&house.services, viewer, number).await.expect("detail")
}

async fn edit(house: &House, by: &Actor, email: &str, change: impl FnOnce(&mut PersonDraft)) {
    let who = actor(house, email).await;
    let mut draft = directory::person(&house.services, by, who.id).await.expect("person").draft;
    change(&mut draft);
    directory::save_person(&house.services, by, Some(who.id), &draft, &origin()).await.expect("saved");
}

async fn kinds(house: &House, viewer: &Actor, number: RequestNumber) -> Vec<String> {
    let asked = services::audit::Asked { request: number.to_string(), ..Default::default() };
    let page = services::audit::events(&house.services, viewer, &asked).await.expect("audit");
    page.lines.into_iter().map(|line| line.kind).collect()
}

async fn counters(house: &House, viewer: &Actor) -> (i64, i64) {
    let query = ListQuery { filter: Filter::cleared(Lane::Administrator), ..ListQuery::default() };
    let page = services::queue::page(&house.services, viewer, &query, Vec::new()).await.expect("page");
    (page.counters.administrator, page.counters.others)
}

/// Ada, an admin, asks for something that everybody of a set has to agree to; one has agreed, one has not. What she does then would
/// be all that was missing.
#[tokio::test(flavor = "multi_thread")]
async fn no_way_of_changing_who_is_asked_gives_the_admin_who_asks_anything() {
    for house in house(Access::Permanent).await {
        let services = &house.services;
        let (ada, ben) = (actor(&house, "ada@x.test").await, actor(&house, "ben@x.test").await);
        let mut s = services.store().write().await.expect("write");
        let approvers = groups::Group::new("Approvers", "");
        groups::put(&mut s, std::slice::from_ref(&approvers)).await.expect("group");
        for email in ["max@x.test", "rita@x.test"] {
            let person = people::by_email(&mut s, email).await.expect("read").expect("there");
            groups::add_imported(&mut s, &[(approvers.id, person.id)]).await.expect("member");
        }
        s.commit().await.expect("commit");
        let group = || Approvers::Group { id: approvers.id, name: "Approvers".to_owned() };
        // What she tries, each on a request of its own.
        for way in ["deactivate", "remove", "import people", "import groups", "owner", "import resources", "group"] {
            let by_owner = matches!(way, "owner" | "import resources");
            let (id, _) = all_of(&house, way, if by_owner { Approvers::Owner } else { group() }).await;
            let mut s = services.store().write().await.expect("write");
            let resource = resources::by_name(&mut s, way).await.expect("read").expect("there");
            if by_owner {
                let mut owners = Vec::new();
                for email in ["max@x.test", "rita@x.test"] {
                    owners.push(people::by_email(&mut s, email).await.expect("read").expect("there").id);
                }
                resources::set_owners(&mut s, resource.id, &owners).await.expect("owners");
            }
            s.commit().await.expect("commit");
            let number = ask(&house, &ada, id).await;
            approve(&house, "max@x.test", number).await.expect("voted");
            let before = counters(&house, &ben).await;
            let file = |kind, text: &'static str| {
                let (services, ada) = (services.clone(), ada.clone());
                async move {
                    let how = How { dry_run: false, invite: false, leave_out_unknown: false };
                    import(&services, kind, text.as_bytes(), how, Some(&ada), &origin()).await.expect("imported");
                }
            };
            let rita = actor(&house, "rita@x.test").await;
            match way {
                "deactivate" => edit(&house, &ada, "rita@x.test", |draft| draft.active = false).await,
                "remove" => {
                    directory::remove_member(services, &ada, approvers.id, rita.id, &origin()).await.expect("removed");
                }
                "import people" => file(Kind::People, "email,active\nrita@x.test,no\n").await,
                "import groups" => file(Kind::Groups, "name,members\nApprovers,max@x.test\n").await,
                "import resources" => file(Kind::Resources, "name,owners\nimport resources,max@x.test\n").await,
                "owner" => {
                    let mut draft = directory::resource(services, &ada, resource.id).await.expect("resource").draft;
                    draft.owners = "max@x.test".to_owned();
                    directory::save_resource(services, &ada, Some(resource.id), &draft, &origin())
                        .await
                        .expect("saved");
                }
                _ => {
                    // Back and forth: the second count finds what the first has found.
                    directory::remove_member(services, &ada, approvers.id, rita.id, &origin()).await.expect("removed");
                    let mut draft = directory::group(services, &ada, approvers.id, "").await.expect("group").draft;
                    draft.description = "Changed".to_owned();
                    directory::save_group(services, &ada, Some(approvers.id), &draft, &origin()).await.expect("saved");
                }
            }
            let seen = detail(&house, &ada, number).await;
            assert_eq!((seen.row.status, seen.row.lane), (Status::Pending, Lane::Administrator), "{way}");
            assert!(seen.row.needs_confirmation, "{way}");
            assert_eq!(counters(&house, &ben).await, (before.0 + 1, before.1 - 1), "{way}");
            assert_eq!(kinds(&house, &ben, number).await[0], "confirmation_needed", "{way}");
            assert_eq!(seen.unconfirmed.as_ref().map(|why| (why.person.as_str(), why.others)), Some(("Ada Admin", 1)));
            // Neither she nor another count ends it.
            let own = requests::grant(services, &ada, &grant_of(number, None), &origin()).await;
            assert!(matches!(own, Err(Error::Refused(Refusal::OwnRequest, _))), "{way}: {own:?}");
            let mut s = services.store().write().await.expect("write");
            requests::recount_open(&mut s, None, &origin()).await.expect("count");
            s.commit().await.expect("commit");
            assert!(detail(&house, &ben, number).await.row.needs_confirmation, "{way}");
            // Ben confirms, and the record says so: his decision, no override.
            let version = detail(&house, &ben, number).await.row.version;
            requests::grant(services, &ben, &grant_of(number, Some(version)), &origin()).await.expect("confirmed");
            let ended = detail(&house, &ben, number).await;
            assert_eq!((ended.row.status, ended.row.needs_confirmation), (Status::Approved, false), "{way}");
            let end = ended.ended.expect("ended");
            assert_eq!((end.by.as_deref(), end.overridden), (Some("Ben Admin"), false), "{way}");
            let told = kinds(&house, &ben, number).await;
            assert!(told.contains(&"confirmed".to_owned()) && !told.contains(&"overridden".to_owned()), "{told:?}");
            // As it was, for the next way.
            let mut s = services.store().write().await.expect("write");
            let rita = people::by_id(&mut s, rita.id).await.expect("read").expect("there");
            people::update(&mut s, &people::Person { active: true, ..rita.clone() }).await.expect("back");
            groups::clear_imported(&mut s, approvers.id).await.expect("clear");
            let max = people::by_email(&mut s, "max@x.test").await.expect("read").expect("there");
            groups::add_imported(&mut s, &[(approvers.id, max.id), (approvers.id, rita.id)]).await.expect("members");
            s.commit().await.expect("commit");
        }
        sound(&house).await;
    }
}

/// The same by anybody else is no doubt: it is granted in the name of who agreed.
#[tokio::test(flavor = "multi_thread")]
async fn what_others_change_needs_no_confirmation() {
    for house in house(Access::Permanent).await {
        let (rita, ben) = (actor(&house, "rita@x.test").await, actor(&house, "ben@x.test").await);
        let people = vec![named(&house, "max@x.test").await, named(&house, "ada@x.test").await];
        let (id, _) = all_of(&house, "Vault", Approvers::People { people }).await;
        let number = ask(&house, &rita, id).await;
        approve(&house, "max@x.test", number).await.expect("voted");
        edit(&house, &ben, "ada@x.test", |draft| draft.active = false).await;
        let ended = detail(&house, &ben, number).await;
        assert_eq!(ended.row.status, Status::Approved);
        assert_eq!(ended.ended.expect("ended").by.as_deref(), Some("Max Müller"));
        sound(&house).await;
    }
}

/// Denied, expired, or without anybody who could.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_to_be_confirmed_can_be_denied_and_expires() {
    for house in house(Access::Permanent).await {
        let services = &house.services;
        let (ada, ben) = (actor(&house, "ada@x.test").await, actor(&house, "ben@x.test").await);
        let mut numbers = Vec::new();
        for name in ["Vault", "Safe"] {
            let people = vec![named(&house, "max@x.test").await, named(&house, "rita@x.test").await];
            let (id, _) = all_of(&house, name, Approvers::People { people }).await;
            let number = ask(&house, &ada, id).await;
            approve(&house, "max@x.test", number).await.expect("voted");
            numbers.push(number);
        }
        edit(&house, &ada, "rita@x.test", |draft| draft.active = false).await;
        // Who may confirm hears of it.
        let mut s = services.store().read().await.expect("read");
        let told = store::outbox::told(&mut s, numbers[0], &["admin_turn"]).await.expect("told");
        assert!(told.contains(&ben.id) && !told.contains(&ada.id), "{told:?}");
        drop(s);
        let deny = Deny {
            number: numbers[0],
            version: None,
            reason: "Rita was right to wait".to_owned(),
            next_steps: String::new(),
            notes: String::new(),
            announced: None,
        };
        requests::deny(services, &ben, &deny, &origin()).await.expect("denied");
        let end = detail(&house, &ben, numbers[0]).await.ended.expect("ended");
        assert_eq!((end.by.as_deref(), end.overridden), (Some("Ben Admin"), false));
        // Nobody is left who could: it waits, and its page says so.
        tamper(&house, "UPDATE people SET admin = FALSE WHERE email = 'ben@x.test'").await;
        assert_eq!(detail(&house, &ada, numbers[1]).await.unconfirmed.map(|why| why.others), Some(0));
        let expires = detail(&house, &ada, numbers[1]).await.row.expires_at.expect("a moment");
        house.hand.store(expires.0, Ordering::SeqCst);
        assert_eq!(requests::expire_due(services).await.expect("clock"), 1);
        assert_eq!(detail(&house, &ada, numbers[1]).await.row.status, Status::Expired);
        sound(&house).await;
    }
}

/// A step is not passed by it either, and confirming passes that step and no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_a_barred_person_emptied_is_confirmed_and_the_next_one_asked() {
    for house in house(Access::Permanent).await {
        let services = &house.services;
        let (ada, ben) = (actor(&house, "ada@x.test").await, actor(&house, "ben@x.test").await);
        let people = vec![named(&house, "max@x.test").await, named(&house, "rita@x.test").await];
        let first = Step { approvers: Approvers::People { people }, required: Required::All };
        let people = vec![named(&house, "ben@x.test").await];
        let second = Step { approvers: Approvers::People { people }, required: Required::All };
        let mut s = services.store().write().await.expect("write");
        let (id, _) = flow(&mut s, "Vault", vec![first, second], Access::Permanent).await;
        s.commit().await.expect("commit");
        let number = ask(&house, &ada, id).await;
        approve(&house, "max@x.test", number).await.expect("voted");
        edit(&house, &ada, "rita@x.test", |draft| draft.active = false).await;
        let seen = detail(&house, &ben, number).await;
        assert!(seen.row.needs_confirmation && seen.permissions.grant_does == Some(Announced::Step));
        let early = approve(&house, "ben@x.test", number).await;
        assert!(matches!(early, Err(Error::Refused(Refusal::NotYourTurn, _))), "{early:?}");
        requests::grant(services, &ben, &grant_of(number, None), &origin()).await.expect("confirmed");
        let seen = detail(&house, &ben, number).await.row;
        assert_eq!((seen.status, seen.lane, seen.needs_confirmation), (Status::Pending, Lane::Others, false));
        assert_eq!(kinds(&house, &ben, number).await[..2], ["moved_on", "confirmed"]);
        approve(&house, "ben@x.test", number).await.expect("voted");
        assert_eq!(detail(&house, &ben, number).await.row.status, Status::Approved);
        sound(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_barred_does_not_repair() {
    for house in house(Access::Permanent).await {
        let services = &house.services;
        let (ada, ben) = (actor(&house, "ada@x.test").await, actor(&house, "ben@x.test").await);
        let number = ask(&house, &ada, house.flow).await;
        let seen = detail(&house, &ada, number).await;
        assert_eq!(seen.row.status, Status::MissingData, "she has no manager");
        assert_eq!(seen.permissions.repair, Permission::Refused(Refusal::OwnRequest));
        let own = requests::repair(services, &ada, number, "max@x.test", &origin()).await;
        assert!(matches!(own, Err(Error::Refused(Refusal::OwnRequest, _))), "{own:?}");
        assert_eq!(kinds(&house, &ben, number).await[0], "refused");
        assert_eq!(detail(&house, &ben, number).await.permissions.repair, Permission::Allowed);
        let done = requests::repair(services, &ben, number, "max@x.test", &origin()).await.expect("repaired");
        assert_eq!(done.row.status, Status::Pending);
        sound(&house).await;
    }
}

/// Who reads the mail at an address that the requester gave may be the requester.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_at_an_address_that_the_requester_changed_has_to_be_confirmed() {
    for house in house(Access::Permanent).await {
        let services = &house.services;
        let (ada, ben) = (actor(&house, "ada@x.test").await, actor(&house, "ben@x.test").await);
        let people = vec![named(&house, "max@x.test").await];
        let (id, _) = all_of(&house, "Vault", Approvers::People { people }).await;
        edit(&house, &ada, "max@x.test", |draft| draft.email = "max.mueller@x.test".to_owned()).await;
        let number = ask(&house, &ada, id).await;
        let done = approve(&house, "max.mueller@x.test", number).await.expect("voted");
        assert_eq!((done.row.status, done.row.needs_confirmation), (Status::Pending, true));
        assert_eq!(kinds(&house, &ben, number).await[..2], ["voted", "confirmation_needed"]);
        requests::grant(services, &ben, &grant_of(number, None), &origin()).await.expect("confirmed");
        assert_eq!(detail(&house, &ben, number).await.row.status, Status::Approved);
        // An administrator whose address she changed cannot confirm for her either; they may deny.
        let (other, _) = all_of(&house, "Safe", Approvers::Administrator).await;
        let second = ask(&house, &ada, other).await;
        edit(&house, &ada, "ben@x.test", |draft| draft.email = "benjamin@x.test".to_owned()).await;
        let ben = actor(&house, "benjamin@x.test").await;
        let no = requests::grant(services, &ben, &grant_of(second, None), &origin()).await;
        assert!(matches!(no, Err(Error::Refused(Refusal::Readdressed, _))), "{no:?}");
        // Somebody else's request is none of this.
        let third = ask(&house, &actor(&house, "rita@x.test").await, other).await;
        requests::grant(services, &ben, &grant_of(third, None), &origin()).await.expect("granted");
        // After 30 days in which nobody complained it is their word again.
        house.hand.fetch_add(30 * 86_400_000_000, Ordering::SeqCst);
        let fourth = {
            requests::expire_due(services).await.expect("clock");
            ask(&house, &ada, other).await
        };
        requests::grant(services, &ben, &grant_of(fourth, None), &origin()).await.expect("granted");
        sound(&house).await;
    }
}

/// An admin lets somebody in by a link on their own screen, and so may be that somebody.
#[tokio::test(flavor = "multi_thread")]
async fn whom_an_admin_let_in_by_a_link_on_the_screen_decides_nothing_for_that_admin() {
    for house in house(Access::Permanent).await {
        let services = house.services.clone().with_mail_in_files(true);
        let (ada, max) = (actor(&house, "ada@x.test").await, actor(&house, "max@x.test").await);
        let link = login::show_link(&services, &ada, max.id, &origin()).await.expect("shown");
        let secret = Password("the quiet otter reads".to_owned());
        login::set_password_by_link(&services, &link, &secret, &secret, None, &origin()).await.expect("in");
        let people = vec![named(&house, "max@x.test").await, named(&house, "rita@x.test").await];
        let (id, _) = all_of(&house, "Vault", Approvers::People { people }).await;
        let number = ask(&house, &ada, id).await;
        let no = approve(&house, "max@x.test", number).await;
        assert!(matches!(no, Err(Error::Refused(Refusal::LetIn, _))), "{no:?}");
        // All are the others.
        approve(&house, "rita@x.test", number).await.expect("voted");
        assert_eq!(detail(&house, &ada, number).await.row.status, Status::Approved);
        // Nor as an administrator.
        edit(&house, &ada, "max@x.test", |draft| draft.admin = true).await;
        let (other, _) = all_of(&house, "Safe", Approvers::Administrator).await;
        let second = ask(&house, &ada, other).await;
        let max = actor(&house, "max@x.test").await;
        let no = requests::grant(&services, &max, &grant_of(second, None), &origin()).await;
        assert!(matches!(no, Err(Error::Refused(Refusal::LetIn, _))), "{no:?}");
        // On other requests they are like anybody, and a password by mail makes them so on hers.
        let ben = actor(&house, "ben@x.test").await;
        let third = ask(&house, &ben, other).await;
        requests::grant(&services, &max, &grant_of(third, None), &origin()).await.expect("another's");
        let mailed =
            login::mint_link(&services, max.id, "max@x.test", login::Purpose::Reset).await.expect("a link by mail");
        login::set_password_by_link(&services, &mailed, &secret, &secret, None, &origin()).await.expect("set");
        let first = grant_of(second, None);
        let done = requests::grant(&services, &max, &first, &origin()).await.expect("their own word");
        assert_eq!(done.row.status, Status::Pending, "all administrators are asked");
        sound(&house).await;
    }
}
