//! Fields with label, hint and message. What was typed is always still there.

use super::html::Html;
use super::icon::{Icon, icon};
use maud::{Markup, html};

/// A field of a form.
#[derive(Clone, Copy, Debug, Default)]
pub struct Field<'a> {
    /// Name on the wire.
    pub name: &'a str,
    /// Tells fields of the same name on one page apart.
    pub scope: &'a str,
    /// Label.
    pub label: &'a str,
    /// Hint below the label.
    pub hint: &'a str,
    /// What stands in it at first.
    pub value: &'a str,
    /// What is wrong with it.
    pub error: Option<&'a str>,
    /// Whether it must be filled in.
    pub required: bool,
    /// What browsers fill in.
    pub autocomplete: &'a str,
    /// Whether it takes the focus on load.
    pub autofocus: bool,
    /// Id of a list of suggestions.
    pub list: &'a str,
    /// Whether a change of it lets the whole form be looked at anew.
    pub look: bool,
}

impl Field<'_> {
    fn id(&self) -> String {
        format!("field-{}{}", self.name, self.scope)
    }

    /// The field with this control in it.
    fn around(&self, id: &str, control: &Markup) -> Html {
        html! {
            div.field {
                label for=(id) { (self.label) }
                span.hint id={ (id) "-hint" } { (self.hint) }
                (control)
                span.field-error id={ (id) "-error" } aria-live="polite" {
                    @if let Some(error) = self.error { (icon(Icon::Warn)) span { (error) } }
                }
            }
        }
        .into()
    }

    /// A text of several lines.
    #[must_use]
    pub fn text_area(&self) -> Html {
        let id = self.id();
        let control = html! {
            textarea id=(id) name=(self.name) rows="3" autofocus[self.autofocus] aria-describedby={ (id) "-hint " (id) "-error" }
                aria-required=[self.required.then_some("true")] aria-invalid=[self.error.map(|_| "true")] {
                // Parsers eat the first newline.
                @if self.value.starts_with('\n') { "\n" }
                (self.value)
            }
        };
        self.around(&id, &control)
    }

    /// A text of one line, of a kind: `text`, `email`, `password` …
    #[must_use]
    pub fn text(&self, kind: &str) -> Html {
        let id = self.id();
        let autocomplete = if self.autocomplete.is_empty() { "off" } else { self.autocomplete };
        let control = html! {
            input id=(id) name=(self.name) type=(kind) value=(self.value) autocomplete=(autocomplete)
                autofocus[self.autofocus] data-look[self.look] list=[(!self.list.is_empty()).then_some(self.list)] aria-describedby={ (id) "-hint " (id) "-error" }
                aria-invalid=[self.error.map(|_| "true")];
        };
        self.around(&id, &control)
    }
}

#[cfg(test)]
mod tests {
    use super::Field;

    #[test]
    fn a_text_cannot_leave_its_textarea() {
        let typed = "\n</textarea><script>&";
        let markup = maud::html! { (Field { name: "reason", value: typed, ..Field::default() }.text_area()) }.0;
        assert!(markup.contains(">\n\n&lt;/textarea&gt;&lt;script&gt;&amp;</textarea>"), "{markup}");
    }
}
