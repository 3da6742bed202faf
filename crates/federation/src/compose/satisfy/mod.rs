//! Satisfiability: whether every query of the API can be answered.

use super::diagnostic::Findings;
use super::merge::model::Supergraph;
use super::subgraph::model::Subgraph;

/// Reports every field that no plan can reach.
pub(crate) fn satisfy(_supergraph: &Supergraph, _subgraphs: &[Subgraph], _findings: &mut Findings) {}
