//! Reading types: kinds, membership, keys, enum values.

use std::sync::Arc;

use ahash::AHashMap;
use apollo_compiler::ast::{Directive, DirectiveList};
use apollo_compiler::schema::ExtendedType;

use super::links::{Links, flag, text};
use super::{Reader, metadata};
use crate::graph::LeafType;
use crate::graph::tables::{Enum, Key, Type, TypeInSubgraph, TypeKind};
use crate::graph::{EnumId, ObjectId, SubgraphSet, TypeId, TypeSet};

impl Reader<'_> {
    /// Fills the type table, sorted by name, without anything that needs other types.
    pub(super) fn read_types(&mut self, links: &Links) {
        let schema = self.schema;
        let mut names: Vec<_> =
            schema.types.keys().filter(|name| !name.starts_with("__") && !links.owns_type(name)).collect();
        names.sort();
        for (index, name) in names.iter().enumerate() {
            self.type_ids.insert(Arc::from(name.as_str()), TypeId::from(index));
        }
        for name in names {
            if let Some(ty) = schema.types.get(name) {
                self.read_type(name.as_str(), ty);
            }
        }
        for index in 0..self.types.len() {
            self.read_membership(TypeId::from(index));
        }
    }

    fn read_type(&mut self, name: &str, ty: &ExtendedType) {
        let id = TypeId::from(self.types.len());
        let mut possible = TypeSet::new();
        let kind = match ty {
            ExtendedType::Object(_) => {
                let object = ObjectId::from(self.objects.len());
                self.objects.push(id);
                possible.insert(object);
                TypeKind::Object(object)
            }
            ExtendedType::Interface(_) => TypeKind::Interface,
            ExtendedType::Union(_) => TypeKind::Union,
            ExtendedType::Scalar(_) => TypeKind::Scalar(scalar(name)),
            ExtendedType::InputObject(_) => TypeKind::Input,
            ExtendedType::Enum(definition) => {
                let mut visible: Vec<Box<str>> = definition
                    .values
                    .values()
                    .filter(|value| self.is_visible(&value.directives))
                    .map(|value| Box::from(value.value.as_str()))
                    .collect();
                visible.sort_unstable();
                self.enums.push(Enum { ty: id, visible });
                TypeKind::Enum(EnumId::from(self.enums.len() - 1))
            }
        };
        let access = self.access(ty.directives());
        self.types.push(Type {
            name: name.into(),
            kind,
            possible,
            subgraphs: SubgraphSet::EMPTY,
            interface_object: SubgraphSet::EMPTY,
            interfaces: Vec::new(),
            fields: AHashMap::new(),
            local: Vec::new(),
            visible: self.is_visible(ty.directives()),
            metadata: metadata::read(ty.directives(), &self.names),
            access,
        });
    }

    /// Reads `@join__type`.
    fn read_membership(&mut self, id: TypeId) {
        let name = self.types[id.index()].name.clone();
        let Some(ty) = self.schema.types.get(&*name) else { return };
        let directives: &DirectiveList = ty.directives();
        let mut local: Vec<TypeInSubgraph> = Vec::new();
        let applied: Vec<&Directive> =
            directives.get_all(&self.names.ty).map(|directive| &**directive).collect();
        for directive in applied {
            let Some(subgraph) = self.required_graph_of(directive, &name) else { continue };
            let row = match local.iter().position(|row| row.subgraph == subgraph) {
                Some(row) => row,
                None => {
                    local.push(empty(subgraph));
                    local.len() - 1
                }
            };
            if let Some(fields) = text(directive, "key") {
                let fields = self.field_set(id, &fields, &name);
                let resolvable = flag(directive, "resolvable").unwrap_or(true);
                local[row].keys.push(Key { fields, resolvable });
            }
            local[row].interface_object |= flag(directive, "isInterfaceObject").unwrap_or(false);
            local[row].extension |= flag(directive, "extension").unwrap_or(false);
        }
        if local.is_empty() && !ty.is_built_in() {
            // Before v0.3, types that are no entities are not attributed to subgraphs.
            local.extend(self.all_subgraphs().iter().map(empty));
        }
        local.sort_by_key(|row| row.subgraph);
        let row = &mut self.types[id.index()];
        row.subgraphs = local.iter().map(|local| local.subgraph).collect();
        row.interface_object =
            local.iter().filter(|local| local.interface_object).map(|local| local.subgraph).collect();
        row.local = local;
    }
}

fn empty(subgraph: crate::graph::SubgraphId) -> TypeInSubgraph {
    TypeInSubgraph {
        subgraph,
        possible: TypeSet::new(),
        keys: Vec::new(),
        interface_object: false,
        extension: false,
    }
}

fn scalar(name: &str) -> LeafType {
    match name {
        "Int" => LeafType::Int,
        "Float" => LeafType::Float,
        "String" => LeafType::String,
        "Boolean" => LeafType::Boolean,
        "ID" => LeafType::Id,
        _ => LeafType::Any,
    }
}
