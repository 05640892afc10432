//! Groups with their members: a list in a cell, or one line for each member.

use super::table::{Field, Table};
use super::{ImportError, Problems, Report};
use domain::ids::PersonId;
use domain::text::fold;
use domain::validate::{self, NAME_MAX};
use std::collections::{BTreeMap, BTreeSet};
use store::Session;
use store::directory::groups::{self, Group};
use store::directory::people;

const NAME: usize = 0;
const DESCRIPTION: usize = 1;
const MEMBERS: usize = 2;
const FIELDS: [Field; 3] = [
    &["name", "groupname", "displayname", "group"],
    &["description"],
    &["members", "member", "memberemail", "useremail", "email"],
];

struct Wanted {
    group: Group,
    new: bool,
    changed: bool,
    members: BTreeSet<PersonId>,
}

/// Imports groups. A members column replaces the imported memberships of each group that the file names.
pub(super) async fn import(session: &mut Session, bytes: &[u8]) -> Result<Report, ImportError> {
    let mut problems = Problems::default();
    let table = Table::read(bytes, &FIELDS, &mut problems)?;
    table.require(NAME, FIELDS[NAME])?;
    let known = groups::all(session).await?;
    let everybody = people::all(session).await?;
    let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
    for row in &table.rows {
        let name = row.get(NAME);
        if validate::name("name", name).is_err() {
            problems.add(
                row.line,
                table.column(NAME),
                format!("a group needs a name of one line, 1 to {NAME_MAX} characters"),
            );
            continue;
        }
        let entry = wanted.entry(fold(name)).or_insert_with(|| {
            let before = known.get(&fold(name)).cloned();
            Wanted {
                new: before.is_none(),
                group: before.unwrap_or_else(|| Group::new(name, "")),
                changed: false,
                members: BTreeSet::new(),
            }
        });
        if !row.get(DESCRIPTION).is_empty() && entry.group.description != row.get(DESCRIPTION) {
            row.get(DESCRIPTION).clone_into(&mut entry.group.description);
            entry.changed = true;
        }
        for email in row.list(MEMBERS).flat_map(|part| part.split(',')).map(|part| part.trim().to_lowercase()) {
            match everybody.get(&email) {
                Some(person) => {
                    entry.members.insert(person.id);
                }
                None => {
                    problems.add(row.line, table.column(MEMBERS), format!("nobody with the email {email} is known"))
                }
            }
        }
    }
    problems.done()?;
    let mut report = Report { notices: table.notices.clone(), ..Report::default() };
    let all: Vec<Group> =
        wanted.values().filter(|want| want.new || want.changed).map(|want| want.group.clone()).collect();
    groups::put(session, &all).await?;
    for want in wanted.values() {
        let members = if table.has(MEMBERS) { replace(session, want).await? } else { None };
        match (want.new, want.changed || members.is_some()) {
            (true, _) => {
                report.created += 1;
                report.changes.push(format!("create group {} with {} members", want.group.name, want.members.len()));
            }
            (false, true) => {
                report.updated += 1;
                let (more, fewer) = members.unwrap_or_default();
                report.changes.push(format!("update group {}: {more} members more, {fewer} fewer", want.group.name));
            }
            (false, false) => report.unchanged += 1,
        }
    }
    Ok(report)
}

/// Replaces the imported members; how many came and went, if any did.
async fn replace(session: &mut Session, want: &Wanted) -> Result<Option<(usize, usize)>, ImportError> {
    let before: BTreeSet<PersonId> = groups::imported_members(session, want.group.id).await?.into_iter().collect();
    if before == want.members {
        return Ok(None);
    }
    groups::clear_imported(session, want.group.id).await?;
    let pairs: Vec<_> = want.members.iter().map(|person| (want.group.id, *person)).collect();
    groups::add_imported(session, &pairs).await?;
    Ok(Some((want.members.difference(&before).count(), before.difference(&want.members).count())))
}
