//! Fields with label, hint and message. What was typed is always still there.

use super::icon::icon;
use leptos::prelude::*;

/// Escapes text for the inside of `<textarea>`.
///
/// Leptos 0.8 writes a dynamic child of a textarea unescaped on the server (`trust.md` F6), so the text goes in as inner
/// HTML, escaped here; a leading newline, which parsers eat, is doubled.
#[must_use]
pub fn escape(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if escaped.starts_with('\n') { format!("\n{escaped}") } else { escaped }
}

fn message(id: &str, error: Signal<Option<String>>) -> impl IntoView + use<> {
    let id = format!("{id}-error");
    view! {
        <span id=id class="field-error" aria-live="polite">
            {move || error.get().map(|text| view! { {icon("warn")}<span>{text}</span> })}
        </span>
    }
}

/// A text of several lines.
#[component]
pub fn TextArea(
    /// Name on the wire.
    name: &'static str,
    /// Tells fields of the same name on one page apart.
    #[prop(optional, into)]
    scope: String,
    /// Label.
    label: &'static str,
    /// Hint below the label.
    #[prop(into)]
    hint: String,
    /// What stands in it at first.
    value: String,
    /// What is wrong with it.
    error: Signal<Option<String>>,
    /// Whether it must be filled in.
    #[prop(optional)]
    required: bool,
    /// Told of every change.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let id = format!("field-{name}{scope}");
    let described = format!("{id}-hint {id}-error");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <span class="hint" id=format!("{id}-hint")>{hint}</span>
            <textarea
                id=id.clone()
                name=name
                rows="3"
                maxlength="4096"
                aria-describedby=described
                aria-required=required.then_some("true")
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                inner_html=escape(&value)
                on:input=move |event| {
                    if let Some(told) = on_change {
                        told.run(event_target_value(&event));
                    }
                }
            ></textarea>
            {message(&id, error)}
        </div>
    }
}

/// A text of one line.
#[component]
pub fn TextField(
    /// Name on the wire.
    name: &'static str,
    /// Label.
    label: &'static str,
    /// `text`, `email`, `password` …
    #[prop(default = "text")]
    kind: &'static str,
    /// Hint below the label.
    #[prop(optional, into)]
    hint: String,
    /// What stands in it at first.
    #[prop(optional, into)]
    value: String,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Option<String>,
    /// What browsers fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether it takes the focus on load.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let id = format!("field-{name}");
    let described = format!("{id}-hint {id}-error");
    let invalid = error.is_some().then_some("true");
    let error = Signal::stored(error);
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <span class="hint" id=format!("{id}-hint")>{hint}</span>
            <input
                id=id.clone()
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                autofocus=autofocus
                aria-describedby=described
                aria-invalid=invalid
            />
            {message(&id, error)}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_text_cannot_leave_its_textarea() {
        assert_eq!(escape("</textarea><script>&"), "&lt;/textarea&gt;&lt;script&gt;&amp;");
        assert_eq!(escape("\nfirst"), "\n\nfirst", "parsers eat the first newline");
    }
}
