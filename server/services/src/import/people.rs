//! People.

use super::managers;
use super::states::{in_use, tell_states_from_provinces};
use super::table::{Field, Row, Table};
use super::words::switch;
use super::zones::zone;
use super::{How, ImportError, Problems, Report, losses};
use crate::Origin;
use domain::ids::PersonId;
use domain::people::Actor;
use domain::validate::{self, FieldCode, NAME_MAX};
use std::collections::{BTreeSet, HashMap};
use store::Session;
use store::directory::people::{self, Person};

pub(super) const EMAIL: usize = 0;
pub(super) const NAME: usize = 1;
pub(super) const FIRST: usize = 2;
pub(super) const LAST: usize = 3;
const DEPARTMENT: usize = 4;
const TITLE: usize = 5;
pub(super) const MANAGER: usize = 6;
pub(super) const ACTIVE: usize = 7;
const ADMIN: usize = 8;
const TIMEZONE: usize = 9;
pub(super) const SUSPENDED: usize = 10;
pub(super) const STATE: usize = 11;
pub(super) const CONTROL: usize = 12;
pub(super) const ACCOUNT: usize = 13;
pub(super) const DN: usize = 14;
pub(super) const COMMON: usize = 15;

/// Headers of JumpCloud, Google Workspace, Entra, Okta and Active Directory, and our own.
const FIELDS: [Field; 16] = [
    &[
        "email",
        "emailaddress",
        "mail",
        "primaryemail",
        "primaryemailaddress",
        "workemail",
        "userprincipalname",
        "upn",
        "login",
        "username",
    ],
    &["name", "displayname", "fullname"],
    &["firstname", "givenname"],
    &["lastname", "surname", "familyname", "sn"],
    &["department", "dept", "organizations0department"],
    &["title", "jobtitle", "employeetitle", "organizations0title"],
    &[
        "manageremail",
        "managersemail",
        "manageremailaddress",
        "managerupn",
        "manageruserprincipalname",
        "managermail",
        "manager",
        "managerid",
        "managername",
        "managerdisplayname",
    ],
    &["active", "isactive", "accountenabled", "enabled", "status", "userstatus", "activated", "accountstatus"],
    &["admin", "isadmin", "administrator"],
    &["timezone", "tz", "usertimezone"],
    &[
        "suspended",
        "issuspended",
        "disabled",
        "accountdisabled",
        "isdisabled",
        "archived",
        "isarchived",
        "blocked",
        "blocksignin",
        "blocksigninyesno",
        "blockcredential",
    ],
    &["state"],
    &["useraccountcontrol"],
    &["samaccountname", "uid", "mailnickname", "employeeid", "employeenumber", "userid", "objectid", "id"],
    &["distinguishedname", "dn"],
    &["cn", "commonname"],
];

/// A person as the file wants them, and the row that says so.
pub(super) struct Planned<'t> {
    pub(super) person: Person,
    pub(super) row: &'t Row,
}

/// What the file comes to, with the directory as it is.
struct Plan<'t> {
    after: Vec<Planned<'t>>,
    notices: Vec<String>,
    left_out: Vec<String>,
}

/// Imports people. Only the columns of the file are written: whoever is changed is locked and read again before, so that what
/// somebody else changes in another column at the same time stays.
pub(super) async fn import(
    session: &mut Session,
    bytes: &[u8],
    how: How,
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<Report, ImportError> {
    // Whoever takes admins away at the same time waits: the last one stays.
    people::hold_admins(session).await?;
    let mut table = Table::read(bytes, &FIELDS, &[], how)?;
    tell_states_from_provinces(&mut table);
    if !table.has(MANAGER) {
        // These are of use only for whom somebody calls their manager by them.
        [ACCOUNT, DN, COMMON].iter().for_each(|field| table.ignore(*field, ""));
    }
    let mut held: BTreeSet<PersonId> = BTreeSet::new();
    loop {
        let known = people::all(session).await?;
        let plan = plan(&table, &known, how)?;
        let differs =
            |planned: &&Planned<'_>| known.get(&planned.person.email).is_some_and(|was| *was != planned.person);
        let fresh: Vec<PersonId> = plan
            .after
            .iter()
            .filter(differs)
            .map(|planned| planned.person.id)
            .filter(|id| !held.contains(id))
            .collect();
        if fresh.is_empty() || !people::hold_many(session, &fresh).await? {
            return write(session, &known, plan, how.invite, actor, origin).await;
        }
        held.extend(fresh);
    }
}

fn plan<'t>(table: &'t Table, known: &HashMap<String, Person>, how: How) -> Result<Plan<'t>, ImportError> {
    let mut problems = Problems::new(how);
    let mut notices = table.notices.clone();
    let mut lines: HashMap<String, u64> = HashMap::new();
    let mut after: Vec<Planned<'t>> = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let Some(email) = email(table, row, &mut lines, &mut problems) else { continue };
        let person = merge(table, row, &email, known.get(&email).cloned(), &mut problems, &mut notices);
        after.push(Planned { person, row });
    }
    if table.has(MANAGER) {
        managers::resolve(table, known, &mut after, &mut problems);
    }
    cycles(table, known, &after, &mut problems);
    let admins = |person: &&Person| person.admin && person.active;
    let before = known.values().filter(admins).count();
    let touched: HashMap<&str, &Person> =
        after.iter().map(|planned| (planned.person.email.as_str(), &planned.person)).collect();
    let left = known
        .values()
        .map(|person| touched.get(person.email.as_str()).copied().unwrap_or(person))
        .filter(admins)
        .count();
    if before > 0 && left == 0 && !touched.values().any(admins) {
        problems.add(1, None, "no active administrator would be left");
    }
    let left_out = problems.done()?;
    Ok(Plan { after, notices, left_out })
}

fn email(table: &Table, row: &Row, lines: &mut HashMap<String, u64>, problems: &mut Problems) -> Option<String> {
    let Ok(email) = validate::email("email", row.get(EMAIL)) else {
        problems.add(row.line, table.place(row, EMAIL), format!("{:?} is not an email address", row.get(EMAIL)));
        return None;
    };
    if let Some(before) = lines.insert(email.clone(), row.line) {
        problems.add(row.line, table.place(row, EMAIL), format!("{email} stands in line {before} already"));
        return None;
    }
    Some(email)
}

/// A person as known, or a new one, with what the columns of the file say.
fn merge(
    table: &Table,
    row: &Row,
    email: &str,
    known: Option<Person>,
    problems: &mut Problems,
    notices: &mut Vec<String>,
) -> Person {
    let new = known.is_none();
    let mut person = known.unwrap_or_else(|| Person::new(email, ""));
    let joined = format!("{} {}", row.get(FIRST), row.get(LAST));
    let name = one_line(if row.get(NAME).is_empty() { &joined } else { row.get(NAME) });
    let place = table.place(row, NAME).or_else(|| table.place(row, FIRST)).or_else(|| table.at(0));
    if !name.is_empty() {
        check_line(row, place, &name, problems);
        person.name = name;
    } else if new {
        problems.add(row.line, place, "a new person needs a name");
    }
    for (field, slot) in [(DEPARTMENT, &mut person.department), (TITLE, &mut person.title)] {
        if table.has(field) {
            *slot = one_line(row.get(field));
            check_line(row, table.place(row, field), slot, problems);
        }
    }
    for field in [NAME, FIRST, LAST, DEPARTMENT, TITLE] {
        if row.get(field).contains(['\n', '\r']) {
            notices.push(at(table, row, field, "a text of several lines is read as one"));
        }
    }
    if table.has(TIMEZONE) {
        timezone(table, row, &mut person, notices);
    }
    if let Some(active) = in_use(table, row, problems, notices) {
        person.active = active;
    }
    match (row.get(ADMIN), switch(row.get(ADMIN))) {
        ("", _) => {}
        (_, Some(admin)) => person.admin = admin,
        (text, None) => problems.add(row.line, table.place(row, ADMIN), format!("{text:?} is neither yes nor no")),
    }
    person
}

/// A text on one line, however the other program wrote it.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check_line(row: &Row, place: Option<(usize, String)>, text: &str, problems: &mut Problems) {
    match validate::line("", text).map_err(|error| error.code) {
        Ok(_) => {}
        Err(FieldCode::TooLong(_) | FieldCode::TooManyBytes(_)) => {
            problems.add(row.line, place, format!("longer than {NAME_MAX} characters"));
        }
        Err(_) => problems.add(row.line, place, "contains a character that turns the direction of what follows"),
    }
}

/// A notice at a cell.
fn at(table: &Table, row: &Row, field: usize, message: &str) -> String {
    super::Problem { line: Some(row.line), column: table.place(row, field), ..super::Problem::new(message) }.to_string()
}

/// A zone that nobody knows keeps nobody out: the person keeps what they had.
fn timezone(table: &Table, row: &Row, person: &mut Person, notices: &mut Vec<String>) {
    let text = row.get(TIMEZONE);
    if text.is_empty() {
        person.timezone = None;
    } else if let Some(name) = zone(text) {
        person.timezone = Some(name);
    } else {
        let stays = person
            .timezone
            .as_ref()
            .map_or_else(|| "the person goes in without one".to_owned(), |zone| format!("the person keeps {zone}"));
        notices.push(at(table, row, TIMEZONE, &format!("there is no time zone {text:?}; {stays}")));
    }
}

/// Manager chains over file and database must end. Each person is walked over once.
fn cycles(table: &Table, known: &HashMap<String, Person>, after: &[Planned<'_>], problems: &mut Problems) {
    let people = || known.values().chain(after.iter().map(|planned| &planned.person));
    let manager: HashMap<PersonId, Option<PersonId>> = people().map(|person| (person.id, person.manager)).collect();
    let names: HashMap<PersonId, &str> = people().map(|person| (person.id, person.email.as_str())).collect();
    let lines: HashMap<PersonId, &Row> = after.iter().map(|planned| (planned.person.id, planned.row)).collect();
    let mut walk: HashMap<PersonId, usize> = HashMap::new();
    for (index, Planned { person: start, .. }) in after.iter().enumerate() {
        let mut path = Vec::new();
        let mut at = Some(start.id);
        while let Some(person) = at {
            if let Some(seen) = walk.get(&person) {
                if *seen == index {
                    let begin = path.iter().position(|step| *step == person).unwrap_or(0);
                    let circle: Vec<&str> = path[begin..].iter().filter_map(|step| names.get(step).copied()).collect();
                    let row = path[begin..].iter().find_map(|step| lines.get(step)).copied();
                    problems.add(
                        row.map_or(1, |row| row.line),
                        row.and_then(|row| table.place(row, MANAGER)),
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
    plan: Plan<'_>,
    invite: bool,
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<Report, ImportError> {
    let mut report = Report { notices: plan.notices, left_out: plan.left_out, ..Report::default() };
    let mut changed = Vec::new();
    let mut left = Vec::new();
    let mut invited = Vec::new();
    let mut pairs = Vec::new();
    for Planned { person, .. } in plan.after {
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
                pairs.push((before, person.clone()));
            }
        }
        changed.push(person);
    }
    report.losses = losses::of_people(session, known, &pairs).await?;
    people::put(session, &changed).await?;
    report.invited = invited.len();
    store::outbox::insert_many(session, &invited).await?;
    for person in left {
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
