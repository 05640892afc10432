//! Tables as other programs write them: which line is the header, what the columns mean, and that every row is as wide as it.

use super::cells::{self, Record};
use super::decode::{decode, refuse};
use super::words::plain;
use super::{How, ImportError, Problem, Problems};
use domain::validate;

/// Lines at the start among which the header is looked for.
const PREAMBLE: usize = 10;

/// A row: its line, its cells by column, and for each field the column that counts in this row.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    cells: Vec<String>,
    picked: Vec<Option<usize>>,
}

/// A table whose columns are recognised.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    pub(super) notices: Vec<String>,
    headers: Vec<String>,
    /// For each field its columns, the synonyms that come first before the others.
    columns: Vec<Vec<usize>>,
}

/// A field with the headers under which directories export it, folded to letters and digits.
pub(super) type Field = &'static [&'static str];

/// Where the header stands.
struct Start {
    at: usize,
    line: u64,
    delimiter: u8,
}

impl Table {
    /// Reads a table. `fields` are looked for in order; the first one is the key, without which there is no header. Where several
    /// columns are synonyms of a field, in each row the first that is filled counts, earlier synonyms before later ones: other
    /// directories fill now the one, now the other. `lists` are the fields whose cells may list many things on many lines.
    ///
    /// # Errors
    /// What stands in the way of reading any row: the format of the file, a quote that nothing closes, rows of another width.
    pub(super) fn read(bytes: &[u8], fields: &[Field], lists: &[usize], how: How) -> Result<Self, ImportError> {
        let problems = &mut Problems::new(how);
        let text = decode(bytes)?;
        no_other_format(&text)?;
        let mut notices = Vec::new();
        let start = start(&text, fields, &mut notices)?;
        let records = cells::read(&text[start.at..], start.line, start.delimiter).map_err(|open| {
            ImportError::Problems(vec![Problem {
                line: Some(open.line),
                column: Some((open.cell, "cell".to_owned())),
                ..Problem::new(open.message)
            }])
        })?;
        let mut records = records.into_iter();
        let Some(header) = records.next() else { return Err(refuse(None, "the file is empty")) };
        let mut table = Self::with_header(&header, fields, notices);
        table.require(0, fields[0])?;
        let width = table.headers.len();
        for record in records {
            if record.cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if let Some(message) = width_differs(&record, &header, width) {
                problems.add(record.line, None, message);
                continue;
            }
            table.check_cells(&record, start.delimiter, lists, problems);
            let row = table.row(record);
            table.check_synonyms(&row, problems);
            table.rows.push(row);
        }
        if !problems.is_empty() {
            // Rows that are shifted or swallowed would only bring problems that are none.
            return Err(std::mem::take(problems).into_error());
        }
        if table.rows.is_empty() {
            table.notices.push("there are no rows below the header".to_owned());
        }
        Ok(table)
    }

    fn with_header(header: &Record, fields: &[Field], mut notices: Vec<String>) -> Self {
        let headers: Vec<String> =
            header.cells.iter().map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let width = headers.iter().rposition(|header| !header.is_empty()).map_or(0, |last| last + 1);
        let headers = headers[..width].to_vec();
        let mut found: Vec<Vec<(usize, usize)>> = vec![Vec::new(); fields.len()];
        for (column, header) in headers.iter().enumerate() {
            match meaning(header, fields) {
                Some((field, rank)) => found[field].push((rank, column)),
                None if header.is_empty() => {
                    notices.push(format!("column {} has no header and is ignored", column + 1))
                }
                None => notices.push(format!("column {header} is ignored")),
            }
        }
        let columns = found
            .into_iter()
            .map(|mut columns| {
                columns.sort_unstable();
                columns.into_iter().map(|(_, column)| column).collect()
            })
            .collect();
        Self { rows: Vec::new(), notices, headers, columns }
    }

    fn row(&self, record: Record) -> Row {
        let mut cells = record.cells;
        cells.truncate(self.headers.len());
        let filled = |column: &&usize| !cells[**column].trim().is_empty();
        let picked = self
            .columns
            .iter()
            .map(|columns| columns.iter().find(filled).or_else(|| columns.first()).copied())
            .collect();
        Row { line: record.line, cells, picked }
    }

    /// No cell holds what cannot be shown, or what looks like rows that an open quote has swallowed.
    fn check_cells(&self, record: &Record, delimiter: u8, lists: &[usize], problems: &mut Problems) {
        let listed = |column: &usize| lists.iter().any(|field| self.columns[*field].contains(column));
        for (column, cell) in record.cells.iter().enumerate().take(self.headers.len()) {
            let place = Some((column + 1, self.headers[column].clone()));
            if cell.chars().any(validate::is_bidi_control) {
                problems.add(record.line, place, "contains a mark that turns the direction of text");
            } else if validate::has_unseen(cell, true) {
                problems.add(record.line, place, "contains a control character");
            } else if cell.contains('\u{fffd}') {
                problems.add(
                    record.line,
                    place,
                    "contains the mark of a letter that another program could not read (\u{fffd})",
                );
            } else if cell.contains(['\n', '\r']) && !listed(&column) && self.swallows(cell, delimiter) {
                let message = "a text of several lines that look like rows of their own: is a quote open?";
                problems.add(record.line, place, message);
            }
        }
    }

    /// Whether a cell of several lines holds as many separators as rows over these lines would, and where rows are narrow, an email
    /// between two separators of a line after the first.
    fn swallows(&self, cell: &str, delimiter: u8) -> bool {
        let ends = usize::try_from(super::decode::lines(cell)).unwrap_or(usize::MAX) - 1;
        let separators = cell.bytes().filter(|byte| *byte == delimiter).count();
        let width = self.headers.len();
        let email = |text: &str| validate::email("", text).is_ok();
        let mut lines = cell.split(['\r', '\n']).skip(1);
        width > 1
            && separators >= ends.saturating_mul(width - 1)
            && (width > 3 || lines.any(|line| line.split(char::from(delimiter)).any(email)))
    }

    /// Two columns of one name are taken only where they agree.
    fn check_synonyms(&self, row: &Row, problems: &mut Problems) {
        for columns in &self.columns {
            for pair in columns.windows(2) {
                let [one, other] = [pair[0], pair[1]].map(|column| row.cells[column].trim());
                let named = [pair[0], pair[1]].map(|column| plain(&self.headers[column]));
                if named[0] == named[1] && !one.is_empty() && !other.is_empty() && one != other {
                    let message =
                        format!("column {} has the same name and says {other:?} instead of {one:?}", pair[1] + 1);
                    problems.add(row.line, Some((pair[0] + 1, self.headers[pair[0]].clone())), message);
                }
            }
        }
    }

    /// Whether the file has a field at all; what it has not is left as it is.
    pub(super) fn has(&self, field: usize) -> bool {
        !self.columns[field].is_empty()
    }

    /// The columns of a field.
    pub(super) fn columns(&self, field: usize) -> &[usize] {
        &self.columns[field]
    }

    /// A column by its index, for problems.
    pub(super) fn at(&self, column: usize) -> Option<(usize, String)> {
        self.headers.get(column).map(|name| (column + 1, name.clone()))
    }

    /// The column that counts for a field in a row, for problems.
    pub(super) fn place(&self, row: &Row, field: usize) -> Option<(usize, String)> {
        row.picked[field].and_then(|column| self.at(column))
    }

    /// Takes a field away, because its columns do not mean what their headers say.
    pub(super) fn ignore(&mut self, field: usize, why: &str) {
        for column in std::mem::take(&mut self.columns[field]) {
            self.notices.push(format!("column {} is ignored{why}", self.headers[column]));
        }
        for row in &mut self.rows {
            row.picked[field] = None;
        }
    }

    /// Demands a field.
    fn require(&self, field: usize, names: Field) -> Result<(), ImportError> {
        if self.has(field) {
            Ok(())
        } else {
            Err(refuse(None, format!("there is no column for {}; known headers: {}", names[0], names.join(", "))))
        }
    }
}

impl Row {
    /// The text of a field; empty when the file has no such column.
    pub(super) fn get(&self, field: usize) -> &str {
        self.picked[field].map_or("", |column| self.cells[column].trim())
    }

    /// The text of a column.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.cells[column].trim()
    }

    /// The parts of a list in a cell: between semicolons and line ends.
    pub(super) fn list(&self, field: usize) -> impl Iterator<Item = &str> {
        self.get(field).split([';', '\n', '\r']).map(str::trim).filter(|part| !part.is_empty())
    }
}

/// The field that a header means, and the place of the header among its synonyms.
fn meaning(header: &str, fields: &[Field]) -> Option<(usize, usize)> {
    let spelled = |word: &str| {
        fields.iter().enumerate().find_map(|(field, names)| Some((field, names.iter().position(|name| *name == word)?)))
    };
    names_of(header).iter().find_map(|name| spelled(name))
}

/// What a header may be called: as a whole; without what stands before a dot (`profile.email`); without what stands in brackets
/// (`Email Address [Required]`), and then the brackets alone (`Job title [jobTitle]`).
fn names_of(header: &str) -> Vec<String> {
    let mut names = vec![plain(header)];
    for prefix in ["profile.", "user.", "name."] {
        if header.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)) {
            names.push(plain(&header[prefix.len()..]));
        }
    }
    if let Some((before, rest)) = header.split_once('[') {
        names.push(plain(before));
        names.extend(rest.split_once(']').map(|(inside, _)| plain(inside)));
    }
    names
}

/// What is wrong with the width of a row. More cells are welcome when they are empty, unless a space after a separator says that the
/// separator belongs to a text.
fn width_differs(record: &Record, header: &Record, width: usize) -> Option<String> {
    let count = record.cells.len();
    let filled = record.cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
    let shifted = count > header.cells.len() && record.spaced && !header.spaced;
    let cells = |count: usize| if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") };
    if filled > width || shifted {
        Some(format!("{}, but the header has {width}: a text that holds a separator stands in quotes", cells(count)))
    } else if count < width {
        Some(format!("{}, but the header has {width}: is a separator missing, or a quote open?", cells(count)))
    } else {
        None
    }
}

/// The separator that is most frequent in a line, outside of quotes.
fn delimiter(line: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in line.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            _ if !quoted => counts.iter_mut().filter(|(mark, _)| *mark == byte).for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(mark, _)| mark)
}

/// The first line of a text, and where the next one begins.
fn first_line(text: &str) -> (&str, usize) {
    match text.find(['\r', '\n']) {
        None => (text, text.len()),
        Some(end) if text[end..].starts_with("\r\n") => (&text[..end], end + 2),
        Some(end) => (&text[..end], end + 1),
    }
}

/// The separator that Excel names in a first line of its own, `sep=;`.
fn named_separator(line: &str) -> Result<Option<u8>, ImportError> {
    let line = line.strip_prefix('"').unwrap_or(line);
    if !line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sep=")) {
        return Ok(None);
    }
    let mut rest = line[4..].bytes();
    let mark = rest.next().filter(|mark| mark.is_ascii() && !mark.is_ascii_alphanumeric() && *mark != b'"');
    if let Some(mark) = mark
        && rest.all(|byte| byte == mark || byte == b'"' || byte == b' ')
    {
        return Ok(Some(mark));
    }
    Err(refuse(Some(1), format!("{line:?} names no separator of one character, such as sep=;")))
}

/// Lines that other programs put before the header: the type of PowerShell's `Export-Csv`, the version of Entra's templates.
fn is_preamble(line: &str) -> bool {
    let line = line.trim_matches(['"', ' ', ',', ';', '\t']);
    line.is_empty()
        || line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("#type"))
        || line.starts_with("version:v")
}

/// Finds the header: the first line that names the key, after lines of a title. Where no line does, the first one is shown for it.
fn start(text: &str, fields: &[Field], notices: &mut Vec<String>) -> Result<Start, ImportError> {
    let (mut at, mut line) = (0, 1);
    let (first, next) = first_line(text);
    let named = named_separator(first)?;
    if named.is_some() {
        (at, line) = (next, 2);
    }
    let mut fallback = None;
    let mut titles = Vec::new();
    for _ in 0..PREAMBLE {
        if at >= text.len() {
            break;
        }
        let (here, next) = first_line(&text[at..]);
        if !is_preamble(here) {
            let delimiter = named.unwrap_or_else(|| delimiter(here));
            let cells =
                cells::read(here, line, delimiter).ok().and_then(|mut found| found.pop()).unwrap_or_default().cells;
            if cells.iter().any(|cell| meaning(cell, fields).is_some_and(|(field, _)| field == 0)) {
                notices
                    .extend(titles.iter().map(|line| format!("line {line} stands before the header and is ignored")));
                return Ok(Start { at, line, delimiter });
            }
            fallback = fallback.or(Some(Start { at, line, delimiter }));
            titles.push(line);
            if cells.iter().filter(|cell| !cell.trim().is_empty()).count() > 1 {
                break;
            }
        }
        (at, line) = (at + next, line + 1);
    }
    fallback.ok_or_else(|| refuse(None, "the file is empty"))
}

/// Texts of another format, which would be a table of one column.
fn no_other_format(text: &str) -> Result<(), ImportError> {
    let begin = text.trim_start();
    let kind = match begin.get(..1) {
        Some("{" | "[") => "JSON",
        Some("<") => "HTML or XML",
        _ if ["dn: ", "dn:: ", "version: 1", "# extended LDIF"].iter().any(|start| begin.starts_with(start)) => "LDIF",
        _ => return Ok(()),
    };
    Err(refuse(None, format!("the file is {kind}, not a table; export it as CSV with a header")))
}
