//! Which objects an abstract type stands for, in the supergraph and in each subgraph.

use apollo_compiler::schema::ExtendedType;

use super::Reader;
use super::links::text;
use crate::graph::tables::TypeKind;
use crate::graph::{ObjectId, SubgraphId, TypeId, TypeSet};

impl Reader<'_> {
    /// Relates objects, interfaces and unions.
    pub(super) fn relate_types(&mut self) {
        for index in 0..self.types.len() {
            let id = TypeId::from(index);
            match self.types[index].kind {
                TypeKind::Object(object) => self.relate_object(id, object),
                TypeKind::Interface => self.relate_interface(id),
                TypeKind::Union => self.relate_union(id),
                _ => {}
            }
        }
        for row in &mut self.types {
            for local in row.local.iter_mut().filter(|local| local.interface_object) {
                local.possible = row.possible.clone();
            }
        }
    }

    fn relate_object(&mut self, id: TypeId, object: ObjectId) {
        let name = self.types[id.index()].name.clone();
        for local in &mut self.types[id.index()].local {
            local.possible.insert(object);
        }
        let Some(ExtendedType::Object(definition)) = self.schema.types.get(&*name) else { return };
        for interface in &definition.implements_interfaces {
            let Some(interface) = self.type_ids.get(interface.as_str()).copied() else { continue };
            self.types[id.index()].interfaces.push(interface);
            self.types[interface.index()].possible.insert(object);
            if self.implements_unsaid {
                let shared = self.types[id.index()].subgraphs;
                self.add_possible(interface, object, |subgraph| shared.contains(subgraph));
            }
        }
        self.types[id.index()].interfaces.sort_unstable();
        let applied: Vec<_> = definition.directives.get_all(&self.names.implements).cloned().collect();
        for directive in applied {
            let Some(subgraph) = self.required_graph_of(&directive, &name) else { continue };
            let interface = text(&directive, "interface").unwrap_or_default();
            match self.type_ids.get(interface.as_str()).copied() {
                Some(interface) => self.add_possible(interface, object, |candidate| candidate == subgraph),
                None => self.unknown(&name, interface),
            }
        }
    }

    fn relate_interface(&mut self, id: TypeId) {
        let name = self.types[id.index()].name.clone();
        let Some(ExtendedType::Interface(definition)) = self.schema.types.get(&*name) else { return };
        let parents = definition
            .implements_interfaces
            .iter()
            .filter_map(|parent| self.type_ids.get(parent.as_str()).copied())
            .collect();
        self.types[id.index()].interfaces = parents;
    }

    fn relate_union(&mut self, id: TypeId) {
        let name = self.types[id.index()].name.clone();
        let Some(ExtendedType::Union(definition)) = self.schema.types.get(&*name) else { return };
        let applied: Vec<_> = definition.directives.get_all(&self.names.union_member).cloned().collect();
        for member in &definition.members {
            let Some((member, object)) = self.object_named(member.as_str()) else { continue };
            self.types[id.index()].possible.insert(object);
            if applied.is_empty() {
                let shared = self.types[member.index()].subgraphs;
                self.add_possible(id, object, |subgraph| shared.contains(subgraph));
            }
        }
        for directive in applied {
            let Some(subgraph) = self.required_graph_of(&directive, &name) else { continue };
            let member = text(&directive, "member").unwrap_or_default();
            match self.object_named(&member) {
                Some((_, object)) => self.add_possible(id, object, |candidate| candidate == subgraph),
                None => self.unknown(&name, member),
            }
        }
    }

    fn object_named(&self, name: &str) -> Option<(TypeId, ObjectId)> {
        let id = self.type_ids.get(name).copied()?;
        match self.types[id.index()].kind {
            TypeKind::Object(object) => Some((id, object)),
            _ => None,
        }
    }

    fn add_possible(&mut self, id: TypeId, object: ObjectId, holds: impl Fn(SubgraphId) -> bool) {
        for local in &mut self.types[id.index()].local {
            if holds(local.subgraph) {
                local.possible.insert(object);
            }
        }
    }

    /// All possible types of a type; empty for leaves.
    pub(super) fn possible(&self, id: TypeId) -> &TypeSet {
        &self.types[id.index()].possible
    }
}
