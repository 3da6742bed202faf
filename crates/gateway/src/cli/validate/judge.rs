//! One document: whether it is valid, and what its operations take.

use std::path::{Path, PathBuf};

use federation::graph::Graph;
use federation::operation::{
    CoercedVariables, Cost, CostOptions, Document, Limits, Mask, Operation, OperationError, coerce, estimate,
    normalize,
};
use federation::plan::{PlanError, PlanOptions, QueryPlan, plan};

use super::advice::advice;
use crate::operations::{OperationProblem, problems_of};

/// What documents are judged by.
pub(super) struct Judge<'a> {
    pub(super) graph: &'a Graph,
    pub(super) limits: &'a Limits,
    /// A JSON object.
    pub(super) variables: Option<&'a str>,
    pub(super) cost: CostOptions,
    pub(super) max_cost: Option<u64>,
}

/// What is found of an operation, or of a document that has none.
pub(super) struct Judgement {
    pub(super) file: PathBuf,
    pub(super) name: Option<String>,
    /// None: it is valid, can be planned, and costs no more than it may.
    pub(super) problems: Vec<OperationProblem>,
    /// Of the dearest way through its conditions.
    pub(super) needs: Option<Needs>,
}

/// What an operation takes.
pub(super) struct Needs {
    pub(super) cost: Cost,
    /// Requests to subgraphs.
    pub(super) requests: usize,
    /// Requests that wait for each other, at most.
    pub(super) steps: usize,
    pub(super) advice: Vec<String>,
}

/// Why an operation cannot be run.
enum Refusal {
    Operation(Vec<OperationError>),
    Plan(PlanError),
}

impl From<Vec<OperationError>> for Refusal {
    fn from(errors: Vec<OperationError>) -> Self {
        Self::Operation(errors)
    }
}

impl From<PlanError> for Refusal {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

impl Judge<'_> {
    pub(super) fn document(&self, file: &Path, text: &str) -> Vec<Judgement> {
        let without_operation =
            |problems| vec![Judgement { file: file.to_path_buf(), name: None, problems, needs: None }];
        let document = match Document::parse(self.graph.api_schema(), text, self.limits) {
            Ok(document) => document,
            Err(errors) => return without_operation(problems_of(file, errors)),
        };
        match document.operations() {
            [] => {
                let none = document.operation(None).err().into_iter().collect();
                without_operation(problems_of(file, none))
            }
            operations => {
                operations.iter().map(|operation| self.operation(file, &document, operation)).collect()
            }
        }
    }

    fn operation(&self, file: &Path, document: &Document, operation: &Operation) -> Judgement {
        let (needs, mut problems) = match self.needs(document, operation) {
            Ok(needs) => (Some(needs), Vec::new()),
            Err(Refusal::Operation(errors)) => (None, problems_of(file, errors)),
            Err(Refusal::Plan(error)) => (None, vec![OperationProblem::whole(file, error.to_string())]),
        };
        let whole = |message: String| OperationProblem::whole(file, message);
        if let Some(needs) = &needs {
            problems.extend(needs.cost.problems.iter().map(|problem| whole(problem.to_string())));
            if let Some(max) = self.max_cost.filter(|max| needs.cost.total > *max) {
                let total = needs.cost.total;
                problems
                    .push(whole(format!("costs {total}, at most {max} are allowed; ask for less at once")));
            }
        }
        let name = operation.name().map(str::to_owned);
        Judgement { file: file.to_path_buf(), name, problems, needs }
    }

    fn needs(&self, document: &Document, operation: &Operation) -> Result<Needs, Refusal> {
        let api = self.graph.api_schema();
        let variables = match self.variables {
            Some(json) => coerce(api, operation, json.as_bytes(), self.limits)?,
            // Without values for what is required, the estimate knows only what the document says.
            None => coerce(api, operation, b"", self.limits).unwrap_or_default(),
        };
        let (mask, other) = self.masks(operation, &variables)?;
        let needs = self.needs_with(document, operation, &variables, &mask)?;
        let Some(other) = other else { return Ok(needs) };
        let others = self.needs_with(document, operation, &variables, &other)?;
        Ok(if others.cost.total > needs.cost.total { others } else { needs })
    }

    /// The ways `@skip` and `@include` may be decided: the one the variables say, or else all one way and all the
    /// other.
    fn masks(
        &self,
        operation: &Operation,
        variables: &CoercedVariables,
    ) -> Result<(Mask, Option<Mask>), Refusal> {
        match operation.conditions().evaluate(variables) {
            Ok(mask) => Ok((mask, None)),
            Err(errors) if self.variables.is_some() => Err(errors.into()),
            Err(_) => {
                let all = |value| operation.conditions().variables().map(|_| value).collect();
                Ok((all(true), Some(all(false))))
            }
        }
    }

    fn needs_with(
        &self,
        document: &Document,
        operation: &Operation,
        variables: &CoercedVariables,
        mask: &Mask,
    ) -> Result<Needs, Refusal> {
        let normal =
            normalize(self.graph, document, operation, mask, self.limits).map_err(|error| vec![error])?;
        let plan = plan(self.graph, &normal, &PlanOptions::default())?;
        let cost = estimate(self.graph, &normal, variables, self.cost);
        Ok(Needs {
            requests: plan.fetches.len(),
            steps: steps(&plan),
            advice: advice(self.graph, &cost, &plan),
            cost,
        })
    }
}

/// The longest chain of requests that wait for each other. Dependencies come first in a plan.
fn steps(plan: &QueryPlan) -> usize {
    let mut depths: Vec<usize> = Vec::with_capacity(plan.fetches.len());
    for fetch in &plan.fetches {
        let before = fetch.depends_on.iter().filter_map(|id| depths.get(id.index())).max();
        depths.push(before.copied().unwrap_or(0) + 1);
    }
    depths.into_iter().max().unwrap_or(0)
}
