//! Comma-separated values, strictly: an open quote is an error and every row knows its line.
//!
//! The `csv` crate takes the rest of a file for one cell when a quote is not closed, and counts lines by LF only; neither can be
//! seen from outside.

/// A row of cells, and the line on which it begins, as an editor counts: CRLF, LF and CR each end a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) line: u64,
    pub(super) cells: Vec<String>,
    /// Whether a cell after the first is written after a space.
    pub(super) spaced: bool,
}

/// A quote that makes no sense: the line of the row, the cell from 1, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) line: u64,
    pub(super) cell: usize,
    pub(super) message: String,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: u64,
    delimiter: u8,
}

/// Reads all rows. Empty lines are no rows.
///
/// # Errors
/// The first quote that nothing closes, or that closes in the middle of a cell.
pub(super) fn read(text: &str, line: u64, delimiter: u8) -> Result<Vec<Record>, Open> {
    let mut reader = Reader { text, at: 0, line, delimiter };
    let mut records = Vec::new();
    while reader.at < text.len() {
        if reader.line_end() {
            continue;
        }
        records.push(reader.record()?);
    }
    Ok(records)
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over one end of a line, if there is one.
    fn line_end(&mut self) -> bool {
        match self.peek() {
            Some(b'\r') => {
                self.at += 1;
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
            }
            Some(b'\n') => self.at += 1,
            _ => return false,
        }
        self.line += 1;
        true
    }

    fn record(&mut self) -> Result<Record, Open> {
        let mut record = Record { line: self.line, ..Record::default() };
        loop {
            let (cell, spaced) = self.cell(record.cells.len() + 1)?;
            record.spaced |= spaced && !record.cells.is_empty();
            record.cells.push(cell);
            if self.peek() == Some(self.delimiter) {
                self.at += 1;
            } else {
                self.line_end();
                return Ok(record);
            }
        }
    }

    /// The text of a cell, and whether it is written after a space.
    fn cell(&mut self, number: usize) -> Result<(String, bool), Open> {
        let start = self.at;
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        let spaced = self.at > start;
        if self.peek() == Some(b'"') {
            return Ok((self.quoted(number)?, spaced));
        }
        let rest = &self.text.as_bytes()[start..];
        let length = rest.iter().position(|byte| *byte == self.delimiter || matches!(byte, b'\r' | b'\n'));
        self.at = length.map_or(self.text.len(), |length| start + length);
        let cell = &self.text[start..self.at];
        Ok((cell.to_owned(), spaced && !cell.trim().is_empty()))
    }

    fn quoted(&mut self, cell: usize) -> Result<String, Open> {
        let line = self.line;
        let mut text = String::new();
        self.at += 1;
        let mut from = self.at;
        loop {
            match self.peek() {
                None => {
                    return Err(Open { line, cell, message: "a quote opens here, and nothing closes it".to_owned() });
                }
                Some(b'\r' | b'\n') => {
                    self.line_end();
                }
                Some(b'"') => {
                    text.push_str(&self.text[from..self.at]);
                    self.at += 1;
                    from = self.at;
                    if self.peek() != Some(b'"') {
                        break;
                    }
                    // A quote that is written twice is one of the text: it stays where the next piece begins.
                    self.at += 1;
                }
                Some(_) => self.at += 1,
            }
        }
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        match self.peek() {
            None | Some(b'\r' | b'\n') => Ok(text),
            Some(byte) if byte == self.delimiter => Ok(text),
            Some(_) => {
                let place = if self.line == line { String::new() } else { format!(" in line {}", self.line) };
                Err(Open {
                    line,
                    cell,
                    message: format!(
                        "the quote that opens here closes{place} in the middle of a text: one is missing, or a quote inside of the \
                         cell is not written twice"
                    ),
                })
            }
        }
    }
}
