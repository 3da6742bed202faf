//! What is wrong with a configuration file, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1; 0 when the problem is the file as a whole.
    pub line: u64,
    /// The column, from 1; 0 when unknown.
    pub column: u64,
    /// The key, e.g. `http.max_body_size`; empty for the file as a whole.
    pub key: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// A problem without a place.
    pub(crate) fn whole_file(message: impl Into<String>) -> Self {
        Self { line: 0, column: 0, key: String::new(), message: message.into() }
    }

    /// A problem of a key whose place is not known, found after reading.
    pub(crate) fn of_key(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { line: 0, column: 0, key: key.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// All problems of one file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// The file.
    pub file: PathBuf,
    /// In order of appearance, never empty.
    pub list: Vec<Problem>,
}

impl Problems {
    pub(crate) fn new(file: &Path, list: Vec<Problem>) -> Self {
        Self { file: file.to_path_buf(), list }
    }

    /// One problem without a place.
    pub(crate) fn whole_file(file: &Path, message: String) -> Self {
        Self::new(file, vec![Problem::whole_file(message)])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.list.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            write!(f, "{}", self.file.display())?;
            if problem.line > 0 {
                write!(f, ":{}:{}", problem.line, problem.column)?;
            }
            write!(f, ": {problem}")?;
        }
        Ok(())
    }
}

/// The candidate a misspelt word was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
