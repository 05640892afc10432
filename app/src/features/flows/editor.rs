//! The editor of a flow: what is typed is signals, so that steps, people and groups come, go and move at once.

use super::api::{self, FlowInput};
use super::steps::Steps;
use crate::act::{NEXT, RETURN};
use crate::error::AppError;
use crate::form::came_back;
use crate::layout::{AdminFrame, PersonField};
use crate::ui::field::{Datalist, TextField, focus, focus_first_error};
use crate::ui::icon::{Icon, icon};
use crate::ui::live::Announcer;
use crate::ui::state::{trouble, warning};
use crate::ui::submit::send_whole;
use crate::ui::text_area::TextArea;
use crate::ui::title::title;
use domain::flow::{Draft, DraftAccess, DraftRequired, DraftStep};
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

/// One step, as it is typed. Its number stays while it moves.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct StepForm {
    pub(super) number: usize,
    pub(super) kind: RwSignal<String>,
    pub(super) group: RwSignal<String>,
    pub(super) people: RwSignal<Vec<String>>,
    pub(super) required: RwSignal<String>,
    pub(super) count: RwSignal<String>,
    /// A person who is not added yet.
    pub(super) person: RwSignal<String>,
    /// People to choose from, where several fit.
    pub(super) choices: RwSignal<Vec<PersonRef>>,
}

impl StepForm {
    fn new(number: usize, step: &DraftStep, person: String, choices: Vec<PersonRef>) -> Self {
        Self {
            number,
            kind: RwSignal::new(step.kind.as_str().to_owned()),
            group: RwSignal::new(step.group.clone()),
            people: RwSignal::new(step.people.clone()),
            required: RwSignal::new(step.required.as_str().to_owned()),
            count: RwSignal::new(step.count.clone()),
            person: RwSignal::new(person),
            choices: RwSignal::new(choices),
        }
    }

    fn draft(self) -> DraftStep {
        DraftStep {
            kind: domain::flow::ApproverKind::parse(&self.kind.get()).unwrap_or(domain::flow::ApproverKind::Manager),
            group: self.group.get(),
            people: self.people.get(),
            required: DraftRequired::parse(&self.required.get()).unwrap_or_default(),
            count: self.count.get(),
        }
    }
}

/// The whole form.
#[derive(Clone, Copy)]
pub(super) struct Editor {
    id: StoredValue<String>,
    revision: RwSignal<String>,
    name: RwSignal<String>,
    description: RwSignal<String>,
    category: RwSignal<String>,
    colour: RwSignal<String>,
    resource: RwSignal<String>,
    group: RwSignal<String>,
    enabled: RwSignal<bool>,
    visible_to: RwSignal<Vec<String>>,
    visible_new: RwSignal<String>,
    pub(super) automatic: RwSignal<bool>,
    pub(super) steps: RwSignal<Vec<StepForm>>,
    access: RwSignal<DraftAccess>,
    durations: RwSignal<String>,
    reason_pattern: RwSignal<String>,
    reason_example: RwSignal<String>,
    pub(super) sample: RwSignal<String>,
    error: RwSignal<Option<AppError>>,
    /// The number of the next step that is added.
    next: StoredValue<usize>,
}

impl Editor {
    fn new(input: &FlowInput, error: Option<AppError>, choices: &[Vec<PersonRef>]) -> Self {
        let draft = &input.draft;
        let text = |text: &String| RwSignal::new(text.clone());
        let steps: Vec<StepForm> = draft
            .steps
            .iter()
            .enumerate()
            .map(|(number, step)| {
                let typed = input.people_new.get(number).cloned().unwrap_or_default();
                StepForm::new(number, step, typed, choices.get(number).cloned().unwrap_or_default())
            })
            .collect();
        Self {
            id: StoredValue::new(input.id.clone()),
            revision: text(&input.revision),
            name: text(&draft.name),
            description: text(&draft.description),
            category: text(&draft.category),
            colour: text(&draft.colour),
            resource: text(&draft.resource),
            group: text(&draft.group),
            enabled: RwSignal::new(draft.enabled),
            visible_to: RwSignal::new(draft.visible_to.clone()),
            visible_new: text(&input.visible_new),
            automatic: RwSignal::new(draft.automatic),
            next: StoredValue::new(steps.len()),
            steps: RwSignal::new(steps),
            access: RwSignal::new(draft.access),
            durations: text(&draft.durations),
            reason_pattern: text(&draft.reason_pattern),
            reason_example: text(&draft.reason_example),
            sample: text(&input.sample),
            error: RwSignal::new(error),
        }
    }

    /// The flow as it is typed.
    fn draft(self) -> Draft {
        Draft {
            name: self.name.get(),
            description: self.description.get(),
            category: self.category.get(),
            colour: self.colour.get(),
            resource: self.resource.get(),
            group: self.group.get(),
            visible_to: self.visible_to.get(),
            enabled: self.enabled.get(),
            automatic: self.automatic.get(),
            steps: self.steps.get().into_iter().map(StepForm::draft).collect(),
            access: self.access.get(),
            durations: self.durations.get(),
            reason_pattern: self.reason_pattern.get(),
            reason_example: self.reason_example.get(),
        }
    }

    /// What is wrong with a field.
    pub(super) fn error_at(self, field: impl Fn() -> String + Send + Sync + 'static) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.error.with(|error| error.as_ref().and_then(|error| crate::form::error_at(error, &field())))
        })
    }

    fn error_of(self, field: &'static str) -> Signal<Option<String>> {
        self.error_at(move || field.to_owned())
    }

    pub(super) fn refuse(self, field: String, code: domain::validate::FieldCode) {
        let fields = vec![domain::validate::FieldError::new(&field, code)];
        self.error.set(Some(AppError::Invalid { fields }));
        focus_first_error();
    }

    /// Forgets what was wrong.
    pub(super) fn clear_error(self) {
        self.error.set(None);
    }

    /// Adds a step at the end, and puts the caret into it.
    pub(super) fn add_step(self) {
        let number = self.next.get_value();
        self.next.set_value(number + 1);
        let index = self.steps.with_untracked(Vec::len);
        self.steps.update(|steps| steps.push(StepForm::new(number, &DraftStep::default(), String::new(), Vec::new())));
        focus(format!("field-step-{index}-kind"));
    }

    /// Takes a step away.
    pub(super) fn remove_step(self, step: StepForm) {
        self.steps.update(|steps| steps.retain(|other| other.number != step.number));
        focus("add-step".to_owned());
    }

    /// Moves a step up or down; the focus stays on a button that moves it on.
    pub(super) fn move_step(self, step: StepForm, up: bool) {
        let place = self.steps.with_untracked(|steps| steps.iter().position(|other| other.number == step.number));
        let last = self.steps.with_untracked(Vec::len).saturating_sub(1);
        let Some(index) = place.filter(|index| if up { *index > 0 } else { *index < last }) else { return };
        let to = if up { index - 1 } else { index + 1 };
        self.steps.update(|steps| steps.swap(index, to));
        let button = if to == 0 || (!up && to != last) { "down" } else { "up" };
        focus(format!("{button}-{to}"));
    }
}

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

#[component]
fn What(editor: Editor, preview: Signal<FlowPreview>) -> impl IntoView {
    let hint = Signal::derive(move || {
        preview.with(|seen| match seen.gives.as_slice() {
            [] => "The group that the person joins; one of the resource's.".to_owned(),
            [only] => format!("The resource is given by {only}."),
            several => format!("One of {}.", several.join(", ")),
        })
    });
    view! {
        <section class="card panel">
            <h2>"What is asked for"</h2>
            <div class="columns">
                <TextField name="input[draft][name]" key="name" label="Name" value=editor.name error=editor.error_of("name")
                    hint="Unique. Requesters see it where a resource has several flows."/>
                <TextField name="input[draft][resource]" key="resource" label="Resource" value=editor.resource
                    error=editor.error_of("resource") list="all-resources"/>
                <TextField name="input[draft][group]" key="group" label="Gives" value=editor.group
                    error=editor.error_of("group") list="resource-groups" hint=hint/>
                <TextField name="input[draft][category]" key="category" label="Category" value=editor.category
                    error=editor.error_of("category") hint="Empty: the resource's own."/>
                <TextField name="input[draft][colour]" key="colour" label="Colour" value=editor.colour
                    error=editor.error_of("colour") hint="Of the tile, such as #2f6fde. Empty: the resource's own."/>
            </div>
            <Datalist id="resource-groups" values=Signal::derive(move || preview.with(|seen| seen.gives.clone()))/>
            <TextArea name="input[draft][description]" key="description" label="Description" value=editor.description
                error=editor.error_of("description") hint="What people read before they ask."/>
        </section>
    }
}

#[component]
fn WhoSees(editor: Editor) -> impl IntoView {
    let groups = editor.visible_to;
    let add = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        let typed = editor.visible_new.get_untracked();
        leptos::task::spawn_local(async move {
            use domain::validate::FieldCode;
            let field = "visible-new".to_owned();
            if typed.trim().is_empty() {
                return editor.refuse(field, FieldCode::Required);
            }
            match api::find_group(typed).await {
                Ok(Some(name)) => {
                    groups.update(|groups| {
                        if !groups.contains(&name) {
                            groups.push(name);
                        }
                    });
                    editor.visible_new.set(String::new());
                    editor.clear_error();
                }
                Ok(None) => editor.refuse(field, FieldCode::Unknown),
                Err(error) => editor.error.set(Some(error)),
            }
        });
    };
    let list = move || {
        if groups.with(Vec::is_empty) {
            return Either::Left(view! { <p class="sub">"Everybody. Add groups to limit it to their members."</p> });
        }
        let picks = groups.get().into_iter().enumerate().map(|(index, name)| {
            let label = format!("Remove {name}");
            let remove = {
                let name = name.clone();
                move |event: leptos::ev::MouseEvent| {
                    event.prevent_default();
                    groups.update(|groups| groups.retain(|group| *group != name));
                    focus("field-visible-new".to_owned());
                }
            };
            let error = editor.error_at(move || format!("visible-{index}"));
            view! {
                <li>
                    <input type="hidden" name=format!("input[draft][visible_to][{index}]") value=name.clone()/>
                    {name}
                    <button class="icon-button" type="submit" name="input[op]" value=format!("unsee:{index}")
                        aria-label=label on:click=remove>{icon(Icon::X)}</button>
                    {crate::ui::field::message(Signal::stored(format!("field-visible-{index}")), error)}
                </li>
            }
        });
        Either::Right(view! { <ul class="picks">{picks.collect_view()}</ul> })
    };
    view! {
        <section class="card panel">
            <h2>"Who may ask"</h2>
            <div class="field">
                <label class="check" for="field-enabled">
                    <input id="field-enabled" type="checkbox" name="input[draft][enabled]" value="true"
                        checked=editor.enabled.get_untracked() aria-describedby="field-enabled-hint"
                        on:change=move |event| editor.enabled.set(event_target_checked(&event))/>
                    <span>"Enabled"</span>
                </label>
                <span class="hint" id="field-enabled-hint">"Off: nobody can ask under it; what is open goes on."</span>
            </div>
            <div class="field">
                <span class="label">"Visible to"</span>
                {list}
                <div class="with-button">
                    <TextField name="input[visible_new]" key="visible-new" label="Group" value=editor.visible_new
                        error=editor.error_of("visible-new") list="all-groups"/>
                    <button class="button" type="submit" name="input[op]" value="see" on:click=add>"Add group"</button>
                </div>
            </div>
        </section>
    }
}

/// What the pattern makes of a reason: of the one that was typed, or of one that it accepts.
#[component]
fn Tried(editor: Editor) -> impl IntoView {
    move || {
        let (pattern, typed) = (editor.reason_pattern.get(), editor.reason_example.get());
        let (pattern, typed) = (pattern.trim(), typed.trim());
        if pattern.is_empty() || domain::pattern::is_regex(pattern) {
            return None;
        }
        let said = if typed.is_empty() {
            let example = domain::pattern::example(pattern);
            Either::Left(
                view! { <p class="sub" role="status">{format!("A reason such as “{example}” is accepted.")}</p> },
            )
        } else if domain::pattern::contains(typed, pattern) {
            Either::Left(view! { <p class="sub" role="status">{format!("“{typed}” is accepted.")}</p> })
        } else {
            Either::Right(view! {
                <p class="field-error" role="status">{icon(Icon::Warn)}<span>{format!("“{typed}” would be refused.")}</span></p>
            })
        };
        Some(view! {
            <div class="with-button">
                {said}
                <button class="button" type="submit" name="input[op]" value="look">"Try"</button>
            </div>
        })
    }
}

#[component]
fn HowLong(editor: Editor) -> impl IntoView {
    let options = [
        (DraftAccess::Permanent, "Until it is given back", ""),
        (DraftAccess::Fixed, "Always as long", " one duration"),
        (DraftAccess::Choices, "The requester chooses", " several durations"),
    ];
    let radios = options.map(|(access, label, hint)| {
        view! {
            <label class="check">
                <input type="radio" id=format!("field-access-{}", access.as_str()) name="input[draft][access]"
                    value=access.as_str() checked=editor.access.get_untracked() == access
                    on:change=move |_| editor.access.set(access)/>
                <span>{label}<span class="sub">{hint}</span></span>
            </label>
        }
    });
    view! {
        <section class="card panel">
            <h2>"For how long, and why"</h2>
            <fieldset class="radios"><legend>"Access lasts"</legend>{radios.into_iter().collect_view()}</fieldset>
            <TextField name="input[draft][durations]" key="durations" label="Durations" value=editor.durations
                error=editor.error_of("durations")
                hint="ISO 8601, apart by spaces: PT8H is 8 hours, P7D 7 days, P2W 2 weeks. Only for timed access."/>
            <TextField name="input[draft][reason_pattern]" key="reason_pattern" label="A reason must contain"
                value=editor.reason_pattern error=editor.error_of("reason_pattern")
                hint="Optional. # stands for a number, * for anything, all else for itself: FIN-# is found in “for audit, see fin-4711”."/>
            <TextField name="input[draft][reason_example]" key="reason_example" label="Try it with a reason"
                value=editor.reason_example error=editor.error_of("reason_example")
                hint="Optional. Write a reason as people would; it is not kept."/>
            <Tried editor=editor/>
        </section>
    }
}

#[component]
fn Bar(opened: Option<FlowOpened>, conflict: Signal<bool>) -> impl IntoView {
    let open: i64 = opened.as_ref().map_or(0, |opened| opened.open.iter().map(|(_, count)| count).sum());
    let version = opened.as_ref().map_or(1, |opened| opened.version);
    let note = (open > 0).then(|| {
        let are = if open == 1 { "request is" } else { "requests are" };
        let next = version + 1;
        warning(format!(
            "{open} {are} open. They keep the version they were submitted under; a change makes version {next}."
        ))
    });
    let class = move || if conflict.get() { "button danger" } else { "button primary" };
    let label = move || if conflict.get() { "Save mine over it" } else { "Save flow" };
    view! {
        <div class="savebar">
            {note}
            <div class="acts">
                <a class="button" href=PATH>"Cancel"</a>
                <button class=class type="submit" data-save="">{label}</button>
            </div>
        </div>
    }
}

/// Both versions, side by side.
#[component]
fn Conflict(theirs: FlowOpened, editor: Editor) -> impl IntoView {
    let drop = format!("{PATH}/{}", theirs.id);
    let rows = move || {
        let differ = theirs.draft.differences(&editor.draft());
        if differ.is_empty() {
            return Either::Left(crate::ui::state::notice("Both say the same.".to_owned()));
        }
        let rows = differ
            .into_iter()
            .map(|(label, theirs, mine)| view! { <tr><td>{label}</td><td>{theirs}</td><td>{mine}</td></tr> });
        Either::Right(view! {
            <div class="card wide-scroll">
                <table class="list">
                    <thead><tr><th>"Field"</th><th>"As saved now"</th><th>"Yours"</th></tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        })
    };
    let sentence = "Somebody saved this flow while you edited it. Nothing of yours is lost: compare, then save yours over it or drop it.";
    view! {
        <div class="conflict" role="alert">
            {warning(sentence.to_owned())}
            {rows}
            <p><a href=drop rel="external">"Drop mine and show what is saved"</a></p>
        </div>
    }
}
