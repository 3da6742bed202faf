//! Findings of composition as text: the file instead of the subgraph's name, and the line itself.

use std::collections::HashMap;
use std::fmt::Write;

use federation::compose::{Diagnostic, Severity};

/// The texts that were composed, by subgraph.
#[derive(Default)]
pub(super) struct Sources {
    by_subgraph: HashMap<String, Source>,
}

struct Source {
    /// The file, or the subgraph's name.
    label: String,
    lines: Vec<String>,
}

impl Sources {
    /// Keeps the text of a subgraph.
    pub(super) fn add(&mut self, subgraph: &str, label: String, sdl: &str) {
        let lines = sdl.lines().map(str::to_owned).collect();
        self.by_subgraph.insert(subgraph.to_owned(), Source { label, lines });
    }

    /// A finding with the lines it speaks of.
    pub(super) fn show(&self, finding: &Diagnostic) -> String {
        let severity = match finding.severity() {
            Severity::Error => "error",
            Severity::Hint => "hint",
        };
        let mut text = format!("{severity}[{}]: {}", finding.code.as_str(), finding.message);
        for place in &finding.locations {
            let source = self.by_subgraph.get(&place.subgraph);
            let label = source.map_or(place.subgraph.as_str(), |source| &source.label);
            if place.line == 0 {
                let _ = write!(text, "\n  --> {label}");
                continue;
            }
            let _ = write!(text, "\n  --> {label}:{}:{}", place.line, place.column);
            if let Some(line) = source.and_then(|source| source.lines.get(place.line - 1)) {
                let _ = write!(text, "\n   | {}", line.trim_end().replace('\t', " "));
                let _ = write!(text, "\n   | {}^", " ".repeat(place.column.saturating_sub(1)));
            }
        }
        for note in &finding.notes {
            let _ = write!(text, "\n  note: {note}");
        }
        let _ = write!(text, "\n  help: {}", finding.help());
        text
    }
}
