//! Rules that the merged schema must keep.

mod access;
mod implementations;
mod inaccessible;
mod interface_objects;
mod runtime_types;

use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};

use super::code::Code;
use super::diagnostic::{Diagnostic, Location};
use super::extents::Elements;
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

/// Reads the printed supergraph, which must be valid GraphQL. The other checks say more, and leave little to find
/// here.
pub(crate) fn verify_graphql(
    sdl: &str,
    subgraphs: &[Subgraph],
    findings: &mut Findings,
) -> Option<Valid<Schema>> {
    let failure = match Schema::parse_and_validate(sdl, "supergraph.graphql") {
        Ok(schema) => return Some(schema),
        Err(failure) => failure,
    };
    let elements = Elements::of(sdl);
    for error in failure.errors.iter() {
        let place = error.line_column_range().map(|range| (range.start.line, range.start.column));
        let places = match place.and_then(|place| elements.at(place)) {
            Some((ty, member)) => places_of(subgraphs, &ty, member.as_ref()),
            None => subgraphs.iter().map(|subgraph| subgraph.locate(None)).collect(),
        };
        let message = format!("the merged schema is not valid: {}", error.error);
        findings.push(Diagnostic::new(Code::InvalidGraphql, message).at_all(places));
    }
    None
}

/// Where the subgraphs define a type, or a field or input field of it.
fn places_of(subgraphs: &[Subgraph], ty: &Name, member: Option<&Name>) -> Vec<Location> {
    let place = |subgraph: &Subgraph| {
        let ty = subgraph.types.get(ty)?;
        let field = |member: &Name| ty.fields.get(member).map(|field| field.span);
        let input = |member: &Name| ty.inputs.get(member).map(|input| input.span);
        let span = member.and_then(|member| field(member).or_else(|| input(member))).unwrap_or(ty.span);
        Some(subgraph.locate(span))
    };
    subgraphs.iter().filter_map(place).collect()
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
