//! Graph and operation to query plan.
//!
//! Planning has three steps, each a module:
//!
//! 1. `choose`: for every position and every set of subgraphs that may hold its objects, which subgraph
//!    answers which field, and what that costs. Bottom-up and remembered, so that a choice at a parent sees
//!    what it means for its children.
//! 2. `commit`: top-down, the choices become visits of subgraphs, with the hidden keys and required fields
//!    they need. A fetch comes after (at a higher *level* than) all that feed it, so there are no cycles.
//!    Every way to a field is tried here, also those that the choice did not foresee.
//! 3. `emit`: visits become GraphQL text, shapes and slots.

use std::sync::Arc;

pub mod check;
mod choose;
mod commit;
mod deferral;
mod emit;
mod entities;
mod print;
pub mod query_plan;
mod reductions;
mod tree;

pub(crate) use deferral::within;
pub use print::{print, print_json, print_mermaid};
pub use query_plan::QueryPlan;

use crate::graph::Graph;
use crate::operation::NormalOperation;

/// What planning depends on besides graph and operation.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// The labels of progressive overrides that are set for the request.
    pub override_labels: Vec<Arc<str>>,
    /// Whether different entity fetches that start together at one subgraph are sent as one request with several
    /// `_entities` fields. That saves requests, and makes each wait for the slowest of them.
    pub batch_entities: bool,
    /// The most bytes of subgraph operations a plan may have.
    pub max_text: usize,
    /// The most object positions a plan may have.
    pub max_shapes: usize,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { override_labels: Vec::new(), batch_entities: false, max_text: 4 << 20, max_shapes: 50_000 }
    }
}

/// Why an operation cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No subgraph that can be reached from there resolves the field.
    #[error("`{0}` cannot be reached at this place of the operation")]
    Unreachable(Arc<str>),
    /// The operation is nested too deeply.
    #[error("the operation is nested more than {0} levels deep")]
    TooDeep(usize),
    /// Very many ways were tried, and none led anywhere.
    #[error("no plan was found within bounds; ask for less at once")]
    Exhausted,
    /// The plan would be too large.
    #[error("the operation needs a plan that is too large; ask for less at once")]
    TooLarge,
}

/// Plans an operation.
///
/// # Errors
/// When a field cannot be reached (the supergraph is not satisfiable there), or a bound is exceeded.
pub fn plan(
    graph: &Graph,
    operation: &NormalOperation,
    options: &PlanOptions,
) -> Result<QueryPlan, PlanError> {
    let labels: Vec<_> = options.override_labels.iter().filter_map(|label| graph.label(label)).collect();
    let tree = tree::Tree::new(operation)?;
    let chooser = choose::Chooser::new(graph, tree, &labels, operation.kind);
    let committed = commit::commit(chooser, operation, options)?;
    let mut plan = emit::emit(committed, operation, options)?;
    deferral::assign(&mut plan);
    debug_assert_eq!(check::check(graph, operation, &plan), Vec::<String>::new());
    Ok(plan)
}
