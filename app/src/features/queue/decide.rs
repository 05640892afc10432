//! The second screens: grant, deny, retry. Plain forms that post to the request's own address; with WebAssembly they call the
//! server function and nothing reloads.

use super::api::{self, Act, Decision};
use super::page::Queue;
use super::place::Place;
use crate::error::AppError;
use crate::form::{error_at, use_form_state};
use crate::ui::avatar::logo;
use crate::ui::dialog::Dialog;
use crate::ui::field::TextArea;
use crate::ui::icon::icon;
use crate::ui::state::trouble;
use crate::ui::words::{approver_word, span_words};
use domain::catalog::Access;
use domain::request::{Status, Verdict};
use domain::time::Span;
use domain::view::{Permission, RequestDetail};
use leptos::prelude::*;

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
                let close = Callback::new(move |()| queue.close());
                let done = Callback::new(move |decided: api::Decided| queue.done(act, &decided));
                let late = Callback::new(move |()| queue.refresh());
                view! { <Screen act=act detail=detail back=back.href() suffix=back.suffix() close=close done=done late=late/> }
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
    /// Query string that a plain form carries along.
    suffix: String,
    /// Leaves the screen.
    close: Callback<()>,
    /// Told of what was done.
    done: Callback<api::Decided>,
    /// Told that the request is not as it was.
    late: Callback<()>,
) -> impl IntoView {
    let form = use_form_state();
    let error = RwSignal::new(form.error.clone());
    let busy = RwSignal::new(false);
    let number = detail.number().0;
    let typed = StoredValue::new(restore(number, act, &form.values));
    let version = detail.row.version;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let decision = typed.with_value(|typed| typed.decision(number, act, version));
        leptos::task::spawn_local(async move {
            match api::decide(decision).await {
                Ok(decided) => {
                    forget(number, act);
                    done.run(decided);
                }
                Err(failed) => {
                    typed.with_value(|typed| keep(number, act, typed));
                    if matches!(failed, AppError::Refused { .. }) {
                        late.run(());
                    }
                    if matches!(failed, AppError::Unauthenticated) {
                        to_login();
                    }
                    error.set(Some(failed));
                    busy.set(false);
                }
            }
        });
    };
    let over = overrides(&detail);
    let action = format!("/admin/requests/{number}/{}{suffix}", act.as_str());
    let whole = move || {
        error.get().filter(|error| !matches!(error, AppError::Invalid { .. })).map(|error| trouble(error.sentence()))
    };
    let fields = match act {
        Act::Deny => deny_fields(error, typed).into_any(),
        Act::Grant | Act::GrantOver => grant_fields(&detail, act, error, typed).into_any(),
        Act::Retry => view! { <p>"The decision is carried out again as it was taken."</p> }.into_any(),
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
                    {over.filter(|_| act != Act::Retry).map(warning)}
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

/// What was typed so far.
#[derive(Clone, Debug, Default)]
struct Typed {
    reason: String,
    next_steps: String,
    notes: String,
    comment: String,
    duration: String,
}

impl Typed {
    fn decision(&self, number: i64, act: Act, version: i64) -> Decision {
        Decision {
            number,
            act,
            version: Some(version),
            reason: self.reason.clone(),
            next_steps: self.next_steps.clone(),
            notes: self.notes.clone(),
            comment: self.comment.clone(),
            duration: self.duration.clone(),
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    if cfg!(feature = "hydrate") { window().session_storage().ok().flatten() } else { None }
}

fn key(number: i64, act: Act) -> String {
    format!("doorward-typed-{number}-{}", act.as_str())
}

/// What was typed before the session ended, or what a plain form brought back.
fn restore(number: i64, act: Act, values: &std::collections::BTreeMap<String, String>) -> Typed {
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    let mut typed = Typed {
        reason: value("reason"),
        next_steps: value("next_steps"),
        notes: value("notes"),
        comment: value("comment"),
        duration: value("duration"),
    };
    if let Some(kept) = storage().and_then(|storage| storage.get_item(&key(number, act)).ok().flatten()) {
        let mut parts = kept.split('\u{1f}').map(str::to_owned);
        for slot in
            [&mut typed.reason, &mut typed.next_steps, &mut typed.notes, &mut typed.comment, &mut typed.duration]
        {
            if let Some(part) = parts.next().filter(|part| !part.is_empty()) {
                *slot = part;
            }
        }
    }
    typed
}

/// Keeps what was typed in this tab, so that a log-out by idleness loses nothing.
fn keep(number: i64, act: Act, typed: &Typed) {
    if let Some(storage) = storage() {
        let text = [&typed.reason, &typed.next_steps, &typed.notes, &typed.comment, &typed.duration]
            .map(String::as_str)
            .join("\u{1f}");
        let _ = storage.set_item(&key(number, act), &text);
    }
}

fn forget(number: i64, act: Act) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&key(number, act));
    }
}

/// To the log-in page, and back to this very screen.
fn to_login() {
    let location = window().location();
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    let next = String::from(js_sys::encode_uri_component(&here));
    let _ = location.assign(&format!("/login?next={next}"));
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

fn summary(detail: &RequestDetail) -> impl IntoView + use<> {
    let asked = detail.requested.map(|span| format!(", {} asked", span_words(span))).unwrap_or_default();
    let what = format!("Request #{}{asked}, gives group {}", detail.number(), detail.group);
    view! {
        <div class="summary">
            {logo(&detail.row.resource)}
            <div><div class="name">{detail.row.resource.clone()}</div><div class="sub">{what}</div></div>
        </div>
    }
}

fn warning(text: String) -> impl IntoView {
    view! { <p class="notice warn">{icon("warn")}<span>{text}</span></p> }
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

fn at(error: RwSignal<Option<AppError>>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || error.with(|error| error.as_ref().and_then(|error| error_at(error, field))))
}

fn deny_fields(error: RwSignal<Option<AppError>>, typed: StoredValue<Typed>) -> impl IntoView {
    let first = typed.get_value();
    view! {
        <TextArea name="reason" label="Reason" hint="Sent to the requester." value=first.reason required=true error=at(error, "reason")
            on_change=Callback::new(move |text| typed.update_value(|typed| typed.reason = text))/>
        <TextArea name="next_steps" label="Next steps" hint="Optional. Sent to the requester." value=first.next_steps error=at(error, "next_steps")
            on_change=Callback::new(move |text| typed.update_value(|typed| typed.next_steps = text))/>
        <TextArea name="notes" label="Internal notes" hint="Optional. Only admins see it, in the audit." value=first.notes error=at(error, "notes")
            on_change=Callback::new(move |text| typed.update_value(|typed| typed.notes = text))/>
    }
}

fn grant_fields(
    detail: &RequestDetail,
    act: Act,
    error: RwSignal<Option<AppError>>,
    typed: StoredValue<Typed>,
) -> impl IntoView + use<> {
    let first = typed.get_value();
    let allowed = &detail.permissions;
    let overriding = !allowed.grant_is_vote || act == Act::GrantOver;
    let hint = if overriding && allowed.comment_required {
        "Required here, because this overrides the approvers."
    } else {
        "Optional."
    };
    let more = (allowed.more_steps && act == Act::Grant).then(|| {
        let next: Vec<String> = detail.steps.iter()
            .filter(|step| step.state == domain::view::StepState::Later)
            .map(|step| step.group.clone().unwrap_or_else(|| approver_word(step.kind).to_owned()))
            .collect();
        let over = format!("/admin/requests/{}?act=grant-over", detail.number());
        view! {
            <p class="notice">{icon("info")}<span>{format!("This passes the waiting step. Then: {}. ", next.join(", then "))}
                <a href=over>"Grant now, over the remaining steps"</a></span></p>
        }
    });
    view! {
        {more}
        {durations(detail, typed)}
        <span class="field-error">{move || at(error, "duration").get()}</span>
        <TextArea name="comment" label="Comment" hint=hint value=first.comment error=at(error, "comment")
            on_change=Callback::new(move |text| typed.update_value(|typed| typed.comment = text))/>
    }
}

/// How long, for timed access; never longer than the flow allows.
fn durations(detail: &RequestDetail, typed: StoredValue<Typed>) -> Option<impl IntoView + use<>> {
    let longest = detail.access.longest()?;
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
    let options = spans
        .into_iter()
        .map(|span| {
            let label = if Some(span) == asked { format!("{} (asked)", span_words(span)) } else { span_words(span) };
            view! { <option value=span.to_string() selected=Some(span) == asked>{label}</option> }
        })
        .collect_view();
    Some(view! {
        <div class="field">
            <label for="field-duration">"Access lasts"</label>
            <select id="field-duration" name="duration" on:change=move |event| typed.update_value(|typed| typed.duration = event_target_value(&event))>
                {options}
            </select>
        </div>
    })
}
