//! What the field sets of a subgraph say about its fields: keys, shared, external, needed.

use std::collections::BTreeSet;

use apollo_compiler::Name;

use super::field_set::{implementations, selected};
use super::model::{Applied, Coordinate, FieldDef, Subgraph, TypeDef, TypeKind};
use super::spec::Kind;

/// Field coordinates by the role they play.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usage {
    /// Selected by a `@key`.
    key: BTreeSet<Coordinate>,
    /// Selected by a `@provides`.
    provided: BTreeSet<Coordinate>,
    /// Selected by some field set, a context, or demanded by an interface.
    used: BTreeSet<Coordinate>,
    /// Marked `@external`, alone or with their type.
    external: BTreeSet<Coordinate>,
    /// Marked `@external` in a key of a type extension, where federation 1 wanted it although the field is resolved.
    external_in_name_only: BTreeSet<Coordinate>,
    /// May be resolved by several subgraphs.
    shareable: BTreeSet<Coordinate>,
}

impl Usage {
    pub(crate) fn of(subgraph: &Subgraph) -> Self {
        let mut usage = Self::default();
        for ty in subgraph.types.values() {
            for key in ty.keys() {
                usage.add_key(subgraph, ty, key);
            }
            for field in ty.fields.values() {
                usage.add_field(subgraph, ty, field);
            }
            if ty.kind == TypeKind::Interface {
                usage.add_interface(subgraph, ty);
            }
        }
        usage.external.retain(|coordinate| !usage.external_in_name_only.contains(coordinate));
        usage.shareable.extend(usage.key.iter().cloned());
        usage.shareable.extend(usage.provided.iter().cloned());
        usage
    }

    fn add_key(&mut self, subgraph: &Subgraph, ty: &TypeDef, key: &Applied) {
        let on_extension = ty.only_extended || key.node.extension_id().is_some();
        for hit in selected(subgraph, &ty.name, key.field_set(), true) {
            if on_extension && hit.field.directives.has(Kind::External) {
                self.external_in_name_only.insert(hit.coordinate());
            }
            self.used.insert(hit.coordinate());
            self.key.insert(hit.coordinate());
        }
    }

    fn add_field(&mut self, subgraph: &Subgraph, ty: &TypeDef, field: &FieldDef) {
        let coordinate = (ty.name.clone(), field.name.clone());
        let of_declaration = |kind: Kind| {
            ty.directives.all(kind).any(|applied| applied.node.extension_id() == field.extension.as_ref())
        };
        if field.directives.has(Kind::External) || of_declaration(Kind::External) {
            self.external.insert(coordinate.clone());
        }
        if field.directives.has(Kind::Shareable) || of_declaration(Kind::Shareable) {
            self.shareable.insert(coordinate);
        }
        for requires in field.directives.all(Kind::Requires) {
            let hits = selected(subgraph, &ty.name, requires.field_set(), true);
            self.used.extend(hits.iter().map(|hit| hit.coordinate()));
        }
        for provides in field.directives.all(Kind::Provides) {
            let hits = selected(subgraph, field.ty.inner_named_type(), provides.field_set(), true);
            self.used.extend(hits.iter().map(|hit| hit.coordinate()));
            self.provided.extend(hits.iter().map(|hit| hit.coordinate()));
        }
        for argument in field.arguments.values() {
            for from in argument.directives.all(Kind::FromContext) {
                self.add_context(subgraph, from.text("field").unwrap_or_default());
            }
        }
    }

    fn add_context(&mut self, subgraph: &Subgraph, text: &str) {
        let Some((context, selection)) = crate::compose::subgraph::context::split(text) else { return };
        for ty in crate::compose::subgraph::context::setters(subgraph, context) {
            let hits = selected(subgraph, &ty.name, selection, true);
            self.used.extend(hits.iter().map(|hit| hit.coordinate()));
        }
    }

    fn add_interface(&mut self, subgraph: &Subgraph, interface: &TypeDef) {
        for implementation in implementations(subgraph, &interface.name) {
            for field in interface.fields.keys() {
                self.used.insert((implementation.name.clone(), field.clone()));
            }
        }
    }

    fn has(set: &BTreeSet<Coordinate>, ty: &Name, field: &Name) -> bool {
        set.contains(&(ty.clone(), field.clone()))
    }

    pub(crate) fn is_key(&self, ty: &Name, field: &Name) -> bool {
        Self::has(&self.key, ty, field)
    }

    pub(crate) fn is_used(&self, ty: &Name, field: &Name) -> bool {
        Self::has(&self.used, ty, field)
    }

    pub(crate) fn is_shareable(&self, ty: &Name, field: &Name) -> bool {
        Self::has(&self.shareable, ty, field)
    }

    /// Not resolved here, unless a `@provides` says so.
    pub(crate) fn is_external(&self, ty: &Name, field: &Name) -> bool {
        Self::has(&self.external, ty, field)
    }

    /// Never resolved here.
    pub(crate) fn is_fully_external(&self, ty: &Name, field: &Name) -> bool {
        self.is_external(ty, field) && !Self::has(&self.provided, ty, field)
    }
}
