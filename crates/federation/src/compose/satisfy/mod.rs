//! Satisfiability: whether every query of the API can be answered.
//!
//! The walk follows every field a client can select and keeps, for each object on the way, the set of subgraphs
//! that may hold it. How far such a set reaches is asked of [`Reach`], which the planner plans with: what is
//! satisfiable here can be planned.

mod contexts;
mod labels;
mod obtain;
mod reasons;
#[cfg(test)]
mod tests;
mod walk;
mod witness;

use std::collections::BTreeSet;

use self::contexts::Setters;
use self::reasons::reasons;
use self::walk::{Failure, Outcome, Walk};
use self::witness::witness;
use super::Merged;
use super::code::Code;
use super::diagnostic::{Diagnostic, Findings, Location};
use super::subgraph::model::Subgraph;
use crate::graph::OperationKind;
use crate::graph::{FieldId, Graph, ObjectId};

/// Objects on the way that are looked at before composition gives up.
const MAX_STATES: usize = 500_000;

/// Reports every field that no plan can reach, each with the shortest query that shows it.
pub(super) fn satisfy(merged: &Merged, findings: &mut Findings) {
    let graph = match Graph::from_sdl(&merged.sdl) {
        Ok(graph) => graph,
        Err(errors) => {
            for error in errors {
                let message = format!("the supergraph cannot be loaded: {error}");
                findings.push(Diagnostic::new(Code::InvalidGraphql, message));
            }
            return;
        }
    };
    let setters = Setters::read(&merged.supergraph, &graph);
    let mut reported = BTreeSet::new();
    for set in labels::assignments(&graph) {
        match Walk::new(&graph, &setters, &set, MAX_STATES).run() {
            Outcome::Finished(failures) => {
                for failure in failures {
                    if reported.insert((failure.object, failure.field)) {
                        findings.push(describe(&graph, &setters, &merged.subgraphs, &set, &failure));
                    }
                }
            }
            Outcome::TooManyStates => {
                let message = format!("more than {MAX_STATES} ways through the subgraphs have to be checked");
                findings.push(Diagnostic::new(Code::MaxValidationSubgraphPathsExceeded, message));
                return;
            }
        }
    }
}

fn describe(
    graph: &Graph,
    setters: &Setters,
    subgraphs: &[Subgraph],
    labels: &[crate::graph::LabelId],
    failure: &Failure,
) -> Diagnostic {
    let what = coordinate(graph, failure.object, failure.field);
    let query = witness(graph, failure);
    let mut diagnostic =
        Diagnostic::new(Code::SatisfiabilityError, format!("`{what}` cannot be resolved by `{query}`"));
    if !labels.is_empty() {
        let set: Vec<String> =
            labels.iter().map(|label| format!("`{}`", graph.labels()[label.index()])).collect();
        diagnostic = diagnostic.note(format!("while the override labels {} are set", set.join(", ")));
    }
    for reason in reasons(graph, setters, labels, failure) {
        diagnostic = diagnostic.note(reason);
    }
    diagnostic.at_all(places(graph, subgraphs, failure))
}

fn coordinate(graph: &Graph, object: ObjectId, field: Option<FieldId>) -> String {
    let field = field.map_or("__typename", |field| &graph.field(field).name);
    format!("{}.{field}", graph.object_name(object))
}

/// Where the field is defined, or the type when its name is what cannot be resolved.
fn places(graph: &Graph, subgraphs: &[Subgraph], failure: &Failure) -> Vec<Location> {
    let place = |subgraph: &Subgraph| {
        let ty = subgraph.types.get(&**graph.object_name(failure.object))?;
        let span = match failure.field {
            Some(field) => ty.fields.get(&*graph.field(field).name)?.span,
            None => ty.span,
        };
        Some(subgraph.locate(span))
    };
    subgraphs.iter().filter_map(place).collect()
}

/// Root types in the order they are walked.
const ROOTS: [OperationKind; 3] =
    [OperationKind::Query, OperationKind::Mutation, OperationKind::Subscription];
