//! The portal's forms, sent without a reload. What comes back is the state that a plain form would come back with, so both
//! are painted by the same code.

use super::api::{self, PortalAct};
use crate::error::AppError;
use crate::form::{FormState, use_form_state};
use crate::ui::field::focus_first_error;
use crate::ui::live::Announcer;
use crate::ui::submit::Sent;
use leptos::prelude::*;

/// The forms of a page.
#[derive(Clone, Copy)]
pub(super) struct Forms {
    /// The form that came back, if one did.
    pub(super) state: RwSignal<FormState>,
    busy: RwSignal<bool>,
    announcer: Announcer,
}

/// The forms of this page.
pub(super) fn use_forms() -> Forms {
    Forms { state: RwSignal::new(use_form_state()), busy: RwSignal::new(false), announcer: expect_context() }
}

impl Forms {
    /// Sends a form; `done` looks at the page again.
    pub(super) fn send(self, event: &leptos::ev::SubmitEvent, done: impl Fn() + 'static) {
        let Some(sent) = Sent::take(event, "post") else { return };
        let mut values = sent.fields();
        let Some(act) = PortalAct::from_form(&sent.path, &values) else { return };
        if self.busy.get_untracked() {
            return;
        }
        if let PortalAct::Vote { number, .. } = &act {
            values.insert("number".to_owned(), number.to_string());
        }
        self.busy.set(true);
        leptos::task::spawn_local(async move {
            match api::portal_act(act).await {
                Ok(sentence) => {
                    self.state.set(FormState::default());
                    self.announcer.say(sentence);
                    done();
                }
                Err(AppError::Unauthenticated) => crate::form::to_login(),
                Err(error) => {
                    let late = matches!(error, AppError::Refused { .. } | AppError::NotFound);
                    self.state.set(FormState { values, error: Some(error) });
                    if late {
                        done();
                    }
                    focus_first_error();
                }
            }
            self.busy.set(false);
        });
    }

    /// What is wrong with the page's form as a whole.
    pub(super) fn message(self) -> Option<crate::ui::html::Html> {
        self.state.with(FormState::message).map(|message| crate::ui::state::trouble(&message))
    }

    /// The state of the form in which this field has this value; any other form of the page is empty.
    pub(super) fn of(self, field: &str, value: &str) -> Option<FormState> {
        self.state.with(|state| (state.value(field) == value).then(|| state.clone()))
    }
}
