//! The fields of a form that may have come back, read from its state. Server only.

use super::field::Field;
use super::html::Html;
use super::icon::{Icon, icon};
use crate::form::FormState;
use maud::{Markup, html};

/// The fields of one form.
#[derive(Clone, Copy, Debug)]
pub struct Controls<'a>(pub &'a FormState);

impl Controls<'_> {
    /// What stands in a field.
    #[must_use]
    pub fn value(&self, name: &str) -> String {
        self.0.value(name)
    }

    /// A text of one line.
    #[must_use]
    pub fn text(&self, name: &str, label: &str, hint: &str) -> Html {
        self.with(name, |value, error| Field { name, label, hint, value, error, ..Field::default() }.text("text"))
    }

    /// A text of one line with suggestions from the list of this id.
    #[must_use]
    pub fn listed(&self, name: &str, label: &str, hint: &str, list: &str) -> Html {
        self.with(name, |value, error| Field { name, label, hint, value, error, list, ..Field::default() }.text("text"))
    }

    /// A text of one line with suggestions; a change of it lets the whole form be looked at anew.
    #[must_use]
    pub fn look_listed(&self, name: &str, label: &str, hint: &str, list: &str) -> Html {
        self.with(name, |value, error| {
            Field { name, label, hint, value, error, list, look: true, ..Field::default() }.text("text")
        })
    }

    /// A text of one line of another kind: `email`, `number`, `date`.
    #[must_use]
    pub fn of_kind(&self, kind: &str, name: &str, label: &str, hint: &str) -> Html {
        self.with(name, |value, error| Field { name, label, hint, value, error, ..Field::default() }.text(kind))
    }

    /// A text of several lines.
    #[must_use]
    pub fn area(&self, name: &str, label: &str, hint: &str) -> Html {
        self.with(name, |value, error| Field { name, label, hint, value, error, ..Field::default() }.text_area())
    }

    fn with(&self, name: &str, write: impl FnOnce(&str, Option<&str>) -> Html) -> Html {
        let (value, error) = (self.0.value(name), self.0.error_at(name));
        write(&value, error.as_deref())
    }

    /// One of a few.
    #[must_use]
    pub fn select(&self, name: &str, label: &str, hint: &str, options: &[(&str, &str)]) -> Html {
        self.choice(name, label, hint, options, false)
    }

    /// One of a few; a change of it lets the whole form be looked at anew.
    #[must_use]
    pub fn look_select(&self, name: &str, label: &str, hint: &str, options: &[(&str, &str)]) -> Html {
        self.choice(name, label, hint, options, true)
    }

    fn choice(&self, name: &str, label: &str, hint: &str, options: &[(&str, &str)], look: bool) -> Html {
        let (id, value) = (format!("field-{name}"), self.0.value(name));
        html! {
            div.field {
                label for=(id) { (label) }
                span.hint id={ (id) "-hint" } { (hint) }
                select id=(id) name=(name) data-look[look] aria-describedby={ (id) "-hint " (id) "-error" } {
                    @for (each, label) in options { option value=(each) selected[*each == value] { (label) } }
                }
                (self.error(name))
            }
        }
        .into()
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn error(&self, name: &str) -> Markup {
        html! {
            span.field-error id={ "field-" (name) "-error" } aria-live="polite" {
                @if let Some(error) = self.0.error_at(name) { (icon(Icon::Warn)) span { (error) } }
            }
        }
    }

    /// Yes or no.
    #[must_use]
    pub fn check(&self, name: &str, label: &str, hint: &str) -> Html {
        let id = format!("field-{name}");
        html! {
            div.field {
                label.check for=(id) {
                    input id=(id) type="checkbox" name=(name) value="1" checked[self.0.value(name) == "1"]
                        aria-describedby={ (id) "-hint " (id) "-error" };
                    span { (label) }
                }
                span.hint id={ (id) "-hint" } { (hint) }
                (self.error(name))
            }
        }
        .into()
    }

    /// One of a few, all in sight: value, label, and what it means.
    #[must_use]
    pub fn radios(&self, name: &str, legend: &str, options: &[(&str, &str, &str)]) -> Html {
        let value = self.0.value(name);
        html! {
            fieldset.radios {
                legend { (legend) }
                @for (each, label, hint) in options {
                    label.check {
                        input type="radio" id={ "field-" (name) "-" (each) } name=(name) value=(each) checked[*each == value];
                        span { (label) @if !hint.is_empty() { span.sub { " " (hint) } } }
                    }
                }
                (self.error(name))
            }
        }
        .into()
    }

    /// A value that goes along unseen.
    #[must_use]
    pub fn hidden(&self, name: &str) -> Markup {
        html! { input type="hidden" name=(name) value=(self.0.value(name)); }
    }
}

/// Suggestions for texts of one line.
#[must_use]
pub fn suggestions(id: &str, values: &[String]) -> Markup {
    html! { datalist id=(id) { @for value in values { option value=(value); } } }
}
