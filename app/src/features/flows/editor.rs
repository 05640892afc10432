//! What is typed into the editor of a flow: signals, so that steps, people and groups come, go and move at once.

use super::api::FlowInput;
use crate::error::AppError;
use crate::ui::field::{focus, focus_first_error};
use domain::flow::{ApproverKind, Draft, DraftAccess, DraftRequired, DraftStep};
use domain::people::PersonRef;
use domain::validate::{FieldCode, FieldError};
use leptos::prelude::*;

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
            kind: ApproverKind::parse(&self.kind.get()).unwrap_or(ApproverKind::Manager),
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
    pub(super) id: StoredValue<String>,
    pub(super) revision: RwSignal<String>,
    pub(super) name: RwSignal<String>,
    pub(super) description: RwSignal<String>,
    pub(super) category: RwSignal<String>,
    pub(super) colour: RwSignal<String>,
    pub(super) resource: RwSignal<String>,
    pub(super) group: RwSignal<String>,
    pub(super) enabled: RwSignal<bool>,
    pub(super) visible_to: RwSignal<Vec<String>>,
    pub(super) visible_new: RwSignal<String>,
    pub(super) automatic: RwSignal<bool>,
    pub(super) steps: RwSignal<Vec<StepForm>>,
    pub(super) access: RwSignal<DraftAccess>,
    pub(super) durations: RwSignal<String>,
    pub(super) reason_pattern: RwSignal<String>,
    pub(super) reason_example: RwSignal<String>,
    pub(super) sample: RwSignal<String>,
    pub(super) error: RwSignal<Option<AppError>>,
    /// The number of the next step that is added.
    next: StoredValue<usize>,
}

impl Editor {
    pub(super) fn new(input: &FlowInput, error: Option<AppError>, choices: &[Vec<PersonRef>]) -> Self {
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
    pub(super) fn draft(self) -> Draft {
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

    pub(super) fn error_of(self, field: &'static str) -> Signal<Option<String>> {
        self.error_at(move || field.to_owned())
    }

    pub(super) fn refuse(self, field: String, code: FieldCode) {
        let fields = vec![FieldError::new(&field, code)];
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
