//! Who may resolve a field together with others.

use apollo_compiler::parser::SourceSpan;

use super::Merger;
use super::fields::FieldSource;
use super::model::Graph;
use crate::compose::code::Code;
use crate::compose::subgraph::model::Coordinate;

impl<'a> Merger<'a> {
    /// A field that several subgraphs resolve must be shareable in all of them.
    pub(super) fn check_sharing(&mut self, coordinate: &Coordinate, sources: &[FieldSource<'a>]) {
        let (name, field_name) = coordinate;
        if self.is_interface(name) {
            return;
        }
        let mut resolving: Vec<(Graph, bool, Option<SourceSpan>)> = sources
            .iter()
            .filter(|source| !source.is_fully_external && source.loss.is_none())
            .map(|source| {
                let shareable = self.subgraphs[source.graph].usage.is_shareable(name, field_name);
                (source.graph, shareable, source.field.span)
            })
            .collect();
        for (graph, ty, field) in self.interface_object_fields(coordinate) {
            let shareable = self.subgraphs[graph].usage.is_shareable(&ty.name, field_name);
            resolving.push((graph, shareable, field.span));
        }
        if resolving.len() < 2 {
            return;
        }
        let resolvers = |merger: &Self| merger.names(resolving.iter().map(|(graph, _, _)| *graph));
        if name == "Subscription" {
            let message = format!(
                "`{name}.{field_name}` is resolved by {}; subscriptions cannot be shared",
                resolvers(self)
            );
            let places: Vec<_> =
                resolving.iter().map(|(graph, _, span)| self.locate(*graph, *span)).collect();
            self.report(Code::InvalidFieldSharing, message, places);
            return;
        }
        let not_shareable: Vec<_> = resolving.iter().filter(|(_, shareable, _)| !shareable).collect();
        if not_shareable.is_empty() {
            return;
        }
        let message = format!(
            "`{name}.{field_name}` is resolved by {}, but not `@shareable` in {}",
            resolvers(self),
            self.names(not_shareable.iter().map(|(graph, _, _)| *graph)),
        );
        let places: Vec<_> =
            not_shareable.iter().map(|(graph, _, span)| self.locate(*graph, *span)).collect();
        self.report(Code::InvalidFieldSharing, message, places);
    }
}
