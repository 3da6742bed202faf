//! Rules that the merged schema must keep.

mod access;
mod implementations;
mod inaccessible;
mod interface_objects;
mod runtime_types;

use apollo_compiler::Schema;

use super::code::Code;
use super::diagnostic::{Diagnostic, Location};
use super::findings::Findings;
use super::merge::model::{Graph, Supergraph};
use super::subgraph::model::Subgraph;

/// Checks the merged schema against the federation rules; every rule runs.
pub(crate) fn verify(supergraph: &Supergraph, subgraphs: &[Subgraph], findings: &mut Findings) {
    let mut verifier = Verifier { supergraph, subgraphs, findings };
    verifier.verify_queries();
    verifier.verify_implementations();
    verifier.verify_interface_objects();
    verifier.verify_runtime_types();
    verifier.verify_inaccessible();
    verifier.verify_access();
}

/// Whether a printed supergraph is valid GraphQL.
pub(crate) fn is_graphql(sdl: &str) -> bool {
    Schema::parse_and_validate(sdl, "supergraph.graphql").is_ok()
}

/// Checks that the printed supergraph is valid GraphQL.
pub(crate) fn verify_graphql(sdl: &str, findings: &mut Findings) {
    if let Err(failure) = Schema::parse_and_validate(sdl, "supergraph.graphql") {
        for error in failure.errors.iter() {
            let message = format!("the merged schema is not valid: {}", error.error);
            findings.push(Diagnostic::new(Code::InvalidGraphql, message));
        }
    }
}

struct Verifier<'a> {
    supergraph: &'a Supergraph,
    subgraphs: &'a [Subgraph],
    findings: &'a mut Findings,
}

impl Verifier<'_> {
    fn report(
        &mut self,
        code: Code,
        message: impl Into<String>,
        locations: impl IntoIterator<Item = Location>,
    ) {
        self.findings.push(Diagnostic::new(code, message).at_all(locations));
    }

    fn verify_queries(&mut self) {
        if !self.supergraph.types.contains_key("Query") {
            let places: Vec<_> = self.subgraphs.iter().map(|subgraph| subgraph.locate(None)).collect();
            self.report(Code::NoQueries, "no subgraph has a query field", places);
        }
    }

    /// Where the subgraphs define a type.
    fn places_of_type(&self, name: &str) -> Vec<Location> {
        let place = |subgraph: &Subgraph| Some(subgraph.locate(subgraph.types.get(name)?.span));
        self.subgraphs.iter().filter_map(place).collect()
    }

    /// Where the subgraphs define a field.
    fn places_of_field(&self, name: &str, field: &str) -> Vec<Location> {
        let place = |subgraph: &Subgraph| Some(subgraph.locate(subgraph.field(name, field)?.span));
        self.subgraphs.iter().filter_map(place).collect()
    }

    fn place_of_type(&self, graph: Graph, name: &str) -> Option<Location> {
        let subgraph = &self.subgraphs[graph];
        Some(subgraph.locate(subgraph.types.get(name)?.span))
    }
}
