//! Interface objects and the interfaces they stand for, over all subgraphs.

use std::collections::BTreeSet;

use apollo_compiler::Name;

use super::Verifier;
use crate::compose::code::Code;
use crate::compose::merge::enumerate;
use crate::compose::merge::model::{JoinType, MergedType};
use crate::compose::subgraph::model::TypeKind;

impl Verifier<'_> {
    pub(super) fn verify_interface_objects(&mut self) {
        let supergraph = self.supergraph;
        for ty in supergraph.types.values().filter(|ty| ty.kind == TypeKind::Interface) {
            let implementations: Vec<&MergedType> = supergraph
                .types
                .values()
                .filter(|other| other.kind == TypeKind::Object && other.implements.contains_key(&ty.name))
                .collect();
            for join in &ty.joins {
                if join.is_interface_object {
                    self.verify_interface_object(ty, join, &implementations);
                } else if join.key.is_some() && join.is_resolvable {
                    self.verify_interface_key(ty, join, &implementations);
                }
            }
        }
    }

    fn verify_interface_object(&mut self, ty: &MergedType, join: &JoinType, implementations: &[&MergedType]) {
        let subgraph = &self.subgraphs[join.graph].name;
        let place = self.place_of_type(join.graph, &ty.name);
        let is_real_key = |other: &JoinType| !other.is_interface_object && other.key == join.key;
        if let Some(key) = &join.key
            && !ty.joins.iter().any(is_real_key)
        {
            let message = format!(
                "`{}` is an `@interfaceObject` with the key `{key}` in `{subgraph}`, but the interface has that key in no subgraph",
                ty.name
            );
            self.report(Code::InterfaceObjectUsageError, message, place.clone());
        }
        let own: Vec<String> = implementations
            .iter()
            .filter(|implementation| implementation.graphs().contains(&join.graph))
            .map(|implementation| format!("`{}`", implementation.name))
            .collect();
        if !own.is_empty() {
            let message = format!(
                "`{}` is an `@interfaceObject` in `{subgraph}`, which also defines {} of the interface's implementations",
                ty.name,
                enumerate(&own)
            );
            self.report(Code::InterfaceObjectUsageError, message, place);
        }
    }

    /// Whoever resolves an interface by key must know all of its implementations.
    fn verify_interface_key(&mut self, ty: &MergedType, join: &JoinType, implementations: &[&MergedType]) {
        let knows = |implementation: &MergedType| {
            implementation.implements.get(&ty.name).is_some_and(|graphs| graphs.contains(&join.graph))
        };
        let missing: BTreeSet<&Name> = implementations
            .iter()
            .filter(|implementation| !knows(implementation))
            .map(|implementation| &implementation.name)
            .collect();
        if !missing.is_empty() {
            let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
            let message = format!(
                "interface `{}` has a resolvable `@key` in `{}`, which does not define its implementations {}",
                ty.name,
                self.subgraphs[join.graph].name,
                enumerate(&names)
            );
            let place = self.place_of_type(join.graph, &ty.name);
            self.report(Code::InterfaceKeyMissingImplementationType, message, place);
        }
    }
}
