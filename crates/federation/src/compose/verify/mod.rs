//! Rules that the merged schema must keep.

use apollo_compiler::Schema;

use super::code::Code;
use super::diagnostic::{Diagnostic, Findings};
use super::merge::model::Supergraph;
use super::subgraph::model::Subgraph;

/// Checks the merged schema against the federation rules.
pub(crate) fn verify(_supergraph: &Supergraph, _subgraphs: &[Subgraph], _findings: &mut Findings) {}

/// Checks that the printed supergraph is valid GraphQL.
pub(crate) fn verify_graphql(sdl: &str, findings: &mut Findings) {
    if let Err(failure) = Schema::parse_and_validate(sdl, "supergraph.graphql") {
        for error in failure.errors.iter() {
            let message = format!("the merged schema is not valid: {}", error.error);
            findings.push(Diagnostic::new(Code::InvalidGraphql, message));
        }
    }
}
