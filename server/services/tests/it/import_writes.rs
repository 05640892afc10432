//! What an import writes, what it takes, and what it leaves out.

use crate::support::{House, actor, approval, house, second, sound};
use domain::catalog::Access;
use domain::ids::{FlowId, RequestNumber};
use services::Origin;
use services::import::{How, ImportError, Kind, Report, import};
use services::requests::{Submit, submit, vote};
use std::pin::pin;
use store::directory::{groups, people, resources};

const WRITE: How = How { dry_run: false, invite: false, leave_out_unknown: false };
const LOOK: How = How { dry_run: true, ..WRITE };
const LEAVE_OUT: How = How { leave_out_unknown: true, ..WRITE };

async fn give(house: &House, kind: Kind, text: &str, how: How) -> Result<Report, ImportError> {
    import(&house.services, kind, text.as_bytes(), how, None, &Origin::default()).await
}

fn problems(answer: Result<Report, ImportError>) -> Vec<String> {
    match answer {
        Err(ImportError::Problems(problems)) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_columns_of_the_file_are_written() {
    for house in house(Access::Permanent).await {
        let full = "email,name,department,title,manager,active,admin,timezone\n\
            rita@x.test,Rita Örsted,Finance,Clerk,max@x.test,yes,no,Europe/Vienna\n";
        give(&house, Kind::People, full, WRITE).await.expect("imported");
        let mut session = house.services.store().read().await.expect("read");
        let before = people::by_email(&mut session, "rita@x.test").await.expect("read").expect("Rita");
        drop(session);
        let report = give(&house, Kind::People, "email,title\nrita@x.test,Head\n", WRITE).await.expect("imported");
        assert_eq!(report.changes, ["update person rita@x.test: title \"Clerk\" → \"Head\""]);
        let mut session = house.services.store().read().await.expect("read");
        let after = people::by_email(&mut session, "rita@x.test").await.expect("read");
        assert_eq!(after, Some(people::Person { title: "Head".to_owned(), ..before }));
    }
}

/// An import of departments beside an edit of a title by another server, which is not committed yet: neither is lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_another_column_at_the_same_time_is_not_lost() {
    for house in house(Access::Permanent).await {
        let other = second(&house).await;
        let mut edit = other.store().write().await.expect("write");
        let rita = people::by_email(&mut edit, "rita@x.test").await.expect("read").expect("Rita");
        let edited = people::Person { title: "Head".to_owned(), ..rita };
        people::update(&mut edit, &edited).await.expect("edit");
        let mut importing =
            pin!(give(&house, Kind::People, "email,department\nrita@x.test,Finance\nmax@x.test,Sales\n", WRITE));
        for _ in 0..200 {
            let read = async {
                let mut session = house.services.store().read().await.expect("read");
                people::all(&mut session).await.expect("people");
            };
            tokio::select! {
                biased;
                done = importing.as_mut() => panic!("it waits for the edit: {done:?}"),
                () = read => {}
            }
        }
        edit.commit().await.expect("commit");
        assert_eq!(importing.await.expect("imported").updated, 2);
        let mut session = house.services.store().read().await.expect("read");
        let after = people::by_email(&mut session, "rita@x.test").await.expect("read");
        assert_eq!(after, Some(people::Person { department: "Finance".to_owned(), ..edited }));
    }
}

/// The same with groups and resources.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_switches_off_meanwhile_stays_off() {
    for house in house(Access::Permanent).await {
        let other = second(&house).await;
        let mut edit = other.store().write().await.expect("write");
        let group = groups::by_id(&mut edit, house.group).await.expect("read").expect("group");
        groups::update(&mut edit, &groups::Group { active: false, ..group }).await.expect("edit");
        let resource = resources::by_name(&mut edit, "NetSuite").await.expect("read").expect("resource");
        let coloured = resources::Resource { colour: Some("#123456".to_owned()), ..resource };
        resources::update(&mut edit, &coloured).await.expect("edit");
        let mut importing = pin!(async {
            give(&house, Kind::Groups, "name,description\nNetSuite users,Theirs\n", WRITE).await.expect("groups");
            give(&house, Kind::Resources, "name,description\nNetSuite,Books\n", WRITE).await.expect("resources");
        });
        for _ in 0..200 {
            let read = async {
                let mut session = house.services.store().read().await.expect("read");
                people::all(&mut session).await.expect("people");
            };
            tokio::select! {
                biased;
                () = importing.as_mut() => panic!("it waits for the edit"),
                () = read => {}
            }
        }
        edit.commit().await.expect("commit");
        importing.await;
        let mut session = house.services.store().read().await.expect("read");
        let group = groups::by_id(&mut session, house.group).await.expect("read").expect("group");
        assert_eq!((group.active, group.description.as_str()), (false, "Theirs"));
        let found = resources::by_name(&mut session, "NetSuite").await.expect("read");
        assert_eq!(found, Some(resources::Resource { description: "Books".to_owned(), ..coloured }));
    }
}

const GROUPS: &str = "name,members\nBoard,rita@x.test;max@x.test\nNetSuite users,rita@x.test;max@x.test\n";

async fn ask(house: &House, flow: FlowId) -> RequestNumber {
    let rita = actor(house, "rita@x.test").await;
    let given = Submit { flow, reason: "Month-end".to_owned(), duration: String::new() };
    submit(&house.services, &rita, &given, &Origin::default()).await.expect("asked").number
}

#[tokio::test(flavor = "multi_thread")]
async fn who_becomes_inactive_or_loses_something_is_said() {
    for house in house(Access::Permanent).await {
        let payroll = house.flow_approved_by_group().await;
        let number = ask(&house, house.flow).await;
        let max = actor(&house, "max@x.test").await;
        vote(&house.services, &max, &approval(number), &Origin::default()).await.expect("granted");
        assert_eq!(give(&house, Kind::Groups, GROUPS, WRITE).await.expect("groups").losses, [""; 0]);
        let open = ask(&house, payroll).await;
        // Rita has a grant of the second group, so that she stays in it.
        let fewer = "name,members\nBoard,max@x.test\nNetSuite users,max@x.test\n";
        let report = give(&house, Kind::Groups, fewer, LOOK).await.expect("groups");
        assert_eq!(report.losses, ["the group Board loses rita@x.test"]);
        let report = give(&house, Kind::Groups, "name,members\nNetSuite users,\n", LOOK).await.expect("groups");
        let lost = "the group NetSuite users, which gives NetSuite and which approves in Payroll, loses max@x.test";
        assert_eq!(report.losses[0], lost);
        let leave = "email,active,admin\nrita@x.test,no,\nben@x.test,,no\n";
        let report = give(&house, Kind::People, leave, LOOK).await.expect("people");
        let goes = format!(
            "rita@x.test becomes inactive; 1 grant ends; requests are canceled: #{open}; leaves the groups: Board, NetSuite users; \
             does not approve any more in: Payroll"
        );
        assert_eq!(report.losses, [goes.as_str(), "ben@x.test is not an administrator any more"]);
        let report = give(&house, Kind::People, "email,manager\nrita@x.test,\n", LOOK).await.expect("people");
        assert_eq!(report.losses[0], "max@x.test is not the manager of 1 person any more");
        let report =
            give(&house, Kind::People, "email,active\nmax@x.test,no\nada@x.test,no\n", LOOK).await.expect("people");
        assert_eq!(
            report.losses[..2],
            [
                "max@x.test becomes inactive; leaves the groups: Board, NetSuite users; does not approve any more in: Payroll; \
                 is the manager of 1 person",
                "ada@x.test becomes inactive; is an administrator",
            ]
        );
        let text = "name,groups,owners\nNetSuite,NetSuite users,max@x.test\n";
        give(&house, Kind::Resources, text, WRITE).await.expect("resources");
        let report = give(&house, Kind::Resources, "name,groups,owners\nNetSuite,,\n", LOOK).await.expect("resources");
        assert_eq!(
            report.losses[..2],
            ["NetSuite is not given any more by NetSuite users", "NetSuite is not owned any more by max@x.test"]
        );
        // Nothing of all this was written.
        sound(&house).await;
        let again = give(&house, Kind::Groups, GROUPS, LOOK).await.expect("groups");
        assert_eq!(again.unchanged, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_unknown_reference_does_not_hold_up_the_others() {
    for house in house(Access::Permanent).await {
        let file = "email,name,manager\nnew@x.test,New,max@x.test\nrita@x.test,,nobody@x.test\nlone@x.test,Lone,nobody@x.test\n";
        let why = |line: u8| format!("line {line}, column 3 (manager): nobody with the email nobody@x.test is known");
        assert_eq!(problems(give(&house, Kind::People, file, WRITE).await), [why(3), why(4)]);
        let report = give(&house, Kind::People, file, LEAVE_OUT).await.expect("imported");
        assert_eq!((report.created, report.updated, report.unchanged), (2, 0, 1));
        assert_eq!(report.left_out, [3, 4].map(|line| format!("{}; left out", why(line))));
        let mut session = house.services.store().read().await.expect("read");
        let all = people::all(&mut session).await.expect("people");
        let max = Some(all["max@x.test"].id);
        assert_eq!(["new@x.test", "rita@x.test", "lone@x.test"].map(|email| all[email].manager), [max, max, None]);
        drop(session);

        let report = give(&house, Kind::Groups, "name,members\nBoard,max@x.test;nobody@x.test\n", LEAVE_OUT)
            .await
            .expect("groups");
        assert_eq!(report.changes, ["create group Board with 1 members"]);
        assert_eq!(
            report.left_out,
            ["line 2, column 2 (members): nobody with the email nobody@x.test is known; left out"]
        );
        let file = "name,groups,owners\nVault,Board;Nowhere,nobody@x.test;max@x.test\n";
        let report = give(&house, Kind::Resources, file, LEAVE_OUT).await.expect("resources");
        assert_eq!(
            report.left_out,
            [
                "line 2, column 2 (groups): there is no group Nowhere; left out",
                "line 2, column 3 (owners): nobody with the email nobody@x.test is known; left out",
            ]
        );
        // A flow without one of its groups would be for everybody: it is left out as a whole.
        let flows = r#"[
            {"name":"Hidden","resource":"Vault","group":"Board","visible_to":["Nowhere"],"approval_type":"automatic"},
            {"name":"Open","resource":"Vault","group":"Board","approval_type":"automatic"}]"#;
        assert_eq!(
            problems(give(&house, Kind::Flows, flows, WRITE).await),
            ["flow 1 (Hidden): there is no group Nowhere"]
        );
        let report = give(&house, Kind::Flows, flows, LEAVE_OUT).await.expect("flows");
        assert_eq!(report.changes, ["create flow Open"]);
        assert_eq!(report.left_out, ["flow 1 (Hidden): there is no group Nowhere; left out"]);
        // What is wrong is wrong whatever was chosen.
        let bad = "email,name,active,manager\nx@x.test,X,perhaps,nobody@x.test\n";
        let found = problems(give(&house, Kind::People, bad, LEAVE_OUT).await);
        assert_eq!(found.len(), 1, "{found:?}");
        sound(&house).await;
    }
}
