//! What stands below an open row: request, people, delivery, approval progress, and the two acts.

use super::api::Act;
use crate::ui::avatar::avatar;
use crate::ui::html::Html;
use crate::ui::icon::{Icon, icon};
use crate::ui::state::{notice, trouble};
use crate::ui::time::{absolute, time_ago, time_exact};
use crate::ui::words::{
    FAILED, STUCK, approver_word, cancel_words, cause_words, message_word, required_words, span_words, status_word,
    unconfirmed_words,
};
use domain::flow::{ApproverKind, Missing};
use domain::request::{Announced, ErrorCause, Refusal, Status, Verdict};
use domain::time::Timestamp;
use domain::view::{ApproverLine, CallLine, Delivery, Permission, RequestDetail, StepLine, StepState};
use maud::{Markup, html};

/// The detail's body; `href` leads to the second screens.
pub(super) fn body(detail: &RequestDetail, href: &dyn Fn(Act) -> String) -> Html {
    html! {
        div.whole {
            div.detail {
                section {
                    h3 { "Reason for request" }
                    blockquote { (detail.reason) }
                    (facts(detail))
                    (mend(detail))
                }
                section {
                    (people(detail))
                    @if detail.sees_delivery { (delivery(detail)) }
                }
                // What the organisation does not show is not mentioned: a request with steps must not look like one without.
                @if let Some(steps) = &detail.steps {
                    section { h3 { "Approval Progress" } (steps_view(steps, detail.now)) }
                }
            }
            (acts(detail, href))
        }
    }
    .into()
}

fn facts(detail: &RequestDetail) -> Markup {
    let row = &detail.row;
    let members = detail.group_members;
    html! {
        dl {
            (line("Request", &format!("#{}, submitted {}", row.number, absolute(row.submitted_at))))
            dt { "Gives" }
            dd { "group " b { (detail.group) } " (" (members) " member" (if members == 1 { "" } else { "s" }) ")" }
            @if let Some(connector) = &detail.connector { (line("Carried out by", connector)) }
            @if let Some(span) = detail.requested { (line("Asked for", &span_words(span))) }
            @if let Some(at) = detail.until { dt { "Has it until" } dd { (time_exact(at)) ", so this asks for more time" } }
            (line("Flow", &format!("{}, version {}", row.flow, detail.flow_version)))
            @if let Some(at) = row.expires_at { dt { "Expires" } dd { (time_exact(at)) @if detail.unreminded { ". " (UNREMINDED) } } }
            (ended(detail))
        }
        @match (row.status, &detail.error, &detail.missing) {
            (_, Some(cause), _) => (trouble(&cause_words(cause))),
            (_, _, Some(missing)) => (notice(&lacking(missing))),
            (Status::Error, ..) => (trouble(FAILED)),
            (Status::MissingData, ..) => (notice(STUCK)),
            _ => {}
        }
        @if let Some(why) = &detail.unconfirmed { (notice(&unconfirmed_words(why))) }
    }
}

/// Where what is broken can be mended, when it is not asked for on a second screen.
fn mend(detail: &RequestDetail) -> Markup {
    let link = |href: String, label: &str| html! { p { a.button href=(href) { (label) } } };
    match (&detail.missing, &detail.error) {
        (Some(missing), _) if missing.approvers == ApproverKind::People => {
            link(format!("/admin/flows/{}", detail.flow), "Open the flow")
        }
        (Some(missing), _) if missing.approvers == ApproverKind::Administrator => {
            link("/admin/directory/people".to_owned(), "Make somebody else an administrator")
        }
        (None, Some(ErrorCause::GroupInactive)) => {
            link(format!("/admin/directory/groups/{}", detail.group_id), "Open the group to activate it")
        }
        (None, Some(ErrorCause::ConnectorOff(_))) => link("/admin/connectors".to_owned(), "Open the connectors"),
        _ => Markup::default(),
    }
}

/// What is said of a request whose time runs out over a weekend.
pub(crate) const UNREMINDED: &str =
    "Nobody is reminded before: what is left of its time lies outside of working hours.";

fn line(name: &str, value: &str) -> Markup {
    html! { dt { (name) } dd { (value) } }
}

fn ended(detail: &RequestDetail) -> Markup {
    let Some(end) = &detail.ended else { return Markup::default() };
    let status = detail.row.status;
    let by = end.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let over = if end.overridden { ", over the approvers" } else { "" };
    let cause = end.cancel.map(|cause| format!(", because {}", cancel_words(cause))).unwrap_or_default();
    html! {
        (line("Decision", &format!("{}{by}{over}{cause}, {}", status_word(status), absolute(end.at))))
        @if let Some(text) = &end.reason { (line(if status == Status::Denied { "Reason" } else { "Comment" }, text)) }
        @if let Some(text) = &end.next_steps { (line("Next steps", text)) }
        @if let Some(span) = end.granted { (line("Granted for", &span_words(span))) }
        @if let Some(at) = end.access_ends_at { (line("Access ends", &absolute(at))) }
    }
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

fn people(detail: &RequestDetail) -> Markup {
    let row = &detail.row;
    let work = [detail.title.clone().unwrap_or_default(), row.department.clone()];
    let work = work.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    html! {
        h3 { "Requester" }
        (person(&row.requester, &work, &row.email))
        h3 { "Manager" }
        @match &detail.manager {
            Some(manager) => { (person(&manager.name, detail.manager_title.as_deref().unwrap_or_default(), &manager.email)) }
            None => p.sub { "Nobody is set." },
        }
    }
}

fn person(name: &str, work: &str, email: &str) -> Markup {
    html! { div.who { (avatar(name)) div { div.name { (name) } div.sub { (work) } div.sub { (email) } } } }
}

fn delivery(detail: &RequestDetail) -> Markup {
    let count = |fits: &dyn Fn(&Delivery) -> bool| detail.delivery.iter().filter(|message| fits(message)).count();
    let delivered = count(&|message| message.state == "delivered");
    let failed = count(&|message| message.state == "dead" || (message.state == "waiting" && message.error.is_some()));
    // What was not to be sent any more is no failure.
    let summary = match (count(&|message| message.state != "suppressed"), failed) {
        (0, _) => "No mail so far".to_owned(),
        (1, 0) => format!("{delivered} of 1 mail delivered"),
        (all, 0) => format!("{delivered} of {all} mails delivered"),
        (all, failed) => format!("{delivered} of {all} mails delivered, {failed} failed"),
    };
    let calls = match (detail.calls.len(), detail.calls.iter().filter(|call| call.state == "waiting").count()) {
        (0, _) => String::new(),
        (1, 0) => ", 1 call to the target".to_owned(),
        (all, 0) => format!(", {all} calls to the target"),
        (_, waiting) => format!(", {waiting} to the target under way"),
    };
    let summary = summary + &calls;
    html! {
        h3 { "Delivery" }
        details.delivery {
            summary { (icon(Icon::Mail)) (summary) }
            ul {
                @for planned in &detail.planned {
                    li { "Planned: " (message_word(&planned.kind)) ", " (time_ago(planned.at, detail.now)) }
                }
                @for call in &detail.calls { (call_line(call, detail.now)) }
                @for message in &detail.delivery {
                    li {
                        (crate::features::messages::state_word(&message.state)) ": " (message_word(&message.kind)) " to " (message.recipient) ", "
                        @if message.state == "waiting" && message.attempts > 0 {
                            "tried " (message.attempts) (if message.attempts == 1 { " time" } else { " times" }) ", again "
                        }
                        (time_ago(message.at, detail.now))
                        @if let Some(error) = &message.error { " (" (error) ")" }
                    }
                }
            }
        }
    }
}

/// What is under way, or came of it.
fn call_word(action: &str, state: &str) -> &'static str {
    match (action, state) {
        (_, "dropped") => "Not needed any more",
        ("grant" | "restore", "waiting") => "Being given",
        ("grant" | "restore", "done") => "Given, and confirmed",
        ("grant" | "restore", "unconfirmed") => "Given, but could not be confirmed",
        ("grant" | "restore", "refused") => "Giving was refused",
        ("grant" | "restore", _) => "Giving failed",
        (_, "waiting") => "Being taken back",
        (_, "done") => "Taken back, and confirmed",
        (_, "unconfirmed") => "Taken back, but could not be confirmed",
        (_, "refused") => "Taking back was refused",
        (_, _) => "Taking back failed",
    }
}

/// One call to a target, in words.
fn call_line(call: &CallLine, now: Timestamp) -> Markup {
    html! {
        li {
            (call_word(&call.action, &call.state)) " by " (call.connector) ", "
            @if call.state == "waiting" && call.attempts > 0 {
                "tried " (call.attempts) (if call.attempts == 1 { " time" } else { " times" }) ", again "
            }
            (time_ago(call.at, now))
            @if let Some(said) = &call.said { " (" (said) ")" }
        }
    }
}

/// The approval progress: each step, each approver, what they did, who can act now.
pub(crate) fn steps_view(steps: &[StepLine], now: Timestamp) -> Html {
    html! {
        @if steps.is_empty() {
            p.sub { "Given at once: nobody has to agree." }
        } @else {
            ol.steps { @for step in steps { (step_view(step, now)) } }
        }
    }
    .into()
}

fn step_view(step: &StepLine, now: Timestamp) -> Markup {
    let (class, word, shape) = match step.state {
        StepState::Passed => ("done", "passed", Some(Icon::Check)),
        StepState::Waiting => ("now", "waiting", None),
        StepState::Later => ("later", "later", None),
        StepState::Short => ("short", "nobody can pass it", Some(Icon::Warn)),
        StepState::Skipped => ("later", "not reached", None),
        StepState::Overridden => ("over", "overridden", Some(Icon::Minus)),
        StepState::Denied => ("no", "denied", Some(Icon::X)),
    };
    html! {
        li class=(class) {
            span.dot { @if let Some(shape) = shape { (icon(shape)) } }
            div.name { (step.group.as_deref().unwrap_or_else(|| approver_word(step.kind))) }
            div.sub {
                (required_words(step.required))
                @if step.needed > 0 { " · " (step.agreed) " of " (step.needed) }
                " · " (word)
            }
            ul.people {
                @for line in &step.approvers { (approver(line, now)) }
                @if step.more > 0 { li.sub { "and " (step.more) " more" } }
            }
        }
    }
}

fn approver(line: &ApproverLine, now: Timestamp) -> Markup {
    html! {
        li {
            (avatar(&line.person.name))
            span {
                (line.person.name)
                @if let Some((verdict, at)) = line.verdict {
                    span { (if verdict == Verdict::Approve { " approved " } else { " denied " }) (time_ago(at, now)) }
                }
                @if line.can_act { span.sub { " can act now" } }
                @if let Some(text) = &line.comment { q.sub { (text) } }
            }
        }
    }
}

fn acts(detail: &RequestDetail, href: &dyn Fn(Act) -> String) -> Markup {
    let allowed = &detail.permissions;
    let row = &detail.row;
    if row.status.is_terminal() {
        return Markup::default();
    }
    let voted = matches!(allowed.grant, Permission::Refused(Refusal::Voted(_)));
    let note = if row.in_flight {
        "Being carried out right now."
    } else if voted {
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
    };
    let button = |act: Act, permission: &Permission, class: &str, label: &str| match permission {
        Permission::Allowed => {
            html! { a class={ "button " (class) } role="button" href=(href(act)) data-noscroll { (label) } }
        }
        Permission::Refused(_) => {
            html! { span class={ "button off " (class) } role="button" aria-disabled="true" { (label) } }
        }
    };
    html! {
        div.acts {
            span.sub { (note) }
            @if detail.can_repair() { (button(Act::Repair, &allowed.repair, "", "Repair…")) }
            @if row.status == Status::Error { (button(Act::Retry, &allowed.retry, "", "Retry")) }
            (button(Act::Deny, &allowed.deny, "bad", "Deny Access"))
            (button(Act::Grant, &allowed.grant, "primary", "Grant Access"))
        }
    }
}
