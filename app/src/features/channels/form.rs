//! The editor of a channel.

use super::PATH;
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::controls::Controls;
use crate::markup::field::Field;
use crate::markup::html::Html;
use crate::ui::words::message_word;
use domain::channel::EVENTS;
use domain::validate::FieldCode;
use maud::{Markup, html};
use services::channels::{ChannelDraft, ChannelView};
use services::connectors::fresh_key;
use std::collections::BTreeMap;

pub(super) fn fresh(view: Option<&ChannelView>) -> FormState {
    let yes = |yes: bool| if yes { "1" } else { "" }.to_owned();
    let mut values = BTreeMap::new();
    let mut set = |name: &str, value: String| values.insert(name.to_owned(), value);
    match view {
        None => {
            // Shown this once: the receiver needs it too.
            set("key", fresh_key());
            set("active", yes(true));
            set("revision", "1".to_owned());
            for event in
                ["request_submitted", "approved", "denied", "overridden", "expired", "canceled", "withdrawn", "error"]
            {
                set(&format!("event-{event}"), yes(true));
            }
        }
        Some(view) => {
            set("name", view.name.clone());
            set("url", view.url.clone());
            set("headers", view.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect());
            set("active", yes(view.active));
            set("revision", view.revision.to_string());
            for event in &view.events {
                set(&format!("event-{event}"), yes(true));
            }
        }
    }
    FormState { values, error: None, ..FormState::default() }
}

/// Whether the form has a field of this name.
#[must_use]
pub fn knows(name: &str) -> bool {
    matches!(name, "name" | "url" | "headers" | "secrets" | "key" | "active" | "revision")
        || name.strip_prefix("event-").is_some_and(|event| EVENTS.contains(&event))
}

/// The channel that a form describes.
#[must_use]
pub fn read(fields: &BTreeMap<String, String>) -> ChannelDraft {
    let take = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let wanted = |event: &&&str| take(&format!("event-{event}")) == "1";
    ChannelDraft {
        name: take("name"),
        url: take("url"),
        headers: take("headers"),
        secrets: take("secrets"),
        events: EVENTS.iter().filter(wanted).map(|event| (*event).to_owned()).collect(),
        key: take("key"),
        active: take("active") == "1",
        revision: take("revision").parse().unwrap_or(0),
    }
}

const ADDRESS: &str = "https://… Write {{name}} where a secret goes; it never decides the host.";
const HEADERS: &str = "One a line, Name: value. {{name}} stands for a secret.";

/// A field, of one line or several, of which a channel says in its own words what is wrong.
fn told(form: &FormState, field: &Field<'_>, lines: bool) -> Html {
    let (value, error) = (form.value(field.name), wrong(form, field.name));
    let field = Field { value: &value, error: error.as_deref(), ..*field };
    if lines { field.text_area() } else { field.text("text") }
}

/// What is wrong with a field, where the general words would not help: what is missing is a secret, what is malformed a line.
fn wrong(form: &FormState, name: &str) -> Option<String> {
    let code = match &form.error {
        Some(AppError::Invalid { fields }) => fields.iter().find(|error| error.field == name).map(|error| &error.code),
        _ => None,
    };
    match (code?, name) {
        (FieldCode::UnknownName(place), _) => Some(format!("No secret is named {place}. Add {place}=… below.")),
        (FieldCode::Malformed, "headers") => Some(
            "Write one header a line, as Name: value. Doorward writes Host, Content-Type and webhook-… itself."
                .to_owned(),
        ),
        (FieldCode::Malformed, "secrets") => Some("Write one secret a line, as name=value.".to_owned()),
        _ => form.error_at(name),
    }
}

pub(super) fn editor(form: &FormState, view: Option<&ChannelView>) -> Markup {
    let fields = Controls(form);
    let action = view.map_or_else(|| format!("{PATH}/new"), |view| format!("{PATH}/{}", view.id));
    let kept = view.filter(|view| !view.secrets.is_empty()).map(|view| view.secrets.join(", "));
    let secrets = match kept {
        Some(names) => {
            format!("Kept and never shown: {names}. One a line, name=value; name only those to replace or to add.")
        }
        None => "One a line, name=value. Kept and never shown; they fill the places {{name}} in address and headers."
            .to_owned(),
    };
    html! {
        form.editor method="post" action=(action) {
            (fields.hidden("revision"))
            section.card.panel {
                (fields.text("name", "Name", "Unique."))
                (told(form, &Field { name: "url", label: "Address", hint: ADDRESS, ..Field::default() }, false))
                (told(form, &Field { name: "headers", label: "Headers", hint: HEADERS, ..Field::default() }, true))
                (told(form, &Field { name: "secrets", label: "Secrets", hint: &secrets, ..Field::default() }, true))
                @if view.is_none() {
                    (fields.text("key", "Signing key", "Copy it to the receiver now: it is never shown again (Standard Webhooks)."))
                }
                (fields.check("active", "On", "Off: it is told nothing, and what waits for it is not sent."))
            }
            section.card.panel {
                h2 { "Events" }
                (fields.error("events"))
                div.columns { @for event in EVENTS { (fields.check(&format!("event-{event}"), &message_word(event), "")) } }
            }
            div.savebar { div.acts { a.button href=(PATH) { "Cancel" } button.button.primary type="submit" { "Save" } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::wrong;
    use crate::error::AppError;
    use crate::form::FormState;
    use domain::validate::{FieldCode, FieldError};

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_a_channel() {
        let fields = vec![
            FieldError::new("url", FieldCode::UnknownName("team".to_owned())),
            FieldError::new("headers", FieldCode::Malformed),
            FieldError::new("secrets", FieldCode::Malformed),
            FieldError::new("name", FieldCode::Taken),
        ];
        let form = FormState { error: Some(AppError::Invalid { fields }), ..FormState::default() };
        let said = |name| wrong(&form, name).unwrap_or_default();
        assert_eq!(said("url"), "No secret is named team. Add team=… below.");
        assert!(said("headers").starts_with("Write one header a line, as Name: value."));
        assert_eq!(said("secrets"), "Write one secret a line, as name=value.");
        assert_eq!(said("name"), "This name is taken.");
        assert_eq!(said("key"), "");
    }
}
