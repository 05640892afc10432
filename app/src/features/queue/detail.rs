//! What stands below an open row: request, people, delivery, approval progress, and the two acts.

use super::api::Act;
use super::page::Queue;
use super::place::Place;
use crate::ui::avatar::avatar;
use crate::ui::icon::icon;
use crate::ui::state::{notice, trouble};
use crate::ui::time::{absolute, time_ago, time_exact};
use crate::ui::words::{approver_word, cancel_words, cause_words, required_words, span_words, status_word};
use domain::request::{Status, Verdict};
use domain::time::Timestamp;
use domain::view::{ApproverLine, Permission, RequestDetail, StepLine, StepState};
use leptos::prelude::*;

/// The detail of the open row.
pub(super) fn detail(queue: Queue) -> impl IntoView {
    move || match queue.detail.get().flatten() {
        None => view! { <p class="loading" role="status">"Loading…"</p> }.into_any(),
        Some(Err(error)) => trouble(error.sentence()).into_any(),
        Some(Ok(detail)) => {
            let number = detail.number().0;
            let href = move |act: Act| {
                let place = queue.place.get();
                Place { open: Some(number), act: Some(act), query: place.query }.href()
            };
            body(&detail, &href).into_any()
        }
    }
}

/// The detail's body; `href` leads to the second screens.
pub(super) fn body(detail: &RequestDetail, href: &dyn Fn(Act) -> String) -> impl IntoView + use<> {
    view! {
        <div class="detail">
            <section>
                <h3>"Reason for request"</h3>
                <blockquote>{detail.reason.clone()}</blockquote>
                {facts(detail)}
            </section>
            <section>{people(detail)}{delivery(detail)}</section>
            <section>
                <h3>"Approval Progress"</h3>
                {steps_view(&detail.steps, detail.now)}
            </section>
        </div>
        {acts(detail, href)}
    }
}

fn facts(detail: &RequestDetail) -> impl IntoView + use<> {
    let row = &detail.row;
    let line = |name: &'static str, value: String| view! { <dt>{name}</dt><dd>{value}</dd> };
    let members = detail.group_members;
    let ended = detail.ended.clone().map(|end| {
        let by = end.by.map(|by| format!(" by {by}")).unwrap_or_default();
        let over = if end.overridden { ", over the approvers" } else { "" };
        let cause = end.cancel.map(|cause| format!(", because {}", cancel_words(cause))).unwrap_or_default();
        let what = format!("{}{by}{over}{cause}, {}", status_word(row.status), absolute(end.at));
        view! {
            {line("Decision", what)}
            {end.reason.map(|text| line(if row.status == Status::Denied { "Reason" } else { "Comment" }, text))}
            {end.next_steps.map(|text| line("Next steps", text))}
            {end.granted.map(|span| line("Granted for", span_words(span)))}
            {end.access_ends_at.map(|at| line("Access ends", absolute(at)))}
        }
    });
    view! {
        <dl>
            {line("Request", format!("#{}, submitted {}", row.number, absolute(row.submitted_at)))}
            <dt>"Gives"</dt>
            <dd>"group "<b>{detail.group.clone()}</b>{format!(" ({members} member{})", if members == 1 { "" } else { "s" })}</dd>
            {detail.requested.map(|span| line("Asked for", span_words(span)))}
            {line("Flow", format!("{}, version {}", row.flow, detail.flow_version))}
            {row.expires_at.map(|at| view! { <dt>"Expires"</dt><dd>{time_exact(at)}</dd> })}
            {ended}
        </dl>
        {detail.error.as_ref().map(|cause| trouble(cause_words(cause)))}
        {detail.missing.as_ref().map(|missing| {
            let text = format!("Step {} asks {} of {}, and {} can act. Grant or deny as an administrator, or repair the directory: the request then goes on by itself.",
                missing.step + 1, missing.needed, approver_word(missing.approvers).to_lowercase(),
                if missing.living == 0 { "nobody".to_owned() } else { format!("only {}", missing.living) });
            notice(text.into_any())
        })}
    }
}

fn people(detail: &RequestDetail) -> impl IntoView + use<> {
    let row = &detail.row;
    let work = [detail.title.clone().unwrap_or_default(), row.department.clone()];
    let work = work.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    let manager = detail.manager.as_ref().map_or_else(
        || view! { <p class="sub">"Nobody is set."</p> }.into_any(),
        |manager| {
            person(&manager.name, detail.manager_title.clone().unwrap_or_default(), manager.email.clone()).into_any()
        },
    );
    view! {
        <h3>"Requester"</h3>
        {person(&row.requester, work, row.email.clone())}
        <h3>"Manager"</h3>
        {manager}
    }
}

fn person(name: &str, work: String, email: String) -> impl IntoView + use<> {
    view! {
        <div class="who">
            {avatar(name)}
            <div><div class="name">{name.to_owned()}</div><div class="sub">{work}</div><div class="sub">{email}</div></div>
        </div>
    }
}

fn delivery(detail: &RequestDetail) -> impl IntoView + use<> {
    let now = detail.now;
    let delivered = detail.delivery.iter().filter(|message| message.state == "delivered").count();
    let failed =
        detail.delivery.iter().filter(|message| message.error.is_some() && message.state != "delivered").count();
    let summary = match (detail.delivery.len(), failed) {
        (0, _) => "No mail so far".to_owned(),
        (all, 0) => format!("{delivered} of {all} mails delivered"),
        (all, failed) => format!("{delivered} of {all} mails delivered, {failed} failed"),
    };
    let lines = detail
        .delivery
        .iter()
        .map(|message| {
            let text = format!("{}: {} to {}", message.state, message.kind.replace('_', " "), message.recipient);
            let error = message.error.clone().map(|error| format!(" ({error})"));
            view! { <li>{text}", "{time_ago(message.at, now)}{error}</li> }
        })
        .collect_view();
    view! {
        <h3>"Delivery"</h3>
        <details class="delivery"><summary>{icon("mail")}{summary}</summary><ul>{lines}</ul></details>
    }
}

/// The approval progress: each step, each approver, what they did, who can act now.
pub(crate) fn steps_view(steps: &[StepLine], now: Timestamp) -> AnyView {
    if steps.is_empty() {
        return view! { <p class="sub">"Given at once: nobody has to agree."</p> }.into_any();
    }
    let lines = steps.iter().map(|step| step_view(step, now)).collect_view();
    view! { <ol class="steps">{lines}</ol> }.into_any()
}

fn step_view(step: &StepLine, now: Timestamp) -> impl IntoView + use<> {
    let (class, word, shape) = match step.state {
        StepState::Passed => ("done", "passed", Some("check")),
        StepState::Waiting => ("now", "waiting", None),
        StepState::Later => ("later", "later", None),
        StepState::Short => ("short", "nobody can pass it", Some("warn")),
        StepState::Skipped => ("later", "not reached", None),
        StepState::Overridden => ("over", "overridden", Some("minus")),
        StepState::Denied => ("no", "denied", Some("x")),
    };
    let title = step.group.clone().unwrap_or_else(|| approver_word(step.kind).to_owned());
    let count = format!("{} · {} of {} · {word}", required_words(step.required), step.agreed, step.needed);
    let people = step.approvers.iter().map(|line| approver(line, now)).collect_view();
    view! {
        <li class=class>
            <span class="dot">{shape.map(icon)}</span>
            <div class="name">{title}</div>
            <div class="sub">{count}</div>
            <ul class="people">{people}{(step.more > 0).then(|| view! { <li class="sub">{format!("and {} more", step.more)}</li> })}</ul>
        </li>
    }
}

fn approver(line: &ApproverLine, now: Timestamp) -> impl IntoView + use<> {
    let did = line.verdict.map(|(verdict, at)| {
        let word = if verdict == Verdict::Approve { " approved " } else { " denied " };
        view! { <span>{word}{time_ago(at, now)}</span> }
    });
    let can = line.can_act.then(|| view! { <span class="sub">" can act now"</span> });
    let comment = line.comment.clone().map(|text| view! { <q class="sub">{text}</q> });
    view! { <li>{avatar(&line.person.name)}<span>{line.person.name.clone()}{did}{can}{comment}</span></li> }
}

fn acts(detail: &RequestDetail, href: &dyn Fn(Act) -> String) -> impl IntoView + use<> {
    let allowed = &detail.permissions;
    if detail.row.status.is_terminal() {
        return None;
    }
    let own = detail.row.own.then_some("Your own request: somebody else decides.");
    let note = if detail.row.in_flight {
        "Being granted right now."
    } else if let Some(own) = own {
        own
    } else if allowed.grant_is_vote && allowed.more_steps {
        "Granting passes this step; more follow."
    } else if allowed.grant_is_vote {
        "Last step: granting gives access at once."
    } else if detail.row.status == Status::Pending {
        "Assigned approvers decide this; deciding here overrides them."
    } else {
        "Deciding here does not wait for the approvers."
    };
    let button = |act: Act, permission: &Permission, class: &'static str, label: &'static str| match permission {
        Permission::Allowed => {
            view! { <a class=class role="button" href=href(act) data-noscroll="">{label}</a> }.into_any()
        }
        Permission::Refused(_) => {
            view! { <span class=format!("{class} off") role="button" aria-disabled="true">{label}</span> }.into_any()
        }
    };
    let retry = (detail.row.status == Status::Error).then(|| button(Act::Retry, &allowed.retry, "button", "Retry"));
    Some(view! {
        <div class="acts">
            <span class="sub">{note}</span>
            {retry}
            {button(Act::Deny, &allowed.deny, "button bad", "Deny Access")}
            {button(Act::Grant, &allowed.grant, "button primary", "Grant Access")}
        </div>
    })
}
