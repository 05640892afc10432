//! One recorded session on both engines: the same statuses and the same record (`trust.md` I32).

use crate::support::{House, START, actor, flow, house, sound};
use domain::catalog::Access;
use domain::flow::{Approvers, Required, Step};
use domain::ids::{FlowId, RequestNumber};
use domain::request::Verdict;
use domain::time::Span;
use services::Origin;
use services::requests as cases;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

/// A word of the record: outcomes as text, errors by their kind.
fn word<T: std::fmt::Debug>(answer: services::Result<T>, show: impl FnOnce(&T) -> String) -> String {
    match answer {
        Ok(done) => show(&done),
        Err(services::Error::Refused(refusal, _)) => format!("refused: {refusal}"),
        Err(services::Error::Invalid(fields)) => {
            format!("invalid: {:?}", fields.iter().map(|f| &f.field).collect::<Vec<_>>())
        }
        Err(other) => other.to_string(),
    }
}

async fn ask(house: &House, who: &str, flow: FlowId, days: u32) -> String {
    let who = actor(house, who).await;
    let duration = if days == 0 { String::new() } else { Span::days(days).to_string() };
    let given = cases::Submit { flow, reason: "As recorded".to_owned(), duration };
    word(cases::submit(&house.services, &who, &given, &Origin::default()).await, |done| {
        format!("#{} {}", done.number, done.existing)
    })
}

async fn vote(house: &House, who: &str, number: i64, verdict: Verdict) -> String {
    let who = actor(house, who).await;
    let given = cases::Vote {
        number: RequestNumber(number),
        verdict,
        comment: "As recorded".to_owned(),
        next_steps: String::new(),
        duration: String::new(),
        announced: None,
    };
    word(cases::vote(&house.services, &who, &given, &Origin::default()).await, |done| format!("{:?}", done.row.status))
}

async fn grant(house: &House, who: &str, number: i64, over: bool) -> String {
    let who = actor(house, who).await;
    let given = cases::Grant {
        number: RequestNumber(number),
        version: None,
        over,
        comment: "Over".to_owned(),
        duration: String::new(),
        announced: None,
    };
    word(cases::grant(&house.services, &who, &given, &Origin::default()).await, |done| format!("{:?}", done.row.status))
}

async fn deny(house: &House, who: &str, number: i64) -> String {
    let who = actor(house, who).await;
    let given = cases::Deny {
        number: RequestNumber(number),
        version: None,
        reason: "No".to_owned(),
        next_steps: "Later".to_owned(),
        notes: "Between us".to_owned(),
        announced: None,
    };
    word(cases::deny(&house.services, &who, &given, &Origin::default()).await, |done| format!("{:?}", done.row.status))
}

async fn person(house: &House, email: &str, manager: Option<&str>, active: bool) -> String {
    let (ada, who) = (actor(house, "ada@x.test").await, actor(house, email).await);
    let mut draft = services::directory::person(&house.services, &ada, who.id).await.expect("person").draft;
    if let Some(manager) = manager {
        draft.manager = manager.to_owned();
    }
    draft.active = active;
    word(
        services::directory::save_person(&house.services, &ada, Some(who.id), &draft, &Origin::default()).await,
        |(_, left)| format!("{} canceled, {} grants, {} blocked", left.canceled.len(), left.grants, left.blocked.len()),
    )
}

async fn clock(house: &House, days: u32) -> String {
    house.hand.store((START + Span::days(days)).0, Ordering::SeqCst);
    let mut done = 0;
    loop {
        let now = cases::expire_due(&house.services).await.expect("clock");
        if now == 0 {
            return format!("{done} done");
        }
        done += now;
    }
}

/// Everything that is told of the house: requests and the record, without ids and moments.
async fn told(house: &House) -> String {
    let ada = actor(house, "ada@x.test").await;
    let mut out = String::new();
    for number in 1.. {
        let Ok(detail) = services::queue::detail(&house.services, &ada, RequestNumber(number)).await else { break };
        let on = detail.row.waiting_on.map(|on| format!("{:?} {} {}/{}", on.kind, on.name, on.agreed, on.needed));
        let end = detail.ended.map(|end| format!("{:?} {:?} {}", end.by, end.reason, end.overridden));
        let steps: Vec<String> = detail.steps.iter().flatten().map(|step| format!("{:?}", step.state)).collect();
        let _ = writeln!(
            out,
            "#{number} v{} {:?} {:?} {on:?} {end:?} {steps:?}",
            detail.row.version, detail.row.status, detail.row.lane
        );
    }
    let mut before = String::new();
    loop {
        let asked = services::audit::Asked { before: before.clone(), ..Default::default() };
        let page = services::audit::events(&house.services, &ada, &asked).await.expect("audit");
        for line in page.lines {
            let _ = writeln!(
                out,
                "{} {} {:?} {} {:?}",
                line.kind, line.actor, line.request, line.subject, line.internal_notes
            );
        }
        match page.next {
            Some(next) => before = next.to_string(),
            None => return out,
        }
    }
}

async fn session(house: &House) -> String {
    let mut s = house.services.store().write().await.expect("write");
    let admins = Step { approvers: Approvers::Administrator, required: Required::AtLeast(2) };
    let group = Step {
        approvers: Approvers::Group { id: house.group, name: "NetSuite users".to_owned() },
        required: Required::Any,
    };
    let manager = Step { approvers: Approvers::Manager, required: Required::All };
    let (vault, _) = flow(&mut s, "Vault", vec![manager, admins], Access::Fixed(Span::days(7))).await;
    let (payroll, _) = flow(&mut s, "Payroll", vec![group], Access::Permanent).await;
    let (wiki, _) = flow(&mut s, "Wiki", Vec::new(), Access::Permanent).await;
    s.commit().await.expect("commit");
    use Verdict::{Approve, Deny};
    let mut lines = vec![
        ask(house, "rita@x.test", house.flow, 0).await,
        ask(house, "rita@x.test", house.flow, 0).await,
        ask(house, "rita@x.test", vault, 0).await,
        ask(house, "rita@x.test", vault, 7).await,
        ask(house, "max@x.test", payroll, 0).await,
        ask(house, "max@x.test", wiki, 0).await,
        ask(house, "ada@x.test", vault, 7).await,
        vote(house, "rita@x.test", 1, Approve).await,
        vote(house, "max@x.test", 1, Approve).await,
        vote(house, "max@x.test", 1, Deny).await,
        vote(house, "max@x.test", 2, Approve).await,
        grant(house, "ada@x.test", 2, false).await,
        grant(house, "ada@x.test", 2, false).await,
        grant(house, "ben@x.test", 2, false).await,
        deny(house, "ben@x.test", 2).await,
        vote(house, "rita@x.test", 3, Approve).await,
        grant(house, "ada@x.test", 5, true).await,
        deny(house, "ben@x.test", 5).await,
        clock(house, 5).await,
        ask(house, "rita@x.test", vault, 7).await,
        person(house, "rita@x.test", Some("ben@x.test"), true).await,
        vote(house, "max@x.test", 6, Approve).await,
        vote(house, "ben@x.test", 6, Approve).await,
        person(house, "rita@x.test", Some(""), true).await,
        clock(house, 9).await,
        grant(house, "ben@x.test", 6, true).await,
        ask(house, "max@x.test", house.flow, 0).await,
        clock(house, 12).await,
        person(house, "rita@x.test", None, false).await,
        person(house, "ben@x.test", None, false).await,
        person(house, "ada@x.test", None, false).await,
        clock(house, 60).await,
    ];
    lines.push(told(house).await);
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_tell_the_same_story() {
    let mut stories = Vec::new();
    for house in house(Access::Permanent).await {
        stories.push(session(&house).await);
        sound(&house).await;
    }
    insta::assert_snapshot!(stories[0]);
    for story in &stories[1..] {
        assert_eq!(story, &stories[0]);
    }
}
