//! Who may resolve a field together with others.

use super::Merger;
use super::fields::FieldSource;
use super::model::Graph;
use crate::compose::code::Code;
use crate::compose::diagnostic::Location;
use crate::compose::subgraph::model::Coordinate;

impl<'a> Merger<'a> {
    /// A field that several subgraphs resolve must be shareable in all of them.
    pub(super) fn check_sharing(&mut self, coordinate: &Coordinate, sources: &[FieldSource<'a>]) {
        let (name, field_name) = coordinate;
        if self.is_interface(name) {
            return;
        }
        let mut resolving: Vec<(Graph, bool, Location)> = sources
            .iter()
            .filter(|source| !source.is_fully_external && source.loss.is_none())
            .map(|source| {
                let shareable = self.subgraphs[source.graph].usage.is_shareable(name, field_name);
                (source.graph, shareable, self.locate(source.graph, source.field.span))
            })
            .collect();
        for (graph, ty, field) in self.interface_object_fields(coordinate) {
            let shareable = self.subgraphs[graph].usage.is_shareable(&ty.name, field_name);
            resolving.push((graph, shareable, self.locate(graph, field.span)));
        }
        if resolving.len() < 2 {
            return;
        }
        if name == "Subscription" {
            let message = format!(
                "`{name}.{field_name}` is resolved by {}; subscriptions cannot be shared",
                self.names(resolving.iter().map(|(graph, _, _)| *graph))
            );
            self.report(Code::InvalidFieldSharing, message, resolving.into_iter().map(|(_, _, place)| place));
            return;
        }
        if resolving.iter().all(|(_, shareable, _)| *shareable) {
            return;
        }
        let not_shareable: Vec<_> = resolving.iter().filter(|(_, shareable, _)| !shareable).collect();
        let message = format!(
            "`{name}.{field_name}` is resolved by {}, but not `@shareable` in {}",
            self.names(resolving.iter().map(|(graph, _, _)| *graph)),
            self.names(not_shareable.iter().map(|(graph, _, _)| *graph)),
        );
        let places: Vec<_> = not_shareable.into_iter().map(|(_, _, place)| place.clone()).collect();
        self.report(Code::InvalidFieldSharing, message, places);
    }
}
