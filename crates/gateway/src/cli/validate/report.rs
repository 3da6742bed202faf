//! Judgements as text and as JSON.

use std::fmt::Write;
use std::path::Path;

use federation::operation::FieldCost;
use serde::Serialize;

use crate::cli::CliError;
use crate::judge::{Judgement, Needs, Told, because};

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

#[derive(Serialize)]
struct Report<'a> {
    operations: Vec<InFile<'a>>,
    /// How many have errors.
    invalid: usize,
}

#[derive(Serialize)]
struct InFile<'a> {
    file: &'a Path,
    #[serde(flatten)]
    told: Told<'a>,
}

/// For programs: everything.
pub(super) fn json(judgements: &[Judgement]) -> Result<String, CliError> {
    let report = Report {
        operations: judgements
            .iter()
            .map(|judgement| InFile { file: &judgement.file, told: Told::of(judgement) })
            .collect(),
        invalid: judgements.iter().filter(|judgement| !judgement.problems.is_empty()).count(),
    };
    let text =
        serde_json::to_string_pretty(&report).map_err(|error| CliError::Operation(error.to_string()))?;
    Ok(text + "\n")
}
