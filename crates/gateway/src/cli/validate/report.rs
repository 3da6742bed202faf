//! Judgements as text and as JSON.

use std::fmt::Write;
use std::path::Path;

use federation::operation::{FieldCost, SizeSource};
use serde::Serialize;

use super::judge::{Judgement, Needs};
use crate::cli::CliError;

/// How many fields of an operation are shown to people, the dearest first.
const SHOWN: usize = 5;

/// For people: a paragraph for each operation.
pub(super) fn text(judgements: &[Judgement]) -> String {
    let mut text = String::new();
    for judgement in judgements {
        let file = judgement.file.display();
        let name = judgement.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        match (&judgement.needs, judgement.problems.is_empty()) {
            (Some(needs), true) => {
                let _ = writeln!(text, "{file}{name}: valid, {}", summary(needs));
            }
            (Some(needs), false) => {
                let _ = writeln!(text, "{file}{name}: not accepted, {}", summary(needs));
            }
            (None, _) => {
                let _ = writeln!(text, "{file}{name}: not valid");
            }
        }
        for problem in &judgement.problems {
            let _ = writeln!(text, "  error: {problem}");
        }
        if let Some(needs) = &judgement.needs {
            for field in dearest(&needs.cost.fields) {
                let _ = writeln!(text, "  cost {}: `{}`{}", field.cost, field.path.join("."), factors(field));
            }
            for advice in &needs.advice {
                let _ = writeln!(text, "  advice: {advice}");
            }
        }
    }
    text
}

fn summary(needs: &Needs) -> String {
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    format!(
        "cost {}, {} in {}",
        needs.cost.total,
        plural(needs.requests, "request"),
        plural(needs.steps, "step")
    )
}

fn dearest(fields: &[FieldCost]) -> Vec<&FieldCost> {
    let mut fields: Vec<&FieldCost> = fields.iter().filter(|field| field.cost > 0).collect();
    // Stable: what costs the same stays in the order of the answer.
    fields.sort_by_key(|field| std::cmp::Reverse(field.cost));
    fields.truncate(SHOWN);
    fields
}

fn factors(field: &FieldCost) -> String {
    let times = if field.times > 1 { format!(", {} times", field.times) } else { String::new() };
    match field.size {
        Some((size, source)) => format!("{times}, {size} values ({})", because(source)),
        None => times,
    }
}

fn because(source: SizeSource) -> &'static str {
    match source {
        SizeSource::Argument => "argument",
        SizeSource::Assumed => "assumed by the schema",
        SizeSource::Default => "not bounded",
    }
}

#[derive(Serialize)]
struct Report<'a> {
    operations: Vec<JsonOperation<'a>>,
    /// How many have errors.
    invalid: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonOperation<'a> {
    file: &'a Path,
    name: Option<&'a str>,
    errors: Vec<JsonError<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<u64>,
    fields: Vec<JsonField<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<usize>,
    advice: &'a [String],
}

#[derive(Serialize)]
struct JsonError<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonField<'a> {
    path: Vec<&'a str>,
    coordinate: &'a str,
    times: u64,
    cost: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_from: Option<&'static str>,
}

impl<'a> JsonOperation<'a> {
    fn of(judgement: &'a Judgement) -> Self {
        let needs = judgement.needs.as_ref();
        let error = |problem: &'a crate::operations::OperationProblem| JsonError {
            message: &problem.message,
            line: Some(problem.line).filter(|line| *line > 0),
            column: Some(problem.column).filter(|column| *column > 0),
        };
        let field = |field: &'a FieldCost| JsonField {
            path: field.path.iter().map(|key| &**key).collect(),
            coordinate: &field.coordinate,
            times: field.times,
            cost: field.cost,
            size: field.size.map(|(size, _)| size),
            size_from: field.size.map(|(_, source)| because(source)),
        };
        Self {
            file: &judgement.file,
            name: judgement.name.as_deref(),
            errors: judgement.problems.iter().map(error).collect(),
            cost: needs.map(|needs| needs.cost.total),
            fields: needs.map(|needs| needs.cost.fields.iter().map(field).collect()).unwrap_or_default(),
            requests: needs.map(|needs| needs.requests),
            steps: needs.map(|needs| needs.steps),
            advice: needs.map(|needs| needs.advice.as_slice()).unwrap_or_default(),
        }
    }
}

/// For programs: everything.
pub(super) fn json(judgements: &[Judgement]) -> Result<String, CliError> {
    let report = Report {
        operations: judgements.iter().map(JsonOperation::of).collect(),
        invalid: judgements.iter().filter(|judgement| !judgement.problems.is_empty()).count(),
    };
    let text =
        serde_json::to_string_pretty(&report).map_err(|error| CliError::Operation(error.to_string()))?;
    Ok(text + "\n")
}
