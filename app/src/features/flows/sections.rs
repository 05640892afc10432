//! The sections of the editor of a flow, but for its steps.

use super::api;
use super::editor::Editor;
use super::page::PATH;
use crate::ui::field::{Datalist, TextField, focus};
use crate::ui::icon::{Icon, icon};
use crate::ui::state::warning;
use crate::ui::text_area::TextArea;
use domain::flow::DraftAccess;
use domain::view::{FlowOpened, FlowPreview};
use leptos::either::Either;
use leptos::prelude::*;

#[component]
pub(super) fn What(editor: Editor, preview: Signal<FlowPreview>) -> impl IntoView {
    let hint = Signal::derive(move || {
        preview.with(|seen| match seen.gives.as_slice() {
            [] => "The group that the person joins; one of the resource's.".to_owned(),
            [only] => format!("The resource is given by {only}."),
            several => format!("One of {}.", several.join(", ")),
        })
    });
    view! {
        <section class="card panel">
            <h2>"What is asked for"</h2>
            <div class="columns">
                <TextField name="input[draft][name]" key="name" label="Name" value=editor.name error=editor.error_of("name")
                    hint="Unique. Requesters see it where a resource has several flows."/>
                <TextField name="input[draft][resource]" key="resource" label="Resource" value=editor.resource
                    error=editor.error_of("resource") list="all-resources"/>
                <TextField name="input[draft][group]" key="group" label="Gives" value=editor.group
                    error=editor.error_of("group") list="resource-groups" hint=hint/>
                <TextField name="input[draft][category]" key="category" label="Category" value=editor.category
                    error=editor.error_of("category") hint="Empty: the resource's own."/>
                <TextField name="input[draft][colour]" key="colour" label="Colour" value=editor.colour
                    error=editor.error_of("colour") hint="Of the tile, such as #2f6fde. Empty: the resource's own."/>
            </div>
            <Datalist id="resource-groups" values=Signal::derive(move || preview.with(|seen| seen.gives.clone()))/>
            <TextArea name="input[draft][description]" key="description" label="Description" value=editor.description
                error=editor.error_of("description") hint="What people read before they ask."/>
        </section>
    }
}

#[component]
pub(super) fn WhoSees(editor: Editor) -> impl IntoView {
    let groups = editor.visible_to;
    let add = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        let typed = editor.visible_new.get_untracked();
        leptos::task::spawn_local(async move {
            use domain::validate::FieldCode;
            let field = "visible-new".to_owned();
            if typed.trim().is_empty() {
                return editor.refuse(field, FieldCode::Required);
            }
            match api::find_group(typed).await {
                Ok(Some(name)) => {
                    groups.update(|groups| {
                        if !groups.contains(&name) {
                            groups.push(name);
                        }
                    });
                    editor.visible_new.set(String::new());
                    editor.clear_error();
                }
                Ok(None) => editor.refuse(field, FieldCode::Unknown),
                Err(error) => editor.error.set(Some(error)),
            }
        });
    };
    let list = move || {
        if groups.with(Vec::is_empty) {
            return Either::Left(view! { <p class="sub">"Everybody. Add groups to limit it to their members."</p> });
        }
        let picks = groups.get().into_iter().enumerate().map(|(index, name)| {
            let label = format!("Remove {name}");
            let remove = {
                let name = name.clone();
                move |event: leptos::ev::MouseEvent| {
                    event.prevent_default();
                    groups.update(|groups| groups.retain(|group| *group != name));
                    focus("field-visible-new".to_owned());
                }
            };
            let error = editor.error_at(move || format!("visible-{index}"));
            view! {
                <li>
                    <input type="hidden" name=format!("input[draft][visible_to][{index}]") value=name.clone()/>
                    {name}
                    <button class="icon-button" type="submit" name="input[op]" value=format!("unsee:{index}")
                        aria-label=label on:click=remove>{icon(Icon::X)}</button>
                    {crate::ui::field::message(Signal::stored(format!("field-visible-{index}")), error)}
                </li>
            }
        });
        Either::Right(view! { <ul class="picks">{picks.collect_view()}</ul> })
    };
    view! {
        <section class="card panel">
            <h2>"Who may ask"</h2>
            <div class="field">
                <label class="check" for="field-enabled">
                    <input id="field-enabled" type="checkbox" name="input[draft][enabled]" value="true"
                        checked=editor.enabled.get_untracked() aria-describedby="field-enabled-hint"
                        on:change=move |event| editor.enabled.set(event_target_checked(&event))/>
                    <span>"Enabled"</span>
                </label>
                <span class="hint" id="field-enabled-hint">"Off: nobody can ask under it; what is open goes on."</span>
            </div>
            <div class="field">
                <span class="label">"Visible to"</span>
                {list}
                <div class="with-button">
                    <TextField name="input[visible_new]" key="visible-new" label="Group" value=editor.visible_new
                        error=editor.error_of("visible-new") list="all-groups"/>
                    <button class="button" type="submit" name="input[op]" value="see" on:click=add>"Add group"</button>
                </div>
            </div>
        </section>
    }
}

/// What the pattern makes of a reason: of the one that was typed, or of one that it accepts.
#[component]
fn Tried(editor: Editor) -> impl IntoView {
    move || {
        let (pattern, typed) = (editor.reason_pattern.get(), editor.reason_example.get());
        let (pattern, typed) = (pattern.trim(), typed.trim());
        if pattern.is_empty() || domain::pattern::is_regex(pattern) {
            return None;
        }
        let said = if typed.is_empty() {
            let example = domain::pattern::example(pattern);
            Either::Left(
                view! { <p class="sub" role="status">{format!("A reason such as “{example}” is accepted.")}</p> },
            )
        } else if domain::pattern::contains(typed, pattern) {
            Either::Left(view! { <p class="sub" role="status">{format!("“{typed}” is accepted.")}</p> })
        } else {
            Either::Right(view! {
                <p class="field-error" role="status">{icon(Icon::Warn)}<span>{format!("“{typed}” would be refused.")}</span></p>
            })
        };
        Some(view! {
            <div class="with-button">
                {said}
                <button class="button" type="submit" name="input[op]" value="look">"Try"</button>
            </div>
        })
    }
}

#[component]
pub(super) fn HowLong(editor: Editor) -> impl IntoView {
    let options = [
        (DraftAccess::Permanent, "Until it is given back", ""),
        (DraftAccess::Fixed, "Always as long", " one duration"),
        (DraftAccess::Choices, "The requester chooses", " several durations"),
    ];
    let radios = options.map(|(access, label, hint)| {
        view! {
            <label class="check">
                <input type="radio" id=format!("field-access-{}", access.as_str()) name="input[draft][access]"
                    value=access.as_str() checked=editor.access.get_untracked() == access
                    on:change=move |_| editor.access.set(access)/>
                <span>{label}<span class="sub">{hint}</span></span>
            </label>
        }
    });
    view! {
        <section class="card panel">
            <h2>"For how long, and why"</h2>
            <fieldset class="radios"><legend>"Access lasts"</legend>{radios.into_iter().collect_view()}</fieldset>
            <TextField name="input[draft][durations]" key="durations" label="Durations" value=editor.durations
                error=editor.error_of("durations")
                hint="ISO 8601, apart by spaces: PT8H is 8 hours, P7D 7 days, P2W 2 weeks. Only for timed access."/>
            <TextField name="input[draft][reason_pattern]" key="reason_pattern" label="A reason must contain"
                value=editor.reason_pattern error=editor.error_of("reason_pattern")
                hint="Optional. # stands for a number, * for anything, all else for itself: FIN-# is found in “for audit, see fin-4711”."/>
            <TextField name="input[draft][reason_example]" key="reason_example" label="Try it with a reason"
                value=editor.reason_example error=editor.error_of("reason_example")
                hint="Optional. Write a reason as people would; it is not kept."/>
            <Tried editor=editor/>
        </section>
    }
}

#[component]
pub(super) fn Bar(opened: Option<FlowOpened>, conflict: Signal<bool>) -> impl IntoView {
    let open: i64 = opened.as_ref().map_or(0, |opened| opened.open.iter().map(|(_, count)| count).sum());
    let version = opened.as_ref().map_or(1, |opened| opened.version);
    let note = (open > 0).then(|| {
        let are = if open == 1 { "request is" } else { "requests are" };
        let next = version + 1;
        warning(format!(
            "{open} {are} open. They keep the version they were submitted under; a change makes version {next}."
        ))
    });
    let class = move || if conflict.get() { "button danger" } else { "button primary" };
    let label = move || if conflict.get() { "Save mine over it" } else { "Save flow" };
    view! {
        <div class="savebar">
            {note}
            <div class="acts">
                <a class="button" href=PATH>"Cancel"</a>
                <button class=class type="submit" data-save="">{label}</button>
            </div>
        </div>
    }
}

/// Both versions, side by side.
#[component]
pub(super) fn Conflict(theirs: FlowOpened, editor: Editor) -> impl IntoView {
    let drop = format!("{PATH}/{}", theirs.id);
    let rows = move || {
        let differ = theirs.draft.differences(&editor.draft());
        if differ.is_empty() {
            return Either::Left(crate::ui::state::notice("Both say the same.".to_owned()));
        }
        let rows = differ
            .into_iter()
            .map(|(label, theirs, mine)| view! { <tr><td>{label}</td><td>{theirs}</td><td>{mine}</td></tr> });
        Either::Right(view! {
            <div class="card wide-scroll">
                <table class="list">
                    <thead><tr><th>"Field"</th><th>"As saved now"</th><th>"Yours"</th></tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        })
    };
    let sentence = "Somebody saved this flow while you edited it. Nothing of yours is lost: compare, then save yours over it or drop it.";
    view! {
        <div class="conflict" role="alert">
            {warning(sentence.to_owned())}
            {rows}
            <p><a href=drop rel="external">"Drop mine and show what is saved"</a></p>
        </div>
    }
}
