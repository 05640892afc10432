//! The steps of a flow in the editor, each with who could approve today.

use super::api;
use super::editor::{Editor, StepForm};
use crate::ui::avatar::avatar;
use crate::ui::field::{Choice, TextField, focus};
use crate::ui::icon::{Icon, icon};
use crate::ui::words::approver_word;
use domain::flow::ApproverKind;
use domain::validate::FieldCode;
use domain::view::{FlowPreview, StepPreview, StepTrouble};
use leptos::either::Either;
use leptos::prelude::*;

const KINDS: [ApproverKind; 5] = [
    ApproverKind::Manager,
    ApproverKind::Owner,
    ApproverKind::Group,
    ApproverKind::People,
    ApproverKind::Administrator,
];

/// The section with approval type, steps, and the sample requester.
#[component]
pub(super) fn Steps(editor: Editor, preview: Signal<FlowPreview>) -> impl IntoView {
    let options =
        [(false, "Manual", " people agree, step by step"), (true, "Automatic", " given at once; steps are left aside")];
    let radios = options.map(|(automatic, label, hint)| {
        view! {
            <label class="check">
                <input type="radio" name="input[draft][automatic]" value=automatic.to_string()
                    checked=editor.automatic.get_untracked() == automatic
                    on:change=move |_| editor.automatic.set(automatic)/>
                <span>{label}<span class="sub">{hint}</span></span>
            </label>
        }
    });
    let add = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        editor.add_step();
    };
    let error = editor.error_at(|| "steps".to_owned());
    view! {
        <section class="card panel">
            <h2>"Who must agree"</h2>
            <fieldset class="radios"><legend>"Approval type"</legend>{radios.into_iter().collect_view()}</fieldset>
            {crate::ui::field::message(Signal::stored("field-steps".to_owned()), error)}
            <ol class="edit-steps" class:off=move || editor.automatic.get()>
                <For each=move || editor.steps.get() key=|step| step.number
                    children=move |step| view! { <OneStep editor=editor step=step preview=preview/> }/>
            </ol>
            <div>
                <button class="button" id="add-step" type="submit" name="input[op]" value="add-step" on:click=add>
                    {icon(Icon::Plus)}"Add step"
                </button>
            </div>
            <Sample editor=editor preview=preview/>
        </section>
    }
}

/// For whom the check looks.
#[component]
fn Sample(editor: Editor, preview: Signal<FlowPreview>) -> impl IntoView {
    let said = move || {
        if editor.sample.with(|typed| typed.trim().is_empty()) {
            return None;
        }
        Some(match preview.with(|seen| seen.sample.clone()) {
            Some(person) => {
                Either::Left(view! { <p class="sub" role="status">{format!("Checked for {}.", person.name)}</p> })
            }
            None => Either::Right(view! {
                <p class="field-error" role="status">
                    {icon(Icon::Warn)}<span>"Nobody active, or more than one, has this name or email."</span>
                </p>
            }),
        })
    };
    view! {
        <div class="with-button sample">
            <TextField name="input[sample]" key="sample" label="Who could approve today, if this person asked"
                hint="Name or email of a requester." value=editor.sample error=editor.error_at(|| "sample".to_owned())/>
            <button class="button" type="submit" name="input[op]" value="look">"Check"</button>
        </div>
        {said}
    }
}

#[component]
fn OneStep(editor: Editor, step: StepForm, preview: Signal<FlowPreview>) -> impl IntoView {
    // Where the step stands now.
    let index = Memo::new(move |_| {
        editor.steps.with(|steps| steps.iter().position(|other| other.number == step.number).unwrap_or_default())
    });
    let last = Memo::new(move |_| editor.steps.with(Vec::len).saturating_sub(1));
    let key = move |part: &'static str| Signal::derive(move || format!("step-{}-{part}", index.get()));
    let name =
        move |part: &'static str| Signal::derive(move || format!("input[draft][steps][{}][{part}]", index.get()));
    let error = move |part: &'static str| editor.error_at(move || format!("step-{}-{part}", index.get()));
    let kinds = KINDS.map(|kind| (kind.as_str(), approver_word(kind))).to_vec();
    let required = vec![("any", "Any one of them"), ("all", "All of them"), ("count", "A number of them")];
    let press = move |act: fn(Editor, StepForm)| {
        move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            act(editor, step);
        }
    };
    let op = move |word: &'static str| move || format!("{word}:{}", index.get());
    let label = move |before: &'static str, after: &'static str| move || format!("{before} {}{after}", index.get() + 1);
    let seen = move || {
        if editor.automatic.get() {
            return None;
        }
        preview.with(|seen| seen.steps.get(index.get()).cloned()).map(today)
    };
    view! {
        <li class="edit-step">
            <div class="step-head">
                <b>{label("Step", "")}</b>
                <span class="grow"></span>
                <button class="icon-button" id=move || format!("up-{}", index.get()) type="submit" name="input[op]"
                    value=op("up") disabled=move || index.get() == 0 aria-label=label("Move step", " up")
                    on:click=press(|editor, step| editor.move_step(step, true))>{icon(Icon::ArrowUp)}</button>
                <button class="icon-button" id=move || format!("down-{}", index.get()) type="submit" name="input[op]"
                    value=op("down") disabled=move || index.get() == last.get() aria-label=label("Move step", " down")
                    on:click=press(|editor, step| editor.move_step(step, false))>{icon(Icon::ArrowDown)}</button>
                <button class="icon-button" type="submit" name="input[op]" value=op("remove-step")
                    aria-label=label("Remove step", "")
                    on:click=press(|editor, step| editor.remove_step(step))>{icon(Icon::X)}</button>
            </div>
            <div class="columns">
                <Choice name=name("kind") key=key("kind") label="Approvers" options=kinds value=step.kind error=error("kind")/>
                <Choice name=name("required") key=key("required") label="Must agree" options=required value=step.required
                    error=error("required")/>
                <TextField name=name("count") key=key("count") label="Number" kind="number" value=step.count
                    error=error("count") hint="Only for a number of them."/>
            </div>
            // Of every kind, so that a change of mind loses nothing; the style shows what counts.
            <div class="of-kind" data-kind="group">
                <TextField name=name("group") key=key("group") label="Group" value=step.group error=error("group") list="all-groups"/>
            </div>
            <div class="of-kind" data-kind="people">
                <Named editor=editor step=step index=index/>
            </div>
            {seen}
        </li>
    }
}

/// The people of a step.
#[component]
fn Named(editor: Editor, step: StepForm, index: Memo<usize>) -> impl IntoView {
    let people = step.people;
    let take = move |email: String| {
        people.update(|people| {
            if !people.contains(&email) {
                people.push(email);
            }
        });
        step.person.set(String::new());
        step.choices.set(Vec::new());
        editor.clear_error();
        focus(format!("field-step-{}-person", index.get_untracked()));
    };
    let add = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        let typed = step.person.get_untracked();
        leptos::task::spawn_local(async move {
            let field = format!("step-{}-person", index.get_untracked());
            if typed.trim().is_empty() {
                return editor.refuse(field, FieldCode::Required);
            }
            let found = api::find_people(typed).await.unwrap_or_default();
            match found.as_slice() {
                [] => editor.refuse(field, FieldCode::Unknown),
                [only] => take(only.email.clone()),
                _ => {
                    step.choices.set(found);
                    editor.refuse(field, FieldCode::Ambiguous);
                }
            }
        });
    };
    let picks = move || {
        let picks = people.get().into_iter().enumerate().map(|(place, email)| {
            let remove = {
                let email = email.clone();
                move |event: leptos::ev::MouseEvent| {
                    event.prevent_default();
                    people.update(|people| people.retain(|other| *other != email));
                    focus(format!("field-step-{}-person", index.get_untracked()));
                }
            };
            let error = editor.error_at(move || format!("step-{}-people-{place}", index.get()));
            let id = Signal::derive(move || format!("field-step-{}-people-{place}", index.get()));
            view! {
                <li>
                    <input type="hidden" name=move || format!("input[draft][steps][{}][people][{place}]", index.get())
                        value=email.clone()/>
                    {email.clone()}
                    <button class="icon-button" type="submit" name="input[op]"
                        value=move || format!("unname:{}:{place}", index.get()) aria-label=format!("Remove {email}")
                        on:click=remove>{icon(Icon::X)}</button>
                    {crate::ui::field::message(id, error)}
                </li>
            }
        });
        picks.collect_view()
    };
    let choices = move || {
        let people = step.choices.get();
        (people.len() > 1).then(|| {
            let buttons = people.into_iter().map(|person| {
                let email = person.email.clone();
                let value = {
                    let email = email.clone();
                    move || format!("name:{}:{email}", index.get())
                };
                let choose = move |event: leptos::ev::MouseEvent| {
                    event.prevent_default();
                    take(email.clone());
                };
                view! {
                    <button class="button quiet" type="submit" name="input[op]"
                        value=value on:click=choose>
                        {person.name}<span class="sub">{person.email}</span>
                    </button>
                }
            });
            view! { <div class="picks choices">{buttons.collect_view()}</div> }
        })
    };
    let key = Signal::derive(move || format!("step-{}-person", index.get()));
    let name = Signal::derive(move || format!("input[people_new][{}]", index.get()));
    let error = editor.error_at(move || format!("step-{}-person", index.get()));
    view! {
        <div class="field">
            <span class="label">"People"</span>
            <ul class="picks">{picks}</ul>
            <div class="with-button">
                <TextField name=name key=key label="Name or email" value=step.person error=error/>
                <button class="button" type="submit" name="input[op]" value=move || format!("name:{}", index.get())
                    on:click=add>"Add person"</button>
            </div>
            {choices}
        </div>
    }
}

/// Who could approve today.
fn today(seen: StepPreview) -> impl IntoView {
    if seen.depends {
        let said = view! { <span class="sub">"Depends on who asks: check a requester below."</span> };
        return Either::Left(view! { <div class="today" role="status">{said}</div> });
    }
    let some = !seen.people.is_empty();
    let picks = seen
        .people
        .into_iter()
        .map(|person| view! { <span class="pick">{avatar(&person.name)}{person.name}</span> })
        .collect_view();
    let more = (seen.more > 0).then(|| view! { <span class="sub">{format!("and {} more", seen.more)}</span> });
    let trouble = seen.trouble.map(|trouble| {
        let sentence = match trouble {
            StepTrouble::Nobody => "Nobody could pass this step today.".to_owned(),
            StepTrouble::TooFew(needed) => format!("Nobody could pass this step today: {needed} must agree."),
        };
        view! { <span class="field-error">{icon(Icon::Warn)}<span>{sentence}</span></span> }
    });
    Either::Right(view! {
        <div class="today" role="status">
            {some.then(|| view! { <span class="sub">"Today"</span> })}
            {picks}
            {more}
            {trouble}
        </div>
    })
}
