//! People.

use super::table::{Field, Row, Table, switch};
use super::{ImportError, Problems, Report};
use crate::Origin;
use domain::ids::PersonId;
use domain::people::Actor;
use domain::validate::{self, NAME_MAX};
use std::collections::HashMap;
use store::Session;
use store::directory::people::{self, Person};

const EMAIL: usize = 0;
const NAME: usize = 1;
const FIRST: usize = 2;
const LAST: usize = 3;
const DEPARTMENT: usize = 4;
const TITLE: usize = 5;
const MANAGER: usize = 6;
const ACTIVE: usize = 7;
const ADMIN: usize = 8;
const TIMEZONE: usize = 9;
const SUSPENDED: usize = 10;

/// Headers of JumpCloud, Google Workspace, Entra and Okta, and our own.
const FIELDS: [Field; 11] = [
    &[
        "email",
        "emailaddress",
        "emailaddressrequired",
        "mail",
        "primaryemail",
        "workemail",
        "userprincipalname",
        "login",
        "username",
    ],
    &["name", "displayname", "fullname"],
    &["firstname", "firstnamerequired", "givenname"],
    &["lastname", "lastnamerequired", "surname", "familyname"],
    &["department", "dept"],
    &["title", "jobtitle", "employeetitle"],
    &["manager", "manageremail", "managersemail", "manageremailaddress", "managerupn"],
    &["active", "accountenabled", "enabled", "status", "statusreadonly", "state", "activated", "accountstatus"],
    &["admin", "isadmin", "administrator"],
    &["timezone", "tz"],
    &["suspended", "issuspended"],
];

/// Imports people.
pub(super) async fn import(
    session: &mut Session,
    bytes: &[u8],
    invite: bool,
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<Report, ImportError> {
    // Whoever takes admins away at the same time waits: the last one stays.
    people::hold_admins(session).await?;
    let mut problems = Problems::default();
    let table = Table::read(bytes, &FIELDS, &mut problems)?;
    table.require(EMAIL, FIELDS[EMAIL])?;
    let known = people::all(session).await?;
    let mut lines: HashMap<String, u64> = HashMap::new();
    let mut after: Vec<(Person, u64, String)> = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let Some(email) = email(&table, row, &mut lines, &mut problems) else { continue };
        let person = known.get(&email).cloned();
        let person = merge(&table, row, &email, person, &mut problems);
        after.push((person, row.line, row.get(MANAGER).to_lowercase()));
    }
    if table.has(MANAGER) {
        managers(&table, &known, &mut after, &mut problems);
    }
    cycles(&table, &known, &after, &mut problems);
    let admins = |person: &&Person| person.admin && person.active;
    let before = known.values().filter(admins).count();
    let touched: HashMap<&str, &Person> = after.iter().map(|(person, ..)| (person.email.as_str(), person)).collect();
    let left = known
        .values()
        .map(|person| touched.get(person.email.as_str()).copied().unwrap_or(person))
        .filter(admins)
        .count();
    if before > 0 && left == 0 && !touched.values().any(admins) {
        problems.add(1, None, "no active administrator would be left");
    }
    problems.done()?;
    write(session, &known, after, table.notices, invite, actor, origin).await
}

fn email(table: &Table, row: &Row, lines: &mut HashMap<String, u64>, problems: &mut Problems) -> Option<String> {
    let Ok(email) = validate::email("email", row.get(EMAIL)) else {
        problems.add(row.line, table.column(EMAIL), format!("{:?} is not an email address", row.get(EMAIL)));
        return None;
    };
    if let Some(before) = lines.insert(email.clone(), row.line) {
        problems.add(row.line, table.column(EMAIL), format!("{email} stands in line {before} already"));
        return None;
    }
    Some(email)
}

fn merge(table: &Table, row: &Row, email: &str, known: Option<Person>, problems: &mut Problems) -> Person {
    let new = known.is_none();
    let mut person = known.unwrap_or_else(|| Person::new(email, ""));
    let joined =
        [row.get(FIRST), row.get(LAST)].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ");
    let name = if row.get(NAME).is_empty() { joined.as_str() } else { row.get(NAME) };
    if !name.is_empty() {
        person.name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    } else if new {
        problems.add(row.line, table.column(NAME).or_else(|| table.column(FIRST)), "a new person needs a name");
    }
    for (field, slot) in [(DEPARTMENT, &mut person.department), (TITLE, &mut person.title)] {
        if table.has(field) {
            // One line, however the other program wrote it.
            *slot = row.get(field).split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }
    for (field, text) in [(NAME, &person.name), (DEPARTMENT, &person.department), (TITLE, &person.title)] {
        if text.chars().count() > NAME_MAX {
            problems.add(row.line, table.column(field), format!("longer than {NAME_MAX} characters"));
        }
    }
    if table.has(TIMEZONE) {
        let zone = row.get(TIMEZONE);
        if !zone.is_empty() && jiff::tz::TimeZone::get(zone).is_err() {
            problems.add(row.line, table.column(TIMEZONE), format!("there is no time zone {zone:?}"));
        }
        person.timezone = Some(zone.to_owned()).filter(|zone| !zone.is_empty());
    }
    for (field, inverted) in [(ACTIVE, false), (SUSPENDED, true), (ADMIN, false)] {
        let text = row.get(field);
        if text.is_empty() {
            continue;
        }
        match switch(text) {
            Some(on) if field == ADMIN => person.admin = on,
            Some(on) => person.active = on != inverted,
            None => problems.add(row.line, table.column(field), format!("{text:?} is neither yes nor no")),
        }
    }
    person
}

fn managers(
    table: &Table,
    known: &HashMap<String, Person>,
    after: &mut [(Person, u64, String)],
    problems: &mut Problems,
) {
    let ids: HashMap<String, PersonId> = after.iter().map(|(person, ..)| (person.email.clone(), person.id)).collect();
    for (person, line, manager) in after.iter_mut() {
        if manager.is_empty() {
            person.manager = None;
            continue;
        }
        match ids.get(manager.as_str()).copied().or_else(|| known.get(manager.as_str()).map(|person| person.id)) {
            Some(id) if id == person.id => problems.add(*line, table.column(MANAGER), "nobody is their own manager"),
            Some(id) => person.manager = Some(id),
            None => problems.add(*line, table.column(MANAGER), format!("nobody with the email {manager} is known")),
        }
    }
}

/// Manager chains over file and database must end. Each person is walked over once.
fn cycles(table: &Table, known: &HashMap<String, Person>, after: &[(Person, u64, String)], problems: &mut Problems) {
    let mut manager: HashMap<PersonId, Option<PersonId>> =
        known.values().map(|person| (person.id, person.manager)).collect();
    manager.extend(after.iter().map(|(person, ..)| (person.id, person.manager)));
    let lines: HashMap<PersonId, u64> = after.iter().map(|(person, line, _)| (person.id, *line)).collect();
    let names: HashMap<PersonId, &str> = known
        .values()
        .chain(after.iter().map(|(person, ..)| person))
        .map(|person| (person.id, person.email.as_str()))
        .collect();
    let mut walk: HashMap<PersonId, usize> = HashMap::new();
    for (index, (start, ..)) in after.iter().enumerate() {
        let mut path = Vec::new();
        let mut at = Some(start.id);
        while let Some(person) = at {
            if let Some(seen) = walk.get(&person) {
                if *seen == index {
                    let begin = path.iter().position(|step| *step == person).unwrap_or(0);
                    let circle: Vec<&str> = path[begin..].iter().filter_map(|step| names.get(step).copied()).collect();
                    let line = path[begin..].iter().find_map(|step| lines.get(step)).copied().unwrap_or(1);
                    problems.add(
                        line,
                        table.column(MANAGER),
                        format!("managers form a circle: {}", circle.join(" → ")),
                    );
                }
                break;
            }
            walk.insert(person, index);
            path.push(person);
            at = manager.get(&person).copied().flatten();
        }
    }
}

async fn write(
    session: &mut Session,
    known: &HashMap<String, Person>,
    after: Vec<(Person, u64, String)>,
    notices: Vec<String>,
    invite: bool,
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<Report, ImportError> {
    let mut report = Report { notices, ..Report::default() };
    let mut changed = Vec::new();
    let mut left = Vec::new();
    let mut invited = Vec::new();
    for (person, ..) in after {
        match known.get(&person.email) {
            None => {
                report.created += 1;
                report.changes.push(format!("create person {} ({})", person.email, person.name));
                if invite && person.active {
                    invited.push(crate::login::invitation(person.id));
                }
            }
            Some(before) if *before == person => {
                report.unchanged += 1;
                continue;
            }
            Some(before) => {
                report.updated += 1;
                report.changes.push(format!("update person {}: {}", person.email, difference(before, &person)));
                if before.active && !person.active {
                    left.push(person.id);
                }
            }
        }
        changed.push(person);
    }
    people::put(session, &changed).await?;
    report.invited = invited.len();
    store::outbox::insert_many(session, &invited).await?;
    for person in left {
        let grants = store::grants::live_of(session, person).await?;
        let open = store::requests::open_of(session, person).await?;
        if grants > 0 || !open.is_empty() {
            let numbers: Vec<String> = open.iter().map(|number| format!("#{number}")).collect();
            let email = people::by_id(session, person).await?.map(|person| person.email).unwrap_or_default();
            let canceled =
                if numbers.is_empty() { String::new() } else { format!(", {} are canceled", numbers.join(" ")) };
            report.changes.push(format!("because {email} leaves: {grants} grants end{canceled}"));
        }
        crate::requests::person_left(session, person, actor, origin).await?;
    }
    Ok(report)
}

fn difference(before: &Person, after: &Person) -> String {
    let mut parts = Vec::new();
    for (name, a, b) in [
        ("name", &before.name, &after.name),
        ("department", &before.department, &after.department),
        ("title", &before.title, &after.title),
    ] {
        if a != b {
            parts.push(format!("{name} {a:?} → {b:?}"));
        }
    }
    for (name, a, b) in [("active", before.active, after.active), ("admin", before.admin, after.admin)] {
        if a != b {
            parts.push(format!("{name} {a} → {b}"));
        }
    }
    if before.manager != after.manager {
        parts.push("another manager".to_owned());
    }
    if before.timezone != after.timezone {
        parts.push("time zone".to_owned());
    }
    parts.join(", ")
}
