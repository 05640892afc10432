//! What the buttons of the editor do to a draft where no scripts run. The browser does the same to its signals (`editor.rs`).

use super::api::FlowInput;
use domain::flow::DraftStep;

/// A button that changes the draft and asks nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Button {
    /// Another step at the end.
    AddStep,
    /// Without this step.
    RemoveStep(usize),
    /// This step before the one before it.
    Up(usize),
    /// This step behind the one behind it.
    Down(usize),
    /// This group does not see it.
    Unsee(usize),
    /// This person of this step is not named.
    Unname(usize, usize),
}

impl Button {
    /// Reads the value of a button.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let (word, first, second) = (parts.next()?, parts.next(), parts.next());
        let index = || first?.parse::<usize>().ok();
        Some(match word {
            "add-step" => Self::AddStep,
            "remove-step" => Self::RemoveStep(index()?),
            "up" => Self::Up(index()?),
            "down" => Self::Down(index()?),
            "unsee" => Self::Unsee(index()?),
            "unname" => Self::Unname(index()?, second?.parse().ok()?),
            _ => return None,
        })
    }
}

/// Presses a button.
pub(super) fn press(input: &mut FlowInput, button: Button) {
    let draft = &mut input.draft;
    let last = draft.steps.len().saturating_sub(1);
    let people = &mut input.people_new;
    people.resize(draft.steps.len(), String::new());
    match button {
        Button::AddStep => {
            draft.steps.push(DraftStep::default());
            people.push(String::new());
        }
        Button::RemoveStep(index) if index < draft.steps.len() => {
            draft.steps.remove(index);
            people.remove(index);
        }
        Button::Up(index) if index > 0 && index <= last => {
            draft.steps.swap(index, index - 1);
            people.swap(index, index - 1);
        }
        Button::Down(index) if index < last => {
            draft.steps.swap(index, index + 1);
            people.swap(index, index + 1);
        }
        Button::Unsee(index) if index < draft.visible_to.len() => {
            draft.visible_to.remove(index);
        }
        Button::Unname(step, place) => {
            if let Some(step) = draft.steps.get_mut(step)
                && place < step.people.len()
            {
                step.people.remove(place);
            }
        }
        _ => {}
    }
}

/// Presses a button for a page without scripts: the page is shown again with what it made of the draft.
pub(super) async fn press_without_scripts(
    services: &services::Services,
    actor: &domain::people::Actor,
    mut input: FlowInput,
) -> Result<crate::act::Done, crate::error::AppError> {
    use crate::error::AppError;
    use domain::validate::{FieldCode, FieldError};
    use services::flows::{find_group, find_people};
    let invalid = |field: &str, code: FieldCode| AppError::Invalid { fields: vec![FieldError::new(field, code)] };
    let op = std::mem::take(&mut input.op);
    let mut parts = op.splitn(3, ':');
    match (parts.next(), parts.next().and_then(|text| text.parse::<usize>().ok()), parts.next()) {
        (Some("see"), ..) => {
            let typed = input.visible_new.trim().to_owned();
            match find_group(services, actor, &typed).await? {
                Some(name) => {
                    if !input.draft.visible_to.contains(&name) {
                        input.draft.visible_to.push(name);
                    }
                    input.visible_new.clear();
                }
                None if typed.is_empty() => return Err(invalid("visible-new", FieldCode::Required)),
                None => return Err(invalid("visible-new", FieldCode::Unknown)),
            }
        }
        (Some("name"), Some(index), chosen) => {
            input.people_new.resize(input.draft.steps.len().max(index + 1), String::new());
            let typed = chosen.map_or_else(|| input.people_new.get(index).cloned().unwrap_or_default(), str::to_owned);
            let field = format!("step-{index}-person");
            let found = find_people(services, actor, &typed).await?;
            match (found.as_slice(), input.draft.steps.get_mut(index)) {
                ([only], Some(step)) => {
                    if !step.people.contains(&only.email) {
                        step.people.push(only.email.clone());
                    }
                    if let Some(typed) = input.people_new.get_mut(index) {
                        typed.clear();
                    }
                }
                ([], _) if typed.trim().is_empty() => return Err(invalid(&field, FieldCode::Required)),
                ([], _) => return Err(invalid(&field, FieldCode::Unknown)),
                _ => return Err(invalid(&field, FieldCode::Ambiguous)),
            }
        }
        _ => {
            if let Some(button) = Button::parse(&op) {
                press(&mut input, button);
            }
        }
    }
    Ok(crate::act::Done::again(&input))
}

#[cfg(test)]
mod tests {
    use super::{Button, press};
    use crate::features::flows::api::FlowInput;
    use domain::flow::{ApproverKind, Draft, DraftStep};

    fn input() -> FlowInput {
        let people = vec!["a@x.test".to_owned(), "b@x.test".to_owned()];
        let people = DraftStep { kind: ApproverKind::People, people, ..DraftStep::default() };
        let draft = Draft {
            visible_to: vec!["Sales".to_owned()],
            steps: vec![DraftStep::default(), people],
            ..Draft::default()
        };
        FlowInput { draft, people_new: vec![String::new(), "typed".to_owned()], ..FlowInput::default() }
    }

    #[test]
    fn steps_move_with_what_is_typed_beside_them() {
        let mut moved = input();
        press(&mut moved, Button::Up(1));
        assert_eq!(moved.draft.steps[0], input().draft.steps[1]);
        assert_eq!(moved.people_new, ["typed", ""]);
        press(&mut moved, Button::Down(0));
        assert_eq!(moved, input());
        for beyond in [Button::Up(0), Button::Down(9), Button::RemoveStep(9), Button::Unsee(9), Button::Unname(9, 0)] {
            press(&mut moved, beyond);
            assert_eq!(moved, input(), "{beyond:?}");
        }
    }

    #[test]
    fn steps_groups_and_people_come_and_go() {
        let mut changed = input();
        press(&mut changed, Button::AddStep);
        assert_eq!((changed.draft.steps.len(), changed.people_new.len()), (3, 3));
        press(&mut changed, Button::RemoveStep(0));
        assert_eq!(changed.people_new, ["typed", ""]);
        press(&mut changed, Button::Unname(0, 0));
        assert_eq!(changed.draft.steps[0].people, ["b@x.test"]);
        press(&mut changed, Button::Unsee(0));
        assert!(changed.draft.visible_to.is_empty());
    }

    #[test]
    fn buttons_are_read() {
        assert_eq!(Button::parse("unname:1:0"), Some(Button::Unname(1, 0)));
        assert_eq!(Button::parse("up:x"), None);
        assert_eq!(Button::parse("drop"), None);
    }
}
