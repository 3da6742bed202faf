//! Named types: kinds, keys, interfaces and union members, before their fields are merged.

use std::collections::BTreeMap;

use apollo_compiler::Name;
use apollo_compiler::collections::IndexMap;

use super::metadata::DirectiveSource;
use super::model::{Graph, JoinType, MergedType};
use super::{Merger, Place};
use crate::compose::code::Code;
use crate::compose::subgraph::field_set;
use crate::compose::subgraph::model::{TypeDef, TypeKind};

/// A type in one subgraph.
pub(crate) type TypeSource<'a> = (Graph, &'a TypeDef);

impl<'a> Merger<'a> {
    /// The definitions of every type, by name, in subgraph order.
    pub(super) fn definitions(&self) -> BTreeMap<&'a Name, Vec<TypeSource<'a>>> {
        let mut definitions: BTreeMap<&Name, Vec<TypeSource<'_>>> = BTreeMap::new();
        for (graph, subgraph) in self.subgraphs.iter().enumerate() {
            for (name, ty) in &subgraph.types {
                definitions.entry(name).or_default().push((graph, ty));
            }
        }
        definitions
    }

    /// Merges everything about types but their fields, values and inputs.
    pub(super) fn merge_shells(&mut self) {
        for (name, sources) in self.definitions() {
            let Some(kind) = self.merge_kind(name, &sources) else { continue };
            let descriptions: Vec<_> =
                sources.iter().map(|(graph, ty)| (*graph, ty.description.as_deref(), ty.span)).collect();
            let description = self.merge_description(&descriptions, &Place::Type(name));
            let directives: Vec<DirectiveSource<'_>> =
                sources.iter().map(|(graph, ty)| (*graph, &ty.directives)).collect();
            let metadata = self.merge_metadata(&directives, &Place::Type(name));
            let shell = MergedType {
                name: name.clone(),
                kind,
                description,
                joins: sources.iter().flat_map(|source| joins(*source)).collect(),
                implements: relations(&sources, |ty| &ty.implements),
                fields: IndexMap::default(),
                members: relations(&sources, |ty| &ty.members),
                values: IndexMap::default(),
                inputs: IndexMap::default(),
                metadata,
            };
            self.hint_entity(name, &sources);
            self.hint_members(name, &sources, &shell.members);
            self.supergraph.types.insert(name.clone(), shell);
        }
    }

    fn merge_kind(&mut self, name: &Name, sources: &[TypeSource<'_>]) -> Option<TypeKind> {
        let kind = |ty: &TypeDef| if ty.is_interface_object() { TypeKind::Interface } else { ty.kind };
        let (_, first) = sources.first()?;
        if sources.iter().all(|(_, ty)| kind(ty) == kind(first)) {
            if sources.iter().all(|(_, ty)| ty.is_interface_object()) {
                let message =
                    format!("`{name}` is an `@interfaceObject`, but no subgraph defines the interface");
                let places: Vec<_> = sources.iter().map(|(g, ty)| self.locate(*g, ty.span)).collect();
                self.report(Code::InterfaceObjectUsageError, message, places);
                return None;
            }
            return Some(kind(first));
        }
        let mut kinds: BTreeMap<&str, Vec<Graph>> = BTreeMap::new();
        for (graph, ty) in sources {
            let described = if ty.is_interface_object() { "interface object" } else { ty.kind.as_str() };
            kinds.entry(described).or_default().push(*graph);
        }
        let described: Vec<String> =
            kinds.into_iter().map(|(kind, graphs)| format!("{kind} in {}", self.names(graphs))).collect();
        let message = format!("`{name}` is {}", super::enumerate(&described));
        let places: Vec<_> = sources.iter().map(|(g, ty)| self.locate(*g, ty.span)).collect();
        self.report(Code::TypeKindMismatch, message, places);
        None
    }

    fn hint_entity(&mut self, name: &Name, sources: &[TypeSource<'_>]) {
        let (with, without): (Vec<_>, Vec<_>) =
            sources.iter().partition(|(_, ty)| ty.keys().next().is_some());
        if !with.is_empty() && !without.is_empty() {
            let message = format!(
                "`{name}` has a `@key` in {}, but not in {}",
                self.names(with.iter().map(|(graph, _)| *graph)),
                self.names(without.iter().map(|(graph, _)| *graph)),
            );
            let places: Vec<_> = without.iter().map(|(g, ty)| self.locate(*g, ty.span)).collect();
            self.report(Code::InconsistentEntity, message, places);
        }
    }

    fn hint_members(
        &mut self,
        name: &Name,
        sources: &[TypeSource<'_>],
        members: &IndexMap<Name, Vec<Graph>>,
    ) {
        for (member, graphs) in members {
            let without: Vec<_> = sources.iter().filter(|(graph, _)| !graphs.contains(graph)).collect();
            if !without.is_empty() {
                let message = format!(
                    "`{member}` is a member of `{name}` in {}, but not in {}",
                    self.names(graphs.iter().copied()),
                    self.names(without.iter().map(|(graph, _)| *graph)),
                );
                let places: Vec<_> = without.iter().map(|(g, ty)| self.locate(*g, ty.span)).collect();
                self.report(Code::InconsistentUnionMember, message, places);
            }
        }
    }

    /// Merges fields, values and inputs of all types.
    pub(super) fn merge_bodies(&mut self) {
        for (name, sources) in self.definitions() {
            let Some(kind) = self.supergraph.types.get(name).map(|ty| ty.kind) else { continue };
            match kind {
                TypeKind::Object | TypeKind::Interface => self.merge_fields(name, &sources),
                TypeKind::Enum => self.merge_enum(name, &sources),
                TypeKind::InputObject => self.merge_inputs(name, &sources),
                TypeKind::Scalar | TypeKind::Union => {}
            }
        }
    }
}

fn joins((graph, ty): TypeSource<'_>) -> Vec<JoinType> {
    let bare = JoinType {
        graph,
        key: None,
        is_extension: false,
        is_resolvable: true,
        is_interface_object: ty.is_interface_object(),
    };
    let mut joins: Vec<JoinType> = Vec::new();
    for key in ty.keys() {
        let text = field_set::canonical(key.field_set());
        let is_resolvable = key.is_resolvable();
        // A repeated key adds nothing but, perhaps, the way in.
        if let Some(known) = joins.iter_mut().find(|join| join.key.as_ref() == Some(&text)) {
            known.is_resolvable |= is_resolvable;
            continue;
        }
        joins.push(JoinType {
            key: Some(text),
            is_extension: ty.only_extended || key.node.extension_id().is_some(),
            is_resolvable,
            ..bare.clone()
        });
    }
    if joins.is_empty() {
        joins.push(bare);
    }
    joins
}

fn relations<T>(
    sources: &[TypeSource<'_>],
    of: impl Fn(&TypeDef) -> &IndexMap<Name, T>,
) -> IndexMap<Name, Vec<Graph>> {
    let mut relations: IndexMap<Name, Vec<Graph>> = IndexMap::default();
    for (graph, ty) in sources {
        for target in of(ty).keys() {
            relations.entry(target.clone()).or_default().push(*graph);
        }
    }
    relations
}
