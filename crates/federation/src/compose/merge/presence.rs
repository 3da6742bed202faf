//! Hints on value types whose subgraphs do not have the same fields.

use apollo_compiler::Name;

use super::Merger;
use super::types::TypeSource;
use crate::compose::code::Code;
use crate::compose::subgraph::model::TypeKind;
use crate::compose::subgraph::read::ROOTS;

impl<'a> Merger<'a> {
    pub(super) fn hint_missing_fields(&mut self, name: &Name, sources: &[TypeSource<'a>]) {
        let is_entity = sources.iter().any(|(_, ty)| ty.keys().next().is_some());
        if sources.len() < 2 || is_entity || ROOTS.contains(name) {
            return;
        }
        let Some(merged) = self.supergraph.types.get(name) else { return };
        let code = match merged.kind {
            TypeKind::Interface => Code::InconsistentInterfaceValueTypeField,
            _ => Code::InconsistentObjectValueTypeField,
        };
        let fields: Vec<Name> = merged.fields.keys().cloned().collect();
        for field in fields {
            let (with, without): (Vec<_>, Vec<_>) =
                sources.iter().partition(|(_, ty)| ty.fields.contains_key(&field));
            if with.is_empty() || without.is_empty() {
                continue;
            }
            let message = format!(
                "`{name}.{field}` exists in {}, but not in {}",
                self.names(with.iter().map(|(graph, _)| *graph)),
                self.names(without.iter().map(|(graph, _)| *graph)),
            );
            let places: Vec<_> = without.iter().map(|(g, ty)| self.locate(*g, ty.span)).collect();
            self.report(code, message, places);
        }
    }
}
