//! A flow as the fields of a form, and the buttons that change it before it is saved. The form carries its whole state, so
//! it works without scripts, and nothing that was typed is lost.

use crate::form::FormState;
use domain::flow::ApproverKind;
use services::flows::{Draft, DraftAccess, DraftRequired, DraftStep};
use std::collections::BTreeMap;

/// Entries of a list in a form at most.
const ENTRIES_MAX: usize = 200;

/// What a button of the editor asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Button {
    /// Save.
    Save,
    /// Save over what somebody else saved meanwhile.
    Overwrite,
    /// Only look again: who could approve, which groups the resource has.
    Look,
    /// Another step at the end.
    AddStep,
    /// Without this step.
    RemoveStep(usize),
    /// This step before the one before it.
    Up(usize),
    /// This step behind the one behind it.
    Down(usize),
    /// The group that is typed sees it.
    See,
    /// This group does not.
    Unsee(usize),
    /// The person that is typed is named in this step; or this very one of several.
    Name(usize, Option<String>),
    /// This person is not.
    Unname(usize, usize),
}

impl Button {
    /// Reads the value of a button.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let (word, first, second) = (parts.next()?, parts.next(), parts.next());
        let index = || first?.parse::<usize>().ok();
        Some(match word {
            "save" => Self::Save,
            "overwrite" => Self::Overwrite,
            "look" => Self::Look,
            "add-step" => Self::AddStep,
            "remove-step" => Self::RemoveStep(index()?),
            "up" => Self::Up(index()?),
            "down" => Self::Down(index()?),
            "see" => Self::See,
            "unsee" => Self::Unsee(index()?),
            "name" => Self::Name(index()?, second.map(ToOwned::to_owned)),
            "unname" => Self::Unname(index()?, second?.parse().ok()?),
            _ => return None,
        })
    }
}

/// Whether the editor has a field of this name, with as many entries as a draft may have.
#[must_use]
pub fn knows(name: &str) -> bool {
    const PLAIN: [&str; 18] = [
        "name",
        "description",
        "category",
        "colour",
        "resource",
        "group",
        "enabled",
        "type",
        "access",
        "durations",
        "reason_pattern",
        "reason_example",
        "steps",
        "visible",
        "visible-new",
        "sample",
        "revision",
        "op",
    ];
    let index = |text: &str| text.parse().is_ok_and(|index: usize| index < ENTRIES_MAX && text == index.to_string());
    let of_step = |rest: &str| {
        rest.split_once('-').is_some_and(|(step, part)| {
            index(step)
                && (matches!(part, "kind" | "group" | "required" | "count" | "people" | "person")
                    || part.strip_prefix("people-").is_some_and(index))
        })
    };
    PLAIN.contains(&name)
        || name.strip_prefix("visible-").is_some_and(index)
        || name.strip_prefix("step-").is_some_and(of_step)
}

/// The draft that the fields hold.
#[must_use]
pub fn read(fields: &BTreeMap<String, String>) -> Draft {
    let take = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let count = |name: &str| take(name).parse::<usize>().unwrap_or(0).min(ENTRIES_MAX);
    let list = |name: &str| -> Vec<String> {
        (0..count(name)).map(|index| take(&format!("{name}-{index}"))).filter(|text| !text.trim().is_empty()).collect()
    };
    let steps = (0..count("steps"))
        .map(|index| {
            let part = |name: &str| take(&format!("step-{index}-{name}"));
            DraftStep {
                kind: ApproverKind::parse(&part("kind")).unwrap_or(ApproverKind::Manager),
                group: part("group"),
                people: list(&format!("step-{index}-people")),
                required: match part("required").as_str() {
                    "all" => DraftRequired::All,
                    "count" => DraftRequired::Count,
                    _ => DraftRequired::Any,
                },
                count: part("count"),
            }
        })
        .collect();
    Draft {
        name: take("name"),
        description: take("description"),
        category: take("category"),
        colour: take("colour"),
        resource: take("resource"),
        group: take("group"),
        visible_to: list("visible"),
        enabled: take("enabled") == "1",
        automatic: take("type") == "automatic",
        steps,
        access: match take("access").as_str() {
            "fixed" => DraftAccess::Fixed,
            "choices" => DraftAccess::Choices,
            _ => DraftAccess::Permanent,
        },
        durations: take("durations"),
        reason_pattern: take("reason_pattern"),
        reason_example: take("reason_example"),
    }
}

/// The fields that hold a draft.
#[must_use]
pub fn write(draft: &Draft) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let mut put = |name: String, value: String| out.insert(name, value);
    for (name, value) in [
        ("name", &draft.name),
        ("description", &draft.description),
        ("category", &draft.category),
        ("colour", &draft.colour),
        ("resource", &draft.resource),
        ("group", &draft.group),
        ("durations", &draft.durations),
        ("reason_pattern", &draft.reason_pattern),
        ("reason_example", &draft.reason_example),
    ] {
        put(name.to_owned(), value.clone());
    }
    put("enabled".to_owned(), if draft.enabled { "1" } else { "" }.to_owned());
    put("type".to_owned(), if draft.automatic { "automatic" } else { "manual" }.to_owned());
    let access = match draft.access {
        DraftAccess::Permanent => "permanent",
        DraftAccess::Fixed => "fixed",
        DraftAccess::Choices => "choices",
    };
    put("access".to_owned(), access.to_owned());
    put("visible".to_owned(), draft.visible_to.len().to_string());
    for (index, name) in draft.visible_to.iter().enumerate() {
        put(format!("visible-{index}"), name.clone());
    }
    put("steps".to_owned(), draft.steps.len().to_string());
    for (index, step) in draft.steps.iter().enumerate() {
        let required = match step.required {
            DraftRequired::Any => "any",
            DraftRequired::All => "all",
            DraftRequired::Count => "count",
        };
        put(format!("step-{index}-kind"), step.kind.as_str().to_owned());
        put(format!("step-{index}-group"), step.group.clone());
        put(format!("step-{index}-required"), required.to_owned());
        put(format!("step-{index}-count"), step.count.clone());
        put(format!("step-{index}-people"), step.people.len().to_string());
        for (place, email) in step.people.iter().enumerate() {
            put(format!("step-{index}-people-{place}"), email.clone());
        }
    }
    out
}

/// Presses a button that needs nothing but the draft; which element takes the focus then.
pub fn press(draft: &mut Draft, button: &Button) -> Option<String> {
    let last = draft.steps.len().saturating_sub(1);
    match *button {
        Button::AddStep => {
            draft.steps.push(DraftStep::default());
            Some(format!("field-step-{}-kind", draft.steps.len() - 1))
        }
        Button::RemoveStep(index) if index < draft.steps.len() => {
            draft.steps.remove(index);
            Some("add-step".to_owned())
        }
        Button::Up(index) if index > 0 && index <= last => {
            draft.steps.swap(index, index - 1);
            Some(if index == 1 { "down-0".to_owned() } else { format!("up-{}", index - 1) })
        }
        Button::Down(index) if index < last => {
            draft.steps.swap(index, index + 1);
            Some(if index + 1 == last { format!("up-{last}") } else { format!("down-{}", index + 1) })
        }
        Button::Unsee(index) if index < draft.visible_to.len() => {
            draft.visible_to.remove(index);
            Some("field-visible-new".to_owned())
        }
        Button::Unname(step, place) => {
            let people = &mut draft.steps.get_mut(step)?.people;
            if place < people.len() {
                people.remove(place);
            }
            Some(format!("field-step-{step}-person"))
        }
        _ => None,
    }
}

/// The fields of a flow that differ: label, what stands, what is typed.
#[must_use]
pub fn differences(theirs: &Draft, mine: &Draft) -> Vec<(String, String, String)> {
    let (theirs, mine) = (write(theirs), write(mine));
    let mut names: Vec<&String> = theirs.keys().chain(mine.keys()).collect();
    names.sort_unstable();
    names.dedup();
    // No part of a flow.
    names.retain(|name| *name != "reason_example");
    let value = |fields: &BTreeMap<String, String>, name: &str| fields.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .map(|name| (label(name), value(&theirs, name), value(&mine, name)))
        .filter(|(_, theirs, mine)| theirs != mine)
        .collect()
}

fn label(name: &str) -> String {
    let mut parts = name.splitn(3, '-');
    match (parts.next(), parts.next().and_then(|text| text.parse::<usize>().ok()), parts.next()) {
        (Some("step"), Some(index), Some(rest)) => format!("Step {} {rest}", index + 1),
        (Some("visible"), Some(index), _) => format!("Visible to {}", index + 1),
        _ => name.replace('_', " "),
    }
}

/// The state of a form over a draft.
#[must_use]
pub fn state(draft: &Draft, more: &[(&str, String)]) -> FormState {
    let mut values = write(draft);
    values.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    FormState { values, error: None, ..FormState::default() }
}

#[cfg(test)]
mod tests {
    use super::{Button, press, read, write};
    use domain::flow::ApproverKind;
    use services::flows::{Draft, DraftAccess, DraftRequired, DraftStep};

    fn draft() -> Draft {
        let group = DraftStep { kind: ApproverKind::Group, group: "Finance".to_owned(), ..DraftStep::default() };
        let people = DraftStep {
            kind: ApproverKind::People,
            people: vec!["a@x.test".to_owned(), "b@x.test".to_owned()],
            required: DraftRequired::Count,
            ..DraftStep::default()
        };
        Draft {
            name: "NetSuite".to_owned(),
            visible_to: vec!["Sales".to_owned()],
            enabled: true,
            steps: vec![DraftStep::default(), group, people],
            access: DraftAccess::Choices,
            durations: "P1D P7D".to_owned(),
            ..Draft::default()
        }
    }

    #[test]
    fn a_draft_survives_its_form() {
        assert_eq!(read(&write(&draft())), draft());
    }

    #[test]
    fn steps_move_and_the_focus_follows_them() {
        let mut moved = draft();
        assert_eq!(press(&mut moved, &Button::Down(0)).as_deref(), Some("down-1"));
        assert_eq!(moved.steps[1], draft().steps[0]);
        assert_eq!(press(&mut moved, &Button::Down(1)).as_deref(), Some("up-2"));
        assert_eq!(press(&mut moved, &Button::Up(2)).as_deref(), Some("up-1"));
        assert_eq!(press(&mut moved, &Button::Up(1)).as_deref(), Some("down-0"));
        assert_eq!(moved, draft());
        assert_eq!(press(&mut moved, &Button::Up(0)), None);
        assert_eq!(press(&mut moved, &Button::Down(9)), None);
        assert_eq!(moved, draft());
    }

    #[test]
    fn buttons_are_read() {
        assert_eq!(Button::parse("name:2:a@x.test"), Some(Button::Name(2, Some("a@x.test".to_owned()))));
        assert_eq!(Button::parse("unname:1:0"), Some(Button::Unname(1, 0)));
        assert_eq!(Button::parse("up:x"), None);
        assert_eq!(Button::parse("drop"), None);
    }
}
