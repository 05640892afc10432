//! The second screens: grant, deny, retry. Plain forms that post to the request's own address; with WebAssembly they call the
//! server function and nothing reloads.

use super::api::{self, Act, Decision};
use super::page::Queue;
use super::place::Place;
use crate::error::AppError;
use crate::form::{FormState, use_form_state};
use crate::ui::avatar::logo;
use crate::ui::dialog::Dialog;
use crate::ui::field::Field;
use crate::ui::html::Html;
use crate::ui::icon::{Icon, icon};
use crate::ui::state::{trouble, warning};
use crate::ui::submit::Sent;
use crate::ui::words::{approver_word, span_words};
use domain::catalog::Access;
use domain::request::{Status, Verdict};
use domain::time::Span;
use domain::view::{Permission, RequestDetail};
use leptos::prelude::*;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The dialog that the URL asks for, over the queue.
#[component]
pub(super) fn DecisionDialog(
    /// The page's parts.
    queue: Queue,
) -> impl IntoView {
    let act = Memo::new(move |_| queue.place.with(|place| place.act));
    // Built once for each request and act: what others do meanwhile must not empty a half-written reason.
    let asked = move || {
        let act = act.get()?;
        let detail = queue.detail.get().flatten()?.ok()?;
        Some((act, Asked(detail)))
    };
    #[cfg(not(feature = "ssr"))]
    let asked = {
        let asked = Memo::new(move |_| asked());
        move || asked.get()
    };
    view! {
        <Transition>
            {move || asked().map(|(act, Asked(detail))| {
                let back = queue.place.with_untracked(|place| Place { act: None, ..place.clone() });
                let over = Place { act: Some(Act::GrantOver), ..back.clone() };
                let close = Callback::new(move |()| queue.close());
                let done = Callback::new(move |decided: api::Decided| queue.done(act, &decided));
                let late = Callback::new(move |()| queue.refresh());
                view! { <Screen act=act detail=detail back=back.href() over=over.href() suffix=back.suffix() close=close done=done late=late/> }
            })}
        </Transition>
    }
}

/// A detail that counts as the same while it is the same request.
#[derive(Clone, Debug)]
struct Asked(RequestDetail);

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        self.0.number() == other.0.number()
    }
}

/// One second screen.
#[component]
pub(super) fn Screen(
    /// Which.
    act: Act,
    /// Of which request.
    detail: RequestDetail,
    /// Where Cancel leads.
    back: String,
    /// Where *Grant now, over the remaining steps* leads.
    over: String,
    /// Query string that a plain form carries along.
    suffix: String,
    /// Leaves the screen.
    close: Callback<()>,
    /// Told of what was done.
    done: Callback<api::Decided>,
    /// Told that the request is not as it was.
    late: Callback<()>,
) -> impl IntoView {
    let number = detail.number().0;
    let form = RwSignal::new(restored(number, act, use_form_state()));
    let busy = RwSignal::new(false);
    let version = detail.row.version;
    let submit = move |event: leptos::ev::SubmitEvent| {
        let Some(sent) = Sent::take(&event, "post") else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let values = sent.fields();
        let decision = Decision::from_form(number, act, &values);
        leptos::task::spawn_local(async move {
            match api::decide(decision).await {
                Ok(decided) => {
                    forget(number, act);
                    done.run(decided);
                }
                Err(failed) => {
                    keep(number, act, &values);
                    if matches!(failed, AppError::Refused { .. }) {
                        late.run(());
                    }
                    if matches!(failed, AppError::Unauthenticated) {
                        crate::form::to_login();
                    }
                    form.set(FormState { values, error: Some(failed) });
                    busy.set(false);
                    crate::ui::field::focus_first_error();
                }
            }
        });
    };
    let overridden = overrides(&detail).filter(|_| act != Act::Retry).map(|text| warning(&text));
    let action = format!("/admin/requests/{number}/{}{suffix}", act.as_str());
    let whole = move || form.with(FormState::message).map(|message| trouble(&message));
    let fields = {
        let detail = detail.clone();
        move || form.with(|form| fields(&detail, act, &over, form))
    };
    let (label, class) = match act {
        Act::Deny => ("Deny Access", "button danger"),
        Act::Retry => ("Retry", "button primary"),
        Act::Grant => ("Grant Access", "button primary"),
        Act::GrantOver => ("Grant now", "button primary"),
    };
    view! {
        <Dialog title=title(act, &detail) on_close=close>
            <form method="post" action=action on:submit=submit>
                <input type="hidden" name="version" value=version.to_string()/>
                <div class="dialog-body">
                    {summary(&detail)}
                    {whole}
                    {overridden}
                    {fields}
                </div>
                <footer>
                    <a class="button" href=back.clone() data-noscroll="">"Cancel"</a>
                    <button type="submit" class=class disabled=move || busy.get()>{label}</button>
                </footer>
            </form>
        </Dialog>
    }
}

fn storage() -> Option<web_sys::Storage> {
    if cfg!(feature = "hydrate") { window().session_storage().ok().flatten() } else { None }
}

fn key(number: i64, act: Act) -> String {
    format!("doorward-typed-{number}-{}", act.as_str())
}

/// What was typed before the session ended, or what a plain form brought back.
fn restored(number: i64, act: Act, mut form: FormState) -> FormState {
    let kept = storage().and_then(|storage| storage.get_item(&key(number, act)).ok().flatten());
    for part in kept.iter().flat_map(|kept| kept.split('\u{1e}')) {
        if let Some((name, value)) = part.split_once('\u{1f}') {
            form.values.insert(name.to_owned(), value.to_owned());
        }
    }
    form
}

/// Keeps what was typed in this tab, so that a log-out by idleness loses nothing.
fn keep(number: i64, act: Act, values: &BTreeMap<String, String>) {
    if let Some(storage) = storage() {
        let parts: Vec<String> = values.iter().map(|(name, value)| format!("{name}\u{1f}{value}")).collect();
        let _ = storage.set_item(&key(number, act), &parts.join("\u{1e}"));
    }
}

fn forget(number: i64, act: Act) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&key(number, act));
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
