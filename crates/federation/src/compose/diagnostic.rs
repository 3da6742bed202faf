//! What composition has to say: a code, a sentence, the places concerned and what to do.

use std::fmt;

use super::code::{Code, Severity};

/// A place in a subgraph's SDL.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// The subgraph's name as the caller gave it.
    pub subgraph: String,
    /// Line, counted from 1; 0 when the subgraph as a whole is meant.
    pub line: usize,
    /// Column in characters, counted from 1; 0 when the subgraph as a whole is meant.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "{}", self.subgraph),
            line => write!(formatter, "{}:{}:{}", self.subgraph, line, self.column),
        }
    }
}

/// One finding of composition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What it is about.
    pub code: Code,
    /// One sentence with the names concerned, lower-case start, no final dot.
    pub message: String,
    /// Further facts, one sentence each.
    pub notes: Vec<String>,
    /// The places concerned, most telling first. Empty when no subgraph is to blame.
    pub locations: Vec<Location>,
}

impl Diagnostic {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), notes: Vec::new(), locations: Vec::new() }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn at(mut self, location: Location) -> Self {
        self.locations.push(location);
        self
    }

    pub(crate) fn at_all(mut self, locations: impl IntoIterator<Item = Location>) -> Self {
        self.locations.extend(locations);
        self
    }

    /// Whether this stops composition.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        self.code.help()
    }

    fn sort_key(&self) -> (Option<&Location>, Code, &str) {
        (self.locations.first(), self.code, &self.message)
    }
}

/// Plain text for a terminal: the finding, its places and what to do, on lines of their own.
impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = match self.severity() {
            Severity::Error => "error",
            Severity::Hint => "hint",
        };
        write!(formatter, "{label}[{}]: {}", self.code, self.message)?;
        for location in &self.locations {
            write!(formatter, "\n  --> {location}")?;
        }
        for note in &self.notes {
            write!(formatter, "\n  note: {note}")?;
        }
        write!(formatter, "\n  help: {}", self.help())
    }
}

/// Diagnostics in an order that depends on nothing but themselves, each once.
pub(crate) fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    diagnostics.dedup();
    diagnostics
}
