//! Approval flows, JSON.

use super::decode::decode;
use super::{How, ImportError, Problem, Report};
use domain::catalog::Access;
use domain::flow::{Approvers, Definition, NamedPerson, Required, Step};
use domain::ids::GroupId;
use domain::request::ApprovalType;
use domain::text::{email_key, name_key};
use domain::validate::{self, FieldCode};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use store::Session;
use store::directory::groups::Group;
use store::directory::people::Person;
use store::directory::{groups, people, resources};

/// A flow as it stands in a file: names instead of ids.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowFile {
    name: String,
    #[serde(default)]
    description: String,
    resource: String,
    group: String,
    #[serde(default)]
    visible_to: Vec<String>,
    approval_type: ApprovalType,
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default)]
    steps: Vec<StepFile>,
    #[serde(default)]
    access: Option<AccessFile>,
    #[serde(default)]
    reason_pattern: Option<String>,
}

const fn yes() -> bool {
    true
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepFile {
    approver: ApproverFile,
    #[serde(default = "any")]
    required: RequiredFile,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ApproverFile {
    Administrator,
    Manager,
    Owner,
    Group(String),
    People(Vec<String>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum RequiredFile {
    Word(String),
    Count(u32),
}

fn any() -> RequiredFile {
    RequiredFile::Word("any".to_owned())
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AccessFile {
    Fixed(domain::time::Span),
    Choices(Vec<domain::time::Span>),
}

struct Names {
    groups: HashMap<String, Group>,
    people: HashMap<String, Person>,
}

impl Names {
    fn group(&self, name: &str) -> Result<&Group, Cause> {
        self.groups.get(&name_key(name)).ok_or_else(|| Cause::Unknown(format!("there is no group {name}")))
    }
}

/// Why a flow cannot go in.
enum Cause {
    /// It names something that is not there.
    Unknown(String),
    /// It makes no sense.
    Bad(String),
}

/// Imports flows. A flow whose rules differ gets a new version; open requests stay under theirs. A flow that names something unknown
/// is left out as a whole where that was chosen: without one of its groups it would be for everybody.
pub(super) async fn import(session: &mut Session, bytes: &[u8], how: How) -> Result<Report, ImportError> {
    let flows = read(bytes)?;
    let names = Names { groups: groups::all(session).await?, people: people::all(session).await? };
    let known = resources::all(session).await?;
    let mut problems = Vec::new();
    let mut report = Report::default();
    let mut wanted = Vec::new();
    let mut seen = HashSet::new();
    for (index, flow) in flows.iter().enumerate() {
        if !seen.insert(name_key(&flow.name)) {
            problems.push(problem(index, flow, Cause::Bad("the name stands in the file twice".to_owned())));
            continue;
        }
        let Some(resource) = known.get(&name_key(&flow.resource)) else {
            let cause = Cause::Unknown(format!("there is no resource {}", flow.resource));
            problems.push(problem(index, flow, cause));
            continue;
        };
        match definition(flow, &names) {
            Ok(definition) if !resources::groups(session, resource.id).await?.contains(&definition.group) => {
                let cause = Cause::Bad(format!("{} is not a group of {}", flow.group, flow.resource));
                problems.push(problem(index, flow, cause));
            }
            Ok(definition) => wanted.push((flow, resource.id, definition)),
            Err(cause) => problems.push(problem(index, flow, cause)),
        }
    }
    if how.leave_out_unknown {
        let (unknown, bad): (Vec<_>, Vec<_>) = problems.into_iter().partition(|problem| problem.unknown);
        report.left_out = unknown.iter().map(|problem| format!("{problem}; left out")).collect();
        problems = bad;
    }
    if !problems.is_empty() {
        return Err(ImportError::Problems(problems));
    }
    for (flow, resource, definition) in wanted {
        match store::flows::by_name(session, &flow.name).await? {
            None => {
                store::flows::insert(session, &flow.name, &flow.description, resource, flow.enabled, &definition)
                    .await?;
                report.created += 1;
                report.changes.push(format!("create flow {}", flow.name));
            }
            Some(before) => {
                let mut after = before.clone();
                (after.description, after.enabled) = (flow.description.clone(), flow.enabled);
                (after.resource, after.definition) = (resource, definition);
                if before == after {
                    report.unchanged += 1;
                    continue;
                }
                if before.enabled && !after.enabled {
                    report.losses.push(format!("the flow {} is switched off", flow.name));
                }
                store::flows::update(session, &before, &after).await?;
                report.updated += 1;
                let version = if before.definition == after.definition { before.version } else { before.version + 1 };
                report.changes.push(format!("update flow {}: version {} → {version}", flow.name, before.version));
            }
        }
    }
    Ok(report)
}

fn read(bytes: &[u8]) -> Result<Vec<FlowFile>, ImportError> {
    let text = decode(bytes)?;
    // Untagged documents lose the place of an error; the shape is chosen by the first character instead.
    let wrapped = text.trim_start().starts_with('{');
    let parsed = if wrapped {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wrapped {
            flows: Vec<FlowFile>,
        }
        serde_json::from_str::<Wrapped>(&text).map(|document| document.flows)
    } else {
        serde_json::from_str::<Vec<FlowFile>>(&text)
    };
    parsed.map_err(|error| {
        ImportError::Problems(vec![Problem {
            line: u64::try_from(error.line()).ok(),
            column: Some((error.column(), "character".to_owned())),
            ..Problem::new(error.to_string())
        }])
    })
}

fn problem(index: usize, flow: &FlowFile, cause: Cause) -> Problem {
    let (message, unknown) = match cause {
        Cause::Unknown(message) => (message, true),
        Cause::Bad(message) => (message, false),
    };
    Problem { unknown, ..Problem::new(format!("flow {} ({}): {message}", index + 1, flow.name)) }
}

fn definition(flow: &FlowFile, names: &Names) -> Result<Definition, Cause> {
    if validate::name("name", &flow.name).as_ref() != Ok(&flow.name) {
        return Err(Cause::Bad(
            "a flow needs a name of one line, 1 to 200 characters, without spaces around it".to_owned(),
        ));
    }
    if validate::text("description", &flow.description, false).is_err() {
        return Err(Cause::Bad("the description is too long or holds characters that cannot be seen".to_owned()));
    }
    if validate::line("reason_pattern", flow.reason_pattern.as_deref().unwrap_or_default()).is_err() {
        return Err(Cause::Bad("the required pattern is too long or holds characters that cannot be seen".to_owned()));
    }
    let group = |name: &String| names.group(name);
    let gives = group(&flow.group)?;
    let definition = Definition {
        approval_type: flow.approval_type,
        group: gives.id,
        group_name: gives.name.clone(),
        visible_to: flow
            .visible_to
            .iter()
            .map(|name| group(name).map(|group| group.id))
            .collect::<Result<Vec<GroupId>, _>>()?,
        steps: flow.steps.iter().map(|step| self::step(step, names)).collect::<Result<_, _>>()?,
        access: match &flow.access {
            None => Access::Permanent,
            Some(AccessFile::Fixed(span)) => Access::Fixed(*span),
            Some(AccessFile::Choices(spans)) if spans.is_empty() => {
                return Err(Cause::Bad("choices need at least one duration".to_owned()));
            }
            Some(AccessFile::Choices(spans)) => Access::Choices(spans.clone()),
        },
        reason_pattern: reason_pattern(flow.reason_pattern.as_deref().unwrap_or_default())?,
    };
    if definition.is_sound() {
        Ok(definition)
    } else {
        Err(Cause::Bad(
            "a manual flow needs steps with at least one approval each, an automatic one has none".to_owned(),
        ))
    }
}

fn reason_pattern(given: &str) -> Result<Option<String>, Cause> {
    validate::reason_pattern("reason_pattern", given).map_err(|error| {
        let said = match error.code {
            FieldCode::Regex(_) => {
                "the reason_pattern looks like a regular expression; # stands for a number, * for anything, as in FIN-#"
            }
            _ => "the reason_pattern is too long or holds control characters",
        };
        Cause::Bad(said.to_owned())
    })
}

fn step(step: &StepFile, names: &Names) -> Result<Step, Cause> {
    let approvers = match &step.approver {
        ApproverFile::Administrator => Approvers::Administrator,
        ApproverFile::Manager => Approvers::Manager,
        ApproverFile::Owner => Approvers::Owner,
        ApproverFile::Group(name) => {
            let group = names.group(name)?;
            Approvers::Group { id: group.id, name: group.name.clone() }
        }
        ApproverFile::People(emails) => {
            let named = |email: &String| {
                let person = names
                    .people
                    .get(&email_key(email))
                    .ok_or_else(|| Cause::Unknown(format!("nobody with the email {email} is known")))?;
                Ok(NamedPerson { id: person.id, name: person.name.clone() })
            };
            Approvers::People { people: emails.iter().map(named).collect::<Result<_, Cause>>()? }
        }
    };
    let required = match &step.required {
        RequiredFile::Count(0) => return Err(Cause::Bad("at least one approval is required".to_owned())),
        RequiredFile::Count(count) => Required::AtLeast(*count),
        RequiredFile::Word(word) => match word.as_str() {
            "any" => Required::Any,
            "all" => Required::All,
            other => return Err(Cause::Bad(format!("{other:?} is neither any, all nor a number"))),
        },
    };
    Ok(Step { approvers, required })
}
