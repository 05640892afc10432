//! The state of a form that was posted without WebAssembly and could not be accepted: what was typed, and what is wrong.

use crate::error::{AppError, field_sentence};
use domain::validate::FieldError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The hidden field of a plain form that says for whom it was made: sent under another log-in it does nothing.
pub const PERSON_FIELD: &str = "person_of_form";

/// The hidden field of the log-in that holds a form, sealed for its sender.
pub const RESUME_FIELD: &str = "resume";

/// The hidden field that says for whom a form is made.
#[cfg(feature = "ssr")]
#[must_use]
pub fn made_for(actor: &domain::people::Actor) -> maud::Markup {
    maud::html! { input type="hidden" name=(PERSON_FIELD) value=(actor.id); }
}

/// A page of somebody: every form in it that does something begins with the field that says for whom it is made.
#[cfg(feature = "ssr")]
#[must_use]
pub fn for_person(actor: &domain::people::Actor, page: &maud::Markup) -> maud::Markup {
    let field = made_for(actor).0;
    // In escaped markup these two signs are those of a tag and nothing else.
    let mut parts = page.0.split("<form ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("<form ");
        match part.split_once('>') {
            Some((tag, rest)) if format!(" {tag}").contains(" method=\"post\"") => out.extend([tag, ">", &field, rest]),
            _ => out.push_str(part),
        }
    }
    maud::PreEscaped(out)
}

/// A form that came back. Passwords are never in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormState {
    /// The act that it is for: the name of its server function; empty for a form with an address of its own.
    #[serde(default)]
    pub of: String,
    /// What was typed, by name of field.
    pub values: BTreeMap<String, String>,
    /// The same as a form sends it, for inputs with lists in them; on the server only.
    #[serde(skip)]
    pub body: String,
    /// Why it was not accepted.
    pub error: Option<AppError>,
}

impl FormState {
    /// What was typed into a field.
    #[must_use]
    pub fn value(&self, field: &str) -> String {
        self.values.get(field).cloned().unwrap_or_default()
    }

    /// What is wrong with a field, in words.
    #[must_use]
    pub fn error_at(&self, field: &str) -> Option<String> {
        self.error.as_ref().and_then(|error| error_at(error, field))
    }

    /// What is wrong with the whole, in words.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        match &self.error {
            None | Some(AppError::Invalid { .. }) => None,
            Some(error) => Some(error.sentence()),
        }
    }
}

/// What an error says of one field.
#[must_use]
pub fn error_at(error: &AppError, field: &str) -> Option<String> {
    let AppError::Invalid { fields } = error else { return None };
    let found: Option<&FieldError> = fields.iter().find(|found| found.field == field);
    found.map(|found| field_sentence(&found.code, field))
}

/// The form that came back with the page, until the page has been taken over.
#[derive(Clone, Copy, Debug)]
struct CameBack(StoredValue<FormState>);

/// Hands the form that came back over from the server to the browser. Called once, by the app.
pub fn provide_form_state() {
    let state = SharedValue::new(|| use_context::<FormState>().unwrap_or_default()).into_inner();
    let came_back = StoredValue::new(state);
    provide_context(CameBack(came_back));
    // A screen that is opened later is a fresh one.
    Effect::new(move |_| came_back.set_value(FormState::default()));
}

/// The state of the form on this page: empty unless it came back.
#[must_use]
pub fn use_form_state() -> FormState {
    use_context::<CameBack>().map(|CameBack(state)| state.get_value()).unwrap_or_default()
}

/// The input of an act whose form came back with the page, and why; nothing when none did. Called once, where a page begins, because
/// the server hands it over in the order of such calls.
#[must_use]
pub fn came_back<T>(act: &str) -> Option<(T, Option<AppError>)>
where
    T: Clone + Send + Sync + Serialize + serde::de::DeserializeOwned + 'static,
{
    SharedValue::new(|| read_back(act)).into_inner()
}

#[cfg(feature = "ssr")]
fn read_back<T: serde::de::DeserializeOwned>(act: &str) -> Option<(T, Option<AppError>)> {
    #[derive(Deserialize)]
    struct Fields<T> {
        input: T,
    }
    let state = use_context::<FormState>().filter(|state| state.of == act)?;
    let fields = crate::wire::read_form::<Fields<T>>(&state.body).ok()?;
    Some((fields.input, state.error))
}

#[cfg(not(feature = "ssr"))]
const fn read_back<T>(_act: &str) -> Option<(T, Option<AppError>)> {
    None
}

/// A word that the server says once after a form was accepted, through a short-lived cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash(pub String);

/// The word of this page load, if any.
#[must_use]
pub fn use_flash() -> String {
    SharedValue::new(|| use_context::<Flash>().unwrap_or_default()).into_inner().0
}

/// To the log-in page, and back to this very screen.
pub fn to_login() {
    let location = window().location();
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    let next = String::from(js_sys::encode_uri_component(&here));
    let _ = location.assign(&format!("/login?next={next}"));
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::for_person;
    use domain::ids::PersonId;
    use domain::people::Actor;

    #[test]
    fn every_form_that_does_something_says_for_whom_it_is_made() {
        let actor = Actor { id: PersonId::example(7), name: String::new(), email: String::new(), admin: true };
        let typed = "<form method=\"post\">";
        let page = maud::html! {
            form.a method="get" action="/a" { input name="q" value=(typed); }
            form.b method="post" action={ "/b?" (typed) } { p { (typed) } }
            form method="post" action="/c" {}
        };
        let out = for_person(&actor, &page).0;
        let field = r#"<input type="hidden" name="person_of_form" value="00000000-0000-0000-0000-000000000007">"#;
        assert_eq!(out.matches(field).count(), 2, "{out}");
        assert_eq!(out.matches(&format!("{}{field}", r#"action="/c">"#)).count(), 1, "{out}");
        assert_eq!(out.replace(field, ""), page.0, "nothing else is changed");
    }
}
