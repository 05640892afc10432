//! What stands below an open row: request, people, delivery, approval progress, and the acts.

use super::api::Act;
use super::delivery::Delivery;
use super::place::Ways;
use super::progress::ApprovalProgress;
use crate::ui::avatar::avatar;
use crate::ui::state::{notice, trouble};
use crate::ui::time::{absolute, time_exact};
use crate::ui::words::{
    FAILED, STUCK, UNREMINDED, approver_word, cancel_words, cause_words, span_words, status_word, unconfirmed_words,
};
use domain::flow::{ApproverKind, Missing};
use domain::request::{Announced, ErrorCause, Refusal, Status};
use domain::view::{Permission, RequestDetail};
use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;

/// Everything about one request, with the ways to its second screens.
#[component]
pub(super) fn Detail(
    /// The request.
    detail: RequestDetail,
    /// The addresses around it.
    ways: Ways,
) -> impl IntoView {
    let acts = (!detail.row.status.is_terminal()).then(|| acts(&detail, &ways));
    // What the organisation does not show is not mentioned: a request with steps must not look like one without.
    let progress = detail.steps.clone().map(|steps| {
        view! { <section><h3>"Approval Progress"</h3><ApprovalProgress steps=steps now=detail.now/></section> }
    });
    view! {
        <div class="whole">
            <div class="detail">
                <section>
                    <h3>"Reason for request"</h3>
                    <blockquote>{detail.reason.clone()}</blockquote>
                    {facts(&detail)}
                    {mend(&detail)}
                </section>
                <section>
                    {people(&detail)}
                    {detail.sees_delivery.then(|| view! { <Delivery detail=detail.clone()/> })}
                </section>
                {progress}
            </div>
            {acts}
        </div>
    }
}

/// A line of the facts.
fn line(name: &'static str, value: String) -> impl IntoView {
    view! { <dt>{name}</dt><dd>{value}</dd> }
}

fn facts(detail: &RequestDetail) -> impl IntoView + use<> {
    let row = &detail.row;
    let members = if detail.group_members == 1 { "member" } else { "members" };
    let members = format!(" ({} {members})", detail.group_members);
    let until = detail.until.map(|at| {
        view! { <dt>"Has it until"</dt><dd>{time_exact(at)}", so this asks for more time"</dd> }
    });
    let unreminded = detail.unreminded.then(|| format!(". {UNREMINDED}"));
    let expires = row.expires_at.map(|at| view! { <dt>"Expires"</dt><dd>{time_exact(at)}{unreminded}</dd> });
    let state = match (row.status, &detail.error, &detail.missing) {
        (_, Some(cause), _) => Some(EitherOf3::A(trouble(cause_words(cause)))),
        (_, _, Some(missing)) => Some(EitherOf3::B(notice(lacking(missing)))),
        (Status::Error, ..) => Some(EitherOf3::A(trouble(FAILED.to_owned()))),
        (Status::MissingData, ..) => Some(EitherOf3::C(notice(STUCK.to_owned()))),
        _ => None,
    };
    view! {
        <dl>
            {line("Request", format!("#{}, submitted {}", row.number, absolute(row.submitted_at)))}
            <dt>"Gives"</dt>
            <dd>"group "<b>{detail.group.clone()}</b>{members}</dd>
            {detail.connector.clone().map(|connector| line("Carried out by", connector))}
            {detail.requested.map(|span| line("Asked for", span_words(span)))}
            {until}
            {line("Flow", format!("{}, version {}", row.flow, detail.flow_version))}
            {expires}
            {ended(detail)}
        </dl>
        {state}
        {detail.unconfirmed.as_ref().map(|why| notice(unconfirmed_words(why)))}
    }
}

/// Where what is broken can be mended, when it is not asked for on a second screen.
fn mend(detail: &RequestDetail) -> Option<impl IntoView + use<>> {
    let (href, label) = match (&detail.missing, &detail.error) {
        (Some(missing), _) if missing.approvers == ApproverKind::People => {
            (format!("/admin/flows/{}", detail.flow), "Open the flow")
        }
        (Some(missing), _) if missing.approvers == ApproverKind::Administrator => {
            ("/admin/directory/people".to_owned(), "Make somebody else an administrator")
        }
        (None, Some(ErrorCause::GroupInactive)) => {
            (format!("/admin/directory/groups/{}", detail.group_id), "Open the group to activate it")
        }
        (None, Some(ErrorCause::ConnectorOff(_))) => ("/admin/connectors".to_owned(), "Open the connectors"),
        _ => return None,
    };
    Some(view! { <p><a class="button" href=href>{label}</a></p> })
}

fn ended(detail: &RequestDetail) -> Option<impl IntoView + use<>> {
    let end = detail.ended.as_ref()?;
    let status = detail.row.status;
    let by = end.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let over = if end.overridden { ", over the approvers" } else { "" };
    let cause = end.cancel.map(|cause| format!(", because {}", cancel_words(cause))).unwrap_or_default();
    let said = if status == Status::Denied { "Reason" } else { "Comment" };
    Some(view! {
        {line("Decision", format!("{}{by}{over}{cause}, {}", status_word(status), absolute(end.at)))}
        {end.reason.clone().map(|text| line(said, text))}
        {end.next_steps.clone().map(|text| line("Next steps", text))}
        {end.granted.map(|span| line("Granted for", span_words(span)))}
        {end.access_ends_at.map(|at| line("Access ends", absolute(at)))}
    })
}

fn lacking(missing: &Missing) -> String {
    let can = if missing.living == 0 { "nobody".to_owned() } else { format!("only {}", missing.living) };
    format!(
        "Step {} asks {} of {}, and {can} can act. Grant or deny as an administrator, or repair the directory: the request then goes on by itself.",
        missing.step + 1,
        missing.needed,
        approver_word(missing.approvers).to_lowercase(),
    )
}

fn people(detail: &RequestDetail) -> impl IntoView + use<> {
    let row = &detail.row;
    let work = [detail.title.clone().unwrap_or_default(), row.department.clone()];
    let work = work.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let manager = match &detail.manager {
        Some(manager) => {
            let title = detail.manager_title.clone().unwrap_or_default();
            Either::Left(person(manager.name.clone(), title, manager.email.clone()))
        }
        None => Either::Right(view! { <p class="sub">"Nobody is set."</p> }),
    };
    view! {
        <h3>"Requester"</h3>
        {person(row.requester.clone(), work, row.email.clone())}
        <h3>"Manager"</h3>
        {manager}
    }
}

fn person(name: String, work: String, email: String) -> impl IntoView {
    view! {
        <div class="who">
            {avatar(&name)}
            <div><div class="name">{name}</div><div class="sub">{work}</div><div class="sub">{email}</div></div>
        </div>
    }
}

/// What deciding here means.
fn meaning(detail: &RequestDetail) -> &'static str {
    let allowed = &detail.permissions;
    let row = &detail.row;
    if row.in_flight {
        "Being carried out right now."
    } else if matches!(allowed.grant, Permission::Refused(Refusal::Voted(_))) {
        "You have approved this step; others of it are still needed."
    } else if row.own {
        "Your own request: somebody else decides."
    } else if detail.unconfirmed.is_some() && allowed.grant_does == Some(Announced::Step) {
        "Granting confirms this step; more follow."
    } else if detail.unconfirmed.is_some() {
        "Granting confirms what the approvers agreed to, and gives access at once."
    } else if allowed.grant_does == Some(Announced::Step) {
        "Granting counts as one approval; more are needed."
    } else if allowed.grant_is_vote {
        "The last approval: granting gives access at once."
    } else if row.status == Status::Pending {
        "Assigned approvers decide this; deciding here overrides them."
    } else {
        "Deciding here does not wait for the approvers."
    }
}

fn acts(detail: &RequestDetail, ways: &Ways) -> impl IntoView + use<> {
    let allowed = &detail.permissions;
    let button = |act: Act, permission: &Permission, class: &str, label: &'static str| match permission {
        Permission::Allowed => Either::Left(view! {
            <a class=format!("button {class}") role="button" href=ways.act(act) data-noscroll="">{label}</a>
        }),
        Permission::Refused(_) => Either::Right(view! {
            <span class=format!("button off {class}") role="button" aria-disabled="true">{label}</span>
        }),
    };
    let error = detail.row.status == Status::Error;
    view! {
        <div class="acts">
            <span class="sub">{meaning(detail)}</span>
            {detail.can_repair().then(|| button(Act::Repair, &allowed.repair, "", "Repair…"))}
            {error.then(|| button(Act::Retry, &allowed.retry, "", "Retry"))}
            {button(Act::Deny, &allowed.deny, "bad", "Deny Access")}
            {button(Act::Grant, &allowed.grant, "primary", "Grant Access")}
        </div>
    }
}
