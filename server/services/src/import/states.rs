//! Whether an account is in use, by the columns in which other directories say so.

use super::Problems;
use super::people::{ACTIVE, CONTROL, STATE, SUSPENDED};
use super::table::{Row, Table};
use super::words::{account_control, state, switch};

/// A column State holds states of accounts in one console and provinces in the next. It is taken for states only where a value is a
/// word of a console: NO and ON are Novara and Ontario.
pub(super) fn tell_states_from_provinces(table: &mut Table) {
    let column = table.columns(STATE).to_vec();
    let mut values = table.rows.iter().flat_map(|row| column.iter().map(|column| row.cell(*column)));
    let some = values.clone().find(|value| !value.is_empty()).map(ToOwned::to_owned);
    if let Some(value) = some
        && !values.any(|value| state(value).is_some())
    {
        table.ignore(STATE, &format!(": {value:?} is no state of an account, so it is taken for a part of an address"));
    }
}

/// Whether the account of a row is in use; nothing when no column says so. Every column counts: an account that one of them calls
/// suspended is not in use, whatever the others say.
pub(super) fn in_use(table: &Table, row: &Row, problems: &mut Problems, notices: &mut Vec<String>) -> Option<bool> {
    let mut said: Vec<(bool, usize, usize)> = Vec::new();
    for field in [ACTIVE, STATE, SUSPENDED, CONTROL] {
        for column in table.columns(field) {
            let text = row.cell(*column);
            if text.is_empty() {
                continue;
            }
            let (read, message) = match field {
                ACTIVE => (state(text).or_else(|| switch(text)), "no known state of an account, nor yes or no"),
                STATE => (state(text), "no known state of an account"),
                SUSPENDED => (switch(text).map(|off| !off), "neither yes nor no"),
                _ => (account_control(text), "no number of userAccountControl"),
            };
            match read {
                Some(on) => said.push((on, field, *column)),
                None => problems.add(row.line, table.at(*column), format!("{text:?} is {message}")),
            }
        }
    }
    said.sort_unstable_by_key(|(.., column)| *column);
    let off = said.iter().find(|(on, ..)| !on);
    // That somebody is not suspended says nothing of whether they are archived.
    let on = said.iter().find(|(on, field, _)| *on && matches!(*field, ACTIVE | STATE));
    if let (Some((.., on)), Some((.., off))) = (on, off) {
        let name = |column: usize| table.at(column).map(|(_, name)| name).unwrap_or_default();
        notices.push(format!(
            "line {}: {} says {:?} and {} says {:?}; the person is not active",
            row.line,
            name(*on),
            row.cell(*on),
            name(*off),
            row.cell(*off)
        ));
    }
    off.or(said.first()).map(|(on, ..)| *on)
}
