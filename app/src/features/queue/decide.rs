//! Deciding without a reload: the second screen that the URL asks for, over the queue. The server writes it (`screen.rs`).

use super::api::{self, Act, Decision};
use super::page::Queue;
use crate::error::AppError;
use crate::features::drafts::Keeper;
use crate::form::{FormState, use_form_state};
use crate::ui::dialog;
use crate::ui::state::trouble;
use crate::ui::submit::{Sent, send_whole};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlFormElement;

/// A second screen, and the form that came back to it.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    number: i64,
    act: Act,
    form: FormState,
}

/// The dialog.
#[component]
pub(super) fn DecisionDialog(
    /// The page's parts.
    queue: Queue,
) -> impl IntoView {
    let screen = Memo::new(move |_| queue.place.with(|place| place.open.zip(place.act)));
    let came_back = RwSignal::new((screen.get_untracked(), use_form_state()));
    let asked = Memo::new(move |_| {
        let now = screen.get()?;
        let form = came_back.with(|(of, form)| if *of == Some(now) { form.clone() } else { FormState::default() });
        Some(Asked { number: now.0, act: now.1, form })
    });
    let query = move || queue.place.with_untracked(|place| place.query.to_query());
    let written = Resource::new_blocking(
        move || asked.get(),
        move |asked| {
            let query = query();
            async move {
                let Asked { number, act, form } = asked?;
                Some(api::second_screen(number, act, query, form).await)
            }
        },
    );
    let busy = StoredValue::new(false);
    let keeper = Keeper::default();
    let typed = move |event: leptos::ev::Event| {
        if let Some((number, act)) = screen.get_untracked() {
            keeper.typed(&event, act.as_str(), number.to_string());
        }
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        let (Some(sent), Some((number, act))) = (Sent::take(&event, "post"), screen.get_untracked()) else { return };
        if busy.get_value() {
            return;
        }
        busy.set_value(true);
        keeper.stop();
        let values = sent.fields();
        let decision = Decision::from_form(number, act, &values);
        leptos::task::spawn_local(async move {
            match api::decide(decision).await {
                Ok(decided) => queue.done(act, &decided),
                // The log-in carries what was typed along, sealed for the person who typed it.
                Err(AppError::Unauthenticated | AppError::OtherPerson { .. }) => match form {
                    Some(form) => send_whole(&form),
                    None => crate::form::to_login(),
                },
                Err(failed) => {
                    if matches!(failed, AppError::Refused { .. }) {
                        queue.refresh(false);
                    }
                    came_back.set((Some((number, act)), FormState { values, error: Some(failed) }));
                }
            }
            busy.set_value(false);
        });
    };
    Effect::new(move |_| {
        if written.with(|written| matches!(written, Some(Some(_)))) {
            request_animation_frame(|| dialog::wake(DIALOGS));
        }
    });
    view! {
        <div id=DIALOGS on:submit=submit on:input=typed on:keydown=move |event| dialog::leave_by_escape(DIALOGS, &event)>
            <Transition>
                {move || written.get().flatten().map(|written| written.unwrap_or_else(|error| trouble(&error.sentence())))}
            </Transition>
        </div>
    }
}

/// Where the dialogs stand.
const DIALOGS: &str = "dialogs";
