//! Rules that one subgraph must keep, whatever the others do.

use super::diagnostic::Findings;
use super::subgraph::model::Subgraph;

/// Checks one subgraph.
pub(crate) fn check(_subgraph: &Subgraph, _findings: &mut Findings) {}
