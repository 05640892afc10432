//! The second screens: grant, deny, retry, repair. A native dialog with a form that posts to the same server function that the
//! browser calls.

use super::api::{self, Act, Decision};
use super::place::Ways;
use super::screen_fields::{Fields, does, too_late};
use crate::act::Done;
use crate::error::AppError;
use crate::features::drafts::{KeepDraftInput, Keeper};
use crate::form::{FormState, error_at, use_form_state};
use crate::layout::PersonField;
use crate::ui::field::focus_first_error;
use crate::ui::submit::send_whole;
use domain::view::RequestDetail;
use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;

/// What is typed on a second screen, and what is wrong with it.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) reason: RwSignal<String>,
    pub(super) next_steps: RwSignal<String>,
    pub(super) notes: RwSignal<String>,
    pub(super) comment: RwSignal<String>,
    pub(super) duration: RwSignal<String>,
    pub(super) person: RwSignal<String>,
    error: RwSignal<Option<AppError>>,
}

impl Form {
    fn new(state: &FormState) -> Self {
        let text = |name: &str| RwSignal::new(state.value(name));
        Self {
            reason: text("reason"),
            next_steps: text("next_steps"),
            notes: text("notes"),
            comment: text("comment"),
            duration: text("duration"),
            person: text("person"),
            error: RwSignal::new(state.error.clone()),
        }
    }

    fn fields(self) -> [(&'static str, RwSignal<String>); 6] {
        [
            ("reason", self.reason),
            ("next_steps", self.next_steps),
            ("notes", self.notes),
            ("comment", self.comment),
            ("duration", self.duration),
            ("person", self.person),
        ]
    }

    pub(super) fn error_at(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.error.with(|error| error.as_ref().and_then(|error| error_at(error, field))))
    }

    /// What is wrong with the whole, in words.
    pub(super) fn message(self) -> Option<String> {
        self.error.with(|error| match error {
            None | Some(AppError::Invalid { .. }) => None,
            Some(error) => Some(error.sentence()),
        })
    }

    fn decision(self, detail: &RequestDetail, act: Act) -> Decision {
        let text = |signal: RwSignal<String>| signal.get_untracked();
        Decision {
            number: detail.number().0,
            act,
            version: Some(detail.row.version),
            reason: text(self.reason),
            next_steps: text(self.next_steps),
            notes: text(self.notes),
            comment: text(self.comment),
            duration: text(self.duration),
            person: text(self.person),
            announced: does(detail, act),
        }
    }
}

/// The second screen of one act.
#[component]
pub(super) fn SecondScreen(
    /// The request, as it was when the screen opened.
    detail: RequestDetail,
    /// What the same person typed before and did not send.
    draft: BTreeMap<String, String>,
    /// Which act.
    act: Act,
    /// The addresses around it.
    ways: Ways,
    /// Called when the act is done.
    done: Callback<Done>,
    /// Called with the error when the act was refused because of what others did.
    refused: Callback<AppError>,
) -> impl IntoView {
    let came_back = use_form_state();
    let mine = came_back.of == "decide" && came_back.value("number") == detail.number().to_string();
    let mine = mine && came_back.value("act") == act.as_str();
    let form = Form::new(&if mine { came_back } else { FormState { values: draft, ..FormState::default() } });
    let keeper = Keeper::default();
    let object = detail.number().to_string();
    let typed = move |_: leptos::ev::Event| {
        let object = object.clone();
        keeper.later(move || KeepDraftInput {
            form: act.as_str().to_owned(),
            object: object.clone(),
            fields: form.fields().map(|(name, text)| (name.to_owned(), text.get_untracked())).into(),
        });
    };
    let number = detail.number().0;
    // What the screen says stays as it was read: what others do meanwhile is told when the act is refused.
    let detail = RwSignal::new(detail);
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        keeper.stop();
        let element = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
        let decision = detail.with_untracked(|detail| form.decision(detail, act));
        leptos::task::spawn_local(async move {
            match api::decide(decision).await {
                Ok(outcome) => done.run(outcome),
                // The log-in carries what was typed along, sealed for the person who typed it.
                Err(AppError::Unauthenticated | AppError::OtherPerson { .. }) => match element {
                    Some(element) => send_whole(&element),
                    None => crate::form::to_login(),
                },
                Err(error) => {
                    if matches!(error, AppError::Refused { .. }) {
                        if let Ok(now) = api::request_detail(number, api::Asked::Person).await {
                            detail.set(now);
                        }
                        refused.run(error.clone());
                    }
                    form.error.set(Some(error));
                    focus_first_error();
                }
            }
            busy.set(false);
        });
    };
    let node = NodeRef::<leptos::html::Dialog>::new();
    crate::ui::dialog::make_modal(node);
    let back = ways.back();
    let leave = {
        let (navigate, back) = (use_navigate(), back.clone());
        move |event: leptos::ev::KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                navigate(&back, NavigateOptions { scroll: false, ..NavigateOptions::default() });
            }
        }
    };
    let body = {
        let ways = ways.clone();
        move || {
            detail.with(|detail| {
                if detail.row.status.is_terminal() || (act == Act::Repair && !detail.can_repair()) {
                    Either::Left(too_late(detail, &ways, form))
                } else {
                    Either::Right(view! { <Fields detail=detail.clone() act=act ways=ways.clone() form=form/> })
                }
            })
        }
    };
    view! {
        <dialog class="dialog" open aria-labelledby="dialog-title" node_ref=node on:keydown=leave>
            <form method="post" action="/fn/decide" on:submit=submit on:input=typed aria-busy=move || busy.get().then_some("true")>
                <PersonField/>
                {body}
            </form>
        </dialog>
    }
}
