//! Resources with their groups and owners.

use super::table::{Field, Table};
use super::{ImportError, Problems, Report};
use domain::ids::{GroupId, PersonId};
use domain::text::fold;
use domain::validate::{self, NAME_MAX};
use std::collections::BTreeSet;
use store::Session;
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
    &["name", "resource", "application", "applicationname", "displayname"],
    &["category", "type"],
    &["description"],
    &["link", "url", "homepageurl"],
    &["colour", "color"],
    &["groups", "group", "usergroups"],
    &["owners", "owner", "owneremail"],
];

/// Imports resources.
pub(super) async fn import(session: &mut Session, bytes: &[u8]) -> Result<Report, ImportError> {
    let mut problems = Problems::default();
    let table = Table::read(bytes, &FIELDS, &mut problems)?;
    table.require(NAME, FIELDS[NAME])?;
    let known = resources::all(session).await?;
    let all_groups = groups::all(session).await?;
    let everybody = people::all(session).await?;
    let mut wanted: Vec<(Resource, bool, BTreeSet<GroupId>, BTreeSet<PersonId>)> = Vec::new();
    let mut names = BTreeSet::new();
    for row in &table.rows {
        let name = row.get(NAME);
        if validate::name("name", name).is_err() {
            problems.add(
                row.line,
                table.column(NAME),
                format!("a resource needs a name of one line, 1 to {NAME_MAX} characters"),
            );
            continue;
        }
        if !names.insert(fold(name)) {
            problems.add(row.line, table.column(NAME), format!("{name} stands in the file twice"));
        }
        let before = known.get(&fold(name)).cloned();
        let new = before.is_none();
        let mut resource = before.unwrap_or_else(|| Resource::new(name, ""));
        if table.has(CATEGORY) {
            if row.get(CATEGORY).chars().count() > NAME_MAX {
                problems.add(row.line, table.column(CATEGORY), format!("longer than {NAME_MAX} characters"));
            }
            resource.category = row.get(CATEGORY).split_whitespace().collect::<Vec<_>>().join(" ");
        }
        if table.has(DESCRIPTION) {
            row.get(DESCRIPTION).clone_into(&mut resource.description);
        }
        if table.has(LINK) {
            resource.link = Some(row.get(LINK).to_owned()).filter(|link| !link.is_empty());
            if resource.link.as_deref().is_some_and(|link| validate::link("link", link).is_err()) {
                problems.add(row.line, table.column(LINK), "a link begins with https:// (or http:// on loopback)");
            }
        }
        if table.has(COLOUR) {
            resource.colour = Some(row.get(COLOUR).to_lowercase()).filter(|colour| !colour.is_empty());
            if resource.colour.as_deref().is_some_and(|colour| validate::colour("colour", colour).is_err()) {
                problems.add(row.line, table.column(COLOUR), "a colour is written #rgb or #rrggbb");
            }
        }
        let mut given = BTreeSet::new();
        for group in row.list(GROUPS) {
            match all_groups.get(&fold(group)) {
                Some(found) => {
                    given.insert(found.id);
                }
                None => problems.add(row.line, table.column(GROUPS), format!("there is no group {group}")),
            }
        }
        let mut owners = BTreeSet::new();
        for email in row.list(OWNERS) {
            match everybody.get(&email.to_lowercase()) {
                Some(person) => {
                    owners.insert(person.id);
                }
                None => problems.add(row.line, table.column(OWNERS), format!("nobody with the email {email} is known")),
            }
        }
        wanted.push((resource, new, given, owners));
    }
    problems.done()?;
    let mut report = Report { notices: table.notices.clone(), ..Report::default() };
    for (resource, new, given, owners) in wanted {
        let mut changed = new || known.get(&fold(&resource.name)) != Some(&resource);
        if changed {
            resources::put(session, &resource).await?;
        }
        if table.has(GROUPS) {
            let before: BTreeSet<_> = resources::groups(session, resource.id).await?.into_iter().collect();
            if before != given {
                resources::set_groups(session, resource.id, &given.into_iter().collect::<Vec<_>>()).await?;
                changed = true;
            }
        }
        if table.has(OWNERS) {
            let before: BTreeSet<_> = resources::all_owners(session, resource.id).await?.into_iter().collect();
            if before != owners {
                resources::set_owners(session, resource.id, &owners.into_iter().collect::<Vec<_>>()).await?;
                changed = true;
            }
        }
        match (new, changed) {
            (true, _) => {
                report.created += 1;
                report.changes.push(format!("create resource {}", resource.name));
            }
            (false, true) => {
                report.updated += 1;
                report.changes.push(format!("update resource {}", resource.name));
            }
            (false, false) => report.unchanged += 1,
        }
    }
    Ok(report)
}
