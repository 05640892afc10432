//! The markup of the second screens: grant, deny, retry. Plain forms that post to the request's own address.

use super::api::Act;
use crate::form::FormState;
use crate::ui::avatar::logo;
use crate::ui::field::Field;
use crate::ui::html::Html;
use crate::ui::icon::{Icon, icon};
use crate::ui::state::{trouble, warning};
use crate::ui::words::{approver_word, span_words};
use domain::catalog::Access;
use domain::request::{Status, Verdict};
use domain::time::Span;
use domain::view::{Permission, RequestDetail};
use maud::{Markup, html};

/// Where the links and the form of a second screen lead.
pub(super) struct Ways<'a> {
    /// Out of it.
    pub(super) back: String,
    /// To another screen of the same request.
    pub(super) act: &'a dyn Fn(Act) -> String,
    /// What the form's address carries along, with `?`.
    pub(super) suffix: String,
}

/// A second screen, with what was typed and what is wrong.
pub(super) fn second_screen(detail: &RequestDetail, act: Act, ways: &Ways<'_>, form: &FormState) -> Html {
    let action = format!("{}/{}/{}{}", crate::routes::QUEUE, detail.number(), act.as_str(), ways.suffix);
    let (label, class) = button(act);
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { (title(act, detail)) }
            form method="post" action=(action) {
                input type="hidden" name="version" value=(detail.row.version);
                div.dialog-body {
                    (summary(detail))
                    @if let Some(message) = form.message() { (trouble(&message)) }
                    @if let Some(text) = overrides(detail).filter(|_| act != Act::Retry) { (warning(&text)) }
                    (fields(detail, act, &(ways.act)(Act::GrantOver), form))
                }
                footer {
                    a.button href=(ways.back) data-noscroll data-leave { "Cancel" }
                    button class=(class) type="submit" { (label) }
                }
            }
        }
    }
    .into()
}

/// What the button that decides says, and how it looks.
const fn button(act: Act) -> (&'static str, &'static str) {
    match act {
        Act::Deny => ("Deny Access", "button danger"),
        Act::Retry => ("Retry", "button primary"),
        Act::Grant => ("Grant Access", "button primary"),
        Act::GrantOver => ("Grant now", "button primary"),
    }
}

fn title(act: Act, detail: &RequestDetail) -> String {
    let who = &detail.row.requester;
    match act {
        Act::Deny => format!("Deny access for {who}"),
        Act::Retry => format!("Retry the grant for {who}"),
        Act::Grant => format!("Grant access to {who}"),
        Act::GrantOver => format!("Grant access to {who} now"),
    }
}

fn summary(detail: &RequestDetail) -> Html {
    let asked = detail.requested.map(|span| format!(", {} asked", span_words(span))).unwrap_or_default();
    html! {
        div.summary {
            (logo(&detail.row.resource))
            div {
                div.name { (detail.row.resource) }
                div.sub { "Request #" (detail.number()) (asked) ", gives group " (detail.group) }
            }
        }
    }
    .into()
}

/// Whom a decision here overrides, if anyone.
fn overrides(detail: &RequestDetail) -> Option<String> {
    if detail.permissions.grant_is_vote || detail.row.status != Status::Pending {
        return None;
    }
    let waiting = detail.steps.iter().find(|step| step.state == domain::view::StepState::Waiting)?;
    let names: Vec<&str> =
        waiting.approvers.iter().filter(|line| line.can_act).map(|line| line.person.name.as_str()).collect();
    let who = if names.is_empty() || names.len() > 3 || waiting.more > 0 {
        waiting.group.clone().unwrap_or_else(|| approver_word(waiting.kind).to_lowercase())
    } else {
        names.join(", ")
    };
    let voted = detail
        .steps
        .iter()
        .flat_map(|step| &step.approvers)
        .filter(|line| matches!(line.verdict, Some((Verdict::Approve, _))))
        .count();
    let before = if voted > 0 { format!(" {voted} approved before.") } else { String::new() };
    let portal = if detail.assigned && detail.permissions.vote == Permission::Allowed {
        " You are an assigned approver yourself: vote in the user portal to keep the flow."
    } else {
        ""
    };
    Some(format!("This overrides {who}; they will be told.{before}{portal}"))
}

/// The fields of a screen, with what was typed and what is wrong.
fn fields(detail: &RequestDetail, act: Act, over: &str, form: &FormState) -> Html {
    let field = |name: &'static str, label: &'static str, hint: &'static str, required: bool| {
        let (value, error) = (form.value(name), form.error_at(name));
        Field { name, label, hint, value: &value, error: error.as_deref(), required, ..Field::default() }.text_area()
    };
    html! {
        div.fields {
            @match act {
                Act::Retry => p { "The decision is carried out again as it was taken." },
                Act::Deny => {
                    (field("reason", "Reason", "Sent to the requester.", true))
                    (field("next_steps", "Next steps", "Optional. Sent to the requester.", false))
                    (field("notes", "Internal notes", "Optional. Only admins see it, in the audit.", false))
                }
                Act::Grant | Act::GrantOver => {
                    @if detail.permissions.more_steps && act == Act::Grant { (next_steps_notice(detail, over)) }
                    (durations(detail, form))
                    (field("comment", "Comment", comment_hint(detail, act), false))
                }
            }
        }
    }
    .into()
}

fn comment_hint(detail: &RequestDetail, act: Act) -> &'static str {
    let allowed = &detail.permissions;
    let overriding = !allowed.grant_is_vote || act == Act::GrantOver;
    if overriding && allowed.comment_required {
        "Required here, because this overrides the approvers."
    } else {
        "Optional."
    }
}

/// What follows a vote on the waiting step, and the way around it.
fn next_steps_notice(detail: &RequestDetail, over: &str) -> Markup {
    let next: Vec<&str> = detail
        .steps
        .iter()
        .filter(|step| step.state == domain::view::StepState::Later)
        .map(|step| step.group.as_deref().unwrap_or_else(|| approver_word(step.kind)))
        .collect();
    html! {
        p.notice {
            (icon(Icon::Info))
            span {
                "This passes the waiting step. Then: " (next.join(", then ")) ". "
                a href=(over) data-noscroll { "Grant now, over the remaining steps" }
            }
        }
    }
}

/// How long, for timed access; never longer than the flow allows.
fn durations(detail: &RequestDetail, form: &FormState) -> Markup {
    let Some(longest) = detail.access.longest() else { return Markup::default() };
    let mut spans = match &detail.access {
        Access::Choices(spans) => spans.clone(),
        Access::Fixed(_) | Access::Permanent => vec![longest],
    };
    for days in [1, 7, 30, 90] {
        let span = Span::days(days);
        if span < longest && !spans.contains(&span) {
            spans.push(span);
        }
    }
    spans.sort_unstable();
    let asked = detail.requested;
    let chosen = Span::parse(&form.value("duration")).or(asked);
    html! {
        div.field {
            label for="field-duration" { "Access lasts" }
            select #field-duration name="duration" {
                @for span in spans {
                    option value=(span) selected[Some(span) == chosen] {
                        (span_words(span)) @if Some(span) == asked { " (asked)" }
                    }
                }
            }
            span.field-error { @if let Some(error) = form.error_at("duration") { (icon(Icon::Warn)) span { (error) } } }
        }
    }
}
