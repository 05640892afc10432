//! Fields with label, hint and message. What was typed is always still there.

use super::icon::{Icon, icon};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The part of a field's name that its errors are told by: `input[reason]` is `reason`.
#[must_use]
pub fn short(name: &str) -> &str {
    name.strip_prefix("input[").and_then(|name| name.strip_suffix(']')).unwrap_or(name)
}

/// The ids of what describes a control.
#[must_use]
pub fn describes(id: &str) -> String {
    format!("{id}-hint {id}-error")
}

/// Name, key and id of a control: the name is what the wire calls it, the key what its errors are told by.
#[derive(Clone, Copy)]
pub(super) struct Names {
    /// Name on the wire.
    pub(super) name: Signal<String>,
    /// Id of the control.
    pub(super) id: Signal<String>,
}

impl Names {
    pub(super) fn of(name: Signal<String>, key: Option<Signal<String>>) -> Self {
        let id = Signal::derive(move || match key {
            Some(key) => key.with(|key| format!("field-{key}")),
            None => name.with(|name| format!("field-{}", short(name))),
        });
        Self { name, id }
    }
}

/// Label, hint and message around a control.
#[component]
pub fn Field(
    /// Id of the control.
    #[prop(into)]
    id: Signal<String>,
    /// Label.
    #[prop(into)]
    label: String,
    /// Hint below the label.
    #[prop(into, optional)]
    hint: Signal<String>,
    /// What is wrong with it.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// The control.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=move || id.get()>{label}</label>
            <span class="hint" id=move || format!("{}-hint", id.get())>{move || hint.get()}</span>
            {children()}
            {message(id, error)}
        </div>
    }
}

/// What is wrong with a field, once it is known.
#[must_use]
pub fn message(id: Signal<String>, error: Signal<Option<String>>) -> impl IntoView {
    view! {
        <span class="field-error" id=move || format!("{}-error", id.get()) aria-live="polite">
            {move || error.get().map(|error| view! { {icon(Icon::Warn)}<span>{error}</span> })}
        </span>
    }
}

/// A text of one line.
#[component]
pub fn TextField(
    /// Name on the wire.
    #[prop(into)]
    name: Signal<String>,
    /// What its errors are told by; without it the name in `input[…]`.
    #[prop(optional, into)]
    key: Option<Signal<String>>,
    /// Label.
    #[prop(into)]
    label: String,
    /// Hint below the label.
    #[prop(into, optional)]
    hint: Signal<String>,
    /// What stands in it.
    value: RwSignal<String>,
    /// What is wrong with it.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// `text`, `email`, `number`, `date`.
    #[prop(default = "text")]
    kind: &'static str,
    /// Id of a list of suggestions.
    #[prop(optional)]
    list: Option<&'static str>,
    /// Whether it takes the focus on load.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let Names { name, id } = Names::of(name, key);
    let node = NodeRef::<leptos::html::Input>::new();
    bind(move || node.get(), value);
    view! {
        <Field id=id label=label hint=hint error=error>
            <input
                id=move || id.get()
                name=move || name.get()
                type=kind
                autocomplete="off"
                autofocus=autofocus
                list=list
                aria-describedby=move || id.with(|id| describes(id))
                aria-invalid=move || error.with(|error| error.is_some().then_some("true"))
                node_ref=node
                value=value.get_untracked()
                on:input=move |event| value.set(event_target_value(&event))
            />
        </Field>
    }
}

/// One of a few.
#[component]
pub fn Choice(
    /// Name on the wire.
    #[prop(into)]
    name: Signal<String>,
    /// What its errors are told by; without it the name in `input[…]`.
    #[prop(optional, into)]
    key: Option<Signal<String>>,
    /// Label.
    #[prop(into)]
    label: String,
    /// Value and label of each.
    options: Vec<(&'static str, &'static str)>,
    /// What is chosen.
    value: RwSignal<String>,
    /// What is wrong with it.
    #[prop(into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let Names { name, id } = Names::of(name, key);
    let options = options.into_iter().map(move |(each, label)| {
        let on = value.with_untracked(|value| value == each);
        view! { <option value=each selected=on>{label}</option> }
    });
    view! {
        <Field id=id label=label error=error>
            <select
                id=move || id.get()
                name=move || name.get()
                aria-describedby=move || id.with(|id| describes(id))
                on:change=move |event| value.set(event_target_value(&event))
            >
                {options.collect_view()}
            </select>
        </Field>
    }
}

/// Suggestions for texts of one line.
#[component]
pub fn Datalist(
    /// Id of the list.
    id: &'static str,
    /// What it suggests.
    values: Signal<Vec<String>>,
) -> impl IntoView {
    let options = move || values.get().into_iter().map(|value| view! { <option value=value></option> }).collect_view();
    view! { <datalist id=id>{options}</datalist> }
}

/// Puts the focus on an element, once it is painted.
pub fn focus(id: String) {
    request_animation_frame(move || {
        let found = document().get_element_by_id(&id);
        if let Some(element) = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

/// A control with a text in it.
pub(super) trait Control {
    /// What stands in it.
    fn text(&self) -> String;
    /// Puts something else into it.
    fn set_text(&self, text: &str);
}

impl Control for web_sys::HtmlInputElement {
    fn text(&self) -> String {
        self.value()
    }

    fn set_text(&self, text: &str) {
        self.set_value(text);
    }
}

impl Control for web_sys::HtmlTextAreaElement {
    fn text(&self) -> String {
        self.value()
    }

    fn set_text(&self, text: &str) {
        self.set_value(text);
    }
}

/// Keeps a control and its signal the same. What was typed before the page was hydrated is taken over, not replaced.
pub(super) fn bind<C: Control>(control: impl Fn() -> Option<C> + 'static, value: RwSignal<String>) {
    Effect::new(move |taken: Option<bool>| {
        let Some(control) = control() else { return false };
        if taken == Some(true) {
            value.with(|text| {
                if control.text() != *text {
                    control.set_text(text);
                }
            });
        } else {
            let there = control.text();
            value.track();
            if value.with_untracked(|text| *text != there) {
                value.set(there);
            }
        }
        true
    });
}

/// Puts the focus on the first field that is wrong, once it is painted.
pub fn focus_first_error() {
    request_animation_frame(|| {
        let found = document().query_selector("[aria-invalid=true]").ok().flatten();
        if let Some(element) = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}
