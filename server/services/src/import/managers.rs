//! Managers, in every spelling that the file itself resolves: email, login, distinguished name, "Last, First", display name.

use super::Problems;
use super::people::{ACCOUNT, COMMON, DN, EMAIL, FIRST, LAST, MANAGER, NAME, Planned};
use super::table::Table;
use domain::ids::PersonId;
use domain::text::{email_key, name_key};
use std::collections::{BTreeSet, HashMap};
use store::directory::people::Person;

/// Who is meant by a text; more than one when it does not say.
type Meant = BTreeSet<PersonId>;

/// Everything by which a person of the file or of the directory may be called.
struct Spellings {
    /// What a directory keeps unique: emails, logins, numbers, distinguished names.
    keys: HashMap<String, Meant>,
    /// Names, by their key.
    names: HashMap<String, Meant>,
    emails: HashMap<PersonId, String>,
}

/// Sets the managers that the file names. A cell that is empty takes the manager away.
pub(super) fn resolve(
    table: &Table,
    known: &HashMap<String, Person>,
    after: &mut [Planned<'_>],
    problems: &mut Problems,
) {
    let ids: HashMap<String, PersonId> =
        after.iter().map(|planned| (planned.person.email.clone(), planned.person.id)).collect();
    // Nearly every file names managers by email; the other spellings are gathered when one is needed.
    let mut spellings: Option<Spellings> = None;
    for index in 0..after.len() {
        let row = after[index].row;
        let text = row.get(MANAGER);
        if text.is_empty() {
            after[index].person.manager = None;
            continue;
        }
        let email = email_key(text);
        let by_email = ids.get(&email).copied().or_else(|| known.get(&email).map(|person| person.id));
        let found = match by_email {
            Some(id) => Meant::from([id]),
            None => spellings.get_or_insert_with(|| Spellings::new(table, known, after)).find(text),
        };
        let place = table.place(row, MANAGER);
        match (found.len(), found.first()) {
            (1, Some(id)) if *id == after[index].person.id => {
                problems.add(row.line, place, "nobody is their own manager");
            }
            (1, Some(id)) => after[index].person.manager = Some(*id),
            _ => {
                let spellings = spellings.get_or_insert_with(|| Spellings::new(table, known, after));
                problems.unknown(row.line, place, spellings.why_not(table, text, &found));
            }
        }
    }
}

impl Spellings {
    fn new(table: &Table, known: &HashMap<String, Person>, after: &[Planned<'_>]) -> Self {
        let mut all = Self { keys: HashMap::new(), names: HashMap::new(), emails: HashMap::new() };
        for person in known.values() {
            all.emails.insert(person.id, person.email.clone());
            if person.active {
                all.name(&person.name, person.id);
            }
        }
        for Planned { person, row, .. } in after {
            all.emails.insert(person.id, person.email.clone());
            for field in [EMAIL, ACCOUNT] {
                for column in table.columns(field) {
                    all.key(email_key(row.cell(*column)), person.id);
                }
            }
            for column in table.columns(DN) {
                all.key(distinguished(row.cell(*column)), person.id);
            }
            for field in [NAME, COMMON] {
                for column in table.columns(field) {
                    all.name(row.cell(*column), person.id);
                }
            }
            all.name(&person.name, person.id);
            let (first, last) = (row.get(FIRST), row.get(LAST));
            if !first.is_empty() && !last.is_empty() {
                all.name(&format!("{first} {last}"), person.id);
                all.name(&format!("{last}, {first}"), person.id);
            }
        }
        all
    }

    fn key(&mut self, key: String, person: PersonId) {
        if !key.is_empty() {
            self.keys.entry(key).or_default().insert(person);
        }
    }

    fn name(&mut self, name: &str, person: PersonId) {
        let key = name_key(name);
        if !key.is_empty() {
            self.names.entry(key).or_default().insert(person);
        }
    }

    fn find(&self, text: &str) -> Meant {
        let by_key = self.keys.get(&email_key(text)).or_else(|| self.keys.get(&distinguished(text)));
        let by_name = || {
            let common = common_name(text);
            self.names.get(&name_key(common.as_deref().unwrap_or(text)))
        };
        by_key.or_else(by_name).cloned().unwrap_or_default()
    }

    /// Why a text leads to nobody, or to several people, in words that fit how it is written.
    fn why_not(&self, table: &Table, text: &str, found: &Meant) -> String {
        if !found.is_empty() {
            return format!("{text:?} fits {}: the email of one is needed", self.listed(found));
        }
        let common = common_name(text);
        let name = common.as_deref().unwrap_or(text);
        let turned = name.split_once(',').map(|(last, first)| name_key(&format!("{first} {last}")));
        let perhaps = turned
            .and_then(|name| self.names.get(&name))
            .map(|found| format!(" (perhaps {} is meant)", self.listed(found)))
            .unwrap_or_default();
        match common {
            Some(name) if table.has(DN) => {
                format!("nobody in the file has the distinguished name {text:?}, or is called {name:?}{perhaps}")
            }
            Some(name) => format!(
                "{text:?} is a distinguished name, but the file has no column distinguishedName, and nobody is called \
                 {name:?}{perhaps}"
            ),
            None if text.contains('@') => format!("nobody with the email {} is known", email_key(text)),
            None => format!("nobody in the file or the directory is called {text:?}{perhaps}: an email is certain"),
        }
    }

    fn listed(&self, found: &Meant) -> String {
        let emails: BTreeSet<&str> = found.iter().filter_map(|id| self.emails.get(id)).map(String::as_str).collect();
        emails.into_iter().collect::<Vec<_>>().join(" and ")
    }
}

/// A distinguished name (RFC 4514) to compare: without the case and without spaces around the signs that part it.
fn distinguished(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in parts(text) {
        let (kind, value) = part.split_once('=').unwrap_or((part, ""));
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(&email_key(kind));
        out.push('=');
        out.push_str(&email_key(value));
    }
    out
}

/// The parts of a distinguished name, between commas that are not escaped.
fn parts(text: &str) -> Vec<&str> {
    let (mut out, mut from, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                out.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    out.push(text[from..].trim());
    out
}

/// The name in a distinguished name: the value of its first part, if that is a CN or UID and another part follows.
fn common_name(text: &str) -> Option<String> {
    let parts = parts(text);
    let (kind, value) = parts.first()?.split_once('=')?;
    let rest_fits = parts.len() > 1 && parts[1..].iter().all(|part| part.contains('='));
    if !rest_fits || !matches!(kind.trim().to_lowercase().as_str(), "cn" | "uid") {
        return None;
    }
    let mut out = String::new();
    let mut chars = value.trim().chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    Some(out)
}
