//! Deciding without a reload: the second screen that the URL asks for, over the queue. The server writes it (`screen.rs`).

use super::api::{self, Act, Decision};
use super::page::Queue;
use crate::error::AppError;
use crate::form::{FormState, use_form_state};
use crate::ui::dialog;
use crate::ui::state::trouble;
use crate::ui::submit::Sent;
use crate::ui::typed;
use leptos::prelude::*;

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
    let submit = move |event: leptos::ev::SubmitEvent| {
        let (Some(sent), Some((number, act))) = (Sent::take(&event, "post"), screen.get_untracked()) else { return };
        if busy.get_value() {
            return;
        }
        busy.set_value(true);
        let values = sent.fields();
        let decision = Decision::from_form(number, act, &values);
        let key = sent.path;
        leptos::task::spawn_local(async move {
            match api::decide(decision).await {
                Ok(decided) => queue.done(act, &decided),
                Err(AppError::Unauthenticated) => {
                    typed::keep(&key, &values);
                    crate::form::to_login();
                }
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
        <div id=DIALOGS on:submit=submit on:keydown=move |event| dialog::leave_by_escape(DIALOGS, &event)>
            <Transition>
                {move || written.get().flatten().map(|written| written.unwrap_or_else(|error| trouble(&error.sentence())))}
            </Transition>
        </div>
    }
}

/// Where the dialogs stand.
const DIALOGS: &str = "dialogs";
