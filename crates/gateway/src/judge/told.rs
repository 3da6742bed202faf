//! Judgements as JSON.

use federation::operation::{FieldCost, SizeSource};
use serde::Serialize;

use super::Judgement;
use crate::operations::OperationProblem;

/// Where a list's size is from, in words.
pub(crate) fn because(source: SizeSource) -> &'static str {
    match source {
        SizeSource::Argument => "argument",
        SizeSource::Assumed => "assumed by the schema",
        SizeSource::Default => "not bounded",
    }
}

/// A judgement as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Told<'a> {
    name: Option<&'a str>,
    errors: Vec<ToldError<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<u64>,
    fields: Vec<ToldField<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<usize>,
    advice: &'a [String],
}

#[derive(Serialize)]
struct ToldError<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToldField<'a> {
    path: Vec<&'a str>,
    coordinate: &'a str,
    times: u64,
    cost: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_from: Option<&'static str>,
}

impl<'a> Told<'a> {
    pub(crate) fn of(judgement: &'a Judgement) -> Self {
        let needs = judgement.needs.as_ref();
        let error = |problem: &'a OperationProblem| ToldError {
            message: &problem.message,
            line: Some(problem.line).filter(|line| *line > 0),
            column: Some(problem.column).filter(|column| *column > 0),
        };
        let field = |field: &'a FieldCost| ToldField {
            path: field.path.iter().map(|key| &**key).collect(),
            coordinate: &field.coordinate,
            times: field.times,
            cost: field.cost,
            size: field.size.map(|(size, _)| size),
            size_from: field.size.map(|(_, source)| because(source)),
        };
        Self {
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
