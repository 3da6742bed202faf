//! `@interfaceObject`: fields added to an interface reach every implementation.

use apollo_compiler::Name;

use super::Merger;
use super::model::{Graph, JoinField, MergedField};
use crate::compose::subgraph::model::{Coordinate, FieldDef, TypeDef};

impl<'a> Merger<'a> {
    /// Interface objects that stand for an interface of this type, with their definition of the field.
    pub(super) fn interface_object_fields(
        &self,
        coordinate: &Coordinate,
    ) -> Vec<(Graph, &'a TypeDef, &'a FieldDef)> {
        let (name, field_name) = coordinate;
        let Some(merged) = self.supergraph.types.get(name) else { return Vec::new() };
        let mut found = Vec::new();
        for interface in merged.implements.keys() {
            for graph in self.interface_objects.get(interface).into_iter().flatten() {
                let subgraph = &self.subgraphs[*graph];
                let Some(ty) = subgraph.types.get(interface) else { continue };
                if let Some(field) = ty.fields.get(field_name)
                    && !subgraph.usage.is_external(interface, field_name)
                    && self.overrides.loss(*graph, &(interface.clone(), field_name.clone())).is_none()
                {
                    found.push((*graph, ty, field));
                }
            }
        }
        found
    }

    pub(super) fn is_resolved_by_interface_object(&self, coordinate: &Coordinate) -> bool {
        !self.interface_object_fields(coordinate).is_empty()
    }

    /// Whether an interface object resolves the field beside the type's own subgraphs; keys are known to all anyway.
    pub(super) fn is_shared_with_interface_object(&self, coordinate: &Coordinate) -> bool {
        let is_key = |(graph, ty, field): &(Graph, &TypeDef, &FieldDef)| {
            self.subgraphs[*graph].usage.is_key(&ty.name, &field.name)
        };
        self.interface_object_fields(coordinate).iter().any(|found| !is_key(found))
    }

    /// Copies the fields that interface objects add onto the implementations that lack them.
    pub(super) fn complete_implementations(&mut self) {
        let mut added: Vec<(Name, MergedField)> = Vec::new();
        for ty in self.supergraph.types.values() {
            for interface in ty.implements.keys() {
                let Some(interface) = self.supergraph.types.get(interface) else { continue };
                for field in interface.fields.values() {
                    let coordinate = (ty.name.clone(), field.name.clone());
                    if !ty.fields.contains_key(&field.name)
                        && self.is_resolved_by_interface_object(&coordinate)
                    {
                        added.push((
                            ty.name.clone(),
                            MergedField { joins: vec![JoinField::default()], ..field.clone() },
                        ));
                    }
                }
            }
        }
        for (name, field) in added {
            if let Some(ty) = self.supergraph.types.get_mut(&name) {
                ty.fields.entry(field.name.clone()).or_insert(field);
            }
        }
    }
}
