//! Resources with their groups and owners.

use super::groups::{description, people_of};
use super::table::{Field, Row, Table};
use super::{How, ImportError, Problems, Report, losses};
use domain::ids::{GroupId, PersonId, ResourceId};
use domain::text::name_key;
use domain::validate::{self, NAME_MAX};
use std::collections::{BTreeSet, HashMap};
use store::Session;
use store::directory::groups::Group;
use store::directory::people::Person;
use store::directory::resources::{self, Resource};
use store::directory::{groups, people};

const NAME: usize = 0;
const CATEGORY: usize = 1;
const DESCRIPTION: usize = 2;
const LINK: usize = 3;
const COLOUR: usize = 4;
const GROUPS: usize = 5;
const OWNERS: usize = 6;
const FIELDS: [Field; 7] = [
    &["name", "resource", "resourcename", "application", "applicationname", "displayname"],
    &["category", "type"],
    &["description"],
    &["link", "url", "homepageurl"],
    &["colour", "color"],
    &["groups", "group", "usergroups"],
    &["owners", "owner", "owneremail", "owneremails"],
];

struct Wanted {
    resource: Resource,
    new: bool,
    groups: BTreeSet<GroupId>,
    owners: BTreeSet<PersonId>,
}

/// What is known beside the file.
struct Known {
    resources: HashMap<String, Resource>,
    groups: HashMap<String, Group>,
    people: HashMap<String, Person>,
}

/// Imports resources.
pub(super) async fn import(session: &mut Session, bytes: &[u8], how: How) -> Result<Report, ImportError> {
    let table = Table::read(bytes, &FIELDS, &[GROUPS, OWNERS], how)?;
    let mut known = Known {
        resources: resources::all(session).await?,
        groups: groups::all(session).await?,
        people: people::all(session).await?,
    };
    let mut held = false;
    let (wanted, left_out) = loop {
        let found = plan(&table, &known, how)?;
        let there: Vec<ResourceId> = found.0.iter().filter(|want| !want.new).map(|want| want.resource.id).collect();
        // What somebody else writes at the same time is waited for, and read again.
        if held || !resources::hold_many(session, &there).await? {
            break found;
        }
        (known.resources, held) = (resources::all(session).await?, true);
    };
    let mut report = Report { notices: table.notices.clone(), left_out, ..Report::default() };
    for want in wanted {
        write(session, &table, &known, want, &mut report).await?;
    }
    Ok(report)
}

fn plan(table: &Table, known: &Known, how: How) -> Result<(Vec<Wanted>, Vec<String>), ImportError> {
    let mut problems = Problems::new(how);
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut lines: HashMap<String, u64> = HashMap::new();
    for row in &table.rows {
        let Ok(name) = validate::name("name", row.get(NAME)) else {
            let message = format!("a resource needs a name of one line, 1 to {NAME_MAX} characters");
            problems.add(row.line, table.place(row, NAME), message);
            continue;
        };
        if let Some(before) = lines.insert(name_key(&name), row.line) {
            problems.add(row.line, table.place(row, NAME), format!("{name} stands in line {before} already"));
            continue;
        }
        let before = known.resources.get(&name_key(&name)).cloned();
        let new = before.is_none();
        let resource = merge(table, row, before.unwrap_or_else(|| Resource::new(&name, "")), &mut problems);
        let groups = groups_of(table, row, &known.groups, &mut problems);
        let owners = people_of(table, row, OWNERS, &known.people, &mut problems);
        wanted.push(Wanted { resource, new, groups, owners });
    }
    let left_out = problems.done()?;
    Ok((wanted, left_out))
}

/// A resource with what the columns of the file say.
fn merge(table: &Table, row: &Row, mut resource: Resource, problems: &mut Problems) -> Resource {
    if table.has(CATEGORY) {
        let category = row.get(CATEGORY).split_whitespace().collect::<Vec<_>>().join(" ");
        if validate::line("category", &category).is_err() {
            let message = format!("a category is one line of at most {NAME_MAX} characters");
            problems.add(row.line, table.place(row, CATEGORY), message);
        }
        resource.category = category;
    }
    if table.has(DESCRIPTION) {
        resource.description = description(table, row, DESCRIPTION, problems).unwrap_or_default();
    }
    if table.has(LINK) {
        match validate::link("link", row.get(LINK)) {
            Ok(link) => resource.link = link,
            Err(_) => {
                problems.add(row.line, table.place(row, LINK), "a link begins with https:// (or http:// on loopback)")
            }
        }
    }
    if table.has(COLOUR) {
        match validate::colour("colour", row.get(COLOUR)) {
            Ok(colour) => resource.colour = colour,
            Err(_) => problems.add(row.line, table.place(row, COLOUR), "a colour is written #rgb or #rrggbb"),
        }
    }
    resource
}

/// The groups that a cell lists, between semicolons or line ends; between commas too, where no group has the comma in its name.
fn groups_of(table: &Table, row: &Row, known: &HashMap<String, Group>, problems: &mut Problems) -> BTreeSet<GroupId> {
    let mut out = BTreeSet::new();
    for part in row.list(GROUPS) {
        let names: Vec<&str> = if known.contains_key(&name_key(part)) { vec![part] } else { part.split(',').collect() };
        for name in names.into_iter().map(str::trim).filter(|name| !name.is_empty()) {
            match known.get(&name_key(name)) {
                Some(found) => {
                    out.insert(found.id);
                }
                None => problems.unknown(row.line, table.place(row, GROUPS), format!("there is no group {name}")),
            }
        }
    }
    out
}

async fn write(
    session: &mut Session,
    table: &Table,
    known: &Known,
    want: Wanted,
    report: &mut Report,
) -> Result<(), ImportError> {
    let Wanted { resource, new, groups, owners } = want;
    let name = &resource.name;
    let mut changed = new || known.resources.get(&name_key(name)) != Some(&resource);
    if changed {
        resources::put(session, &resource).await?;
    }
    if table.has(GROUPS) {
        let before: BTreeSet<_> = resources::groups(session, resource.id).await?.into_iter().collect();
        if before != groups {
            let gone = before.difference(&groups);
            let gone: Vec<String> = known
                .groups
                .values()
                .filter(|group| gone.clone().any(|id| *id == group.id))
                .map(|group| group.name.clone())
                .collect();
            lose(report, name, "is not given any more by", gone);
            resources::set_groups(session, resource.id, &groups.into_iter().collect::<Vec<_>>()).await?;
            changed = true;
        }
    }
    if table.has(OWNERS) {
        let before: BTreeSet<_> = resources::all_owners(session, resource.id).await?.into_iter().collect();
        if before != owners {
            let gone = before.difference(&owners);
            let gone: Vec<String> = known
                .people
                .values()
                .filter(|person| gone.clone().any(|id| *id == person.id))
                .map(|person| person.email.clone())
                .collect();
            lose(report, name, "is not owned any more by", gone);
            resources::set_owners(session, resource.id, &owners.into_iter().collect::<Vec<_>>()).await?;
            changed = true;
        }
    }
    match (new, changed) {
        (true, _) => {
            report.created += 1;
            report.changes.push(format!("create resource {name}"));
        }
        (false, true) => {
            report.updated += 1;
            report.changes.push(format!("update resource {name}"));
        }
        (false, false) => report.unchanged += 1,
    }
    Ok(())
}

fn lose(report: &mut Report, resource: &str, words: &str, mut gone: Vec<String>) {
    if !gone.is_empty() {
        gone.sort_unstable();
        report.losses.push(format!("{resource} {words} {}", losses::listed(&gone)));
    }
}
