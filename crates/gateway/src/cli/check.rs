//! What a new schema changes for clients of an old one, and which stored operations that concerns.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use federation::diff::{Change, Coordinates, Criticality, compare};
use federation::graph::Graph;
use federation::operation::{Document, Limits};
use owo_colors::{OwoColorize, Stream};
use serde::Serialize;

use super::arguments::Format;
use super::{CliError, print};
use crate::operations::{OperationProblem, documents, problems_of};
use crate::supergraph::Supergraph;

/// Lists the changes; fails when there are breaking ones.
pub(super) fn check(
    old: &Path,
    new: &Graph,
    operations: Option<&Path>,
    format: Format,
) -> Result<(), CliError> {
    let before = Supergraph::read(old)?.graph;
    let limits = Limits::default();
    let operations = match operations {
        Some(folder) => Operations::read(documents(folder, &limits)?, &before, new, &limits),
        None => Operations::default(),
    };
    let changes = compare(&before, new);
    let findings: Vec<Finding<'_>> = changes.iter().map(|change| operations.finding(change)).collect();
    match format {
        Format::Text => print(&text(&findings, &operations))?,
        Format::Json => print(&json(&findings, &operations)?)?,
    }
    match count(&findings, Criticality::Breaking).max(operations.broken.len()) {
        0 => Ok(()),
        changes => Err(CliError::Breaking { changes, path: old.to_path_buf() }),
    }
}

/// The stored operations, as far as they are valid.
#[derive(Default)]
struct Operations {
    /// What each uses of the old schema.
    used: Vec<(String, Coordinates)>,
    /// Valid before, but no longer.
    broken: Vec<OperationProblem>,
    /// Not valid before: they wait for the new schema, or were never right.
    skipped: Vec<OperationProblem>,
}

impl Operations {
    fn read(documents: Vec<(PathBuf, String)>, old: &Graph, new: &Graph, limits: &Limits) -> Self {
        let mut operations = Self::default();
        for (file, text) in documents {
            match Document::parse(old.api_schema(), &text, limits) {
                Err(errors) => operations.skipped.extend(problems_of(&file, errors).into_iter().take(1)),
                Ok(document) => {
                    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                    operations.used.push((name, Coordinates::of(old, &document)));
                    if let Err(errors) = Document::parse(new.api_schema(), &text, limits) {
                        operations.broken.extend(problems_of(&file, errors));
                    }
                }
            }
        }
        operations
    }

    fn finding<'a>(&'a self, change: &'a Change) -> Finding<'a> {
        let concerned = self.used.iter().filter(|(_, used)| change.concerns(used));
        Finding {
            criticality: change.criticality().as_str(),
            kind: change.kind.as_str(),
            coordinate: &change.coordinate,
            message: &change.message,
            operations: concerned.map(|(name, _)| name.as_str()).collect(),
        }
    }
}

#[derive(Serialize)]
struct Finding<'a> {
    criticality: &'static str,
    kind: &'static str,
    coordinate: &'a str,
    message: &'a str,
    /// Names of the stored operations it concerns.
    operations: Vec<&'a str>,
}

fn count(findings: &[Finding<'_>], criticality: Criticality) -> usize {
    findings.iter().filter(|finding| finding.criticality == criticality.as_str()).count()
}

fn text(findings: &[Finding<'_>], operations: &Operations) -> String {
    let mut text = String::new();
    for finding in findings {
        let _ = writeln!(text, "{} {} {}", label(finding.criticality), finding.kind, finding.message);
        if !finding.operations.is_empty() {
            let _ = writeln!(text, "          concerns {}", finding.operations.join(", "));
        }
    }
    for problem in &operations.broken {
        let _ = writeln!(text, "{} {problem}", label("broken"));
    }
    for problem in &operations.skipped {
        let _ = writeln!(text, "{} {problem}", label("skipped"));
    }
    let [breaking, dangerous, safe] = [Criticality::Breaking, Criticality::Dangerous, Criticality::Safe]
        .map(|criticality| count(findings, criticality));
    let checked = operations.used.len();
    let _ = writeln!(
        text,
        "{breaking} breaking, {dangerous} dangerous, {safe} safe; {checked} stored operations compared"
    );
    text
}

/// A word of fixed width, in colour on a terminal.
fn label(word: &str) -> String {
    let padded = format!("{word:<9}");
    match word {
        "breaking" | "broken" => {
            padded.if_supports_color(Stream::Stdout, |text| text.red().to_string()).to_string()
        }
        "dangerous" => padded.if_supports_color(Stream::Stdout, |text| text.yellow().to_string()).to_string(),
        _ => padded,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    breaking: usize,
    dangerous: usize,
    safe: usize,
    changes: &'a [Finding<'a>],
    operations_compared: usize,
    /// Valid before, but no longer.
    operations_broken: Vec<Problem<'a>>,
    /// Not valid before.
    operations_skipped: Vec<Problem<'a>>,
}

#[derive(Serialize)]
struct Problem<'a> {
    file: &'a Path,
    line: usize,
    column: usize,
    message: &'a str,
}

impl<'a> Problem<'a> {
    fn of(problem: &'a OperationProblem) -> Self {
        let OperationProblem { file, line, column, message } = problem;
        Self { file, line: *line, column: *column, message }
    }
}

fn json(findings: &[Finding<'_>], operations: &Operations) -> Result<String, CliError> {
    let report = Report {
        breaking: count(findings, Criticality::Breaking),
        dangerous: count(findings, Criticality::Dangerous),
        safe: count(findings, Criticality::Safe),
        changes: findings,
        operations_compared: operations.used.len(),
        operations_broken: operations.broken.iter().map(Problem::of).collect(),
        operations_skipped: operations.skipped.iter().map(Problem::of).collect(),
    };
    let text =
        serde_json::to_string_pretty(&report).map_err(|error| CliError::Operation(error.to_string()))?;
    Ok(text + "\n")
}
