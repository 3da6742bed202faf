//! CSV files as spreadsheets write them: a header row, then records with line numbers.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord};

use super::problem::{BadFile, Problem};
use super::source::TextFile;

/// A column a file may have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// Whether the file must have it.
    pub(super) required: bool,
}

/// A column that must be there.
pub(super) const fn required(name: &'static str) -> Column {
    Column { name, required: true }
}

/// A column that may be missing.
pub(super) const fn optional(name: &'static str) -> Column {
    Column { name, required: false }
}

/// A file's records with the positions of known columns.
pub(super) struct Table {
    positions: HashMap<&'static str, usize>,
    /// Each with the line it begins on.
    records: Vec<(u64, StringRecord)>,
}

/// One record.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    /// The line in the file.
    pub(super) line: u64,
    positions: &'a HashMap<&'static str, usize>,
    record: &'a StringRecord,
}

impl<'a> Row<'a> {
    /// A cell without the white space around it; `None` when empty or when the file lacks the column.
    pub(super) fn get(&self, column: &str) -> Option<&'a str> {
        let text = self.record.get(*self.positions.get(column)?)?.trim();
        (!text.is_empty()).then_some(text)
    }
}

impl Table {
    /// Checks a file's form: separator, header, record lengths.
    pub(super) fn read(file: &TextFile, columns: &'static [Column]) -> Result<Self, BadFile> {
        Self::parse(&file.text, columns).map_err(|problems| file.refuse(problems))
    }

    fn parse(text: &str, columns: &'static [Column]) -> Result<Self, Vec<Problem>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        check_separator(text)?;
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| vec![Problem::file(error.to_string())])?.clone();
        let positions = positions(&header, columns)?;
        let mut records = Vec::new();
        let mut problems = Vec::new();
        let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
        for record in reader.into_records() {
            let line = record
                .as_ref()
                .ok()
                .and_then(StringRecord::position)
                .map_or(0, |position| lines.of(position));
            match record {
                Ok(record) if record.iter().all(|cell| cell.trim().is_empty()) => {}
                Ok(record) if record.len() != header.len() => {
                    let reason = format!(
                        "{} cells where the header has {}; a comma inside a value needs quotes around the value",
                        record.len(),
                        header.len()
                    );
                    problems.push(Problem::row(line, reason));
                }
                Ok(record) => records.push((line, record)),
                Err(error) => problems.push(Problem::file(error.to_string())),
            }
        }
        if problems.is_empty() { Ok(Self { positions, records }) } else { Err(problems) }
    }

    /// The records in file order.
    pub(super) fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.records.iter().map(|(line, record)| Row { line: *line, positions: &self.positions, record })
    }
}

/// Counts lines up to records. The reader's own count is of where the record before ended, which blank lines
/// and CRLF make another one.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of a record's first character; records come in order.
    fn of(&mut self, position: &csv::Position) -> u64 {
        let ended = usize::try_from(position.byte()).unwrap_or(usize::MAX).min(self.text.len());
        let breaks = self.text[ended..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let begins = ended + breaks;
        let passed = self.text.get(self.at..begins).unwrap_or_default();
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.at = begins;
        self.line
    }
}

/// Spreadsheets of many countries write semicolons; guessing would misread decimal commas, so say what to do.
fn check_separator(text: &str) -> Result<(), Vec<Problem>> {
    let header = text.lines().next().unwrap_or_default();
    for (separator, name) in [(';', "semicolons"), ('\t', "tabs")] {
        if header.contains(separator) && !header.contains(',') {
            let reason = format!(
                "values are separated by {name}; export it with commas (in most programs: \"CSV (comma delimited)\")"
            );
            return Err(vec![Problem::row(1, reason)]);
        }
    }
    if header.trim().is_empty() {
        return Err(vec![Problem::row(1, "the first line must name the columns")]);
    }
    Ok(())
}

fn positions(
    header: &StringRecord,
    columns: &'static [Column],
) -> Result<HashMap<&'static str, usize>, Vec<Problem>> {
    let mut positions = HashMap::new();
    let mut problems = Vec::new();
    for (position, cell) in header.iter().enumerate() {
        let name = cell.trim().to_lowercase().replace([' ', '-'], "_");
        match columns.iter().find(|column| column.name == name) {
            Some(column) => {
                if positions.insert(column.name, position).is_some() {
                    problems.push(Problem::cell(1, column.name, "stands in the header twice"));
                }
            }
            None => problems.push(Problem::row(
                1,
                format!("unknown column `{}`; known are: {}", cell.trim(), list(columns)),
            )),
        }
    }
    for column in columns.iter().filter(|column| column.required && !positions.contains_key(column.name)) {
        problems.push(Problem::row(1, format!("column `{}` is missing", column.name)));
    }
    if problems.is_empty() { Ok(positions) } else { Err(problems) }
}

fn list(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[required("code"), required("name"), optional("city")];

    /// A line number with the row's cells.
    type Cells = (u64, Vec<Option<String>>);

    fn parse(text: &str) -> Result<Vec<Cells>, Vec<String>> {
        match Table::parse(text, COLUMNS) {
            Ok(table) => Ok(table
                .rows()
                .map(|row| {
                    (row.line, COLUMNS.iter().map(|column| row.get(column.name).map(str::to_owned)).collect())
                })
                .collect()),
            Err(problems) => Err(problems.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let text =
            "\u{feff}Code,Name,City\r\n\r\nA1,\"Market, North\",Reno\r\n,,\r\nA2,\"Say \"\"hi\"\"\",\r\n";
        let rows = parse(text).unwrap();
        let cell = |text: &str| Some(text.to_owned());
        assert_eq!(
            rows,
            [
                (3, vec![cell("A1"), cell("Market, North"), cell("Reno")]),
                (5, vec![cell("A2"), cell("Say \"hi\""), None])
            ]
        );
    }

    #[test]
    fn other_separators_are_refused_with_a_hint() {
        assert!(parse("code;name\nA;B\n").unwrap_err()[0].contains("semicolons"));
        assert!(parse("code\tname\nA\tB\n").unwrap_err()[0].contains("tabs"));
    }

    #[test]
    fn unknown_and_missing_columns_are_all_reported() {
        let problems = parse("code,nam,town\n").unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");
    }

    #[test]
    fn a_row_with_too_many_cells_is_reported_with_its_line() {
        assert_eq!(
            parse("code,name\nA,B\nC,D,E\n").unwrap_err(),
            ["line 3: 3 cells where the header has 2; a comma inside a value needs quotes around the value"]
        );
    }
}
