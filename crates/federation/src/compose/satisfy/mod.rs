//! Satisfiability: whether every query of the API can be answered.
//!
//! The walk follows every field a client can select and keeps, for each object on the way, the set of subgraphs
//! that may hold it. How far such a set reaches is asked of [`Reach`], which the planner plans with: what is
//! satisfiable here can be planned.

mod contexts;
mod labels;
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
use super::diagnostic::{Diagnostic, Location};
use super::findings::Findings;
use super::subgraph::model::Subgraph;
use crate::graph::OperationKind;
use crate::graph::{Graph, TypeId};

/// Objects on the way that are looked at before composition gives up.
const MAX_STATES: usize = 500_000;

/// Reports every field that no plan can reach, each with the shortest query that shows it.
pub(super) fn satisfy(merged: &Merged, findings: &mut Findings) {
    let graph = match Graph::from_schema(&merged.schema) {
        Ok(graph) => graph,
        // Without the elements that are in doubt, the rest need not be a graph.
        Err(_) if findings.errors() > 0 => return,
        Err(errors) => {
            for error in errors {
                let message = format!("the supergraph cannot be loaded: {error}");
                findings.push(Diagnostic::new(Code::InvalidGraphql, message));
            }
            return;
        }
    };
    let setters = Setters::read(&graph);
    let mut reported = BTreeSet::new();
    for set in labels::assignments(&graph) {
        match Walk::new(&graph, &setters, &set, MAX_STATES).run() {
            Outcome::Finished(failures) => {
                for failure in failures {
                    if reported.insert((failure.object, failure.field, failure.of_interface)) {
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
    let what = coordinate(graph, failure);
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

fn coordinate(graph: &Graph, failure: &Failure) -> String {
    let field = failure.field.map_or("__typename", |field| &graph.field(field).name);
    format!("{}.{field}", graph.ty(asked_type(graph, failure)).name)
}

/// The type of which the field is asked.
fn asked_type(graph: &Graph, failure: &Failure) -> TypeId {
    failure.of_interface.unwrap_or_else(|| graph.object_type(failure.object))
}

/// Where the field is defined, by the type itself or by an interface object that stands for it; where it is only the
/// name of the type that cannot be resolved, the type.
fn places(graph: &Graph, subgraphs: &[Subgraph], failure: &Failure) -> Vec<Location> {
    let own = asked_type(graph, failure);
    let views = || std::iter::once(own).chain(graph.ty(own).interfaces.iter().copied());
    let place = |subgraph: &Subgraph| {
        let mut types = views().filter_map(|view| Some((view, subgraph.types.get(&*graph.ty(view).name)?)));
        let span = match failure.field {
            Some(field) => {
                let name = &*graph.field(field).name;
                types.find_map(|(view, ty)| {
                    let field = ty.fields.get(name)?;
                    (view == own || ty.is_interface_object()).then_some(field.span)
                })?
            }
            None => types.find(|(view, _)| *view == own)?.1.span,
        };
        Some(subgraph.locate(span))
    };
    subgraphs.iter().filter_map(place).collect()
}

/// Root types in the order they are walked.
const ROOTS: [OperationKind; 3] =
    [OperationKind::Query, OperationKind::Mutation, OperationKind::Subscription];
