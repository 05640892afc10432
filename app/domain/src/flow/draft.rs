//! A flow as an admin types it: names instead of ids, texts instead of numbers.

use crate::flow::ApproverKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A flow, typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Draft {
    /// Display name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Category in the catalogue; the resource's when empty.
    pub category: String,
    /// Colour in the catalogue; the resource's when empty.
    pub colour: String,
    /// Name of the resource.
    pub resource: String,
    /// Name of the group that the person joins.
    pub group: String,
    /// Names of the groups that see it; everybody when empty.
    pub visible_to: Vec<String>,
    /// Whether it can be asked under.
    pub enabled: bool,
    /// Granted without anybody's approval.
    pub automatic: bool,
    /// The steps, in order.
    pub steps: Vec<DraftStep>,
    /// How long access lasts.
    pub access: DraftAccess,
    /// Durations of timed access, ISO 8601, apart by spaces or commas.
    pub durations: String,
    /// What a reason must contain.
    pub reason_pattern: String,
    /// A reason against which that is tried, if the admin typed one; it is not kept.
    pub reason_example: String,
}

/// A step, typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DraftStep {
    /// Who agrees.
    pub kind: ApproverKind,
    /// Name of the group.
    pub group: String,
    /// Emails of the named people.
    pub people: Vec<String>,
    /// How many of them.
    pub required: DraftRequired,
    /// The number, where one is asked for.
    pub count: String,
}

impl Default for DraftStep {
    fn default() -> Self {
        Self {
            kind: ApproverKind::Manager,
            group: String::new(),
            people: Vec::new(),
            required: DraftRequired::Any,
            count: "2".to_owned(),
        }
    }
}

/// How many must agree, typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftRequired {
    /// Any one.
    #[default]
    Any,
    /// All.
    All,
    /// A number.
    Count,
}

impl DraftRequired {
    /// Spelling in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::All => "all",
            Self::Count => "count",
        }
    }

    /// Reads the spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Any, Self::All, Self::Count].into_iter().find(|required| required.as_str() == text)
    }
}

/// How long access lasts, typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftAccess {
    /// Until it is given back or revoked.
    #[default]
    Permanent,
    /// Always as long.
    Fixed,
    /// The requester chooses.
    Choices,
}

impl DraftAccess {
    /// Spelling in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Fixed => "fixed",
            Self::Choices => "choices",
        }
    }
}

impl Draft {
    /// The fields in which two drafts differ: label, what stands in this one, what stands in the other.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<(String, String, String)> {
        let (mine, theirs) = (self.fields(), other.fields());
        let labels: Vec<&String> =
            mine.keys().chain(theirs.keys().filter(|label| !mine.contains_key(*label))).collect();
        let value = |fields: &BTreeMap<String, String>, label: &str| fields.get(label).cloned().unwrap_or_default();
        labels
            .into_iter()
            .map(|label| (label.clone(), value(&mine, label), value(&theirs, label)))
            .filter(|(_, mine, theirs)| mine != theirs)
            .collect()
    }

    /// What stands in each field, by label.
    fn fields(&self) -> BTreeMap<String, String> {
        let yes = |on: bool| if on { "yes" } else { "no" }.to_owned();
        let mut out: BTreeMap<String, String> = [
            ("name", self.name.clone()),
            ("description", self.description.clone()),
            ("category", self.category.clone()),
            ("colour", self.colour.clone()),
            ("resource", self.resource.clone()),
            ("group", self.group.clone()),
            ("enabled", yes(self.enabled)),
            ("automatic", yes(self.automatic)),
            ("access", self.access.as_str().to_owned()),
            ("durations", self.durations.clone()),
            ("reason pattern", self.reason_pattern.clone()),
            ("visible to", self.visible_to.join(", ")),
            ("steps", self.steps.len().to_string()),
        ]
        .map(|(label, value)| (label.to_owned(), value))
        .into();
        for (index, step) in self.steps.iter().enumerate() {
            let number = index + 1;
            out.insert(format!("step {number} approvers"), step.kind.as_str().to_owned());
            out.insert(format!("step {number} group"), step.group.clone());
            out.insert(format!("step {number} people"), step.people.join(", "));
            out.insert(format!("step {number} must agree"), step.required.as_str().to_owned());
            out.insert(format!("step {number} count"), step.count.clone());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{Draft, DraftStep};

    #[test]
    fn what_differs_is_named() {
        let theirs = Draft { description: "Theirs".to_owned(), steps: vec![DraftStep::default()], ..Draft::default() };
        let mine = Draft { description: "Mine".to_owned(), reason_example: "not kept".to_owned(), ..theirs.clone() };
        let differ = theirs.differences(&mine);
        assert_eq!(differ, [("description".to_owned(), "Theirs".to_owned(), "Mine".to_owned())]);
        let fewer = Draft { steps: Vec::new(), ..theirs.clone() };
        assert_eq!(theirs.differences(&fewer).len(), 4, "the number of steps, and what stands in the one");
        assert_eq!(theirs.differences(&theirs), []);
    }
}
