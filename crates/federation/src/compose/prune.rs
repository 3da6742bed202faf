//! What is left of the supergraph without the elements in doubt, so that something true can be said of the rest.

use std::collections::BTreeSet;

use apollo_compiler::Name;
use apollo_compiler::ast::Type;

use super::findings::Doubts;
use super::merge::model::{MergedField, MergedType, Supergraph};
use super::subgraph::context;
use super::subgraph::field_set::selected;
use super::subgraph::model::{Applied, Coordinate, FieldDef, Subgraph, TypeDef, TypeKind};
use super::subgraph::spec::Kind;

/// Takes the elements in doubt out of the supergraph, and whatever depends on one of them: references, field sets
/// and contexts that use it, fields that an interface object adds.
pub(super) fn prune(supergraph: &mut Supergraph, subgraphs: &[Subgraph], doubts: Doubts) {
    let mut pruning = Pruning { subgraphs, doubts };
    pruning.doubt_what_was_not_merged(supergraph);
    loop {
        let before = pruning.size();
        pruning.spread(supergraph);
        pruning.remove(supergraph);
        if pruning.size() == before {
            return;
        }
    }
}

struct Pruning<'a> {
    subgraphs: &'a [Subgraph],
    doubts: Doubts,
}

impl Pruning<'_> {
    fn size(&self) -> usize {
        self.doubts.types.len() + self.doubts.members.len()
    }

    fn doubt_type(&mut self, name: &Name) {
        self.doubts.types.insert(name.clone());
    }

    fn doubt_member(&mut self, ty: &Name, member: &Name) {
        self.doubts.members.insert((ty.clone(), member.clone()));
    }

    fn is_doubtful(&self, ty: &Name) -> bool {
        self.doubts.types.contains(ty)
    }

    fn is_doubtful_member(&self, ty: &Name, member: &Name) -> bool {
        self.is_doubtful(ty) || self.doubts.members.contains(&(ty.clone(), member.clone()))
    }

    /// The merge leaves out what it reports.
    fn doubt_what_was_not_merged(&mut self, supergraph: &Supergraph) {
        for ty in self.subgraphs.iter().flat_map(|subgraph| subgraph.types.values()) {
            match supergraph.types.get(&ty.name) {
                None => self.doubt_type(&ty.name),
                Some(merged) => {
                    for field in ty.fields.keys().filter(|field| !merged.fields.contains_key(*field)) {
                        self.doubt_member(&ty.name, field);
                    }
                }
            }
        }
        // Values and input fields decide what the type means.
        let with_parts = |ty: &&MergedType| matches!(ty.kind, TypeKind::Enum | TypeKind::InputObject);
        let parts: BTreeSet<Name> = self.doubts.members.iter().map(|(parent, _)| parent.clone()).collect();
        for ty in supergraph.types.values().filter(with_parts).filter(|ty| parts.contains(&ty.name)) {
            self.doubt_type(&ty.name);
        }
    }

    fn spread(&mut self, supergraph: &Supergraph) {
        for ty in supergraph.types.values() {
            if ty.inputs.values().any(|input| self.refers_to_doubtful(&input.ty)) {
                self.doubt_type(&ty.name);
            }
            for field in ty.fields.values() {
                let arguments = field.arguments.values().map(|argument| &argument.ty);
                if std::iter::once(&field.ty).chain(arguments).any(|ty| self.refers_to_doubtful(ty)) {
                    self.doubt_member(&ty.name, &field.name);
                }
            }
            for interface in ty.implements.keys().filter_map(|name| supergraph.types.get(name)) {
                self.spread_to_interface(ty, interface);
            }
        }
        for subgraph in self.subgraphs {
            for ty in subgraph.types.values() {
                self.spread_by_field_sets(subgraph, ty);
                if ty.is_interface_object() {
                    self.spread_from_interface_object(supergraph, ty);
                }
            }
        }
    }

    fn refers_to_doubtful(&self, ty: &Type) -> bool {
        self.is_doubtful(ty.inner_named_type())
    }

    /// An interface has no field that one of its implementations lacks.
    fn spread_to_interface(&mut self, ty: &MergedType, interface: &MergedType) {
        if self.is_doubtful(&ty.name) {
            return;
        }
        let lacks = |field: &&MergedField| {
            !ty.fields.contains_key(&field.name) || self.is_doubtful_member(&ty.name, &field.name)
        };
        let lacking: Vec<Name> =
            interface.fields.values().filter(lacks).map(|field| field.name.clone()).collect();
        for field in lacking {
            self.doubt_member(&interface.name, &field);
        }
    }

    fn spread_by_field_sets(&mut self, subgraph: &Subgraph, ty: &TypeDef) {
        if ty.keys().any(|key| self.selects_doubtful(subgraph, &ty.name, key.field_set())) {
            self.doubt_type(&ty.name);
        }
        for field in ty.fields.values() {
            let sets = [(Kind::Requires, &ty.name), (Kind::Provides, field.ty.inner_named_type())];
            let by_set = sets.into_iter().any(|(kind, parent)| {
                let selects =
                    |applied: &Applied| self.selects_doubtful(subgraph, parent, applied.field_set());
                field.directives.all(kind).any(selects)
            });
            if by_set || self.takes_doubtful(subgraph, field) {
                self.doubt_member(&ty.name, &field.name);
            }
        }
    }

    fn selects_doubtful(&self, subgraph: &Subgraph, parent: &Name, set: &str) -> bool {
        selected(subgraph, parent, set, true).iter().any(|hit| {
            self.is_doubtful_member(&hit.parent.name, &hit.field.name)
                || self.refers_to_doubtful(&hit.field.ty)
        })
    }

    fn takes_doubtful(&self, subgraph: &Subgraph, field: &FieldDef) -> bool {
        let sources = field.arguments.values().filter_map(|argument| {
            context::split(argument.directives.get(Kind::FromContext)?.text("field")?)
        });
        sources.into_iter().any(|(name, selection)| {
            context::setters(subgraph, name).any(|setter| {
                self.is_doubtful(&setter.name) || self.selects_doubtful(subgraph, &setter.name, selection)
            })
        })
    }

    /// What an interface object adds, its implementations have from it.
    fn spread_from_interface_object(&mut self, supergraph: &Supergraph, object: &TypeDef) {
        let implementations = supergraph.types.values().filter(|ty| ty.implements.contains_key(&object.name));
        let mut members: Vec<Coordinate> = Vec::new();
        let mut types: Vec<Name> = Vec::new();
        for ty in implementations {
            if self.is_doubtful(&object.name) {
                types.push(ty.name.clone());
            }
            let doubtful = object.fields.keys().filter(|field| self.is_doubtful_member(&object.name, field));
            members.extend(doubtful.map(|field| (ty.name.clone(), field.clone())));
        }
        self.doubts.types.extend(types);
        self.doubts.members.extend(members);
    }

    fn remove(&mut self, supergraph: &mut Supergraph) {
        for ty in supergraph.types.values_mut() {
            ty.fields.retain(|field, _| !self.is_doubtful_member(&ty.name, field));
            ty.implements.retain(|interface, _| !self.is_doubtful(interface));
            ty.members.retain(|member, _| !self.is_doubtful(member));
            let is_empty = match ty.kind {
                TypeKind::Object | TypeKind::Interface => ty.fields.is_empty(),
                TypeKind::Union => ty.members.is_empty(),
                TypeKind::Enum => ty.values.is_empty(),
                TypeKind::InputObject => ty.inputs.is_empty(),
                TypeKind::Scalar => false,
            };
            if is_empty {
                self.doubts.types.insert(ty.name.clone());
            }
        }
        supergraph.types.retain(|name, _| !self.doubts.types.contains(name));
        supergraph.directives.retain(|_, directive| {
            !directive
                .arguments
                .iter()
                .any(|argument| self.doubts.types.contains(argument.ty.inner_named_type()))
        });
    }
}
