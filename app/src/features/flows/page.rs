//! The page of a flow: what it begins with, its form, and what becomes of it.

use super::api::{self, FlowInput};
use super::editor::Editor;
use super::sections::{Bar, Conflict, HowLong, What, WhoSees};
use super::steps::Steps;
use crate::act::{NEXT, RETURN};
use crate::error::AppError;
use crate::form::came_back;
use crate::layout::{AdminFrame, PersonField};
use crate::ui::field::{Datalist, focus_first_error};
use crate::ui::live::Announcer;
use crate::ui::state::trouble;
use crate::ui::submit::send_whole;
use crate::ui::title::title;
use domain::flow::{Draft, DraftStep};
use domain::people::PersonRef;
use domain::request::Refusal;
use domain::view::{FlowOpened, FlowPreview};
use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wasm_bindgen::JsCast;

/// The list of flows.
pub(super) const PATH: &str = "/admin/flows";
/// Milliseconds of quiet after which is looked who could approve what is typed.
const TYPED: u64 = 250;

/// The page of a flow, or of a new one.
#[component]
pub fn FlowPage() -> impl IntoView {
    let params = use_params_map();
    let id = params.with_untracked(|params| params.get("id")).unwrap_or_default();
    let typed = came_back::<FlowInput>("save_flow");
    let loaded = Resource::new_blocking(|| (), move |()| load(id.clone(), typed.clone()));
    view! {
        <AdminFrame>
            <Transition>
                {move || {
                    Some(match loaded.get()? {
                        Ok(loaded) => Either::Left(view! { <Form loaded=loaded/> }),
                        Err(error) => Either::Right(view! { <h1>"Approval Flows"</h1>{trouble(error.sentence())} }),
                    })
                }}
            </Transition>
        </AdminFrame>
    }
}

/// What the page begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Loaded {
    input: FlowInput,
    error: Option<AppError>,
    /// The flow as it is saved; nothing for a new one.
    opened: Option<FlowOpened>,
    /// Whom the texts beside the steps may mean, where several fit.
    choices: Vec<Vec<PersonRef>>,
    preview: FlowPreview,
}

/// Reads the flow, and who could approve what is typed.
async fn load(id: String, typed: Option<(FlowInput, Option<AppError>)>) -> Result<Loaded, AppError> {
    let opened = if id.is_empty() { Ok(None) } else { api::open_flow(id).await.map(Some) };
    let (opened, input, error) = match (opened, typed) {
        // Somebody deleted it meanwhile: what was typed stands in the editor of a new one.
        (Err(AppError::NotFound), Some((input, _))) => {
            let input = FlowInput { id: String::new(), revision: String::new(), ..input };
            (None, input, Some(AppError::NotFound))
        }
        (Err(error), _) => return Err(error),
        (Ok(opened), Some((input, error))) => (opened, input, error),
        (Ok(opened), None) => {
            let input = fresh(opened.as_ref());
            (opened, input, None)
        }
    };
    let mut choices = Vec::new();
    for typed in &input.people_new {
        choices.push(api::find_people(typed.clone()).await.unwrap_or_default());
    }
    let preview = api::preview_flow(input.draft.clone(), input.sample.clone()).await.unwrap_or_default();
    Ok(Loaded { input, error, opened, choices, preview })
}

fn fresh(opened: Option<&FlowOpened>) -> FlowInput {
    match opened {
        Some(opened) => FlowInput {
            id: opened.id.to_string(),
            revision: opened.revision.to_string(),
            draft: opened.draft.clone(),
            ..FlowInput::default()
        },
        None => FlowInput {
            draft: Draft { enabled: true, steps: vec![DraftStep::default()], ..Draft::default() },
            ..FlowInput::default()
        },
    }
}

#[component]
fn Form(loaded: Loaded) -> impl IntoView {
    let Loaded { input, error, opened, choices, preview } = loaded;
    let editor = Editor::new(&input, error, &choices);
    let heading = opened.as_ref().map_or_else(|| "New flow".to_owned(), |opened| opened.draft.name.clone());
    {
        let heading = heading.clone();
        Effect::new(move |_| document().set_title(&title(&heading)));
    }
    // How the flow stands now, when somebody saved it meanwhile.
    let theirs = RwSignal::new(opened.clone().filter(|_| editor.error.with_untracked(is_changed)));
    let preview = use_preview(editor, preview);
    let busy = RwSignal::new(false);
    let announcer = expect_context::<Announcer>();
    let navigate = use_navigate();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        // Enter in a field looks again, and saves nothing by accident.
        let pressed = event.submitter().and_then(|button| button.get_attribute("data-save"));
        if pressed.is_none() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        let element = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
        let input = FlowInput {
            id: editor.id.get_value(),
            revision: editor.revision.get_untracked(),
            draft: untrack(|| editor.draft()),
            ..FlowInput::default()
        };
        let navigate = navigate.clone();
        leptos::task::spawn_local(async move {
            match api::save_flow(input).await {
                Ok(done) => {
                    announcer.say(done.sentence);
                    navigate(PATH, NavigateOptions::default());
                }
                // The log-in carries what was typed along, sealed for the person who typed it.
                Err(AppError::Unauthenticated | AppError::OtherPerson { .. }) => match element {
                    Some(element) => send_whole(&element),
                    None => crate::form::to_login(),
                },
                Err(error) => {
                    if is_changed(&Some(error.clone()))
                        && let Ok(now) = api::open_flow(editor.id.get_value()).await
                    {
                        editor.revision.set(now.revision.to_string());
                        theirs.set(Some(now));
                    }
                    if error == AppError::NotFound {
                        editor.id.set_value(String::new());
                    }
                    editor.error.set(Some(error));
                    focus_first_error();
                }
            }
            busy.set(false);
        });
    };
    let message = move || {
        editor.error.with(|error| match error {
            None | Some(AppError::Invalid { .. }) => None,
            Some(_) if theirs.with(Option::is_some) => None,
            Some(error) => Some(trouble(error.sentence())),
        })
    };
    let here = if input.id.is_empty() { format!("{PATH}/new") } else { format!("{PATH}/{}", input.id) };
    let revision = move || theirs.with(|theirs| theirs.as_ref().map(|theirs| theirs.revision.to_string()));
    view! {
        <div class="crumb"><a href=PATH>"Approval Flows"</a>{format!(" / {heading}")}</div>
        <div class="head"><h1>{heading}</h1></div>
        {message}
        {move || theirs.get().map(|theirs| view! { <Conflict theirs=theirs editor=editor/> })}
        <form class="editor" method="post" action="/fn/save_flow" on:submit=submit aria-busy=move || busy.get().then_some("true")>
            // What Enter in a field presses without scripts: it looks again, and saves nothing by accident.
            <button class="hidden" type="submit" name="input[op]" value="look" tabindex="-1" aria-hidden="true">"Look again"</button>
            <PersonField/>
            <input type="hidden" name=RETURN value=here/>
            <input type="hidden" name=NEXT value=PATH/>
            <input type="hidden" name="input[id]" value=input.id/>
            <input type="hidden" name="input[revision]" value=move || revision().unwrap_or_else(|| editor.revision.get())/>
            <Datalist id="all-resources" values=Signal::derive(move || preview.with(|seen| seen.resources.clone()))/>
            <Datalist id="all-groups" values=Signal::derive(move || preview.with(|seen| seen.groups.clone()))/>
            <What editor=editor preview=preview/>
            <WhoSees editor=editor/>
            <Steps editor=editor preview=preview/>
            <HowLong editor=editor/>
            <Bar opened=opened conflict=Signal::derive(move || theirs.with(Option::is_some))/>
        </form>
    }
}

fn is_changed(error: &Option<AppError>) -> bool {
    matches!(error, Some(AppError::Refused { refusal: Refusal::Changed, .. }))
}

/// Who could approve what is typed, asked anew once one stops typing.
fn use_preview(editor: Editor, first: FlowPreview) -> Signal<FlowPreview> {
    let seen = RwSignal::new(first);
    let pending = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |before: Option<(Draft, String)>| {
        let now = (editor.draft(), editor.sample.get());
        if before.is_none_or(|before| before == now) {
            return now;
        }
        if let Some(before) = pending.get_value() {
            before.clear();
        }
        let (draft, sample) = now.clone();
        let ask = move || {
            leptos::task::spawn_local(async move {
                let asked = draft.clone();
                if let Ok(answer) = api::preview_flow(draft, sample).await
                    && untrack(|| editor.steps.try_with(Vec::len)) == Some(asked.steps.len())
                {
                    seen.set(answer);
                }
            });
        };
        pending.set_value(set_timeout_with_handle(ask, Duration::from_millis(TYPED)).ok());
        now
    });
    seen.into()
}
