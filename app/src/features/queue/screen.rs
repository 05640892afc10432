//! The markup of the second screens: grant, deny, retry. Plain forms that post to the request's own address.

use super::api::Act;
use crate::form::FormState;
use crate::ui::avatar::logo;
use crate::ui::field::Field;
use crate::ui::html::Html;
use crate::ui::icon::{Icon, icon};
use crate::ui::state::{notice, trouble, warning};
use crate::ui::time::absolute;
use crate::ui::words::{approver_word, span_words, status_word, unconfirmed_words};
use domain::catalog::Access;
use domain::flow::ApproverKind;
use domain::request::{Announced, Status, Verdict};
use domain::time::Span;
use domain::view::{Permission, RequestDetail, StepLine};
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
    if detail.row.status.is_terminal() || (act == Act::Repair && !detail.can_repair()) {
        return too_late(detail, ways, form);
    }
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { (title(act, detail)) }
            form method="post" action=(action) {
                input type="hidden" name="version" value=(detail.row.version);
                @if let Some(does) = does(detail, act) { input type="hidden" name="announced" value=(does.as_str()); }
                div.dialog-body {
                    (summary(detail))
                    @if let Some(message) = form.message() { (trouble(&message)) }
                    @if let Some(why) = &detail.unconfirmed { (notice(&unconfirmed_words(why))) }
                    @if let Some(text) = overrides(detail, act) { (warning(&text)) }
                    @if may_vote(detail) && act != Act::Repair { (own_vote(detail)) }
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

/// What the act of this screen would do now.
const fn does(detail: &RequestDetail, act: Act) -> Option<Announced> {
    let allowed = &detail.permissions;
    match act {
        Act::Grant => allowed.grant_does,
        Act::GrantOver => allowed.grant_over_does,
        Act::Deny => allowed.deny_does,
        Act::Retry | Act::Repair => None,
    }
}

/// Nothing is left to decide: how it ended, in place of the fields.
fn too_late(detail: &RequestDetail, ways: &Ways<'_>, form: &FormState) -> Html {
    let row = &detail.row;
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { (row.resource) " for " (row.requester) }
            div.dialog-body {
                (summary(detail))
                @if let Some(message) = form.message() { (trouble(&message)) }
                p { "Status: " b { (status_word(row.status)) } }
                @if let Some(end) = &detail.ended {
                    p {
                        "Decided" @if let Some(by) = &end.by { " by " (by) } ", " (absolute(end.at))
                        @if let Some(text) = &end.reason { ": “" (text) "”" }
                    }
                }
            }
            footer { a.button href=(ways.back) data-noscroll data-leave { "Close" } }
        }
    }
    .into()
}

/// Whether the admin could vote on this very step in the user portal instead.
fn may_vote(detail: &RequestDetail) -> bool {
    detail.assigned && detail.permissions.vote == Permission::Allowed
}

/// The way that keeps the flow (the seed: approvers who are admins decide in the User Portal).
fn own_vote(detail: &RequestDetail) -> Markup {
    html! {
        p.notice {
            (icon(Icon::Info))
            span {
                "You are an assigned approver yourself. "
                a href={ "/portal/approvals?open=" (detail.number()) } { "Vote in the user portal" }
                " to keep the flow."
            }
        }
    }
}

/// What the button that decides says, and how it looks.
const fn button(act: Act) -> (&'static str, &'static str) {
    match act {
        Act::Deny => ("Deny Access", "button danger"),
        Act::Retry => ("Retry", "button primary"),
        Act::Grant => ("Grant Access", "button primary"),
        Act::GrantOver => ("Grant now", "button primary"),
        Act::Repair => ("Repair", "button primary"),
    }
}

fn title(act: Act, detail: &RequestDetail) -> String {
    let who = &detail.row.requester;
    match act {
        Act::Deny => format!("Deny access for {who}"),
        Act::Retry => format!("Retry the grant for {who}"),
        Act::Grant => format!("Grant access to {who}"),
        Act::GrantOver => format!("Grant access to {who} now"),
        Act::Repair => format!("Repair the request of {who}"),
    }
}

fn summary(detail: &RequestDetail) -> Html {
    let asked = detail.requested.map(|span| format!(", {} asked", span_words(span))).unwrap_or_default();
    html! {
        div.summary {
            (logo(&detail.row.resource, &detail.row.look))
            div {
                div.name { (detail.row.resource) }
                div.sub { "Request #" (detail.number()) (asked) ", gives group " (detail.group) }
                @if let Some(at) = detail.until { div.sub { "They have it until " (absolute(at)) "." } }
            }
        }
    }
    .into()
}

/// Whom a decision here overrides, if anyone: the approvers of the waiting step, and of the steps that are passed over.
fn overrides(detail: &RequestDetail, act: Act) -> Option<String> {
    use domain::view::StepState::{Later, Waiting};
    if matches!(act, Act::Retry | Act::Repair) || detail.row.status != Status::Pending {
        return None;
    }
    // What waits to be confirmed waits for an administrator: nobody is overridden.
    if detail.unconfirmed.is_some() && act != Act::GrantOver {
        return None;
    }
    let vote = detail.permissions.grant_is_vote;
    let steps = detail.steps.as_deref().unwrap_or_default();
    let over: Vec<&StepLine> = match act {
        Act::GrantOver => steps.iter().filter(|s| s.state == Later || (s.state == Waiting && !vote)).collect(),
        _ if does(detail, act) != Some(Announced::Override) => return None,
        _ => steps.iter().filter(|step| step.state == Waiting).collect(),
    };
    let named: Vec<String> = over.iter().map(|step| who_of(step)).collect();
    if named.is_empty() {
        return None;
    }
    let voted = steps
        .iter()
        .flat_map(|step| &step.approvers)
        .filter(|line| matches!(line.verdict, Some((Verdict::Approve, _))))
        .count();
    let before = if voted > 0 { format!(" {voted} approved before.") } else { String::new() };
    Some(format!("This overrides {}; they will be told.{before}", named.join(", then ")))
}

/// Who could still act in a step, in words.
fn who_of(step: &StepLine) -> String {
    let open = step.approvers.iter().filter(|line| line.verdict.is_none());
    let names: Vec<&str> = open.map(|line| line.person.name.as_str()).collect();
    if names.is_empty() || names.len() > 3 || step.more > 0 {
        step.group.clone().unwrap_or_else(|| approver_word(step.kind).to_lowercase())
    } else {
        names.join(", ")
    }
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
                Act::Repair => { (gap(detail, form)) },
                Act::Deny => {
                    (field("reason", "Reason", "Sent to the requester.", true))
                    (field("next_steps", "Next steps", "Optional. Sent to the requester.", false))
                    (field("notes", "Internal notes", "Optional. Only admins see it, in the audit.", false))
                }
                Act::Grant | Act::GrantOver => {
                    @match does(detail, act) {
                        // How long is chosen by who approves last.
                        Some(Announced::Step) => { (next_steps_notice(detail, over)) (not_yet(form)) },
                        _ => { (gives(detail)) (durations(&detail.access, detail.requested, form)) },
                    }
                    (field("comment", "Comment", comment_hint(detail, act), false))
                }
            }
        }
    }
    .into()
}

/// Who fills the gap: the person is written into the directory, and the request goes on by itself.
fn gap(detail: &RequestDetail, form: &FormState) -> Markup {
    let Some(missing) = &detail.missing else { return Markup::default() };
    let (label, hint) = match missing.approvers {
        ApproverKind::Manager => (
            format!("Manager of {}", detail.row.requester),
            "Their email. Everything that waits on this person's manager then waits on them.".to_owned(),
        ),
        ApproverKind::Owner => (
            format!("Another owner of {}", detail.row.resource),
            "Their email. They then own it for every request.".to_owned(),
        ),
        _ => {
            let steps = detail.steps.as_deref().unwrap_or_default();
            let group = steps.get(missing.step).and_then(|step| step.group.clone()).unwrap_or_default();
            (
                format!("Another member of {group}"),
                "Their email. They then get whatever else the group gives.".to_owned(),
            )
        }
    };
    let (value, error) = (form.value("person"), form.error_at("person"));
    let field = Field {
        name: "person",
        label: &label,
        hint: &hint,
        value: &value,
        error: error.as_deref(),
        autofocus: true,
        ..Field::default()
    };
    html! { (field.text("email")) }
}

fn comment_hint(detail: &RequestDetail, act: Act) -> &'static str {
    let allowed = &detail.permissions;
    let overriding = does(detail, act) == Some(Announced::Override);
    if overriding && allowed.comment_required {
        "Required here, because this overrides the approvers."
    } else {
        "Optional."
    }
}

/// What follows a vote on the waiting step, and the way around it.
fn next_steps_notice(detail: &RequestDetail, over: &str) -> Markup {
    let steps = detail.steps.as_deref().unwrap_or_default();
    let next: Vec<&str> = steps
        .iter()
        .filter(|step| step.state == domain::view::StepState::Later)
        .map(|step| step.group.as_deref().unwrap_or_else(|| approver_word(step.kind)))
        .collect();
    let passes = steps.iter().any(|step| {
        step.state == domain::view::StepState::Waiting && u64::from(step.agreed) + 1 >= u64::from(step.needed)
    });
    html! {
        p.notice {
            (icon(Icon::Info))
            span {
                @if passes && !next.is_empty() {
                    "This passes the waiting step and gives nothing yet. Then: " (next.join(", then ")) ". "
                } @else {
                    "This counts as one approval and gives nothing yet: others of this step must approve too"
                    @if !next.is_empty() { ", then " (next.join(", then ")) } ". "
                }
                a href=(over) data-noscroll { "Grant now, over the remaining steps" }
            }
        }
    }
}

/// The durations that a decider chooses from: the flow's own, and shorter ones.
fn offered(access: &Access, longest: Span) -> Vec<Span> {
    let mut spans = match access {
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
    spans
}

/// That access follows at once.
fn gives(detail: &RequestDetail) -> Markup {
    let row = &detail.row;
    html! { p { b { (row.requester) } " gets " b { (row.resource) } " at once." } }
}

/// A duration that was chosen before it turned out that somebody else chooses it.
pub(crate) fn not_yet(form: &FormState) -> Markup {
    html! {
        @if let Some(error) = form.error_at("duration") {
            div.field { span.field-error #field-duration-error { (icon(Icon::Warn)) span { (error) } } }
        }
    }
}

/// How long, for timed access; never longer than the flow allows. What was chosen before stays chosen, allowed or not: the server says
/// what is wrong with it, and nothing takes its place in silence.
pub(crate) fn durations(access: &Access, asked: Option<Span>, form: &FormState) -> Markup {
    let Some(longest) = access.longest() else { return not_yet(form) };
    let spans = offered(access, longest);
    let typed = form.value("duration");
    let chosen = if typed.is_empty() { asked } else { Span::parse(&typed) };
    let strange = (!typed.is_empty() && !chosen.is_some_and(|chosen| spans.contains(&chosen))).then_some(typed);
    html! {
        div.field {
            label for="field-duration" { "Access lasts" }
            select #field-duration name="duration" aria-describedby="field-duration-error"
                aria-invalid=[form.error_at("duration").map(|_| "true")] {
                @if let Some(typed) = &strange { option value=(typed) selected { (typed) " (not allowed)" } }
                @for span in spans {
                    option value=(span) selected[Some(span) == chosen] {
                        (span_words(span)) @if Some(span) == asked { " (asked)" }
                    }
                }
            }
            span.field-error #field-duration-error { @if let Some(error) = form.error_at("duration") { (icon(Icon::Warn)) span { (error) } } }
        }
    }
}
