//! Tables as other programs write them.

use super::{ImportError, Problem, Problems};
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

/// A row: its line, and its cells by field.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    cells: Vec<Option<String>>,
}

/// A table whose columns are recognised.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    pub(super) notices: Vec<String>,
    columns: Vec<Vec<(usize, String)>>,
}

/// A field with the headers under which directories export it, folded to letters and digits.
pub(super) type Field = &'static [&'static str];

fn refuse(message: String) -> ImportError {
    ImportError::Problems(vec![Problem { line: None, column: None, message }])
}

/// UTF-8 with or without BOM, UTF-16 with BOM.
pub(super) fn decode(bytes: &[u8]) -> Result<String, ImportError> {
    let encoding = match bytes {
        [0xff, 0xfe, ..] => UTF_16LE,
        [0xfe, 0xff, ..] => UTF_16BE,
        _ => UTF_8,
    };
    let (text, _, broken) = encoding.decode(bytes);
    if !broken {
        return Ok(text.into_owned());
    }
    let line = text.split('\u{fffd}').next().map_or(1, |before| before.matches('\n').count() + 1);
    Err(ImportError::Problems(vec![Problem {
        line: u64::try_from(line).ok(),
        column: None,
        message: format!("a character that is not {}; save the file as UTF-8", encoding.name()),
    }]))
}

fn plain(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The delimiter that is most frequent in the first line, outside of quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => counts.iter_mut().filter(|(mark, _)| *mark == byte).for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(mark, _)| mark)
}

impl Table {
    /// Reads a table. `fields` are looked for in order. Where several columns are synonyms of a field, in each row the first that
    /// is filled counts, earlier synonyms before later ones: other directories fill now the one, now the other.
    pub(super) fn read(bytes: &[u8], fields: &[Field], problems: &mut Problems) -> Result<Self, ImportError> {
        let text = decode(bytes)?;
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter(&text)).flexible(true).from_reader(text.as_bytes());
        let headers: Vec<String> =
            reader.headers().map_err(|error| refuse(error.to_string()))?.iter().map(str::to_owned).collect();
        let plain_headers: Vec<String> = headers.iter().map(|header| plain(header)).collect();
        let columns: Vec<Vec<(usize, String)>> = fields
            .iter()
            .map(|names| {
                let found = names.iter().filter_map(|name| plain_headers.iter().position(|header| header == name));
                found.map(|index| (index, headers[index].clone())).collect()
            })
            .collect();
        let notices = headers
            .iter()
            .enumerate()
            .filter(|(index, name)| !name.trim().is_empty() && !columns.iter().flatten().any(|(used, _)| used == index))
            .map(|(_, name)| format!("column {name} is ignored"))
            .collect();
        let mut table = Self { rows: Vec::new(), notices, columns };
        for record in reader.records() {
            let record = record.map_err(|error| refuse(error.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let cells: Vec<Option<String>> = table
                .columns
                .iter()
                .map(|columns| {
                    let mut filled = columns.iter().map(|(index, _)| record.get(*index).unwrap_or_default().trim());
                    let first = filled.clone().find(|text| !text.is_empty()).or_else(|| filled.next());
                    first.map(str::to_owned)
                })
                .collect();
            let row = Row { line, cells };
            for (field, cell) in row.cells.iter().enumerate() {
                let bad = cell
                    .as_deref()
                    .is_some_and(|text| text.chars().any(|c| c.is_control() && c != '\n' && c != '\t' && c != '\r'));
                if bad {
                    problems.add(line, table.column(field), "contains a control character");
                }
            }
            table.rows.push(row);
        }
        Ok(table)
    }

    /// Whether the file has a field at all; what it has not is left as it is.
    pub(super) fn has(&self, field: usize) -> bool {
        !self.columns[field].is_empty()
    }

    /// The column of a field, for problems.
    pub(super) fn column(&self, field: usize) -> Option<(usize, String)> {
        self.columns[field].first().map(|(index, name)| (index + 1, name.clone()))
    }

    /// Demands a field.
    pub(super) fn require(&self, field: usize, names: Field) -> Result<(), ImportError> {
        if self.has(field) {
            Ok(())
        } else {
            Err(refuse(format!("there is no column for {}; known headers: {}", names[0], names.join(", "))))
        }
    }
}

impl Row {
    /// The text of a field; empty when the file has no such column.
    pub(super) fn get(&self, field: usize) -> &str {
        self.cells[field].as_deref().unwrap_or_default()
    }

    /// The parts of a list in a cell.
    pub(super) fn list(&self, field: usize) -> impl Iterator<Item = &str> {
        self.get(field).split([';', '\n']).map(str::trim).filter(|part| !part.is_empty())
    }
}

/// A switch as directories write it; nothing when it cannot be read.
pub(super) fn switch(text: &str) -> Option<bool> {
    match plain(text).as_str() {
        "true" | "yes" | "y" | "1" | "active" | "activated" | "enabled" | "staged" | "provisioned" | "on"
        // What Okta calls people who cannot log in there right now.
        | "lockedout" | "passwordexpired" | "recovery" => Some(true),
        "false" | "no" | "n" | "0" | "inactive" | "suspended" | "disabled" | "deprovisioned" | "deleted"
        | "archived" | "off" => Some(false),
        _ => None,
    }
}
