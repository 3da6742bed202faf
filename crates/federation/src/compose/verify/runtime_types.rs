//! Shared fields of interface or union type: the subgraphs must be able to return the same objects.

use std::collections::BTreeSet;

use apollo_compiler::Name;

use super::Verifier;
use crate::compose::code::Code;
use crate::compose::merge::enumerate;
use crate::compose::merge::model::{Graph, MergedField, MergedType};
use crate::compose::subgraph::model::TypeKind;

impl Verifier<'_> {
    pub(super) fn verify_runtime_types(&mut self) {
        let supergraph = self.supergraph;
        for ty in supergraph.types.values().filter(|ty| ty.kind == TypeKind::Object) {
            for field in ty.fields.values() {
                let target = supergraph.types.get(field.ty.inner_named_type());
                if target.is_some_and(|target| matches!(target.kind, TypeKind::Interface | TypeKind::Union)) {
                    self.verify_shared_field(ty, field);
                }
            }
        }
    }

    fn verify_shared_field(&mut self, ty: &MergedType, field: &MergedField) {
        let graphs: Vec<Graph> = match field.joins.is_empty() {
            true => ty.graphs().into_iter().collect(),
            false => {
                let resolving = field.joins.iter().filter(|join| {
                    !join.is_external && !join.is_used_overridden && join.override_label.is_none()
                });
                resolving.filter_map(|join| join.graph).collect()
            }
        };
        let possible: Vec<(Graph, BTreeSet<Name>)> = graphs
            .into_iter()
            .filter_map(|graph| {
                let subgraph = &self.subgraphs[graph];
                let own = subgraph.field(&ty.name, &field.name)?;
                let target = subgraph.types.get(own.ty.inner_named_type())?;
                // An interface object stands for implementations the subgraph does not know.
                (!target.is_interface_object()).then(|| (graph, subgraph.runtime_types(&target.name)))
            })
            .collect();
        let Some(((_, first), rest)) = possible.split_first() else { return };
        if rest.iter().all(|(_, types)| types == first) {
            return;
        }
        let common = rest.iter().fold(first.clone(), |common, (_, types)| &common & types);
        let described: Vec<String> = possible
            .iter()
            .map(|(graph, types)| {
                let types: Vec<String> = types.iter().map(|ty| format!("`{ty}`")).collect();
                format!("{} in `{}`", enumerate(&types), self.subgraphs[*graph].name)
            })
            .collect();
        let message = format!("`{}.{}` may return {}", ty.name, field.name, described.join(", "));
        let places = self.places_of_field(&ty.name, &field.name);
        let code = match common.is_empty() {
            true => Code::ShareableHasMismatchedRuntimeTypes,
            false => Code::InconsistentRuntimeTypesForShareableReturn,
        };
        self.report(code, message, places);
    }
}
