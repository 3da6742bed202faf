//! What is wrong with a file, row by row, so that one run shows everything there is to mend.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

/// Problems shown per file; the rest is counted.
const SHOWN: usize = 50;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line in the file, the header being line 1; `None` for the file as a whole.
    pub line: Option<u64>,
    /// The column's name, when one column is to blame.
    pub column: Option<String>,
    /// What is wrong and what would do.
    pub reason: String,
}

impl Problem {
    /// A problem of the whole file.
    pub(super) fn file(reason: impl Into<String>) -> Self {
        Self { line: None, column: None, reason: reason.into() }
    }

    /// A problem of a whole row.
    pub(super) fn row(line: u64, reason: impl Into<String>) -> Self {
        Self { line: Some(line), column: None, reason: reason.into() }
    }

    /// A problem of one cell.
    pub(super) fn cell(line: u64, column: &str, reason: impl Into<String>) -> Self {
        Self { line: Some(line), column: Some(column.to_owned()), reason: reason.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.column) {
            (Some(line), Some(column)) => {
                write!(formatter, "line {line}, column `{column}`: {}", self.reason)
            }
            (Some(line), None) => write!(formatter, "line {line}: {}", self.reason),
            (None, _) => formatter.write_str(&self.reason),
        }
    }
}

/// A file that was refused; nothing of it was taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct BadFile {
    /// The file.
    pub file: PathBuf,
    /// Everything found, in line order.
    pub problems: Vec<Problem>,
}

impl BadFile {
    /// How many rows are to blame; the header is none.
    pub(super) fn rows(&self) -> usize {
        let lines: BTreeSet<u64> = self.problems.iter().filter_map(|problem| problem.line).collect();
        lines.range(2..).count()
    }
}

impl fmt::Display for BadFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        write!(formatter, "{}: {count} {noun}, nothing was imported from this file", self.file.display())?;
        for problem in self.problems.iter().take(SHOWN) {
            write!(formatter, "\n  {problem}")?;
        }
        if count > SHOWN {
            write!(formatter, "\n  ... and {} more", count - SHOWN)?;
        }
        Ok(())
    }
}
