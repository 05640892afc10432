//! Groups with their members: a list in a cell, or one line for each member.

use super::table::{Field, Row, Table};
use super::{How, ImportError, Problems, Report, losses};
use domain::ids::{GroupId, PersonId};
use domain::text::{email_key, name_key};
use domain::validate::{self, NAME_MAX, TEXT_MAX};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::Session;
use store::directory::groups::{self, Group};
use store::directory::people::{self, Person};

const NAME: usize = 0;
const DESCRIPTION: usize = 1;
const MEMBERS: usize = 2;
const FIELDS: [Field; 3] = [
    &["name", "groupname", "displayname", "groupdisplayname", "group", "cn"],
    &["description", "groupdescription"],
    &["members", "member", "memberemail", "memberemails", "memberupn", "useremail", "email"],
];

struct Wanted {
    group: Group,
    new: bool,
    changed: bool,
    members: BTreeSet<PersonId>,
}

/// Imports groups. A members column replaces the imported memberships of each group that the file names.
pub(super) async fn import(session: &mut Session, bytes: &[u8], how: How) -> Result<Report, ImportError> {
    let table = Table::read(bytes, &FIELDS, &[MEMBERS], how)?;
    let everybody = people::all(session).await?;
    let (mut known, mut held) = (groups::all(session).await?, false);
    let (wanted, left_out) = loop {
        let found = plan(&table, &known, &everybody, how)?;
        let there: Vec<GroupId> = found.0.values().filter(|want| !want.new).map(|want| want.group.id).collect();
        // What somebody else writes at the same time is waited for, and read again.
        if held || !groups::hold_many(session, &there).await? {
            break found;
        }
        (known, held) = (groups::all(session).await?, true);
    };
    let mut report = Report { notices: table.notices.clone(), left_out, ..Report::default() };
    let all: Vec<Group> =
        wanted.values().filter(|want| want.new || want.changed).map(|want| want.group.clone()).collect();
    groups::put(session, &all).await?;
    let emails: HashMap<PersonId, &str> = everybody.values().map(|person| (person.id, person.email.as_str())).collect();
    for want in wanted.values() {
        let members = if table.has(MEMBERS) { replace(session, want, &emails, &mut report).await? } else { None };
        let name = &want.group.name;
        match (want.new, want.changed || members.is_some()) {
            (true, _) => {
                report.created += 1;
                report.changes.push(format!("create group {name} with {} members", want.members.len()));
            }
            (false, true) => {
                report.updated += 1;
                let (more, fewer) = members.unwrap_or_default();
                report.changes.push(format!("update group {name}: {more} members more, {fewer} fewer"));
            }
            (false, false) => report.unchanged += 1,
        }
    }
    Ok(report)
}

fn plan(
    table: &Table,
    known: &HashMap<String, Group>,
    everybody: &HashMap<String, Person>,
    how: How,
) -> Result<(BTreeMap<String, Wanted>, Vec<String>), ImportError> {
    let mut problems = Problems::new(how);
    let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
    for row in &table.rows {
        let Ok(name) = validate::name("name", row.get(NAME)) else {
            let message = format!("a group needs a name of one line, 1 to {NAME_MAX} characters");
            problems.add(row.line, table.place(row, NAME), message);
            continue;
        };
        let entry = wanted.entry(name_key(&name)).or_insert_with(|| {
            let before = known.get(&name_key(&name)).cloned();
            Wanted {
                new: before.is_none(),
                group: before.unwrap_or_else(|| Group::new(&name, "")),
                changed: false,
                members: BTreeSet::new(),
            }
        });
        match description(table, row, DESCRIPTION, &mut problems) {
            Some(text) if entry.group.description != text => {
                entry.group.description = text;
                entry.changed = true;
            }
            _ => {}
        }
        let found = people_of(table, row, MEMBERS, everybody, &mut problems);
        entry.members.extend(found);
    }
    let left_out = problems.done()?;
    Ok((wanted, left_out))
}

/// A description, when the row has one that can be kept.
pub(super) fn description(table: &Table, row: &Row, field: usize, problems: &mut Problems) -> Option<String> {
    validate::text("description", row.get(field), false).unwrap_or_else(|_| {
        problems.add(row.line, table.place(row, field), format!("longer than {TEXT_MAX} bytes"));
        None
    })
}

/// The people whose emails a cell lists, between semicolons, commas or line ends.
pub(super) fn people_of(
    table: &Table,
    row: &Row,
    field: usize,
    everybody: &HashMap<String, Person>,
    problems: &mut Problems,
) -> BTreeSet<PersonId> {
    let mut out = BTreeSet::new();
    for text in row.list(field).flat_map(|part| part.split(',')).map(str::trim).filter(|text| !text.is_empty()) {
        let email = email_key(text);
        match everybody.get(&email) {
            Some(person) => {
                out.insert(person.id);
            }
            None => {
                let message = format!("nobody with the email {email} is known");
                problems.unknown(row.line, table.place(row, field), message);
            }
        }
    }
    out
}

/// Replaces the imported members; how many came and went, if any did.
async fn replace(
    session: &mut Session,
    want: &Wanted,
    emails: &HashMap<PersonId, &str>,
    report: &mut Report,
) -> Result<Option<(usize, usize)>, ImportError> {
    let id = want.group.id;
    let before: BTreeSet<PersonId> = groups::imported_members(session, id).await?.into_iter().collect();
    if before == want.members {
        return Ok(None);
    }
    let active = groups::members(session, id).await?;
    groups::clear_imported(session, id).await?;
    let pairs: Vec<_> = want.members.iter().map(|person| (id, *person)).collect();
    groups::add_imported(session, &pairs).await?;
    let leavers: Vec<(PersonId, String)> = before
        .difference(&want.members)
        .filter(|person| active.iter().any(|member| member.id == **person))
        .map(|person| (*person, emails.get(person).copied().unwrap_or_default().to_owned()))
        .collect();
    if !leavers.is_empty() {
        report.losses.extend(losses::of_group(session, id, &want.group.name, &leavers).await?);
    }
    Ok(Some((want.members.difference(&before).count(), before.difference(&want.members).count())))
}
