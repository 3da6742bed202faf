//! Federation 1 schemas rewritten in the terms of federation 2.
//!
//! Federation 1 let subgraphs share value types and root fields without saying so, and tolerated directives that
//! have no effect. The rewritten schema says what the original meant.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{Argument, Directive, Selection};
use apollo_compiler::{Name, Node, name};

use super::field_set;
use super::model::{Applied, Coordinate, Subgraph, TypeDef, TypeKind};
use super::read::ROOTS;
use super::spec::Kind;
use super::usage::Usage;
use crate::compose::code::Code;
use crate::compose::diagnostic::Diagnostic;
use crate::compose::findings::Findings;

/// Upgrades every federation 1 subgraph.
pub(crate) fn upgrade(subgraphs: &mut [Subgraph], findings: &mut Findings) {
    check_bases(subgraphs, findings);
    check_interface_objects(subgraphs, findings);
    for subgraph in subgraphs.iter_mut().filter(|subgraph| subgraph.is_federation_1()) {
        drop_directives_of_interfaces(subgraph);
        drop_ineffective_field_sets(subgraph);
        subgraph.usage = Usage::of(subgraph);
        drop_unused_externals(subgraph);
        subgraph.usage = Usage::of(subgraph);
    }
    drop_repeated_tags(subgraphs);
    share(subgraphs);
}

/// An extension extends something: some subgraph must define the type.
fn check_bases(subgraphs: &[Subgraph], findings: &mut Findings) {
    let is_base = |subgraph: &Subgraph, ty: &TypeDef| !subgraph.is_federation_1() || !ty.only_extended;
    let based: BTreeSet<&Name> = subgraphs
        .iter()
        .flat_map(|subgraph| subgraph.types.values().filter(|ty| is_base(subgraph, ty)).map(|ty| &ty.name))
        .collect();
    for subgraph in subgraphs {
        for ty in subgraph.types.values().filter(|ty| !is_base(subgraph, ty)) {
            if !based.contains(&ty.name) && !ROOTS.contains(&ty.name) {
                let message = format!("`{}` is extended, but no subgraph defines it", ty.name);
                findings
                    .push(Diagnostic::new(Code::ExtensionWithNoBase, message).at(subgraph.locate(ty.span)));
            }
        }
    }
}

/// Keys on interfaces had no meaning in federation 1, so that an interface object cannot rely on them.
fn check_interface_objects(subgraphs: &[Subgraph], findings: &mut Findings) {
    let abstracted: BTreeSet<&Name> = subgraphs
        .iter()
        .flat_map(|subgraph| subgraph.types.values().filter(|ty| ty.is_interface_object()).map(|ty| &ty.name))
        .collect();
    for subgraph in subgraphs.iter().filter(|subgraph| subgraph.is_federation_1()) {
        for ty in subgraph.types.values() {
            if ty.kind == TypeKind::Interface && ty.keys().next().is_some() && abstracted.contains(&ty.name) {
                let message = format!(
                    "`{}` is an `@interfaceObject` elsewhere, but `{}` declares its `@key` without linking federation 2.3",
                    ty.name, subgraph.name
                );
                findings.push(
                    Diagnostic::new(Code::InterfaceObjectUsageError, message).at(subgraph.locate(ty.span)),
                );
            }
        }
    }
}

fn drop_directives_of_interfaces(subgraph: &mut Subgraph) {
    for ty in subgraph.types.values_mut().filter(|ty| ty.kind == TypeKind::Interface) {
        ty.directives.remove(Kind::Key);
        for field in ty.fields.values_mut() {
            for kind in [Kind::External, Kind::Requires, Kind::Provides] {
                field.directives.remove(kind);
            }
        }
    }
}

/// Required or provided fields that the subgraph resolves anyway are left out of the field sets.
fn drop_ineffective_field_sets(subgraph: &mut Subgraph) {
    let mut rewritten: BTreeMap<(Coordinate, Kind), Option<String>> = BTreeMap::new();
    for ty in subgraph.types.values() {
        for field in ty.fields.values() {
            for (kind, parent) in [(Kind::Requires, &ty.name), (Kind::Provides, field.ty.inner_named_type())]
            {
                let Some(applied) = field.directives.get(kind) else { continue };
                let Ok(selections) = field_set::parse(applied.field_set()) else { continue };
                let Some(parent) = subgraph.types.get(parent) else { continue };
                let kept = effective(subgraph, parent, &selections);
                if kept.len() != selections.len() || kept.iter().ne(selections.iter()) {
                    let text = (!kept.is_empty()).then(|| field_set::print(&kept));
                    rewritten.insert(((ty.name.clone(), field.name.clone()), kind), text);
                }
            }
        }
    }
    for (((ty, field), kind), text) in rewritten {
        let Some(field) = subgraph.types.get_mut(&ty).and_then(|ty| ty.fields.get_mut(&field)) else {
            continue;
        };
        match text {
            None => field.directives.remove(kind),
            Some(text) => {
                for applied in field.directives.0.iter_mut().filter(|applied| applied.kind == kind) {
                    if let Some(fields) = applied.node.make_mut().specified_argument_by_name_mut("fields") {
                        *fields = Node::from(&text);
                    }
                }
            }
        }
    }
}

fn effective(subgraph: &Subgraph, parent: &TypeDef, selections: &[Selection]) -> Vec<Selection> {
    let keep = |selection: &Selection| match selection {
        Selection::Field(selected) => {
            // What does not exist is kept, so that the checks on field sets report it.
            let Some(field) = parent.fields.get(&selected.name) else { return Some(selection.clone()) };
            let children = selected.selection_set.as_deref().unwrap_or_default();
            if subgraph.usage.is_external(&parent.name, &field.name) || parent.kind != TypeKind::Object {
                return Some(selection.clone());
            }
            let child = subgraph.types.get(field.ty.inner_named_type())?;
            let kept = effective(subgraph, child, children);
            let mut selected = selected.clone();
            selected.make_mut().selection_set = Some(kept.clone());
            (!kept.is_empty()).then_some(Selection::Field(selected))
        }
        other => Some(other.clone()),
    };
    selections.iter().filter_map(keep).collect()
}

fn drop_unused_externals(subgraph: &mut Subgraph) {
    let usage = &subgraph.usage;
    for ty in subgraph.types.values_mut() {
        let name = ty.name.clone();
        if ty.kind == TypeKind::Object {
            ty.fields.retain(|field, _| !usage.is_external(&name, field) || usage.is_used(&name, field));
        }
    }
    subgraph
        .types
        .retain(|_, ty| !matches!(ty.kind, TypeKind::Object | TypeKind::Interface) || !ty.fields.is_empty());
}

/// Federation 1 subgraphs repeated tags on external fields; the owner's tag is the one that counts.
fn drop_repeated_tags(subgraphs: &mut [Subgraph]) {
    let mut owned: BTreeSet<(Coordinate, String)> = BTreeSet::new();
    for subgraph in subgraphs.iter() {
        for (ty, field) in object_fields(subgraph) {
            if !subgraph.usage.is_external(&ty.name, &field.name) {
                let coordinate = (ty.name.clone(), field.name.clone());
                let names = field.directives.all(Kind::Tag).filter_map(|tag| tag.text("name"));
                owned.extend(names.map(|name| (coordinate.clone(), name.to_owned())));
            }
        }
    }
    for subgraph in subgraphs.iter_mut().filter(|subgraph| subgraph.is_federation_1()) {
        let usage = &subgraph.usage;
        for ty in subgraph.types.values_mut() {
            for field in ty.fields.values_mut().filter(|field| usage.is_external(&ty.name, &field.name)) {
                let coordinate = (ty.name.clone(), field.name.clone());
                field.directives.0.retain(|applied| {
                    let name = applied.text("name").unwrap_or_default().to_owned();
                    applied.kind != Kind::Tag || !owned.contains(&(coordinate.clone(), name))
                });
            }
        }
    }
}

fn object_fields(subgraph: &Subgraph) -> impl Iterator<Item = (&TypeDef, &super::model::FieldDef)> {
    let objects = subgraph.types.values().filter(|ty| ty.kind == TypeKind::Object);
    objects.flat_map(|ty| ty.fields.values().map(move |field| (ty, field)))
}

/// Marks what federation 1 shared in silence.
fn share(subgraphs: &mut [Subgraph]) {
    let mut resolved: BTreeMap<Coordinate, usize> = BTreeMap::new();
    for subgraph in subgraphs.iter() {
        for (ty, field) in object_fields(subgraph) {
            if !subgraph.usage.is_fully_external(&ty.name, &field.name) {
                *resolved.entry((ty.name.clone(), field.name.clone())).or_default() += 1;
            }
        }
    }
    for subgraph in subgraphs.iter_mut().filter(|subgraph| subgraph.is_federation_1()) {
        let mut shared = Vec::new();
        for (ty, field) in object_fields(subgraph) {
            let coordinate = (ty.name.clone(), field.name.clone());
            let is_shared = resolved.get(&coordinate).is_some_and(|count| *count > 1);
            if is_shared
                && ty.name != "Subscription"
                && !subgraph.usage.is_fully_external(&ty.name, &field.name)
            {
                shared.push(coordinate);
            }
        }
        for (ty, field) in shared {
            let field = subgraph.types.get_mut(&ty).and_then(|ty| ty.fields.get_mut(&field));
            if let Some(field) = field.filter(|field| !field.directives.has(Kind::Shareable)) {
                let node = Node::new(Directive {
                    name: name!("shareable"),
                    arguments: Vec::<Node<Argument>>::new(),
                });
                field.directives.0.push(Applied { kind: Kind::Shareable, node });
            }
        }
        subgraph.usage = Usage::of(subgraph);
    }
}
