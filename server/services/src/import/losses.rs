//! What an import takes from somebody, said before it happens.

use super::ImportError;
use domain::flow::Approvers;
use domain::ids::{GroupId, PersonId};
use std::collections::{BTreeMap, HashMap};
use store::Session;
use store::directory::holdings::{self, Holdings};
use store::directory::people::Person;

/// Names that are listed; the rest is counted.
const SHOWN: usize = 8;

/// Who becomes inactive, with what goes by it; who is an administrator no more; who is the manager of fewer people.
pub(super) async fn of_people(
    session: &mut Session,
    known: &HashMap<String, Person>,
    pairs: &[(&Person, Person)],
) -> Result<Vec<String>, ImportError> {
    let left: Vec<PersonId> =
        pairs.iter().filter(|(before, after)| before.active && !after.active).map(|(before, _)| before.id).collect();
    let held = holdings::of(session, &left).await?;
    let mut lines = Vec::new();
    let mut fewer: BTreeMap<&str, usize> = BTreeMap::new();
    let emails: HashMap<PersonId, &str> = known.values().map(|person| (person.id, person.email.as_str())).collect();
    for (before, after) in pairs {
        if before.active && !after.active {
            lines.push(leaves(before, held.get(&before.id)));
        } else if before.admin && !after.admin {
            lines.push(format!("{} is not an administrator any more", before.email));
        }
        if before.manager != after.manager
            && let Some(email) = before.manager.and_then(|manager| emails.get(&manager))
        {
            *fewer.entry(email).or_default() += 1;
        }
    }
    lines.extend(
        fewer.into_iter().map(|(email, count)| format!("{email} is not the manager of {} any more", people(count))),
    );
    Ok(lines)
}

fn leaves(person: &Person, held: Option<&Holdings>) -> String {
    let mut parts = Vec::new();
    if let Some(held) = held {
        if held.grants > 0 {
            parts.push(if held.grants == 1 {
                "1 grant ends".to_owned()
            } else {
                format!("{} grants end", held.grants)
            });
        }
        let open: Vec<String> = held.open.iter().map(|number| format!("#{number}")).collect();
        for (words, names) in [
            ("requests are canceled", &open),
            ("leaves the groups", &held.groups),
            ("does not approve any more in", &held.approves),
            ("owns", &held.owns),
        ] {
            if !names.is_empty() {
                parts.push(format!("{words}: {}", listed(names)));
            }
        }
        if held.reports > 0 {
            parts.push(format!("is the manager of {}", people(usize::try_from(held.reports).unwrap_or(usize::MAX))));
        }
    }
    if person.admin {
        parts.push("is an administrator".to_owned());
    }
    let rest = if parts.is_empty() { String::new() } else { format!("; {}", parts.join("; ")) };
    format!("{} becomes inactive{rest}", person.email)
}

fn people(count: usize) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

/// Names with commas; what is beyond a line is counted.
pub(super) fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let shown = names[..names.len() - more].join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Who leaves a group, and what goes by it. Those whom a grant or somebody's hand keeps in it lose nothing.
pub(super) async fn of_group(
    session: &mut Session,
    group: GroupId,
    name: &str,
    leavers: &[(PersonId, String)],
) -> Result<Option<String>, ImportError> {
    let still = store::directory::groups::members(session, group).await?;
    let mut emails: Vec<String> = leavers
        .iter()
        .filter(|(id, _)| still.iter().all(|member| member.id != *id))
        .map(|(_, email)| email.clone())
        .collect();
    if emails.is_empty() {
        return Ok(None);
    }
    emails.sort_unstable();
    let mut goes = Vec::new();
    let gives = store::directory::groups::gives(session, group).await?;
    if !gives.is_empty() {
        goes.push(format!("which gives {}", listed(&gives)));
    }
    let approves: Vec<String> = store::flows::all(session)
        .await?
        .into_iter()
        .filter(|flow| {
            let seat = |approvers: &Approvers| matches!(approvers, Approvers::Group { id, .. } if *id == group);
            flow.definition.steps.iter().any(|step| seat(&step.approvers))
        })
        .map(|flow| flow.name)
        .collect();
    if !approves.is_empty() {
        goes.push(format!("which approves in {}", listed(&approves)));
    }
    let what = if goes.is_empty() { String::new() } else { format!(", {},", goes.join(" and ")) };
    Ok(Some(format!("the group {name}{what} loses {}", listed(&emails))))
}
