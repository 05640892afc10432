//! A text of several lines. Text between the tags of a `textarea` is all there is of it without scripts, and a marker for hydration in
//! it would be seen: its text is written escaped (`decisions.md`, exceptions to "no inner HTML").

use super::field::{Field, Names, describes};
use leptos::prelude::*;

/// A text of several lines, with label, hint and message.
#[component]
pub fn TextArea(
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
    /// Whether it must be filled in.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let Names { name, id } = Names::of(name, key);
    let node = NodeRef::<leptos::html::Textarea>::new();
    super::field::bind(move || node.get(), value);
    let first = escaped(&value.get_untracked());
    view! {
        <Field id=id label=label hint=hint error=error>
            <textarea
                id=move || id.get()
                name=move || name.get()
                rows="3"
                aria-describedby=move || id.with(|id| describes(id))
                aria-required=required.then_some("true")
                aria-invalid=move || error.with(|error| error.is_some().then_some("true"))
                node_ref=node
                on:input=move |event| value.set(event_target_value(&event))
                inner_html=first
            ></textarea>
        </Field>
    }
}

/// Text as the content of a `textarea`: parsers eat the first newline.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    if text.starts_with('\n') {
        out.push('\n');
    }
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_text_cannot_leave_its_textarea() {
        assert_eq!(escaped("\n</textarea><script>&"), "\n\n&lt;/textarea&gt;&lt;script&gt;&amp;");
    }
}
