//! What is to be said of documents: whether they are valid, what their operations take, and what could be better. The
//! command line and HTTP say the same.

mod advice;
mod told;

use std::path::{Path, PathBuf};

use federation::graph::Graph;
use federation::operation::{
    CoercedVariables, Cost, CostOptions, Document, Fingerprint, Limits, Mask, Operation, OperationError,
    Signature, coerce, estimate, normalize,
};
use federation::plan::{PlanError, PlanOptions, QueryPlan, plan};

use self::advice::advice;
pub(crate) use self::told::{Told, because};
use crate::operations::{OperationProblem, problems_of};

/// What documents are judged by.
pub(crate) struct Judge<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) limits: &'a Limits,
    /// None: all operations of a document.
    pub(crate) operation_name: Option<&'a str>,
    /// A JSON object.
    pub(crate) variables: Option<&'a [u8]>,
    pub(crate) cost: CostOptions,
    pub(crate) max_cost: Option<u64>,
}

/// What is found of an operation, or of a document that has none.
pub(crate) struct Judgement {
    pub(crate) file: PathBuf,
    pub(crate) name: Option<String>,
    /// What it asks, whatever the values; stored operations may ask the same.
    pub(crate) fingerprint: Option<Fingerprint>,
    /// None: it is valid, can be planned, and costs no more than it may.
    pub(crate) problems: Vec<OperationProblem>,
    /// Of the dearest way through its conditions.
    pub(crate) needs: Option<Needs>,
}

/// What an operation takes.
pub(crate) struct Needs {
    pub(crate) cost: Cost,
    /// Requests to subgraphs.
    pub(crate) requests: usize,
    /// Requests that wait for each other, at most.
    pub(crate) steps: usize,
    pub(crate) advice: Vec<String>,
    pub(crate) plan: QueryPlan,
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
    /// What is to be said of the operations of a document that are asked for; one judgement without a name when there
    /// are none, or the document is not valid.
    pub(crate) fn document(&self, file: &Path, text: &str) -> Vec<Judgement> {
        let without_operation = |problems| {
            vec![Judgement { file: file.to_path_buf(), name: None, fingerprint: None, problems, needs: None }]
        };
        let document = match Document::parse(self.graph.api_schema(), text, self.limits) {
            Ok(document) => document,
            Err(errors) => return without_operation(problems_of(file, errors)),
        };
        let asked = match self.operation_name {
            Some(name) => document.operation(Some(name)).map(std::slice::from_ref),
            None if document.operations().is_empty() => document.operation(None).map(std::slice::from_ref),
            None => Ok(document.operations()),
        };
        match asked {
            Ok(operations) => {
                operations.iter().map(|operation| self.operation(file, &document, operation)).collect()
            }
            Err(error) => without_operation(problems_of(file, vec![error])),
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
        let fingerprint = Some(Signature::of(document, operation).fingerprint);
        Judgement { file: file.to_path_buf(), name, fingerprint, problems, needs }
    }

    fn needs(&self, document: &Document, operation: &Operation) -> Result<Needs, Refusal> {
        let api = self.graph.api_schema();
        let variables = match self.variables {
            Some(json) => coerce(api, operation, json, self.limits)?,
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
            plan,
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
