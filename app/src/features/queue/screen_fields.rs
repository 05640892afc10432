//! What stands on a second screen: its title, what the act means, and the fields.

use super::api::Act;
use super::place::Ways;
use super::screen::Form;
use crate::act::{NEXT, RETURN};
use crate::ui::avatar::logo;
use crate::ui::field::{Field, TextField, describes, message};
use crate::ui::icon::{Icon, icon};
use crate::ui::state::{notice, trouble, warning};
use crate::ui::text_area::TextArea;
use crate::ui::time::absolute;
use crate::ui::words::{approver_word, offered_spans, span_words, status_word, unconfirmed_words};
use domain::flow::ApproverKind;
use domain::request::{Announced, Status, Verdict};
use domain::time::Span;
use domain::view::{Permission, RequestDetail, StepLine, StepState};
use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;

/// A field that goes along unseen.
fn hidden(name: &'static str, value: String) -> impl IntoView {
    view! { <input type="hidden" name=name value=value/> }
}

#[component]
pub(super) fn Fields(detail: RequestDetail, act: Act, ways: Ways, form: Form) -> impl IntoView {
    let (label, class) = button(act);
    let does = does(&detail, act);
    let vote = (may_vote(&detail) && act != Act::Repair).then(|| own_vote(&detail));
    view! {
        <h2 id="dialog-title">{title(act, &detail)}</h2>
        {hidden(RETURN, ways.act(act))}
        {hidden(NEXT, ways.done())}
        {hidden("input[number]", detail.number().to_string())}
        {hidden("input[act]", act.as_str().to_owned())}
        {hidden("input[version]", detail.row.version.to_string())}
        {does.map(|does| hidden("input[announced]", does.as_str().to_owned()))}
        <div class="dialog-body">
            {summary(&detail)}
            {move || form.message().map(trouble)}
            {detail.unconfirmed.as_ref().map(|why| notice(unconfirmed_words(why)))}
            {overrides(&detail, act).map(warning)}
            {vote}
            <div class="fields">{fields(&detail, act, &ways, form)}</div>
        </div>
        <footer>
            <a class="button" href=ways.back() data-noscroll="" data-leave="">"Cancel"</a>
            <button class=class type="submit">{label}</button>
        </footer>
    }
}

/// What the act of this screen would do now.
pub(super) const fn does(detail: &RequestDetail, act: Act) -> Option<Announced> {
    let allowed = &detail.permissions;
    match act {
        Act::Grant => allowed.grant_does,
        Act::GrantOver => allowed.grant_over_does,
        Act::Deny => allowed.deny_does,
        Act::Retry | Act::Repair => None,
    }
}

/// Nothing is left to decide: how it ended, in place of the fields.
pub(super) fn too_late(detail: &RequestDetail, ways: &Ways, form: Form) -> impl IntoView + use<> {
    let row = &detail.row;
    let end = detail.ended.as_ref().map(|end| {
        let by = end.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        let why = end.reason.as_ref().map(|text| format!(": “{text}”")).unwrap_or_default();
        view! { <p>{format!("Decided{by}, {}{why}", absolute(end.at))}</p> }
    });
    view! {
        <h2 id="dialog-title">{format!("{} for {}", row.resource, row.requester)}</h2>
        <div class="dialog-body">
            {summary(detail)}
            {move || form.message().map(trouble)}
            <p>"Status: "<b>{status_word(row.status)}</b></p>
            {end}
        </div>
        <footer><a class="button" href=ways.back() data-noscroll="" data-leave="">"Close"</a></footer>
    }
}

/// Whether the admin could vote on this very step in the user portal instead.
fn may_vote(detail: &RequestDetail) -> bool {
    detail.assigned && detail.permissions.vote == Permission::Allowed
}

/// The way that keeps the flow (the seed: approvers who are admins decide in the User Portal).
fn own_vote(detail: &RequestDetail) -> impl IntoView + use<> {
    let href = format!("/portal/approvals?open={}", detail.number());
    view! {
        <p class="notice">
            {icon(Icon::Info)}
            <span>
                "You are an assigned approver yourself. "
                <a href=href>"Vote in the user portal"</a>
                " to keep the flow."
            </span>
        </p>
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

fn summary(detail: &RequestDetail) -> impl IntoView + use<> {
    let asked = detail.requested.map(|span| format!(", {} asked", span_words(span))).unwrap_or_default();
    let what = format!("Request #{}{asked}, gives group {}", detail.number(), detail.group);
    let until = detail.until.map(|at| {
        view! { <div class="sub">{format!("They have it until {}.", absolute(at))}</div> }
    });
    view! {
        <div class="summary">
            {logo(&detail.row.resource, &detail.row.look)}
            <div><div class="name">{detail.row.resource.clone()}</div><div class="sub">{what}</div>{until}</div>
        </div>
    }
}

/// Whom a decision here overrides, if anyone: the approvers of the waiting step, and of the steps that are passed over.
fn overrides(detail: &RequestDetail, act: Act) -> Option<String> {
    use StepState::{Later, Waiting};
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

/// The fields of a screen.
fn fields(detail: &RequestDetail, act: Act, ways: &Ways, form: Form) -> impl IntoView + use<> {
    match act {
        Act::Retry => EitherOf3::A(view! { <p>"The decision is carried out again as it was taken."</p> }.into_any()),
        Act::Repair => EitherOf3::A(gap(detail, form).into_any()),
        Act::Deny => EitherOf3::B(view! {
            <TextArea name="input[reason]" label="Reason" hint="Sent to the requester." value=form.reason
                error=form.error_at("reason") required=true/>
            <TextArea name="input[next_steps]" label="Next steps" hint="Optional. Sent to the requester."
                value=form.next_steps error=form.error_at("next_steps")/>
            <TextArea name="input[notes]" label="Internal notes" hint="Optional. Only admins see it, in the audit."
                value=form.notes error=form.error_at("notes")/>
        }),
        Act::Grant | Act::GrantOver => {
            // How long is chosen by who approves last.
            let how = match does(detail, act) {
                Some(Announced::Step) => Either::Left(view! {
                    {next_steps_notice(detail, ways.act(Act::GrantOver))}
                    {duration_error(form)}
                }),
                _ => Either::Right(view! { {gives(detail)}<Duration detail=detail.clone() form=form/> }),
            };
            EitherOf3::C(view! {
                {how}
                <TextArea name="input[comment]" label="Comment" hint=comment_hint(detail, act) value=form.comment
                    error=form.error_at("comment")/>
            })
        }
    }
}

/// Who fills the gap: the person is written into the directory, and the request goes on by itself.
fn gap(detail: &RequestDetail, form: Form) -> Option<impl IntoView + use<>> {
    let missing = detail.missing.as_ref()?;
    let (label, hint) = match missing.approvers {
        ApproverKind::Manager => (
            format!("Manager of {}", detail.row.requester),
            "Their email. Everything that waits on this person's manager then waits on them.",
        ),
        ApproverKind::Owner => {
            (format!("Another owner of {}", detail.row.resource), "Their email. They then own it for every request.")
        }
        _ => {
            let steps = detail.steps.as_deref().unwrap_or_default();
            let group = steps.get(missing.step).and_then(|step| step.group.clone()).unwrap_or_default();
            (format!("Another member of {group}"), "Their email. They then get whatever else the group gives.")
        }
    };
    Some(view! {
        <TextField name="input[person]" label=label hint=hint value=form.person error=form.error_at("person")
            kind="email" autofocus=true/>
    })
}

fn comment_hint(detail: &RequestDetail, act: Act) -> &'static str {
    let overriding = does(detail, act) == Some(Announced::Override);
    if overriding && detail.permissions.comment_required {
        "Required here, because this overrides the approvers."
    } else {
        "Optional."
    }
}

/// What follows a vote on the waiting step, and the way around it.
fn next_steps_notice(detail: &RequestDetail, over: String) -> impl IntoView + use<> {
    let steps = detail.steps.as_deref().unwrap_or_default();
    let next: Vec<&str> = steps
        .iter()
        .filter(|step| step.state == StepState::Later)
        .map(|step| step.group.as_deref().unwrap_or_else(|| approver_word(step.kind)))
        .collect();
    let passes = steps
        .iter()
        .any(|step| step.state == StepState::Waiting && u64::from(step.agreed) + 1 >= u64::from(step.needed));
    let next = next.join(", then ");
    let sentence = if passes && !next.is_empty() {
        format!("This passes the waiting step and gives nothing yet. Then: {next}. ")
    } else {
        let then = if next.is_empty() { String::new() } else { format!(", then {next}") };
        format!("This counts as one approval and gives nothing yet: others of this step must approve too{then}. ")
    };
    view! {
        <p class="notice">
            {icon(Icon::Info)}
            <span>{sentence}<a href=over data-noscroll="">"Grant now, over the remaining steps"</a></span>
        </p>
    }
}

/// That access follows at once.
fn gives(detail: &RequestDetail) -> impl IntoView + use<> {
    let row = &detail.row;
    view! { <p><b>{row.requester.clone()}</b>" gets "<b>{row.resource.clone()}</b>" at once."</p> }
}

/// A duration that was chosen before it turned out that somebody else chooses it.
fn duration_error(form: Form) -> impl IntoView {
    let error = form.error_at("duration");
    move || {
        error
            .get()
            .map(|_| view! { <div class="field">{message(Signal::stored("field-duration".to_owned()), error)}</div> })
    }
}

/// How long, for timed access; never longer than the flow allows. What was chosen before stays chosen, allowed or not: the server says
/// what is wrong with it, and nothing takes its place in silence.
#[component]
fn Duration(detail: RequestDetail, form: Form) -> impl IntoView {
    let Some(longest) = detail.access.longest() else { return Either::Left(duration_error(form)) };
    let spans = offered_spans(&detail.access, longest);
    let typed = form.duration.get_untracked();
    let chosen = if typed.is_empty() { detail.requested } else { Span::parse(&typed) };
    let strange = (!typed.is_empty() && !chosen.is_some_and(|chosen| spans.contains(&chosen))).then(|| {
        view! { <option value=typed.clone() selected>{format!("{typed} (not allowed)")}</option> }
    });
    let none_chosen = strange.is_none() && !chosen.is_some_and(|chosen| spans.contains(&chosen));
    let options: Vec<_> = spans
        .iter()
        .enumerate()
        .map(|(index, span)| {
            let asked = if Some(*span) == detail.requested { " (asked)" } else { "" };
            let on = Some(*span) == chosen || (none_chosen && index == 0);
            view! { <option value=span.to_string() selected=on>{format!("{}{asked}", span_words(*span))}</option> }
        })
        .collect();
    let node = NodeRef::<leptos::html::Select>::new();
    // What is selected is what is sent, also when nobody touches it.
    Effect::new(move |_| {
        if let Some(select) = node.get() {
            form.duration.set(select.value());
        }
    });
    let error = form.error_at("duration");
    Either::Right(view! {
        <Field id="field-duration" label="Access lasts" error=error>
            <select
                id="field-duration"
                name="input[duration]"
                node_ref=node
                aria-describedby=describes("field-duration")
                aria-invalid=move || error.with(|error| error.is_some().then_some("true"))
                on:change=move |event| form.duration.set(event_target_value(&event))
            >
                {strange}
                {options}
            </select>
        </Field>
    })
}
